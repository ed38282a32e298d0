//! A service that is restarted on good builds alone, and is never down for the length of a build: by a run process that watches a
//! file (the real cargo-watch), and by `--then`.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

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

/// From an edit to the end of its build.
type Build = (Instant, Instant);

/// Edits, and waits each time for what must come of it: the new service, or the failure with the old one still there.
fn edit_ten_times(project: &Project, watching: &mut Watching, client: &Client) -> Vec<Build> {
    let mut versions = (0, 0);
    let mut serving = client.wait_for(versions);
    let mut builds = Vec::new();
    for (number, (source, health)) in (1..).zip(EDITS) {
        let begin = Instant::now();
        project.edit(source, number, health);
        match health {
            Health::Good => {
                match source {
                    Source::Main => versions.0 = number,
                    Source::Macro => versions.1 = number,
                }
                watching.wait_for("built");
                // The restart may have begun by the time its news is read here; so long at least the build lasted.
                builds.push((begin, begin + BUILD_TAKES_AT_LEAST));
                serving = client.wait_for(versions);
            }
            Health::Broken => {
                watching.wait_for("build-failed");
                // Long enough for a restart that should not be.
                thread::sleep(Duration::from_secs(2));
                builds.push((begin, Instant::now()));
                assert_eq!(client.wait_for(versions), serving, "edit {number}");
            }
        }
    }
    builds
}

/// Of a client's notes: no service but those of good builds, no failure during a build, and none but between two services.
fn judge(way: &str, asked: &[Asked], builds: &[Build]) {
    let first = asked.iter().position(|asked| asked.answer.is_some());
    let asked = &asked[first.expect("an answer")..];
    let mut services: Vec<&Answer> = Vec::new();
    let mut last = asked[0].at;
    let mut failed = 0;
    let mut restarts: Vec<(Duration, usize)> = Vec::new();
    for one in asked {
        let Some(answer) = &one.answer else {
            failed += 1;
            continue;
        };
        if services.last() == Some(&answer) {
            assert_eq!(failed, 0, "the service was away without being restarted");
        } else {
            if !services.is_empty() {
                restarts.push((one.at - last, failed));
            }
            services.push(answer);
        }
        failed = 0;
        last = one.at;
    }
    let all: usize = restarts.iter().map(|(_, failed)| failed).sum();
    let mut report = format!(
        "{way}: {} requests, {all} failed, all of them in the {} restarts:",
        asked.len(),
        restarts.len(),
    );
    for (took, failed) in &restarts {
        let _ = write!(report, " {} ms ({failed})", took.as_millis());
    }
    let during = |one: &&Asked| {
        let lies_in = |(begin, end): &Build| *begin <= one.at && one.ended < *end;
        builds.iter().any(lies_in)
    };
    let during: Vec<&Asked> = asked.iter().filter(during).collect();
    let failed = during.iter().filter(|one| one.answer.is_none()).count();
    let _ = write!(report, "; {} during builds, {failed} failed", during.len());
    say(&report);
    let versions: Vec<(u32, u32)> = services.iter().map(|answer| answer.versions).collect();
    let good = EDITS.iter().filter(|(_, health)| *health == Health::Good);
    assert_eq!(services.len(), 1 + good.count(), "{versions:?}");
    assert!(during.len() > builds.len() && failed == 0, "{failed}");
}

/// The first build, eight good ones, and the one of the broken `main.rs`; the broken macro cannot be expanded. Were there more, then
/// something built besides, with the service down or not.
fn assert_no_other_builds(project: &Project) {
    assert_eq!(project.compilers().len(), 1 + 8 + 1);
}

/// Past the capture of what a passing test prints: these figures are what it is for.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[test]
fn the_command_is_restarted_on_good_builds_alone() {
    let project = Project::new(BUILD_TAKES_AT_LEAST);
    let mut watching = Watching::start(&project, &["--build", "--then", "target/debug/service"]);
    watching.wait_for("started");
    let client = Client::start(project.port());
    let builds = edit_ten_times(&project, &mut watching, &client);
    let last = client.wait_for((10, 9));
    judge("--then", &client.asked(), &builds);
    assert_no_other_builds(&project);
    assert_eq!(watching.count("restarted"), 8);
    watching.signal(Signal::TERM);
    assert!(watching.end().success());
    assert_ends(last.process, "the service");
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
    let builds = edit_ten_times(&project, &mut watching, &client);
    let last = client.wait_for((10, 9));
    let way = "--trigger beside cargo watch -x run";
    judge(way, &client.asked(), &builds);
    assert_no_other_builds(&project);
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
