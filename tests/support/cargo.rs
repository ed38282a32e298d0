//! The first oracle: rust-analyzer's own cargo command, run on a copy, and what cargo says in it of each proc-macro dylib.

use super::process::{Environment, Output, Run};
use super::stand_in;
use super::toolchain::Toolchain;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name and version of a package, as cargo prints them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// One proc-macro dylib that cargo's artifact lines name.
#[derive(Debug, Clone)]
pub(crate) struct Artifact {
    pub(crate) package_id: String,
    pub(crate) package: Package,
    /// The library's name, which may not be the package's.
    pub(crate) target: String,
    pub(crate) dylib: PathBuf,
    pub(crate) fresh: bool,
}

/// What cargo said in one run of rust-analyzer's command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    pub(crate) artifacts: Vec<Artifact>,
    /// The `Dirty` lines: one for each package, about its first dirty unit.
    pub(crate) dirty: BTreeMap<Package, String>,
    /// cargo's last error line, when it failed.
    pub(crate) error: Option<String>,
}

/// How cargo's compilations are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compilation {
    Real,
    /// By the stand-in: cargo's decisions only; the build directory is spoilt afterwards.
    Pretended,
}

/// Which build is meant: everything that decides what cargo expects.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    pub(crate) environment: Environment,
    /// `--features`, `--profile`, `--target-dir` and their like, which cargo and Sidecargo both take.
    pub(crate) arguments: Vec<String>,
}

/// rust-analyzer's command for this cargo (its `build_dependencies.rs`), without `--quiet`, so that Dirty lines are seen.
pub(crate) fn rust_analyzer_command(
    toolchain: &Toolchain,
    workspace: &Path,
    selection: &Selection,
) -> Run {
    let mut run = toolchain.cargo(workspace).args([
        "check",
        "--workspace",
        "--all-targets",
        "--message-format=json",
        "-v",
    ]);
    if toolchain.cargo_minor >= 74 {
        run = run.args(["--keep-going"]);
    }
    if toolchain.cargo_minor >= 89 {
        run = run
            .args(["--compile-time-deps", "-Zunstable-options"])
            .env("__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS", "nightly");
    }
    run.args(&selection.arguments).envs(&selection.environment)
}

/// Runs it and reads what cargo said.
pub(crate) fn ask(
    toolchain: &Toolchain,
    workspace: &Path,
    selection: &Selection,
    how: Compilation,
) -> Said {
    let mut run = rust_analyzer_command(toolchain, workspace, selection);
    if how == Compilation::Pretended {
        run = run.envs(&stand_in::environment(&stand_in::Part::CompileNothing));
    }
    read(&run.output())
}

fn read(output: &Output) -> Said {
    let mut said = Said::default();
    for line in output.stdout.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if let Some(artifact) = artifact(&message) {
            said.artifacts.push(artifact);
        }
    }
    for line in output.stderr.lines() {
        if let Some((package, reason)) = dirty_line(line) {
            said.dirty.entry(package).or_insert(reason);
        }
    }
    if output.timed_out {
        said.error = Some("cargo did not end".to_owned());
    } else if !output.success() {
        let line = output
            .stderr
            .lines()
            .find(|l| l.starts_with("error"))
            .unwrap_or("error");
        said.error = Some(line.to_owned());
    }
    said
}

fn artifact(message: &Value) -> Option<Artifact> {
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let kinds = message["target"]["kind"].as_array()?;
    if !kinds.iter().any(|k| k == "proc-macro") {
        return None;
    }
    let dylib = message["filenames"]
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .find(|f| {
            [".so", ".dll", ".dylib"]
                .iter()
                .any(|extension| f.ends_with(extension))
        })?;
    let package_id = message["package_id"].as_str()?.to_owned();
    Some(Artifact {
        package: Package::of_id(&package_id)?,
        target: message["target"]["name"].as_str()?.to_owned(),
        dylib: PathBuf::from(dylib),
        fresh: message["fresh"].as_bool()?,
        package_id,
    })
}

/// `       Dirty mac v0.1.0 (/somewhere/mac): the file `mac/src/lib.rs` has changed (…)`
fn dirty_line(line: &str) -> Option<(Package, String)> {
    let rest = line.trim_start().strip_prefix("Dirty ")?;
    let (package, reason) = rest.split_once(": ")?;
    let mut words = package.split(' ');
    let name = words.next()?.to_owned();
    let version = words.next()?.strip_prefix('v')?.to_owned();
    Some((Package { name, version }, reason.to_owned()))
}

impl Package {
    /// Reads a package id of any cargo: `mac 0.1.0 (path+file:///…)`, `path+file:///…/mac#0.1.0`, `registry+https://…#paste@1.0.15`.
    pub(crate) fn of_id(id: &str) -> Option<Package> {
        let package = |name: &str, version: &str| Package {
            name: name.to_owned(),
            version: version.to_owned(),
        };
        if let Some((name_version, _)) = id.split_once(" (") {
            let (name, version) = name_version.split_once(' ')?;
            return Some(package(name, version));
        }
        let (source, fragment) = id.rsplit_once('#')?;
        match fragment.split_once('@') {
            Some((name, version)) => Some(package(name, version)),
            None => Some(package(
                source.trim_end_matches('/').rsplit('/').next()?,
                fragment,
            )),
        }
    }
}
