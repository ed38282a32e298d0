//! The other units of a package that the disk holds: when the expected one was never built, they tell what changed.

use std::collections::HashMap;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use super::dep_info;
use super::file;
use super::unit::{self, HashFile};
use crate::fingerprint::{Fingerprint, FingerprintHash};
use crate::names::{CrateName, PackageName, UnitHash};

/// Units of one package that are looked at; a directory with more of them tells no more.
const RELATIVES_LIMIT: usize = 256;

/// A unit of the same package and target, built under another hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    /// Its hash.
    pub hash: UnitHash,
    /// Its dylib.
    pub dylib: Utf8PathBuf,
    /// Where its fingerprint lies.
    pub fingerprint_directory: Utf8PathBuf,
    /// When the dylib was written.
    pub modified: SystemTime,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// The package version that its rustc dep-info names, for packages whose directory has it in its name.
    pub version: Option<String>,
    /// Whether clippy built it: such a unit is like cargo's in every field (clippy-driver tracks `CLIPPY_ARGS`).
    pub driver: Driver,
}

/// What compiled a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum Driver {
    Rustc,
    Clippy,
}

/// Fingerprints on disk by their value.
pub type UnitsByValue = HashMap<FingerprintHash, Fingerprint>;

/// Units of a profile directory that are looked at for their values.
const UNITS_LIMIT: usize = 20_000;

/// Every fingerprint in a profile directory by its value, in both layouts.
#[must_use]
pub fn by_value(profile_directory: &Utf8Path) -> UnitsByValue {
    let fingerprints = profile_directory.join(".fingerprint");
    let of_v1 = file::names(&fingerprints)
        .into_iter()
        .map(|name| fingerprints.join(name));
    let build = profile_directory.join("build");
    let of_v2 = file::names(&build).into_iter().flat_map(|package| {
        let package = build.join(package);
        let hashes = file::names(&package).into_iter();
        hashes
            .filter(|hash| UnitHash::parse(hash).is_some())
            .map(move |hash| package.join(hash).join("fingerprint"))
            .collect::<Vec<_>>()
    });
    of_v1
        .chain(of_v2)
        .take(UNITS_LIMIT)
        .flat_map(|directory| {
            let names = file::names(&directory);
            let stems = names.iter().filter_map(|name| name.strip_suffix(".json"));
            stems
                .filter_map(|stem| {
                    let HashFile::Value(value) = unit::hash_file(&directory.join(stem)) else {
                        return None;
                    };
                    Some((
                        value,
                        unit::fingerprint(&directory.join(format!("{stem}.json")))?,
                    ))
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Every built dylib of a package in a profile directory, in both layouts.
#[must_use]
pub fn find(
    profile_directory: &Utf8Path,
    package: &PackageName,
    crate_name: &CrateName,
) -> Vec<Relative> {
    let file_name = |hash: UnitHash| {
        format!(
            "{}{crate_name}-{hash}{}",
            std::env::consts::DLL_PREFIX,
            std::env::consts::DLL_SUFFIX
        )
    };
    let mut places = Vec::new();
    let fingerprints = profile_directory.join(".fingerprint");
    for name in file::names(&fingerprints) {
        if let Some((found, hash)) = UnitHash::split_from(&name)
            && found == package.as_str()
        {
            let outputs = profile_directory.join("deps");
            places.push((hash, fingerprints.join(name), outputs));
        }
    }
    let units = profile_directory.join("build").join(package.as_str());
    for name in file::names(&units) {
        if let Some(hash) = UnitHash::parse(&name) {
            let directory = units.join(name);
            places.push((hash, directory.join("fingerprint"), directory.join("out")));
        }
    }
    places
        .into_iter()
        .take(RELATIVES_LIMIT)
        .filter_map(|(hash, fingerprints, outputs)| {
            let dylib = outputs.join(file_name(hash));
            let modified = file::modified(dylib.as_std_path())?;
            let stem = file::names(&fingerprints).into_iter().find_map(|name| {
                let stem = name.strip_suffix(".json")?;
                stem.starts_with("lib-").then(|| stem.to_owned())
            })?;
            let dep_info = outputs.join(format!("{crate_name}-{hash}.d"));
            Some(Relative {
                fingerprint: unit::fingerprint(&fingerprints.join(format!("{stem}.json")))?,
                version: version_in(&dep_info, package),
                driver: driver(&fingerprints.join(format!("dep-{stem}"))),
                fingerprint_directory: fingerprints,
                hash,
                dylib,
                modified,
            })
        })
        .collect()
}

fn driver(dep_info: &Utf8Path) -> Driver {
    let is_clippy = file::read(dep_info.as_std_path(), 16 << 20)
        .ok()
        .and_then(|bytes| dep_info::parse(&bytes))
        .is_some_and(|info| info.variables.iter().any(|(name, _)| name == "CLIPPY_ARGS"));
    if is_clippy {
        Driver::Clippy
    } else {
        Driver::Rustc
    }
}

/// The version in a path such as `…/tracing-attributes-0.1.28/src/lib.rs` of rustc's own dep-info.
fn version_in(dep_info: &Utf8Path, package: &PackageName) -> Option<String> {
    let text = file::read(dep_info.as_std_path(), 4 << 20).ok()?;
    let text = String::from_utf8_lossy(&text);
    let marker = format!("{package}-");
    text.split_inclusive(['/', '\\', ' ', '\n'])
        .find_map(|part| {
            let directory = part.strip_suffix(['/', '\\'])?;
            let version = directory.strip_prefix(&marker)?;
            semver::Version::parse(version).ok()?;
            Some(version.to_owned())
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_version_is_that_of_the_packages_directory() {
        let directory = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(directory.path()).unwrap().join("mac.d");
        let version = |text: &str| {
            std::fs::write(&file, text).unwrap();
            version_in(&file, &PackageName::new("mac"))
        };
        for (text, wanted) in [
            ("/t/libmac-1.so: /r/mac-0.1.28/src/lib.rs\n", Some("0.1.28")),
            (
                r"C:\t\mac-1.dll: C:\r\mac-0.1.28\src\lib.rs",
                Some("0.1.28"),
            ),
            (
                "/t/libmac-1.so: /w/mac/src/lib.rs /r/other-mac-2.0.0/x\n",
                None,
            ),
            ("/t/mac-1.0.0: /w/mac/src/lib.rs\n", None),
        ] {
            assert_eq!(version(text).as_deref(), wanted, "{text}");
        }
    }
}
