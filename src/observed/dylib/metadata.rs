//! The head of the `.rustc` section: the version of rustc's metadata format, and the rustc that wrote it.
//!
//! Knows the layouts of formats 5 to 11; rustc 1.63 writes 6, 1.95 writes 10, 1.101 writes 11. Of a format that it does not know it says only the number.

use object::read::ReadRef;

use super::report::{Damage, Metadata, Part, Stop};
use super::snappy;
use super::source::Window;

const MAGIC: &[u8] = b"rust";
const PREFIX_LENGTH: usize = 8;
/// How much of the section is read; the version text lies within its first 0.2 KB.
const HEAD_LENGTH: u64 = 1024;
/// The version text begins within this many bytes of the payload in every format so far.
const SEARCHED: usize = 128;
/// How much is unpacked where it is packed, the text included.
const UNPACKED: usize = 512;
/// Stands behind every string of the metadata (`STR_SENTINEL` in `rustc_serialize/src/opaque.rs`).
const STRING_END: u8 = 0xc1;
/// What every `rustc --version` begins with.
const COMPILER: &[u8] = b"rustc ";
/// The last bytes of the metadata in format 10 (`rustc_metadata/src/rmeta`, rustc 1.95).
const FOOTER: &[u8] = b"rust-end-file";

/// Reads the `.rustc` section that lies at `offset`.
pub(super) fn read<'data, R: ReadRef<'data>>(
    window: Window<R>,
    offset: u64,
    size: u64,
) -> Result<Metadata, Stop> {
    const ALTERED: Stop = Stop::Damaged(Damage::Altered(Part::Metadata));
    let section = window.part(offset, size).ok_or(Stop::OutOfReach)?;
    let head = section
        .bytes(0, size.min(HEAD_LENGTH))
        .ok_or(Stop::OutOfReach)?;
    let version = head
        .strip_prefix(MAGIC)
        .and_then(big_endian)
        .ok_or(ALTERED)?;
    let body = head.get(PREFIX_LENGTH..).unwrap_or_default();

    let found = match version {
        5 | 6 => version_text(&snappy::unpack_head(body, UNPACKED)),
        7 | 8 => {
            let payload = body.get(4..).unwrap_or_default();
            if payload.starts_with(MAGIC) {
                version_text(payload)
            } else {
                version_text(&snappy::unpack_head(payload, UNPACKED))
            }
        }
        9..=11 => {
            let payload = plain_payload(section, body, version)?.ok_or(ALTERED)?;
            version_text(payload)
        }
        _ => version_text(body),
    };
    // In these formats the text has always been there, with this byte behind it: something overwrote them.
    let is_whole = found
        .as_ref()
        .is_some_and(|text| text.followed_by == Some(STRING_END));
    if matches!(version, 9 | 10) && !is_whole {
        return Err(ALTERED);
    }
    let built_by = found.map(|found| found.text);
    Ok(Metadata::Present { version, built_by })
}

/// The payload of formats 9 to 11, behind its length; `None` where it contradicts itself.
fn plain_payload<'data, R: ReadRef<'data>>(
    section: Window<R>,
    body: &'data [u8],
    version: u32,
) -> Result<Option<&'data [u8]>, Stop> {
    let Some((length, payload)) = body.split_first_chunk::<8>() else {
        return Ok(None);
    };
    let length = u64::from_le_bytes(*length);
    let start = section.length().min(16);
    if !section.holds(start, length)
        || payload.strip_prefix(MAGIC).and_then(big_endian) != Some(version)
    {
        return Ok(None);
    }
    if version == 10 {
        let footer_length = u64::try_from(FOOTER.len()).map_err(|_| Stop::OutOfReach)?;
        let Some(footer_start) = (start + length).checked_sub(footer_length) else {
            return Ok(None);
        };
        let footer = section
            .bytes(footer_start, footer_length)
            .ok_or(Stop::OutOfReach)?;
        if footer != FOOTER {
            return Ok(None);
        }
    }
    Ok(Some(payload))
}

fn big_endian(bytes: &[u8]) -> Option<u32> {
    bytes
        .first_chunk::<4>()
        .map(|bytes| u32::from_be_bytes(*bytes))
}

/// The length that stands at the end of `before`: one byte, or two where the text has 128 bytes or more.
fn text_length(before: &[u8]) -> Option<usize> {
    let (last, rest) = before.split_last()?;
    let last = usize::from(*last);
    // Seven bits a byte, the lowest first. A version text of under nine bytes does not exist, nor one of over 1 KB.
    match rest.last() {
        Some(low @ 0x80..) if last < 9 => Some(last << 7 | usize::from(low & 0x7f)),
        _ => Some(last),
    }
}

/// The version text, and the byte behind it.
struct VersionText {
    text: String,
    followed_by: Option<u8>,
}

/// Finds the length byte with `rustc ` behind it; its place moves from format to format.
fn version_text(payload: &[u8]) -> Option<VersionText> {
    let searched = payload.get(..SEARCHED).unwrap_or(payload);
    let start = searched
        .windows(COMPILER.len())
        .position(|bytes| bytes == COMPILER)?;
    let length = text_length(payload.get(..start)?)?;
    let (text, rest) = payload.get(start..)?.split_at_checked(length)?;
    let text = std::str::from_utf8(text).ok()?;
    if !text.starts_with("rustc ") || text.contains(char::is_control) {
        return None;
    }
    Some(VersionText {
        text: text.to_owned(),
        followed_by: rest.first().copied(),
    })
}
