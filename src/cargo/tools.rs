//! Finds programs on PATH and asks them for their versions, within a time limit. What the versions mean is the verdict's business.

use std::collections::{BTreeMap, BTreeSet};
use std::env::{self, consts};
use std::fs;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::invocation::Invocation;
use super::output::{Stream, Tail};
use super::process::{self, Cancel, End, ProcessGroup};

/// Keeps rustup from fetching a toolchain because somebody looked (rustup 1.28); rust-analyzer sets it too.
pub const NO_AUTO_INSTALL: (&str, &str) = ("RUSTUP_AUTO_INSTALL", "0");

/// How long a program may take to say its version. The real ones take some hundredths of a second.
const VERSION_LIMIT: Duration = Duration::from_secs(5);
/// How many programs of one name are asked.
const ASKED_LIMIT: usize = 8;

/// A `rust-analyzer` on PATH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRustAnalyzer {
    /// The program, as PATH names it.
    pub path: Utf8PathBuf,
    /// What it said when it was asked for its version.
    pub answer: VersionAnswer,
}

/// What a program said when it was asked for its version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionAnswer {
    /// The version, without the program's name, such as `1.95.0 (59807616 2026-04-14)`.
    Version(String),
    /// It is rustup's stand-in, and the active toolchain does not have the component.
    ComponentMissing,
    /// It is rustup's stand-in, and the toolchain itself cannot be used.
    ToolchainMissing,
    /// It ended without one; its words.
    Failed(String),
    /// It said nothing within its time.
    Silent,
}

impl FoundRustAnalyzer {
    /// Its version, where it has one.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        match &self.answer {
            VersionAnswer::Version(version) => Some(version),
            _ => None,
        }
    }
}

/// Every `rust-analyzer` on `path`, in the order in which a shell would find them, each file once. They are asked for their versions in
/// `directory`, where rustup's stand-in takes the toolchain of the workspace.
#[must_use]
pub fn rust_analyzers(
    path: &str,
    directory: &Utf8Path,
    environment: &BTreeMap<String, Option<String>>,
) -> Vec<FoundRustAnalyzer> {
    on_path("rust-analyzer", path)
        .into_iter()
        .take(ASKED_LIMIT)
        .map(|program| FoundRustAnalyzer {
            answer: version(&program, "rust-analyzer", directory, environment),
            path: program,
        })
        .collect()
}

/// Asks a program for its version; `name` is what it calls itself. A subcommand of cargo may want to be asked as cargo would call it:
/// `cargo-lambda lambda --version`.
#[must_use]
pub fn version(
    program: &Utf8Path,
    name: &str,
    directory: &Utf8Path,
    environment: &BTreeMap<String, Option<String>>,
) -> VersionAnswer {
    let ask = |question: &[&str]| answer_to(question, program, name, directory, environment);
    match (ask(&["--version"]), name.strip_prefix("cargo-")) {
        (VersionAnswer::Failed(_), Some(subcommand)) => ask(&[subcommand, "--version"]),
        (answer, _) => answer,
    }
}

fn answer_to(
    question: &[&str],
    program: &Utf8Path,
    name: &str,
    directory: &Utf8Path,
    environment: &BTreeMap<String, Option<String>>,
) -> VersionAnswer {
    let question = Invocation::new(program.as_str(), directory)
        .arguments(question.iter().copied())
        .environment("RUST_BACKTRACE", "0")
        .extra_environment(environment)
        .environment(NO_AUTO_INSTALL.0, NO_AUTO_INSTALL.1);
    let mut first = None;
    let mut errors = Tail::default();
    let end = process::run(
        &question,
        ProcessGroup::Own,
        &Cancel::after(VERSION_LIMIT),
        &mut |line| match line.stream {
            Stream::Output if first.is_none() => first = Some(line.text),
            Stream::Output => {}
            Stream::Error => errors.push(&line.text),
        },
    );
    match end {
        Ok(End::Cancelled) => VersionAnswer::Silent,
        Ok(End::Exited(status)) if status.success() => match first {
            Some(line) => {
                let version = line.strip_prefix(name).unwrap_or(&line).trim();
                VersionAnswer::Version(version.to_owned())
            }
            None => VersionAnswer::Failed("it printed nothing".to_owned()),
        },
        Ok(End::Exited(_)) => of_refusal(&errors.text()),
        Err(error) => VersionAnswer::Failed(error.source.to_string()),
    }
}

/// How long a wrapper may take to have rustc say its version. A compilation cache may have to start its server first.
const WRAPPER_LIMIT: Duration = Duration::from_secs(10);

/// What a wrapper says in the place of rustc's version, asked as cargo itself asks at every build; `None` where it works, or takes long.
#[must_use]
pub fn wrapper_failure(
    wrapper: &str,
    rustc: &Utf8Path,
    directory: &Utf8Path,
    environment: &BTreeMap<String, Option<String>>,
) -> Option<String> {
    let question = Invocation::new(wrapper, directory)
        .arguments([rustc.as_str(), "-vV"])
        .extra_environment(environment);
    let mut is_answered = false;
    let mut words = Tail::default();
    let end = process::run(
        &question,
        ProcessGroup::Own,
        &Cancel::after(WRAPPER_LIMIT),
        &mut |line| {
            is_answered |= line.text.starts_with("rustc ");
            words.push(&line.text);
        },
    );
    match end {
        Ok(End::Cancelled) => None,
        Ok(End::Exited(status)) if status.success() && is_answered => None,
        Ok(End::Exited(status)) => {
            let text = words.text();
            let last = text.lines().rev().find(|line| !line.trim().is_empty());
            Some(last.map_or_else(|| status.to_string(), |line| line.trim().to_owned()))
        }
        Err(error) => Some(error.source.to_string()),
    }
}

/// What rustup's stand-in says in the place of the program (rustup 1.23 to 1.29, `toolchain/distributable.rs` and `errors.rs`).
fn of_refusal(words: &str) -> VersionAnswer {
    let first = words
        .lines()
        .find(|line| line.starts_with("error:"))
        .unwrap_or_default();
    let is_without_component = (first.contains("nknown binary '") && first.contains("toolchain '"))
        || first.contains("' is not installed for the toolchain '")
        || first.contains("' is not applicable to the '")
        || words.contains("rustup component add");
    if is_without_component {
        VersionAnswer::ComponentMissing
    } else if first.contains("toolchain") && first.contains("is not installed")
        || first.contains("no default is configured")
    {
        VersionAnswer::ToolchainMissing
    } else {
        let words = words.trim();
        VersionAnswer::Failed(words.lines().next().unwrap_or_default().to_owned())
    }
}

/// Every program of this name on `path`, each file once.
#[must_use]
pub fn on_path(name: &str, path: &str) -> Vec<Utf8PathBuf> {
    let mut seen = BTreeSet::new();
    env::split_paths(path)
        .filter_map(|directory| Utf8PathBuf::from_path_buf(directory).ok())
        // An empty entry means the current directory, where nobody keeps tools.
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(format!("{name}{}", consts::EXE_SUFFIX)))
        .filter(|program| is_program(program))
        .filter(|program| seen.insert(program.canonicalize_utf8().unwrap_or(program.clone())))
        .collect()
}

/// Cargo as it is started: by its name where `path` has it, else the one in cargo's home. An editor started from a desktop often does
/// not have the PATH of the person's shell, and rust-analyzer finds cargo there too.
#[must_use]
pub fn cargo(path: &str, home: Option<&Utf8Path>) -> String {
    const NAME: &str = "cargo";
    if on_path(NAME, path).is_empty() {
        let bin = home.map(|home| home.join("bin"));
        let in_home = bin.map(|bin| bin.join(format!("{NAME}{}", consts::EXE_SUFFIX)));
        if let Some(program) = in_home.filter(|program| is_program(program)) {
            return program.into();
        }
    }
    NAME.to_owned()
}

/// Whether a program of this name or path can be started from `directory`.
#[must_use]
pub fn can_be_found(program: &str, path: &str, directory: &Utf8Path) -> bool {
    let has_directory = program.contains(['/', '\\']);
    if has_directory {
        let place = directory.join(program);
        let with_suffix = Utf8PathBuf::from(format!("{place}{}", consts::EXE_SUFFIX));
        is_program(&place) || is_program(&with_suffix)
    } else {
        let stem = program.strip_suffix(consts::EXE_SUFFIX).unwrap_or(program);
        // A relative entry of PATH counts here: a false alarm is worse than a late one.
        env::split_paths(path)
            .filter_map(|entry| Utf8PathBuf::from_path_buf(entry).ok())
            .any(|entry| {
                is_program(
                    &directory
                        .join(entry)
                        .join(format!("{stem}{}", consts::EXE_SUFFIX)),
                )
            })
    }
}

#[cfg(unix)]
fn is_program(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Utf8Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn rustups_refusals_are_told_apart() {
        let missing = [
            "error: Unknown binary 'rust-analyzer' in official toolchain 'stable-x86_64-unknown-linux-gnu'.",
            "error: 'rust-analyzer' is not installed for the toolchain '1.70.0-x86_64-unknown-linux-gnu'.\nTo install, run `rustup component add rust-analyzer --toolchain 1.70.0`",
            "error: unknown binary 'rust-analyzer' in toolchain 'nightly'",
        ];
        for words in missing {
            assert_eq!(
                of_refusal(words),
                VersionAnswer::ComponentMissing,
                "{words}"
            );
        }
        let words = "error: toolchain '1.93.0-x86_64-unknown-linux-gnu' is not installed\nhelp: run `rustup toolchain install` to install it";
        assert_eq!(of_refusal(words), VersionAnswer::ToolchainMissing);
        let words = "rust-analyzer: error while loading shared libraries: libfoo.so.1";
        assert_eq!(of_refusal(words), VersionAnswer::Failed(words.to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn a_subcommand_that_wants_its_own_name_is_asked_so() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(directory.path()).unwrap();
        let program = directory.join("cargo-other");
        let script = "#!/bin/sh\n[ \"$1\" = other ] || { echo \"error: unexpected argument '$1' found\" >&2; exit 2; }\necho \"cargo-other 1.9.1 (a6e9193 2026-02-26Z)\"\n";
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let ask = |name| version(&program, name, directory, &BTreeMap::new());
        assert_eq!(
            ask("cargo-other"),
            VersionAnswer::Version("1.9.1 (a6e9193 2026-02-26Z)".to_owned())
        );
        assert!(matches!(ask("other"), VersionAnswer::Failed(_)));
    }
}
