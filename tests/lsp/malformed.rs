//! What is no message, comes at the wrong time or is far too large: answered as JSON-RPC and the protocol say, and the server lives on
//! or ends as it should.

use serde_json::{Value, json};

use crate::client::{Client, Manners, uri};
use crate::project::Project;

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
const SERVER_NOT_INITIALIZED: i64 = -32002;

fn framed(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The answers to nobody's request from a place on.
fn wait_for_refusal(client: &mut Client, place: usize, id: &Value, code: i64) -> usize {
    let (place, answer) = client.wait_from(place, &format!("error {code} for {id}"), |message| {
        message.get("method").is_none() && message["id"] == *id && message.get("error").is_some()
    });
    assert_eq!(answer["error"]["code"], code, "{answer}");
    assert!(answer["error"]["message"].is_string(), "{answer}");
    assert_eq!(answer["jsonrpc"], "2.0", "{answer}");
    place
}

/// The server still serves.
fn serves(client: &mut Client) {
    client.command("sidecargo.refresh", &json!({}));
}

#[test]
fn what_is_not_json_is_a_parse_error() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    let mut place = client.place();
    for nonsense in [
        "{",
        "",
        "nonsense",
        "{\"jsonrpc\":\"2.0\",\"id\":1,",
        "\u{0}\u{1}",
    ] {
        client.send_raw(&framed(nonsense));
        place = wait_for_refusal(&mut client, place, &Value::Null, PARSE_ERROR);
    }
    // Deeper than any parser goes, and not UTF-8.
    client.send_raw(&framed(&"[".repeat(100_000)));
    place = wait_for_refusal(&mut client, place, &Value::Null, PARSE_ERROR);
    client.send_raw(b"Content-Length: 4\r\n\r\n\"\xff\xfe\"");
    wait_for_refusal(&mut client, place, &Value::Null, PARSE_ERROR);
    serves(&mut client);
    client.goodbye();
}

#[test]
fn json_that_is_no_message_is_an_invalid_request() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    let mut place = client.place();
    for (nonsense, id) in [
        (json!([]), Value::Null),
        (json!(17), Value::Null),
        (json!({"jsonrpc": "2.0"}), Value::Null),
        (json!({"method": "no version"}), Value::Null),
        (
            json!({"jsonrpc": "1.0", "id": 901, "method": "shutdown"}),
            json!(901),
        ),
        (
            json!({"jsonrpc": "2.0", "id": 902, "method": 7}),
            json!(902),
        ),
        (
            json!({"jsonrpc": "2.0", "id": "a", "method": null}),
            json!("a"),
        ),
        (
            json!({"jsonrpc": "2.0", "id": {}, "method": "shutdown"}),
            Value::Null,
        ),
        (
            json!([{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}]),
            Value::Null,
        ),
    ] {
        client.send(&nonsense);
        place = wait_for_refusal(&mut client, place, &id, INVALID_REQUEST);
    }
    // Nobody answers an answer.
    let answers = client.place();
    client.send(&json!({"jsonrpc": "2.0", "id": 5000, "result": null}));
    client.send(&json!({"jsonrpc": "2.0", "id": {}, "error": "odd"}));
    serves(&mut client);
    let (_, _) = client.wait_from(answers, "an answer to the refresh", |message| {
        message.get("method").is_none()
    });
    client.goodbye();
}

#[test]
fn broken_headers_are_passed_over() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    for nonsense in [
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "Content-Length: many\r\n\r\n",
        "Content-Length: -1\r\n\r\n",
        "Content-Length\r\n\r\n",
        ": 5\r\n\r\n",
        "\r\n\r\n\r\n",
    ] {
        client.send_raw(nonsense.as_bytes());
        serves(&mut client);
    }
    client.send_raw(&vec![b'x'; 1 << 20]);
    client.send_raw(b"\r\n\r\n");
    serves(&mut client);
    client.goodbye();
}

#[test]
fn a_length_that_nobody_can_mean_ends_the_session() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    serves(&mut client);
    // Where the next message would begin cannot be known any more.
    client.send_raw(b"Content-Length: 99999999999999\r\n\r\n{}");
    client.wait_for_end();
}

#[test]
fn wrong_types_and_unknown_methods_are_named() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    let document = uri(&project.path("app/src/main.rs"));
    for (method, parameters, code) in [
        ("sidecargo/nothing", json!({}), METHOD_NOT_FOUND),
        (
            "textDocument/definition",
            json!({"textDocument": {"uri": document}, "position": {"line": 0, "character": 0}}),
            METHOD_NOT_FOUND,
        ),
        ("$/nothing", json!({}), METHOD_NOT_FOUND),
        ("textDocument/hover", json!({}), INVALID_PARAMS),
        (
            "textDocument/hover",
            json!({"textDocument": {"uri": 7}}),
            INVALID_PARAMS,
        ),
        (
            "textDocument/hover",
            json!({"textDocument": {"uri": document}, "position": {"line": -1, "character": 0}}),
            INVALID_PARAMS,
        ),
        (
            "textDocument/codeAction",
            json!("no object"),
            INVALID_PARAMS,
        ),
        (
            "workspace/executeCommand",
            json!({"command": 7}),
            INVALID_PARAMS,
        ),
        (
            "workspace/executeCommand",
            json!({"command": "sidecargo.nothing"}),
            INVALID_PARAMS,
        ),
        (
            "workspace/executeCommand",
            json!({"command": "sidecargo.rebuild", "arguments": ["all"]}),
            INVALID_PARAMS,
        ),
    ] {
        let answer = client.ask(method, &parameters);
        assert_eq!(
            answer["error"]["code"], code,
            "{method} {parameters}: {answer}"
        );
    }
    // Notifications get no answer, whatever is wrong with them.
    for (method, parameters) in [
        ("textDocument/didOpen", json!({"textDocument": 7})),
        ("textDocument/didChange", json!({})),
        (
            "textDocument/didChange",
            json!({"textDocument": {"uri": "file:///never/opened.rs", "version": 1}, "contentChanges": [{"text": ""}]}),
        ),
        (
            "textDocument/didChange",
            json!({"textDocument": {"uri": document, "version": 1}, "contentChanges": [{
                "range": {"start": {"line": 9_999_999, "character": 9}, "end": {"line": 0, "character": 0}}, "text": "x"}]}),
        ),
        (
            "textDocument/didSave",
            json!({"textDocument": {"uri": "untitled:Untitled-1"}}),
        ),
        (
            "textDocument/didClose",
            json!({"textDocument": {"uri": "not a uri at all"}}),
        ),
        (
            "workspace/didChangeWorkspaceFolders",
            json!({"event": {"added": [{"uri": "http://example.com", "name": "x"}], "removed": []}}),
        ),
        ("$/cancelRequest", json!({"id": 123_456})),
        ("$/cancelRequest", json!({})),
        (
            "window/workDoneProgress/cancel",
            json!({"token": "nobody's"}),
        ),
        ("$/setTrace", json!({"value": "everything"})),
        ("nothing/atAll", json!(null)),
    ] {
        let place = client.place();
        client.notify(method, &parameters);
        serves(&mut client);
        let refusal = client.wait_from(place, "the next answer", |message| {
            message.get("method").is_none()
        });
        assert!(refusal.1.get("error").is_none(), "{method}: {}", refusal.1);
    }
    client.goodbye();
}

#[test]
fn before_initialize_there_is_nothing_but_initialize() {
    let project = Project::built();
    let mut client = Client::start(project.root(), Manners::Answers);
    for method in ["textDocument/hover", "workspace/executeCommand", "shutdown"] {
        let answer = client.ask(method, &json!({}));
        assert_eq!(
            answer["error"]["code"], SERVER_NOT_INITIALIZED,
            "{method}: {answer}"
        );
    }
    client.notify("textDocument/didOpen", &json!({}));
    client.say_hello(&json!({}));
    // Once is enough.
    let parameters = client.initialize_parameters(&json!({}));
    let again = client.ask("initialize", &parameters);
    assert_eq!(again["error"]["code"], INVALID_REQUEST, "{again}");
    serves(&mut client);
    client.goodbye();
}

#[test]
fn exit_before_initialize_ends_with_an_error() {
    let project = Project::new();
    let mut client = Client::start(project.root(), Manners::Answers);
    client.notify("exit", &Value::Null);
    assert_eq!(client.wait_for_end().code(), Some(1));
}

#[test]
fn after_shutdown_there_is_nothing_but_exit() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.request("shutdown", &Value::Null);
    for method in [
        "textDocument/hover",
        "workspace/executeCommand",
        "shutdown",
        "initialize",
    ] {
        let answer = client.ask(method, &json!({}));
        assert_eq!(
            answer["error"]["code"], INVALID_REQUEST,
            "{method}: {answer}"
        );
    }
    client.notify("exit", &Value::Null);
    assert_eq!(client.wait_for_end().code(), Some(0));
}

#[test]
fn documents_of_ten_megabytes_are_carried() {
    const LINE: &str = "#[macros::noted] fn f() {}\n";
    let project = Project::built();
    project.truncate_dylib();
    let mut client = Client::hello(project.root(), Manners::Answers);
    let source = uri(&project.path("app/src/main.rs"));
    let manifest = uri(&project.path("app/Cargo.toml"));
    let large = LINE.repeat((10 << 20) / LINE.len());
    let opened = |uri: &str, language: &str, text: &str| json!({"textDocument": {"uri": uri, "languageId": language, "version": 0, "text": text}});
    client.notify("textDocument/didOpen", &opened(&source, "rust", &large));
    let dependencies = "x = 1\n".repeat((10 << 20) / 6);
    let toml = format!("[dependencies]\nmacros = {{ path = \"../macros\" }}\n# {dependencies}");
    client.notify("textDocument/didOpen", &opened(&manifest, "toml", &toml));
    for version in 1..5 {
        let start = json!({"line": 0, "character": 0});
        client.notify(
            "textDocument/didChange",
            &json!({"textDocument": {"uri": source, "version": version},
                "contentChanges": [{"range": {"start": start, "end": start}, "text": "//\n"}]}),
        );
    }
    // What is wrong is still told, and every question still answered.
    client.wait_for_codes(0, &project.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    for document in [&source, &manifest] {
        client.request(
            "textDocument/hover",
            &json!({"textDocument": {"uri": document}, "position": {"line": 1, "character": 2}}),
        );
    }
    client.goodbye();
}
