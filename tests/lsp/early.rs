//! What is shown before the first look is done, where nothing is kept.

use std::fs;
use std::process::Command;

use serde_json::json;

use crate::client::{Client, Manners, program, uri};
use crate::project::Project;

/// A session in a project, and the server's log when the first look is done.
fn session(project: &Project, act: impl FnOnce(&mut Client)) -> (Vec<serde_json::Value>, String) {
    let log = project.path("server.log");
    let mut server = Command::new(program());
    server.arg("lsp").arg("--log-file").arg(&log);
    server.env("SIDECARGO_LOG", "debug");
    let mut client = Client::start_server(server, project.root(), Manners::Answers);
    client.say_hello(&json!({}));
    act(&mut client);
    client.wait_for_report();
    // What a look leads to is on its way before any later answer.
    client.command("sidecargo.report", &json!({}));
    let manifest = uri(&project.path("macros/Cargo.toml"));
    let mut published = client.heard(0, "textDocument/publishDiagnostics");
    published.retain(|published| published["uri"] == manifest);
    client.goodbye();
    (published, fs::read_to_string(log).unwrap())
}

#[test]
fn what_is_gone_is_shown_before_the_first_look_is_done_and_stays_as_it_is() {
    let project = Project::built();
    fs::remove_file(project.dylib()).unwrap();
    let manifest = project.path("macros/Cargo.toml");
    let (published, log) = session(&project, |client| {
        client.wait_for_codes(0, &manifest, &["dylib-missing"]);
    });
    assert_eq!(published.len(), 1, "{published:#?}");
    let place = |words: &str| {
        log.find(words)
            .unwrap_or_else(|| panic!("no {words}: {log}"))
    };
    assert!(place("glimpsed") < place("looked"), "{log}");
    // Nothing is asked the next time, and it is the same.
    let (published_then, log) = session(&project, |client| {
        client.wait_for_codes(0, &manifest, &["dylib-missing"]);
    });
    assert_eq!(published_then, published);
    assert!(log.matches("glimpsed").count() == 1, "{log}");
}

#[test]
fn what_rust_analyzer_is_about_to_build_is_not_shown_early() {
    let project = Project::new();
    let (published, log) = session(&project, |_| {});
    assert_eq!(published, [json!(null); 0], "a fresh clone");
    assert!(!log.contains("glimpsed"), "{log}");

    let project = Project::built();
    fs::remove_file(project.dylib()).unwrap();
    let manifest = project.path("words/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("0.1.0", "0.2.0")).unwrap();
    let (published, log) = session(&project, |_| {});
    assert_eq!(published, [json!(null); 0], "another unit is expected");
    assert!(!log.contains("glimpsed"), "{log}");
}
