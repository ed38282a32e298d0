//! From a diagnostic to its action, its command, its run, and nothing left to show.

use std::fs;

use serde_json::{Value, json};

use crate::client::{Client, Manners, uri};
#[cfg(unix)]
use crate::end::{slow_project, wait_for_build_script, wait_until_gone};
use crate::project::Project;

fn actions(client: &mut Client, document: &str, line: u32, diagnostics: &Value) -> Vec<Value> {
    let at = json!({"line": line, "character": 0});
    let answer = client.request(
        "textDocument/codeAction",
        &json!({
            "textDocument": {"uri": document},
            "range": {"start": at, "end": at},
            "context": {"diagnostics": diagnostics},
        }),
    );
    answer.as_array().cloned().unwrap_or_default()
}

/// Carries out an action's command and waits for the end of its progress.
fn carry_out(client: &mut Client, action: &Value) -> (usize, Vec<Value>) {
    let place = client.place();
    let command = &action["command"];
    let result = client.request(
        "workspace/executeCommand",
        &json!({"command": command["command"], "arguments": command["arguments"]}),
    );
    let run = result["run_id"].clone();
    assert!(run.is_string(), "{result}");
    let (end, _) = client.wait_from(place, "the end of a progress", |message| {
        message["method"] == "$/progress"
            && message["params"]["token"] == run
            && message["params"]["value"]["kind"] == "end"
    });
    let steps = client
        .heard(place, "$/progress")
        .into_iter()
        .filter(|progress| progress["token"] == run)
        .map(|progress| progress["value"].clone())
        .collect();
    (end, steps)
}

#[test]
fn every_action_at_a_corrupt_dylib_mends_it() {
    for chosen in [
        "sidecargo.rebuild",
        "sidecargo.cleanAndRebuild",
        "sidecargo.fixAll",
    ] {
        let project = Project::built();
        project.truncate_dylib();
        let manifest = project.path("macros/Cargo.toml");
        let mut client = Client::hello(project.root(), Manners::Answers);
        let (_, diagnostics) = client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
        let offered = actions(&mut client, &uri(&manifest), 6, &json!(diagnostics));
        assert_eq!(offered[0]["isPreferred"], true);
        assert_eq!(offered[0]["kind"], "quickfix");
        assert_eq!(offered[0]["diagnostics"], json!(diagnostics));
        let action = offered
            .iter()
            .find(|action| action["command"]["command"] == chosen)
            .unwrap_or_else(|| panic!("{chosen} is not among {offered:#?}"));

        let (place, steps) = carry_out(&mut client, action);
        assert_eq!(steps[0]["kind"], "begin");
        assert_eq!(steps[0]["cancellable"], true);
        let _ = place;
        client.wait_for_codes(0, &manifest, &[]);
        client.wait("a reload of rust-analyzer", |message| {
            message["method"] == "sidecargo/reloadProcMacros"
                && message["params"]["workspace"] == uri(project.root())
        });
        client.wait("a word to whoever asked", |message| {
            message["method"] == "window/showMessage" && message["params"]["type"] == 3
        });
        let report = client.report();
        assert_eq!(report["summary"]["fresh"], 1, "{report:#}");
        client.goodbye();
    }
}

#[test]
fn rust_analyzers_own_error_has_the_same_actions() {
    let project = Project::built();
    let dylib = project.dylib();
    fs::remove_file(&dylib).unwrap();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_codes(0, &project.path("macros/Cargo.toml"), &["dylib-missing"]);
    let file = project.path("app/src/main.rs");
    let theirs = json!([{
        "range": {"start": {"line": 0, "character": 2}, "end": {"line": 0, "character": 15}},
        "severity": 1,
        "code": "macro-error",
        "codeDescription": {"href": "https://rust-analyzer.github.io/book/diagnostics.html#macro-error"},
        "source": "rust-analyzer",
        "message": format!("proc-macro panicked: failed to load macro: Cannot create expander for {}: No such file or directory (os error 2)", dylib.display()),
    }]);
    let offered = actions(&mut client, &uri(&file), 0, &theirs);
    assert_eq!(offered[0]["command"]["command"], "sidecargo.rebuild");
    assert_eq!(offered[0]["diagnostics"], theirs);
    client.goodbye();
}

/// rust-analyzer keeps errors by path and time: `tests/days` shows that the second action makes the real one forget them.
#[test]
fn a_dylib_that_came_back_with_its_time_is_given_another() {
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let (dylib, aside) = (project.dylib(), project.path("aside"));
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    fs::rename(&dylib, &aside).unwrap();
    let (place, _) = client.wait_for_codes(0, &manifest, &["dylib-missing"]);
    fs::rename(&aside, &dylib).unwrap();
    client.wait_for_codes(place, &manifest, &[]);
    let theirs = json!([{
        "range": {"start": {"line": 0, "character": 2}, "end": {"line": 0, "character": 15}},
        "severity": 1,
        "code": "macro-error",
        "source": "rust-analyzer",
        "message": format!("proc-macro panicked: failed to load macro: Cannot create expander for {}: No such file or directory (os error 2)", dylib.display()),
    }]);
    let file = uri(&project.path("app/src/main.rs"));
    let offered = actions(&mut client, &file, 0, &theirs);
    let before = fs::metadata(&dylib).unwrap().modified().unwrap();
    carry_out(&mut client, &offered[0]);
    let after = fs::metadata(&dylib).unwrap().modified().unwrap();
    assert!(after > before, "{offered:#?}");
    client.wait("a reload of rust-analyzer", |message| {
        message["method"] == "sidecargo/reloadProcMacros"
    });
    // What it keeps against the new time, if anything, is not known to outlive a reload.
    let offered = actions(&mut client, &file, 0, &theirs);
    assert_eq!(
        offered[0]["title"],
        "Reload rust-analyzer's proc macros (they are built)"
    );
    let report = client.report();
    assert_eq!(report["summary"]["fresh"], 1, "{report:#}");
    client.goodbye();
}

#[test]
fn a_build_that_fails_is_told_and_claims_nothing() {
    let project = Project::built();
    project.write("macros/src/lib.rs", "compile_error!(\"not today\");\n");
    let options = json!({"diagnostics.grace": 0});
    let mut client = Client::hello_with(project.root(), Manners::Answers, &options);
    let manifest = project.path("macros/Cargo.toml");
    client.wait_for_codes(0, &manifest, &["dylib-stale"]);
    client.command("sidecargo.rebuild", &json!({}));
    let message = client.wait("a word on the failure", |message| {
        message["method"] == "window/showMessage"
    });
    assert_ne!(message["params"]["type"], 3, "{message}");
    assert!(client.heard(0, "sidecargo/reloadProcMacros").is_empty());

    // Once, at the first place in the workspace, with the compiler's words at theirs.
    let source = project.path("macros/src/lib.rs");
    let (place, diagnostics) = client.wait_for_codes(0, &source, &["build-failed"]);
    let failed = &diagnostics[0];
    assert_eq!(failed["range"]["start"]["line"], 0, "{failed}");
    let words = failed["message"].as_str().unwrap();
    assert!(words.contains("not today"), "{words}");
    assert!(words.contains("`macros`"), "{words}");
    let related = &failed["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], uri(&source));
    assert_eq!(related["message"], "not today");

    // Another look that finds the macro fresh takes it away, whoever built it.
    project.write(
        "macros/src/lib.rs",
        "use proc_macro::TokenStream;\n\n#[proc_macro_attribute]\npub fn noted(_: TokenStream, item: TokenStream) -> TokenStream {\n    item\n}\n",
    );
    project.check();
    client.wait_for_codes(place, &source, &[]);
    client.goodbye();
}

#[cfg(unix)]
#[test]
fn a_run_can_be_cancelled_by_its_progress_and_by_command() {
    for by_command in [false, true] {
        let project = slow_project();
        let mut client = Client::hello(project.root(), Manners::Answers);
        client.wait_for_report();
        let run = client.command("sidecargo.rebuild", &json!({}))["run_id"].clone();
        let build_script = wait_for_build_script(&project);
        // Asked for once more: the same run.
        assert_eq!(
            client.command("sidecargo.rebuild", &json!({}))["run_id"],
            run
        );
        if by_command {
            client.command("sidecargo.cancel", &json!({}));
        } else {
            client.notify("window/workDoneProgress/cancel", &json!({"token": run}));
        }
        client.wait("the end of the progress", |message| {
            message["method"] == "$/progress" && message["params"]["value"]["kind"] == "end"
        });
        wait_until_gone(build_script);
        client.goodbye();
    }
}

#[test]
fn a_full_clean_is_done_only_when_the_person_agrees() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::NeverAnswers);
    client.wait_for_report();
    client.command("sidecargo.cleanAll", &json!({}));
    let question = client.wait("a question", |message| {
        message["method"] == "window/showMessageRequest"
    });
    assert!(project.dylib().exists());
    let agree =
        json!({"jsonrpc": "2.0", "id": question["id"], "result": question["params"]["actions"][0]});
    client.send(&agree);
    let deadline = std::time::Instant::now() + crate::client::PATIENCE;
    while !project.dylibs().is_empty() {
        assert!(std::time::Instant::now() < deadline, "nothing was cleaned");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    client.goodbye();
}

#[test]
fn macros_are_rebuilt_unasked_where_the_settings_say_so() {
    let project = Project::built();
    project.truncate_dylib();
    let manifest = project.path("macros/Cargo.toml");
    let options = json!({"rebuild.automatic": "workspaceMacros"});
    let mut client = Client::hello_with(project.root(), Manners::Answers, &options);
    let (place, _) = client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    client.wait_for_codes(place, &manifest, &[]);
    // Nobody asked, so nobody is told.
    assert!(client.heard(0, "window/showMessage").is_empty());
    client.goodbye();
}
