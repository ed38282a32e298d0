//! Every known text, today's and old ones, and what it points at.

#![allow(clippy::too_many_lines)]

use super::*;

fn recognise(text: &str) -> Option<Recognised<'static>> {
    super::recognise(text, Catalogue::built_in(), &Facts::default())
}

const PATH: &str = "/home/me/my work/target/debug/deps/libmac-404da065c25ce003.so";

#[test]
fn every_reason_of_the_proc_macro_server_points_at_its_code() {
    for (reason, code) in [
        ("No such file or directory (os error 2)", Code::DylibMissing),
        (
            "The system cannot find the file specified. (os error 2)",
            Code::DylibMissing,
        ),
        (
            "mismatched ABI expected: `rustc 1.95.0 (59807616e 2026-04-14)`, got `rustc 1.97.0-nightly (e50aa6fba 2026-05-19)`",
            Code::DylibWrongRustc,
        ),
        (
            "rustc version mismatch. expected rustc 1.99.1 (58cf8f9c3 2026-10-13), found rustc 1.95.0 (59807616e 2026-04-14)",
            Code::DylibWrongRustc,
        ),
        ("unsupported metadata version 11", Code::DylibWrongRustc),
        ("unsupported ABI `1.54`", Code::DylibWrongRustc),
        ("invalid metadata version found: PATH", Code::DylibCorrupt),
        ("Could not read file magic", Code::DylibCorrupt),
        (
            "failed to mmap file 'PATH': memory map must have a non-zero length",
            Code::DylibCorrupt,
        ),
        (
            "Invalid ELF program header size or alignment",
            Code::DylibCorrupt,
        ),
        (
            "Invalid ELF section header offset/size/alignment",
            Code::DylibCorrupt,
        ),
        ("Unknown file magic", Code::DylibCorrupt),
        ("section read error", Code::DylibCorrupt),
        ("no `.rustc` section in 'PATH'", Code::DylibCorrupt),
        (
            "Cannot find registrar symbol in file PATH",
            Code::DylibCorrupt,
        ),
        (
            "PATH: dlsym failed: PATH: undefined symbol: __rustc_proc_macro_decls_0123456789abcdef__",
            Code::DylibCorrupt,
        ),
        (
            "unknown metadata magic, expected `rust`, found `[88, 88, 88, 88]`",
            Code::DylibCorrupt,
        ),
        (
            "PATH: cannot open shared object file: No such file or directory",
            Code::DylibWrongPlatform,
        ),
        (
            "PATH: dlopen failed: PATH: cannot open shared object file: No such file or directory",
            Code::DylibWrongPlatform,
        ),
        (
            "/lib/libc.so.6: version `GLIBC_2.38' not found (required by PATH)",
            Code::DylibWrongPlatform,
        ),
        ("No such device (os error 19)", Code::DylibCorrupt),
        (
            "failed to mmap file 'PATH': No such device (os error 19)",
            Code::DylibCorrupt,
        ),
        ("something nobody has seen yet", Code::DylibMissing),
    ] {
        let reason = reason.replace("PATH", PATH);
        for message in [
            format!(
                "proc-macro panicked: failed to load macro: Cannot create expander for {PATH}: {reason}"
            ),
            format!(
                "tokio::main: proc macro server error: Cannot create expander for {PATH}: {reason}"
            ),
        ] {
            let recognised = recognise(&message).unwrap();
            assert_eq!(recognised.codes.first(), Some(&code), "{message}");
            assert_eq!(recognised.dylib.unwrap().path, PATH, "{message}");
        }
    }
}

#[test]
fn other_errors_point_at_their_code() {
    for (text, code) in [
        (
            "Failed to get file metadata for /w/target/debug/deps/libmac-0.so: No such file or directory (os error 2)",
            Some(Code::DylibMissing),
        ),
        (
            "mac::attr: proc-macro not yet built",
            Some(Code::DylibMissing),
        ),
        (
            "tracing::instrument: internal error: proc-macro map is missing error entry for crate Crate(Id(2255))",
            Some(Code::DylibMissing),
        ),
        (
            "proc macro `Serialize` not expanded: no proc macro dylib present",
            Some(Code::DylibMissing),
        ),
        (
            "proc macro `Serialize` not expanded",
            Some(Code::DylibMissing),
        ),
        ("unresolved-proc-macro", Some(Code::DylibMissing)),
        ("No proc-macros present for crate", Some(Code::DylibMissing)),
        (
            "proc-macro crate built but the dylib path is missing, this indicates a problem with your build system.",
            Some(Code::DylibMissing),
        ),
        (
            "proc-macro crate build data is missing dylib path",
            Some(Code::DylibMissing),
        ),
        (
            "proc-macro crate did not build proc-macro artifact",
            Some(Code::DylibMissing),
        ),
        ("missing expander", Some(Code::DylibMissing)),
        ("proc-macro failed to build", Some(Code::BuildFailed)),
        (
            "Failed to run build scripts of some packages.\n\nPlease refer to the language server logs for more details on the errors.",
            Some(Code::BuildFailed),
        ),
        (
            "error[E0786]: found invalid metadata files for crate `tracing_attributes`",
            Some(Code::DylibCorrupt),
        ),
        (
            "error[E0514]: found crate `mac` compiled by an incompatible version of rustc",
            Some(Code::DylibWrongRustc),
        ),
        (
            "error[E0463]: can't find crate for `tracing`",
            Some(Code::DylibCorrupt),
        ),
        (
            "error[E0463]: can't find crate for `std`\n  = note: the `thumbv7em-none-eabihf` target may not be installed",
            Some(Code::TargetNotInstalled),
        ),
        (
            "error: extern location for mac is not a file: target/debug/deps/libmac-13fc.so",
            Some(Code::DylibCorrupt),
        ),
        (
            "Proc-macros and/or build scripts have changed and need to be rebuilt.",
            Some(Code::DylibStale),
        ),
        (
            "error: toolchain '1.94.1-x86_64-unknown-linux-gnu' is not installed",
            Some(Code::ToolchainNotInstalled),
        ),
        (
            "error: 'rust-analyzer' is not installed for the toolchain '1.95.0-x86_64-unknown-linux-gnu'.",
            Some(Code::ToolchainComponentMissing),
        ),
        (
            "error: Unknown binary 'rust-analyzer' in official toolchain '1.95.0-x86_64-unknown-linux-gnu'.",
            Some(Code::ToolchainComponentMissing),
        ),
        (
            "proc macro server error: Failed to run proc-macro server from path /nonexistent/srv, error: Os { code: 2, kind: NotFound, message: \"No such file or directory\" }",
            Some(Code::ProcMacroServerMissing),
        ),
        (
            "proc macro server error: proc-macro-srv is not running",
            Some(Code::ProcMacroServerMissing),
        ),
        (
            "Your installed proc-macro server is too new for your rust-analyzer. API version: 7, server version: 6",
            Some(Code::ProcMacroServerIncompatible),
        ),
        (
            "proc-macro server's api version (5) is newer than rust-analyzer's (4)",
            Some(Code::ProcMacroServerIncompatible),
        ),
        (
            "error: rustc 1.84.0 is not supported by the following packages:",
            Some(Code::ToolchainTooOld),
        ),
        (
            "error: the lock file /w/Cargo.lock needs to be updated but --locked was passed to prevent this",
            Some(Code::LockfileOutdated),
        ),
        (
            "error[E0282]: type annotations needed for `Box<_>`",
            Some(Code::KnownBrokenDependency),
        ),
        (
            "error: failed to parse manifest at `/w/Cargo.toml`",
            Some(Code::WorkspaceUnreadable),
        ),
        ("OS file watch limit reached.", Some(Code::WatchDegraded)),
        ("proc-macro expansion is disabled", None),
        ("instrument: proc-macro is explicitly disabled", None),
        (
            "proc-macro panicked: proc-macro server exited with signal: 9 (SIGKILL)",
            None,
        ),
        ("proc macro server crashed", None),
        ("proc-macro panicked: index out of bounds", None),
        ("Blocking waiting for file lock on build directory", None),
    ] {
        let recognised = recognise(text).unwrap_or_else(|| unreachable!("not recognised: {text}"));
        assert_eq!(recognised.codes.first().copied(), code, "{text}");
    }
}

#[test]
fn every_text_of_the_catalogue_can_win() {
    for entry in Catalogue::built_in().entries() {
        for text in &entry.texts {
            let recognised = recognise(text).unwrap();
            let known = recognised.known.unwrap();
            // Where several have one text, conditions tell them apart.
            let is_shared = known.entry.texts.contains(text);
            assert!(is_shared, "{text} is shadowed by {}", known.entry.name);
        }
    }
}

#[test]
fn wrapping_colours_and_letter_case_do_not_matter() {
    let pasted = "\u{1b}[31merror[E0786]\u{1b}[0m: found invalid\n   metadata files for crate `mac`\n  = note: Invalid Metadata version\n    found: /w/target/debug/deps/libmac-404da065c25ce003.so\n";
    let recognised = recognise(pasted).unwrap();
    assert_eq!(recognised.codes, [Code::DylibCorrupt]);
    assert_eq!(
        recognised.dylib.unwrap().path,
        "/w/target/debug/deps/libmac-404da065c25ce003.so"
    );
}

#[test]
fn any_other_text_is_not_recognised() {
    for text in ["", "hello", "error[E0308]: mismatched types", "libfoo.so"] {
        assert_eq!(recognise(text), None, "{text}");
    }
}

#[test]
fn a_named_dylib_tells_its_crate_and_workspace() {
    for (path, name, workspace) in [
        (PATH, "mac", Some("/home/me/my work")),
        (
            "/w/target/rust-analyzer/debug/deps/libserde_derive-6e19acf3bda9dac8.dylib",
            "serde_derive",
            Some("/w"),
        ),
        ("target/debug/deps/mac-6e19acf3bda9dac8.dll", "mac", None),
        (
            "/cache/build/mac/0123456789abcdef/out/libmac-0123456789abcdef.so",
            "mac",
            None,
        ),
    ] {
        let dylib = NamedDylib { path: path.into() };
        assert_eq!(dylib.crate_name(), Some(CrateName::new(name)));
        assert_eq!(dylib.likely_workspace(), workspace.map(Utf8Path::new));
    }
}
