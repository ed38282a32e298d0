//! Remedies that are no rebuild: shown with their command lines, run once the person agrees, or made as an edit.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::{Client, Manners, uri};
use crate::project::Project;

/// The actions in a line of a file.
fn offered(client: &mut Client, path: &Path, line: u32) -> Vec<Value> {
    let diagnostics: Vec<Value> = client
        .heard(0, "textDocument/publishDiagnostics")
        .into_iter()
        .rfind(|published| published["uri"] == uri(path))
        .and_then(|published| published["diagnostics"].as_array().cloned())
        .unwrap_or_default();
    let at = json!({"line": line, "character": 0});
    let answer = client.request(
        "textDocument/codeAction",
        &json!({
            "textDocument": {"uri": uri(path)},
            "range": {"start": at, "end": at},
            "context": {"diagnostics": diagnostics},
        }),
    );
    answer.as_array().cloned().unwrap_or_default()
}

/// The action whose title begins so.
fn action(client: &mut Client, path: &Path, line: u32, title: &str) -> Value {
    let actions = offered(client, path, line);
    let is_wanted = |action: &&Value| action["title"].as_str().unwrap().starts_with(title);
    let found = actions.iter().find(is_wanted).cloned();
    found.unwrap_or_else(|| panic!("no {title} in {actions:#?}"))
}

/// Has an action shown: what the command returned, the question, and the place before both.
fn show(client: &mut Client, action: &Value) -> (Value, Value, usize) {
    let place = client.place();
    let command = &action["command"];
    let result = client.request(
        "workspace/executeCommand",
        &json!({"command": command["command"], "arguments": command["arguments"]}),
    );
    let (_, question) = client.wait_from(place, "a question", |message| {
        message["method"] == "window/showMessageRequest"
    });
    (result, question, place)
}

fn answer(client: &mut Client, question: &Value, choice: usize) {
    let choice = question["params"]["actions"][choice].clone();
    client.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": choice}));
}

/// The words on a run's end.
fn told(client: &mut Client, place: usize) -> String {
    let (_, message) = client.wait_from(place, "a word to whoever asked", |message| {
        message["method"] == "window/showMessage"
    });
    message["params"]["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_build_without_a_wrapper_is_shown_run_and_told_where_to_set_for_good() {
    let project = Project::built();
    project.truncate_dylib();
    project.write(
        ".cargo/config.toml",
        "[build]\nrustc-wrapper = \"no-such-wrapper\"\n",
    );
    fs::remove_file(project.dylib()).unwrap();
    let mut client = Client::hello(project.root(), Manners::NeverAnswers);
    let manifest = project.path("Cargo.toml");
    client.wait("the hazard", |message| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["uri"] == uri(&manifest)
            && message.to_string().contains("environment-hazard")
    });
    let offered = action(&mut client, &manifest, 0, "Build once with RUSTC_WRAPPER=");
    let (result, question, place) = show(&mut client, &offered);

    // The very command line is in sight, and where it can be copied from; and where it is set for good.
    let lines = result["command_lines"].as_array().unwrap();
    let last = lines.last().unwrap().as_str().unwrap();
    assert!(last.contains("RUSTC_WRAPPER=''"), "{last}");
    assert!(last.contains("cargo check"), "{last}");
    let words = question["params"]["message"].as_str().unwrap();
    assert!(words.contains(last), "{words}");
    assert!(
        words.contains("\"rust-analyzer.cargo.extraEnv\": {\"RUSTC_WRAPPER\":\"\"}"),
        "{words}"
    );
    assert!(project.dylibs().is_empty());

    answer(&mut client, &question, 0);
    let told = told(&mut client, place);
    assert!(
        told.starts_with("Build once with RUSTC_WRAPPER=: done."),
        "{told}"
    );
    assert_eq!(project.dylibs().len(), 1);
    client.goodbye();
}

/// A rustup first on PATH that notes what is to be installed and does nothing about it.
fn with_noted_rustup(project: &Project) -> Option<(String, PathBuf)> {
    let path = std::env::var("PATH").unwrap();
    let real = std::env::split_paths(&path)
        .map(|directory| directory.join("rustup"))
        .find(|program| program.is_file())?;
    let (bin, notes) = (project.path("bin"), project.path("notes"));
    fs::create_dir_all(&bin).unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$1 $2\" in 'target add'|'component add'|'toolchain install') echo \"$*\" >> '{}'; exit 0 ;; esac\nexec '{}' \"$@\"\n",
        notes.display(),
        real.display()
    );
    fs::write(bin.join("rustup"), script).unwrap();
    fs::set_permissions(bin.join("rustup"), fs::Permissions::from_mode(0o755)).unwrap();
    Some((format!("{}:{path}", bin.display()), notes))
}

#[test]
fn what_is_to_be_installed_is_shown_first_and_claimed_only_when_it_is_there() {
    let project = Project::built();
    let Some((path, notes)) = with_noted_rustup(&project) else {
        eprintln!("skipped: no rustup here");
        return;
    };
    let target = "riscv64gc-unknown-linux-musl";
    project.write(
        ".cargo/config.toml",
        &format!("[build]\ntarget = \"{target}\"\n"),
    );
    let variables = [("PATH", path.as_str())];
    let mut client = Client::start_with(project.root(), Manners::NeverAnswers, &variables);
    client.say_hello(&json!({}));
    let manifest = project.path("Cargo.toml");
    client.wait("the finding", |message| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["uri"] == uri(&manifest)
            && message.to_string().contains("target-not-installed")
    });
    let offered = action(&mut client, &manifest, 0, "Add the target");
    let (result, question, _) = show(&mut client, &offered);
    let line = format!("rustup target add {target}");
    let lines = result["command_lines"].as_array().unwrap();
    assert_eq!(lines.last().unwrap(), &line);
    let words = question["params"]["message"].as_str().unwrap();
    assert!(words.contains(&line), "{words}");
    answer(&mut client, &question, 1);
    let (_, question, place) = show(&mut client, &offered);
    assert!(!notes.exists());

    answer(&mut client, &question, 0);
    let told = told(&mut client, place);
    assert_eq!(
        fs::read_to_string(&notes).unwrap(),
        format!("target add {target}\n")
    );
    assert!(told.contains("what it was for is still there"), "{told}");
    client.goodbye();
}

/// A workspace that requires a version of itoa, with 1.0.15 in its lock file, and whose team has an entry on it; with the manifest.
fn requiring_itoa(requirement: &str) -> Option<(Project, PathBuf)> {
    let project = Project::new();
    let manifest = project.path("app/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let text = format!("{text}itoa = {{ version = \"{requirement}\" }}\n");
    fs::write(&manifest, &text).unwrap();
    let pin = ["update", "-p", "itoa", "--precise", "1.0.15"];
    let pinned = project.cargo(&pin).output().unwrap();
    let fetched = project.cargo(&["check"]).output().unwrap();
    if !pinned.status.success() || !fetched.status.success() {
        eprintln!("skipped: no registry here");
        return None;
    }
    project.check();
    project.write(
        "team.toml",
        "[[failure]]\nname = \"itoa\"\ncodes = [\"known-broken-dependency\"]\nmeaning = \"It.\"\nforesee = { severity = \"warning\", message = \"{package} is not for us.\" }\n\n[[failure.when]]\npackages = [{ name = \"itoa\", versions = \">=1.0.14\" }]\n\n[[failure.remedies]]\npin = \"itoa@1.0.13\"\n\n[[failure.remedies]]\nrequire = \"itoa@1.0.12\"\n\n[[failure.remedies]]\nkind = \"update-tools\"\ntitle = \"Ask the team\"\n",
    );
    Some((project, manifest))
}

#[test]
fn a_version_is_offered_as_soon_as_a_manifest_allows_it() {
    let Some((project, manifest)) = requiring_itoa("=1.0.15") else {
        return;
    };
    let mut client = Client::start(project.root(), Manners::NeverAnswers);
    client.say_hello(&json!({"catalogue.files": ["team.toml"]}));
    let root = project.path("Cargo.toml");
    client.wait_for_codes(0, &root, &["known-broken-dependency"]);
    let pin = "Pin itoa to 1.0.13";
    let titles = |client: &mut Client| titles(&offered(client, &root, 0));
    let begins = |titles: &[String]| titles.iter().any(|title| title.starts_with(pin));
    let before = titles(&mut client);
    assert!(!begins(&before), "{before:?}");

    // The lock file stays as it is.
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("=1.0.15", "1")).unwrap();
    let deadline = std::time::Instant::now() + crate::client::PATIENCE;
    while !begins(&titles(&mut client)) {
        assert!(std::time::Instant::now() < deadline, "it is not offered");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    client.goodbye();
}

fn titles(actions: &[Value]) -> Vec<String> {
    let titles = actions.iter().map(|action| action["title"].as_str());
    titles.map(|title| title.unwrap().to_owned()).collect()
}

#[test]
fn another_version_is_an_edit_of_the_manifest_or_a_command_on_the_lock_file() {
    let Some((project, manifest)) = requiring_itoa("1") else {
        return;
    };
    let text = fs::read_to_string(&manifest).unwrap();
    let options = json!({"catalogue.files": ["team.toml"]});
    let mut client = Client::start(project.root(), Manners::NeverAnswers);
    client.say_hello(&options);
    let root = project.path("Cargo.toml");
    client.wait_for_codes(0, &root, &["known-broken-dependency"]);

    // What a person carries out is shown and asks nothing.
    let advice = action(&mut client, &root, 0, "Ask the team");
    let place = client.place();
    let command = &advice["command"];
    let result = client.command("sidecargo.remedy", &command["arguments"][0]);
    assert_eq!(result["command_lines"], json!([]));
    assert_eq!(told(&mut client, place), "Ask the team.");

    let title = "Have app require itoa =1.0.12 in its Cargo.toml";
    let edit = action(&mut client, &root, 0, title);
    assert_eq!(edit["command"], Value::Null);
    let changes = edit["edit"]["changes"][uri(&manifest)].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{edit:#}");
    assert_eq!(changes[0]["newText"], "\"=1.0.12\"");
    let line = u32::try_from(text.lines().count() - 1).unwrap();
    let range =
        json!({"start": {"line": line, "character": 19}, "end": {"line": line, "character": 22}});
    assert_eq!(changes[0]["range"], range);

    // A line that the person is changing is not written over.
    client.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {"uri": uri(&manifest), "languageId": "toml", "version": 1, "text": text.replace("\"1\"", "\"1.0\"")}}),
    );
    let by_command = action(&mut client, &root, 0, title);
    assert_eq!(by_command["edit"], Value::Null);
    assert_eq!(by_command["command"]["command"], "sidecargo.remedy");

    let offered = action(&mut client, &root, 0, "Pin itoa to 1.0.13");
    let (_, question, place) = show(&mut client, &offered);
    let words = question["params"]["message"].as_str().unwrap();
    assert!(
        words.contains("\ncargo update -p itoa --precise 1.0.13"),
        "{words}"
    );
    answer(&mut client, &question, 0);
    assert!(told(&mut client, place).contains(": done."));
    client.wait_for_codes(place, &root, &[]);
    let lock = fs::read_to_string(project.path("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"itoa\"\nversion = \"1.0.13\""));

    // It is gone, and so is the remedy.
    let gone = client.ask(
        "workspace/executeCommand",
        &json!({"command": "sidecargo.remedy", "arguments": offered["command"]["arguments"]}),
    );
    let words = gone["error"]["message"].as_str().unwrap_or_default();
    assert!(words.contains("is not offered any more"), "{gone}");
    client.goodbye();
}
