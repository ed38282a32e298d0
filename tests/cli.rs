//! The program as a person or a CI job meets it: real command lines, a real workspace, exit statuses.
#![cfg(test)]

#[path = "../src/cli/report/json/schema_check.rs"]
mod schema_check;
mod support;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use support::process::{Output, Run};

const CODES: &[&str] = &[
    "dylib-missing",
    "dylib-corrupt",
    "dylib-stale",
    "rust-analyzer-ambiguous",
];

fn sidecargo(directory: &Path, arguments: &[&str]) -> Output {
    run(directory, arguments).output()
}

fn run(directory: &Path, arguments: &[&str]) -> Run {
    Run::new(env!("CARGO_BIN_EXE_sidecargo"), directory).args(arguments)
}

/// A directory of this test's own, gone when the test is.
fn directory() -> tempfile::TempDir {
    tempfile::TempDir::new_in(support::scratch()).unwrap()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A workspace whose only macro is its own, so that nothing is fetched; built by cargo.
fn built_workspace() -> tempfile::TempDir {
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
fn json(directory: &Path) -> Value {
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

fn dylib(directory: &Path) -> PathBuf {
    json(directory)["proc_macros"][0]["dylib"]
        .as_str()
        .unwrap()
        .into()
}

/// One sentence on standard error, nothing on standard output, status 2.
fn assert_could_not(output: &Output, words: &str) {
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
fn a_workspace_goes_from_healthy_to_broken() {
    let root = built_workspace();
    let healthy = sidecargo(root.path(), &["check"]);
    assert_eq!(
        healthy.status,
        Some(0),
        "{}{}",
        healthy.stdout,
        healthy.stderr
    );
    assert!(
        healthy
            .stdout
            .starts_with("ok 1 proc macro fresh (app, rustc "),
        "{}",
        healthy.stdout
    );
    assert_eq!(healthy.stdout.lines().count(), 1);

    let dylib = dylib(root.path());
    fs::write(&dylib, "").unwrap();
    let broken = sidecargo(root.path(), &["check"]);
    assert_eq!(broken.status, Some(1), "{}{}", broken.stdout, broken.stderr);
    for words in [
        "x corrupt",
        "mac 0.1.0",
        "empty",
        "sidecargo fix",
        "sidecargo explain dylib-corrupt",
    ] {
        assert!(broken.stdout.contains(words), "{words}: {}", broken.stdout);
    }
    let report = json(root.path());
    assert_eq!(report["summary"]["corrupt"], 1);
    assert_eq!(report["findings"][0]["code"], "dylib-corrupt");

    for (arguments, status) in [
        (["check", "--allow", "dylib-corrupt"].as_slice(), 0),
        (&["check", "--deny", "dylib-missing,dylib-stale"], 0),
        (&["check", "--deny", "dylib-corrupt"], 1),
        (
            &[
                "check",
                "--deny",
                "dylib-corrupt",
                "--allow",
                "dylib-corrupt",
            ],
            0,
        ),
        (&["check", "--format", "github"], 1),
        (&["check", "--format", "sarif"], 1),
    ] {
        assert_eq!(
            sidecargo(root.path(), arguments).status,
            Some(status),
            "{arguments:?}"
        );
    }

    let sarif = sidecargo(root.path(), &["check", "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&sarif.stdout).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "mac/Cargo.toml");
    let github = run(root.path(), &["check", "--format", "github"])
        .env("GITHUB_WORKSPACE", root.path().parent().unwrap())
        .output();
    let name = root.path().file_name().unwrap().to_str().unwrap();
    let start = format!("::error file={name}/mac/Cargo.toml,line=");
    assert!(github.stdout.starts_with(&start), "{}", github.stdout);

    fs::remove_file(&dylib).unwrap();
    assert_eq!(json(root.path())["proc_macros"][0]["status"], "missing");
}

/// A macro's build may read a token, and CI's logs are public.
#[test]
fn no_report_tells_the_value_of_a_variable() {
    let root = built_workspace();
    let script = "fn main() { println!(\"cargo:rerun-if-env-changed=TOKEN\"); }\n";
    write(root.path(), "mac/build.rs", script);
    let source = fs::read_to_string(root.path().join("mac/src/lib.rs")).unwrap();
    let source = format!("const _: Option<&str> = option_env!(\"OTHER_TOKEN\");\n{source}");
    write(root.path(), "mac/src/lib.rs", &source);
    for (variable, was) in [("TOKEN", None), ("OTHER_TOKEN", Some("hunter2"))] {
        let with = |run: Run, value: Option<&str>| match value {
            Some(value) => run.env(variable, value),
            None => run,
        };
        let fix = with(run(root.path(), &["fix"]), was).output();
        assert!(fix.success(), "{}{}", fix.stdout, fix.stderr);
        for arguments in [
            ["check"].as_slice(),
            &["check", "--format", "json"],
            &["check", "--format", "github"],
            &["check", "--format", "sarif"],
            &["fix", "--dry-run"],
            &["fix", "--dry-run", "--format", "json"],
        ] {
            let said = with(run(root.path(), arguments), Some("hunter3")).output();
            assert_eq!(said.status, Some(1), "{arguments:?}: {}", said.stderr);
            assert!(
                said.stdout.contains(variable),
                "{arguments:?}: {}",
                said.stdout
            );
            let all = format!("{}{}", said.stdout, said.stderr);
            assert!(!all.contains("hunter"), "{arguments:?}: {all}");
        }
    }
}

#[test]
fn fix_mends_and_its_dry_run_does_not() {
    let root = built_workspace();
    let dylib = dylib(root.path());
    fs::write(&dylib, "not a library").unwrap();

    let dry = sidecargo(root.path(), &["fix", "--dry-run"]);
    assert_eq!(dry.status, Some(1), "{}{}", dry.stdout, dry.stderr);
    assert!(dry.stdout.contains("rm -r target/debug/"), "{}", dry.stdout);
    assert!(dry.stdout.contains(" check --workspace "), "{}", dry.stdout);
    assert_eq!(fs::read_to_string(&dylib).unwrap(), "not a library");
    assert_could_not(
        &sidecargo(root.path(), &["fix", "--package", "nobody"]),
        "it is no proc macro of this workspace, which has mac",
    );

    let mended = sidecargo(root.path(), &["fix", "--package", "mac"]);
    assert_eq!(mended.status, Some(0), "{}{}", mended.stdout, mended.stderr);
    assert!(
        mended.stdout.contains("ok mac  was corrupt"),
        "{}",
        mended.stdout
    );
    assert_eq!(sidecargo(root.path(), &["check"]).status, Some(0));
    let again = sidecargo(root.path(), &["fix"]);
    assert_eq!(again.status, Some(0));
    assert!(
        again.stdout.starts_with("ok 1 proc macro fresh"),
        "{}",
        again.stdout
    );
}

/// Cargo before 1.74 has no `clean --dry-run`.
#[cfg(unix)]
#[test]
fn a_full_clean_needs_no_preview() {
    use std::os::unix::fs::PermissionsExt as _;

    let root = built_workspace();
    let cargo = support::toolchain::on_path("cargo", &support::process::Environment::new());
    let old = format!(
        "#!/bin/sh\ncase \" $* \" in *\" --dry-run \"*) echo 'error: unexpected argument' >&2; exit 1;; esac\nexec {} \"$@\"\n",
        cargo.display()
    );
    write(root.path(), "bin/cargo", &old);
    let program = root.path().join("bin/cargo");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::iter::once(root.path().join("bin")).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(path).unwrap();
    let cleaned = run(root.path(), &["fix", "--clean-all"])
        .env("PATH", path)
        .output();
    assert_eq!(
        cleaned.status,
        Some(0),
        "{}{}",
        cleaned.stdout,
        cleaned.stderr
    );
    assert!(
        cleaned.stdout.contains("How much `cargo clean` removes"),
        "{}",
        cleaned.stdout
    );
    assert!(
        cleaned.stdout.contains("Rebuilt 1 proc macro"),
        "{}",
        cleaned.stdout
    );
}

#[cfg(unix)]
#[test]
fn the_steps_of_a_dry_run_mend_in_a_shell() {
    let root = built_workspace();
    fs::write(dylib(root.path()), "").unwrap();
    let steps = sidecargo(root.path(), &["fix", "--dry-run"]).stdout;
    let shell = Run::new("sh", root.path())
        .args(["-e", "-c", &steps])
        .output();
    assert!(shell.success(), "{steps}{}", shell.stderr);
    assert_eq!(sidecargo(root.path(), &["check"]).status, Some(0));
}

#[test]
fn a_fix_that_cannot_compile_says_why() {
    let root = built_workspace();
    write(root.path(), "mac/src/lib.rs", "fn broken( {\n");
    let output = sidecargo(root.path(), &["fix"]);
    assert_eq!(output.status, Some(1), "{}{}", output.stdout, output.stderr);
    for words in [
        "unclosed delimiter",
        "mac/src/lib.rs:1",
        "sidecargo explain build-failed",
    ] {
        assert!(output.stdout.contains(words), "{words}: {}", output.stdout);
    }
}

#[test]
fn a_running_build_is_no_finding() {
    let root = built_workspace();
    fs::remove_file(dylib(root.path())).unwrap();
    // As cargo holds them while it builds: 1.96 and later the first, earlier ones the second.
    let locks: Vec<File> = [".cargo-build-lock", ".cargo-lock"]
        .iter()
        .map(|name| File::create(root.path().join("target/debug").join(name)).unwrap())
        .collect();
    for lock in &locks {
        lock.lock().unwrap();
    }
    let output = sidecargo(root.path(), &["check"]);
    assert_eq!(output.status, Some(0), "{}", output.stdout);
    assert!(
        output.stdout.contains("A build is running here"),
        "{}",
        output.stdout
    );
    let report = json(root.path());
    assert_eq!(report["build_running"], true);
    assert_eq!(report["summary"]["building"], 1);
    drop(locks);
    assert_eq!(sidecargo(root.path(), &["check", "--wait"]).status, Some(1));
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
