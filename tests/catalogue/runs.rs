//! Runs that others get in the way of: stopped in the middle, beside builds of somebody else; and that a dry run says what a run does.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Output};
use std::time::Duration;

use crate::bench::Bench;

/// The macro's build script waits for a file, a minute at most, and says that it is there.
fn slow() -> Bench {
    let bench = Bench::new();
    bench.write(
        "mac/build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    std::fs::write(\"process\", std::process::id().to_string()).unwrap();\n    for _ in 0..1200 {\n        if std::path::Path::new(\"go\").exists() { break; }\n        std::thread::sleep(std::time::Duration::from_millis(50));\n    }\n}\n",
    );
    bench
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} did not come");
}

fn wait_for_build_script(bench: &Bench) {
    let mark = bench.root().join("mac/process");
    wait_for("the build script", || {
        fs::read_to_string(&mark).is_ok_and(|text| !text.is_empty())
    });
}

fn start(bench: &Bench, program: &str, arguments: &[&str]) -> Child {
    let mut command = bench.prepared(program, arguments).command();
    command.process_group(0).spawn().unwrap()
}

/// The processes of a group that still run.
fn of_group(group: u32) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let rest = stat.rsplit(") ").next().unwrap_or_default();
        let fields: Vec<&str> = rest.split(' ').collect();
        let is_gone = fields
            .first()
            .is_none_or(|state| ["Z", "X"].contains(state));
        if !is_gone && fields.get(2) == Some(&group.to_string().as_str()) {
            found.push(stat);
        }
    }
    found
}

fn go_on(bench: &Bench) {
    bench.write("mac/go", "");
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

const SIDECARGO: &str = env!("CARGO_BIN_EXE_sidecargo");

#[cfg(target_os = "linux")]
#[test]
fn a_fix_that_is_stopped_leaves_no_process_and_a_state_that_is_explained() {
    let bench = slow();
    // A shell that starts something in the background has it ignore the interrupt.
    let fix = start(&bench, "env", &["--default-signal=INT", SIDECARGO, "fix"]);
    wait_for_build_script(&bench);
    let group = fix.id();
    assert!(of_group(group).len() > 1);
    // As the terminal does when somebody presses Ctrl-C.
    bench.run("kill", &["-INT", "--", &format!("-{group}")]);
    let output = fix.wait_with_output().unwrap();
    assert!(!output.status.success());
    wait_for("the end of all processes", || of_group(group).is_empty());

    let report = bench.check();
    let inspected = &report["proc_macros"][0];
    assert_eq!(inspected["status"], "missing", "{inspected:#}");
    assert_eq!(inspected["reason"]["kind"], "never-built", "{inspected:#}");
    assert_eq!(report["build_running"], false);
    go_on(&bench);
    let output = bench.sidecargo(&["fix"]);
    assert_eq!(output.status, Some(0), "{}{}", output.stdout, output.stderr);
}

#[test]
fn a_build_by_somebody_else_during_ours_waits_and_both_end_well() {
    let bench = slow();
    let fix = start(&bench, SIDECARGO, &["fix"]);
    wait_for_build_script(&bench);
    let other = start(&bench, "cargo", &["check", "--workspace"]);
    std::thread::sleep(Duration::from_millis(500));
    go_on(&bench);
    let (fixed, other) = (
        fix.wait_with_output().unwrap(),
        other.wait_with_output().unwrap(),
    );
    assert!(other.status.success(), "{}", said(&other));
    assert_eq!(fixed.status.code(), Some(0), "{}", said(&fixed));
    assert_eq!(bench.check()["summary"]["fresh"], 1);
}

#[test]
fn ours_during_a_build_by_somebody_else_says_why_it_waits_and_both_end_well() {
    let bench = slow();
    let other = start(&bench, "cargo", &["check", "--workspace"]);
    wait_for_build_script(&bench);
    let log = bench.outside("fix.log");
    let mut command = bench.prepared(SIDECARGO, &["fix"]).command();
    command.stderr(fs::File::create(&log).unwrap());
    let fix = command.spawn().unwrap();
    let wanted = format!("(process {})", other.id());
    wait_for("the word on who builds", || {
        let told = fs::read_to_string(&log).unwrap_or_default();
        told.contains("Waiting for the build directory") && told.contains(&wanted)
    });
    go_on(&bench);
    let other = other.wait_with_output().unwrap();
    assert!(other.status.success(), "{}", said(&other));
    let fixed = fix.wait_with_output().unwrap();
    assert_eq!(fixed.status.code(), Some(0), "{}", said(&fixed));
    assert_eq!(bench.check()["summary"]["fresh"], 1);
}
