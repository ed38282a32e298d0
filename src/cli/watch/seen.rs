//! Which files changed since they were last seen. Events alone do not tell: editors make swap files and locks beside what they edit,
//! and a build writes among the sources too.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::observed::file;
use crate::watch::Stamp;

/// Sources are smaller; of larger files the time decides.
const DIGESTED: u64 = 4 << 20;

/// Who may have written meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writers {
    /// Others only: a file that was saved as it was counts as changed, since cargo will build it again.
    Others,
    /// Our own build too: a file that it wrote as it was must not lead to another build, nor the lock file that it brought up to date.
    OurBuild,
}

/// What is remembered of the files.
#[derive(Debug, Default)]
pub(super) struct Seen {
    files: BTreeMap<Utf8PathBuf, Option<Known>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    stamp: Stamp,
    digest: Option<blake3::Hash>,
}

impl Seen {
    /// Takes files as they are now, unless they are known.
    pub(super) fn adopt(&mut self, files: impl IntoIterator<Item = Utf8PathBuf>) {
        for file in files {
            if let Entry::Vacant(place) = self.files.entry(file) {
                let file = place.key();
                let known = Stamp::of(file).map(|stamp| known(file, stamp));
                place.insert(known);
            }
        }
    }

    /// The files that changed since they were last seen: those known before and, among `listed`, those that are new.
    pub(super) fn changed(
        &mut self,
        listed: BTreeSet<Utf8PathBuf>,
        writers: Writers,
    ) -> Vec<Utf8PathBuf> {
        let mut changed = Vec::new();
        for file in listed {
            self.files.entry(file).or_insert(None);
        }
        for (file, before) in &mut self.files {
            let stamp = Stamp::of(file);
            if stamp == before.map(|before| before.stamp) {
                continue;
            }
            let now = stamp.map(|stamp| known(file, stamp));
            let digest = |known: Option<Known>| known.and_then(|known| known.digest);
            let is_alike = digest(now).is_some() && digest(now) == digest(*before);
            *before = now;
            let is_by_build = is_alike || file.file_name() == Some("Cargo.lock");
            if writers == Writers::Others || !is_by_build {
                changed.push(file.clone());
            }
        }
        changed
    }
}

fn known(file: &Utf8Path, stamp: Stamp) -> Known {
    Known {
        stamp,
        digest: digest(file),
    }
}

fn digest(path: &Utf8Path) -> Option<blake3::Hash> {
    let bytes = file::read(path.as_std_path(), DIGESTED).ok()?;
    Some(blake3::hash(&bytes))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, SystemTime};

    use super::*;

    struct Bench {
        root: Utf8PathBuf,
        seen: Seen,
        _directory: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
            let mut bench = Self {
                root,
                seen: Seen::default(),
                _directory: directory,
            };
            for name in ["main.rs", "Cargo.lock"] {
                bench.write(name, "1");
            }
            let files = ["main.rs", "Cargo.lock", "absent"].map(|name| bench.root.join(name));
            bench.seen.adopt(files);
            bench
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.root.join(name), text).unwrap();
        }

        fn changed(&mut self, listed: &[&str], writers: Writers) -> Vec<String> {
            let listed = listed.iter().map(|name| self.root.join(name)).collect();
            let changed = self.seen.changed(listed, writers);
            changed
                .iter()
                .map(|file| file.file_name().unwrap().to_owned())
                .collect()
        }

        fn touch(&self, name: &str) {
            let file = fs::File::options().append(true).open(self.root.join(name));
            let later = SystemTime::now() + Duration::from_secs(1);
            file.unwrap().set_modified(later).unwrap();
        }
    }

    #[test]
    fn what_changed_is_told_once() {
        let mut bench = Bench::new();
        assert!(bench.changed(&[], Writers::Others).is_empty());
        bench.write("main.rs", "12");
        bench.write("absent", "");
        bench.write("new.rs", "");
        assert_eq!(
            bench.changed(&["new.rs"], Writers::Others),
            ["absent", "main.rs", "new.rs"]
        );
        assert!(bench.changed(&["new.rs"], Writers::Others).is_empty());
        fs::remove_file(bench.root.join("new.rs")).unwrap();
        assert_eq!(bench.changed(&[], Writers::Others), ["new.rs"]);
        assert!(bench.changed(&[], Writers::Others).is_empty());
    }

    #[test]
    fn an_atomic_save_is_a_change_and_a_swap_file_is_none() {
        let mut bench = Bench::new();
        bench.write(".main.rs.swp", "");
        bench.write("main.rs~", "");
        assert!(bench.changed(&[], Writers::Others).is_empty());
        bench.write("4913", "2");
        fs::rename(bench.root.join("4913"), bench.root.join("main.rs")).unwrap();
        assert_eq!(bench.changed(&[], Writers::Others), ["main.rs"]);
    }

    #[test]
    fn what_a_build_writes_as_it_was_is_no_change() {
        let mut bench = Bench::new();
        bench.touch("main.rs");
        assert!(bench.changed(&[], Writers::OurBuild).is_empty());
        bench.touch("main.rs");
        bench.write("Cargo.lock", "12");
        assert!(bench.changed(&[], Writers::OurBuild).is_empty());
        assert!(bench.changed(&[], Writers::Others).is_empty());
        bench.write("main.rs", "12");
        assert_eq!(bench.changed(&[], Writers::OurBuild), ["main.rs"]);
        fs::remove_file(bench.root.join("main.rs")).unwrap();
        assert_eq!(bench.changed(&[], Writers::OurBuild), ["main.rs"]);
    }

    #[test]
    fn a_touch_by_others_is_a_change() {
        let mut bench = Bench::new();
        bench.touch("main.rs");
        assert_eq!(bench.changed(&[], Writers::Others), ["main.rs"]);
    }
}
