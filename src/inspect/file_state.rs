//! A file as it was when it answered, or was asked about: while it is the same, so is what is remembered of it. Knows no tool.

use camino::{Utf8Path, Utf8PathBuf};

use crate::observed::content::Stamp;

/// A path, and what was there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FileState {
    pub(super) path: Utf8PathBuf,
    stamp: Option<Stamp>,
}

impl FileState {
    pub(super) fn of(path: &Utf8Path) -> Self {
        Self {
            path: path.to_owned(),
            stamp: Stamp::of(path.as_std_path()),
        }
    }
}
