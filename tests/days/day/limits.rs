//! Too few watches, too few watchers, too few files, too many events: verdicts must stay right, and one finding must say what is short.
//!
//! The limits are lowered in a user namespace of the server's own; the machine's are never touched.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::Figures;
use super::client::{self, Client, Manners, uri};
use super::project::Project;
use super::shown;
use crate::options::Options;

struct Limit {
    name: &'static str,
    /// For a shell that then becomes the server.
    lowered_by: &'static str,
    /// What the finding must name.
    named: &'static str,
}

const LIMITS: &[Limit] = &[
    Limit {
        name: "no watch at all",
        lowered_by: "echo 0 > /proc/sys/user/max_inotify_watches",
        named: "fs.inotify.max_user_watches",
    },
    Limit {
        name: "three watches",
        lowered_by: "echo 3 > /proc/sys/user/max_inotify_watches",
        named: "fs.inotify.max_user_watches",
    },
    Limit {
        name: "no watcher",
        lowered_by: "echo 0 > /proc/sys/user/max_inotify_instances",
        named: "fs.inotify.max_user_instances",
    },
];

pub(crate) fn run(options: &Options) -> Figures {
    let mut figures = Figures::new();
    if namespaces_are_allowed() {
        for limit in LIMITS {
            figures.push(under_limit(limit));
        }
    } else {
        figures.push("skipped the limits: this user may make no namespaces".to_owned());
    }
    figures.push(events_lost(options.rounds(1, 5)));
    figures
}

fn namespaces_are_allowed() -> bool {
    let mut command = lowered("echo 9 > /proc/sys/user/max_inotify_watches");
    command.args(["true"]).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A program that runs its arguments under a limit.
fn lowered(by: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c"]);
    command
        .arg(format!("{by} || exit 99; exec \"$@\""))
        .arg("sh");
    command
}

fn under_limit(limit: &Limit) -> String {
    eprintln!("    {}", limit.name);
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let mut server = lowered(limit.lowered_by);
    server.arg(client::program()).arg("lsp");
    let mut client = Client::start_server(server, project.root(), Manners::Answers);
    client.say_hello(&json!({"watch.pollInterval": 200}));
    assert_eq!(client.wait_for_report()["summary"]["fresh"], 1);
    let (place, diagnostics) =
        client.wait_for_codes(0, &project.path("Cargo.toml"), &["watch-degraded"]);
    let message = diagnostics[0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(limit.named), "{message}");

    let mut place = place;
    for _ in 0..3 {
        fs::remove_file(project.dylib()).unwrap();
        (place, _) = client.wait_for_codes(place, &manifest, &["dylib-missing"]);
        project.check();
        (place, _) = client.wait_for_codes(place, &manifest, &[]);
        fs::remove_dir_all(project.path("target")).unwrap();
        project.check();
        project.truncate_dylib();
        (place, _) = client.wait_for_codes(place, &manifest, &["dylib-corrupt"]);
        fs::remove_file(project.dylib()).unwrap();
        project.check();
        (place, _) = client.wait_for_codes(place, &manifest, &[]);
    }
    let said = degraded_findings(&client);
    assert_eq!(said, 1, "one finding for one limit");
    client.goodbye();
    format!(
        "{}: verdicts right through 6 faults; one finding: {message}",
        limit.name
    )
}

/// How many diagnostics of the code the last word on each file holds.
fn degraded_findings(client: &Client) -> usize {
    shown::now(client)
        .iter()
        .filter(|(code, _)| code == "watch-degraded")
        .count()
}

/// More events than the system keeps, while the server sleeps: some are lost, and what they told of is not.
fn events_lost(rounds: usize) -> String {
    let limit: usize = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events")
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    eprintln!("    {limit} events");
    let project = Project::built();
    let manifest = project.path("macros/Cargo.toml");
    let mut client = Client::hello(project.root(), Manners::Answers);
    assert_eq!(client.wait_for_report()["summary"]["fresh"], 1);
    let process =
        rustix::process::Pid::from_raw(i32::try_from(client.process_id()).unwrap()).unwrap();
    let mut place = 0;
    for _ in 0..rounds {
        rustix::process::kill_process(process, rustix::process::Signal::STOP).unwrap();
        let crowd = project.dylib().parent().unwrap().join("crowd");
        for _ in 0..limit {
            // Each comes and goes, so that no two events are alike and become one.
            fs::write(&crowd, "").unwrap();
            fs::remove_file(&crowd).unwrap();
        }
        fs::remove_file(project.dylib()).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::CONT).unwrap();
        (place, _) = client.wait_for_codes(place, &manifest, &["dylib-missing"]);
        project.check();
        (place, _) = client.wait_for_codes(place, &manifest, &[]);
    }
    let shown: Vec<Value> = client.heard(0, "textDocument/publishDiagnostics");
    let files = shown
        .iter()
        .filter(|published| published["uri"] != uri(&manifest))
        .count();
    assert_eq!(files, 0, "{shown:#?}");
    client.goodbye();
    format!(
        "the event queue ({limit} events) overflowed {rounds} times: the deletion behind it shown each time"
    )
}
