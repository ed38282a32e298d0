//! `fix --dry-run` and `fix`, in words and as JSON: what is printed is what is then done, step by step, for every way of mending.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::bench::{Bench, on_one_line};
use crate::support::process::Environment;
use crate::support::toolchain::on_path;

type Damage = fn(&Bench, &Path);

/// How it is broken, the options of `fix`, and the kind of remedy that comes of both.
const CASES: &[(&str, &[&str], Damage, &str)] = &[
    (
        "empty",
        &[],
        |_, dylib| fs::write(dylib, "").unwrap(),
        "rebuild",
    ),
    (
        "deleted",
        &[],
        |_, dylib| fs::remove_file(dylib).unwrap(),
        "rebuild",
    ),
    (
        "empty, cleaned",
        &["--clean"],
        |_, dylib| fs::write(dylib, "").unwrap(),
        "clean-and-rebuild",
    ),
    (
        "empty, all cleaned",
        &["--clean-all"],
        |_, dylib| fs::write(dylib, "").unwrap(),
        "clean-all",
    ),
    (
        "source in the future",
        &[],
        |bench, _| {
            let source = bench.root().join("mac/src/lib.rs");
            let file = fs::File::open(source).unwrap();
            let later = SystemTime::now() + Duration::from_hours(2);
            file.set_modified(later).unwrap();
        },
        "rebuild",
    ),
    (
        "dep-info damaged",
        &[],
        |bench, _| {
            let path = found(&bench.root().join("target/debug"), "dep-lib-mac");
            let time = fs::metadata(&path).unwrap().modified().unwrap();
            fs::write(&path, b"\x01\0\0\0\xff\x01\xff\xff\xff\xff").unwrap();
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(time).unwrap();
        },
        "rebuild",
    ),
    (
        "output of the build script lost",
        &[],
        |bench, _| {
            fs::remove_file(found(&bench.root().join("target/debug/build"), "made.rs")).unwrap();
        },
        "clean-and-rebuild",
    ),
];

fn found(directory: &Path, name: &str) -> PathBuf {
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.ends_with(name) {
                return path;
            }
        }
    }
    panic!("no {name}");
}

/// The workspace, its macro with a build script, built and then broken; with the dylib.
fn broken(damage: Damage) -> (Bench, PathBuf) {
    let bench = Bench::new();
    bench.write(
        "mac/build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    std::fs::write(format!(\"{out}/made.rs\"), \"\").unwrap();\n}\n",
    );
    let source = bench.read("mac/src/lib.rs");
    let source = format!("{source}include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\n");
    bench.write("mac/src/lib.rs", &source);
    let output = bench.run("cargo", &["check", "--workspace", "--all-targets"]);
    assert!(output.success(), "{}", output.stderr);
    let report = bench.check();
    let dylib = PathBuf::from(report["proc_macros"][0]["dylib"].as_str().unwrap());
    damage(&bench, &dylib);
    (bench, dylib)
}

/// What a file is on disk, whatever its name; a number alone may be given to the next one.
fn identity(path: &Path) -> Option<(u64, SystemTime)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.ino(), metadata.created().ok()?))
}

/// A cargo first on PATH that notes what it is asked, and does it; where the notes are.
fn note_cargo(bench: &mut Bench) -> PathBuf {
    let log = bench.outside("asked");
    let cargo = on_path("cargo", &Environment::new());
    bench.script(
        "bin/cargo",
        &format!(
            "echo \"$*\" >> '{}'\nexec '{}' \"$@\"",
            log.display(),
            cargo.display()
        ),
    );
    let bin = bench.outside("bin");
    bench.path_begins_with(&bin);
    log
}

/// What was asked to clean and to build, out of the notes.
fn builds_and_cleans(log: &Path) -> Vec<String> {
    let asked = fs::read_to_string(log).unwrap_or_default();
    asked
        .lines()
        .filter(|line| line.starts_with("clean") || line.contains("--message-format=json"))
        // What Sidecargo asks to know what is expected runs beside the workspace's own lock file; a preview removes nothing.
        .filter(|line| !line.contains("-Zlockfile-path") && !line.contains("--dry-run"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_dry_run_says_what_the_run_then_does_step_by_step() {
    for (name, options, damage, _) in CASES {
        let (mut bench, dylib) = broken(*damage);
        let dry = bench.sidecargo(&[&["fix", "--dry-run"], *options].concat());
        assert_eq!(dry.status, Some(1), "{name}: {}", dry.stderr);
        let steps: Vec<&str> = dry
            .stdout
            .lines()
            .filter(|line| !line.starts_with(['#']) && !line.starts_with("cd "))
            .collect();
        let commands: Vec<&str> = steps
            .iter()
            .filter_map(|line| Some(line.split_once("cargo ")?.1))
            .collect();
        assert!(!commands.is_empty(), "{name}: {}", dry.stdout);
        // Why, where, at what cost.
        let comments = on_one_line(&dry.stdout.replace("\n# ", " "));
        assert!(comments.contains(" mac is "), "{name}: {comments}");
        let cost = "What depends on it is built anew by the next build: 1 package (app).";
        assert!(comments.contains(cost), "{name}: {comments}");
        let cleans = commands.iter().any(|command| command.starts_with("clean"));
        let told = comments.contains("`cargo clean` removes ");
        assert_eq!(told, cleans, "{name}: {comments}");

        let log = note_cargo(&mut bench);
        let removed: Vec<PathBuf> = steps
            .iter()
            .filter_map(|step| Some(bench.root().join(step.strip_prefix("rm -r ")?)))
            .collect();
        let before: Vec<Option<(u64, SystemTime)>> =
            removed.iter().map(|path| identity(path)).collect();
        let fixed = bench.sidecargo(&[&["fix"], *options].concat());
        assert_eq!(fixed.status, Some(0), "{name}: {}", fixed.stdout);
        assert_eq!(builds_and_cleans(&log), commands, "{name}");

        for (path, before) in removed.iter().zip(before) {
            assert!(before.is_some(), "{name}: {}", path.display());
            assert_ne!(identity(path), before, "{name}: it was not removed");
        }
        for step in &steps {
            if let Some(path) = step.strip_prefix("touch ") {
                let modified = fs::metadata(bench.root().join(path)).unwrap().modified();
                assert!(modified.unwrap() <= SystemTime::now(), "{name}");
            }
        }
        assert!(dylib.is_file(), "{name}");
    }
}

/// The object that `fix` prints, and nothing besides.
fn fix(bench: &Bench, options: &[&str], status: i32) -> Value {
    let output = bench.sidecargo(&[&["fix", "--format", "json"], options].concat());
    assert_eq!(
        output.status,
        Some(status),
        "{}{}",
        output.stdout,
        output.stderr
    );
    serde_json::from_str(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", output.stdout, output.stderr))
}

#[test]
fn as_json_what_is_planned_is_what_is_executed() {
    for (name, options, damage, kind) in CASES {
        let (bench, _) = broken(*damage);
        let dry = fix(&bench, &[&["--dry-run"], *options].concat(), 1);
        assert_eq!(dry["dry_run"], true, "{name}");
        assert_eq!(dry["result"], "planned", "{name}");
        assert_eq!(dry["report"], bench.check(), "{name}");
        let planned = &dry["rounds"][0];
        assert_eq!(planned["kind"], *kind, "{name}: {planned:#}");
        assert_eq!(planned["executed"], serde_json::json!([]), "{name}");
        let preview = &dry["preview"];
        assert_eq!(preview["reasons"][0]["name"], "mac", "{name}");
        assert_eq!(preview["rebuilt"].as_array().unwrap().len(), 1, "{name}");
        let cleans = preview["cleans"].as_array().unwrap();
        let is_clean = kind.starts_with("clean");
        assert_eq!(cleans.len(), usize::from(is_clean), "{name}");
        assert!(cleans.iter().all(|clean| clean["files"] != 0), "{name}");
        let before = &dry["proc_macros"][0];
        assert_eq!(before["name"], "mac", "{name}");
        assert_ne!(before["before"], "fresh", "{name}");

        let done = fix(&bench, options, 0);
        assert_eq!(done["dry_run"], false, "{name}");
        assert_eq!(done["result"], "mended", "{name}");
        let rounds = done["rounds"].as_array().unwrap();
        assert_eq!(rounds.len(), 1, "{name}: {rounds:#?}");
        assert_eq!(rounds[0]["executed"], planned["steps"], "{name}");
        assert_eq!(rounds[0]["outcome"], "succeeded", "{name}");
        let after = &done["proc_macros"][0];
        assert_eq!(after["before"], before["before"], "{name}");
        assert_eq!(after["after"], "fresh", "{name}");
        assert_eq!(done["report"]["summary"]["fresh"], 1, "{name}");

        let nothing = fix(&bench, &[], 0);
        assert_eq!(nothing["result"], "nothing-to-do", "{name}");
    }
}

#[test]
fn as_json_a_failure_is_told_with_the_compilers_words() {
    let (bench, _) = broken(|bench, _| {
        bench.write("mac/src/lib.rs", "compile_error!(\"not today\");\n");
    });
    let done = fix(&bench, &[], 1);
    assert_eq!(done["result"], "unmended");
    assert_eq!(done["rounds"][0]["outcome"], "failed");
    assert_eq!(done["rounds"][0]["executed"], serde_json::json!([]));
    let failure = &done["failure"];
    assert_eq!(failure["status"], 101);
    assert_eq!(failure["run"][1], "check");
    let error = &failure["errors"][0];
    assert_eq!(error["message"], "not today");
    assert_eq!(error["target"], "mac");
    let source = bench.root().join("mac/src/lib.rs");
    assert_eq!(error["location"]["path"], source.to_str().unwrap());
    assert_eq!(error["location"]["line"], 1);
    assert_eq!(failure["finding"]["code"], "build-failed");
    assert_eq!(done["proc_macros"][0]["after"], "stale");
}

#[test]
fn the_schema_is_printed() {
    let output = Bench::empty().sidecargo(&["fix", "--schema"]);
    let schema: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(schema["title"], "sidecargo fix --format json");
}
