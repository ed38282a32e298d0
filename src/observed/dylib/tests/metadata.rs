//! The `.rustc` section in the formats of the past, the present and the future.

use crate::observed::dylib::metadata::read;
use crate::observed::dylib::report::{Damage, Metadata, Part, Stop};
use crate::observed::dylib::snappy::unpack_head;
use crate::observed::dylib::source::Window;

fn read_section(section: &[u8]) -> Result<Metadata, Stop> {
    let length = section.len() as u64;
    read(Window::whole(section, length), 0, length)
}

fn section(version: u32, body: &[u8]) -> Vec<u8> {
    let mut section = b"rust".to_vec();
    section.extend_from_slice(&version.to_be_bytes());
    section.extend_from_slice(body);
    section
}

/// A payload of formats 7 to 11; `before` stands between the repeated magic and the text.
fn payload(version: u32, before: &[u8], text: &str) -> Vec<u8> {
    let mut payload = section(version, before);
    payload.push(text.len() as u8);
    payload.extend_from_slice(text.as_bytes());
    payload.extend_from_slice(&[0xc1; 60]);
    payload.extend_from_slice(b"rust-end-file");
    payload
}

fn with_length(version: u32, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u64;
    section(version, &[&length.to_le_bytes(), payload].concat())
}

#[expect(clippy::unnecessary_wraps, reason = "compared with results")]
fn found(version: u32, built_by: &str) -> Result<Metadata, Stop> {
    Ok(Metadata::Present {
        version,
        built_by: Some(built_by.to_owned()),
    })
}

const ALTERED: Result<Metadata, Stop> = Err(Stop::Damaged(Damage::Altered(Part::Metadata)));

/// The first bytes of a real dylib by rustc 1.63: format 6, packed.
const PACKED_1_63: &[u8] =
    b"rust\0\0\0\x06\xff\x06\0\0sNaPpY\0\x7f\x03\0\xd8\xbc\x73\x07\xfe\x0b\x30rust\
    \0\0\0\x06\0\0\x05\x35\x0c\x01\x0d\x50c 1.63.0\xc1\0\0\0\x01\0\x06\x04bang\xc1\x05\x0a\x0cattr";

#[test]
fn format_6_is_unpacked() {
    assert_eq!(read_section(PACKED_1_63), found(6, "rustc 1.63.0"));
}

#[test]
fn formats_7_and_8_are_read_packed_and_plain() {
    for version in [7, 8] {
        let plain = payload(version, &[0; 4], "rustc 1.73.0 (cc66ad468 2023-10-03)");
        let length = (plain.len() as u32).to_be_bytes();
        let body = [&length[..], &plain].concat();
        let expected = found(version, "rustc 1.73.0 (cc66ad468 2023-10-03)");
        assert_eq!(read_section(&section(version, &body)), expected);
        let packed = &PACKED_1_63[8..];
        let body = [&(packed.len() as u32).to_be_bytes()[..], packed].concat();
        assert_eq!(
            read_section(&section(version, &body)),
            found(version, "rustc 1.63.0")
        );
    }
}

#[test]
fn formats_9_to_11_are_read() {
    let text = "rustc 1.101.0-nightly (0123456789 2026-10-29)";
    // The last format has a hash before the text; its bytes must not be taken for part of the length.
    for (version, before) in [(9, vec![0; 8]), (10, vec![1; 8]), (11, vec![0xff; 32])] {
        let section = with_length(version, &payload(version, &before, text));
        assert_eq!(read_section(&section), found(version, text));
    }
}

#[test]
fn a_long_version_text_has_a_length_of_two_bytes() {
    let text = format!(
        "rustc 1.96.0 ({})",
        "built from a source tarball, ".repeat(6)
    );
    let mut plain = section(10, &[0; 8]);
    plain.push(text.len() as u8 | 0x80);
    plain.push((text.len() >> 7) as u8);
    plain.extend_from_slice(text.as_bytes());
    plain.extend_from_slice(b"\xc1rust-end-file");
    assert_eq!(read_section(&with_length(10, &plain)), found(10, &text));
}

#[test]
fn formats_to_come_give_their_number_and_what_can_be_found() {
    let unknown = |version| {
        Ok(Metadata::Present {
            version,
            built_by: None,
        })
    };
    assert_eq!(
        read_section(&section(12, b"nothing to be understood")),
        unknown(12)
    );
    assert_eq!(read_section(&section(12, b"")), unknown(12));
    let similar = section(12, &payload(12, &[0; 8], "rustc 1.120.0"));
    assert_eq!(read_section(&similar), found(12, "rustc 1.120.0"));
    assert_eq!(read_section(&section(4, b"older than all")), unknown(4));
}

#[test]
fn what_contradicts_itself_is_altered() {
    let sound = with_length(10, &payload(10, &[0; 8], "rustc 1.95.0"));
    assert_eq!(read_section(&sound), found(10, "rustc 1.95.0"));
    for cut in [0, 4, 7, 8, 15, 16, 40, sound.len() - 1] {
        assert_eq!(read_section(&sound[..cut]), ALTERED, "cut at {cut}");
    }
    // The last place but one is the length of the version text.
    for place in [0, 3, 16, 23, 32, sound.len() - 1] {
        let mut altered = sound.clone();
        altered[place] ^= 0xff;
        assert_eq!(read_section(&altered), ALTERED, "altered at {place}");
    }
}

#[test]
fn padding_behind_the_metadata_is_no_damage() {
    let mut section = with_length(10, &payload(10, &[0; 8], "rustc 1.95.0"));
    section.resize(section.len().next_multiple_of(512), 0);
    assert_eq!(read_section(&section), found(10, "rustc 1.95.0"));
}

#[test]
fn packed_bytes_of_each_kind_are_unpacked() {
    let stream = |chunk: u8, body: &[u8]| {
        let length = (body.len() as u32 + 4).to_le_bytes();
        [
            &b"\xff\x06\0\0sNaPpY"[..],
            &[chunk],
            &length[..3],
            b"CRC.",
            body,
        ]
        .concat()
    };
    assert_eq!(unpack_head(&stream(1, b"plain"), 100), b"plain");
    // Length 9; literal `abc`; 4 bytes from 3 back; 2 bytes from 3 back, offset in two bytes.
    let block = b"\x09\x08abc\x01\x03\x06\x03\0";
    assert_eq!(unpack_head(&stream(0, block), 100), b"abcabcabc");
    // Literals with their lengths in one and two bytes; a copy with its offset in four.
    let mut block = b"\x48\xf0\x3f".to_vec();
    block.extend_from_slice(&[b'x'; 64]);
    block.extend_from_slice(b"\xf4\x03\0abcd\x0f\x04\0\0\0");
    let unpacked = unpack_head(&stream(0, &block), 1000);
    assert_eq!(unpacked, [&[b'x'; 64][..], b"abcdabcd"].concat());
}

#[test]
fn packed_bytes_that_make_no_sense_end_the_unpacking() {
    let stream = |body: &[u8]| {
        let length = (body.len() as u32 + 4).to_le_bytes();
        [&b"\xff\x06\0\0sNaPpY\0"[..], &length[..3], b"CRC.", body].concat()
    };
    for body in [
        &b"\x09\x01\x03"[..],
        b"\x09\0a\x05\x07",
        b"\x09\0a\x05\0",
        b"\xff\xff\xff\xff\xff\xff",
        b"",
    ] {
        assert!(unpack_head(&stream(body), 100).len() <= 1);
    }
    assert!(unpack_head(b"no stream", 100).is_empty());
    // What claims to be 4 GB long is unpacked no further than was asked.
    let bomb = [&b"\xff\xff\xff\xff\x0f\0a"[..], &[0xfe, 1, 0].repeat(1000)].concat();
    assert!(unpack_head(&stream(&bomb), 100).len() < 200);
}
