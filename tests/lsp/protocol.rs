//! The protocol's own demands, and clients that do not keep to it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::client::{Client, Manners, uri};
use crate::project::Project;

#[test]
fn a_client_that_never_answers_is_served() {
    let project = Project::built();
    project.truncate_dylib();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello(project.root(), Manners::NeverAnswers);
    client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    // More questions to it than a framework has places for.
    for _ in 0..20 {
        client.notify(
            "workspace/didChangeConfiguration",
            &json!({"settings": null}),
        );
    }
    for _ in 0..200 {
        client.notify(
            "textDocument/didSave",
            &json!({"textDocument": {"uri": uri(&manifest)}}),
        );
    }
    let actions = client.request(
        "textDocument/codeAction",
        &json!({
            "textDocument": {"uri": uri(&manifest)},
            "range": {"start": {"line": 6, "character": 0}, "end": {"line": 6, "character": 0}},
            "context": {"diagnostics": []},
        }),
    );
    assert!(actions[0]["command"]["command"].is_string(), "{actions}");
    client.goodbye();
}

#[test]
fn a_thousand_messages_at_once_are_taken_in_order() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    let document = uri(&project.path("app/Cargo.toml"));
    let mut bytes = String::new();
    let mut add = |message: &Value| {
        let body = message.to_string();
        write!(bytes, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    };
    add(
        &json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {
        "textDocument": {"uri": document, "languageId": "toml", "version": 0, "text": ""}}}),
    );
    // Each adds a letter at the end of what the one before left; a lost or swapped one shows in the text.
    let text: Vec<char> = "[dependencies]\nmacros = { path = \"../macros\" }\n# "
        .chars()
        .chain("abcdefghij".chars().cycle())
        .take(1_000)
        .collect();
    let (mut line, mut character) = (0, 0);
    for (version, letter) in text.iter().enumerate() {
        let at = json!({"line": line, "character": character});
        add(
            &json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": document, "version": version + 1},
            "contentChanges": [{"range": {"start": at, "end": at}, "text": letter.to_string()}]}}),
        );
        if *letter == '\n' {
            (line, character) = (line + 1, 0);
        } else {
            character += 1;
        }
    }
    client.send_raw(bytes.as_bytes());
    client.wait_for_report();
    let hover = client.request(
        "textDocument/hover",
        &json!({"textDocument": {"uri": document}, "position": {"line": 1, "character": 2}}),
    );
    let text = hover["contents"]["value"].as_str().unwrap_or_default();
    assert!(text.starts_with("**macros**"), "{hover}");
    client.goodbye();
}

#[test]
fn malformed_messages_are_passed_over() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    for nonsense in ["{", "[]", "null", "{\"jsonrpc\":\"2.0\",\"id\":{}}"] {
        client.send_raw(format!("Content-Length: {}\r\n\r\n{nonsense}", nonsense.len()).as_bytes());
    }
    client.send_raw(b"GET / HTTP/1.1\r\n\r\n");
    client.command("sidecargo.refresh", &json!({}));
    client.goodbye();
}

#[test]
fn wrong_requests_get_errors_and_no_more() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    for (method, parameters) in [
        ("sidecargo/nothing", json!({})),
        (
            "workspace/executeCommand",
            json!({"command": "sidecargo.nothing"}),
        ),
        (
            "workspace/executeCommand",
            json!({"command": "sidecargo.rebuild", "arguments": ["all"]}),
        ),
        (
            "workspace/executeCommand",
            json!({"command": "sidecargo.rebuild", "arguments": [{"workspace": "file:///nowhere"}]}),
        ),
        ("textDocument/hover", json!({"nothing": true})),
    ] {
        let answer = client.ask(method, &parameters);
        assert!(answer["error"]["message"].is_string(), "{method}: {answer}");
    }
    client.goodbye();
}

#[test]
fn wrong_settings_are_named_once() {
    let project = Project::built();
    let options = json!({"cargo": {"allTargets": "yes"}, "rebuilt": true});
    let mut client = Client::hello_with(project.root(), Manners::Answers, &options);
    let message = client.wait("a complaint", |message| {
        message["method"] == "window/showMessage"
    });
    let text = message["params"]["message"].as_str().unwrap();
    assert!(text.contains("sidecargo.cargo.allTargets"), "{text}");
    assert!(text.contains("sidecargo.rebuilt"), "{text}");
    for _ in 0..3 {
        client.command("sidecargo.refresh", &json!({}));
        project.write("words/src/lib.rs", "pub const WORD: &str = \"other\";\n");
        project.check();
    }
    project.truncate_dylib();
    client.wait_for_codes(0, &project.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    assert_eq!(client.heard(0, "window/showMessage").len(), 1);
    client.goodbye();
}

#[test]
fn columns_are_counted_as_the_client_chose() {
    let project = Project::built();
    let mut client = Client::start(project.root(), Manners::Answers);
    let mut parameters = client.initialize_parameters(&json!({}));
    parameters["capabilities"]["general"] = json!({"positionEncodings": ["utf-8", "utf-16"]});
    let result = client.request("initialize", &parameters);
    assert_eq!(result["capabilities"]["positionEncoding"], "utf-8");
    client.notify("initialized", &json!({}));
    client.goodbye();
}
