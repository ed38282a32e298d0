//! The texts, verbatim as they were seen, and what each means.

use super::*;

const DYLIB: &str = "/w/target/debug/deps/libtracing_attributes-b069e8fef086a829.so";

fn cannot_load(failure: LoadFailure) -> Complaint {
    Complaint::CannotLoad {
        dylib: Some(DYLIB.into()),
        failure,
    }
}

#[track_caller]
fn check(message: &str, macro_path: Option<&str>, complaint: Complaint) {
    assert_eq!(
        recognise(message),
        Some(Recognised {
            macro_path: macro_path.map(str::to_owned),
            complaint
        }),
        "{message}"
    );
}

#[test]
fn every_reason_of_both_families_of_the_proc_macro_server() {
    let other_rustc = || LoadFailure::OtherRustc {
        expected: "rustc 1.99.1 (58cf8f9c3 2026-10-13)".to_owned(),
        found: "rustc 1.95.0 (59807616e 2026-04-14)".to_owned(),
    };
    for (reason, failure) in [
        ("No such file or directory (os error 2)".to_owned(), LoadFailure::Absent),
        (
            "The system cannot find the file specified. (os error 2)".to_owned(),
            LoadFailure::Absent,
        ),
        (
            "mismatched ABI expected: `rustc 1.99.1 (58cf8f9c3 2026-10-13)`, got `rustc 1.95.0 (59807616e 2026-04-14)`".to_owned(),
            other_rustc(),
        ),
        (
            "rustc version mismatch. expected rustc 1.99.1 (58cf8f9c3 2026-10-13), found rustc 1.95.0 (59807616e 2026-04-14)".to_owned(),
            other_rustc(),
        ),
        ("unsupported metadata version 11".to_owned(), LoadFailure::OtherMetadata),
        ("unsupported ABI `rustc 1.62.0`".to_owned(), LoadFailure::OtherMetadata),
        (format!("invalid metadata version found: {DYLIB}"), LoadFailure::Unreadable),
        ("Could not read file magic".to_owned(), LoadFailure::Unreadable),
        (
            format!("failed to mmap file '{DYLIB}': memory map must have a non-zero length"),
            LoadFailure::Unreadable,
        ),
        (
            "Invalid ELF program header size or alignment".to_owned(),
            LoadFailure::Unreadable,
        ),
        (
            "Invalid ELF section header offset/size/alignment".to_owned(),
            LoadFailure::Unreadable,
        ),
        ("Unknown file magic".to_owned(), LoadFailure::Unreadable),
        ("section read error".to_owned(), LoadFailure::Unreadable),
        (format!("no `.rustc` section in '{DYLIB}'"), LoadFailure::Unreadable),
        (
            format!("Cannot find registrar symbol in file {DYLIB}"),
            LoadFailure::Unreadable,
        ),
        (
            format!("{DYLIB}: dlsym failed: {DYLIB}: undefined symbol: __rustc_proc_macro_decls_0123456789abcdef__"),
            LoadFailure::Unreadable,
        ),
        (
            "unknown metadata magic, expected `rust`, found `[88, 88, 88, 88]`".to_owned(),
            LoadFailure::Unreadable,
        ),
        (
            format!("{DYLIB}: dlopen failed: {DYLIB}: cannot open shared object file: No such file or directory"),
            LoadFailure::Unreadable,
        ),
        ("No such device (os error 19)".to_owned(), LoadFailure::Unreadable),
        ("Permission denied (os error 13)".to_owned(), LoadFailure::Other("Permission denied (os error 13)".to_owned())),
    ] {
        let inner = format!("Cannot create expander for {DYLIB}: {reason}");
        check(
            &format!("proc-macro panicked: failed to load macro: {inner}"),
            None,
            cannot_load(failure.clone()),
        );
        check(
            &format!("tokio::main: proc macro server error: {inner}"),
            Some("tokio::main"),
            cannot_load(failure.clone()),
        );
        check(
            &format!("proc macro server error: {inner}"),
            None,
            cannot_load(failure),
        );
    }
}

#[test]
fn the_other_texts_of_today() {
    for (message, macro_path, complaint) in [
        (
            "instrument: internal error: proc-macro map is missing error entry for crate Crate(Id(2255))",
            Some("instrument"),
            Complaint::CauseHidden,
        ),
        ("proc-macro not yet built", None, Complaint::NotBuilt),
        (
            "mac::attr: proc-macro not yet built",
            Some("mac::attr"),
            Complaint::NotBuilt,
        ),
        ("proc-macro failed to build", None, Complaint::NotBuilt),
        (
            "proc-macro crate did not build proc-macro artifact",
            None,
            Complaint::NoDylib,
        ),
        (
            "proc-macro crate built but the dylib path is missing, this indicates a problem with your build system.",
            None,
            Complaint::NoDylib,
        ),
        (
            "proc macro library has no proc macros",
            None,
            Complaint::NoMacros,
        ),
        (
            "internal error: proc-macro index out of bounds: the length is 1 but the index is 2",
            None,
            Complaint::NoMacros,
        ),
        (
            "proc-macro panicked: proc-macro server exited with signal: 9 (SIGKILL)",
            None,
            Complaint::ServerGone,
        ),
        (
            "all proc-macro server workers have exited",
            None,
            Complaint::ServerGone,
        ),
        (
            "proc macro server error: Failed to run proc-macro server from path /nonexistent/srv, error: Os { code: 2, kind: NotFound, message: \"No such file or directory\" }",
            None,
            Complaint::ServerNotStarted,
        ),
        (
            "proc macro server error: proc-macro-srv is not running",
            None,
            Complaint::ServerNotStarted,
        ),
        (
            "Your installed proc-macro server is too new for your rust-analyzer. API version: 6, server version: 7.",
            None,
            Complaint::ServerTooNew,
        ),
        (
            "proc-macro server's api version (5) is newer than rust-analyzer's (4)",
            None,
            Complaint::ServerTooNew,
        ),
        (
            "proc-macro expansion is disabled",
            None,
            Complaint::SwitchedOff,
        ),
        (
            "instrument: proc-macro is explicitly disabled",
            Some("instrument"),
            Complaint::SwitchedOff,
        ),
    ] {
        check(message, macro_path, complaint);
    }
}

#[test]
fn the_texts_of_former_years() {
    check(
        &format!("Failed to get file metadata for {DYLIB}: No such file or directory (os error 2)"),
        None,
        cannot_load(LoadFailure::Absent),
    );
    check(
        "Proc-macro dylib loading failed: UnsupportedABI",
        None,
        Complaint::CannotLoad {
            dylib: None,
            failure: LoadFailure::OtherMetadata,
        },
    );
    for (message, complaint) in [
        ("proc-macro has not been built yet", Complaint::NotBuilt),
        ("failed to build proc-macro", Complaint::NotBuilt),
        ("missing expander", Complaint::NotBuilt),
        ("proc macro crate is missing dylib", Complaint::NoDylib),
        (
            "proc-macro crate is missing its build data",
            Complaint::NoDylib,
        ),
        (
            "proc-macro crate build data is missing dylib path",
            Complaint::NoDylib,
        ),
        (
            "proc macro `Serialize` not expanded: no proc macro dylib present",
            Complaint::NoDylib,
        ),
        ("No proc-macros present for crate", Complaint::NoMacros),
        (
            "proc macro library returned no proc macros",
            Complaint::NoMacros,
        ),
        ("proc macro server crashed", Complaint::ServerGone),
        (
            "proc-macro server did not respond with data",
            Complaint::ServerGone,
        ),
    ] {
        check(message, None, complaint);
    }
}

#[test]
fn rustc_on_a_dylib_that_cargo_calls_fresh() {
    check(
        &format!(
            "found invalid metadata files for crate `tracing_attributes`\ninvalid metadata version found: {DYLIB}"
        ),
        None,
        cannot_load(LoadFailure::Unreadable),
    );
}

#[test]
fn a_path_with_a_colon_and_a_windows_path_stay_whole() {
    for path in [
        "/home/a: b/target/debug/deps/libm-1.so",
        r"C:\w\target\debug\deps\m-1.dll",
    ] {
        let recognised = recognise(&format!(
            "proc macro server error: Cannot create expander for {path}: Unknown file magic"
        ));
        assert_eq!(
            recognised.map(|recognised| recognised.complaint),
            Some(Complaint::CannotLoad {
                dylib: Some(path.into()),
                failure: LoadFailure::Unreadable
            })
        );
    }
}

#[test]
fn other_messages_are_none_of_ours() {
    for message in [
        "",
        "expected u32, found ()",
        "proc-macro panicked: index out of bounds: the len is 0 but the index is 0",
        "mac::attr: proc-macro panicked: no field named `id`",
        "unresolved macro `instrument`",
        "Cannot create expander for ",
    ] {
        assert_eq!(recognise(message), None, "{message}");
    }
}
