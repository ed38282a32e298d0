//! A service that is restarted on good builds alone, and is never down for the length of a build: by a run process that watches a
//! file (the real cargo-watch), and by `--then`.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::client::{Answer, Asked, Client};
use crate::project::{BUILD_TAKES_AT_LEAST, Health, Project, Source};
use crate::support;
use crate::support::process::Run;
use crate::watching::{Watching, assert_ends};

const EDITS: [(Source, Health); 10] = [
    (Source::Main, Health::Good),
    (Source::Macro, Health::Good),
    (Source::Main, Health::Broken),
    (Source::Main, Health::Good),
    (Source::Macro, Health::Good),
    (Source::Macro, Health::Broken),
    (Source::Macro, Health::Good),
    (Source::Main, Health::Good),
    (Source::Macro, Health::Good),
    (Source::Main, Health::Good),
];

/// Edits, and waits each time for what must come of it: the new service, or the failure with the old one still there.
fn edit_ten_times(project: &Project, watching: &mut Watching, client: &Client) {
    let mut versions = (0, 0);
    let mut serving = client.wait_for(versions);
    for (number, (source, health)) in (1..).zip(EDITS) {
        project.edit(source, number, health);
        match health {
            Health::Good => {
                match source {
                    Source::Main => versions.0 = number,
                    Source::Macro => versions.1 = number,
                }
                watching.wait_for("built");
                serving = client.wait_for(versions);
            }
            Health::Broken => {
                watching.wait_for("build-failed");
                // Long enough for a restart that should not be.
                thread::sleep(Duration::from_secs(2));
                assert_eq!(client.wait_for(versions), serving, "edit {number}");
            }
        }
    }
}

/// Of a client's notes: no service but those of good builds, and no failure but between two of them.
fn judge(way: &str, asked: &[Asked]) {
    let first = asked.iter().position(|asked| asked.answer.is_some());
    let asked = &asked[first.expect("an answer")..];
    let mut services: Vec<&Answer> = Vec::new();
    let mut last = asked[0].at;
    let mut failed = 0;
    let mut gaps: Vec<(Duration, usize)> = Vec::new();
    for one in asked {
        let Some(answer) = &one.answer else {
            failed += 1;
            continue;
        };
        if services.last() == Some(&answer) {
            assert_eq!(failed, 0, "the service was away without being restarted");
        } else {
            if !services.is_empty() {
                gaps.push((one.at - last, failed));
            }
            services.push(answer);
        }
        failed = 0;
        last = one.at;
    }
    let good = EDITS
        .iter()
        .filter(|(_, health)| *health == Health::Good)
        .count();
    let longest = gaps.iter().map(|(gap, _)| *gap).max().unwrap_or_default();
    let all: usize = gaps.iter().map(|(_, failed)| failed).sum();
    let mut report = format!(
        "{way}: {} requests, {all} failed, all in {} restarts; the longest took {} ms (a build takes at least {} ms)",
        asked.len(),
        gaps.len(),
        longest.as_millis(),
        BUILD_TAKES_AT_LEAST.as_millis(),
    );
    for (gap, failed) in &gaps {
        let _ = write!(report, "\n  {} ms, {failed} failed", gap.as_millis());
    }
    say(&report);
    let versions: Vec<(u32, u32)> = services.iter().map(|answer| answer.versions).collect();
    assert_eq!(services.len(), good + 1, "{versions:?}");
    assert!(
        longest < BUILD_TAKES_AT_LEAST,
        "the service was away for the length of a build"
    );
}

#[test]
fn the_command_is_restarted_on_good_builds_alone() {
    let project = Project::new(BUILD_TAKES_AT_LEAST);
    let mut watching = Watching::start(&project, &["--build", "--then", "target/debug/service"]);
    watching.wait_for("started");
    let client = Client::start(project.port());
    edit_ten_times(&project, &mut watching, &client);
    let last = client.wait_for((10, 9));
    judge("--then", &client.asked());
    assert_eq!(watching.count("restarted"), 8);
    watching.signal(Signal::TERM);
    assert!(watching.end().success());
    assert_ends(last.process, "the service");
}

/// Past the capture of what a passing test prints: these figures are what it is for.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The real cargo-watch, where `tests/tools/cargo-watch.sh` has put it.
struct CargoWatch {
    child: Child,
}

impl CargoWatch {
    fn start(project: &Project, trigger: &str) -> Option<Self> {
        let tools = support::tools().join("cargo-watch/bin");
        if !tools.join("cargo-watch").is_file() {
            let why = "no cargo-watch; tests/tools/cargo-watch.sh target/tools installs it";
            assert!(
                std::env::var_os("SIDECARGO_TEST_SKIP_NOTHING").is_none(),
                "{why}"
            );
            say(&format!("skipped: {why}"));
            return None;
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(tools).chain(std::env::split_paths(&path));
        let child = Run::new("cargo", project.root())
            .args(["watch", "-w", trigger, "-x", "run"])
            .env("PATH", std::env::join_paths(path).unwrap())
            .command()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Some(Self { child })
    }
}

impl Drop for CargoWatch {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

#[test]
fn cargo_watch_on_the_trigger_restarts_on_good_builds_alone() {
    let project = Project::new(BUILD_TAKES_AT_LEAST);
    let mut watching = Watching::start(&project, &["--build", "--trigger", "good-build"]);
    watching.wait_for("touched");
    let Some(running) = CargoWatch::start(&project, "good-build") else {
        return;
    };
    let client = Client::start(project.port());
    edit_ten_times(&project, &mut watching, &client);
    let last = client.wait_for((10, 9));
    judge("--trigger beside cargo watch -x run", &client.asked());
    assert_eq!(watching.count("touched"), 1 + 8);
    assert_eq!(fs::read(project.root().join("good-build")).unwrap(), b"");
    drop(client);
    drop(running);
    // It leaves its own child behind at times.
    if let Some(process) = Pid::from_raw(last.process) {
        let _ = kill_process(process, Signal::TERM);
    }
    assert_ends(last.process, "the service");
}
