//! The program run in small workspaces, and what it says read.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::schema_check;
use crate::support;
use crate::support::process::{Output, Run};

pub(crate) fn sidecargo(directory: &Path, arguments: &[&str]) -> Output {
    run(directory, arguments).output()
}

pub(crate) fn run(directory: &Path, arguments: &[&str]) -> Run {
    Run::new(env!("CARGO_BIN_EXE_sidecargo"), directory).args(arguments)
}

/// A directory of this test's own, gone when the test is.
pub(crate) fn directory() -> tempfile::TempDir {
    tempfile::TempDir::new_in(support::scratch()).unwrap()
}

pub(crate) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A workspace whose only macro is its own, so that nothing is fetched; built by cargo.
pub(crate) fn built_workspace() -> tempfile::TempDir {
    let root = directory();
    write(
        root.path(),
        "Cargo.toml",
        "[workspace]\nmembers = [\"mac\"]\n[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nmac = { path = \"mac\" }\n",
    );
    write(root.path(), "src/lib.rs", "mac::nothing! {}\n");
    write(
        root.path(),
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
    );
    write(
        root.path(),
        "mac/src/lib.rs",
        "#[proc_macro]\npub fn nothing(_: proc_macro::TokenStream) -> proc_macro::TokenStream { Default::default() }\n",
    );
    let built = Run::new("cargo", root.path())
        .args([
            "check",
            "--offline",
            "--quiet",
            "--workspace",
            "--all-targets",
        ])
        .output();
    assert!(built.success(), "{}", built.stderr);
    root
}

/// The report as JSON, which always keeps to the schema that the program prints.
pub(crate) fn json(directory: &Path) -> Value {
    let parse = |output: Output| -> Value {
        serde_json::from_str(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", output.stdout, output.stderr))
    };
    let schema = parse(sidecargo(directory, &["check", "--schema"]));
    let report = parse(sidecargo(directory, &["check", "--format", "json"]));
    assert_eq!(
        schema_check::violations(&schema, &report),
        Vec::<String>::new()
    );
    report
}

pub(crate) fn dylib(directory: &Path) -> PathBuf {
    json(directory)["proc_macros"][0]["dylib"]
        .as_str()
        .unwrap()
        .into()
}

/// One sentence on standard error, nothing on standard output, status 2.
pub(crate) fn assert_could_not(output: &Output, words: &str) {
    assert_eq!(output.status, Some(2), "{}{}", output.stdout, output.stderr);
    assert_eq!(output.stdout, "");
    assert!(
        output.stderr.starts_with("sidecargo: failed to "),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains(words), "{words}: {}", output.stderr);
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
}
