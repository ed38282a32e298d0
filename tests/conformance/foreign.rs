//! Bytes that do not belong in a dylib's place: other platforms, other compilers, no library at all.

use crate::trial::{Trial, Trouble, skip};
use std::fs;
use std::path::PathBuf;

/// What Git leaves when its large files were not fetched.
pub(crate) const LFS_POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 7811224\n";

/// A byte that looks like nothing, from a counter.
pub(crate) fn noise(n: u32) -> u8 {
    let mixed = n.wrapping_mul(2_654_435_761);
    (mixed ^ (mixed >> 15)).to_be_bytes()[1]
}

/// The same macro, built by another rustc that this machine has.
pub(crate) fn of_other_rustc(trial: &Trial<'_>, package: &str) -> Result<Vec<u8>, Trouble> {
    for other in trial.others {
        if other.toolchain.verbose_version == trial.base.toolchain.verbose_version {
            continue;
        }
        if let Some(built) = other
            .macros
            .iter()
            .find(|m| m.artifact.package.name == package)
        {
            return Ok(fs::read(other.workspace.join(&built.relative))?);
        }
    }
    skip("no dylib of another rustc at hand")
}

/// A minimal DLL for Windows on x86-64: headers and an empty section.
pub(crate) fn pe_x86_64() -> Vec<u8> {
    let mut bytes = vec![0; 0x400];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x80;
    bytes[0x80..0x84].copy_from_slice(b"PE\0\0");
    bytes[0x84..0x86].copy_from_slice(&0x8664_u16.to_le_bytes());
    bytes[0x86] = 1; // sections
    bytes[0x94..0x96].copy_from_slice(&240_u16.to_le_bytes()); // size of the optional header
    bytes[0x96..0x98].copy_from_slice(&0x2022_u16.to_le_bytes()); // executable, large addresses, DLL
    bytes[0x98..0x9a].copy_from_slice(&0x20b_u16.to_le_bytes()); // PE32+
    bytes[0x188..0x18d].copy_from_slice(b".text");
    bytes
}

/// A minimal dynamic library for macOS on arm64, without load commands.
pub(crate) fn mach_o_arm64() -> Vec<u8> {
    let words: [u32; 8] = [0xfeed_facf, 0x0100_000c, 0, 6, 0, 0, 0x0010_0085, 0];
    let mut bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    bytes.resize(0x1000, 0);
    bytes
}

/// A universal library for macOS that holds an arm64 and an x86-64 one.
pub(crate) fn mach_o_universal() -> Vec<u8> {
    let slice = mach_o_arm64();
    let words: [u32; 12] = [
        0xcafe_babe,
        2,
        0x0100_000c,
        0,
        0x1000,
        0x1000,
        12,
        0x0100_0007,
        3,
        0x2000,
        0x1000,
        12,
    ];
    let mut bytes: Vec<u8> = words.iter().flat_map(|w| w.to_be_bytes()).collect();
    bytes.resize(0x1000, 0);
    bytes.extend_from_slice(&slice);
    bytes.extend_from_slice(&slice);
    bytes
}

/// Renames the libc version that a dylib needs to one that no machine has. The loader then looks for a version that is not there,
/// as it does on a machine with an older libc.
pub(crate) fn demand_newer_libc(bytes: &mut [u8]) -> bool {
    let mut changed = false;
    for wanted in [b"GLIBC_2.34\0", b"GLIBC_2.28\0", b"GLIBC_2.18\0"] {
        while let Some(at) = bytes.windows(wanted.len()).position(|w| w == wanted) {
            bytes[at + 8..at + 10].copy_from_slice(b"99");
            changed = true;
        }
        if changed {
            let (old, new) = (elf_hash(&wanted[..10]), elf_hash(b"GLIBC_2.99"));
            let places: Vec<usize> = bytes
                .windows(4)
                .enumerate()
                .filter(|(_, w)| *w == old)
                .map(|(at, _)| at)
                .collect();
            for at in places.into_iter().filter(|at| at % 4 == 0) {
                bytes[at..at + 4].copy_from_slice(&new);
            }
            return true;
        }
    }
    changed
}

/// The System V hash by which version names are compared.
fn elf_hash(name: &[u8]) -> [u8; 4] {
    let mut hash: u32 = 0;
    for &byte in name {
        hash = (hash << 4).wrapping_add(u32::from(byte));
        let high = hash & 0xf000_0000;
        hash ^= high >> 24;
        hash &= !high;
    }
    hash.to_le_bytes()
}

/// The toolchain's own standard library: a Rust dylib, but no proc macro.
pub(crate) fn standard_library(trial: &Trial<'_>) -> Result<Vec<u8>, Trouble> {
    let sysroot = &trial.base.toolchain.sysroot;
    let places = [
        PathBuf::from("lib"),
        PathBuf::from(format!("lib/rustlib/{}/lib", trial.base.toolchain.host())),
    ];
    for place in places {
        for entry in fs::read_dir(sysroot.join(place))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("libstd-") && entry.path().extension().is_some_and(|e| e == "so") {
                return Ok(fs::read(entry.path())?);
            }
        }
    }
    skip("the sysroot has no libstd dylib")
}

/// A dynamic library without any Rust.
pub(crate) fn c_library() -> Result<Vec<u8>, Trouble> {
    for place in [
        "/lib/x86_64-linux-gnu/libm.so.6",
        "/lib/aarch64-linux-gnu/libm.so.6",
        "/usr/lib/libm.so.6",
        "/lib64/libm.so.6",
    ] {
        if let Ok(bytes) = fs::read(place) {
            return Ok(bytes);
        }
    }
    skip("no libm found")
}
