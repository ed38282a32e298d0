//! A small ELF dylib of either width and either byte order.

use object::elf::gnu_hash;

use super::{METADATA_SYMBOL, Order, REGISTRAR, Writer, rustc_section};

/// Width of the fields of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Width {
    Bits32,
    Bits64,
}

struct Section {
    name: &'static str,
    kind: u32,
    link: u32,
    content: Vec<u8>,
}

struct Maker {
    width: Width,
    writer: Writer,
}

impl Maker {
    fn word(&mut self, value: u64) {
        match self.width {
            Width::Bits32 => self.writer.u32(value as u32),
            Width::Bits64 => self.writer.u64(value),
        };
    }
}

/// Puts a dylib together for the machine of that number.
pub(in super::super) fn dylib(width: Width, order: Order, machine: u16) -> Vec<u8> {
    let (header_size, segment_size, section_size) = match width {
        Width::Bits32 => (52_u64, 32_u64, 40_u64),
        Width::Bits64 => (64, 56, 64),
    };
    let mut sections = sections(width, order);
    let mut section_names = vec![0];
    let mut name_offsets = Vec::new();
    for section in &sections {
        name_offsets.push(section_names.len() as u32);
        section_names.extend_from_slice(section.name.as_bytes());
        section_names.push(0);
    }
    name_offsets.push(section_names.len() as u32);
    section_names.extend_from_slice(b".shstrtab\0");
    sections.push(Section {
        name: ".shstrtab",
        kind: 3,
        link: 0,
        content: section_names,
    });

    let mut offsets = Vec::new();
    let mut end = header_size + 2 * segment_size;
    for section in &sections {
        end = end.next_multiple_of(8);
        offsets.push(end);
        end += section.content.len() as u64;
    }
    let table = end.next_multiple_of(8);
    let dynamic = sections
        .iter()
        .position(|section| section.kind == 6)
        .unwrap();

    let mut maker = Maker {
        width,
        writer: Writer::new(order),
    };
    let class = if width == Width::Bits32 { 1 } else { 2 };
    let data = if order == Order::Little { 1 } else { 2 };
    maker
        .writer
        .raw(&[0x7f, b'E', b'L', b'F', class, data, 1, 0])
        .raw(&[0; 8]);
    maker.writer.u16(3).u16(machine).u32(1);
    maker.word(0);
    maker.word(header_size);
    maker.word(table);
    maker
        .writer
        .u32(0)
        .u16(header_size as u16)
        .u16(segment_size as u16)
        .u16(2);
    maker.writer.u16(section_size as u16);
    maker
        .writer
        .u16(sections.len() as u16 + 1)
        .u16(sections.len() as u16);
    segment(&mut maker, 1, 0, end);
    segment(
        &mut maker,
        2,
        offsets[dynamic],
        sections[dynamic].content.len() as u64,
    );
    for (section, offset) in sections.iter().zip(&offsets) {
        maker.writer.align(8);
        assert_eq!(maker.writer.bytes.len() as u64, *offset);
        maker.writer.raw(&section.content);
    }
    maker.writer.align(8);
    maker.writer.raw(&vec![0; section_size as usize]);
    for ((section, offset), name) in sections.iter().zip(&offsets).zip(name_offsets) {
        maker.writer.u32(name).u32(section.kind);
        maker.word(0);
        maker.word(0);
        maker.word(*offset);
        maker.word(section.content.len() as u64);
        maker.writer.u32(section.link).u32(0);
        maker.word(1);
        maker.word(0);
    }
    maker.writer.bytes
}

fn segment(maker: &mut Maker, kind: u32, offset: u64, size: u64) {
    maker.writer.u32(kind);
    if maker.width == Width::Bits64 {
        maker.writer.u32(4);
    }
    for value in [offset, offset, offset, size, size] {
        maker.word(value);
    }
    if maker.width == Width::Bits32 {
        maker.writer.u32(4);
    }
    maker.word(8);
}

/// Symbols 1 (of glibc), 2 (the registrar) and 3 (the crate); the last two are exported.
fn sections(width: Width, order: Order) -> Vec<Section> {
    let mut names = vec![0];
    let mut add = |name: &str| {
        let offset = names.len() as u32;
        names.extend_from_slice(name.as_bytes());
        names.push(0);
        offset
    };
    let symbols = [
        (add("memcpy"), 0_u16),
        (add(REGISTRAR), 1),
        (add(METADATA_SYMBOL), 1),
    ];
    let library = add("libc.so.6");
    let version = add("GLIBC_2.34");

    let mut table = Maker {
        width,
        writer: Writer::new(order),
    };
    table
        .writer
        .raw(&vec![0; if width == Width::Bits32 { 16 } else { 24 }]);
    for (name, section) in symbols {
        match width {
            Width::Bits32 => table
                .writer
                .u32(name)
                .u32(8)
                .u32(8)
                .raw(&[0x11, 0])
                .u16(section),
            Width::Bits64 => table
                .writer
                .u32(name)
                .raw(&[0x11, 0])
                .u16(section)
                .u64(8)
                .u64(8),
        };
    }

    // One bucket, and a filter that lets every name pass.
    let mut hash = Maker {
        width,
        writer: Writer::new(order),
    };
    hash.writer.u32(1).u32(2).u32(1).u32(5);
    hash.word(u64::MAX);
    hash.writer.u32(2);
    hash.writer.u32(gnu_hash(REGISTRAR.as_bytes()) & !1);
    hash.writer.u32(gnu_hash(METADATA_SYMBOL.as_bytes()) | 1);

    let mut needs = Writer::new(order);
    needs.u16(1).u16(1).u32(library).u32(16).u32(0);
    needs.u32(0).u16(0).u16(2).u32(version).u32(0);

    let mut dynamic = Maker {
        width,
        writer: Writer::new(order),
    };
    for (tag, value) in [(5, 64), (6, 64), (10, names.len() as u64), (0, 0)] {
        dynamic.word(tag);
        dynamic.word(value);
    }
    let section = |name, kind, link, content| Section {
        name,
        kind,
        link,
        content,
    };
    vec![
        section(".dynsym", 11, 2, table.writer.bytes),
        section(".dynstr", 3, 0, names),
        section(".gnu.hash", 0x6fff_fff6, 1, hash.writer.bytes),
        section(".gnu.version_r", 0x6fff_fffe, 2, needs.bytes),
        section(".dynamic", 6, 2, dynamic.writer.bytes),
        section(".rustc", 1, 0, rustc_section()),
    ]
}
