//! The one path through the house: expected and observed in, verdict and findings out, with what may be kept in between.
//!
//! Every front end goes through here and none around it.

use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use crate::expected::{ExpectedMacro, Toolchain, Workspace};
use crate::names::{Layout, RustcVersion, UnitHash};
use crate::settings::Settings;
use crate::verdict::{Finding, Verdict};

/// One workspace under inspection; keeps what cargo answered between looks.
#[derive(Debug)]
pub struct Inspector {
    start: Utf8PathBuf,
    settings: Settings,
}

/// What one look at a workspace found.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// The workspace.
    pub workspace: Workspace,
    /// The layout of the expected units; `None` where nothing is expected or built.
    pub layout: Option<Layout>,
    /// The profile's name, such as `dev`.
    pub profile: String,
    /// The directory of the profile inside the build directory, absolute, such as `target/debug`.
    pub profile_directory: Utf8PathBuf,
    /// The tools; `None` where they may not or cannot be asked.
    pub toolchain: Option<Toolchain>,
    /// Whether a build holds the lock.
    pub build: BuildActivity,
    /// Every proc macro that is expected, with its verdict.
    pub macros: Vec<InspectedMacro>,
    /// What there is to say, the gravest first.
    pub findings: Vec<Finding>,
    /// What could not be known, in one line, where that is so (`--no-exec`).
    pub limits: Option<String>,
}

/// Whether a build is running in the build directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildActivity {
    /// Nobody holds the build lock.
    Idle,
    /// Somebody does.
    Running,
}

/// One expected proc macro and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The macros it exports, where they are known.
    pub exports: Option<Vec<String>>,
    /// The directory of the expected unit's fingerprint, absolute.
    pub fingerprint_directory: Option<Utf8PathBuf>,
}

/// Why a workspace cannot be inspected; one clear sentence each.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// There is no manifest at or above the path.
    #[error("find a Cargo.toml in {path} or above it")]
    NoManifest {
        /// Where the search began.
        path: Utf8PathBuf,
    },
}

impl Inspector {
    /// Takes the workspace at or above `start`, a directory or a manifest. Nothing is read yet.
    #[must_use]
    pub fn new(start: &Utf8Path, settings: Settings) -> Self {
        Self {
            start: start.to_owned(),
            settings,
        }
    }

    /// Where the search for the workspace begins.
    #[must_use]
    pub fn start(&self) -> &Utf8Path {
        &self.start
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Looks at the workspace: asks cargo where its kept answer no longer fits, reads the build directory, compares.
    ///
    /// # Errors
    /// When there is no workspace to look at or cargo cannot tell what it expects.
    pub fn inspect(&mut self) -> Result<Inspection, InspectError> {
        Err(InspectError::NoManifest {
            path: self.start.clone(),
        })
    }
}
