//! Cargo's fingerprint of a unit: the JSON beside the hash file, and the hash itself.
//!
//! The format is cargo's own and undocumented (cargo 1.95, `fingerprint/mod.rs`); what is computed here is trusted only after it
//! met the values in cargo's own answer (see [`crate::expected::HashMirror`]).

use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use rustc_stable_hash::StableSipHasher128;
use serde::{Deserialize, Serialize};

use crate::names::sixteen_digits;

/// The value that cargo stores in the hash file of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FingerprintHash(pub u64);

impl FingerprintHash {
    /// Reads the sixteen hexadecimal digits of a hash file: the bytes of the value, lowest first (cargo `util/hex.rs`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        sixteen_digits(text).map(|value| Self(value.swap_bytes()))
    }
}

/// The fields of cargo's fingerprint that do not depend on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FingerprintFields {
    /// Hash of the whole text of `rustc -vV`.
    pub rustc: u64,
    /// The features, as cargo prints the sorted list.
    pub features: String,
    /// The features that the manifest declares; absent before cargo 1.76.
    #[serde(default)]
    pub declared_features: String,
    /// Hash of the target: name, kinds, source path, edition.
    pub target: u64,
    /// Hash of the profile, the mode, extra arguments and lint flags.
    pub profile: u64,
    /// Hash of the path to the source.
    pub path: u64,
    /// Flags from the environment or the configuration.
    pub rustflags: Vec<String>,
    /// Hash of the linker and other settings.
    pub config: u64,
    /// Zero for the host platform.
    pub compile_kind: u64,
}

/// A whole fingerprint as cargo writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// What does not depend on the disk.
    #[serde(flatten)]
    pub fields: FingerprintFields,
    /// The units it depends on.
    #[serde(rename = "deps")]
    pub dependencies: Vec<DependencyFingerprint>,
    /// What stands for its own inputs.
    pub local: Vec<LocalFingerprint>,
}

/// One dependency: hash of the package id, name in the dependent, public or not, the dependency's own hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyFingerprint(pub u64, pub String, pub bool, pub FingerprintHash);

/// What stands for a unit's own inputs. The order of the variants and fields is cargo's: it enters the hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LocalFingerprint {
    /// A text worked out beforehand.
    Precalculated(String),
    /// The inputs that a dep-info lists.
    CheckDepInfo {
        /// The dep-info, relative to the build directory.
        dep_info: PathBuf,
        /// Whether checksums are compared instead of modification times.
        #[serde(default)]
        checksum: bool,
    },
    /// Paths that a build script named.
    RerunIfChanged {
        /// What the script printed, relative to the build directory.
        output: PathBuf,
        /// The paths, relative to the package.
        paths: Vec<PathBuf>,
    },
    /// A variable that a build script named.
    RerunIfEnvChanged {
        /// The variable.
        var: String,
        /// Its value.
        val: Option<String>,
    },
}

impl Fingerprint {
    /// The value that cargo would store for this fingerprint (cargo 1.95, `impl Hash for Fingerprint`).
    #[must_use]
    pub fn hash(&self) -> FingerprintHash {
        let mut hasher = StableSipHasher128::new();
        let fields = &self.fields;
        (
            fields.rustc,
            &fields.features,
            &fields.declared_features,
            fields.target,
            fields.path,
            fields.profile,
            &self.local,
            fields.config,
            fields.compile_kind,
            &fields.rustflags,
        )
            .hash(&mut hasher);
        hasher.write_usize(self.dependencies.len());
        for DependencyFingerprint(package_id, name, public, hash) in &self.dependencies {
            package_id.hash(&mut hasher);
            name.hash(&mut hasher);
            public.hash(&mut hasher);
            hasher.write_u64(hash.0);
        }
        FingerprintHash(Hasher::finish(&hasher))
    }
}

/// The list in cargo's debug print of a list of names: `["std", "derive"]`.
#[must_use]
pub fn feature_names(printed: &str) -> Vec<String> {
    serde_json::from_str(printed).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_real_fingerprint_gives_the_value_in_its_hash_file() {
        let json = r#"{"rustc":7458672600737419911,"features":"[]","declared_features":"[\"extra\"]","target":15558550822925772989,"profile":7409704062750675268,"path":13935037031235506887,"deps":[[5445982916941344834,"mdep",false,14323864435327026662],[9582941891923267260,"unicode_ident",false,3935228575211776555],[13114255755762800486,"build_script_build",false,17212337921111014825]],"local":[{"CheckDepInfo":{"dep_info":"debug/.fingerprint/mac-13fcfd5ed6224eb3/dep-lib-mac","checksum":false}}],"rustflags":[],"config":8247474407144887393,"compile_kind":0}"#;
        let fingerprint: Fingerprint = serde_json::from_str(json).unwrap();
        assert_eq!(
            Some(fingerprint.hash()),
            FingerprintHash::parse("fed05418891a3d55")
        );
    }

    #[test]
    fn a_hash_in_capitals_is_none_since_cargo_compares_texts() {
        assert_eq!(FingerprintHash::parse("FED05418891A3D55"), None);
    }
}
