//! Every damage that a proc-macro server was ever seen to stumble over, done to a real dylib.

use std::ops::Range;

use object::Endianness;
use object::elf::FileHeader64;
use object::read::elf::{ElfFile, FileHeader as _, SectionHeader as _};
use object::{Object as _, ObjectSection as _};

use super::real::{Toolchain, compile, plain, stripped};
use super::{assert_every_cut_is_seen, damage_of, examine_bytes, facts_of};
use crate::observed::dylib::report::{Damage, FileKind, Part};
use crate::observed::dylib::{HostPlatform, PlatformMismatch};

const HEADER: usize = 64;

type Elf = FileHeader64<Endianness>;

/// The real dylibs to damage; none, and a word of it, where this machine makes none in 64-bit ELF.
fn subjects() -> Vec<&'static [u8]> {
    let subjects = [plain(), stripped()].into_iter().flatten();
    let subjects: Vec<_> = subjects
        .filter(|bytes| bytes.starts_with(b"\x7fELF\x02"))
        .collect();
    if subjects.is_empty() {
        println!("skipped: rustc makes no 64-bit ELF dylib here");
    }
    subjects
}

fn section(bytes: &[u8], name: &str) -> Range<usize> {
    let file = ElfFile::<Elf>::parse(bytes).unwrap();
    let (offset, size) = file.section_by_name(name).unwrap().file_range().unwrap();
    offset as usize..(offset + size) as usize
}

fn section_table(bytes: &[u8]) -> Range<usize> {
    let header = Elf::parse(bytes).unwrap();
    let endian = header.endian().unwrap();
    let start = header.e_shoff(endian) as usize;
    start..start + usize::from(header.e_shnum(endian)) * usize::from(header.e_shentsize(endian))
}

fn segment_table(bytes: &[u8]) -> Range<usize> {
    let header = Elf::parse(bytes).unwrap();
    let endian = header.endian().unwrap();
    let start = header.e_phoff(endian) as usize;
    start..start + usize::from(header.e_phnum(endian)) * usize::from(header.e_phentsize(endian))
}

fn zeroed(bytes: &[u8], range: Range<usize>) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    copy[range].fill(0);
    copy
}

fn with_bytes(bytes: &[u8], at: usize, new: &[u8]) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    copy[at..at + new.len()].copy_from_slice(new);
    copy
}

#[test]
fn an_empty_file() {
    assert_eq!(damage_of(b""), Damage::Empty);
}

#[test]
fn every_cut_is_seen_with_both_lengths() {
    for bytes in subjects() {
        assert_every_cut_is_seen(bytes, HEADER);
    }
}

#[test]
fn a_cut_is_seen_whatever_the_linker() {
    for linker in ["bfd", "gold", "lld", "mold"] {
        let option = format!("-Clink-arg=-fuse-ld={linker}");
        let options: [&[&str]; 2] = [&[&option], &[&option, "-Cstrip=symbols"]];
        for options in options {
            let dylib = compile(Toolchain::Active, "proc-macro", "", options);
            if let Some(bytes) = dylib.filter(|bytes| bytes.starts_with(b"\x7fELF\x02")) {
                assert_every_cut_is_seen(&bytes, HEADER);
            }
        }
    }
}

#[test]
fn text_in_its_place() {
    let text = |first_line: &str| {
        Damage::NotADylib(FileKind::Text {
            first_line: first_line.to_owned(),
        })
    };
    assert_eq!(damage_of(b"x"), text("x"));
    assert_eq!(damage_of(b"hello\r\nthere\n"), text("hello"));
    assert_eq!(damage_of("grüß dich".as_bytes()), text("grüß dich"));
    assert_eq!(
        damage_of("a".repeat(5000).as_bytes()),
        text(&"a".repeat(80))
    );
    // The beginning that is looked at ends within a character here.
    let umlauts = format!("x{}", "ü".repeat(400));
    let expected: String = umlauts.chars().take(80).collect();
    assert_eq!(damage_of(umlauts.as_bytes()), text(&expected));
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    assert_eq!(
        damage_of(pointer),
        Damage::NotADylib(FileKind::GitLfsPointer)
    );
}

#[test]
fn other_files_in_its_place() {
    let kind = |bytes: &[u8]| match damage_of(bytes) {
        Damage::NotADylib(kind) => kind,
        other => panic!("{other}"),
    };
    assert_eq!(kind(b"!<arch>\nlib.o/"), FileKind::Archive);
    assert_eq!(kind(b"rust\0\0\0\x0a...."), FileKind::RustMetadata);
    assert_eq!(kind(b"\0asm\x01\0\0\0"), FileKind::WebAssembly);
    assert_eq!(kind(b"\x01\x02\x03\x04\x05\x06"), FileKind::Unknown);
    assert_eq!(
        kind(b"\xca\xfe\xba\xbe\0\0\0\x34"),
        FileKind::Unknown,
        "a Java class"
    );
    assert_eq!(kind(&[0]), FileKind::Zeros);
}

#[test]
fn zeros_throughout() {
    for bytes in subjects() {
        let zeros = vec![0; bytes.len()];
        assert_eq!(damage_of(&zeros), Damage::NotADylib(FileKind::Zeros));
    }
}

#[test]
fn the_second_half_zeroed_at_the_same_size() {
    for bytes in subjects() {
        let damaged = zeroed(bytes, bytes.len() / 2..bytes.len());
        assert_eq!(damage_of(&damaged), Damage::Altered(Part::SectionHeaders));
    }
}

#[test]
fn each_part_that_is_read_is_seen_when_zeroed() {
    for bytes in subjects() {
        let without_header = zeroed(bytes, 0..HEADER);
        assert_eq!(
            damage_of(&without_header),
            Damage::NotADylib(FileKind::Unknown)
        );
        let parts = [
            (4..HEADER, Part::FileHeader),
            (segment_table(bytes), Part::SegmentHeaders),
            (section_table(bytes), Part::SectionHeaders),
            (section(bytes, ".shstrtab"), Part::SectionNames),
            (section(bytes, ".dynamic"), Part::DynamicSection),
            (section(bytes, ".dynsym"), Part::SymbolTable),
            (section(bytes, ".dynstr"), Part::SymbolNames),
            (section(bytes, ".gnu.hash"), Part::SymbolHash),
            (section(bytes, ".gnu.version_r"), Part::SymbolVersions),
            (section(bytes, ".rustc"), Part::Metadata),
        ];
        for (range, part) in parts {
            let damaged = zeroed(bytes, range);
            assert_eq!(damage_of(&damaged), Damage::Altered(part));
        }
    }
}

#[test]
fn the_metadata_is_seen_when_any_end_of_it_is_altered() {
    for bytes in subjects() {
        let metadata = section(bytes, ".rustc");
        let altered = [
            with_bytes(bytes, metadata.start, b"XXXX"),
            zeroed(bytes, metadata.start + 8..metadata.start + 16),
            zeroed(bytes, metadata.start + 16..metadata.start + 24),
            zeroed(bytes, metadata.start + 32..metadata.start + 64),
            zeroed(bytes, metadata.end - 1..metadata.end),
            zeroed(bytes, metadata.start + 100..metadata.end),
        ];
        for damaged in altered {
            assert_eq!(damage_of(&damaged), Damage::Altered(Part::Metadata));
        }
    }
}

#[test]
fn metadata_of_a_format_to_come_is_no_damage() {
    for bytes in subjects() {
        let metadata = section(bytes, ".rustc");
        for version in [4, 12, 13, 4096_u32] {
            let future = with_bytes(bytes, metadata.start + 4, &version.to_be_bytes());
            let facts = facts_of(&future);
            assert_eq!(facts.metadata_version(), Some(version));
            assert_eq!(facts.crate_name.as_deref(), Some("tiny_macros"));
        }
    }
}

#[test]
fn zeros_in_the_code_are_not_guessed_at() {
    for bytes in subjects() {
        let code = section(bytes, ".text");
        let damaged = zeroed(bytes, code.start..code.start + code.len().min(64 << 10));
        assert_eq!(facts_of(&damaged), facts_of(bytes));
    }
}

#[test]
fn any_page_may_be_zeroed_without_a_wrong_length_being_claimed() {
    let Some(bytes) = subjects().pop() else {
        return;
    };
    let sound = facts_of(bytes);
    for start in (0..bytes.len()).step_by(4096) {
        let end = bytes.len().min(start + 4096);
        match examine_bytes(&zeroed(bytes, start..end)).content {
            Ok(facts) => assert_eq!(facts, sound, "page at {start}"),
            Err(Damage::Altered(_) | Damage::NotADylib(FileKind::Zeros)) => {}
            Err(other) => panic!("page at {start}: {other}"),
        }
    }
}

#[test]
fn another_machine_in_the_header() {
    for bytes in subjects() {
        // 0xf3 is RISC-V; the field is in the byte order of the file, which is that of this machine here.
        let foreign = with_bytes(bytes, 18, &0xf3_u16.to_ne_bytes());
        let examination = examine_bytes(&foreign);
        assert_eq!(examination.content, Ok(facts_of(bytes)));
        let host = HostPlatform::of_triple("x86_64-unknown-linux-gnu");
        let mismatch = host.accepts(&examination.platform.unwrap()).unwrap_err();
        assert!(matches!(mismatch, PlatformMismatch::Architecture { .. }));
        let nothing = with_bytes(bytes, 18, &[0, 0]);
        assert_eq!(damage_of(&nothing), Damage::Altered(Part::FileHeader));
    }
}

#[test]
fn no_library_of_the_system_is_a_proc_macro_or_damaged() {
    let map = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let libraries = map.lines().filter_map(|line| line.get(line.find('/')?..));
    for path in libraries.filter(|path| path.contains(".so")) {
        let bytes = std::fs::read(path).unwrap();
        assert_eq!(damage_of(&bytes), Damage::NotAProcMacro, "{path}");
    }
}

#[test]
fn sections_beyond_all_bounds_are_altered_headers_and_no_promise() {
    for bytes in subjects() {
        let table = section_table(bytes);
        let file = ElfFile::<Elf>::parse(bytes).unwrap();
        let endian = file.endian();
        let headers = file.elf_section_table();
        let index = headers.section_by_name(endian, b".rustc").unwrap().0.0;
        let size_field = table.start + index * 64 + 32;
        let endless = with_bytes(bytes, size_field, &u64::MAX.to_ne_bytes());
        assert_eq!(damage_of(&endless), Damage::Altered(Part::SectionHeaders));
        let offset = headers
            .section(object::SectionIndex(index))
            .unwrap()
            .sh_offset(endian);
        let long = with_bytes(bytes, size_field, &(1_u64 << 40).to_ne_bytes());
        let promised = offset + (1 << 40);
        assert_eq!(
            damage_of(&long),
            Damage::Truncated {
                promised,
                found: bytes.len() as u64
            }
        );
    }
}
