//! The plan of a remedy: which files go, which commands run, in which order. No I/O.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Serialize;

/// What kind of mending a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RemedyKind {
    /// Remove what cargo would wrongly call fresh, then run rust-analyzer's own command.
    Rebuild,
    /// `cargo clean -p`, then the same.
    CleanAndRebuild,
    /// `cargo clean -p` alone.
    CleanPackage,
    /// A full `cargo clean`.
    CleanAll,
    /// `rustup toolchain install`, `component add` or `target add`.
    Install,
    /// Bring rust-analyzer or the toolchain up to date.
    UpdateTools,
    /// Pin a dependency to a version that works.
    Pin,
    /// Bring the lock file up to date.
    UpdateLock,
    /// Run once more with a variable set or unset.
    SetEnv,
    /// Keep host and container apart.
    SeparateDirectories,
    /// Ask rust-analyzer to load its proc macros again.
    Reload,
}

impl RemedyKind {
    /// Reads a kind as it is printed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "rebuild" => Self::Rebuild,
            "clean-and-rebuild" => Self::CleanAndRebuild,
            "clean-package" => Self::CleanPackage,
            "clean-all" => Self::CleanAll,
            "install" => Self::Install,
            "update-tools" => Self::UpdateTools,
            "pin" => Self::Pin,
            "update-lock" => Self::UpdateLock,
            "set-env" => Self::SetEnv,
            "separate-directories" => Self::SeparateDirectories,
            "reload" => Self::Reload,
            _ => return None,
        })
    }
}

/// One way to mend a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// What kind it is.
    pub kind: RemedyKind,
    /// What a menu shows, such as "Rebuild tracing-attributes".
    pub title: String,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// The variable that is another for its one build, where that is what it tries. The steps have it among all that they set.
    #[serde(skip)]
    pub variable: Option<VariableChange>,
}

impl Plan {
    /// A plan of these steps.
    #[must_use]
    pub fn new(kind: RemedyKind, title: impl Into<String>, steps: Vec<Step>) -> Self {
        Self {
            kind,
            title: title.into(),
            steps,
            variable: None,
        }
    }
}

/// An environment variable that is set, or taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableChange {
    /// Its name.
    pub name: String,
    /// `None` where it is taken away.
    pub value: Option<String>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Step {
    /// Remove a file, or a directory inside the build directory.
    Remove {
        /// What goes.
        remove: Utf8PathBuf,
    },
    /// Set a file's modification time to now.
    Touch {
        /// The file.
        touch: Utf8PathBuf,
    },
    /// Run a command.
    Run {
        /// The program and its arguments.
        run: Vec<String>,
        /// Variables that are set for it.
        env: BTreeMap<String, String>,
        /// Variables that are taken away for it.
        unset: Vec<String>,
        /// The directory it runs in.
        cwd: Utf8PathBuf,
    },
}
