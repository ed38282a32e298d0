//! Which host takes which dylib, and versions of glibc: by data alone, and against this machine.

use std::process::Command;

use crate::observed::dylib::platform::{
    Architecture, ByteOrder, DylibPlatform, HostPlatform, InstructionSet, ObjectFormat,
    PlatformMismatch, PointerWidth,
};
use crate::observed::dylib::{GlibcVersion, machine_glibc};

fn glibc(minor: u32) -> GlibcVersion {
    GlibcVersion { major: 2, minor }
}

#[test]
fn hosts_are_known_by_their_triples() {
    let cases = [
        ("x86_64-unknown-linux-gnu", "ELF x86-64"),
        ("aarch64-linux-android", "ELF arm64"),
        ("i586-unknown-linux-musl", "ELF x86"),
        ("armv7-unknown-linux-gnueabihf", "ELF arm"),
        ("thumbv7neon-unknown-linux-gnueabihf", "ELF arm"),
        ("powerpc64le-unknown-linux-gnu", "ELF powerpc64le"),
        ("powerpc64-unknown-freebsd", "ELF powerpc64"),
        ("riscv64gc-unknown-linux-gnu", "ELF riscv64"),
        ("loongarch64-unknown-linux-gnu", "ELF loongarch64"),
        ("mips64el-unknown-linux-gnuabi64", "ELF mips64el"),
        ("sparcv9-sun-solaris", "ELF sparc64"),
        ("x86_64-unknown-illumos", "ELF x86-64"),
        ("x86_64-alpine-linux-musl", "ELF x86-64"),
        ("aarch64-apple-darwin", "Mach-O arm64"),
        ("x86_64-apple-darwin", "Mach-O x86-64"),
        ("x86_64-pc-windows-msvc", "PE x86-64"),
        ("aarch64-pc-windows-gnullvm", "PE arm64"),
        ("i686-pc-windows-gnu", "PE x86"),
    ];
    for (triple, name) in cases {
        let host = HostPlatform::of_triple(triple);
        let platform = DylibPlatform {
            format: host.format.unwrap_or_else(|| panic!("{triple}")),
            architectures: vec![host.architecture.unwrap_or_else(|| panic!("{triple}"))],
        };
        assert_eq!(platform.to_string(), name);
        assert_eq!(host.accepts(&platform), Ok(()));
    }
}

#[test]
fn an_unknown_host_refuses_nothing() {
    let dylib = DylibPlatform {
        format: ObjectFormat::MachO,
        architectures: vec![Architecture {
            instruction_set: InstructionSet::Aarch64,
            pointer_width: PointerWidth::Bits64,
            byte_order: ByteOrder::Little,
        }],
    };
    for triple in ["", "-", "quantum-acme-os9", "arm64ec-apple-ios"] {
        assert_eq!(
            HostPlatform::of_triple(triple).accepts(&dylib),
            Ok(()),
            "{triple}"
        );
    }
}

#[test]
fn what_differs_is_named() {
    let dylib = DylibPlatform {
        format: ObjectFormat::MachO,
        architectures: vec![
            HostPlatform::of_triple("aarch64-apple-darwin")
                .architecture
                .unwrap(),
        ],
    };
    let other_format = HostPlatform::of_triple("aarch64-unknown-linux-gnu").accepts(&dylib);
    assert_eq!(
        other_format,
        Err(PlatformMismatch::Format {
            found: ObjectFormat::MachO,
            wanted: ObjectFormat::Elf
        })
    );
    let other_processor = HostPlatform::of_triple("x86_64-apple-darwin")
        .accepts(&dylib)
        .unwrap_err();
    assert_eq!(
        other_processor.to_string(),
        "library for arm64 where x86-64 is needed"
    );
}

#[test]
fn versions_of_glibc_are_compared_by_number() {
    assert!(glibc(4) < glibc(34));
    assert!(glibc(34) < glibc(36));
    assert_eq!(glibc(36).to_string(), "2.36");
}

#[test]
fn symbol_versions_of_glibc_are_read() {
    let read = |name: &str| GlibcVersion::of_symbol_version(name.as_bytes());
    assert_eq!(read("GLIBC_2.34"), Some(glibc(34)));
    assert_eq!(read("GLIBC_2.2.5"), Some(glibc(2)));
    assert_eq!(read("GLIBC_ABI_DT_RELR"), Some(glibc(36)));
    for other in [
        "GLIBC_PRIVATE",
        "GLIBCXX_3.4",
        "GCC_3.0",
        "GLIBC_2",
        "GLIBC_x.y",
        "",
    ] {
        assert_eq!(read(other), None, "{other}");
    }
    assert_eq!(GlibcVersion::of_symbol_version(&[0xff]), None);
}

#[test]
fn this_machine_knows_its_glibc() {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let told = output
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok());
    let Some(expected) = told
        .as_deref()
        .and_then(|text| text.trim().strip_prefix("glibc "))
    else {
        println!("skipped: getconf knows of no glibc");
        return;
    };
    if cfg!(target_env = "gnu") {
        assert_eq!(machine_glibc().unwrap().to_string(), expected);
    }
}
