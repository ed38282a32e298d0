//! What is shown, where, and when nothing is.

use std::fs;

use serde_json::{Value, json};

use crate::client::{Client, Manners, uri};
use crate::project::Project;

#[test]
fn a_broken_dylib_is_told_unasked_and_goes_when_it_is_mended_elsewhere() {
    let project = Project::built();
    project.truncate_dylib();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello(project.root(), Manners::Answers);
    let (place, diagnostics) = client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    let diagnostic = &diagnostics[0];
    assert_eq!(diagnostic["source"], "sidecargo");
    assert_eq!(diagnostic["severity"], 1);
    assert_eq!(
        diagnostic["range"]["start"],
        json!({"line": 6, "character": 0})
    );
    assert_eq!(diagnostic["data"]["workspace"], uri(project.root()));
    assert_eq!(diagnostic["data"]["code"], "dylib-corrupt");
    assert_eq!(
        diagnostic["data"]["package_ids"].as_array().unwrap().len(),
        1
    );

    fs::remove_file(project.dylib()).unwrap();
    project.check();
    client.wait_for_codes(place, &manifest, &[]);
    client.goodbye();
}

#[test]
fn a_dylib_that_goes_during_the_session_is_told() {
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello(project.root(), Manners::Answers);
    assert_eq!(client.wait_for_report()["summary"]["fresh"], 1);
    fs::remove_file(project.dylib()).unwrap();
    let (place, _) = client.wait_for_codes(0, &manifest, &["dylib-missing"]);
    project.check();
    client.wait_for_codes(place, &manifest, &[]);
    client.goodbye();
}

/// What a macro is made of makes it stale as much as its own files: each is broken, noticed and mended in one session.
#[test]
fn what_lies_below_a_macro_is_watched_as_well() {
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello_with(
        project.root(),
        Manners::Answers,
        &json!({"diagnostics": {"grace": 100}}),
    );
    assert_eq!(client.wait_for_report()["summary"]["fresh"], 1);
    let mut place = 0;
    for (directory, name) in [
        ("target/debug/.fingerprint", "/dep-lib-words"),
        ("target/debug/.fingerprint", "/lib-macros"),
        ("target/debug/.fingerprint", "/dep-lib-macros"),
        ("target/debug/deps", ".rlib"),
    ] {
        for broken in find(&project.path(directory), name) {
            fs::remove_file(&broken).unwrap();
        }
        (place, _) = client.wait_for_codes(place, &manifest, &["dylib-stale"]);
        project.check();
        (place, _) = client.wait_for_codes(place, &manifest, &[]);
    }
    client.goodbye();
}

/// The files below a directory whose paths end so: a crate is checked for its own sake and built for a macro's.
fn find(directory: &std::path::Path, end: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.to_str().unwrap().ends_with(end) {
                found.push(path);
            } else if path.is_dir() {
                pending.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no {end}");
    found
}

/// Where no process may be started, what is read is watched as well.
#[test]
fn without_processes_a_broken_dylib_is_noticed() {
    let project = Project::built();
    let mut client = Client::hello_with(project.root(), Manners::Answers, &json!({"noExec": true}));
    client.wait_for_report();
    project.truncate_dylib();
    client.wait_for_codes(0, &project.path("Cargo.toml"), &["dylib-corrupt"]);
    client.goodbye();
}

/// What was built of another version tells of a macro that was never built, as long as it is there.
#[test]
fn a_relative_that_goes_is_noticed() {
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello_with(
        project.root(),
        Manners::Answers,
        &json!({"diagnostics": {"grace": 100}}),
    );
    assert_eq!(client.wait_for_report()["summary"]["fresh"], 1);
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("0.1.0", "0.2.0")).unwrap();
    let (place, _) = client.wait_for_codes(0, &manifest, &["dylib-stale"]);
    fs::remove_file(project.dylib()).unwrap();
    client.wait_for_codes(place, &manifest, &["dylib-missing"]);
    client.goodbye();
}

/// A file of a name that cargo looks for makes a target, whoever puts it there.
#[test]
fn a_build_script_that_is_added_is_noticed() {
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello_with(
        project.root(),
        Manners::Answers,
        &json!({"diagnostics": {"grace": 100}}),
    );
    assert_eq!(client.wait_for_report()["summary"]["fresh"], 1);
    project.write("words/build.rs", "fn main() {}\n");
    let (place, _) = client.wait_for_codes(0, &manifest, &["dylib-stale"]);
    project.check();
    let (place, _) = client.wait_for_codes(place, &manifest, &[]);
    // Its script names no inputs, so any file of the package is one.
    project.write("words/data/deep.txt", "deep");
    let (place, _) = client.wait_for_codes(place, &manifest, &["dylib-stale"]);
    project.check();
    client.wait_for_codes(place, &manifest, &[]);
    client.goodbye();
}

#[test]
fn a_healthy_workspace_shows_nothing_whatever_is_built_in_it() {
    let project = Project::new();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    project.check();
    for word in ["one", "two", "three"] {
        project.write(
            "words/src/lib.rs",
            &format!("pub const WORD: &str = \"{word}\";\n"),
        );
        project.check();
    }
    fs::remove_dir_all(project.path("target")).unwrap();
    project.check();
    // Something that is noticed, to know that all before it was.
    project.truncate_dylib();
    let manifest = project.path("macros/Cargo.toml");
    client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    let shown = client.heard(0, "textDocument/publishDiagnostics");
    let codes: Vec<&Value> = shown
        .iter()
        .flat_map(|published| published["diagnostics"].as_array().unwrap())
        .map(|diagnostic| &diagnostic["code"])
        .collect();
    assert_eq!(codes, ["dylib-corrupt"], "{shown:#?}");
    client.goodbye();
}

/// A full clean takes no lock and, in a large build directory, some seconds.
#[test]
fn a_slow_clean_shows_nothing() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    // Layout v1 has one directory of records for each unit; in the middle of one, what a dependency was built from is gone.
    let units = fs::read_dir(project.path("target/debug/.fingerprint"));
    for unit in units.into_iter().flatten().flatten() {
        let records = fs::read_dir(unit.path()).unwrap().flatten();
        for record in records.filter(|it| it.file_name().to_string_lossy().starts_with("dep-")) {
            fs::remove_file(record.path()).unwrap();
        }
    }
    std::thread::sleep(std::time::Duration::from_secs(3));
    for part in [".fingerprint", "build", "deps"] {
        let part = project.path("target/debug").join(part);
        // Layout v2 has one of them.
        if part.is_dir() {
            fs::remove_dir_all(part).unwrap();
        }
        std::thread::sleep(std::time::Duration::from_secs(3));
    }
    fs::remove_dir_all(project.path("target")).unwrap();
    project.check();
    // Something that is noticed, to know that all before it was.
    project.truncate_dylib();
    let manifest = project.path("macros/Cargo.toml");
    client.wait_for_codes(0, &manifest, &["dylib-corrupt"]);
    let shown = client.heard(0, "textDocument/publishDiagnostics");
    assert_eq!(shown.len(), 1, "{shown:#?}");
    client.goodbye();
}

#[test]
fn what_was_never_built_is_shown_only_when_no_build_comes() {
    let project = Project::new();
    let mut client = Client::hello_with(
        project.root(),
        Manners::Answers,
        &json!({"diagnostics": {"grace": 0}}),
    );
    let manifest = project.path("macros/Cargo.toml");
    let (place, _) = client.wait_for_codes(0, &manifest, &["dylib-missing"]);
    project.check();
    client.wait_for_codes(place, &manifest, &[]);
    client.goodbye();
}

#[test]
fn a_manifest_that_cannot_be_read_is_told_and_its_repair_noticed() {
    let project = Project::built();
    let manifest = project.path("Cargo.toml");
    let good = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, "[workspace\n").unwrap();
    let mut client = Client::hello(project.root(), Manners::Answers);
    let (place, _) = client.wait_for_codes(0, &manifest, &["workspace-unreadable"]);
    fs::write(&manifest, good).unwrap();
    client.wait_for_codes(place, &manifest, &[]);
    assert_eq!(client.wait_for_report()["summary"]["fresh"], 1);
    client.goodbye();
}

#[test]
fn an_open_file_leads_to_its_workspace() {
    let project = Project::built();
    project.truncate_dylib();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut client = Client::hello(elsewhere.path(), Manners::Answers);
    let file = project.path("app/src/main.rs");
    client.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {"uri": uri(&file), "languageId": "rust", "version": 1, "text": fs::read_to_string(&file).unwrap()}}),
    );
    client.wait_for_codes(0, &project.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    client.goodbye();
}

#[test]
fn folders_come_and_go() {
    let (one, other) = (Project::built(), Project::built());
    one.truncate_dylib();
    other.truncate_dylib();
    let mut client = Client::hello(one.root(), Manners::Answers);
    client.wait_for_codes(0, &one.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    let folder = |project: &Project| json!([{"uri": uri(project.root()), "name": "x"}]);
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        &json!({"event": {"added": folder(&other), "removed": []}}),
    );
    let (place, _) = client.wait_for_codes(0, &other.path("macros/Cargo.toml"), &["dylib-corrupt"]);
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        &json!({"event": {"added": [], "removed": folder(&one)}}),
    );
    client.wait_for_codes(place, &one.path("macros/Cargo.toml"), &[]);
    client.goodbye();
}

#[test]
fn the_state_tells_when_all_is_known() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    let method = "experimental/serverStatus";
    client.wait("a quiet state", |message| {
        message["method"] == method && message["params"]["quiescent"] == true
    });
    let states = client.heard(0, method);
    assert_eq!(
        states.last().unwrap(),
        &json!({"health": "ok", "quiescent": true})
    );
    project.truncate_dylib();
    client.wait("a state of bad health", |message| {
        message["method"] == method && message["params"]["health"] == "error"
    });
    client.goodbye();
}

#[test]
fn a_hover_on_a_dependency_tells_of_its_macros() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    let manifest = project.path("app/Cargo.toml");
    let document = uri(&manifest);
    client.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {"uri": document, "languageId": "toml", "version": 1, "text": fs::read_to_string(&manifest).unwrap()}}),
    );
    let mut hover = |line: u32| {
        client.request(
            "textDocument/hover",
            &json!({"textDocument": {"uri": document}, "position": {"line": line, "character": 2}}),
        )
    };
    let text = hover(6)["contents"]["value"].as_str().unwrap().to_owned();
    assert!(text.starts_with("**macros** 0.1.0 · ✓ fresh"), "{text}");
    assert_eq!(hover(1), Value::Null);
    client.goodbye();
}
