//! Whole processes against whole processes, each in turn.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::figures::{self, Series};
use super::workspace::{BY_HAND, Large, NIGHTLY, is_dylib, names, sidecargo, tool};

const READ_FINGERPRINTS: &str = "--read-fingerprints";
const LOOK_AT_DYLIBS: &str = "--look-at-dylibs";

/// Does the floor's work where this program was started for it.
pub(crate) fn is_floor(mode: &str, profile_directory: &Path) -> bool {
    match mode {
        READ_FINGERPRINTS => println!("{}", read_fingerprints(profile_directory)),
        LOOK_AT_DYLIBS => println!("{}", look_at_dylibs(profile_directory)),
        _ => return false,
    }
    true
}

/// The system calls without which nothing can be known.
pub(crate) fn read_fingerprints(profile_directory: &Path) -> usize {
    let mut bytes = 0;
    let fingerprints = profile_directory.join(".fingerprint");
    for unit in names(&fingerprints) {
        for file in names(&fingerprints.join(&unit)) {
            bytes += fs::read(fingerprints.join(&unit).join(file)).map_or(0, |read| read.len());
        }
    }
    bytes
}

/// Those without which no dylib is known to be there.
pub(crate) fn look_at_dylibs(profile_directory: &Path) -> u64 {
    let dependencies = profile_directory.join("deps");
    names(&dependencies)
        .iter()
        .filter(|name| is_dylib(name))
        .filter_map(|name| fs::metadata(dependencies.join(name)).ok())
        .map(|metadata| metadata.len())
        .sum()
}

/// One command, and what is done before each of its runs, which is not timed.
struct Contestant {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    environment: &'static [(&'static str, &'static str)],
    prepare: fn(&Large, usize),
}

impl Contestant {
    fn new(name: &'static str, program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        Self {
            name,
            program: program.into(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            environment: &[],
            prepare: |_, _| {},
        }
    }

    fn after(self, prepare: fn(&Large, usize)) -> Self {
        Self { prepare, ..self }
    }

    fn run(&self, large: &Large) {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().copied())
            .current_dir(&large.root)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let status = command.status().expect("it starts");
        assert!(status.success(), "{}: {status}", self.name);
    }
}

const CHECK: &str = "sidecargo check, nothing changed";
const BY_HAND_NAME: &str = "the same by hand: cargo check --compile-time-deps";

/// What tells how a workspace is.
pub(crate) fn processes(large: &Large, rounds: usize) {
    let own = std::env::current_exe().expect("this program");
    let profile_directory = large.profile_directory();
    let profile_directory = profile_directory.to_str().expect("a plain path");
    let mut contestants = vec![
        Contestant::new(
            "the floor: looking at the dylibs alone",
            &own,
            &[LOOK_AT_DYLIBS, profile_directory],
        ),
        Contestant::new(
            "the floor: reading every fingerprint",
            &own,
            &[READ_FINGERPRINTS, profile_directory],
        ),
        Contestant::new(CHECK, sidecargo(), &["check"]),
        Contestant::new(
            "sidecargo check, a manifest changed",
            sidecargo(),
            &["check"],
        )
        .after(change_a_manifest),
        Contestant::new("sidecargo check, nothing kept", sidecargo(), &["check"])
            .after(|large, _| large.forget()),
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
    ];
    if let Some(sweep) = tool("cargo-sweep/bin/cargo-sweep") {
        contestants.push(Contestant::new(
            "cargo sweep --dry-run --time 30",
            sweep,
            &["sweep", "--dry-run", "--time", "30"],
        ));
    }
    let series = compete(&contestants, large, rounds);
    figures::table(&series, CHECK);
    println!();
    figures::table(&series, "cargo metadata");
}

/// What mends a dylib.
pub(crate) fn mending(large: &Large, rounds: usize) {
    let contestants = [
        Contestant::new("sidecargo fix, one dylib missing", sidecargo(), &["fix"])
            .after(|large, _| remove(&large.dylib("async_trait"))),
        Contestant {
            environment: NIGHTLY,
            ..Contestant::new(BY_HAND_NAME, "cargo", BY_HAND)
        }
        .after(|large, _| remove(&large.dylib("async_trait"))),
        Contestant::new(
            "sidecargo fix, the workspace's own macro",
            sidecargo(),
            &["fix"],
        )
        .after(|large, _| remove(&large.dylib("macros"))),
    ];
    figures::table(&compete(&contestants, large, rounds), BY_HAND_NAME);
}

fn compete(contestants: &[Contestant], large: &Large, rounds: usize) -> Vec<Series> {
    let mut series: Vec<Series> = contestants
        .iter()
        .map(|contestant| Series::new(contestant.name))
        .collect();
    for round in 0..=rounds {
        for (contestant, series) in contestants.iter().zip(&mut series) {
            (contestant.prepare)(large, round);
            let began = Instant::now();
            contestant.run(large);
            let took = began.elapsed();
            // The first round warms the file system's memory.
            if round > 0 {
                series.add(took);
            }
        }
    }
    series
}

/// Cargo, and so Sidecargo, has to be asked anew.
fn change_a_manifest(large: &Large, round: usize) {
    let path = large.root.join("app/Cargo.toml");
    let text = fs::read_to_string(&path).expect("a manifest");
    let text = text.split("\n# round").next().unwrap_or(&text);
    fs::write(&path, format!("{text}\n# round {round}\n")).expect("a manifest");
    // What changes in the very tick of the question makes it asked twice.
    std::thread::sleep(Duration::from_millis(50));
}

fn remove(dylib: &Path) {
    fs::remove_file(dylib).expect("a dylib");
}
