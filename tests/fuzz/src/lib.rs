//! What the fuzz targets share: a file in memory that holds the bytes on trial, for readers that take a path.

use camino::{Utf8Path, Utf8PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A directory of this process's own, in memory where the system has a place for that.
///
/// # Panics
/// Where no directory can be made: there is nothing to fuzz then.
pub fn directory() -> &'static Utf8Path {
    static DIRECTORY: OnceLock<TempDir> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        TempDir::new_in("/dev/shm")
            .or_else(|_| TempDir::new())
            .expect("a directory for the files on trial")
    });
    Utf8Path::from_path(directory.path()).expect("a temporary directory has a plain name")
}

/// The path of a file below that directory that holds these bytes.
///
/// # Panics
/// Where the file cannot be written.
pub fn file(name: &str, bytes: &[u8]) -> Utf8PathBuf {
    let path = directory().join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).expect("a directory for the file on trial");
    }
    std::fs::write(&path, bytes).expect("the file on trial");
    path
}
