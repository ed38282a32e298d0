//! `sidecargo check` on a workspace that was built.

use std::fs::{self, File};

use serde_json::Value;

use crate::bench::{built_workspace, dylib, json, run, sidecargo, write};
use crate::support::process::Run;

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
fn a_vendored_package_that_is_gone_is_not_covered_up_by_a_kept_answer() {
    let root = crate::bench::directory();
    for (path, text) in [
        (
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = \"vendor\"\n",
        ),
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nmac = \"0.1.0\"\n[workspace]\n",
        ),
        ("src/lib.rs", ""),
        (
            "vendor/mac/Cargo.toml",
            "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
        ),
        ("vendor/mac/src/lib.rs", ""),
        ("vendor/mac/.cargo-checksum.json", "{\"files\": {}}"),
    ] {
        write(root.path(), path, text);
    }
    let mended = sidecargo(root.path(), &["fix"]);
    assert_eq!(mended.status, Some(0), "{}{}", mended.stdout, mended.stderr);
    for gone in ["vendor/mac/.cargo-checksum.json", "vendor/mac/Cargo.toml"] {
        let path = root.path().join(gone);
        let text = fs::read_to_string(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let broken = sidecargo(root.path(), &["check"]);
        assert_eq!(
            broken.status,
            Some(2),
            "{gone}: {}{}",
            broken.stdout,
            broken.stderr
        );
        fs::write(&path, text).unwrap();
        let whole = sidecargo(root.path(), &["check"]);
        assert_eq!(
            whole.status,
            Some(0),
            "{gone}: {}{}",
            whole.stdout,
            whole.stderr
        );
    }
}
