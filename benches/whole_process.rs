//! Whole processes against whole processes, side by side in one run, on a real workspace of 200 packages and more: what a person would
//! have to run instead of Sidecargo, and the floor, which is reading every fingerprint and doing nothing with it.
//!
//! `cargo bench --bench whole_process [-- ROUNDS]` prints medians and ratios. It asserts nothing: a figure is for people to judge.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SIDECARGO: &str = env!("CARGO_BIN_EXE_sidecargo");

/// Rounds where nothing else is asked for: medians want ten at least.
const ROUNDS: usize = 11;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, directory] = arguments.as_slice()
        && mode == "--read-fingerprints"
    {
        read_fingerprints(Path::new(directory));
        return;
    }
    let rounds = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(ROUNDS);
    let workspace = workspace();
    let contestants = contestants(&workspace);
    println!(
        "{} rounds each, in turn, in {}",
        rounds,
        workspace.display()
    );
    let mut times = vec![Vec::new(); contestants.len()];
    for round in 0..=rounds {
        for (contestant, times) in contestants.iter().zip(&mut times) {
            (contestant.prepare)(&workspace, round);
            let began = Instant::now();
            let status = contestant.command(&workspace).status().expect("it starts");
            let took = began.elapsed();
            assert!(
                contestant.accepted.contains(&status.code().unwrap_or(-1)),
                "{}: {status}",
                contestant.name
            );
            // The first round warms the file system's memory.
            if round > 0 {
                times.push(took);
            }
        }
    }
    report(&contestants, &mut times);
}

/// One command, and what is done before each of its runs, which is not timed.
struct Contestant {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    environment: &'static [(&'static str, &'static str)],
    accepted: &'static [i32],
    prepare: fn(&Path, usize),
}

impl Contestant {
    fn new(name: &'static str, program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        Self {
            name,
            program: program.into(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            environment: &[],
            accepted: &[0],
            prepare: |_, _| {},
        }
    }

    fn after(self, prepare: fn(&Path, usize)) -> Self {
        Self { prepare, ..self }
    }

    fn command(&self, workspace: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().copied())
            .current_dir(workspace)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

/// What lets a stable cargo take rust-analyzer's own option; rust-analyzer sets it too.
const NIGHTLY: &[(&str, &str)] = &[("__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS", "nightly")];

const BY_HAND: &[&str] = &[
    "check",
    "--workspace",
    "--all-targets",
    "--keep-going",
    "--offline",
    "--compile-time-deps",
    "-Zunstable-options",
];

fn contestants(workspace: &Path) -> Vec<Contestant> {
    let own = std::env::current_exe().expect("this program");
    let target = workspace.join("target/debug");
    vec![
        Contestant::new(
            "the floor: reading every fingerprint",
            own,
            &[
                "--read-fingerprints",
                target.to_str().expect("a plain path"),
            ],
        ),
        Contestant::new("sidecargo check, nothing changed", SIDECARGO, &["check"]),
        Contestant::new("sidecargo check, a manifest changed", SIDECARGO, &["check"])
            .after(change_a_manifest),
        Contestant::new(
            "cargo metadata",
            "cargo",
            &["metadata", "--format-version", "1", "--offline"],
        ),
        Contestant::new(
            "cargo check, nothing to do",
            "cargo",
            &["check", "--workspace", "--all-targets", "--offline"],
        ),
        Contestant::new("sidecargo fix, one dylib missing", SIDECARGO, &["fix"])
            .after(remove_a_dylib),
        Contestant {
            environment: NIGHTLY,
            ..Contestant::new("the same by hand", "cargo", BY_HAND)
        }
        .after(remove_a_dylib),
    ]
}

/// Cargo, and so Sidecargo, has to be asked anew.
fn change_a_manifest(workspace: &Path, round: usize) {
    let path = workspace.join("app/Cargo.toml");
    let text = fs::read_to_string(&path).expect("a manifest");
    let text = text.split("\n# round").next().unwrap_or(&text);
    fs::write(&path, format!("{text}\n# round {round}\n")).expect("a manifest");
}

fn remove_a_dylib(workspace: &Path, _: usize) {
    let dependencies = workspace.join("target/debug/deps");
    let dylib = names(&dependencies)
        .into_iter()
        .find(|name| name.starts_with("libasync_trait-") && is_dylib(name))
        .expect("async-trait is built");
    fs::remove_file(dependencies.join(dylib)).expect("a dylib");
}

fn is_dylib(name: &str) -> bool {
    name.ends_with(std::env::consts::DLL_SUFFIX)
}

fn names(directory: &Path) -> Vec<String> {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// The system calls without which nothing can be known.
fn read_fingerprints(profile_directory: &Path) {
    let mut bytes = 0;
    let fingerprints = profile_directory.join(".fingerprint");
    for unit in names(&fingerprints) {
        for file in names(&fingerprints.join(&unit)) {
            bytes += fs::read(fingerprints.join(&unit).join(file)).map_or(0, |read| read.len());
        }
    }
    println!("{bytes}");
}

/// The workspace, built; kept between runs.
fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = root.join("target/benchmarks/large");
    if !workspace.join("built").exists() {
        println!("building a workspace of many packages, once");
        let _ = fs::remove_dir_all(&workspace);
        copy(&root.join("tests/days/large"), &workspace);
        let cargo = |arguments: &[&str]| {
            let status = Command::new("cargo")
                .args(arguments)
                .envs(NIGHTLY.iter().copied())
                .current_dir(&workspace)
                .status()
                .expect("cargo starts");
            assert!(status.success(), "cargo {arguments:?}: {status}");
        };
        cargo(&["fetch"]);
        cargo(BY_HAND);
        cargo(&["check", "--workspace", "--all-targets", "--offline"]);
        fs::write(workspace.join("built"), "").expect("a mark");
    }
    let healthy = Command::new(SIDECARGO)
        .arg("fix")
        .current_dir(&workspace)
        .status()
        .expect("sidecargo starts");
    assert!(healthy.success(), "the workspace is healthy: {healthy}");
    workspace
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}

fn report(contestants: &[Contestant], times: &mut [Vec<Duration>]) {
    let medians: Vec<Duration> = times
        .iter_mut()
        .map(|times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
        .collect();
    let own = medians[1].as_secs_f64();
    println!(
        "\n{:<38} {:>10} {:>10} {:>10}   of sidecargo check",
        "", "median", "least", "most"
    );
    for ((contestant, median), times) in contestants.iter().zip(&medians).zip(times) {
        println!(
            "{:<38} {:>7.1} ms {:>7.1} ms {:>7.1} ms   {:>6.2}",
            contestant.name,
            milliseconds(*median),
            milliseconds(times[0]),
            milliseconds(times[times.len() - 1]),
            median.as_secs_f64() / own,
        );
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
