//! Full disks and disks that take nothing, in namespaces of their own: a part of each test runs again within.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::client::{Client, Manners};
use crate::project::Project;
use crate::{memory_is_whole, run, settled_status, sidecargo, sound, status};

const WITHIN: &str = "SIDECARGO_FAULTS_WITHIN";

/// Runs one of the ignored tests below in a user and mount namespace.
#[track_caller]
fn within(test: &str) {
    let place = tempfile::Builder::new().prefix("disk").tempdir().unwrap();
    let enter = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "--mount"])
            .arg(program)
            .args(arguments)
            .env(WITHIN, place.path());
        command
    };
    let mount = ["-t", "tmpfs", "tmpfs", place.path().to_str().unwrap()];
    let may = enter(Path::new("mount"), &mount).output();
    if !may.is_ok_and(|output| output.status.success()) {
        assert!(
            std::env::var_os("SIDECARGO_TEST_SKIP_NOTHING").is_none(),
            "no namespaces"
        );
        eprintln!("skipped: this user may make no namespaces");
        return;
    }
    let own = std::env::current_exe().unwrap();
    let name = format!("disk::{test}");
    let arguments = ["--exact", &name, "--ignored", "--nocapture"];
    let output = enter(&own, &arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    assert!(said.contains("1 passed"), "{said}");
}

/// The place that was given, if this runs within.
fn place() -> Option<PathBuf> {
    std::env::var_os(WITHIN).map(PathBuf::from)
}

fn mount(arguments: &[&str]) {
    assert!(
        Command::new("mount")
            .args(arguments)
            .status()
            .unwrap()
            .success()
    );
}

/// A built project on a disk of its own.
fn on_a_small_disk(place: &Path) -> Project {
    let size = "size=48m";
    mount(&["-t", "tmpfs", "-o", size, "tmpfs", place.to_str().unwrap()]);
    let project = Project::new();
    let copied = Command::new("cp")
        .arg("-a")
        .arg(project.root())
        .arg(place.join("ws"))
        .status();
    assert!(copied.unwrap().success());
    let project = Project::in_place(place.join("ws"));
    project.check();
    project
}

/// Takes all the room there is.
fn fill(place: &Path) -> PathBuf {
    let path = place.join("full");
    let mut file = File::create(&path).unwrap();
    for size in [1 << 16, 1 << 12, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
    path
}

#[test]
fn a_full_disk_costs_memory_and_no_truth() {
    within("full");
}

#[test]
#[ignore = "runs within a namespace"]
fn full() {
    let Some(place) = place() else { return };
    let project = on_a_small_disk(&place);
    let filled = fill(&place);
    // Nothing can be remembered, which is no harm.
    assert_eq!(settled_status(project.root()), "fresh");
    memory_is_whole(&project);
    project.truncate_dylib();
    let filled_again = place.join("again");
    let _ = fs::rename(&filled, &filled_again);
    drop(fill(&place));
    assert_eq!(status(project.root()), "corrupt");
    let fix = sidecargo(project.root(), &["fix"]);
    assert_eq!(fix.status, Some(1), "{}{}", fix.stdout, fix.stderr);
    assert_ne!(settled_status(project.root()), "fresh");
    memory_is_whole(&project);
    // In an editor.
    let mut client = Client::hello(project.root(), Manners::Answers);
    let told = |message: &serde_json::Value, code: &str| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["diagnostics"].to_string().contains(code)
    };
    client.wait("a finding", |message| told(message, "dylib-"));
    client.command("sidecargo.rebuild", &json!({}));
    client.wait("the end of a rebuild in vain", |message| {
        message["method"] == "window/showMessage" && message["params"]["type"] != 3
    });
    let place_of_end = client.place();
    for file in [filled, filled_again] {
        let _ = fs::remove_file(file);
    }
    client.command("sidecargo.rebuild", &json!({}));
    let manifest = project.path("macros/Cargo.toml");
    client.wait_for_codes(place_of_end, &manifest, &[]);
    client.goodbye();
    assert_eq!(settled_status(project.root()), "fresh");
    memory_is_whole(&project);
}

#[test]
fn without_room_for_the_question_to_cargo_it_says_so() {
    within("no_room_to_ask");
}

#[test]
#[ignore = "runs within a namespace"]
fn no_room_to_ask() {
    let Some(place) = place() else { return };
    let project = Project::built();
    let place_text = place.to_str().unwrap();
    mount(&["-t", "tmpfs", "-o", "size=1m", "tmpfs", "/dev/shm"]);
    mount(&["-t", "tmpfs", "-o", "size=1m", "tmpfs", place_text]);
    fill(Path::new("/dev/shm"));
    fill(&place);
    let output = run(project.root(), &["check", "--format", "json"])
        .env("TMPDIR", place_text)
        .output();
    sound(&output);
    // It cannot know, and must not say that anything is missing or fresh.
    assert!(
        !output.stdout.contains("\"missing\": 1"),
        "{}",
        output.stdout
    );
    assert!(!output.stdout.contains("\"fresh\": 1"), "{}", output.stdout);
    assert_ne!(output.status, Some(0), "{}{}", output.stdout, output.stderr);
}

#[test]
fn a_disk_that_takes_nothing_is_looked_at_like_any_other() {
    within("read_only");
}

#[test]
#[ignore = "runs within a namespace"]
fn read_only() {
    if place().is_none() {
        return;
    }
    let project = Project::built();
    let root = project.root().to_str().unwrap();
    assert_eq!(settled_status(project.root()), "fresh");
    fs::remove_dir_all(project.path("target/.sidecargo")).unwrap();
    mount(&["--bind", root, root]);
    mount(&["-o", "remount,bind,ro", root]);
    let project = Project::in_place(project.root().to_owned());
    assert_eq!(status(project.root()), "fresh");
    let mut client = Client::hello(project.root(), Manners::Answers);
    let seen = client.wait_for_report();
    assert_eq!(seen["summary"]["fresh"], 1, "{seen:#}");
    client.goodbye();
    mount(&["-o", "remount,bind,rw", root]);
    project.truncate_dylib();
    mount(&["-o", "remount,bind,ro", root]);
    assert_eq!(status(project.root()), "corrupt");
    let fix = sidecargo(project.root(), &["fix"]);
    assert_ne!(fix.status, Some(0), "{}{}", fix.stdout, fix.stderr);
    assert_eq!(status(project.root()), "corrupt");
    mount(&["-o", "remount,bind,rw", root]);
}
