//! What is told of an edit to manifests, scripts or configuration: built once by real cargo, edited, looked at, put back. Cargo itself
//! gives no reason in these cases, since to it the unit is another one; what we say has to be true all the same.
#![cfg(test)]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use expect_test::expect;
use serde_json::Value;
use support::process::Run;
use support::toolchain::host;

const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"*\"]\nexclude = [\"target\", \"src\", \".cargo\"]\n[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nmac = { path = \"mac\" }\nscripted = { path = \"scripted\" }\n",
    ),
    ("src/lib.rs", ""),
    (
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n[dependencies]\nhelper = { path = \"../helper\" }\n",
    ),
    ("mac/src/lib.rs", ""),
    (
        "scripted/Cargo.toml",
        "[package]\nname = \"scripted\"\nversion = \"0.1.0\"\nedition = \"2021\"\nlinks = \"thing\"\n[lib]\nproc-macro = true\n",
    ),
    ("scripted/src/lib.rs", ""),
    ("scripted/build.rs", "fn main() {}\n"),
    (
        "helper/Cargo.toml",
        "[package]\nname = \"helper\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[features]\nmore = []\n",
    ),
    ("helper/src/lib.rs", ""),
    (
        "other/Cargo.toml",
        "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
    ("other/src/lib.rs", ""),
];

/// What is done, to which file, from what text to what other; a file that is not there is made, one without other text is removed.
type Edit = (&'static str, &'static str, &'static str, &'static str);

const EDITS: &[Edit] = &[
    (
        "a build script comes to the macro",
        "mac/build.rs",
        "",
        "fn main() {}\n",
    ),
    (
        "a build script comes to what the macro needs",
        "helper/build.rs",
        "",
        "fn main() {}\n",
    ),
    (
        "a build script goes",
        "scripted/Cargo.toml",
        "links = \"thing\"",
        "build = false",
    ),
    (
        "configuration stands in for a build script",
        ".cargo/config.toml",
        "",
        "[target.HOST.thing]\nrustc-cfg = [\"given\"]\n",
    ),
    (
        "a dependency goes",
        "mac/Cargo.toml",
        "helper = { path = \"../helper\" }\n",
        "",
    ),
    (
        "a dependency comes",
        "mac/Cargo.toml",
        "[dependencies]\n",
        "[dependencies]\nother = { path = \"../other\" }\n",
    ),
    (
        "a dependency gets another name",
        "mac/Cargo.toml",
        "helper = {",
        "called = { package = \"helper\",",
    ),
    (
        "a dependency gets another version",
        "helper/Cargo.toml",
        "0.1.0",
        "0.2.0",
    ),
    (
        "a dependency gets a dependency",
        "helper/Cargo.toml",
        "[features]\n",
        "[dependencies]\nother = { path = \"../other\" }\n[features]\n",
    ),
    (
        "a feature of a dependency is asked for",
        "mac/Cargo.toml",
        "\"../helper\"",
        "\"../helper\", features = [\"more\"]",
    ),
    (
        "the macro gets another version",
        "mac/Cargo.toml",
        "0.1.0",
        "0.2.0",
    ),
];

#[test]
fn what_is_told_of_an_edit_is_true() {
    let directory = tempfile::TempDir::new_in(support::scratch()).unwrap();
    let root = directory.path();
    for (path, text) in FILES {
        write(&root.join(path), text);
    }
    let built = Run::new("cargo", root)
        .args(["check", "--workspace", "--all-targets", "--offline"])
        .output();
    assert_eq!(built.status, Some(0), "{}", built.stderr);
    assert_eq!(told(root), "", "nothing was edited yet");
    let mut all = String::new();
    for edit in EDITS {
        writeln!(all, "{}:", edit.0).unwrap();
        let before = apply(root, edit);
        all.push_str(&told(root));
        put_back(&root.join(edit.1), before);
    }
    assert_eq!(told(root), "", "everything is as it was built");
    expect![[r#"
        a build script comes to the macro:
            mac stale: {"kind":"manifest-changed","what":"how it is built (a build script was added)"}
        a build script comes to what the macro needs:
            mac stale: {"because":{"kind":"manifest-changed","what":"how it is built (a build script was added)"},"chain":["mac","helper"],"dependency":"helper","kind":"dependency-changed"}
        a build script goes:
            scripted stale: {"kind":"manifest-changed","what":"how it is built (its build script was removed)"}
        configuration stands in for a build script:
            scripted stale: {"kind":"manifest-changed","what":"how it is built (cargo's configuration now stands in for its build script)"}
        a dependency goes:
            mac stale: {"kind":"manifest-changed","what":"the list of dependencies (`helper` removed)"}
        a dependency comes:
            mac stale: {"kind":"manifest-changed","what":"the list of dependencies (`other` added)"}
        a dependency gets another name:
            mac stale: {"kind":"manifest-changed","what":"the list of dependencies (`helper` is called `called`)"}
        a dependency gets another version:
            mac stale: {"because":{"built":null,"kind":"version-changed","wanted":"0.2.0"},"chain":["mac","helper"],"dependency":"helper","kind":"dependency-changed"}
        a dependency gets a dependency:
            mac stale: {"because":{"kind":"manifest-changed","what":"the list of dependencies (`other` added)"},"chain":["mac","helper"],"dependency":"helper","kind":"dependency-changed"}
        a feature of a dependency is asked for:
            mac stale: {"because":{"built":[],"kind":"features-changed","wanted":["more"]},"chain":["mac","helper"],"dependency":"helper","kind":"dependency-changed"}
        the macro gets another version:
            mac stale: {"built":null,"kind":"version-changed","wanted":"0.2.0"}
    "#]].assert_eq(&all);
}

#[test]
fn what_is_told_of_a_package_that_moved_is_true() {
    let directory = tempfile::TempDir::new_in(support::scratch()).unwrap();
    let root = directory.path();
    for (path, text) in FILES {
        write(&root.join(path), text);
    }
    let built = Run::new("cargo", root)
        .args(["check", "--workspace", "--all-targets", "--offline"])
        .output();
    assert_eq!(built.status, Some(0), "{}", built.stderr);
    let mut all = String::new();
    for (from, to, named) in [
        ("helper", "assistant", "mac/Cargo.toml"),
        ("mac", "macros", "Cargo.toml"),
    ] {
        let manifest = root.join(named);
        let before = fs::read_to_string(&manifest).unwrap();
        fs::rename(root.join(from), root.join(to)).unwrap();
        let [was, is] = [from, to].map(|name| format!("{name}\" }}"));
        write(&manifest, &before.replacen(&was, &is, 1));
        writeln!(all, "{from} to {to}:").unwrap();
        all.push_str(&told(root));
        fs::rename(root.join(to), root.join(from)).unwrap();
        write(&manifest, &before);
    }
    assert_eq!(told(root), "", "everything is as it was built");
    expect![[r#"
        helper to assistant:
            mac stale: {"because":{"kind":"manifest-changed","what":"where the sources of `helper` lie"},"chain":["mac","helper"],"dependency":"helper","kind":"dependency-changed"}
        mac to macros:
            mac stale: {"kind":"manifest-changed","what":"where the sources of `mac` lie"}
    "#]]
    .assert_eq(&all);
}

#[test]
fn what_is_told_of_a_file_that_is_watched_in_vain_is_true() {
    let directory = tempfile::TempDir::new_in(support::scratch()).unwrap();
    let root = directory.path();
    for (path, text) in FILES {
        write(&root.join(path), text);
    }
    write(
        &root.join("scripted/build.rs"),
        "fn main() { println!(\"cargo:rerun-if-changed=nowhere.txt\"); }\n",
    );
    let mended = Run::new(env!("CARGO_BIN_EXE_sidecargo"), root)
        .args(["fix"])
        .output();
    assert_eq!(mended.status, Some(1), "{}", mended.stderr);
    assert!(!mended.stdout.contains("--clean"), "{}", mended.stdout);
    let told = told(root);
    let told = told.replace(root.canonicalize().unwrap().to_str().unwrap(), "ROOT");
    assert_eq!(
        told.trim(),
        r#"scripted stale: {"kind":"build-script-changed","path":"ROOT/scripted/nowhere.txt"}"#
    );
}

fn apply(root: &Path, (_, path, from, to): &Edit) -> Option<String> {
    let path = root.join(path);
    let before = fs::read_to_string(&path).ok();
    let text = before.clone().unwrap_or_default().replacen(from, to, 1);
    if text.is_empty() {
        fs::remove_file(&path).unwrap();
    } else {
        write(&path, &text.replace("HOST", &host()));
    }
    before
}

fn put_back(path: &Path, before: Option<String>) {
    match before {
        Some(text) => write(path, &text),
        None => fs::remove_file(path).unwrap(),
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    // What is put back is what was built: a newer time alone is news to cargo too.
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000))
        .unwrap();
}

/// The macros that are not fresh, and why.
fn told(root: &Path) -> String {
    let out = Run::new(env!("CARGO_BIN_EXE_sidecargo"), root)
        .args(["check", "--format", "json"])
        .output();
    let report: Value = serde_json::from_str(&out.stdout).expect(&out.stderr);
    let mut told = String::new();
    for found in report["proc_macros"].as_array().unwrap() {
        if found["status"] != "fresh" {
            let (name, status) = (found["name"].as_str().unwrap(), found["status"].as_str());
            writeln!(told, "    {name} {}: {}", status.unwrap(), found["reason"]).unwrap();
        }
    }
    told
}
