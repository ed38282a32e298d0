//! Cargo's own dep-info: which files and variables a unit was built from (cargo 1.95, `fingerprint/dep_info.rs`).
//!
//! Version 1 (since cargo 1.84) begins with a marker that version 0 takes for a count; anything else is damage.

use std::path::PathBuf;

use super::file::path_from_bytes;

/// The marker of version 1 and later, before the version's byte.
const MARKER: &[u8] = &[1, 0, 0, 0, 0xff];

/// What a dep-info lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DepInfo {
    /// The files.
    pub files: Vec<DepInfoFile>,
    /// The variables with their values at build time; `None` where they were unset.
    pub variables: Vec<(String, Option<String>)>,
}

/// One file that a unit was built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepInfoFile {
    /// What the path is relative to.
    pub base: Base,
    /// The path.
    pub path: PathBuf,
    /// Size and checksum, where checksums decide.
    pub checksum: Option<(u64, String)>,
}

/// What a path in a dep-info is relative to; absolute paths stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Base {
    /// The package's directory.
    Package,
    /// The build directory.
    Build,
}

/// Reads a dep-info of either version; `None` where cargo would call it damaged. Counts are never believed beyond the bytes there are.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<DepInfo> {
    let (checksums, rest) = match bytes.strip_prefix(MARKER) {
        Some([1, rest @ ..]) => (Checksums::Recorded, rest),
        Some(_) => return None,
        None => (Checksums::Absent, bytes),
    };
    let mut reader = Reader { rest };
    let mut info = DepInfo::default();
    for _ in 0..reader.count()? {
        let base = match reader.byte()? {
            0 => Base::Package,
            1 => Base::Build,
            _ => return None,
        };
        let path = path_from_bytes(reader.text()?)?;
        let has_checksum = checksums == Checksums::Recorded && reader.byte()? != 0;
        let checksum = if has_checksum {
            let size = reader.long()?;
            let checksum = std::str::from_utf8(reader.text()?).ok()?;
            Some((size, checksum.to_owned()))
        } else {
            None
        };
        info.files.push(DepInfoFile {
            base,
            path,
            checksum,
        });
    }
    for _ in 0..reader.count()? {
        let name = std::str::from_utf8(reader.text()?).ok()?.to_owned();
        let value = match reader.byte()? {
            0 => None,
            1 => Some(std::str::from_utf8(reader.text()?).ok()?.to_owned()),
            _ => return None,
        };
        info.variables.push((name, value));
    }
    Some(info)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Checksums {
    Recorded,
    Absent,
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn count(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    fn long(&mut self) -> Option<u64> {
        let bytes = self.take(8)?.try_into().ok()?;
        Some(u64::from_le_bytes(bytes))
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    fn version_1() -> Vec<u8> {
        let mut bytes = MARKER.to_vec();
        bytes.push(1);
        bytes.extend(1_u32.to_le_bytes());
        bytes.push(0);
        bytes.extend(10_u32.to_le_bytes());
        bytes.extend(b"src/lib.rs");
        bytes.push(0);
        bytes.extend(2_u32.to_le_bytes());
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(b"ONE");
        bytes.push(0);
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(b"TWO");
        bytes.push(1);
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(b"2");
        bytes
    }

    #[test]
    fn files_and_variables_are_read() {
        let info = parse(&version_1()).unwrap();
        assert_eq!(info.files.len(), 1);
        assert_eq!(info.files[0].base, Base::Package);
        assert_eq!(info.files[0].path, PathBuf::from("src/lib.rs"));
        assert_eq!(
            info.variables,
            [
                ("ONE".to_owned(), None),
                ("TWO".to_owned(), Some("2".to_owned()))
            ]
        );
    }

    #[test]
    fn every_cut_is_damage() {
        let whole = version_1();
        for length in 0..whole.len() {
            assert_eq!(parse(&whole[..length]), None, "cut to {length} bytes");
        }
    }

    #[test]
    fn a_count_beyond_the_bytes_is_damage_and_costs_nothing() {
        let mut bytes = MARKER.to_vec();
        bytes.push(1);
        bytes.extend(u32::MAX.to_le_bytes());
        assert_eq!(parse(&bytes), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = parse(&bytes);
        }
    }
}
