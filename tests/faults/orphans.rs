//! A cargo is killed, and what it started is not: compilers and build scripts that go on without a lock are a build that goes on.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::client::{Client, Manners, PATIENCE};
use crate::project::Project;
use crate::shown;
use crate::{report, settled_status_of, sidecargo};

/// Notes the number of the process that it runs in, and waits until it may go on; not for ever.
const WAITS: &str = r#"
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::write(root.join("waiting.new"), std::process::id().to_string()).unwrap();
    std::fs::rename(root.join("waiting.new"), root.join("waiting")).unwrap();
    for _ in 0..4_000 {
        if root.join("go").exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
"#;

/// Longer than the server leaves a build's outputs and its end to settle.
const SILENCE: Duration = Duration::from_secs(4);

/// Where the build of the macro waits.
#[derive(Debug, Clone, Copy)]
enum At {
    /// In the compiler of the macro itself, which then ends without a dylib: nobody hears it any more.
    Compiler,
    /// The same, with a wrapper around it that stays, and that hears it: the dylib is made.
    WrappedCompiler,
    /// In the build script's run.
    BuildScript,
}

/// A project whose macro was never built; its build waits in a certain process.
fn project(at: At) -> Project {
    let project = Project::new();
    match at {
        At::Compiler | At::WrappedCompiler => {
            project.write(
                "Cargo.toml",
                "[workspace]\nmembers = [\"app\", \"macros\", \"words\", \"gate\"]\nresolver = \"2\"\n",
            );
            project.write(
                "gate/Cargo.toml",
                "[package]\nname = \"gate\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n",
            );
            project.write(
                "gate/src/lib.rs",
                &format!(
                    "use proc_macro::TokenStream;\n\n#[proc_macro]\npub fn wait(_: TokenStream) -> TokenStream {{{WAITS}    TokenStream::new()\n}}\n"
                ),
            );
            let manifest = fs::read_to_string(project.path("macros/Cargo.toml")).unwrap();
            project.write(
                "macros/Cargo.toml",
                &format!("{manifest}gate = {{ path = \"../gate\" }}\n"),
            );
            let source = fs::read_to_string(project.path("macros/src/lib.rs")).unwrap();
            project.write("macros/src/lib.rs", &format!("{source}\ngate::wait!();\n"));
        }
        At::BuildScript => project.write("macros/build.rs", &format!("fn main() {{{WAITS}}}\n")),
    }
    project
}

/// Starts cargo and returns it with the process that waits below it.
fn build(project: &Project, at: At) -> (Child, u32) {
    let mut command = project.cargo(&["check", "-p", "app", "--offline"]);
    if let At::WrappedCompiler = at {
        use std::os::unix::fs::PermissionsExt as _;
        let wrapper = project.path("wrapper.sh");
        fs::write(&wrapper, "#!/bin/sh\n\"$@\" 2>/dev/null\n").unwrap();
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
        command.env("RUSTC_WRAPPER", wrapper);
    }
    let mut cargo = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Ok(text) = fs::read_to_string(project.path("waiting")) {
            return (cargo, text.parse().unwrap());
        }
        assert!(cargo.try_wait().unwrap().is_none(), "nothing waits");
        assert!(Instant::now() < deadline, "nothing waits yet");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn kill_alone(mut cargo: Child) {
    kill_process(Pid::from_child(&cargo), Signal::KILL).unwrap();
    cargo.wait().unwrap();
}

fn is_alive(process: u32) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[track_caller]
fn let_go(project: &Project, process: u32) {
    assert!(is_alive(process), "it did not wait");
    project.write("go", "");
    let deadline = Instant::now() + PATIENCE;
    while is_alive(process) {
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn status_in(report: &Value) -> &str {
    let macros = report["proc_macros"].as_array().unwrap();
    let ours = macros.iter().find(|one| one["name"] == "macros").unwrap();
    ours["status"].as_str().unwrap()
}

#[test]
fn while_an_orphan_works_nothing_new_is_said() {
    for at in [At::Compiler, At::WrappedCompiler, At::BuildScript] {
        let project = project(at);
        let (cargo, orphan) = build(&project, at);
        let options = serde_json::json!({"diagnostics.grace": 0});
        let mut client = Client::hello_with(project.root(), Manners::Answers, &options);
        client.wait_for_report();
        let place = client.place();
        kill_alone(cargo);
        std::thread::sleep(SILENCE);

        let said = shown::since(&client, place);
        assert!(said.is_empty(), "{at:?}: {said:?}");
        let told = client.report();
        assert_eq!(status_in(&told), "building", "{at:?}");
        assert_eq!(told["build_running"], true, "{at:?}");
        let checked = report(project.root());
        assert_eq!(status_in(&checked), "building", "{at:?}");
        assert_eq!(checked["findings"], serde_json::json!([]), "{at:?}");
        let words = sidecargo(project.root(), &["check"]).stdout;
        let words: Vec<&str> = words.split_whitespace().collect();
        let words = words.join(" ");
        // With a wrapper there are two.
        let named =
            matches!(at, At::WrappedCompiler) || words.contains(&format!("(process {orphan})"));
        assert!(
            named && words.contains("no cargo holds its lock"),
            "{at:?}: {words}"
        );

        let_go(&project, orphan);
        let ended = Instant::now();
        client.wait("a finding", |message| {
            message["method"] == "textDocument/publishDiagnostics"
                && !shown::of_message(&message["params"]).is_empty()
        });
        eprintln!(
            "{at:?}: the truth {:?} after the orphan's end",
            ended.elapsed()
        );
        shown::wait_until_quiet(&mut client, SILENCE);
        let is_made = !project.dylibs().is_empty();
        assert_eq!(is_made, matches!(at, At::WrappedCompiler), "{at:?}");
        // What is shown in the end is all that was ever shown, and what a look of its own finds.
        let last = shown::now(&client);
        assert_eq!(shown::since(&client, place), last, "{at:?}");
        let of_macros: BTreeSet<_> = last
            .iter()
            .filter(|(_, package)| package.contains("/macros#"))
            .collect();
        let status = settled_status_of(project.root(), "macros");
        assert_eq!(of_macros.len(), 1, "{at:?}: {last:?}");
        assert_eq!(
            of_macros.first().unwrap().0,
            format!("dylib-{status}"),
            "{at:?}"
        );
        client.goodbye();
    }
}

#[test]
fn check_waits_for_an_orphan_where_it_is_asked_to() {
    let project = project(At::Compiler);
    let (cargo, orphan) = build(&project, At::Compiler);
    kill_alone(cargo);
    let arguments = ["check", "--wait", "--format", "json"];
    let mut check = crate::run(project.root(), &arguments)
        .command()
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert!(check.try_wait().unwrap().is_none(), "it did not wait");
    let_go(&project, orphan);
    let output = check.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["build_running"], false, "{report:#}");
}

/// What the orphan writes at its end is older than what a repair makes.
#[test]
fn a_repair_waits_for_an_orphan() {
    let project = project(At::Compiler);
    let (cargo, orphan) = build(&project, At::Compiler);
    kill_alone(cargo);
    let mut fix = crate::run(project.root(), &["fix"])
        .command()
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(5));
    assert!(fix.try_wait().unwrap().is_none(), "it did not wait");
    let only_one_waits = fs::read_to_string(project.path("waiting")).unwrap();
    assert_eq!(only_one_waits, orphan.to_string());
    let_go(&project, orphan);
    let output = fix.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(settled_status_of(project.root(), "macros"), "fresh");
}

/// Somebody else's process of the same words is none of ours.
#[test]
fn a_compiler_of_another_build_directory_is_not_waited_for() {
    let project = project(At::Compiler);
    let elsewhere = tempfile::Builder::new()
        .prefix("elsewhere")
        .tempdir()
        .unwrap();
    let mut command = project.cargo(&["check", "-p", "app", "--offline"]);
    let mut cargo = command
        .env("CARGO_TARGET_DIR", elsewhere.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !project.path("waiting").exists() {
        assert!(cargo.try_wait().unwrap().is_none(), "nothing waits");
        assert!(Instant::now() < deadline, "nothing waits yet");
        std::thread::sleep(Duration::from_millis(20));
    }
    let other: u32 = fs::read_to_string(project.path("waiting"))
        .unwrap()
        .parse()
        .unwrap();
    fs::remove_file(project.path("waiting")).unwrap();
    let (mut own, orphan) = build(&project, At::Compiler);
    let all = rustix::process::kill_process_group(Pid::from_child(&own), Signal::KILL);
    all.unwrap();
    own.wait().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while is_alive(orphan) {
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(settled_status_of(project.root(), "macros"), "missing");
    assert!(is_alive(other), "it did not wait");
    project.write("go", "");
    assert!(cargo.wait().unwrap().success());
}
