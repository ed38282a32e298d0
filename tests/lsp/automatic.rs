//! `rebuild.automatic`: what is saved is rebuilt without a word, politely, and what does not compile is told once.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, Manners, PATIENCE, uri};
#[cfg(unix)]
use crate::end::{SLOW_BUILD_SCRIPT, wait_for_build_script, wait_until_gone};
use crate::project::Project;

const SOURCE: &str = "macros/src/lib.rs";

fn session(project: &Project) -> Client {
    let options = json!({"rebuild.automatic": "workspaceMacros"});
    let mut client = Client::hello_with(project.root(), Manners::Answers, &options);
    client.wait_for_report();
    client
}

fn save(client: &mut Client, project: &Project, path: &str, text: &str) {
    project.write(path, text);
    client.notify(
        "textDocument/didSave",
        &json!({"textDocument": {"uri": uri(&project.path(path))}}),
    );
}

/// Waits until a run has ended after a place; returns the place behind it.
fn wait_for_end_of_run(client: &mut Client, place: usize) -> usize {
    let is_end = |message: &Value| {
        message["method"] == "$/progress" && message["params"]["value"]["kind"] == "end"
    };
    client.wait_from(place, "the end of a run", is_end).0
}

fn wait_until_fresh(client: &mut Client) {
    let deadline = Instant::now() + PATIENCE;
    while client.report()["summary"]["fresh"] != 1 {
        assert!(Instant::now() < deadline, "it is not rebuilt");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn runs(client: &Client) -> usize {
    let steps = client.heard(0, "$/progress");
    let begins = steps.iter().filter(|step| step["value"]["kind"] == "begin");
    begins.count()
}

#[test]
fn a_save_is_rebuilt_before_anybody_is_told() {
    let project = Project::built();
    let text = fs::read_to_string(project.path(SOURCE)).unwrap();
    let mut client = session(&project);
    let mut place = 0;
    for number in 0..3 {
        save(
            &mut client,
            &project,
            SOURCE,
            &format!("{text}// {number}\n"),
        );
        place = wait_for_end_of_run(&mut client, place);
        wait_until_fresh(&mut client);
    }
    assert_eq!(runs(&client), 3);
    let published = client.heard(0, "textDocument/publishDiagnostics");
    assert!(published.is_empty(), "{published:#?}");
    assert!(client.heard(0, "window/showMessage").is_empty());
    client.goodbye();
}

#[test]
fn what_does_not_compile_is_told_once_and_tried_again_when_it_changes() {
    let project = Project::built();
    let text = fs::read_to_string(project.path(SOURCE)).unwrap();
    let mut client = session(&project);
    save(
        &mut client,
        &project,
        SOURCE,
        &format!("{text}const BROKEN: u8 = \"\";\n"),
    );
    let (place, message) = client.wait_from(0, "a word on the failure", |message| {
        message["method"] == "window/showMessage"
    });
    let words = message["params"]["message"].as_str().unwrap();
    assert!(words.contains("the build failed"), "{words}");
    let manifest = project.path("macros/Cargo.toml");
    client.wait_for_codes(0, &manifest, &["dylib-stale"]);
    // Looks without a change: a build by somebody else that fails too, and events that say nothing.
    for _ in 0..2 {
        let mut build = project.cargo(&["check", "-q", "--offline"]);
        assert!(
            !build
                .stderr(std::process::Stdio::null())
                .status()
                .unwrap()
                .success()
        );
        project.write("target/debug/deps/noise", "");
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(runs(&client), 1);

    save(&mut client, &project, SOURCE, &format!("{text}// mended\n"));
    client.wait_for_codes(place, &manifest, &[]);
    wait_until_fresh(&mut client);
    assert_eq!(client.heard(0, "window/showMessage").len(), 1);
    client.goodbye();
}

#[cfg(unix)]
#[test]
fn a_new_save_ends_the_rebuild_of_the_one_before() {
    let project = Project::built();
    let mut client = session(&project);
    save(&mut client, &project, "macros/build.rs", SLOW_BUILD_SCRIPT);
    // A build script that comes into being is no input that is known yet; the source is.
    let text = fs::read_to_string(project.path(SOURCE)).unwrap();
    save(&mut client, &project, SOURCE, &format!("{text}// slow\n"));
    let build_script = wait_for_build_script(&project);
    project.write("macros/build.rs", "fn main() {}\n");
    save(&mut client, &project, SOURCE, &format!("{text}// quick\n"));
    wait_until_gone(build_script);
    wait_until_fresh(&mut client);
    let published = client.heard(0, "textDocument/publishDiagnostics");
    assert!(published.is_empty(), "{published:#?}");
    client.goodbye();
}

#[cfg(unix)]
#[test]
fn it_waits_while_another_cargo_is_at_work() {
    let project = Project::built();
    let mut client = session(&project);
    let lock = fs::File::options()
        .write(true)
        .open(project.path("target/debug/.cargo-lock"))
        .unwrap();
    lock.lock().unwrap();
    let text = fs::read_to_string(project.path(SOURCE)).unwrap();
    save(&mut client, &project, SOURCE, &format!("{text}// saved\n"));
    let deadline = Instant::now() + PATIENCE;
    while client.report()["build_running"] != true {
        assert!(Instant::now() < deadline, "the build is not seen");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(runs(&client), 0);
    drop(lock);
    wait_for_end_of_run(&mut client, 0);
    wait_until_fresh(&mut client);
    client.goodbye();
}

/// A build that changes what it reads would otherwise be begun again for ever.
#[cfg(unix)]
#[test]
fn a_build_that_changes_its_own_sources_is_not_repeated_without_end() {
    let project = Project::new();
    project.write(
        "macros/build.rs",
        "fn main() {\n    std::thread::sleep(std::time::Duration::from_millis(300));\n    std::fs::write(\"src/made.rs\", format!(\"// {:?}\", std::time::SystemTime::now())).unwrap();\n    println!(\"cargo::rerun-if-changed=src\");\n}\n",
    );
    project.write("macros/src/made.rs", "");
    let text = fs::read_to_string(project.path(SOURCE)).unwrap();
    project.write(SOURCE, &format!("mod made;\n{text}"));
    project.check();
    let mut client = session(&project);
    save(
        &mut client,
        &project,
        SOURCE,
        &format!("mod made;\n{text}// saved\n"),
    );
    wait_for_end_of_run(&mut client, 0);
    let mut last = 0;
    let deadline = Instant::now() + PATIENCE;
    // Until no run began for a while.
    let mut still_since = Instant::now();
    while still_since.elapsed() < Duration::from_secs(4) {
        assert!(
            Instant::now() < deadline,
            "{} runs and no end",
            runs(&client)
        );
        client.report();
        if runs(&client) != last {
            last = runs(&client);
            still_since = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    client.goodbye();
}

/// Two windows on one workspace see the same save; the one that comes second has nothing to say about it.
#[test]
fn what_another_sidecargo_is_mending_is_left_to_it() {
    let project = Project::built();
    let mut client = session(&project);
    let own = project.path("target/.sidecargo");
    fs::create_dir_all(&own).unwrap();
    let lock = fs::File::create(own.join("mend.lock")).unwrap();
    lock.lock().unwrap();
    let place = client.place();
    let text = fs::read_to_string(project.path(SOURCE)).unwrap();
    save(&mut client, &project, SOURCE, &format!("{text}// more\n"));
    wait_for_end_of_run(&mut client, place);
    client.report();
    assert_eq!(
        client.heard(place, "window/showMessage"),
        Vec::<Value>::new()
    );
    // Who asks in person is told.
    client.command("sidecargo.rebuild", &json!({}));
    let told = client.wait("why nothing was done", |message| {
        message["method"] == "window/showMessage"
    });
    let words = told["params"]["message"].as_str().unwrap();
    assert!(words.contains("another sidecargo"), "{words}");
    client.goodbye();
}
