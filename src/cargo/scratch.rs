//! Reads what cargo left in the scratch directory of a question: the units it would have built.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::fingerprint::{Fingerprint, FingerprintHash};
use crate::names::{Layout, UnitHash};

/// One unit that cargo took for built.
#[derive(Debug, Clone)]
pub struct ScratchUnit {
    /// The layout it was found in.
    pub layout: Layout,
    /// The directory of the profile, such as `debug`.
    pub profile_directory: String,
    /// The package's name.
    pub package: String,
    /// The unit's hash.
    pub hash: UnitHash,
    /// The stem of its fingerprint files.
    pub stem: String,
    /// The fingerprint's directory, relative to the build directory.
    pub directory: Utf8PathBuf,
    /// The value in the hash file.
    pub value: FingerprintHash,
    /// The JSON beside it.
    pub fingerprint: Fingerprint,
    /// What the unit printed, relative to the build directory, where it is the run of a build script.
    pub printed: Option<Utf8PathBuf>,
}

/// Every unit below the profile directories of a build directory, host units only.
#[must_use]
pub fn units(build_directory: &Utf8Path) -> Vec<ScratchUnit> {
    let mut units = Vec::new();
    for profile in subdirectories(build_directory) {
        let directory = build_directory.join(&profile);
        for unit_directory in subdirectories(&directory.join(".fingerprint")) {
            if let Some((package, hash)) = UnitHash::split_from(&unit_directory) {
                let relative = Utf8Path::new(&profile)
                    .join(".fingerprint")
                    .join(&unit_directory);
                let place = (Layout::V1, package, hash);
                units.extend(read_unit(build_directory, &profile, relative, place));
            }
        }
        for package in subdirectories(&directory.join("build")) {
            for hash_directory in subdirectories(&directory.join("build").join(&package)) {
                if let Some(hash) = UnitHash::parse(&hash_directory) {
                    let relative: Utf8PathBuf =
                        [&profile, "build", &package, &hash_directory, "fingerprint"]
                            .iter()
                            .collect();
                    let place = (Layout::V2, package.as_str(), hash);
                    units.extend(read_unit(build_directory, &profile, relative, place));
                }
            }
        }
    }
    units
}

fn read_unit(
    build_directory: &Utf8Path,
    profile: &str,
    relative: Utf8PathBuf,
    (layout, package, hash): (Layout, &str, UnitHash),
) -> Option<ScratchUnit> {
    let directory = build_directory.join(&relative);
    let stem = names(&directory)
        .into_iter()
        .find_map(|name| name.strip_suffix(".json").map(str::to_owned))?;
    let value = fs::read_to_string(directory.join(&stem)).ok()?;
    let json = fs::read(directory.join(format!("{stem}.json"))).ok()?;
    Some(ScratchUnit {
        layout,
        profile_directory: profile.to_owned(),
        package: package.to_owned(),
        hash,
        value: FingerprintHash::parse(&value)?,
        fingerprint: serde_json::from_slice(&json).ok()?,
        printed: printed(build_directory, profile, (layout, package, hash)),
        stem,
        directory: relative,
    })
}

/// The file that holds what a build script printed (cargo 1.95, `custom_build.rs`; `run/output` in the first drafts of layout v2).
fn printed(
    build_directory: &Utf8Path,
    profile: &str,
    (layout, package, hash): (Layout, &str, UnitHash),
) -> Option<Utf8PathBuf> {
    let directory = Utf8Path::new(profile).join("build");
    let candidates = match layout {
        Layout::V1 => vec![directory.join(format!("{package}-{hash}")).join("output")],
        Layout::V2 => ["run/stdout", "run/output"]
            .map(|name| directory.join(package).join(hash.to_string()).join(name))
            .to_vec(),
    };
    candidates
        .into_iter()
        .find(|path| build_directory.join(path).is_file())
}

fn subdirectories(directory: &Utf8Path) -> Vec<String> {
    names(directory)
        .into_iter()
        .filter(|name| directory.join(name).is_dir())
        .collect()
}

fn names(directory: &Utf8Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
