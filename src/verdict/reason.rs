//! The verdict on one macro and the reason for it, in the words of the JSON contract.

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::names::{CrateName, PackageName, RustcVersion};

/// What is to be said of one expected proc macro.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is built, from what is there now, and can be loaded.
    Fresh,
    /// There is no dylib.
    Missing(MissingReason),
    /// There is a file, but it cannot serve.
    Corrupt(Corruption),
    /// The dylib is for another platform.
    WrongPlatform(PlatformMismatch),
    /// The dylib was built by another rustc.
    WrongRustc {
        /// The rustc that built it, as far as it is known.
        built: Option<RustcVersion>,
        /// The rustc that is active.
        wanted: RustcVersion,
        /// Where the dylib lies.
        place: RustcPlace,
    },
    /// The dylib was built from something else than what is there now.
    Stale(StaleReason),
    /// A build is running that will decide it.
    Building,
    /// It cannot be known.
    Unknown(UnknownReason),
}

/// Where a dylib of another rustc lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RustcPlace {
    /// In the place where rust-analyzer will load it: it fails.
    Expected,
    /// Beside it, under another hash: the expected one is not built yet.
    Beside,
}

/// Why there is no dylib.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MissingReason {
    /// Nothing of it is there.
    NeverBuilt,
    /// Its fingerprint is complete, its dylib gone.
    Deleted,
    /// A build began and did not end.
    Interrupted,
    /// The build directory itself is not there.
    BuildDirectoryAbsent,
}

/// Why a file in the dylib's place cannot serve as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Corruption {
    /// Zero bytes.
    Empty,
    /// The headers promise more bytes than the file has.
    Truncated {
        /// Bytes that the headers promise.
        promised: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// It is something else than a dynamic library.
    NotADylib {
        /// What it looks like, in words that fit after "is".
        looks_like: String,
    },
    /// A dynamic library, but not one of a proc macro.
    NotAProcMacro,
    /// The dylib of another crate.
    WrongCrate {
        /// The crate that belongs here.
        expected: CrateName,
        /// The crate it is.
        found: CrateName,
    },
    /// A directory, a pipe, a socket, a device.
    NotAFile {
        /// What it is, in words that fit after "is".
        is: String,
    },
    /// Its bytes are not those that the build wrote, though size and time say so.
    ContentAltered {
        /// The part that is damaged, where the file itself tells.
        part: Option<String>,
    },
}

/// Why a dylib cannot run on this machine; both sides in words a person uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PlatformMismatch {
    /// Another object format, such as Mach-O on Linux.
    Format {
        /// What the file is, such as `Mach-O arm64`.
        built: String,
        /// What this machine runs, such as `Linux x86-64`.
        wanted: String,
    },
    /// The same format for another processor.
    Architecture {
        /// What the file is, such as `ELF aarch64`.
        built: String,
        /// What this machine runs.
        wanted: String,
    },
    /// It needs a newer C library than this machine has.
    LibcTooOld {
        /// The version it needs, such as `glibc 2.38`.
        built: String,
        /// The version that is here.
        wanted: String,
    },
}

/// What has changed since the dylib was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StaleReason {
    /// A source or included file is newer than the build.
    SourceChanged {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A source or included file is gone.
    SourceMissing {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A source's modification time lies in the future, so cargo rebuilds on every run.
    SourceInFuture {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A source differs from what was built, though its modification time says otherwise.
    ContentChanged {
        /// The file.
        path: Utf8PathBuf,
    },
    /// Something it depends on changed or was rebuilt.
    DependencyChanged {
        /// The package.
        dependency: PackageName,
        /// The packages from the macro to where the change is.
        chain: Vec<PackageName>,
        /// The file where the change is, where one is to be named.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<Utf8PathBuf>,
        /// The change there.
        #[serde(skip_serializing_if = "Option::is_none")]
        because: Option<Box<StaleReason>>,
    },
    /// An environment variable that the build read is not what it was.
    EnvironmentChanged {
        /// The variable.
        variable: String,
        /// How it differs.
        change: VariableChange,
    },
    /// Another version of the package is built.
    VersionChanged {
        /// The version on disk, where it is known.
        built: Option<String>,
        /// The version that is wanted.
        wanted: String,
    },
    /// Features were switched.
    FeaturesChanged {
        /// The features it was built with.
        built: Vec<String>,
        /// The features that are wanted.
        wanted: Vec<String>,
    },
    /// Compiler flags were changed.
    RustflagsChanged {
        /// The flags it was built with.
        built: Vec<String>,
        /// The flags that are wanted.
        wanted: Vec<String>,
    },
    /// The profile, or the lint table, was changed.
    ProfileChanged,
    /// The manifest or the configuration was changed in another way.
    ManifestChanged {
        /// What it is about, such as `edition or target settings`.
        what: String,
    },
    /// The build script, or what it watches, changed.
    BuildScriptChanged {
        /// The file that changed, where one is to be named.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<Utf8PathBuf>,
    },
    /// A file that the build script watches is not there, so cargo rebuilds on every run. In JSON it is told like its sibling.
    #[serde(rename = "build-script-changed")]
    WatchedFileMissing {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A file that the build left for later steps is gone.
    BuildOutputLost {
        /// The file.
        path: Utf8PathBuf,
    },
    /// Cargo's list of what the unit was built from cannot be read.
    DepInfoDamaged {
        /// The file.
        path: Utf8PathBuf,
    },
    /// Cargo's record of the build is gone or does not fit.
    FingerprintLost {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A rebuild began and did not end; the old dylib is still there.
    Interrupted,
}

/// How an environment variable differs from what it was. The values themselves go no further than the comparison: they may be secrets,
/// and every report may end up in a public log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum VariableChange {
    /// It was not set when the macro was built, and is now.
    Set,
    /// It was set, and is not now.
    Unset,
    /// It has another value.
    OtherValue,
}

impl VariableChange {
    /// What became of a variable; `None` where nothing did.
    #[must_use]
    pub fn between(built: Option<&str>, wanted: Option<&str>) -> Option<Self> {
        match (built, wanted) {
            _ if built == wanted => None,
            (None, _) => Some(Self::Set),
            (_, None) => Some(Self::Unset),
            (Some(_), Some(_)) => Some(Self::OtherValue),
        }
    }
}

/// Why nothing certain can be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnknownReason {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        error: String,
    },
    /// Several units fit, and cargo could not be asked which it is.
    Ambiguous,
    /// rust-analyzer builds by a command of the person's own.
    Overridden,
    /// No process may be started, and reading alone does not tell.
    NoExec,
    /// By all that can be read it is in order, but the proc-macro server cannot load it.
    Refused {
        /// The server's words, or how it ended.
        words: String,
    },
}

impl Verdict {
    /// The word for it in the JSON contract and in tallies.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Missing(_) => "missing",
            Self::Corrupt(_) => "corrupt",
            Self::WrongPlatform(_) => "wrong-platform",
            Self::WrongRustc { .. } => "wrong-rustc",
            Self::Stale(_) => "stale",
            Self::Building => "building",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl StaleReason {
    /// The file it names, where it names one.
    #[must_use]
    pub fn path(&self) -> Option<&Utf8PathBuf> {
        match self {
            Self::SourceChanged { path }
            | Self::SourceMissing { path }
            | Self::SourceInFuture { path }
            | Self::ContentChanged { path }
            | Self::WatchedFileMissing { path }
            | Self::BuildOutputLost { path }
            | Self::DepInfoDamaged { path }
            | Self::FingerprintLost { path } => Some(path),
            Self::DependencyChanged { path, .. } | Self::BuildScriptChanged { path } => {
                path.as_ref()
            }
            Self::EnvironmentChanged { .. }
            | Self::VersionChanged { .. }
            | Self::FeaturesChanged { .. }
            | Self::RustflagsChanged { .. }
            | Self::ProfileChanged
            | Self::ManifestChanged { .. }
            | Self::Interrupted => None,
        }
    }

    /// The change at the end of the chain: for a changed dependency, what changed there where that is known.
    #[must_use]
    pub fn root(&self) -> &Self {
        let mut reason = self;
        while let Self::DependencyChanged {
            because: Some(because),
            ..
        } = reason
        {
            reason = because;
        }
        reason
    }

    /// The dependency at the end of the chain; `None` where the change is the macro's own.
    #[must_use]
    pub fn changed_package(&self) -> Option<&PackageName> {
        let Self::DependencyChanged {
            dependency,
            chain,
            because,
            ..
        } = self
        else {
            return None;
        };
        let deeper = because.as_deref().and_then(Self::changed_package);
        Some(deeper.or(chain.last()).unwrap_or(dependency))
    }
}
