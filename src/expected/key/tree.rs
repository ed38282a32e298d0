//! The files below a package's directory, and their times: cargo takes the newest of them where a build script names no inputs.

use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use crate::observed::file;

/// Entries of a package's directory that are looked at.
const TREE_LIMIT: usize = 200_000;

/// Names and times of the files below a directory, since any of them can become or cease to be the newest; what cargo builds or never
/// lists is left out.
pub(super) fn tree_state(
    root: &Utf8Path,
    build_directory: &Utf8Path,
) -> Vec<(Utf8PathBuf, Option<SystemTime>)> {
    tree(root, build_directory).files
}

/// A directory tree, as far as it is looked at.
pub(super) struct Tree {
    pub(super) files: Vec<(Utf8PathBuf, Option<SystemTime>)>,
    pub(super) directories: Vec<Utf8PathBuf>,
}

/// Reads the tree below a directory, but for what cargo builds there.
pub(super) fn tree(root: &Utf8Path, build_directory: &Utf8Path) -> Tree {
    let own_target = root.join("target");
    let mut files = Vec::new();
    let mut directories = Vec::new();
    let mut pending = vec![root.to_owned()];
    let mut count = 0;
    while let Some(directory) = pending.pop() {
        for name in file::names(&directory) {
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
        directories.push(directory);
    }
    files.sort_unstable();
    Tree { files, directories }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs::{self, File};

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
