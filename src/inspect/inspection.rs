//! What a look at a workspace gives to whoever asked for it, and why there may be none. Data only.

use std::sync::Arc;
use std::time::SystemTime;

use camino::Utf8PathBuf;
use serde::Serialize;

use super::Footing;
use crate::cargo::questions::QuestionError;
use crate::expected::{ExpectedMacro, SourceGraph, Toolchain, Workspace};
use crate::names::{Layout, RustcVersion, UnitHash};
use crate::observed::dylib::FileAccess;
use crate::observed::process::BuildProcess;
use crate::verdict::{Finding, Verdict};

/// What one look at a workspace found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inspection {
    /// The workspace.
    pub workspace: Arc<Workspace>,
    /// The layout of the expected units; `None` where nothing is expected or built.
    pub layout: Option<Layout>,
    /// The profile's name, such as `dev`.
    pub profile: String,
    /// The directory of the profile inside the build directory, absolute, such as `target/debug`.
    pub profile_directory: Utf8PathBuf,
    /// The tools; `None` where they may not or cannot be asked.
    pub toolchain: Option<Toolchain>,
    /// The rust-analyzer that PATH gives; `None` where it was not asked for, or there is none.
    pub rust_analyzer: Option<RustAnalyzer>,
    /// Whether somebody builds.
    pub build: BuildActivity,
    /// Compilers and build scripts at work on the macros while nobody holds the build lock: a cargo that is killed leaves them behind.
    pub orphans: Vec<BuildProcess>,
    /// Every proc macro that is expected, with its verdict.
    pub macros: Vec<InspectedMacro>,
    /// What there is to say, the gravest first.
    pub findings: Vec<Finding>,
    /// The local files that the macros are built from, for watching.
    pub inputs: Vec<Utf8PathBuf>,
    /// What else decides what a look finds, for watching.
    pub footing: Arc<Footing>,
    /// The crates through which the macros come to the members' sources; none where cargo could not be asked.
    pub sources: Arc<SourceGraph>,
    /// What could not be known, in one line, where that is so (`--no-exec`).
    pub limits: Option<String>,
    /// How much was looked at for it.
    pub coverage: Coverage,
}

/// How much a look has seen with its own eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coverage {
    /// Everything; what is found as it was, is not read again.
    Whole,
    /// What was known to have changed, with all that the macros made from it rest on; the others are as the look before found them.
    Changes,
    /// What was certain before cargo had told all; of the rest nothing is said.
    Glimpse,
}

/// A rust-analyzer that works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RustAnalyzer {
    /// The program.
    pub path: Utf8PathBuf,
    /// What it says of its version.
    pub version: String,
}

/// Whether a build is running in the build directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildActivity {
    /// Nobody does, as far as can be seen.
    Idle,
    /// Somebody holds the build lock, or compilers go on without it.
    Running,
}

/// One expected proc macro and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InspectedMacro {
    /// What is expected.
    pub expected: ExpectedMacro,
    /// The expected unit's hash, where it is known.
    pub unit: Option<UnitHash>,
    /// Where the dylib is or belongs.
    pub dylib: Option<Utf8PathBuf>,
    /// The verdict.
    pub verdict: Verdict,
    /// The rustc that the dylib names.
    pub built_by: Option<RustcVersion>,
    /// When the dylib was last written.
    pub built_at: Option<SystemTime>,
    /// The dylib's size in bytes.
    pub size: Option<u64>,
    /// Whether what lies in the dylib's place may be written over; `None` where nothing that can be read lies there.
    pub access: Option<FileAccess>,
    /// The macros it exports, where they are known.
    pub exports: Option<Vec<String>>,
    /// The directory of the expected unit's fingerprint, absolute.
    pub fingerprint_directory: Option<Utf8PathBuf>,
    /// How its last build ended.
    pub last_build: LastBuild,
}

/// How the last build of a macro and of all that it is made from ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LastBuild {
    /// It came to its end, or there was none.
    Complete,
    /// Cargo began it and did not finish it: an error, or somebody stopped it.
    Stopped,
}

/// Why a workspace cannot be inspected; one clear sentence each.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The path is not there.
    #[error("find {path}: there is no such file or directory")]
    NoSuchPath {
        /// The path.
        path: Utf8PathBuf,
    },
    /// There is no manifest at or above the path.
    #[error("find a Cargo.toml in {path} or above it")]
    NoManifest {
        /// Where the search began.
        path: Utf8PathBuf,
    },
    /// Cargo could not be asked, or refused.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// This program does not know where it lies, so it cannot stand in for the compiler.
    #[error("find the program file of sidecargo itself")]
    OwnProgram {
        /// What the system said.
        source: std::io::Error,
    },
}

// Only the server's tests look at what was found without looking.
#[cfg(all(test, feature = "lsp"))]
impl Inspection {
    /// A look at the tests' workspace that found these macros, with what is to be said of them.
    pub(crate) fn of_macros(macros: Vec<InspectedMacro>) -> Self {
        use crate::verdict::fixtures::{findings, workspace};
        Self {
            workspace: Arc::new(workspace()),
            layout: None,
            profile: "dev".to_owned(),
            profile_directory: "/w/target/debug".into(),
            toolchain: None,
            rust_analyzer: None,
            build: BuildActivity::Idle,
            orphans: Vec::new(),
            findings: findings(&macros),
            macros,
            inputs: Vec::new(),
            footing: Arc::default(),
            sources: Arc::default(),
            limits: None,
            coverage: Coverage::Whole,
        }
    }
}
