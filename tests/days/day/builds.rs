//! Dozens of builds in a row, of every kind and half of them killed: what is shown meanwhile must be borne out when the dust has settled.
//!
//! Borne out by whom: first by the server's own last word, so that nothing flickers; then by a `sidecargo check` that remembers nothing;
//! and, whenever rust-analyzer's command runs next, by cargo itself, which rebuilds what is not as it should be and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use serde_json::Value;

use super::Figures;
use super::client::{self, Client, Manners};
use super::figures::spread;
use super::project::Project;
use super::shown::{self, Shown, wait_for_report, wait_until_quiet};
use crate::options::{Length, Options};

/// How long the server may take to come to its last word: whatever was killed, nothing more happens.
const DUST: Duration = Duration::from_millis(2_500);

pub(crate) fn run(options: &Options) -> Figures {
    let (project, packages) = match options.length {
        Length::Slice => (Project::built(), 3),
        Length::Full => large(),
    };
    let rounds = options.rounds(6, 50);
    let seed =
        std::env::var("SIDECARGO_DAYS_SEED").map_or(20_261_121, |seed| seed.parse().unwrap());
    let mut dice = Dice(seed);
    let mut client = Client::hello(project.root(), Manners::Answers);
    let macros = wait_for_report(&mut client)["proc_macros"]
        .as_array()
        .unwrap()
        .len();
    wait_until_quiet(&mut client, DUST);

    let mut tally = Tally::default();
    for round in 0..rounds {
        let before = shown::now(&client);
        let place = client.place();
        let build = Build::chosen(round, rounds, options.length, &mut dice);
        let (said, ended) = build.carry_out(&project, &mut dice, &mut tally);
        std::thread::sleep(DUST);
        wait_until_quiet(&mut client, DUST);
        let after = shown::now(&client);
        let meanwhile = shown::since(&client, place);
        tally.published += client.heard(place, "textDocument/publishDiagnostics").len();
        if client.place() > place {
            let settled = client
                .last_heard()
                .unwrap()
                .saturating_duration_since(ended);
            tally.settled.push(settled);
        }
        eprintln!(
            "    {round}: {build:?}: {} shown, {} meanwhile",
            after.len(),
            meanwhile.len()
        );

        let flickers: BTreeSet<&Shown> = meanwhile
            .iter()
            .filter(|shown| !before.contains(shown) && !after.contains(shown))
            .collect();
        if !flickers.is_empty() {
            for (words, number) in shown::sentences(&client, place) {
                eprintln!("        {words} ({number} packages)");
            }
        }
        for flicker in flickers {
            tally.false_findings.push(format!(
                "round {round}, {build:?}: {flicker:?} was shown for a while"
            ));
        }
        tally.compare(round, &build, &before, said.as_ref());
        tally.compare_with_check(round, &build, &project, &after);
    }
    client.goodbye();
    let figures = tally.figures(rounds, packages, macros, seed);
    assert!(
        tally.false_findings.is_empty(),
        "{:#?}\n{figures:#?}",
        tally.false_findings
    );
    figures
}

/// The workspace of many packages, kept from run to run: its first build takes minutes.
fn large() -> (Project, usize) {
    let base = std::env::var_os("SIDECARGO_TEST_SCRATCH").map_or_else(
        || std::env::temp_dir().join("sidecargo-tests"),
        PathBuf::from,
    );
    let root = base.join("days").join("large");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/days/large");
    for name in [
        "Cargo.toml",
        "Cargo.lock",
        "app/Cargo.toml",
        "app/src/main.rs",
        "macros/Cargo.toml",
        "macros/src/lib.rs",
        "words/Cargo.toml",
        "words/src/lib.rs",
    ] {
        let (from, to) = (source.join(name), root.join(name));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        if fs::read(&from).unwrap() != fs::read(&to).unwrap_or_default() {
            fs::copy(from, to).unwrap();
        }
    }
    eprintln!("    builds {} once", root.display());
    let status = cargo(&root)
        .args(["check", "-q", "--workspace", "--all-targets"])
        .status()
        .unwrap();
    assert!(status.success());
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    (Project::in_place(root.canonicalize().unwrap()), packages)
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    for name in [
        "CARGO_TARGET_DIR",
        "RUSTFLAGS",
        "CARGO_MANIFEST_DIR",
        "CARGO_PKG_NAME",
    ] {
        command.env_remove(name);
    }
    command
}

/// One round's build.
#[derive(Debug)]
struct Build {
    before: Before,
    command: &'static [&'static str],
    end: End,
}

#[derive(Debug)]
enum Before {
    Nothing,
    /// A source of the workspace's macro, or of what it is built from, is edited.
    Edit(&'static str),
    /// `cargo clean -p`.
    CleanPackage(&'static str),
    CleanAll,
}

#[derive(Debug)]
enum End {
    /// Its own.
    Own,
    /// Everything it started is killed with it.
    Killed(Duration),
    /// It alone is killed; the compilers go on for a while.
    Orphaned(Duration),
}

const RUST_ANALYZER: &[&str] = &[
    "check",
    "--workspace",
    "--all-targets",
    "--keep-going",
    "--compile-time-deps",
    "-Zunstable-options",
];
const COMMANDS: &[&[&str]] = &[
    RUST_ANALYZER,
    &["check", "--workspace", "--all-targets"],
    &["build"],
    RUST_ANALYZER,
    &["clippy", "--workspace"],
    &["check", "-p", "app"],
    &["test", "--no-run"],
];

impl Build {
    fn chosen(round: usize, rounds: usize, length: Length, dice: &mut Dice) -> Self {
        // The last brings all to its end, and so does one after every full clean.
        let (short, long) = match length {
            Length::Slice => (20, 400),
            Length::Full => (200, 12_000),
        };
        let is_last = round + 1 == rounds;
        // Cargo itself can be asked only where nothing was changed since the last look.
        let asks_cargo = is_last || round % 3 == 1;
        let cleans_all = rounds > 3 && round % (rounds / 3).max(3) == 2 && !asks_cargo;
        let before = match dice.below(6) {
            _ if asks_cargo => Before::Nothing,
            _ if cleans_all => Before::CleanAll,
            0 => Before::Nothing,
            1 | 2 => Before::Edit("words/src/lib.rs"),
            3 => Before::Edit("macros/src/lib.rs"),
            _ => Before::CleanPackage(match (length, dice.below(5)) {
                (Length::Full, 0) => "thiserror-impl",
                (Length::Full, 1) => "tokio-macros",
                (Length::Full, 2) => "async-trait",
                (Length::Full, 3) => "clap_derive",
                _ => "macros",
            }),
        };
        let command = if asks_cargo {
            RUST_ANALYZER
        } else {
            COMMANDS[dice.below(COMMANDS.len())]
        };
        let after = Duration::from_millis(u64::try_from(short + dice.below(long - short)).unwrap());
        let end = match dice.below(4) {
            _ if is_last => End::Own,
            0 => End::Killed(after),
            1 => End::Orphaned(after),
            // What compiles all packages to machine code would take long, and is like any other build.
            _ if length == Length::Full && matches!(command[0], "build" | "test") => {
                End::Killed(after)
            }
            _ => End::Own,
        };
        Self {
            before,
            command,
            end,
        }
    }

    /// Returns which macros cargo found not fresh, where rust-analyzer's command told, and when the last process had ended.
    fn carry_out(
        &self,
        project: &Project,
        dice: &mut Dice,
        tally: &mut Tally,
    ) -> (Option<Said>, Instant) {
        match self.before {
            Before::Nothing => {}
            Before::Edit(path) => edit(project, path, dice),
            Before::CleanPackage(package) => drop(
                cargo(project.root())
                    .args(["clean", "-q", "-p", package])
                    .status()
                    .unwrap(),
            ),
            Before::CleanAll => drop(
                cargo(project.root())
                    .args(["clean", "-q"])
                    .status()
                    .unwrap(),
            ),
        }
        let mut command = cargo(project.root());
        command
            .args(self.command)
            .args(["--offline", "--message-format=json"]);
        command.env("__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS", "nightly");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let listener = std::thread::spawn(move || Said::heard(output));
        match self.end {
            End::Own => assert!(child.wait().unwrap().success(), "{self:?} failed"),
            End::Killed(after) | End::Orphaned(after) => {
                std::thread::sleep(after);
                if child.try_wait().unwrap().is_none() {
                    tally.interrupted += 1;
                }
                kill(&mut child, matches!(self.end, End::Killed(_)));
            }
        }
        let said = listener.join().unwrap();
        let is_untouched = matches!(self.before, Before::Nothing);
        (
            (self.command == RUST_ANALYZER && is_untouched).then_some(said),
            Instant::now(),
        )
    }
}

/// Ends a build, and waits until the last of its processes is gone.
fn kill(child: &mut Child, with_all: bool) {
    let group = Pid::from_child(child);
    let _ = if with_all {
        kill_process_group(group, Signal::KILL)
    } else {
        kill_process(group, Signal::KILL)
    };
    child.wait().unwrap();
    while test_kill_process_group(group).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn edit(project: &Project, path: &str, dice: &mut Dice) {
    let number = dice.below(1_000_000);
    if path.starts_with("words") {
        project.write(path, &format!("pub const WORD: &str = \"{number}\";\n"));
    } else {
        let text = fs::read_to_string(project.path(path)).unwrap();
        let code: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with("// "))
            .collect();
        let code = code.join("\n");
        project.write(path, &format!("{code}\n// {number}\n"));
    }
}

/// What cargo said of the macros in a run of rust-analyzer's command, as far as that came.
#[derive(Debug, Default)]
struct Said {
    rebuilt: BTreeSet<String>,
    fresh: BTreeSet<String>,
}

impl Said {
    fn heard(output: BufReader<std::process::ChildStdout>) -> Self {
        let mut said = Self::default();
        for line in output.lines().map_while(Result::ok) {
            let Ok(message) = serde_json::from_str::<Value>(&line) else {
                continue;
            };
            let is_dylib = message["filenames"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|name| name.as_str().is_some_and(is_dylib));
            let is_macro = message["target"]["kind"][0] == "proc-macro";
            if message["reason"] == "compiler-artifact" && is_macro && is_dylib {
                let package = message["package_id"].as_str().unwrap().to_owned();
                if message["fresh"] == true {
                    said.fresh.insert(package)
                } else {
                    said.rebuilt.insert(package)
                };
            }
        }
        said
    }
}

/// Linux's alone: these days are lived there.
fn is_dylib(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "so")
}

#[derive(Default)]
struct Tally {
    published: usize,
    interrupted: usize,
    compared_with_cargo: usize,
    settled: Vec<Duration>,
    false_findings: Vec<String>,
}

impl Tally {
    /// What was shown before an untouched run of rust-analyzer's command is what that run rebuilds.
    fn compare(
        &mut self,
        round: usize,
        build: &Build,
        before: &BTreeSet<Shown>,
        said: Option<&Said>,
    ) {
        let Some(said) = said else { return };
        self.compared_with_cargo += said.fresh.len() + said.rebuilt.len();
        let shown: BTreeSet<&String> = before.iter().map(|(_, package)| package).collect();
        for package in shown
            .iter()
            .filter(|package| said.fresh.contains(**package))
        {
            self.false_findings.push(format!(
                "round {round}, {build:?}: {package} was shown before, and cargo calls it fresh"
            ));
        }
        for package in said
            .rebuilt
            .iter()
            .filter(|package| !shown.contains(package))
        {
            self.false_findings.push(format!(
                "round {round}, {build:?}: {package} was not shown before, and cargo rebuilt it"
            ));
        }
    }

    /// The server's last word is what a look that knows nothing of before finds.
    fn compare_with_check(
        &mut self,
        round: usize,
        build: &Build,
        project: &Project,
        after: &BTreeSet<Shown>,
    ) {
        let output = Command::new(client::program())
            .args(["check", "--format", "json"])
            .current_dir(project.root())
            .env_remove("CARGO_TARGET_DIR")
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut found = BTreeSet::new();
        for finding in report["findings"].as_array().unwrap() {
            let is_about_macros = finding["code"].as_str().unwrap().starts_with("dylib-");
            let packages = finding["package_ids"].as_array().unwrap();
            for package in packages.iter().filter(|_| is_about_macros) {
                let code = finding["code"].as_str().unwrap().to_owned();
                found.insert((code, package.as_str().unwrap().to_owned()));
            }
        }
        for other in after.symmetric_difference(&found) {
            self.false_findings.push(format!("round {round}, {build:?}: {other:?} is shown by only one of server ({}) and check ({})", after.len(), found.len()));
        }
    }

    fn figures(&self, rounds: usize, packages: usize, macros: usize, seed: u64) -> Figures {
        let mut settled = self.settled.clone();
        vec![
            format!(
                "{rounds} builds of {packages} packages with {macros} macros, {} of them killed (seed {seed})",
                self.interrupted
            ),
            format!(
                "{} publications, {} findings not borne out",
                self.published,
                self.false_findings.len()
            ),
            format!(
                "{} macros compared with what cargo then rebuilt",
                self.compared_with_cargo
            ),
            format!(
                "last word after the last process: {}",
                if settled.is_empty() {
                    "nothing was said".to_owned()
                } else {
                    spread(&mut settled)
                }
            ),
        ]
    }
}

/// A small generator of its own, so that a seed tells a run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}
