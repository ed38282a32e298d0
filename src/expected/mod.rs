//! What the workspace needs, as cargo itself says it: the proc macros, the unit of each, the toolchain, the directories.
//!
//! Turns cargo's answers into data. It must not read the build directory.

mod assemble;
mod config_files;
mod directories;
mod environment;
mod key;
mod locked;
mod packages;
mod records;
mod sources;
mod toolchain;
mod ways;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

pub use crate::cargo::questions::LockFile;
use crate::fingerprint::FingerprintFields;
pub use crate::names::PackageSource;
pub use assemble::{assemble, workspace_of};
pub use config_files::ConfiguredWrapper;
pub use directories::{configured_wrappers, possible_build_directories};
pub use key::{Deciding, Key};
pub use locked::LockedPackages;
pub use sources::{SourceCrate, SourceGraph, SourceKind};
pub use toolchain::Told;
pub(crate) use toolchain::cargo_home;

use crate::names::{CrateName, Layout, PackageId, PackageName, RustcVersion, Triple, UnitHash};

/// Everything that the build directory will be compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The workspace and its directories.
    pub workspace: Workspace,
    /// The tools that would build it now.
    pub toolchain: Toolchain,
    /// How this cargo arranges the build directory.
    pub layout: Layout,
    /// The directory of the profile below the build directory, such as `debug`.
    pub profile_directory: String,
    /// The units that the proc macros consist of, dependencies before dependents.
    pub units: Vec<ExpectedUnit>,
    /// The proc macros, in the order of their names and versions.
    pub macros: Vec<ExpectedMacro>,
    /// The directories of all packages from a path, members included.
    pub local_packages: Vec<Utf8PathBuf>,
    /// What differs from this process's environment when cargo runs.
    pub environment: CargoEnvironment,
    /// Whether our mirror of cargo's fingerprint hash gave cargo's own value for every unit it was tried on.
    pub hash_mirror: HashMirror,
    /// How the lock file stands to the manifests.
    #[serde(default)]
    pub lock_file: LockFile,
    /// The targets that are built for besides the host and need an installed standard library.
    #[serde(default)]
    pub targets: Vec<Triple>,
    /// The crates through which the macros come to the members' sources.
    #[serde(default)]
    pub sources: SourceGraph,
    /// The features of every package that is built, by name and version as in `serde 1.0.229`.
    #[serde(default)]
    pub features: BTreeMap<String, BTreeSet<String>>,
}

/// Whether the value that cargo would store for a unit can be worked out here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HashMirror {
    /// Every value in cargo's answer was met.
    Proven,
    /// This cargo hashes otherwise; only fields are compared.
    Unproven,
}

/// The workspace as `cargo metadata --no-deps` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// The directory of the root manifest.
    pub root: Utf8PathBuf,
    /// Where cargo leaves final artifacts.
    pub target_directory: Utf8PathBuf,
    /// Where cargo keeps units, fingerprints and dylibs; the target directory unless configured otherwise.
    pub build_directory: Utf8PathBuf,
    /// The members, in the order of their names.
    pub members: Vec<Member>,
}

/// One member of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: PackageName,
    /// Its id.
    pub id: PackageId,
    /// Its manifest, absolute.
    pub manifest_path: Utf8PathBuf,
}

/// The tools that would build the workspace now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toolchain {
    /// The first line of `rustc -vV` in the workspace.
    pub rustc: RustcVersion,
    /// The host platform of that rustc.
    pub host: Triple,
    /// Cargo's version, such as `1.95.0`.
    pub cargo: String,
    /// What chose this toolchain.
    pub selected_by: SelectedBy,
    /// The sysroot of that rustc.
    pub sysroot: Utf8PathBuf,
    /// The sysroot's `rust-analyzer-proc-macro-srv`, where it has one.
    pub proc_macro_server: Option<Utf8PathBuf>,
}

/// What chose the active toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SelectedBy {
    /// A toolchain file in the workspace or above it.
    #[serde(rename = "rust-toolchain.toml")]
    ToolchainFile,
    /// The environment variable.
    #[serde(rename = "RUSTUP_TOOLCHAIN")]
    Environment,
    /// `rustup override`.
    #[serde(rename = "override")]
    Override,
    /// Rustup's default toolchain.
    #[serde(rename = "default")]
    Default,
    /// No rustup: the tools found on PATH.
    #[serde(rename = "path")]
    Path,
}

/// Environment variables as cargo sees them, where they differ from this process's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CargoEnvironment {
    /// Cargo's own program, the value of `CARGO` for what it starts.
    pub cargo_program: String,
    /// Cargo's home; what lies in its `registry` and `git` is taken for immutable.
    pub cargo_home: Option<Utf8PathBuf>,
    /// What stands between us and cargo adds or takes away (rustup's proxy); `None` means unset.
    pub process: BTreeMap<String, Option<String>>,
    /// Config's `[env]` table, resolved.
    pub config: BTreeMap<String, String>,
}

/// The place of a unit in [`Expectation::units`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitIndex(pub usize);

/// One proc macro that rust-analyzer will want to expand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedMacro {
    /// The package's name.
    pub name: PackageName,
    /// The package's version.
    pub version: String,
    /// Cargo's id of the package.
    pub package_id: PackageId,
    /// The library target's name as rustc knows it.
    pub crate_name: CrateName,
    /// Where the package comes from.
    pub source: PackageSource,
    /// The manifest of the package.
    pub manifest_path: Utf8PathBuf,
    /// The ways from workspace members to this macro, the shortest for each member first.
    pub ways: Vec<Way>,
    /// Its unit.
    pub unit: UnitIndex,
}

/// How a macro comes into the workspace: a member, the dependencies in between, the macro itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The package names from the member (first) to the macro (last); one name alone for a member macro itself.
    pub packages: Vec<PackageName>,
    /// The manifest of the member.
    pub manifest_path: Utf8PathBuf,
    /// The package id of the first step after the member (the macro itself where it is a direct dependency).
    pub first_step: Option<PackageId>,
}

/// One compilation, or one run of a build script, that a proc macro needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedUnit {
    /// The package it belongs to.
    pub package: PackageName,
    /// The package's version.
    pub version: String,
    /// The package's directory.
    pub package_root: Utf8PathBuf,
    /// Where the package comes from.
    pub source: PackageSource,
    /// Cargo's hash of the unit.
    pub hash: UnitHash,
    /// What kind of work it is.
    pub role: UnitRole,
    /// The directory of its fingerprint, relative to the build directory.
    pub fingerprint_directory: Utf8PathBuf,
    /// The stem of its fingerprint files, such as `lib-serde_derive`.
    pub fingerprint_stem: String,
    /// The files whose existence and age cargo looks at, relative to the build directory.
    pub outputs: Vec<Utf8PathBuf>,
    /// What stands for its own inputs in the fingerprint.
    pub inputs: ExpectedInputs,
    /// What cargo writes of it into the fingerprint JSON.
    pub fields: FingerprintFields,
    /// What it depends on, in cargo's order.
    pub dependencies: Vec<ExpectedDependency>,
    /// `CARGO_PKG_*` as cargo sets them for a package from a path; empty for others, which cannot change.
    pub package_environment: BTreeMap<String, String>,
}

/// What kind of work a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnitRole {
    /// A library: rlib and rmeta.
    Library,
    /// A proc macro: a dylib.
    ProcMacro,
    /// A build script's compilation.
    BuildScript,
    /// A build script's run.
    BuildScriptRun,
}

/// What stands for a unit's own inputs in its fingerprint (cargo 1.95, `fingerprint/mod.rs`, `LocalFingerprint`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ExpectedInputs {
    /// A compilation: the dep-info lists them.
    DepInfo {
        /// The dep-info, relative to the build directory.
        path: Utf8PathBuf,
        /// Whether cargo compares checksums instead of modification times (`-Zchecksum-freshness`).
        checksum: bool,
    },
    /// A build script's run: what it printed the last time tells, or else the whole package.
    BuildScriptOutput {
        /// What the script printed, relative to the build directory.
        printed: Utf8PathBuf,
        /// Cargo's summary of the package, for a script that named no inputs.
        package_summary: Option<String>,
    },
    /// A text that cargo worked out by itself, such as that of an overridden build script.
    Precalculated(String),
}

/// One edge of the unit graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedDependency {
    /// Cargo's hash of the package id.
    pub package_id_hash: u64,
    /// The name it has in the dependent's source.
    pub name: String,
    /// Whether cargo calls it a public dependency.
    pub public: bool,
    /// The units it may be: one, unless cargo's answer does not tell equal ones apart.
    pub units: Vec<UnitIndex>,
}
