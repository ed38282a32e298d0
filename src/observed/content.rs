//! The content of a file as a digest, and the marks by which one sees that it need not be read again.

use std::fs;
use std::hash::Hasher;
use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

use rustc_stable_hash::{FromStableHash, SipHasher128Hash, StableSipHasher128};
use serde::{Deserialize, Serialize};

use super::file;

/// A file beyond this size is left out of what is remembered.
const SIZE_LIMIT: u64 = 256 << 20;

/// What moves when a file is written, replaced or given another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: SystemTime,
    /// When its inode last changed, in nanoseconds, where the system tells; nobody can set it back.
    changed: Option<i128>,
    /// Its inode, where the system tells.
    pub inode: Option<u64>,
}

/// A digest of a file's content. It guards against accidents, not against somebody who looks for a collision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentDigest(u64, u64);

impl FromStableHash for ContentDigest {
    type Hash = SipHasher128Hash;

    fn from(SipHasher128Hash([low, high]): Self::Hash) -> Self {
        Self(high, low)
    }
}

impl Stamp {
    /// The stamp of a regular file; `None` for anything else.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        Self::of_metadata(&fs::metadata(path).ok()?)
    }

    pub(super) fn of_metadata(metadata: &fs::Metadata) -> Option<Self> {
        metadata.is_file().then_some(())?;
        let (changed, inode) = inode_marks(metadata);
        Some(Self {
            size: metadata.len(),
            modified: metadata.modified().ok()?,
            changed,
            inode,
        })
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // Elsewhere there are none.
fn inode_marks(metadata: &fs::Metadata) -> (Option<i128>, Option<u64>) {
    use std::os::unix::fs::MetadataExt;
    let changed = i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec());
    (Some(changed), Some(metadata.ino()))
}

#[cfg(not(unix))]
fn inode_marks(_metadata: &fs::Metadata) -> (Option<i128>, Option<u64>) {
    (None, None)
}

/// The digest of a regular file within bounds; `None` where it cannot be read whole.
#[must_use]
pub fn digest(path: &Path) -> Option<ContentDigest> {
    let mut source = file::open_regular(path).ok()?.take(SIZE_LIMIT + 1);
    let mut hasher = StableSipHasher128::new();
    let mut buffer = vec![0; 64 << 10];
    let mut total: u64 = 0;
    loop {
        let read = source.read(&mut buffer).ok()?;
        let bytes = buffer.get(..read)?;
        if bytes.is_empty() {
            break;
        }
        hasher.write(bytes);
        total += bytes.len() as u64;
    }
    (total <= SIZE_LIMIT).then(|| hasher.finish())
}
