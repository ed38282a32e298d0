//! The files below a package's directory, and their times: cargo takes the newest of them where a build script names no inputs.

use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use crate::observed::file;
use crate::observed::identity::{Ground, Reliance, Sight};

/// Entries of a package's directory that are looked at.
const TREE_LIMIT: usize = 200_000;

/// A directory tree, as far as it is looked at: names and times of the files in it, since any of them can become or cease to be the
/// newest; what cargo builds or never lists is left out.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) files: Vec<(Utf8PathBuf, Option<SystemTime>)>,
    pub(super) directories: Vec<Directory>,
}

/// A directory of a tree.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: Utf8PathBuf,
    /// As it was before the names in it were read; `None` where it does not show every change.
    sight: Option<Sight>,
}

impl Tree {
    /// Whether the same names are in the same directories, for certain.
    pub(super) fn is_unmoved(&self, ground: &Ground<'_>) -> bool {
        let mut directories = self.directories.iter();
        directories.all(|directory| {
            directory.sight.is_some() && directory.sight == Some(ground.sight(&directory.path))
        })
    }

    /// Its directories.
    pub(super) fn into_directories(self) -> Vec<Utf8PathBuf> {
        let directories = self.directories.into_iter();
        directories.map(|directory| directory.path).collect()
    }

    /// Reads the times of its files anew.
    pub(super) fn read_times(&mut self) {
        for (path, time) in &mut self.files {
            *time = file::modified(path.as_std_path());
        }
    }
}

/// Reads the tree below a directory, but for what cargo builds there.
pub(super) fn tree(root: &Utf8Path, build_directory: &Utf8Path, reliance: &mut Reliance) -> Tree {
    let own_target = root.join("target");
    let mut files = Vec::new();
    let mut directories = Vec::new();
    let mut pending = vec![root.to_owned()];
    let mut count = 0;
    while let Some(directory) = pending.pop() {
        let sight = Sight::of(directory.as_std_path());
        let names = file::try_names(&directory);
        let is_reliable = names.is_ok() && reliance.is_due_to(&sight, directory.as_std_path());
        for name in names.unwrap_or_default() {
            let path = directory.join(&name);
            let is_built = path == build_directory || path == own_target || name == ".git";
            if is_built || count > TREE_LIMIT {
                continue;
            }
            count += 1;
            let is_directory = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir());
            if is_directory {
                pending.push(path);
            } else {
                let modified = file::modified(path.as_std_path());
                files.push((path, modified));
            }
        }
        directories.push(Directory {
            path: directory,
            sight: is_reliable.then_some(sight),
        });
    }
    files.sort_unstable();
    Tree { files, directories }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::observed::identity::SETTLING;
    use std::fs::{self, File};

    fn tree_state(
        root: &Utf8Path,
        build_directory: &Utf8Path,
    ) -> Vec<(Utf8PathBuf, Option<SystemTime>)> {
        tree(root, build_directory, &mut Reliance::begin(SETTLING)).files
    }

    #[test]
    fn a_file_that_is_no_longer_the_newest_changes_the_state_of_its_tree() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap();
        for name in ["lib.rs", "build.rs"] {
            fs::write(root.join(name), "").unwrap();
        }
        let before = tree_state(root, &root.join("target"));
        let file = File::options()
            .write(true)
            .open(root.join("lib.rs"))
            .unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert_ne!(before, tree_state(root, &root.join("target")));
    }

    #[test]
    fn what_cargo_builds_is_no_part_of_a_tree() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap();
        fs::create_dir_all(root.join("target/debug")).unwrap();
        fs::write(root.join("target/debug/x"), "").unwrap();
        assert_eq!(tree_state(root, &root.join("target")), []);
    }
}
