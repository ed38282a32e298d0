//! A small Mach-O dylib of either width and either byte order, and several of them in one file.

use super::{METADATA_SYMBOL, Order, REGISTRAR, Writer, rustc_section};

pub(in super::super) const X86_64: u32 = 0x0100_0007;
pub(in super::super) const ARM64: u32 = 0x0100_000c;
pub(in super::super) const POWERPC: u32 = 18;

/// Puts a dylib together for the processor of that number, whose top byte tells the width.
pub(in super::super) fn dylib(processor: u32, order: Order) -> Vec<u8> {
    let is_wide = processor >> 24 == 1;
    let (header_size, segment_size, section_size, symbol_size) = if is_wide {
        (32, 72, 80, 16)
    } else {
        (28, 56, 68, 12)
    };
    let commands_size = 2 * segment_size + section_size + 24 + 80;
    let metadata = rustc_section();
    let metadata_offset = header_size + commands_size;
    let linkedit = (metadata_offset + metadata.len()).next_multiple_of(8);
    let mut names = b" \0".to_vec();
    let mut symbols = Writer::new(order);
    for name in [REGISTRAR, METADATA_SYMBOL] {
        symbols.u32(names.len() as u32).raw(&[0x0f, 1]).u16(0);
        if is_wide {
            symbols.u64(64);
        } else {
            symbols.u32(64);
        }
        names.push(b'_');
        names.extend_from_slice(name.as_bytes());
        names.push(0);
    }
    assert_eq!(symbols.bytes.len(), 2 * symbol_size);
    let names_offset = linkedit + symbols.bytes.len();
    let end = names_offset + names.len();

    let mut file = Writer::new(order);
    file.u32(if is_wide { 0xfeed_facf } else { 0xfeed_face })
        .u32(processor)
        .u32(0);
    file.u32(6).u32(4).u32(commands_size as u32).u32(0);
    if is_wide {
        file.u32(0);
    }
    segment(&mut file, "__DATA", 0, linkedit, 1);
    file.padded(".rustc", 16).padded("__DATA", 16);
    word(&mut file, is_wide, 0);
    word(&mut file, is_wide, metadata.len());
    file.u32(metadata_offset as u32)
        .raw(&vec![0; if is_wide { 28 } else { 24 }]);
    segment(&mut file, "__LINKEDIT", linkedit, end - linkedit, 0);
    file.u32(2).u32(24).u32(linkedit as u32).u32(2);
    file.u32(names_offset as u32).u32(names.len() as u32);
    file.u32(0xb)
        .u32(80)
        .u32(0)
        .u32(0)
        .u32(0)
        .u32(2)
        .raw(&[0; 56]);
    assert_eq!(file.bytes.len(), metadata_offset);
    file.raw(&metadata).align(8).raw(&symbols.bytes).raw(&names);
    assert_eq!(file.bytes.len(), end);
    file.bytes
}

fn segment(file: &mut Writer, name: &str, offset: usize, size: usize, sections: u32) {
    let is_wide = matches!(&file.bytes[..4], [0xcf, ..] | [.., 0xcf]);
    let section_size = if is_wide { 80 } else { 68 };
    let (kind, own_size) = if is_wide { (0x19, 72) } else { (1, 56) };
    file.u32(kind)
        .u32(own_size + sections * section_size)
        .padded(name, 16);
    for value in [offset, size, offset, size] {
        word(file, is_wide, value);
    }
    file.u32(7).u32(3).u32(sections).u32(0);
}

fn word(file: &mut Writer, is_wide: bool, value: usize) {
    if is_wide {
        file.u64(value as u64);
    } else {
        file.u32(value as u32);
    }
}

/// Puts several files for one architecture each into one.
pub(in super::super) fn universal(slices: &[(u32, Vec<u8>)]) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut file = Writer::new(Order::Big);
    file.u32(0xcafe_babe).u32(slices.len() as u32);
    let mut offset = PAGE;
    for (processor, slice) in slices {
        file.u32(*processor)
            .u32(0)
            .u32(offset as u32)
            .u32(slice.len() as u32)
            .u32(12);
        offset = (offset + slice.len()).next_multiple_of(PAGE);
    }
    for (_, slice) in slices {
        file.align(PAGE).raw(slice);
    }
    file.bytes
}
