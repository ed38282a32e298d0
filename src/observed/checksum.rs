//! Checksums of sources, for builds that go by content instead of time (`-Zchecksum-freshness`; cargo 1.95, `fingerprint/dep_info.rs`).

use std::io::Read;
use std::path::Path;

use super::file;

/// What the checksum of an input says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChecksumState {
    /// The dep-info has none for it.
    NotRecorded,
    /// The file is what was built, or its checksum is of a kind that only a newer cargo knows.
    Same,
    /// The file is another.
    Different,
}

/// Compares a file with what a dep-info recorded of it: its size, and a text such as `blake3=…`.
#[must_use]
pub fn compare(path: &Path, recorded: Option<&(u64, String)>) -> ChecksumState {
    let Some((size, checksum)) = recorded else {
        return ChecksumState::NotRecorded;
    };
    let Some(wanted) = checksum.strip_prefix("blake3=") else {
        return ChecksumState::Same;
    };
    match blake3(path, *size) {
        Some(found) if found == wanted => ChecksumState::Same,
        _ => ChecksumState::Different,
    }
}

/// The checksum of a regular file of just this size.
fn blake3(path: &Path, size: u64) -> Option<String> {
    let mut source = file::open_regular(path).ok()?;
    (source.metadata().ok()?.len() == size).then_some(())?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    let mut rest = size;
    while rest > 0 {
        let read = source.read(&mut buffer).ok()?;
        let bytes = buffer.get(..read)?;
        if bytes.is_empty() {
            return None;
        }
        hasher.update(bytes);
        rest = rest.saturating_sub(bytes.len() as u64);
    }
    Some(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn content_decides_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lib.rs");
        std::fs::write(&path, "abc").unwrap();
        // The official test vector for these three bytes.
        let recorded = |size| {
            (
                size,
                "blake3=6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
                    .to_owned(),
            )
        };
        assert_eq!(compare(&path, Some(&recorded(3))), ChecksumState::Same);
        assert_eq!(compare(&path, Some(&recorded(4))), ChecksumState::Different);
        assert_eq!(compare(&path, None), ChecksumState::NotRecorded);
        std::fs::write(&path, "abd").unwrap();
        assert_eq!(compare(&path, Some(&recorded(3))), ChecksumState::Different);
    }
}
