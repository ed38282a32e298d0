#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_raw_string_hashes
)]

use std::fmt::Write as _;

use expect_test::expect;

use super::*;
use crate::verdict::StaleReason;
use crate::verdict::fixtures::inspected;

const OURS: &str = "rustc 1.95.0 (59807616e 2026-04-14)";
const PATH: &str = "/w/target/debug/deps/libmac-0123456789abcdef.so";

fn merged(
    verdict: Verdict,
    built_by: Option<&str>,
    answer: &DylibAnswer,
    origin: ServerOrigin,
) -> String {
    let mut inspected = inspected(&["mac"], verdict);
    inspected.built_by = built_by.map(RustcVersion::new);
    let measure = Measure {
        rustc: &RustcVersion::new(OURS),
        host: &Triple::new("x86_64-unknown-linux-gnu"),
        glibc: Some(GlibcVersion {
            major: 2,
            minor: 36,
        }),
        origin,
    };
    let fit = merge(&mut inspected, answer, &measure);
    let mut text = format!("{:?}", inspected.verdict);
    if let Some(exports) = &inspected.exports {
        let _ = write!(text, ", exports {exports:?}");
    }
    if fit != ServerFit::Fits {
        let _ = write!(text, ", {fit:?}");
    }
    text
}

/// What becomes of a fresh macro, built by our rustc, that the toolchain's server refuses for these reasons.
fn refused(reasons: &[&str]) -> String {
    let mut report = String::new();
    for reason in reasons {
        let reason = reason.replace("PATH", PATH);
        let answer = DylibAnswer::Refused(format!("Cannot create expander for {PATH}: {reason}"));
        let merged = merged(Verdict::Fresh, Some(OURS), &answer, ServerOrigin::Toolchain);
        writeln!(report, "{}\n    {merged}", reason.replace(PATH, "PATH")).unwrap();
    }
    report
}

#[test]
fn the_older_servers_words() {
    expect![[r#"
        No such file or directory (os error 2)
            Unknown(Refused { words: "No such file or directory (os error 2)" })
        mismatched ABI expected: `rustc 1.95.0 (59807616e 2026-04-14)`, got `rustc 1.97.0-nightly (e50aa6fba 2026-05-19)`
            WrongRustc { built: Some(RustcVersion("rustc 1.97.0-nightly (e50aa6fba 2026-05-19)")), wanted: RustcVersion("rustc 1.95.0 (59807616e 2026-04-14)"), place: Expected }
        unsupported metadata version 11
            Fresh, OtherRustc(None)
        Could not read file magic
            Corrupt(ContentAltered { part: Some("its headers cannot be read") })
        Invalid ELF program header size or alignment
            Corrupt(ContentAltered { part: Some("its headers cannot be read") })
        Unknown file magic
            Corrupt(ContentAltered { part: Some("its headers cannot be read") })
        section read error
            Corrupt(ContentAltered { part: Some("the crate metadata is gone") })
        Cannot find registrar symbol in file PATH
            Corrupt(NotAProcMacro)
        unknown metadata magic, expected `rust`, found `[88, 88, 88, 88]`
            Corrupt(ContentAltered { part: Some("the crate metadata cannot be read") })
        PATH: cannot open shared object file: No such file or directory
            WrongPlatform(Architecture { built: "another platform", wanted: "x86_64-unknown-linux-gnu" })
        libpq.so.5: cannot open shared object file: No such file or directory
            Unknown(Refused { words: "libpq.so.5: cannot open shared object file: No such file or directory" })
        No such device (os error 19)
            Corrupt(NotAFile { is: "a directory or a device" })
        /lib/libc.so.6: version `GLIBC_2.99' not found (required by PATH)
            WrongPlatform(LibcTooOld { built: "glibc 2.99", wanted: "glibc 2.36" })
    "#]].assert_eq(&refused(&[
        "No such file or directory (os error 2)",
        "mismatched ABI expected: `rustc 1.95.0 (59807616e 2026-04-14)`, got `rustc 1.97.0-nightly (e50aa6fba 2026-05-19)`",
        "unsupported metadata version 11",
        "Could not read file magic",
        "Invalid ELF program header size or alignment",
        "Unknown file magic",
        "section read error",
        "Cannot find registrar symbol in file PATH",
        "unknown metadata magic, expected `rust`, found `[88, 88, 88, 88]`",
        "PATH: cannot open shared object file: No such file or directory",
        "libpq.so.5: cannot open shared object file: No such file or directory",
        "No such device (os error 19)",
        "/lib/libc.so.6: version `GLIBC_2.99' not found (required by PATH)",
    ]));
}

#[test]
fn the_newer_servers_words() {
    expect![[r#"
        rustc version mismatch. expected rustc 1.95.0 (59807616e 2026-04-14), found rustc 1.94.0 (4a4ef493e 2026-03-02)
            WrongRustc { built: Some(RustcVersion("rustc 1.94.0 (4a4ef493e 2026-03-02)")), wanted: RustcVersion("rustc 1.95.0 (59807616e 2026-04-14)"), place: Expected }
        invalid metadata version found: PATH
            Corrupt(ContentAltered { part: Some("the crate metadata cannot be read") })
        failed to mmap file 'PATH': memory map must have a non-zero length
            Corrupt(Empty)
        no `.rustc` section in 'PATH'
            Corrupt(ContentAltered { part: Some("the crate metadata is gone") })
        PATH: dlsym failed: PATH: undefined symbol: __rustc_proc_macro_decls_0123456789abcdef__
            Corrupt(NotAProcMacro)
        PATH: dlopen failed: PATH: cannot open shared object file: No such file or directory
            WrongPlatform(Architecture { built: "another platform", wanted: "x86_64-unknown-linux-gnu" })
        PATH: dlopen failed: libpq.so.5: cannot open shared object file: No such file or directory
            Unknown(Refused { words: "dlopen failed: libpq.so.5: cannot open shared object file: No such file or directory" })
        PATH: dlopen failed: PATH: undefined symbol: sqlite3_open
            Unknown(Refused { words: "dlopen failed: undefined symbol: sqlite3_open" })
        failed to mmap file 'PATH': No such device (os error 19)
            Corrupt(NotAFile { is: "a directory or a device" })
    "#]].assert_eq(&refused(&[
        "rustc version mismatch. expected rustc 1.95.0 (59807616e 2026-04-14), found rustc 1.94.0 (4a4ef493e 2026-03-02)",
        "invalid metadata version found: PATH",
        "failed to mmap file 'PATH': memory map must have a non-zero length",
        "no `.rustc` section in 'PATH'",
        "PATH: dlsym failed: PATH: undefined symbol: __rustc_proc_macro_decls_0123456789abcdef__",
        "PATH: dlopen failed: PATH: cannot open shared object file: No such file or directory",
        "PATH: dlopen failed: libpq.so.5: cannot open shared object file: No such file or directory",
        "PATH: dlopen failed: PATH: undefined symbol: sqlite3_open",
        "failed to mmap file 'PATH': No such device (os error 19)",
    ]));
}

#[test]
fn a_server_of_another_rustc_is_not_the_dylibs_fault() {
    let refuses = |reason: &str| {
        let words = format!("Cannot create expander for {PATH}: {reason}");
        merged(
            Verdict::Fresh,
            Some(OURS),
            &DylibAnswer::Refused(words),
            ServerOrigin::Setting,
        )
    };
    let report = [
        "mismatched ABI expected: `rustc 1.94.0 (4a4ef493e 2026-03-02)`, got `rustc 1.95.0 (59807616e 2026-04-14)`",
        "rustc version mismatch. expected rustc 1.99.1 (58cf8f9c3 2026-10-13), found rustc 1.95.0 (59807616e 2026-04-14)",
        "unsupported metadata version 10",
        &format!("invalid metadata version found: {PATH}"),
    ]
    .map(refuses)
    .join("\n");
    expect![[r#"
        Fresh, OtherRustc(Some(RustcVersion("rustc 1.94.0 (4a4ef493e 2026-03-02)")))
        Fresh, OtherRustc(Some(RustcVersion("rustc 1.99.1 (58cf8f9c3 2026-10-13)")))
        Fresh, OtherRustc(None)
        Unknown(Refused { words: "invalid metadata version found: /w/target/debug/deps/libmac-0123456789abcdef.so" })"#]].assert_eq(&report);
}

#[test]
fn what_is_known_to_be_wrong_stays_so() {
    let stale = Verdict::Stale(StaleReason::ProfileChanged);
    let rustc = "mismatched ABI expected: `rustc 1.95.0 (59807616e 2026-04-14)`, got `rustc 1.94.0 (4a4ef493e 2026-03-02)`";
    let answers = [
        (
            stale.clone(),
            DylibAnswer::Macros(vec!["instrument".to_owned()]),
        ),
        (
            stale.clone(),
            DylibAnswer::Ended("it ended (signal: 11 (SIGSEGV))".to_owned()),
        ),
        (
            stale,
            DylibAnswer::Refused(format!("Cannot create expander for {PATH}: {rustc}")),
        ),
        (Verdict::Corrupt(Corruption::Empty), DylibAnswer::Silent),
        (
            Verdict::Fresh,
            DylibAnswer::Ended("it ended (signal: 11 (SIGSEGV))".to_owned()),
        ),
        (Verdict::Fresh, DylibAnswer::Silent),
        (Verdict::Fresh, DylibAnswer::NotAsked),
        (Verdict::Fresh, DylibAnswer::Macros(Vec::new())),
    ];
    let report = answers
        .map(|(verdict, answer)| merged(verdict, Some(OURS), &answer, ServerOrigin::Toolchain))
        .join("\n");
    expect![[r#"
        Stale(ProfileChanged), exports ["instrument"]
        Stale(ProfileChanged)
        WrongRustc { built: Some(RustcVersion("rustc 1.94.0 (4a4ef493e 2026-03-02)")), wanted: RustcVersion("rustc 1.95.0 (59807616e 2026-04-14)"), place: Expected }
        Corrupt(Empty)
        Unknown(Refused { words: "it ended (signal: 11 (SIGSEGV))" })
        Unknown(Refused { words: "it gave no answer in time" })
        Fresh
        Fresh, exports []"#]].assert_eq(&report);
}
