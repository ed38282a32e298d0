//! By what one sees that a file or a directory need not be read again: its identity, and whether that can be relied on. Knows nothing of
//! what was read.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use camino::Utf8Path;

use super::file::{self, ReadError};

/// File systems keep times by ticks, of up to two seconds: what was changed so shortly before it was read may be changed again without
/// another time to show for it (git calls that "racily clean").
pub(crate) const SETTLING: Duration = Duration::from_secs(2);

/// What is found in a place, symbolic links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// There is nothing.
    Missing,
    /// There is something.
    There(Identity),
    /// The system does not tell.
    Unclear,
}

/// What tells a file or a directory from any other, and from itself before it was changed: of a directory, which names are in it and
/// what kind of thing each of them is by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    kind: Kind,
    /// With the inode it tells one mounted or linked in its place.
    device: i128,
    inode: i128,
    size: i128,
    /// When it was last written, in nanoseconds.
    modified: i128,
    /// When its inode last changed, in nanoseconds; nobody can set it back.
    changed: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
    Other,
}

impl Sight {
    /// What is found there now.
    pub(crate) fn of(path: &Path) -> Self {
        // Where the system tells too little, it need not be asked.
        if cfg!(unix) {
            Self::of_answer(&fs::metadata(path))
        } else {
            Self::Unclear
        }
    }

    /// What the system's answer means.
    pub(crate) fn of_answer(answer: &io::Result<Metadata>) -> Self {
        match answer {
            Ok(metadata) => Self::of_metadata(metadata),
            Err(error) if is_missing(error) => Self::Missing,
            Err(_) => Self::Unclear,
        }
    }

    #[cfg(unix)]
    fn of_metadata(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self::There(Identity {
            kind: match metadata.file_type() {
                kind if kind.is_file() => Kind::File,
                kind if kind.is_dir() => Kind::Directory,
                _ => Kind::Other,
            },
            device: metadata.dev().into(),
            inode: metadata.ino().into(),
            size: metadata.len().into(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    #[cfg(not(unix))]
    fn of_metadata(_metadata: &Metadata) -> Self {
        Self::Unclear
    }

    pub(crate) fn is_directory(&self) -> bool {
        matches!(self, Self::There(identity) if identity.kind == Kind::Directory)
    }
}

#[cfg(unix)]
fn nanoseconds(seconds: impl Into<i128>, rest: impl Into<i128>) -> i128 {
    seconds.into() * 1_000_000_000 + rest.into()
}

/// A directory that is found once, so that the way to it is not walked again for each of the many things below it.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    path: &'a str,
    #[cfg(target_os = "linux")]
    directory: Option<std::os::fd::OwnedFd>,
}

impl<'a> Ground<'a> {
    /// Finds it. Where it cannot be had, each thing is found by its whole path.
    #[cfg(target_os = "linux")]
    pub(crate) fn find(path: &'a Utf8Path) -> Self {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Self {
            path: path.as_str(),
            directory: rustix::fs::open(path.as_str(), flags, Mode::empty()).ok(),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn find(path: &'a Utf8Path) -> Self {
        Self {
            path: path.as_str(),
        }
    }

    /// What is found in a place now, be it below or elsewhere.
    #[cfg(target_os = "linux")]
    pub(crate) fn sight(&self, path: &Utf8Path) -> Sight {
        let inner = path.as_str().strip_prefix(self.path);
        let inner = inner
            .and_then(|inner| inner.strip_prefix('/'))
            .filter(|inner| !inner.is_empty() && !inner.starts_with('/'));
        let (Some(directory), Some(inner)) = (&self.directory, inner) else {
            return Sight::of(path.as_std_path());
        };
        match rustix::fs::statat(directory, inner, rustix::fs::AtFlags::empty()) {
            Ok(found) => Sight::There(Identity {
                kind: match rustix::fs::FileType::from_raw_mode(found.st_mode) {
                    rustix::fs::FileType::RegularFile => Kind::File,
                    rustix::fs::FileType::Directory => Kind::Directory,
                    _ => Kind::Other,
                },
                device: found.st_dev.into(),
                inode: found.st_ino.into(),
                size: found.st_size.into(),
                modified: nanoseconds(found.st_mtime, found.st_mtime_nsec),
                changed: nanoseconds(found.st_ctime, found.st_ctime_nsec),
            }),
            Err(error) if is_missing(&error.into()) => Sight::Missing,
            Err(_) => Sight::Unclear,
        }
    }

    /// What is found in a place now.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn sight(&self, path: &Utf8Path) -> Sight {
        Sight::of(path.as_std_path())
    }
}

/// Whether there is nothing of that name.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// What a file held, and when it was last written.
pub(crate) type Content = (Vec<u8>, Option<SystemTime>);

/// Reads a file as [`file::read`] does, with what was found in its place before.
pub(crate) fn read(path: &Path, limit: u64) -> (Result<Content, ReadError>, Sight) {
    match file::read_with_metadata(path, limit) {
        Ok((bytes, metadata)) => {
            let sight = Sight::of_metadata(&metadata);
            (Ok((bytes, metadata.modified().ok())), sight)
        }
        Err(ReadError::Missing) => (Err(ReadError::Missing), Sight::Missing),
        Err(error) => (Err(error), Sight::Unclear),
    }
}

/// Tells of what is read from now on whether another sight of it will show every change.
#[derive(Debug)]
pub(crate) struct Reliance {
    /// What changed before, has another time than what changes from now on.
    settled: Option<SystemTime>,
    file_systems: HashMap<i128, Times>,
}

/// How a file system keeps the times of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    /// Itself, by the clock of this machine, and what it tells is never old.
    Own,
    /// Others write there too, or it makes times up.
    Foreign,
}

impl Reliance {
    /// From now on, on file systems whose times settle within so much time ([`SETTLING`], where nothing is known of them).
    pub(crate) fn begin(settling: Duration) -> Self {
        Self {
            settled: SystemTime::now().checked_sub(settling),
            file_systems: HashMap::new(),
        }
    }

    /// Whether what was read after this sight is still there while the sight is the same.
    pub(crate) fn is_due_to(&mut self, sight: &Sight, path: &Path) -> bool {
        match sight {
            Sight::Missing => true,
            Sight::Unclear => false,
            Sight::There(identity) => {
                self.is_settled(identity)
                    && *self
                        .file_systems
                        .entry(identity.device)
                        .or_insert_with(|| times_at(path))
                        == Times::Own
            }
        }
    }

    fn is_settled(&self, identity: &Identity) -> bool {
        let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok();
        let settled = self.settled.and_then(since);
        let nanoseconds = settled.and_then(|it| i128::try_from(it.as_nanos()).ok());
        nanoseconds.is_some_and(|settled| identity.changed < settled)
    }
}

/// By the magic numbers of `man 2 statfs`.
#[cfg(target_os = "linux")]
fn times_at(path: &Path) -> Times {
    const BCACHEFS: u64 = 0xca45_1a4e;
    const BTRFS: u64 = 0x9123_683e;
    const EXT: u64 = 0xef53;
    const F2FS: u64 = 0xf2f5_2010;
    const OVERLAY: u64 = 0x794c_7630;
    const TMPFS: u64 = 0x0102_1994;
    const XFS: u64 = 0x5846_5342;
    const ZFS: u64 = 0x2fc1_2fc1;
    let kind = rustix::fs::statfs(path).map(|found| {
        // Some architectures give it as a signed number of 32 bits.
        #[allow(
            clippy::cast_sign_loss,
            clippy::cast_possible_truncation,
            clippy::unnecessary_cast,
            clippy::cast_lossless
        )]
        let kind = found.f_type as u32;
        u64::from(kind)
    });
    match kind {
        Ok(BCACHEFS | BTRFS | EXT | F2FS | OVERLAY | TMPFS | XFS | ZFS) => Times::Own,
        _ => Times::Foreign,
    }
}

#[cfg(target_vendor = "apple")]
fn times_at(path: &Path) -> Times {
    /// `MNT_LOCAL` of `sys/mount.h`.
    const LOCAL: u32 = 0x1000;
    let flags = rustix::fs::statfs(path).map(|found| found.f_flags);
    if flags.is_ok_and(|flags| flags & LOCAL != 0) {
        Times::Own
    } else {
        Times::Foreign
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn times_at(_path: &Path) -> Times {
    Times::Foreign
}
