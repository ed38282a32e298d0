//! Tells by its first bytes what a file is that should have been a dylib.

use super::report::FileKind;

const FIRST_LINE_CHARACTERS: usize = 80;
/// Universal Mach-O is known by its first number and the one behind it.
const LONGEST_MAGIC: usize = 8;

/// What the beginning of a file shows it to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    Elf,
    MachO,
    /// Several Mach-O files in one, for several architectures.
    MachOUniversal,
    Pe,
    /// The first bytes of a library, but too few to tell of which format.
    CutMagic,
    NotADylib(FileKind),
}

/// Judges a file by its beginning, of which 16 bytes are needed, where the file has them, and more help.
pub(super) fn recognise(head: &[u8]) -> Beginning {
    match head {
        [0x7f, b'E', b'L', b'F', ..] => Beginning::Elf,
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] => {
            Beginning::MachO
        }
        // Java classes share this magic; there the next four bytes are a version, 45 at least.
        [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, 0..=0x20, ..] => Beginning::MachOUniversal,
        [b'M', b'Z', ..] => Beginning::Pe,
        _ if head.len() < LONGEST_MAGIC && is_cut_magic(head) => Beginning::CutMagic,
        _ => Beginning::NotADylib(other_kind(head)),
    }
}

fn is_cut_magic(head: &[u8]) -> bool {
    let magics: [&[u8]; 8] = [
        b"\x7fELF",
        &[0xcf, 0xfa, 0xed, 0xfe],
        &[0xce, 0xfa, 0xed, 0xfe],
        &[0xfe, 0xed, 0xfa, 0xce],
        &[0xfe, 0xed, 0xfa, 0xcf],
        &[0xca, 0xfe, 0xba, 0xbe],
        &[0xca, 0xfe, 0xba, 0xbf],
        b"MZ",
    ];
    magics
        .iter()
        .any(|magic| magic.starts_with(head) || head.starts_with(magic))
}

fn other_kind(head: &[u8]) -> FileKind {
    if head.iter().all(|byte| *byte == 0) {
        return FileKind::Zeros;
    }
    if head.starts_with(b"version https://git-lfs.github.com/spec/") {
        return FileKind::GitLfsPointer;
    }
    if head.starts_with(b"!<arch>\n") || head.starts_with(b"!<thin>\n") {
        return FileKind::Archive;
    }
    if head.starts_with(b"rust\0\0\0") {
        return FileKind::RustMetadata;
    }
    if head.starts_with(b"\0asm") {
        return FileKind::WebAssembly;
    }
    text(head).map_or(FileKind::Unknown, |first_line| FileKind::Text {
        first_line,
    })
}

/// The first line, if all of the beginning can be read as text.
fn text(head: &[u8]) -> Option<String> {
    let readable = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The beginning may end within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_text =
        |character: char| !character.is_control() || matches!(character, '\n' | '\r' | '\t');
    if readable.is_empty() || !readable.chars().all(is_text) {
        return None;
    }
    let first_line = readable.lines().next().unwrap_or_default();
    Some(first_line.chars().take(FIRST_LINE_CHARACTERS).collect())
}
