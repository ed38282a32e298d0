//! What the system sees of Sidecargo, by strace: which programs it starts, where it writes, and that it never reaches for the network.
#![cfg(test)]
#![cfg(all(target_os = "linux", feature = "lsp"))]

#[path = "lsp/client.rs"]
#[allow(dead_code)] // each test target uses its own part
mod client;
#[path = "lsp/project.rs"]
#[allow(dead_code)]
mod project;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use client::{Client, Manners};
use project::Project;
use serde_json::json;

/// Calls that start programs, reach for the network or change what is on disk; those that write to what is open need not be seen.
const TRACED: &str = "trace=execve,execveat,socket,connect,open,openat,creat,mkdir,mkdirat,rmdir,unlink,unlinkat,rename,renameat,\
    renameat2,link,linkat,symlink,symlinkat,chmod,fchmodat,utimensat,truncate";

/// A run under strace, with what Sidecargo and all that it started did.
struct Traced {
    /// Where temporary files of the run go.
    temporary: tempfile::TempDir,
}

/// What was done.
#[derive(Debug, Default)]
struct Deeds {
    /// The programs that were started, by path.
    programs: Vec<PathBuf>,
    /// Files and directories that were made, changed or removed.
    written: BTreeSet<PathBuf>,
    /// Sockets that lead elsewhere.
    network: Vec<String>,
}

impl Traced {
    /// `None` where strace is not to be had or may not look.
    fn new() -> Option<Self> {
        let is_there = Command::new("strace")
            .args(["-f", "-o", "/dev/null", "true"])
            .output()
            .is_ok_and(|output| output.status.success());
        if !is_there {
            eprintln!("skipped: no strace that may look");
            return None;
        }
        Some(Self {
            temporary: tempfile::Builder::new().prefix("calls").tempdir().unwrap(),
        })
    }

    fn command(&self, project: &Project, arguments: &[&str]) -> Command {
        let scratch = self.temporary.path().join("scratch");
        fs::create_dir_all(&scratch).unwrap();
        let mut command = Command::new("strace");
        command
            .args([
                "-f",
                "-y",
                "-qq",
                "-s",
                "4096",
                "-e",
                "signal=none",
                "-e",
                TRACED,
                "-o",
            ])
            .arg(self.temporary.path().join("calls"))
            .arg(client::program())
            .args(arguments)
            .current_dir(project.root())
            .env("TMPDIR", scratch)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS");
        command
    }

    fn run(&self, project: &Project, arguments: &[&str]) -> Deeds {
        let output = self.command(project, arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{text}");
        self.deeds(project)
    }

    fn deeds(&self, project: &Project) -> Deeds {
        let calls = fs::read_to_string(self.temporary.path().join("calls")).unwrap();
        let mut deeds = Deeds::default();
        for line in whole_lines(&calls) {
            deeds.note(&line, project.root());
        }
        assert!(!deeds.programs.is_empty(), "strace saw nothing: {calls}");
        deeds
    }

    /// What was written where it should not be. The scratch directory must be empty again.
    fn out_of_place(&self, deeds: &Deeds, project: &Project) -> Vec<PathBuf> {
        let scratch = self.temporary.path().join("scratch");
        assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0, "left behind");
        let cargo_home = std::env::var_os("CARGO_HOME").map_or_else(
            || std::env::home_dir().unwrap().join(".cargo"),
            PathBuf::from,
        );
        let allowed = [
            project.path("target"),
            scratch,
            "/dev".into(),
            "/proc".into(),
        ];
        let is_fine = |path: &&PathBuf| {
            // Cargo's own lock and its record of what was used when.
            let is_cargos_own = path.parent() == Some(&cargo_home)
                && [".package-cache", ".global-cache"].iter().any(|start| {
                    let name = path.file_name().unwrap_or_default();
                    name.to_string_lossy().starts_with(start)
                });
            is_cargos_own || allowed.iter().any(|place| path.starts_with(place))
        };
        let all = deeds.written.iter();
        all.filter(|path| !is_fine(path)).cloned().collect()
    }
}

/// A call that another process interrupts is told in two parts.
fn whole_lines(calls: &str) -> Vec<String> {
    let mut begun: std::collections::BTreeMap<&str, String> = std::collections::BTreeMap::new();
    let mut lines = Vec::new();
    for line in calls.lines() {
        let (process, call) = line.split_once(' ').unwrap_or((line, ""));
        let call = call.trim_start();
        if let Some(start) = call.strip_suffix(" <unfinished ...>") {
            begun.insert(process, start.to_owned());
        } else if let Some((_, rest)) = call
            .strip_prefix("<... ")
            .and_then(|it| it.split_once(" resumed>"))
        {
            let start = begun.remove(process).unwrap_or_default();
            lines.push(start + rest);
        } else {
            lines.push(call.to_owned());
        }
    }
    // What never ended counts too.
    lines.extend(begun.into_values());
    lines
}

impl Deeds {
    fn note(&mut self, line: &str, directory: &Path) {
        let Some((call, arguments)) = line.split_once('(') else {
            return;
        };
        // What failed did nothing.
        if line.contains(") = -1 ") {
            return;
        }
        match call {
            "execve" | "execveat" => self
                .programs
                .extend(paths(arguments, directory).into_iter().take(1)),
            "socket" | "connect" => {
                if arguments.contains("AF_INET") {
                    self.network.push(line.to_owned());
                }
            }
            "open" | "openat" => {
                if ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
                    .iter()
                    .any(|flag| arguments.contains(flag))
                {
                    self.written
                        .extend(paths(arguments, directory).into_iter().take(1));
                }
            }
            // An open file's own times.
            "utimensat"
                if arguments
                    .split(',')
                    .nth(1)
                    .is_some_and(|it| it.trim() == "NULL") => {}
            _ => self.written.extend(paths(arguments, directory)),
        }
    }

    fn names(&self) -> BTreeSet<String> {
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        self.programs.iter().map(name).collect()
    }
}

/// The paths in a call's arguments, below the directories that `-y` names.
fn paths(arguments: &str, directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut base = directory.to_owned();
    let mut rest = arguments;
    while let Some(at) = rest.find(['"', '<']) {
        let is_base = rest.as_bytes()[at] == b'<';
        let end = if is_base { '>' } else { '"' };
        let Some((text, after)) = rest[at + 1..].split_once(end) else {
            break;
        };
        if is_base {
            base = PathBuf::from(text);
        } else {
            found.push(base.join(text));
        }
        // The rest of an execve is words, no paths.
        rest = after;
    }
    found
}

#[test]
fn without_processes_not_one_is_started() {
    let Some(traced) = Traced::new() else { return };
    let project = Project::built();
    for arguments in [
        &["check", "--no-exec"][..],
        &["check", "--no-exec", "--format", "json"],
    ] {
        let deeds = traced.run(&project, arguments);
        assert_eq!(deeds.programs.len(), 1, "{:?}", deeds.programs);
        assert_eq!(deeds.network, Vec::<String>::new());
        assert_eq!(traced.out_of_place(&deeds, &project), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_server_without_processes_starts_not_one() {
    let Some(traced) = Traced::new() else { return };
    let project = Project::built();
    let mut client = Client::start_server(
        traced.command(&project, &["lsp"]),
        project.root(),
        Manners::Answers,
    );
    client.say_hello(&json!({"noExec": true}));
    client.wait_for_report();
    project.truncate_dylib();
    client.wait_for_codes(0, &project.path("Cargo.toml"), &["dylib-corrupt"]);
    client.command("sidecargo.refresh", &json!({}));
    client.goodbye();
    let deeds = traced.deeds(&project);
    assert_eq!(deeds.programs.len(), 1, "{:?}", deeds.programs);
    assert_eq!(deeds.network, Vec::<String>::new());
    assert_eq!(traced.out_of_place(&deeds, &project), Vec::<PathBuf>::new());
}

/// What the README says is run, and nothing of the workspace's own.
#[test]
fn a_check_starts_only_what_is_said_and_writes_only_where_it_may() {
    const SAID: &[&str] = &[
        "sidecargo",
        "cargo",
        "rustc",
        "rustup",
        "rust-analyzer",
        "rust-analyzer-proc-macro-srv",
    ];
    let Some(traced) = Traced::new() else { return };
    let project = Project::built();
    for arguments in [&["check"][..], &["check", "--probe"], &["fix", "--dry-run"]] {
        project.truncate_dylib();
        let deeds = traced.run(&project, arguments);
        let unsaid: Vec<String> = deeds
            .names()
            .into_iter()
            .filter(|name| !SAID.contains(&&**name))
            .collect();
        assert_eq!(unsaid, Vec::<String>::new(), "{arguments:?}");
        let own: Vec<&PathBuf> = deeds
            .programs
            .iter()
            .filter(|path| path.starts_with(project.root()))
            .collect();
        assert_eq!(own, Vec::<&PathBuf>::new(), "{arguments:?}");
        assert_eq!(deeds.network, Vec::<String>::new(), "{arguments:?}");
        assert_eq!(
            traced.out_of_place(&deeds, &project),
            Vec::<PathBuf>::new(),
            "{arguments:?}"
        );
    }
}
