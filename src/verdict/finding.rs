//! What a person is told: a code, a sentence, the macros it is about, where it shows, what mends it.

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::names::{Location, PackageId, PackageName};
use crate::remedy::Plan;

/// The stable code of a finding; `sidecargo explain CODE` tells more of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
#[allow(missing_docs)] // The catalogue of codes, with their meaning, is `explain`'s.
pub enum Code {
    DylibMissing,
    DylibCorrupt,
    DylibWrongPlatform,
    DylibWrongRustc,
    DylibStale,
    DylibUnknown,
    ToolchainNotInstalled,
    ToolchainChanged,
    ToolchainTooOld,
    TargetNotInstalled,
    BuildFailed,
    EnvironmentHazard,
    KnownBrokenDependency,
    WorkspaceUnreadable,
    LockfileOutdated,
    WatchDegraded,
    ToolchainComponentMissing,
    ProcMacroServerMissing,
    ProcMacroServerIncompatible,
    RustAnalyzerTooOld,
    RustAnalyzerAmbiguous,
}

impl Code {
    /// Every code there is.
    pub const ALL: &[Self] = &[
        Self::DylibMissing,
        Self::DylibCorrupt,
        Self::DylibWrongPlatform,
        Self::DylibWrongRustc,
        Self::DylibStale,
        Self::DylibUnknown,
        Self::ToolchainNotInstalled,
        Self::ToolchainChanged,
        Self::ToolchainTooOld,
        Self::TargetNotInstalled,
        Self::BuildFailed,
        Self::EnvironmentHazard,
        Self::KnownBrokenDependency,
        Self::WorkspaceUnreadable,
        Self::LockfileOutdated,
        Self::WatchDegraded,
        Self::ToolchainComponentMissing,
        Self::ProcMacroServerMissing,
        Self::ProcMacroServerIncompatible,
        Self::RustAnalyzerTooOld,
        Self::RustAnalyzerAmbiguous,
    ];

    /// The code as it is printed, such as `dylib-missing`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DylibMissing => "dylib-missing",
            Self::DylibCorrupt => "dylib-corrupt",
            Self::DylibWrongPlatform => "dylib-wrong-platform",
            Self::DylibWrongRustc => "dylib-wrong-rustc",
            Self::DylibStale => "dylib-stale",
            Self::DylibUnknown => "dylib-unknown",
            Self::ToolchainNotInstalled => "toolchain-not-installed",
            Self::ToolchainChanged => "toolchain-changed",
            Self::ToolchainTooOld => "toolchain-too-old",
            Self::TargetNotInstalled => "target-not-installed",
            Self::BuildFailed => "build-failed",
            Self::EnvironmentHazard => "environment-hazard",
            Self::KnownBrokenDependency => "known-broken-dependency",
            Self::WorkspaceUnreadable => "workspace-unreadable",
            Self::LockfileOutdated => "lockfile-outdated",
            Self::WatchDegraded => "watch-degraded",
            Self::ToolchainComponentMissing => "toolchain-component-missing",
            Self::ProcMacroServerMissing => "proc-macro-server-missing",
            Self::ProcMacroServerIncompatible => "proc-macro-server-incompatible",
            Self::RustAnalyzerTooOld => "rust-analyzer-too-old",
            Self::RustAnalyzerAmbiguous => "rust-analyzer-ambiguous",
        }
    }

    /// Reads a code as it is printed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How much a finding matters; the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // The four of the Language Server Protocol.
#[non_exhaustive]
pub enum Severity {
    Hint,
    Information,
    Warning,
    Error,
}

/// One thing to tell a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Its stable code.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// What happened, what it means, what to do: one or two sentences.
    pub message: String,
    /// The names of the packages it is about.
    pub packages: Vec<PackageName>,
    /// Where to show it, where there is a place.
    pub location: Option<Location>,
    /// The ids of the packages it is about, in the order of `packages`.
    pub package_ids: Vec<PackageId>,
    /// What mends it, the preferred first.
    pub remedies: Vec<Plan>,
    /// Other places worth a look; not part of the JSON contract.
    #[serde(skip)]
    pub related: Vec<RelatedPlace>,
}

/// The first character of a file: where a file as a whole shows.
pub(super) fn start_of(path: Utf8PathBuf) -> Location {
    Location {
        path,
        line: 1,
        column: 1,
        end_column: 1,
    }
}

/// Another place that helps to understand a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelatedPlace {
    /// The place.
    pub location: Location,
    /// What is to be seen there.
    pub message: String,
}
