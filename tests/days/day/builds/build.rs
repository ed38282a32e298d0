//! One round's build: what is done before it, how it is called, and how it ends.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Tally;
use crate::day::project::Project;
use crate::day::support::dice::Dice;
use crate::day::support::process::{Killed, kill};
use crate::options::Length;

/// One round's build.
#[derive(Debug)]
pub(super) struct Build {
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
    /// By force, after a while.
    Killed(Duration, Killed),
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
    pub(super) fn chosen(round: usize, rounds: usize, length: Length, dice: &mut Dice) -> Self {
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
            0 => End::Killed(after, Killed::WithAll),
            1 => End::Killed(after, Killed::Alone),
            // What compiles all packages to machine code would take long, and is like any other build.
            _ if length == Length::Full && matches!(command[0], "build" | "test") => {
                End::Killed(after, Killed::WithAll)
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
    pub(super) fn carry_out(
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
            End::Killed(after, what) => {
                std::thread::sleep(after);
                if child.try_wait().unwrap().is_none() {
                    tally.interrupted += 1;
                }
                kill(&mut child, what);
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
pub(super) struct Said {
    pub(super) rebuilt: BTreeSet<String>,
    pub(super) fresh: BTreeSet<String>,
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

pub(super) fn cargo(root: &Path) -> Command {
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
