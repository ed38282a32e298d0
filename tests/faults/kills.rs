//! Kills that nobody can answer, at any moment of a repair: of Sidecargo itself, of the cargo it started, of the compiler below. (Whole
//! builds and servers are killed by the chaos test too, between two looks.)

use std::collections::BTreeSet;
use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::client::{Client, Manners, PATIENCE};
use crate::project::Project;
use crate::{memory_is_whole, run, settled_status, sidecargo, sound};

fn kill(process: u32) {
    let process = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    // It may be gone already.
    let _ = kill_process(process, Signal::KILL);
}

/// The processes below one, with the names of their programs.
fn below(process: u32) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    let mut waiting = vec![process];
    while let Some(process) = waiting.pop() {
        let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else {
            continue;
        };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            for child in children.split_whitespace() {
                let child: u32 = child.parse().unwrap();
                if known.insert(child) {
                    let name = fs::read_to_string(format!("/proc/{child}/comm"));
                    found.push((child, name.unwrap_or_default().trim().to_owned()));
                    waiting.push(child);
                }
            }
        }
    }
    found
}

/// A project whose macro takes its time to compile.
fn slow() -> Project {
    let project = Project::built();
    project.write(
        "macros/build.rs",
        "fn main() { std::thread::sleep(std::time::Duration::from_millis(1500)); }\n",
    );
    project.truncate_dylib();
    project
}

/// Waits for a process of this name below another, and kills it.
#[track_caller]
fn kill_below(child: &mut Child, name: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some((process, _)) = below(child.id()).iter().find(|(_, its)| its == name) {
            kill(*process);
            return;
        }
        assert!(child.try_wait().unwrap().is_none(), "no {name} was started");
        assert!(Instant::now() < deadline, "no {name}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A `cargo` that does as the real one, but is killed at the question whose arguments hold a word, when it has said most of it.
const KILLED_CARGO: &str = r#"#!/bin/sh
case "$*" in
  *"$KILLED_AT"*) "$REAL_CARGO" "$@" | head -n 1; kill -9 $$ ;;
esac
exec "$REAL_CARGO" "$@"
"#;

#[test]
fn half_an_answer_of_cargos_is_none() {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&path)
        .map(|directory| directory.join("cargo"))
        .find(|cargo| cargo.is_file())
        .unwrap();
    for killed_at in ["metadata", "--unit-graph", "--message-format=json"] {
        let project = Project::built();
        let bin = tempfile::Builder::new().prefix("bin").tempdir().unwrap();
        let cargo = bin.path().join("cargo");
        fs::write(&cargo, KILLED_CARGO).unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        let directories = [bin.path().to_owned()].into_iter();
        let directories = directories.chain(std::env::split_paths(&path));
        let output = run(project.root(), &["check"])
            .env("PATH", std::env::join_paths(directories).unwrap())
            .env("REAL_CARGO", &real)
            .env("KILLED_AT", killed_at)
            .output();
        sound(&output);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert_ne!(output.status, Some(0), "{killed_at}: {said}");
        assert!(
            said.contains("before it had answered"),
            "{killed_at}: {said}"
        );
        // Nothing of it is remembered.
        assert_eq!(settled_status(project.root()), "fresh", "{killed_at}");
    }
}

#[test]
fn a_repair_whose_tools_are_killed_says_so_and_can_be_repeated() {
    for name in ["cargo", "rustc", "build-script-bu"] {
        let project = slow();
        let mut fix = run(project.root(), &["fix"]).command().spawn().unwrap();
        kill_below(&mut fix, name);
        let output = fix.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("panicked"), "{name}: {said}");
        // A question's rustc may have been it, which is asked again; then all went well.
        assert!(
            matches!(output.status.code(), Some(0..=2)),
            "{name}: {said}"
        );
        memory_is_whole(&project);
        let again = sidecargo(project.root(), &["fix"]);
        assert_eq!(
            again.status,
            Some(0),
            "{name}: {}{}",
            again.stdout,
            again.stderr
        );
        assert_eq!(settled_status(project.root()), "fresh", "{name}");
    }
}

#[test]
fn a_repair_that_is_killed_leaves_nothing_half_done_for_true() {
    for pause in [0, 150, 400, 1800] {
        let project = slow();
        let mut fix = run(project.root(), &["fix"]).command().spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        kill(fix.id());
        let _ = fix.wait();
        // What it started may go on for a while, as after any kill; a look tells the truth nevertheless.
        sound(&run(project.root(), &["check"]).output());
        memory_is_whole(&project);
        let again = sidecargo(project.root(), &["fix"]);
        assert_eq!(
            again.status,
            Some(0),
            "{pause}: {}{}",
            again.stdout,
            again.stderr
        );
        assert_eq!(settled_status(project.root()), "fresh", "after {pause} ms");
    }
}

#[test]
fn a_server_that_is_killed_in_a_repair_leaves_its_successor_in_the_picture() {
    let project = slow();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello(project.root(), Manners::Answers);
    // Its build script makes it stale besides.
    client.wait("a finding", |message| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["diagnostics"]
                .to_string()
                .contains("dylib-")
    });
    client.command("sidecargo.rebuild", &json!({}));
    std::thread::sleep(Duration::from_millis(700));
    kill(client.process_id());
    client.wait_for_end();
    memory_is_whole(&project);
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    client.command("sidecargo.fixAll", &json!({}));
    let deadline = Instant::now() + PATIENCE;
    while client.report()["summary"]["fresh"] != 1 {
        assert!(Instant::now() < deadline, "{:#}", client.report());
        std::thread::sleep(Duration::from_millis(100));
    }
    crate::shown::wait_until_quiet(&mut client, Duration::from_millis(500));
    let left = crate::shown::now(&client);
    assert!(left.is_empty(), "{}: {left:?}", manifest.display());
    client.goodbye();
}
