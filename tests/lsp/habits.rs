//! What the editors do that the protocol leaves open, as they were seen to do it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::client::{Client, Manners, uri};
use crate::project::Project;

/// What the server may send to any client; all else only to one that announced it.
const PLAIN: &[&str] = &[
    "$/progress",
    "client/registerCapability",
    "textDocument/publishDiagnostics",
    "window/logMessage",
    "window/showMessage",
    "window/showMessageRequest",
    "window/workDoneProgress/create",
    "workspace/configuration",
];

fn hello(project: &Project, changes: &Value) -> Client {
    let mut client = Client::start(project.root(), Manners::Answers);
    let mut parameters = client.initialize_parameters(&Value::Null);
    for (key, value) in changes.as_object().unwrap() {
        parameters[key] = value.clone();
    }
    client.request("initialize", &parameters);
    client.notify("initialized", &json!({}));
    client
}

#[track_caller]
fn assert_only_plain(client: &Client) {
    let methods = client.methods();
    let unasked: Vec<&String> = methods
        .iter()
        .filter(|method| !PLAIN.contains(&method.as_str()))
        .collect();
    assert!(unasked.is_empty(), "{unasked:?}");
}

/// Helix drops diagnostics of another version than the document's, counts columns in bytes, leaves out what is empty rather than
/// sending null, and can send no request of its own to rust-analyzer.
#[test]
fn helix() {
    let project = Project::built();
    project.truncate_dylib();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = hello(
        &project,
        &json!({
            "clientInfo": {"name": "helix", "version": "25.07.1"},
            "initializationOptions": null,
            "rootPath": project.root(),
            "capabilities": {
                "general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]},
                "textDocument": {
                    "codeAction": {
                        "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "source", "source.fixAll"]}},
                        "dataSupport": true, "disabledSupport": true, "isPreferredSupport": true,
                        "resolveSupport": {"properties": ["edit", "command"]},
                    },
                    "diagnostic": {"dynamicRegistration": false, "relatedDocumentSupport": true},
                    "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}, "versionSupport": true},
                },
                "window": {"workDoneProgress": true, "showMessage": {"messageActionItem": {"additionalPropertiesSupport": true}}},
                "workspace": {"applyEdit": true, "configuration": true, "diagnostic": {"refreshSupport": true}, "workspaceFolders": true},
            },
        }),
    );
    client.notify(
        "workspace/didChangeConfiguration",
        &json!({"settings": null}),
    );
    client.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {"uri": uri(&manifest), "languageId": "toml", "version": 0,
            "text": fs::read_to_string(&manifest).unwrap()}}),
    );
    let (_, diagnostics) = client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    for published in client.heard(0, "textDocument/publishDiagnostics") {
        assert!(published["version"].is_null(), "{published}");
    }
    let at = json!({"line": 6, "character": 2});
    let offered = client.request(
        "textDocument/codeAction",
        &json!({
            "textDocument": {"uri": uri(&manifest)},
            "range": {"start": at, "end": at},
            "context": {"diagnostics": diagnostics, "triggerKind": 1},
        }),
    );
    // It sorts by kind and preference, and asks to resolve what has no command.
    assert_eq!(offered[0]["kind"], "quickfix");
    assert_eq!(offered[0]["isPreferred"], true);
    let command = &offered[0]["command"];
    client.request(
        "workspace/executeCommand",
        &json!({"command": command["command"], "arguments": command["arguments"]}),
    );
    let message = client.wait("what to do about rust-analyzer", |message| {
        message["method"] == "window/showMessage"
    });
    let text = message["params"]["message"].as_str().unwrap();
    assert!(text.contains(":lsp-restart rust-analyzer"), "{text}");
    assert_only_plain(&client);
    // Without `params`, as it says goodbye.
    client.send(&json!({"jsonrpc": "2.0", "id": 900, "method": "shutdown"}));
    client.wait("an answer to shutdown", |message| message["id"] == 900);
    client.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert!(client.wait_for_end().success());
}

/// Neovim before 0.12 complains of a request to refresh diagnostics, and sends along only the findings of the client it asks.
#[test]
fn neovim() {
    let project = Project::built();
    project.truncate_dylib();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = hello(
        &project,
        &json!({
            "clientInfo": {"name": "Neovim", "version": "0.11.4"},
            "initializationOptions": {},
            "rootPath": project.root(),
            "trace": "off",
            "workDoneToken": "1",
            "capabilities": {
                "general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]},
                "textDocument": {
                    "codeAction": {
                        "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "source", "source.organizeImports"]}},
                        "dataSupport": true, "dynamicRegistration": true, "isPreferredSupport": true,
                        "resolveSupport": {"properties": ["edit", "command"]},
                    },
                    "diagnostic": {"dynamicRegistration": false},
                },
                "window": {"workDoneProgress": true, "showDocument": {"support": true}},
                "workspace": {"applyEdit": true, "configuration": true, "didChangeWatchedFiles": {"dynamicRegistration": false}, "workspaceFolders": true},
            },
        }),
    );
    let (place, diagnostics) = client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    for sent in [json!(diagnostics), json!([])] {
        let at = json!({"line": 6, "character": 0});
        let offered = client.request(
            "textDocument/codeAction",
            &json!({
                "textDocument": {"uri": uri(&manifest)},
                "range": {"start": at, "end": at},
                "context": {"diagnostics": sent, "triggerKind": 1},
            }),
        );
        assert_eq!(
            offered[0]["command"]["command"], "sidecargo.rebuild",
            "{offered}"
        );
    }
    client.command("sidecargo.rebuild", &json!({"package_ids": []}));
    client.wait_for_codes(place, &manifest, &[]);
    let message = client.wait("what to do about rust-analyzer", |message| {
        message["method"] == "window/showMessage"
    });
    let text = message["params"]["message"].as_str().unwrap();
    assert!(text.contains(":lsp restart rust_analyzer"), "{text}");
    assert_only_plain(&client);
    client.goodbye();
}

/// VS Code's client registers every command of a server under its name for the whole window; a second one of that name is an error.
#[test]
fn visual_studio_code() {
    let project = Project::new();
    let mut client = Client::start(project.root(), Manners::Answers);
    let parameters = client.initialize_parameters(&json!({}));
    let result = client.request("initialize", &parameters);
    let commands = &result["capabilities"]["executeCommandProvider"]["commands"];
    let of_server: BTreeSet<String> = commands
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    client.notify("initialized", &json!({}));
    client.goodbye();
    for name in &of_server {
        assert!(name.starts_with("sidecargo."), "{name}");
    }

    let extension = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode");
    let source = fs::read_to_string(extension.join("src/commands.ts")).unwrap();
    let of_extension: BTreeSet<String> = source
        .split("register('")
        .skip(1)
        .map(|rest| rest.split('\'').next().unwrap().to_owned())
        .collect();
    assert!(of_extension.contains("sidecargo.restartServer"));
    let twice: Vec<&String> = of_server.intersection(&of_extension).collect();
    assert!(twice.is_empty(), "registered twice: {twice:?}");

    let manifest = fs::read(extension.join("package.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    for contributed in manifest["contributes"]["commands"].as_array().unwrap() {
        let name = contributed["command"].as_str().unwrap();
        assert!(
            of_server.contains(name) || of_extension.contains(name),
            "nobody registers {name}"
        );
    }
}
