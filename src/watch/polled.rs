//! Notices changes by asking for the state of known files in intervals, where the system does not tell of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use super::board::Known;
use super::plan::Topic;
use crate::observed::file;

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
    states: BTreeMap<Utf8PathBuf, State>,
    listed: BTreeSet<Utf8PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    file: Option<Stamp>,
    /// What nobody can set back: a file that was written in place and given its old time differs in this alone.
    changed: Option<SystemTime>,
    /// Of what builds make, the directory too: a dylib that a build made and somebody deleted between two rounds was there for
    /// a look between them, and only the directory's time tells that it came and went.
    directory: Option<Stamp>,
}

impl Polled {
    /// Whether any of the files was not asked for the last time.
    pub(super) fn would_learn_of(&self, known: &Known) -> bool {
        known
            .files
            .keys()
            .any(|file| !self.states.contains_key(file))
    }

    /// Asks for all files, and tells those that changed since the last time. Files asked for the first time tell nothing, but
    /// for those that are new in a directory that was listed before.
    pub(super) fn ask(&mut self, known: Known) -> Vec<Utf8PathBuf> {
        let former = std::mem::take(&mut self.states);
        let listed = std::mem::replace(&mut self.listed, known.listed);
        let mut directories = BTreeMap::new();
        let mut changed = Vec::new();
        for (path, topic) in known.files {
            let directory = path.parent().filter(|_| topic == Topic::Output);
            let state = State {
                // The directory first: what changes after it is told the next time.
                directory: directory.and_then(|directory| {
                    *directories
                        .entry(directory.to_owned())
                        .or_insert_with(|| Stamp::of(directory))
                }),
                file: Stamp::of(&path),
                changed: file::changed(path.as_std_path()),
            };
            let is_news = match former.get(&path) {
                Some(before) => *before != state,
                None => path.parent().is_some_and(|parent| listed.contains(parent)),
            };
            if is_news {
                changed.push(path.clone());
            }
            self.states.insert(path, state);
        }
        // Listed before and gone since.
        changed.extend(
            former
                .into_iter()
                .filter(|(file, before)| before.file.is_some() && !self.states.contains_key(file))
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

    /// How many bytes the file has.
    pub(crate) fn size(&self) -> u64 {
        self.size
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

    struct Fixture {
        _directory: tempfile::TempDir,
        root: Utf8PathBuf,
        polled: Polled,
    }

    impl Fixture {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            Self {
                root: Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap(),
                _directory: directory,
                polled: Polled::default(),
            }
        }

        fn write(&self, name: &str, text: &str) {
            std::fs::write(self.root.join(name), text).unwrap();
        }

        fn remove(&self, name: &str) {
            std::fs::remove_file(self.root.join(name)).unwrap();
        }

        /// The names that changed.
        fn ask(&mut self, names: &[&str], topic: Topic) -> Vec<String> {
            let files = names.iter().map(|name| (self.root.join(name), topic));
            self.told(Known {
                files: files.collect(),
                ..Known::default()
            })
        }

        fn told(&mut self, known: Known) -> Vec<String> {
            let changed = self.polled.ask(known);
            let names = changed.iter().map(|file| file.file_name().unwrap());
            names.map(str::to_owned).collect()
        }
    }

    #[test]
    fn what_changed_is_told_once() {
        let mut fixture = Fixture::new();
        fixture.write("a", "1");
        let both = ["a", "b"];
        assert!(fixture.ask(&both, Topic::Input).is_empty());
        assert!(fixture.ask(&both, Topic::Input).is_empty());
        fixture.write("a", "12");
        fixture.write("b", "");
        assert_eq!(fixture.ask(&both, Topic::Input), both);
        assert!(fixture.ask(&both, Topic::Input).is_empty());
        fixture.remove("b");
        assert_eq!(fixture.ask(&both, Topic::Input), ["b"]);
        // Asked for no more.
        assert_eq!(fixture.ask(&["b"], Topic::Input), ["a"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_was_written_under_its_old_time_is_told() {
        let mut fixture = Fixture::new();
        fixture.write("a", "1");
        let path = fixture.root.join("a");
        let time = std::fs::metadata(&path).unwrap().modified().unwrap();
        assert!(fixture.ask(&["a"], Topic::Output).is_empty());
        std::thread::sleep(std::time::Duration::from_millis(20));
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        std::io::Write::write_all(&mut &file, b"2").unwrap();
        file.set_modified(time).unwrap();
        assert_eq!(fixture.ask(&["a"], Topic::Output), ["a"]);
    }

    #[test]
    fn what_came_and_went_between_two_rounds_is_told() {
        let mut fixture = Fixture::new();
        assert!(fixture.ask(&["a.so"], Topic::Output).is_empty());
        // Times of files advance with the kernel's clock tick, ten milliseconds at most.
        std::thread::sleep(std::time::Duration::from_millis(20));
        fixture.write("a.so", "");
        fixture.remove("a.so");
        assert_eq!(fixture.ask(&["a.so"], Topic::Output), ["a.so"]);
        assert!(fixture.ask(&["a.so"], Topic::Output).is_empty());
    }

    #[test]
    fn a_name_that_is_new_in_a_listing_is_told() {
        let mut fixture = Fixture::new();
        let listed = |fixture: &Fixture| {
            let names = list(&fixture.root).into_iter();
            Known {
                files: names
                    .map(|name| (fixture.root.join(name), Topic::Input))
                    .collect(),
                listed: BTreeSet::from([fixture.root.clone()]),
            }
        };
        fixture.write("a", "");
        let known = listed(&fixture);
        assert!(fixture.told(known).is_empty());
        fixture.write("b", "");
        let known = listed(&fixture);
        assert_eq!(fixture.told(known), ["b"]);
    }
}
