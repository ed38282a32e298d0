//! A small DLL for 64 bits.

use super::{METADATA_SYMBOL, Order, REGISTRAR, Writer, rustc_section};

pub(in super::super) const AMD64: u16 = 0x8664;
pub(in super::super) const ARM64: u16 = 0xaa64;
/// Offset of the field that says how a file is to be used.
pub(in super::super) const CHARACTERISTICS: usize = 64 + 4 + 18;
/// Offset of the table of sections.
pub(in super::super) const SECTIONS: usize = 64 + 4 + 20 + 240;

const FILE_ALIGNMENT: usize = 512;
const EXPORTS_ADDRESS: u32 = 0x1000;

/// Puts a DLL together for the machine of that number.
pub(in super::super) fn dylib(machine: u16) -> Vec<u8> {
    let exports = exports();
    let metadata = rustc_section();
    let exports_offset = (SECTIONS + 2 * 40).next_multiple_of(FILE_ALIGNMENT);
    let metadata_offset = (exports_offset + exports.len()).next_multiple_of(FILE_ALIGNMENT);
    let mut file = Writer::new(Order::Little);
    file.raw(b"MZ").raw(&[0; 58]).u32(64).raw(b"PE\0\0");
    file.u16(machine)
        .u16(2)
        .u32(0)
        .u32(0)
        .u32(0)
        .u16(240)
        .u16(0x2022);
    // The optional header, of which only the widths, alignments and directories matter.
    file.u16(0x20b)
        .raw(&[0; 22])
        .u64(0x1_8000_0000)
        .u32(0x1000)
        .u32(FILE_ALIGNMENT as u32);
    file.raw(&[0; 68]).u32(16);
    file.u32(EXPORTS_ADDRESS)
        .u32(exports.len() as u32)
        .raw(&[0; 15 * 8]);
    assert_eq!(file.bytes.len(), SECTIONS);
    section(
        &mut file,
        ".edata",
        EXPORTS_ADDRESS,
        exports.len(),
        exports_offset,
    );
    section(&mut file, ".rustc", 0x2000, metadata.len(), metadata_offset);
    file.align(FILE_ALIGNMENT)
        .raw(&exports)
        .align(FILE_ALIGNMENT)
        .raw(&metadata);
    file.align(FILE_ALIGNMENT);
    file.bytes
}

fn section(file: &mut Writer, name: &str, address: u32, size: usize, offset: usize) {
    let room = size.next_multiple_of(FILE_ALIGNMENT);
    file.padded(name, 8)
        .u32(size as u32)
        .u32(address)
        .u32(room as u32)
        .u32(offset as u32);
    file.raw(&[0; 12]).u32(0x4000_0040);
}

fn exports() -> Vec<u8> {
    let addresses = EXPORTS_ADDRESS + 40;
    let names = addresses + 8;
    let ordinals = names + 8;
    let first_name = ordinals + 4;
    let second_name = first_name + REGISTRAR.len() as u32 + 1;
    let library = second_name + METADATA_SYMBOL.len() as u32 + 1;
    let mut table = Writer::new(Order::Little);
    table.u32(0).u32(0).u32(0).u32(library).u32(1).u32(2).u32(2);
    table.u32(addresses).u32(names).u32(ordinals);
    table
        .u32(0x2000)
        .u32(0x2008)
        .u32(first_name)
        .u32(second_name)
        .u16(0)
        .u16(1);
    for name in [REGISTRAR, METADATA_SYMBOL, "tiny_macros.dll"] {
        table.raw(name.as_bytes()).raw(&[0]);
    }
    table.bytes
}
