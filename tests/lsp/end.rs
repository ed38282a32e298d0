//! The server ends with its client, whatever either is doing, and leaves nothing running.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, Manners, PATIENCE};
use crate::project::Project;

/// A build script of the macro's that notes its process and then takes its time.
pub(crate) const SLOW_BUILD_SCRIPT: &str = r#"
fn main() {
    let note = concat!(env!("CARGO_MANIFEST_DIR"), "/../running");
    std::fs::write(note, std::process::id().to_string()).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(600));
}
"#;

/// The workspace built, and then with a build script that will take its time.
pub(crate) fn slow_project() -> Project {
    let project = Project::built();
    project.truncate_dylib();
    project.write("macros/build.rs", SLOW_BUILD_SCRIPT);
    project
}

/// Waits until the slow build script runs; returns its process.
pub(crate) fn wait_for_build_script(project: &Project) -> u32 {
    let note = project.path("running");
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(id) = fs::read_to_string(&note)
            .ok()
            .and_then(|text| text.trim().parse().ok())
        {
            return id;
        }
        assert!(Instant::now() < deadline, "the build script does not run");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn wait_until_gone(id: u32) {
    let deadline = Instant::now() + PATIENCE;
    while is_running(id) {
        assert!(Instant::now() < deadline, "process {id} still runs");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_running(id: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/stat"));
    if Path::new("/proc/self/stat").exists() {
        // A zombie waits for a parent that may be slow, and does nothing.
        return status.is_ok_and(|text| {
            !text
                .rsplit(')')
                .next()
                .unwrap_or("")
                .trim()
                .starts_with('Z')
        });
    }
    let output = Command::new("kill").args(["-0", &id.to_string()]).output();
    output.is_ok_and(|output| output.status.success())
}

#[test]
fn exit_ends_it_though_the_input_stays_open() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.request("shutdown", &Value::Null);
    client.notify("exit", &Value::Null);
    let input = client.hold_input();
    assert!(client.wait_for_end().success());
    drop(input);
}

#[test]
fn exit_without_shutdown_is_an_error() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.notify("exit", &Value::Null);
    assert_eq!(client.wait_for_end().code(), Some(1));
}

#[test]
fn shutdown_without_exit_ends_it_after_a_while() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.request("shutdown", &Value::Null);
    let input = client.hold_input();
    assert!(client.wait_for_end().success());
    drop(input);
}

#[test]
fn the_end_of_input_ends_it_before_and_after_the_hello() {
    let project = Project::built();
    let mut client = Client::start(project.root(), Manners::Answers);
    client.close_input();
    assert!(client.wait_for_end().success());
    let mut client = Client::hello(project.root(), Manners::NeverAnswers);
    client.close_input();
    assert!(client.wait_for_end().success());
}

#[test]
fn it_ends_with_the_process_that_started_it() {
    let project = Project::built();
    let mut parent = Command::new("sleep").arg("600").spawn().unwrap();
    let mut client = Client::start(project.root(), Manners::Answers);
    let mut parameters = client.initialize_parameters(&json!({}));
    parameters["processId"] = json!(parent.id());
    client.request("initialize", &parameters);
    client.notify("initialized", &json!({}));
    let input = client.hold_input();
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(client.wait_for_end().success());
    drop(input);
}

/// A cargo that never answers, as one that waits for another's lock.
#[test]
fn a_question_to_cargo_does_not_outlive_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::built();
    project.write(
        "bin/cargo",
        "#!/bin/sh\necho $$ > \"$(dirname \"$0\")/../running\"\nexec sleep 600\n",
    );
    let program = project.path("bin/cargo");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", project.path("bin").display());
    let mut client = Client::start_with(project.root(), Manners::Answers, &[("PATH", &path)]);
    let parameters = client.initialize_parameters(&json!({}));
    client.request("initialize", &parameters);
    client.notify("initialized", &json!({}));
    let cargo = wait_for_build_script(&project);
    assert!(is_running(cargo));
    client.close_input();
    assert!(client.wait_for_end().success());
    wait_until_gone(cargo);
}

#[test]
fn the_end_of_input_during_a_rebuild_leaves_no_process_behind() {
    let project = slow_project();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    client.command("sidecargo.cleanAndRebuild", &json!({}));
    let build_script = wait_for_build_script(&project);
    assert!(is_running(build_script));
    client.close_input();
    assert!(client.wait_for_end().success());
    wait_until_gone(build_script);
}

#[test]
fn the_end_of_its_parent_during_a_rebuild_leaves_no_process_behind() {
    let project = slow_project();
    let mut parent = Command::new("sleep").arg("600").spawn().unwrap();
    let mut client = Client::start(project.root(), Manners::NeverAnswers);
    let mut parameters = client.initialize_parameters(&json!({}));
    parameters["processId"] = json!(parent.id());
    client.request("initialize", &parameters);
    client.notify("initialized", &json!({}));
    client.wait_for_report();
    client.command("sidecargo.rebuild", &json!({}));
    let build_script = wait_for_build_script(&project);
    let input = client.hold_input();
    parent.kill().unwrap();
    parent.wait().unwrap();
    client.wait_for_end();
    wait_until_gone(build_script);
    drop(input);
}

#[test]
fn exit_during_a_rebuild_leaves_no_process_behind() {
    let project = slow_project();
    let mut client = Client::hello(project.root(), Manners::NeverAnswers);
    client.wait_for_report();
    client.command("sidecargo.rebuild", &json!({}));
    let build_script = wait_for_build_script(&project);
    client.request("shutdown", &Value::Null);
    client.notify("exit", &Value::Null);
    let input = client.hold_input();
    client.wait_for_end();
    wait_until_gone(build_script);
    drop(input);
}

/// Neovim ends a server so that does not answer `shutdown` in time, and a terminal that closes all that it started.
#[test]
fn a_signal_to_end_during_a_rebuild_leaves_no_process_behind() {
    for signal in ["TERM", "HUP", "INT"] {
        let project = slow_project();
        let mut client = Client::hello(project.root(), Manners::Answers);
        client.wait_for_report();
        client.command("sidecargo.rebuild", &json!({}));
        let build_script = wait_for_build_script(&project);
        let sent = Command::new("kill")
            .args(["-s", signal, &client.process_id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        client.wait_for_end();
        wait_until_gone(build_script);
    }
}
