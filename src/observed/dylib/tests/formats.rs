//! The formats that this machine's rustc does not make: small dylibs of each, sound and damaged.

use super::made::elf::Width;
use super::made::{BUILT_BY, Order, elf, mach_o, pe};
use super::{assert_every_cut_is_seen, damage_of, examine_bytes};
use crate::observed::dylib::report::{Damage, FileKind, Part, ProcMacroSymbol};
use crate::observed::dylib::{GlibcVersion, HostPlatform, PlatformMismatch};

const ELF_TRIPLES: [(Width, Order, u16, &str, &str); 8] = [
    (
        Width::Bits64,
        Order::Little,
        62,
        "x86_64-unknown-linux-gnu",
        "ELF x86-64",
    ),
    (
        Width::Bits32,
        Order::Little,
        62,
        "x86_64-unknown-linux-gnux32",
        "ELF x86-64 with 32-bit pointers",
    ),
    (
        Width::Bits32,
        Order::Little,
        3,
        "i686-unknown-linux-gnu",
        "ELF x86",
    ),
    (
        Width::Bits64,
        Order::Little,
        183,
        "aarch64-unknown-linux-musl",
        "ELF arm64",
    ),
    (
        Width::Bits32,
        Order::Little,
        40,
        "armv7-unknown-linux-gnueabihf",
        "ELF arm",
    ),
    (
        Width::Bits64,
        Order::Big,
        22,
        "s390x-unknown-linux-gnu",
        "ELF s390x",
    ),
    (
        Width::Bits32,
        Order::Big,
        8,
        "mips-unknown-linux-gnu",
        "ELF mips",
    ),
    (
        Width::Bits64,
        Order::Little,
        243,
        "riscv64gc-unknown-linux-gnu",
        "ELF riscv64",
    ),
];

#[test]
fn elf_of_any_width_and_byte_order_is_understood() {
    for (width, order, machine, triple, name) in ELF_TRIPLES {
        let examination = examine_bytes(&elf::dylib(width, order, machine));
        let platform = examination.platform.unwrap();
        assert_eq!(platform.to_string(), name);
        assert_eq!(HostPlatform::of_triple(triple).accepts(&platform), Ok(()));
        let facts = examination
            .content
            .unwrap_or_else(|damage| panic!("{name}: {damage}"));
        assert_eq!(facts.built_by(), Some(BUILT_BY));
        assert_eq!(facts.crate_name.as_deref(), Some("tiny_macros"));
        let glibc = GlibcVersion {
            major: 2,
            minor: 34,
        };
        assert_eq!(facts.required_glibc, Some(glibc));
    }
}

#[test]
fn elf_of_any_width_and_byte_order_is_seen_when_cut() {
    for (width, order, machine, ..) in ELF_TRIPLES {
        assert_every_cut_is_seen(&elf::dylib(width, order, machine), 64);
    }
}

#[test]
fn elf_types_that_are_no_libraries() {
    let dylib = elf::dylib(Width::Bits64, Order::Little, 62);
    let kinds = [
        (1, Damage::NotADylib(FileKind::Object)),
        (2, Damage::NotADylib(FileKind::Executable)),
        (4, Damage::NotADylib(FileKind::CoreDump)),
        (0, Damage::Altered(Part::FileHeader)),
    ];
    for (number, damage) in kinds {
        let mut other = dylib.clone();
        other[16] = number;
        assert_eq!(damage_of(&other), damage);
    }
}

#[test]
fn mach_o_is_understood() {
    let triples = [
        (
            mach_o::ARM64,
            Order::Little,
            "aarch64-apple-darwin",
            "Mach-O arm64",
        ),
        (
            mach_o::X86_64,
            Order::Little,
            "x86_64-apple-darwin",
            "Mach-O x86-64",
        ),
        (
            mach_o::POWERPC,
            Order::Big,
            "powerpc-apple-darwin",
            "Mach-O powerpc",
        ),
    ];
    for (processor, order, triple, name) in triples {
        let dylib = mach_o::dylib(processor, order);
        let examination = examine_bytes(&dylib);
        let platform = examination.platform.unwrap();
        assert_eq!(platform.to_string(), name);
        assert_eq!(HostPlatform::of_triple(triple).accepts(&platform), Ok(()));
        let facts = examination
            .content
            .unwrap_or_else(|damage| panic!("{name}: {damage}"));
        assert_eq!(facts.built_by(), Some(BUILT_BY));
        assert_eq!(facts.crate_name.as_deref(), Some("tiny_macros"));
        assert_eq!(facts.required_glibc, None);
        let headers = 32 + 2 * 72 + 80 + 24 + 80;
        assert_every_cut_is_seen(&dylib, headers);
    }
}

#[test]
fn universal_mach_o_is_understood() {
    let slices = [mach_o::X86_64, mach_o::ARM64];
    let slices = slices.map(|processor| (processor, mach_o::dylib(processor, Order::Little)));
    let universal = mach_o::universal(&slices);
    let examination = examine_bytes(&universal);
    let platform = examination.platform.unwrap();
    assert_eq!(platform.to_string(), "Mach-O x86-64 and arm64");
    for triple in ["aarch64-apple-darwin", "x86_64-apple-darwin"] {
        assert_eq!(HostPlatform::of_triple(triple).accepts(&platform), Ok(()));
    }
    assert_eq!(examination.content.unwrap().built_by(), Some(BUILT_BY));
    assert_every_cut_is_seen(&universal, 8 + 2 * 20);

    let mut one_is_zeroed = universal.clone();
    one_is_zeroed[4096..].fill(0);
    assert!(examine_bytes(&one_is_zeroed).content.is_err());
    assert_eq!(
        damage_of(&mach_o::universal(&[])),
        Damage::Altered(Part::FileHeader)
    );
}

#[test]
fn altered_mach_o_is_seen() {
    let dylib = mach_o::dylib(mach_o::ARM64, Order::Little);
    let zeroed = |range: std::ops::Range<usize>| {
        let mut copy = dylib.clone();
        copy[range].fill(0);
        damage_of(&copy)
    };
    let length = dylib.len();
    let metadata = 32 + 2 * 72 + 80 + 24 + 80;
    let names = length - 90;
    assert_eq!(zeroed(4..8), Damage::Altered(Part::FileHeader));
    assert_eq!(zeroed(16..24), Damage::Altered(Part::SegmentHeaders));
    assert_eq!(zeroed(32..metadata), Damage::Altered(Part::SegmentHeaders));
    assert_eq!(
        zeroed(metadata..metadata + 32),
        Damage::Altered(Part::Metadata)
    );
    assert_eq!(
        zeroed(names - 40..length),
        Damage::Altered(Part::SymbolTable)
    );
    assert_eq!(zeroed(names..length), Damage::Altered(Part::SymbolNames));
    let mut program = dylib.clone();
    program[12] = 2;
    assert_eq!(damage_of(&program), Damage::NotADylib(FileKind::Executable));
}

#[test]
fn mach_o_without_symbols_is_not_judged_by_them() {
    let mut dylib = mach_o::dylib(mach_o::ARM64, Order::Little);
    let symbol_count = 32 + 2 * 72 + 80 + 12;
    dylib[symbol_count..symbol_count + 4].fill(0);
    let exported_count = 32 + 2 * 72 + 80 + 24 + 20;
    dylib[exported_count..exported_count + 4].fill(0);
    let facts = examine_bytes(&dylib).content.unwrap();
    assert_eq!(facts.proc_macro_symbol, ProcMacroSymbol::NotDetermined);
    assert_eq!(facts.built_by(), Some(BUILT_BY));
}

#[test]
fn pe_is_understood() {
    let triples = [
        (pe::AMD64, "x86_64-pc-windows-msvc", "PE x86-64"),
        (pe::ARM64, "aarch64-pc-windows-msvc", "PE arm64"),
    ];
    for (machine, triple, name) in triples {
        let dylib = pe::dylib(machine);
        let examination = examine_bytes(&dylib);
        let platform = examination.platform.unwrap();
        assert_eq!(platform.to_string(), name);
        assert_eq!(HostPlatform::of_triple(triple).accepts(&platform), Ok(()));
        let facts = examination
            .content
            .unwrap_or_else(|damage| panic!("{name}: {damage}"));
        assert_eq!(facts.built_by(), Some(BUILT_BY));
        assert_eq!(facts.crate_name.as_deref(), Some("tiny_macros"));
        assert_eq!(facts.proc_macro_symbol, ProcMacroSymbol::Exported);
        assert_every_cut_is_seen(&dylib, pe::SECTIONS + 2 * 40);
    }
}

#[test]
fn altered_pe_is_seen() {
    let dylib = pe::dylib(pe::AMD64);
    let zeroed = |range: std::ops::Range<usize>| {
        let mut copy = dylib.clone();
        copy[range].fill(0);
        damage_of(&copy)
    };
    assert_eq!(zeroed(60..64), Damage::Altered(Part::FileHeader));
    assert_eq!(zeroed(64..68), Damage::Altered(Part::FileHeader));
    assert_eq!(zeroed(88..pe::SECTIONS), Damage::Altered(Part::FileHeader));
    assert_eq!(
        zeroed(pe::SECTIONS + 40..pe::SECTIONS + 80),
        Damage::Altered(Part::SectionHeaders)
    );
    assert_eq!(zeroed(512..1024), Damage::Altered(Part::SymbolTable));
    assert_eq!(zeroed(1024..1100), Damage::Altered(Part::Metadata));
    let mut program = dylib.clone();
    program[pe::CHARACTERISTICS + 1] = 0;
    assert_eq!(damage_of(&program), Damage::NotADylib(FileKind::Executable));
    let mut old_program = dylib.clone();
    old_program[64..66].copy_from_slice(b"NE");
    assert_eq!(
        damage_of(&old_program),
        Damage::NotADylib(FileKind::Executable)
    );
}

#[test]
fn a_dylib_from_another_system_keeps_its_platform_when_it_is_cut() {
    let dylib = mach_o::dylib(mach_o::ARM64, Order::Little);
    let examination = examine_bytes(&dylib[..dylib.len() - 1]);
    assert!(matches!(examination.content, Err(Damage::Truncated { .. })));
    let host = HostPlatform::of_triple("x86_64-unknown-linux-gnu");
    let mismatch = host.accepts(&examination.platform.unwrap()).unwrap_err();
    assert!(matches!(mismatch, PlatformMismatch::Format { .. }));
    assert_eq!(mismatch.to_string(), "Mach-O library where ELF is needed");
}
