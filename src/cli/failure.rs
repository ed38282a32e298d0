//! What ends a command before it has an answer: one clear sentence on standard error, never a trace.

use std::error::Error;
use std::io::{self, Write};

use camino::Utf8PathBuf;

use super::demo::DemoError;
use super::fix::FixError;
use crate::causes::with_causes;
use crate::inspect::InspectError;
use crate::remedy::catalogue::LoadError;

/// Why a command could not do its work; each fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failure {
    /// The workspace cannot be inspected.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// The demo cannot be laid out or built.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// A catalogue of known failures is not well-formed.
    #[error(transparent)]
    Catalogue(#[from] LoadError),
    /// Nothing was mended.
    #[error(transparent)]
    Fix(#[from] FixError),
    /// Cargo does not say what the workspace needs.
    #[error("check {root}: {words}")]
    Unavailable {
        /// The workspace.
        root: Utf8PathBuf,
        /// What stands in the way, and where.
        words: String,
    },
    /// The path on the command line names nothing.
    #[error("find {path}: there is no such file or directory")]
    NoSuchPath {
        /// The path as it was given.
        path: Utf8PathBuf,
    },
    /// The system does not tell what the path on the command line names.
    #[error("look at {path}")]
    Path {
        /// The path as it was given.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not a manifest.
    #[error("use {path} as a manifest: it is not a file named Cargo.toml")]
    NotAManifest {
        /// The path as it was given.
        path: Utf8PathBuf,
    },
    /// The directory that this process runs in is gone or has a name that is not UTF-8.
    #[error("tell the current directory")]
    CurrentDirectory {
        /// What the system said.
        source: io::Error,
    },
    /// The system gives the language server no event loop.
    #[cfg(feature = "lsp")]
    #[error("start the language server")]
    EventLoop {
        /// What the system said.
        source: io::Error,
    },
    /// The system gives the watching no thread, or no signals.
    #[cfg(feature = "lsp")]
    #[error("start to watch")]
    Watching {
        /// What the system said.
        source: io::Error,
    },
    /// The options of `watch` cannot be followed.
    #[cfg(feature = "lsp")]
    #[error(transparent)]
    WatchOption(#[from] super::watch::OptionError),
    /// What a good build is to lead to cannot be done.
    #[cfg(feature = "lsp")]
    #[error(transparent)]
    Release(#[from] super::watch::ReleaseError),
    /// The log file cannot be opened.
    #[error("open the log file {path}")]
    LogFile {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("write the report to standard output")]
    Output(#[from] io::Error),
    /// A report cannot be put into JSON.
    #[error("put the report into JSON")]
    Json(#[from] serde_json::Error),
    /// Nothing is known of the text that is to be explained.
    #[error("recognise that text; these are the codes that can be explained:\n{codes}")]
    NotRecognised {
        /// All codes, a line each.
        codes: String,
    },
    /// Standard input cannot be read.
    #[error("read standard input")]
    Input {
        /// What the system said.
        source: io::Error,
    },
}

impl Failure {
    /// Says it on standard error.
    pub(crate) fn print(&self) {
        // When even standard error is gone, the exit status is all that is left to say it.
        let _ = writeln!(anstream::stderr(), "sidecargo: {}", sentence_of(self));
    }
}

/// The error and what caused it as one sentence.
pub(crate) fn sentence_of(error: &(dyn Error + 'static)) -> String {
    format!("failed to {}", with_causes(error))
}
