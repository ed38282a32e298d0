//! Bounded reads and time stamps of files that somebody else may be writing, or may have put there to do harm.

use std::collections::HashSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

/// Entries of a directory tree that are looked at for its newest time; beyond it, what was seen decides.
const TREE_LIMIT: usize = 200_000;

/// Why a file could not be read whole.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// There is nothing of that name.
    Missing,
    /// It is not a regular file, or larger than it may be.
    Unfit,
    /// The system refused.
    System(io::Error),
}

/// Reads a regular file of at most `limit` bytes. A pipe or device is never opened for reading, so none can block.
///
/// # Errors
/// When it is missing, not a regular file, too large, or cannot be read.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    read_with_metadata(path, limit).map(|(bytes, _)| bytes)
}

/// The same, with all that the system told of the file before it was read.
pub(super) fn read_with_metadata(
    path: &Path,
    limit: u64,
) -> Result<(Vec<u8>, Metadata), ReadError> {
    let (file, metadata) = open(path)?;
    let length = metadata.len();
    if length > limit {
        return Err(ReadError::Unfit);
    }
    // What the system counted is there in one read, without another that finds the end; files that it makes up as they are read, it
    // counts as empty.
    let most = if length == 0 { limit + 1 } else { length };
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(ReadError::System)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::Unfit);
    }
    Ok((bytes, metadata))
}

pub(super) fn open_regular(path: &Path) -> Result<File, ReadError> {
    open(path).map(|(file, _)| file)
}

fn open(path: &Path) -> Result<(File, Metadata), ReadError> {
    let classify = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Missing,
        _ => ReadError::System(error),
    };
    let file = open_without_blocking(path).map_err(classify)?;
    let metadata = file.metadata().map_err(ReadError::System)?;
    if metadata.is_file() {
        Ok((file, metadata))
    } else {
        Err(ReadError::Unfit)
    }
}

/// Opens for reading what may be a pipe without a writer, which a plain open would wait for; nor does a terminal become ours by it.
#[cfg(unix)]
pub(crate) fn open_without_blocking(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

/// Opens for reading. What waits for a writer has no name among files here.
#[cfg(not(unix))]
pub(crate) fn open_without_blocking(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// When a file was last written, through symbolic links; `None` where there is none (cargo-util `paths::mtime`).
#[must_use]
pub fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// When anything about a file, a link or a directory last changed, which nobody can set back; where the system does not tell, when it was
/// last written. `None` where it is not there.
#[must_use]
pub(crate) fn changed(path: &Path) -> Option<SystemTime> {
    let link = fs::symlink_metadata(path).ok()?;
    let own = change_time(&link);
    if !link.is_symlink() {
        return own;
    }
    let target = fs::metadata(path).ok();
    own.max(target.and_then(|metadata| change_time(&metadata)))
}

#[cfg(unix)]
fn change_time(metadata: &fs::Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let seconds = u64::try_from(metadata.ctime()).ok()?;
    let nanoseconds = u32::try_from(metadata.ctime_nsec()).ok()?;
    let since = std::time::Duration::new(seconds, nanoseconds);
    SystemTime::UNIX_EPOCH.checked_add(since)
}

#[cfg(not(unix))]
fn change_time(metadata: &fs::Metadata) -> Option<SystemTime> {
    metadata.modified().ok()
}

/// The newest time in a file or directory tree, as cargo takes it for an input (cargo-util 0.2, `paths::mtime_recursive`): links are
/// followed, and count with their own time and their target's.
#[must_use]
pub fn modified_recursively(path: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(path).ok()?;
    let own = metadata.modified().ok()?;
    if !metadata.is_dir() {
        return Some(own);
    }
    let mut newest = own;
    let mut visited = HashSet::new();
    let mut pending = vec![path.to_owned()];
    let mut seen = 0;
    while let Some(directory) = pending.pop() {
        // Two names of one directory, and loops of links, are walked once.
        if !fs::canonicalize(&directory).is_ok_and(|real| visited.insert(real)) {
            continue;
        }
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            seen += 1;
            if seen > TREE_LIMIT {
                return Some(newest);
            }
            let path = entry.path();
            newest = newest.max(newest_of_entry(&path).unwrap_or(newest));
            if fs::metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
                pending.push(path);
            }
        }
    }
    Some(newest)
}

fn newest_of_entry(path: &Path) -> Option<SystemTime> {
    let link: Metadata = fs::symlink_metadata(path).ok()?;
    let own = link.modified().ok()?;
    if !link.is_symlink() {
        return Some(own);
    }
    Some(modified(path).map_or(own, |target| own.max(target)))
}

/// A path for people: as it is where it is UTF-8, with replacement characters elsewhere.
#[must_use]
pub fn display_path(path: &Path) -> Utf8PathBuf {
    Utf8PathBuf::from(path.to_string_lossy().into_owned())
}

/// The names in a directory, sorted; none where it cannot be read.
#[must_use]
pub fn names(directory: &Utf8Path) -> Vec<String> {
    try_names(directory).unwrap_or_default()
}

/// The same, where an empty directory is not one that could not be read.
pub(crate) fn try_names(directory: &Utf8Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// The path that raw bytes of a file name are.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // Elsewhere not every name of bytes is a path.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

/// The path that raw bytes of a file name are.
#[cfg(not(unix))]
pub(crate) fn path_from_bytes(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}
