//! Notices changes by asking for the state of known files in intervals, where the system does not tell of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

/// No more names than these are taken from one directory: a directory of sources is small, and a hostile one may not be.
const MOST_NAMES: usize = 2_000;

/// What of a file tells that it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    inode: u64,
}

/// The files as they were when last asked for.
#[derive(Debug, Default)]
pub(super) struct Polled {
    stamps: BTreeMap<Utf8PathBuf, Option<Stamp>>,
}

impl Polled {
    /// Whether any of `files` was not asked for the last time.
    pub(super) fn would_learn_of(&self, files: &BTreeSet<Utf8PathBuf>) -> bool {
        files.iter().any(|file| !self.stamps.contains_key(file))
    }

    /// Asks for all `files`, and tells those that changed since the last time. Files asked for the first time tell nothing.
    pub(super) fn ask(&mut self, files: BTreeSet<Utf8PathBuf>) -> Vec<Utf8PathBuf> {
        let former = std::mem::take(&mut self.stamps);
        let mut changed = Vec::new();
        for file in files {
            let stamp = Stamp::of(&file);
            if former.get(&file).is_some_and(|before| *before != stamp) {
                changed.push(file.clone());
            }
            self.stamps.insert(file, stamp);
        }
        // Listed before and gone since.
        changed.extend(
            former
                .into_iter()
                .filter(|(file, before)| before.is_some() && !self.stamps.contains_key(file))
                .map(|(file, _)| file),
        );
        changed
    }
}

/// The names in a directory, in no order; empty where it cannot be read.
pub(super) fn list(directory: &Utf8Path) -> Vec<String> {
    let Ok(entries) = directory.read_dir_utf8() else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_owned())
        .take(MOST_NAMES)
        .collect()
}

impl Stamp {
    /// `None` where there is no such file.
    pub(crate) fn of(file: &Utf8Path) -> Option<Self> {
        let metadata = file.metadata().ok()?;
        Some(Self {
            modified: metadata.modified().ok(),
            size: metadata.len(),
            inode: inode(&metadata),
        })
    }
}

#[cfg(unix)]
fn inode(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &std::fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_changed_is_told_once() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        let (file, other) = (root.join("a"), root.join("b"));
        std::fs::write(&file, "1").unwrap();
        let ask = |polled: &mut Polled| polled.ask([file.clone(), other.clone()].into());

        let mut polled = Polled::default();
        assert!(ask(&mut polled).is_empty());
        assert!(ask(&mut polled).is_empty());
        std::fs::write(&file, "12").unwrap();
        std::fs::write(&other, "").unwrap();
        assert_eq!(ask(&mut polled), [file.clone(), other.clone()]);
        assert!(ask(&mut polled).is_empty());
        std::fs::remove_file(&other).unwrap();
        assert_eq!(ask(&mut polled), std::slice::from_ref(&other));
        // Listed no more: gone.
        assert_eq!(polled.ask([other.clone()].into()), [file]);
    }
}
