//! Whether a library that rustc made (`.rlib`, `.rmeta`) is cut short or overwritten, as far as its outline tells. Reads heads alone, and
//! knows nothing of whose library it is.

use std::io::{Read, Seek, SeekFrom};

use camino::Utf8Path;

use super::file;

const ARCHIVE: &[u8; 8] = b"!<arch>\n";
/// Archives that other linkers have: what rustc makes of them is not known here.
const OTHER_ARCHIVES: [&[u8; 8]; 2] = [b"!<thin>\n", b"<bigaf>\n"];
/// What stands before each member: its name, times, owner, then its size in digits at these places, and an end mark.
const HEADER: usize = 60;
const SIZE: std::ops::Range<usize> = 48..58;
const HEADER_END: &[u8] = b"`\n";
/// More than any crate has.
const MEMBERS_LIMIT: usize = 1 << 16;
/// How metadata begins, of any version of rustc.
const METADATA: &[u8] = b"rust";

/// Whether rustc or a linker is sure to refuse the file. What cannot be read, or is neither kind of library, is not called damaged.
#[must_use]
pub fn is_damaged(path: &Utf8Path) -> bool {
    let Ok(mut file) = file::open_regular(path.as_std_path()) else {
        return false;
    };
    let Ok(length) = file.metadata().map(|metadata| metadata.len()) else {
        return false;
    };
    let is_whole = match path.extension() {
        Some("rlib") => is_whole_archive(&mut file, length),
        Some("rmeta") => begins_as_metadata(&mut file, length),
        _ => return false,
    };
    // Written meanwhile, or not to be read: nobody's fault that could be told.
    is_whole.is_ok_and(|is_whole| !is_whole)
        && file
            .metadata()
            .is_ok_and(|metadata| metadata.len() == length)
}

fn begins_as_metadata(file: &mut impl Read, length: u64) -> std::io::Result<bool> {
    let mut head = [0; METADATA.len()];
    if length < METADATA.len() as u64 {
        return Ok(false);
    }
    file.read_exact(&mut head)?;
    Ok(head == METADATA)
}

fn is_whole_archive(file: &mut (impl Read + Seek), length: u64) -> std::io::Result<bool> {
    if length < ARCHIVE.len() as u64 {
        return Ok(false);
    }
    let mut magic = [0; ARCHIVE.len()];
    file.read_exact(&mut magic)?;
    if OTHER_ARCHIVES.contains(&&magic) {
        return Ok(true);
    }
    if magic != *ARCHIVE {
        return Ok(false);
    }
    let mut at = ARCHIVE.len() as u64;
    for _ in 0..MEMBERS_LIMIT {
        if at >= length {
            // The last one may lack the byte that makes its length even.
            return Ok(at <= length + 1);
        }
        let mut header = [0; HEADER];
        if length - at < HEADER as u64 {
            return Ok(false);
        }
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut header)?;
        // Readers stop at the first space; what stands behind is nothing that they refuse.
        let size = header
            .get(SIZE)
            .and_then(|digits| digits.split(|byte| *byte == b' ').next())
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| digits.parse::<u64>().ok());
        let Some(size) = size.filter(|_| header.ends_with(HEADER_END)) else {
            return Ok(false);
        };
        let end = at.saturating_add(HEADER as u64).saturating_add(size);
        if end > length {
            return Ok(false);
        }
        at = end + end % 2;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn archive(members: &[&[u8]]) -> Vec<u8> {
        let mut bytes = ARCHIVE.to_vec();
        for member in members {
            bytes.extend(
                format!(
                    "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
                    "name/",
                    0,
                    0,
                    0,
                    644,
                    member.len()
                )
                .bytes(),
            );
            bytes.extend(*member);
            if member.len() % 2 == 1 {
                bytes.push(b'\n');
            }
        }
        bytes
    }

    fn is_whole(bytes: &[u8]) -> bool {
        is_whole_archive(&mut Cursor::new(bytes), bytes.len() as u64).unwrap()
    }

    #[test]
    fn an_archive_is_whole_only_at_the_ends_of_its_members() {
        let whole = archive(&[b"even", b"odd", b""]);
        assert!(is_whole(&whole));
        let one = archive(&[b"even"]).len();
        let two = archive(&[b"even", b"odd"]).len();
        for length in 0..whole.len() {
            let ends_a_member = [ARCHIVE.len(), one, two - 1, two].contains(&length);
            assert_eq!(is_whole(&whole[..length]), ends_a_member, "{length}");
        }
        assert!(is_whole(&archive(&[])));
        assert!(!is_whole(&vec![0; whole.len()]));
    }

    #[test]
    fn a_hole_in_the_outline_shows() {
        let mut bytes = archive(&[b"first", b"second"]);
        bytes[100..130].fill(0);
        assert!(!is_whole(&bytes));
        let mut behind_the_size = archive(&[b"first"]);
        behind_the_size[ARCHIVE.len() + SIZE.end - 1] = 0x92;
        assert!(is_whole(&behind_the_size));
        assert!(!is_whole(&[ARCHIVE.as_slice(), &[b' '; HEADER]].concat()));
    }

    #[test]
    fn what_is_no_library_or_not_there_is_not_judged() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap();
        let judged = |name: &str, bytes: &[u8]| {
            std::fs::write(root.join(name), bytes).unwrap();
            is_damaged(&root.join(name))
        };
        assert!(judged("a.rlib", b""));
        assert!(judged("a.rmeta", b"rus"));
        assert!(judged("a.rmeta", b"<html>"));
        assert!(!judged("a.rmeta", b"rust\0\0\0\x0a"));
        assert!(!judged("a.so", b""));
        assert!(!judged("a.rlib", b"!<thin>\nwhatever"));
        assert!(!is_damaged(&root.join("absent.rlib")));
        std::fs::create_dir(root.join("directory.rlib")).unwrap();
        assert!(!is_damaged(&root.join("directory.rlib")));
    }

    proptest! {
        #[test]
        fn what_stands_behind_an_archive_shows(
            members in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..5),
            behind in prop::collection::vec(any::<u8>(), 2..80),
        ) {
            let members: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
            let whole = archive(&members);
            prop_assert!(is_whole(&whole));
            let has_an_end = behind.windows(HEADER_END.len()).any(|bytes| bytes == HEADER_END);
            prop_assert!(has_an_end || !is_whole(&[whole, behind].concat()));
        }

        #[test]
        fn bytes_of_any_kind_are_judged(bytes: Vec<u8>, place: prop::sample::Index) {
            is_whole(&bytes);
            let mut altered = archive(&[&bytes]);
            let at = place.index(altered.len());
            altered[at] ^= 1;
            is_whole(&altered);
        }
    }
}
