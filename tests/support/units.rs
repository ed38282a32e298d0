//! Finds the units of a build directory, in layout v1 and v2, for tests that break one of them. An own, plain reading, so that a
//! mistake in Sidecargo's cannot hide itself here.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// One unit on disk.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// Where its hash file, fingerprint JSON and dep-info lie.
    pub(crate) fingerprint: PathBuf,
    /// The hash file's name, such as `lib-mac`, which begins the others' as well.
    pub(crate) stem: String,
    /// Where its outputs lie: `deps` or `build/<package>-<hash>` in v1, `build/<package>/<hash>/out` in v2.
    pub(crate) outputs: PathBuf,
    profile_directory: PathBuf,
}

impl Unit {
    /// The unit that a dylib belongs to, whether or not the dylib is there.
    pub(crate) fn of_dylib(dylib: &Path, package: &str) -> Option<Unit> {
        let fingerprint = fingerprint_directory(dylib, package)?;
        let levels = if dylib.parent()?.ends_with("deps") {
            2
        } else {
            5
        };
        Unit::at(dylib.ancestors().nth(levels)?, &fingerprint, "lib-")
    }

    fn at(profile_directory: &Path, fingerprint: &Path, prefix: &str) -> Option<Unit> {
        let stem = fs::read_dir(fingerprint)
            .ok()?
            .flatten()
            .filter_map(|e| e.file_name().into_string().ok())
            .find(|n| n.starts_with(prefix) && !n.contains('.'))?;
        let outputs = match fingerprint.file_name()?.to_str()? {
            "fingerprint" => fingerprint.parent()?.join("out"),
            _ if prefix == "lib-" => profile_directory.join("deps"),
            name => profile_directory.join("build").join(name),
        };
        Some(Unit {
            fingerprint: fingerprint.to_path_buf(),
            stem,
            outputs,
            profile_directory: profile_directory.to_path_buf(),
        })
    }

    /// The file that holds the unit's hash.
    pub(crate) fn hash_file(&self) -> PathBuf {
        self.fingerprint.join(&self.stem)
    }

    pub(crate) fn json(&self) -> PathBuf {
        self.fingerprint.join(format!("{}.json", self.stem))
    }

    pub(crate) fn dep_info(&self) -> PathBuf {
        self.fingerprint.join(format!("dep-{}", self.stem))
    }

    /// The unit that this one was built from under the given extern name (`mdep`, `build_script_build`), found by its hash.
    pub(crate) fn dependency(&self, name: &str) -> Option<Unit> {
        let json: Value = serde_json::from_slice(&fs::read(self.json()).ok()?).ok()?;
        let wanted = json["deps"].as_array()?.iter().find(|d| d[1] == name)?[3].as_u64()?;
        // cargo writes the number's bytes in little-endian order (util/hex.rs).
        let hex = format!("{:016x}", wanted.swap_bytes());
        for fingerprint in self.all_fingerprints() {
            for prefix in ["lib-", "run-build-script-", "build-script-"] {
                let Some(unit) = Unit::at(&self.profile_directory, &fingerprint, prefix) else {
                    continue;
                };
                if fs::read(unit.hash_file()).is_ok_and(|h| h == hex.as_bytes()) {
                    return Some(unit);
                }
            }
        }
        None
    }

    /// Where a build script's run left its files (`OUT_DIR`), for such a unit.
    pub(crate) fn out_dir(&self) -> PathBuf {
        if self.outputs.ends_with("out") {
            self.outputs.clone()
        } else {
            self.outputs.join("out")
        }
    }

    /// Where cargo keeps what a build script's run printed.
    pub(crate) fn run_directory(&self) -> PathBuf {
        if self.outputs.ends_with("out") {
            self.outputs.with_file_name("run")
        } else {
            self.outputs.clone()
        }
    }

    fn all_fingerprints(&self) -> Vec<PathBuf> {
        let children = |d: PathBuf| -> Vec<PathBuf> {
            fs::read_dir(d)
                .map(|r| r.flatten().map(|e| e.path()).collect())
                .unwrap_or_default()
        };
        let v1 = children(self.profile_directory.join(".fingerprint"));
        let v2 = children(self.profile_directory.join("build"))
            .into_iter()
            .flat_map(children)
            .map(|unit| unit.join("fingerprint"))
            .filter(|f| f.is_dir());
        v1.into_iter().chain(v2).collect()
    }
}

/// Where the fingerprint lies of the unit that a dylib belongs to, whether or not either is there.
pub(crate) fn fingerprint_directory(dylib: &Path, package: &str) -> Option<PathBuf> {
    let outputs = dylib.parent()?;
    if outputs.ends_with("deps") {
        let (_, hash) = dylib.file_stem()?.to_str()?.rsplit_once('-')?;
        let profile_directory = outputs.parent()?;
        Some(profile_directory.join(format!(".fingerprint/{package}-{hash}")))
    } else {
        Some(outputs.parent()?.join("fingerprint"))
    }
}
