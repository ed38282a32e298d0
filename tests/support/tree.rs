//! Copies directory trees with every time kept, and lists them so that a change can be told.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Copies a tree as `cp -a` does: modification times to the nanosecond, permissions and symlinks kept, file contents never shared
/// with the original.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let kind = fs::symlink_metadata(from)?;
    if kind.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    if kind.is_dir() {
        fs::create_dir_all(to)?;
        // Of files of one time cargo takes the first that is listed, so the copy has to be listed alike: in memory, what came last is first.
        let mut entries = fs::read_dir(from)?.collect::<io::Result<Vec<_>>>()?;
        entries.reverse();
        for entry in entries {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else if kind.is_file() {
        fs::copy(from, to)?;
    } else {
        return copy_special(&kind, to);
    }
    set_times(to, kind.modified()?)
}

/// A FIFO or a socket as such: nobody can copy one by reading it.
fn copy_special(kind: &fs::Metadata, to: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;
    let file_type = if kind.file_type().is_fifo() {
        rustix::fs::FileType::Fifo
    } else {
        rustix::fs::FileType::Socket
    };
    let mode = rustix::fs::Mode::from_raw_mode(0o644);
    let directory = rustix::fs::CWD;
    rustix::fs::mknodat(directory, to, file_type, mode, 0)?;
    // Nobody opens one to set its times. A young one would count as being written.
    let since = kind.modified()?.duration_since(SystemTime::UNIX_EPOCH);
    let since = since.map_err(io::Error::other)?;
    let time = rustix::fs::Timespec {
        tv_sec: since.as_secs().cast_signed(),
        tv_nsec: since.subsec_nanos().into(),
    };
    let times = rustix::fs::Timestamps {
        last_access: time,
        last_modification: time,
    };
    let flags = rustix::fs::AtFlags::empty();
    Ok(rustix::fs::utimensat(directory, to, &times, flags)?)
}

/// Sets a file's or directory's modification time.
pub(crate) fn set_times(path: &Path, modified: SystemTime) -> io::Result<()> {
    let times = FileTimes::new()
        .set_modified(modified)
        .set_accessed(modified);
    File::open(path)?.set_times(times)
}

/// One entry of a listing: all that a reader who changes nothing leaves alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) length: u64,
    pub(crate) modified: SystemTime,
    pub(crate) inode: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Link(PathBuf),
    Other,
}

/// Everything below a directory, by path relative to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing(pub(crate) BTreeMap<PathBuf, Entry>);

impl Listing {
    pub(crate) fn of(root: &Path) -> Listing {
        let mut entries = BTreeMap::new();
        let mut waiting = vec![root.to_path_buf()];
        while let Some(directory) = waiting.pop() {
            let Ok(read) = fs::read_dir(&directory) else {
                continue;
            };
            for path in read.flatten().map(|e| e.path()) {
                let Ok(entry) = entry(&path) else { continue };
                if entry.kind == Kind::Directory {
                    waiting.push(path.clone());
                }
                entries.insert(path.strip_prefix(root).unwrap().to_path_buf(), entry);
            }
        }
        Listing(entries)
    }

    /// What differs, one line each, leaving out paths for which `ignored` says so.
    pub(crate) fn changes(&self, later: &Listing, ignored: impl Fn(&Path) -> bool) -> Vec<String> {
        let mut changes = Vec::new();
        for (path, entry) in &self.0 {
            match later.0.get(path) {
                _ if ignored(path) => {}
                None => changes.push(format!("gone: {}", path.display())),
                Some(other) if other != entry => {
                    changes.push(format!("changed: {}", path.display()));
                }
                Some(_) => {}
            }
        }
        for path in later.0.keys() {
            if !self.0.contains_key(path) && !ignored(path) {
                changes.push(format!("new: {}", path.display()));
            }
        }
        changes
    }
}

fn entry(path: &Path) -> io::Result<Entry> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::symlink_metadata(path)?;
    let kind = if metadata.is_symlink() {
        Kind::Link(fs::read_link(path)?)
    } else if metadata.is_dir() {
        Kind::Directory
    } else if metadata.is_file() {
        Kind::File
    } else {
        Kind::Other
    };
    // A directory's own time moves with what is created in it, which the entries themselves tell better.
    let modified = if kind == Kind::Directory {
        SystemTime::UNIX_EPOCH
    } else {
        metadata.modified()?
    };
    let length = if kind == Kind::Directory {
        0
    } else {
        metadata.len()
    };
    Ok(Entry {
        kind,
        length,
        modified,
        inode: metadata.ino(),
    })
}
