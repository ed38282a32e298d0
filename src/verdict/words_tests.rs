//! Every message but those on stale macros, for one macro and for many.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_raw_string_hashes,
    clippy::many_single_char_names
)]

use super::*;
use crate::names::CrateName;
use crate::verdict::Corruption;
use crate::verdict::fixtures::{check, check_many, findings, inspected, report};
use expect_test::expect;

fn missing() -> [Verdict; 4] {
    [
        MissingReason::NeverBuilt,
        MissingReason::Deleted,
        MissingReason::Interrupted,
        MissingReason::BuildDirectoryAbsent,
    ]
    .map(Verdict::Missing)
}

fn corrupt() -> [Verdict; 8] {
    [
        Corruption::Empty,
        Corruption::Truncated {
            promised: 9_321_448,
            found: 4096,
        },
        Corruption::NotADylib {
            looks_like: "a text file that begins with \"<html>\"".to_owned(),
        },
        Corruption::NotAProcMacro,
        Corruption::WrongCrate {
            expected: CrateName::new("tracing_attributes"),
            found: CrateName::new("paste"),
        },
        Corruption::NotAFile {
            is: "a directory".to_owned(),
        },
        Corruption::ContentAltered { part: None },
        Corruption::ContentAltered {
            part: Some("the symbol table cannot be read".to_owned()),
        },
    ]
    .map(Verdict::Corrupt)
}

fn foreign() -> [Verdict; 6] {
    let rustc = |built: Option<&str>, place| Verdict::WrongRustc {
        built: built.map(RustcVersion::new),
        wanted: RustcVersion::new("rustc 1.95.0 (59807616e 2026-04-14)"),
        place,
    };
    [
        Verdict::WrongPlatform(PlatformMismatch::Format {
            built: "Mach-O arm64".to_owned(),
            wanted: "x86_64-unknown-linux-gnu".to_owned(),
        }),
        Verdict::WrongPlatform(PlatformMismatch::LibcTooOld {
            built: "glibc 2.38".to_owned(),
            wanted: "glibc 2.31".to_owned(),
        }),
        rustc(
            Some("rustc 1.94.1 (aaaaaaaaa 2026-03-01)"),
            RustcPlace::Expected,
        ),
        rustc(
            Some("rustc 1.97.0-nightly (e50aa6fba 2026-05-19)"),
            RustcPlace::Beside,
        ),
        rustc(
            Some("rustc 1.95.0 (59807616e 2026-04-14) (built from a source tarball)"),
            RustcPlace::Beside,
        ),
        rustc(None, RustcPlace::Expected),
    ]
}

fn unknown() -> [Verdict; 4] {
    [
        UnknownReason::Unreadable {
            path: "/w/target/debug/deps/libmac.so".into(),
            error: "permission denied".to_owned(),
        },
        UnknownReason::Ambiguous,
        UnknownReason::Overridden,
        UnknownReason::NoExec,
    ]
    .map(Verdict::Unknown)
}

#[test]
fn missing_ones() {
    check(
        missing(),
        &expect![[r#"
            Warning dylib-missing: `tracing-attributes` 1.0.2, needed by `tracing`, is not built yet, so rust-analyzer cannot expand its macros. Build it once (`cargo check --workspace --all-targets`).
            Warning dylib-missing: The built proc macro `tracing-attributes` 1.0.2, needed by `tracing`, is gone (`target/debug/deps/libtracing_attributes-0123456789abcdef.so`), so rust-analyzer cannot expand its macros. Rebuild it.
                /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 tracing-attributes belongs here
            Warning dylib-missing: The last build stopped before `tracing-attributes` 1.0.2, needed by `tracing`, was done, so rust-analyzer cannot expand its macros. Build it again; an error that stopped it will show then.
            Warning dylib-missing: No proc macro of this workspace is built: `target/debug` does not exist. Build `tracing-attributes` 1.0.2 once (`cargo check --workspace --all-targets`).
        "#]],
    );
    check_many(
        missing(),
        &expect![[r#"
        dylib-missing: `d`, `a`, `c` and `b` are not built yet, so rust-analyzer cannot expand their macros. Build them once (`cargo check --workspace --all-targets`).
        dylib-missing: The built proc macros `d`, `a`, `c` and `b` are gone, so rust-analyzer cannot expand their macros. Rebuild them.
        dylib-missing: The last build stopped before `d`, `a`, `c` and `b` were done, so rust-analyzer cannot expand their macros. Build them again; an error that stopped it will show then.
        dylib-missing: No proc macro of this workspace is built: `target/debug` does not exist. Build the 4 of them (`d`, `a`, `c` and `b`) once (`cargo check --workspace --all-targets`).
    "#]],
    );
}

#[test]
fn corrupt_ones() {
    check(
        corrupt(),
        &expect![[r#"
        Error dylib-corrupt: The built proc macro `tracing-attributes` 1.0.2, needed by `tracing`, is an empty file: `target/debug/deps/libtracing_attributes-0123456789abcdef.so`. Cargo takes it for fresh and will not mend it; remove it and rebuild.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 tracing-attributes is an empty file
        Error dylib-corrupt: The built proc macro `tracing-attributes` 1.0.2, needed by `tracing`, is cut short (4,096 of 9,321,448 bytes): `target/debug/deps/libtracing_attributes-0123456789abcdef.so`. Cargo takes it for fresh and will not mend it; remove it and rebuild.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 tracing-attributes is cut short (4,096 of 9,321,448 bytes)
        Error dylib-corrupt: The built proc macro `tracing-attributes` 1.0.2, needed by `tracing`, is a text file that begins with "<html>", not a dynamic library: `target/debug/deps/libtracing_attributes-0123456789abcdef.so`. Cargo takes it for fresh and will not mend it; remove it and rebuild.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 tracing-attributes is a text file that begins with "<html>", not a dynamic library
        Error dylib-corrupt: The built proc macro `tracing-attributes` 1.0.2, needed by `tracing`, is a dynamic library, but not that of a proc macro: `target/debug/deps/libtracing_attributes-0123456789abcdef.so`. Cargo takes it for fresh and will not mend it; remove it and rebuild.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 tracing-attributes is a dynamic library, but not that of a proc macro
        Error dylib-corrupt: The built proc macro `tracing-attributes` 1.0.2, needed by `tracing`, is the library of another crate, `paste`: `target/debug/deps/libtracing_attributes-0123456789abcdef.so`. Cargo takes it for fresh and will not mend it; remove it and rebuild.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 tracing-attributes is the library of another crate, `paste`
        Error dylib-corrupt: The built proc macro `tracing-attributes` 1.0.2, needed by `tracing`, is a directory, not a file: `target/debug/deps/libtracing_attributes-0123456789abcdef.so`. Cargo takes it for fresh and will not mend it; remove it and rebuild.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 tracing-attributes is a directory, not a file
        Error dylib-corrupt: The built proc macro `tracing-attributes` 1.0.2, needed by `tracing`, is not what its build wrote, though size and time say so: `target/debug/deps/libtracing_attributes-0123456789abcdef.so`. Cargo takes it for fresh and will not mend it; remove it and rebuild.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 tracing-attributes is not what its build wrote, though size and time say so
        Error dylib-corrupt: The built proc macro `tracing-attributes` 1.0.2, needed by `tracing`, is not what its build wrote (the symbol table cannot be read): `target/debug/deps/libtracing_attributes-0123456789abcdef.so`. Cargo takes it for fresh and will not mend it; remove it and rebuild.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 tracing-attributes is not what its build wrote (the symbol table cannot be read)
    "#]],
    );
    check_many(
        corrupt(),
        &expect![[r#"
        dylib-corrupt: The built proc macros `d`, `a`, `c` and `b` are empty files. Cargo takes them for fresh and will not mend them; remove them and rebuild.
        dylib-corrupt: The built proc macros `d`, `a`, `c` and `b` are cut short. Cargo takes them for fresh and will not mend them; remove them and rebuild.
        dylib-corrupt: The built proc macros `d`, `a`, `c` and `b` are no dynamic libraries. Cargo takes them for fresh and will not mend them; remove them and rebuild.
        dylib-corrupt: The built proc macros `d`, `a`, `c` and `b` are dynamic libraries, but not those of proc macros. Cargo takes them for fresh and will not mend them; remove them and rebuild.
        dylib-corrupt: The built proc macros `d`, `a`, `c` and `b` are the libraries of other crates. Cargo takes them for fresh and will not mend them; remove them and rebuild.
        dylib-corrupt: The built proc macros `d`, `a`, `c` and `b` are not files. Cargo takes them for fresh and will not mend them; remove them and rebuild.
        dylib-corrupt: The built proc macros `d`, `a`, `c` and `b` are not what their builds wrote, though sizes and times say so. Cargo takes them for fresh and will not mend them; remove them and rebuild.
        dylib-corrupt: The built proc macros `d`, `a`, `c` and `b` are not what their builds wrote, though sizes and times say so. Cargo takes them for fresh and will not mend them; remove them and rebuild.
    "#]],
    );
}

#[test]
fn foreign_ones() {
    check(
        foreign(),
        &expect![[r#"
        Error dylib-wrong-platform: `tracing-attributes` 1.0.2, needed by `tracing`, is built for Mach-O arm64, but this machine runs x86_64-unknown-linux-gnu. Remove it and rebuild; if `target` is shared with another machine or container, give each its own.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 the built tracing-attributes
        Error dylib-wrong-platform: `tracing-attributes` 1.0.2, needed by `tracing`, needs glibc 2.38, but this machine has glibc 2.31. Remove it and rebuild; if `target` is shared with another machine or container, give each its own.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 the built tracing-attributes
        Error dylib-wrong-rustc: `tracing-attributes` 1.0.2, needed by `tracing`, was built by rustc 1.94.1, but this workspace uses rustc 1.95.0 (chosen by the toolchain file), so rust-analyzer cannot load it; remove it and rebuild.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 the built tracing-attributes
        Warning dylib-wrong-rustc: `tracing-attributes` 1.0.2, needed by `tracing`, was built by rustc 1.97.0-nightly (2026-05-19), but this workspace uses rustc 1.95.0 (chosen by the toolchain file). Rebuild it with that one.
        Warning dylib-wrong-rustc: `tracing-attributes` 1.0.2, needed by `tracing`, was built by rustc 1.95.0 (59807616e 2026-04-14) (built from a source tarball), but this workspace uses rustc 1.95.0 (59807616e 2026-04-14) (chosen by the toolchain file). Rebuild it with that one.
        Error dylib-wrong-rustc: `tracing-attributes` 1.0.2, needed by `tracing`, was built by another rustc, but this workspace uses rustc 1.95.0 (chosen by the toolchain file), so rust-analyzer cannot load it; remove it and rebuild.
            /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so:1 the built tracing-attributes
    "#]],
    );
    check_many(
        foreign(),
        &expect![[r#"
        dylib-wrong-platform: `d`, `a`, `c` and `b` are built for Mach-O arm64, but this machine runs x86_64-unknown-linux-gnu. Remove them and rebuild; if `target` is shared with another machine or container, give each its own.
        dylib-wrong-platform: `d`, `a`, `c` and `b` need glibc 2.38, but this machine has glibc 2.31. Remove them and rebuild; if `target` is shared with another machine or container, give each its own.
        dylib-wrong-rustc: `d`, `a`, `c` and `b` were built by rustc 1.94.1, but this workspace uses rustc 1.95.0 (chosen by the toolchain file), so rust-analyzer cannot load them; remove them and rebuild.
        dylib-wrong-rustc: `d`, `a`, `c` and `b` were built by rustc 1.97.0-nightly (2026-05-19), but this workspace uses rustc 1.95.0 (chosen by the toolchain file). Rebuild them with that one.
        dylib-wrong-rustc: `d`, `a`, `c` and `b` were built by rustc 1.95.0 (59807616e 2026-04-14) (built from a source tarball), but this workspace uses rustc 1.95.0 (59807616e 2026-04-14) (chosen by the toolchain file). Rebuild them with that one.
        dylib-wrong-rustc: `d`, `a`, `c` and `b` were built by another rustc, but this workspace uses rustc 1.95.0 (chosen by the toolchain file), so rust-analyzer cannot load them; remove them and rebuild.
    "#]],
    );
}

#[test]
fn unknown_ones() {
    check(
        unknown(),
        &expect![[r#"
        Information dylib-unknown: Whether `tracing-attributes` 1.0.2, needed by `tracing`, is in order cannot be known: `target/debug/deps/libmac.so` cannot be read (permission denied). Check its permissions.
        Information dylib-unknown: Whether `tracing-attributes` 1.0.2, needed by `tracing`, is in order cannot be known: several builds fit, and cargo could not be asked which one counts. One build (`cargo check --workspace --all-targets`) settles it.
        Information dylib-unknown: Whether `tracing-attributes` 1.0.2, needed by `tracing`, is in order cannot be known: rust-analyzer builds by a command of your own (`cargo.buildScripts.overrideCommand`), so another file may be the one it loads. Without that setting it can be told.
        Information dylib-unknown: Whether `tracing-attributes` 1.0.2, needed by `tracing`, is in order cannot be known without asking cargo, and no process may be started here. A check where that is allowed settles it.
    "#]],
    );
    check_many(
        unknown(),
        &expect![[r#"
        dylib-unknown: Whether `d`, `a`, `c` and `b` are in order cannot be known: `target/debug/deps/libmac.so` cannot be read (permission denied). Check its permissions.
        dylib-unknown: Whether `d`, `a`, `c` and `b` are in order cannot be known: several builds fit, and cargo could not be asked which one counts. One build (`cargo check --workspace --all-targets`) settles it.
        dylib-unknown: Whether `d`, `a`, `c` and `b` are in order cannot be known: rust-analyzer builds by a command of your own (`cargo.buildScripts.overrideCommand`), so another file may be the one it loads. Without that setting it can be told.
        dylib-unknown: Whether `d`, `a`, `c` and `b` are in order cannot be known without asking cargo, and no process may be started here. A check where that is allowed settles it.
    "#]],
    );
}

#[test]
fn where_nothing_is_built_there_is_one_finding() {
    for (reason, wanted) in [
        (
            MissingReason::NeverBuilt,
            expect![[r#"
            Warning dylib-missing: No proc macro of this workspace is built yet in `target/debug`, so rust-analyzer cannot expand any. Build the 23 of them (`m1`, `m2`, `m3`, `m4`, `m5` and 18 more) once (`cargo check --workspace --all-targets`).
        "#]],
        ),
        (
            MissingReason::BuildDirectoryAbsent,
            expect![[r#"
            Warning dylib-missing: No proc macro of this workspace is built: `target/debug` does not exist. Build the 23 of them (`m1`, `m2`, `m3`, `m4`, `m5` and 18 more) once (`cargo check --workspace --all-targets`).
        "#]],
        ),
    ] {
        let macros: Vec<InspectedMacro> = (1..=23)
            .map(|number| inspected(&[&format!("m{number}")], Verdict::Missing(reason.clone())))
            .collect();
        let found = findings(&macros);
        assert_eq!(found.first().unwrap().packages.len(), 23);
        wanted.assert_eq(&report(&found));
    }
}

#[test]
fn known_macros_are_named() {
    let mut gone = inspected(&["a"], Verdict::Missing(MissingReason::Deleted));
    gone.exports = Some(vec!["instrument".to_owned()]);
    expect![[r#"
        Warning dylib-missing: The built proc macro `a` 1.0.2 is gone (`target/debug/deps/liba-0123456789abcdef.so`), so rust-analyzer cannot expand `instrument`. Rebuild it.
            /w/target/debug/deps/liba-0123456789abcdef.so:1 a belongs here
    "#]].assert_eq(&report(&findings(&[gone])));
}
