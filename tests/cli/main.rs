//! The program as a person or a CI job meets it: real command lines, a real workspace, exit statuses.
#![cfg(test)]

#[path = "../../src/cli/report/json/schema_check.rs"]
mod schema_check;
#[path = "../support/mod.rs"]
mod support;

mod bench;
mod checks;
mod fixes;

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use bench::{assert_could_not, directory, run, sidecargo, write};

const CODES: &[&str] = &[
    "dylib-missing",
    "dylib-corrupt",
    "dylib-stale",
    "rust-analyzer-ambiguous",
];

#[test]
fn what_cannot_be_checked_is_said_in_one_sentence() {
    let root = directory();
    write(root.path(), "no-manifest/readme", "");
    write(root.path(), "broken/Cargo.toml", "[package\nname = \"x\"\n");
    write(
        root.path(),
        "no-target/Cargo.toml",
        "[package]\nname = \"x\"\nversion = \"0.1.0\"\n",
    );
    write(root.path(), "directory/Cargo.toml/file", "");
    let too_long = "x".repeat(300);
    for (arguments, words) in [
        (["check", "nowhere"].as_slice(), "nowhere: there is no"),
        (&["check", "no-manifest"], "Cargo.toml"),
        (&["check", "broken"], "Cargo.toml, line 1, column 9"),
        (
            &["check", "broken/Cargo.toml"],
            "Cargo.toml, line 1, column 9",
        ),
        (
            &["check", "--manifest-path", "broken/Cargo.toml"],
            "Cargo.toml, line 1, column 9",
        ),
        (&["check", &too_long], "File name too long"),
        (&["check", "no-target"], "no targets specified"),
        (&["check", "--manifest-path", "no-manifest"], "no-manifest"),
        (
            &["check", "--manifest-path", "directory/Cargo.toml"],
            "directory/Cargo.toml",
        ),
        (&["fix", "no-manifest"], "Cargo.toml"),
        (
            &["check", "--log-file", "nowhere/log", "broken"],
            "nowhere/log",
        ),
    ] {
        assert_could_not(&sidecargo(root.path(), arguments), words);
    }
}

#[test]
fn a_missing_cargo_is_said_in_one_sentence() {
    let root = directory();
    write(
        root.path(),
        "Cargo.toml",
        "[package]\nname = \"x\"\nversion = \"0.1.0\"\n",
    );
    write(root.path(), "src/lib.rs", "");
    write(root.path(), "bin/readme", "");
    let output = run(root.path(), &["check"])
        .env("PATH", root.path().join("bin"))
        .env("CARGO_HOME", root.path().join("home"))
        .output();
    assert_could_not(&output, "`cargo`");
}

#[test]
fn a_wrong_command_line_is_status_2() {
    let root = directory();
    for arguments in [
        ["check", "--nonsense"].as_slice(),
        &["check", "--deny", "nonsense"],
        &["check", "--format", "xml"],
        &["check", ".", "--manifest-path", "Cargo.toml"],
        &["nonsense"],
    ] {
        assert_eq!(
            sidecargo(root.path(), arguments).status,
            Some(2),
            "{arguments:?}"
        );
    }
}

#[test]
fn help_and_version_are_status_0() {
    let root = directory();
    for arguments in [
        ["--help"].as_slice(),
        &["--version"],
        &["check", "--help"],
        &["fix", "--help"],
        &["explain", "-h"],
        &["demo", "--help"],
        &["completions", "--help"],
        &["man", "--help"],
    ] {
        let output = sidecargo(root.path(), arguments);
        assert_eq!(output.status, Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn codes_and_errors_are_explained() {
    let root = directory();
    for code in CODES {
        let output = sidecargo(root.path(), &["explain", code]);
        assert_eq!(output.status, Some(0));
        assert!(
            output.stdout.starts_with(&format!("{code}: ")),
            "{}",
            output.stdout
        );
    }
    let error = "proc-macro panicked: failed to load macro: Cannot create expander for /w/target/debug/deps/libtracing_attributes-404da065c25ce003.so: No such file or directory (os error 2)";
    let output = sidecargo(root.path(), &["explain", error]);
    assert_eq!(output.status, Some(0));
    for words in [
        "/w/target/debug/deps/libtracing_attributes",
        "sidecargo fix",
        "dylib-missing: ",
    ] {
        assert!(output.stdout.contains(words), "{words}: {}", output.stdout);
    }
    assert!(output.stdout.is_ascii(), "{}", output.stdout);

    let unknown = sidecargo(root.path(), &["explain", "a nice day"]);
    assert_eq!(unknown.status, Some(2));
    for code in CODES {
        assert!(unknown.stderr.contains(code));
    }
}

#[test]
fn an_error_is_recognised_on_standard_input() {
    let root = directory();
    let mut child = run(root.path(), &["explain"])
        .command()
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(b"   Checking x v0.1.0\nerror[E0514]: found crate `mac` compiled by an incompatible version of rustc\n\xff\n")
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("dylib-wrong-rustc: ")
    );
}

#[test]
fn the_schema_is_printed() {
    let root = directory();
    let output = sidecargo(root.path(), &["check", "--schema"]);
    assert_eq!(output.status, Some(0));
    let schema: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(schema["properties"]["schema_version"]["const"], 1);
}

#[test]
fn a_demo_never_writes_over_anything() {
    let root = directory();
    write(root.path(), "mine/letter", "dear");
    write(root.path(), "file", "");
    assert_could_not(&sidecargo(root.path(), &["demo", "mine"]), "not empty");
    assert_could_not(&sidecargo(root.path(), &["demo", "file"]), "file");
    assert_eq!(fs::read_dir(root.path().join("mine")).unwrap().count(), 1);
}
