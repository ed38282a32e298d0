//! Clients unlike those of today: of older days, with other tokens, slow to answer, and with other ways to end a server.

use serde_json::{Value, json};

use crate::client::{Client, Manners, uri};
use crate::project::Project;

fn broken() -> Project {
    let project = Project::built();
    project.truncate_dylib();
    project
}

#[test]
fn a_root_path_is_a_folder_where_there_is_nothing_else() {
    let project = broken();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut client = Client::start(elsewhere.path(), Manners::Answers);
    client.request(
        "initialize",
        &json!({
            "processId": null,
            "rootPath": project.root(),
            "rootUri": null,
            "capabilities": {},
        }),
    );
    client.notify("initialized", &json!({}));
    client.wait_for_codes(0, &project.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    client.goodbye();
}

/// Answers the question for settings that came as the first, the second and so on.
fn give_settings(client: &mut Client, question: usize, settings: &Value) {
    let mut place = 0;
    let mut id = Value::Null;
    for _ in 0..=question {
        let (behind, asked) = client.wait_from(place, "a question for settings", |message| {
            message["method"] == "workspace/configuration"
        });
        place = behind;
        id = asked["id"].clone();
    }
    client.send(&json!({"jsonrpc": "2.0", "id": id, "result": [settings]}));
}

fn with_severity(severity: &str) -> Value {
    json!({"diagnostics": {"severity": {"dylib-corrupt": severity}}})
}

#[test]
fn settings_that_come_late_still_hold() {
    let project = broken();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello(project.root(), Manners::NeverAnswers);
    let (place, _) = client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    // Longer than an editor that is busy with its start takes.
    std::thread::sleep(std::time::Duration::from_secs(7));
    give_settings(&mut client, 0, &with_severity("off"));
    client.wait_for_codes(place, &manifest, &[]);
    client.goodbye();
}

#[test]
fn an_older_answer_does_not_undo_a_newer_one() {
    let project = broken();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello(project.root(), Manners::NeverAnswers);
    let (place, _) = client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    client.notify(
        "workspace/didChangeConfiguration",
        &json!({"settings": null}),
    );
    give_settings(&mut client, 1, &with_severity("off"));
    let (place, _) = client.wait_for_codes(place, &manifest, &[]);
    give_settings(&mut client, 0, &with_severity("error"));
    // Another question, whose answer comes after that.
    client.notify(
        "workspace/didChangeConfiguration",
        &json!({"settings": null}),
    );
    give_settings(&mut client, 2, &with_severity("hint"));
    let (_, shown) = client.wait_for_codes(place, &manifest, &["dylib-corrupt"]);
    assert_eq!(shown[0]["severity"], 4, "{shown:?}");
    client.goodbye();
}

/// The protocol has progress tokens of both kinds, and a client knows its own only in the form that it gave.
#[test]
fn a_token_that_is_a_number_stays_one() {
    let project = broken();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_codes(0, &project.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    client.request(
        "workspace/executeCommand",
        &json!({"command": "sidecargo.rebuild", "arguments": [{}], "workDoneToken": 17}),
    );
    for kind in ["begin", "end"] {
        client.wait(&format!("the progress' {kind}"), |message| {
            message["method"] == "$/progress"
                && message["params"]["token"] == 17
                && message["params"]["value"]["kind"] == kind
        });
    }
    client.goodbye();
}

/// What is no table says nothing of what it is for; to take it for everything would do too much.
#[test]
fn an_argument_that_is_no_table_is_refused() {
    let project = broken();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_codes(0, &project.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    for argument in [
        json!([]),
        json!([uri(project.root())]),
        json!("all"),
        json!(7),
    ] {
        let answer = client.ask(
            "workspace/executeCommand",
            &json!({"command": "sidecargo.clean", "arguments": [argument]}),
        );
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        let words = answer["error"]["message"].as_str().unwrap();
        assert!(!words.contains("struct"), "{words}");
    }
    assert!(project.dylib().exists());
    client.goodbye();
}

/// Cargo speaks of real paths; an editor finds its files by the names under which it opened them.
#[cfg(unix)]
#[test]
fn a_folder_that_is_a_link_is_told_of_under_its_name() {
    let project = broken();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(project.root(), &link).unwrap();
    let mut client = Client::hello(&link, Manners::Answers);
    let manifest = link.join("macros/Cargo.toml");
    let source = link.join("app/src/main.rs");
    client.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {"uri": uri(&source), "languageId": "rust", "version": 0, "text": std::fs::read_to_string(&source).unwrap()}}),
    );
    let (place, _) = client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    let (_, _) = client.wait_for_codes(0, &source, &["dylib-corrupt"]);
    let at = json!({"line": 0, "character": 12});
    let hover = client.request(
        "textDocument/hover",
        &json!({"textDocument": {"uri": uri(&source)}, "position": at}),
    );
    assert!(hover.is_object(), "{hover}");
    let offered = client.request(
        "textDocument/codeAction",
        &json!({"textDocument": {"uri": uri(&source)}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}}),
    );
    assert_eq!(offered[0]["command"]["command"], "sidecargo.rebuild");
    client.command("sidecargo.rebuild", &json!({"workspace": uri(&link)}));
    let (place, _) = client.wait_for_codes(place, &manifest, &[]);
    project.truncate_dylib();
    client.wait_for_codes(place, &manifest, &["dylib-corrupt"]);
    for published in client.heard(0, "textDocument/publishDiagnostics") {
        let named = published["uri"].as_str().unwrap().to_owned();
        assert!(named.starts_with(&uri(&link)), "{named}");
    }
    client.goodbye();
}

/// An editor started from a desktop has not the PATH of the person's shell; rust-analyzer looks in cargo's home too.
#[cfg(unix)]
#[test]
fn cargo_is_found_where_rustup_puts_it() {
    let project = broken();
    let home = tempfile::tempdir().unwrap();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let directories: Vec<_> = std::env::split_paths(&path).collect();
    for name in ["cargo", "rustc", "rustup"] {
        let mut programs = directories.iter().map(|directory| directory.join(name));
        let Some(program) = programs.find(|program| program.is_file()) else {
            // A cargo that is not rustup's finds rustc on PATH alone.
            return;
        };
        std::os::unix::fs::symlink(program, bin.join(name)).unwrap();
    }
    let nothing = tempfile::tempdir().unwrap();
    let variables = [
        ("PATH", nothing.path().to_str().unwrap()),
        ("CARGO_HOME", home.path().to_str().unwrap()),
    ];
    let mut client = Client::start_with(project.root(), Manners::Answers, &variables);
    client.say_hello(&json!({}));
    client.wait_for_codes(0, &project.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    client.goodbye();
}

/// Cargo does not follow the link to a member, so nobody else may.
#[cfg(unix)]
#[test]
fn a_member_that_is_a_link_keeps_its_name() {
    let project = broken();
    let elsewhere = tempfile::tempdir().unwrap();
    let member = project.path("macros");
    std::fs::rename(&member, elsewhere.path().join("macros")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("macros"), &member).unwrap();
    let mut client = Client::hello(project.root(), Manners::Answers);
    let manifest = project.path("macros/Cargo.toml");
    let (place, shown) = client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    for file in [&project.path("macros/src/lib.rs"), &manifest] {
        client.notify(
            "textDocument/didOpen",
            &json!({"textDocument": {"uri": uri(file), "languageId": "rust", "version": 0, "text": std::fs::read_to_string(file).unwrap()}}),
        );
    }
    // Long enough for the files to be looked for, and for the next look.
    std::thread::sleep(std::time::Duration::from_secs(1));
    let offered = client.request(
        "textDocument/codeAction",
        &json!({"textDocument": {"uri": uri(&manifest)}, "range": shown[0]["range"], "context": {"diagnostics": []}}),
    );
    assert_eq!(offered[0]["command"]["command"], "sidecargo.rebuild");
    client.command("sidecargo.rebuild", &json!({}));
    client.wait_for_codes(place, &manifest, &[]);
    client.goodbye();
}
