//! The end: whatever way it comes, nothing that was started stays.

use std::time::Duration;

use rustix::process::Signal;

use crate::client::Client;
use crate::project::{Health, Project, Source};
use crate::watching::{Watching, assert_ends, is_alive};

#[test]
fn no_service_stays() {
    let project = Project::new(Duration::ZERO);
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        // A shell between: the service is its child.
        let command = [
            "--build",
            "--then",
            "sh",
            "-c",
            "target/debug/service & wait",
        ];
        let mut watching = Watching::start(&project, &command);
        watching.wait_for("started");
        let client = Client::start(project.port());
        let service = client.wait_for((0, 0)).process;
        assert!(is_alive(service));
        watching.signal(signal);
        assert!(watching.end().success());
        assert!(!is_alive(service), "{signal:?}");
    }
}

#[test]
fn a_service_that_will_not_end_is_ended() {
    let project = Project::new(Duration::ZERO);
    let deaf = [
        "--build",
        "--then",
        "sh",
        "-c",
        "trap '' TERM; target/debug/service",
    ];
    let mut watching = Watching::start(&project, &deaf);
    watching.wait_for("started");
    let service = Client::start(project.port()).wait_for((0, 0)).process;
    watching.signal(Signal::TERM);
    assert!(watching.end().success());
    assert_ends(service, "the service");
}

#[test]
fn no_compiler_stays() {
    let project = Project::new(Duration::from_mins(2));
    let mut watching = Watching::start(&project, &["--build"]);
    watching.wait_for("watching");
    let compiler = compiler_at_work(&project);
    watching.signal(Signal::TERM);
    assert!(watching.end().success());
    assert_ends(compiler, "the compiler");
}

#[test]
fn a_newer_edit_ends_the_build_of_the_older() {
    let project = Project::new(Duration::from_mins(2));
    let mut watching = Watching::start(&project, &["--build"]);
    watching.wait_for("watching");
    let compiler = compiler_at_work(&project);
    project.write("src/main.rs", "fn main() { no_such_name }");
    let failed = watching.wait_for("build-failed");
    assert_ends(compiler, "the compiler");
    assert_eq!(watching.count("built"), 0);
    assert!(failed["edited"][0].as_str().unwrap().ends_with("main.rs"));
}

#[test]
fn a_service_that_ends_by_itself_is_told() {
    let project = Project::new(Duration::ZERO);
    let command = ["--build", "--then", "sh", "-c", "exit 3"];
    let mut watching = Watching::start(&project, &command);
    assert_eq!(watching.wait_for("service-ended")["status"], 3);
    project.edit(Source::Main, 1, Health::Good);
    watching.wait_for("started");
}

#[test]
fn it_ends_when_nobody_reads_any_more() {
    let project = Project::new(Duration::ZERO);
    let then = ["--build", "--then", "target/debug/service"];
    let mut watching = Watching::start(&project, &then);
    watching.wait_for("started");
    let service = Client::start(project.port()).wait_for((0, 0)).process;
    watching.close_output();
    project.edit(Source::Main, 1, Health::Good);
    assert!(watching.end().success());
    assert_ends(service, "the service");
}

fn compiler_at_work(project: &Project) -> i32 {
    for _ in 0..6_000 {
        if let Some(compiler) = project.compilers().first() {
            return *compiler;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the macro is not expanded");
}
