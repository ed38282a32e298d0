//! Faults of the world around, in the middle of things: full disks, odd paths, missing permissions, clocks set back, others at the same
//! time, kills. Nothing crashes, hangs, or takes half a file for true; what cannot be done is said in one sentence.
#![cfg(test)]
#![cfg(all(target_os = "linux", feature = "lsp"))]

#[path = "../lsp/client.rs"]
#[allow(dead_code)] // each test target uses its own part
mod client;
#[path = "../lsp/project.rs"]
#[allow(dead_code)]
mod project;
#[path = "../days/day/shown.rs"]
#[allow(dead_code)]
mod shown;
#[path = "../support/mod.rs"]
mod support;

mod clock;
mod disk;
mod kills;
mod orphans;
mod paths;
mod together;

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use support::process::{Output, Run};

use project::Project;

/// Longer than anything here takes on a busy machine, and short of for ever.
const LIMIT: Duration = Duration::from_mins(2);

fn run(directory: &Path, arguments: &[&str]) -> Run {
    Run::new(client::program(), directory)
        .args(arguments)
        .env("CARGO_NET_OFFLINE", "true")
        .limit(LIMIT)
}

fn sidecargo(directory: &Path, arguments: &[&str]) -> Output {
    let output = run(directory, arguments).output();
    sound(&output);
    output
}

/// However it went, it ended by itself, and said what it could not do in one sentence.
#[track_caller]
fn sound(output: &Output) {
    let said = format!("{}{}", output.stdout, output.stderr);
    assert!(!output.timed_out, "it hangs: {said}");
    assert!(
        matches!(output.status, Some(0..=2)),
        "{:?}: {said}",
        output.status
    );
    assert!(!output.stderr.contains("panicked"), "{said}");
    if output.status == Some(2) {
        let begins = output.stderr.starts_with("sidecargo: failed to ");
        assert!(begins && output.stderr.lines().count() == 1, "{said}");
    }
}

/// The report as JSON.
#[track_caller]
fn report(directory: &Path) -> Value {
    let output = sidecargo(directory, &["check", "--format", "json"]);
    serde_json::from_str(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", output.stdout, output.stderr))
}

/// The macro's status by a look of the command line.
#[track_caller]
fn status(directory: &Path) -> String {
    let report = report(directory);
    report["proc_macros"][0]["status"]
        .as_str()
        .unwrap_or_else(|| panic!("{report:#}"))
        .to_owned()
}

/// The status once no build is taken to run any more.
#[track_caller]
fn settled_status(directory: &Path) -> String {
    for _ in 0..40 {
        let status = status(directory);
        if status != "building" {
            return status;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    "building".to_owned()
}

/// The same of a macro by its name.
#[track_caller]
fn settled_status_of(directory: &Path, name: &str) -> String {
    for _ in 0..40 {
        let report = report(directory);
        let macros = report["proc_macros"].as_array().unwrap();
        let found = macros.iter().find(|one| one["name"] == name);
        let status = found.unwrap()["status"].as_str().unwrap().to_owned();
        if status != "building" {
            return status;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    "building".to_owned()
}

/// Everything that is remembered can be read: nothing is half-written, nothing left over.
#[track_caller]
fn memory_is_whole(project: &Project) {
    let Ok(entries) = fs::read_dir(project.path("target/.sidecargo")) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name == "mend.lock" {
            continue;
        }
        // What was being written when somebody was killed has a name of its own, and nobody reads it.
        if Path::new(&name).extension().is_some_and(|it| it == "json") {
            let bytes = fs::read(entry.path()).unwrap();
            assert!(
                serde_json::from_slice::<Value>(&bytes).is_ok(),
                "{name} is half-written"
            );
        }
    }
}
