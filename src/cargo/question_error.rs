//! Why a question to cargo has no answer, in cargo's own words where it has any.

use std::io;

use camino::Utf8PathBuf;

use super::query::QueryError;

/// Why cargo's answer could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuestionError {
    /// A program could not be run.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Cargo refused; its own words.
    #[error("learn from cargo what {directory} needs: {words}")]
    Refused {
        /// The workspace.
        directory: Utf8PathBuf,
        /// What cargo said, without its progress lines.
        words: String,
    },
    /// The answer is not of the form that is known.
    #[error("understand what cargo said of {what} in {directory}")]
    Unexpected {
        /// The workspace.
        directory: Utf8PathBuf,
        /// The question.
        what: &'static str,
        /// Where reading it failed.
        source: serde_json::Error,
    },
    /// The lock file, which cargo is given a copy of, could not be read.
    #[error("read {path}")]
    LockFile {
        /// The lock file.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The scratch directory could not be used.
    #[error("prepare the question to cargo in {path}")]
    Scratch {
        /// The directory.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
