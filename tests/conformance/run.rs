//! Carries one fault out on one base and asks everybody: Sidecargo, cold and warm, then the server, then cargo.

use crate::faults::{Fault, Mending};
use crate::judge::{self, Evidence, Memory};
use crate::options::Options;
use crate::ours;
use crate::report::{Record, Tried};
use crate::support::cargo::{self, Compilation};
use crate::support::proc_macro_server;
use crate::support::tree::Listing;
use crate::support::workspace::{Base, fresh_directory};
use crate::trial::{Trial, Trouble};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What a trial needs besides its fault.
pub(crate) struct Scene<'a> {
    pub(crate) options: &'a Options,
    pub(crate) base: &'a Base,
    pub(crate) bases: &'a [Base],
    /// Whether there is a `sidecargo check` to try at all.
    pub(crate) ours: bool,
}

/// Tries one fault on one base.
pub(crate) fn attempt(scene: &Scene<'_>, fault: &Fault) -> Record {
    let started = Instant::now();
    let directory = fresh_directory(&format!(
        "{}/{}",
        scene.base.id,
        fault.name.replace('/', "_")
    ));
    let mut result = judged(scene, fault, &directory.join("check")).unwrap_or_else(from_trouble);
    if scene.ours && scene.options.fix && fault.mending == Mending::Possible {
        if let Tried::Judged { failures, .. } = &mut result {
            match crate::mending::attempt(scene, fault, &directory.join("fix")) {
                Ok(found) => failures.extend(found),
                Err(trouble) => failures.push(format!("fix: {trouble:?}")),
            }
        }
    }
    let fine = match &result {
        Tried::Skipped(_) => true,
        Tried::Failed(_) => false,
        Tried::CargoError { failures, .. } => failures.is_empty(),
        Tried::Judged { rows, failures, .. } => {
            failures.is_empty()
                && rows
                    .values()
                    .flatten()
                    .all(|r| matches!(r.outcome, judge::Outcome::Agrees | judge::Outcome::Ahead))
        }
    };
    if fine || !scene.options.keep {
        let _ = fs::remove_dir_all(&directory);
    }
    Record {
        base: scene.base.id.clone(),
        fault: fault.name.clone(),
        result,
        took: started.elapsed(),
    }
}

fn from_trouble(trouble: Trouble) -> Tried {
    match trouble {
        Trouble::Skip(why) => Tried::Skipped(why),
        Trouble::Failed(why) => Tried::Failed(why),
    }
}

/// A trial with its fault brought about. With `Warm`, Sidecargo has looked once before.
pub(crate) fn prepare<'a>(
    scene: &Scene<'a>,
    fault: &Fault,
    directory: &Path,
    memory: Memory,
) -> Result<Trial<'a>, Trouble> {
    fs::create_dir_all(directory)?;
    let mut trial = Trial::new(scene.base, scene.bases, directory)?;
    if memory == Memory::Warm && scene.ours {
        let said = ours::check(&trial, &[]);
        if let Some(why) = unhealthy(&said) {
            return Err(Trouble::Failed(format!(
                "Sidecargo finds the untouched base unhealthy: {why}"
            )));
        }
    }
    (fault.apply)(&mut trial)?;
    Ok(trial)
}

fn unhealthy(said: &ours::Said) -> Option<String> {
    if let Some(broken) = &said.broken {
        return Some(format!("{broken}\n{}", said.stderr));
    }
    if said.exit != Some(0) {
        return Some(format!(
            "exit status {:?}, findings {:?}\n{}",
            said.exit, said.findings, said.stderr
        ));
    }
    said.macros
        .iter()
        .find(|m| m.status != "fresh")
        .map(|m| format!("{} is {}: {}", m.name, m.status, m.reason))
}

fn judged(scene: &Scene<'_>, fault: &Fault, directory: &Path) -> Result<Tried, Trouble> {
    let trial = prepare(scene, fault, directory, Memory::Warm)?;
    let mut failures = Vec::new();
    let before = Listing::of(&trial.root);
    let mut said = BTreeMap::new();
    if scene.ours {
        let mut look = |extra: &[&str], what: &str| {
            let before = Listing::of(&trial.root);
            let said = ours::check(&trial, extra);
            let changes = before.changes(&Listing::of(&trial.root), is_allowed_to_change);
            if !changes.is_empty() {
                failures.push(format!("{what} changed files: {}", changes.join(", ")));
            }
            said
        };
        let warm = look(&[], "check");
        let memory = trial.build_directory.join(".sidecargo");
        let _ = fs::remove_dir_all(&memory).or_else(|_| fs::remove_file(&memory));
        let cold = look(&[], "check");
        let without_processes = look(&["--no-exec"], "check --no-exec");
        failures.extend(differences(&cold, &without_processes));
        said.insert(Memory::Warm, warm);
        said.insert(Memory::Cold, cold);
    }
    let evidence = gather(scene, &trial, before);
    let expectations = match judge::expectations(scene.base, fault, &evidence) {
        Ok(expectations) => expectations,
        Err(error) => return Ok(cargo_failed(error, &said, failures)),
    };
    failures.extend(
        said.iter()
            .flat_map(|(memory, said)| whole(*memory, said, &expectations, fault)),
    );
    let rows = if scene.ours {
        said.iter()
            .map(|(memory, said)| (*memory, judge::rows(fault, &expectations, said, *memory)))
            .collect()
    } else {
        BTreeMap::from([(Memory::Cold, judge::unjudged(&expectations))])
    };
    Ok(Tried::Judged {
        rows,
        failures,
        healthy: expectations.len(),
    })
}

/// Asks both oracles: the server first, since cargo's run spoils the trial.
pub(crate) fn gather(scene: &Scene<'_>, trial: &Trial<'_>, before: Listing) -> Evidence {
    let dylibs: Vec<PathBuf> = before
        .0
        .keys()
        .filter(|p| p.extension().is_some_and(|e| e == "so"))
        .map(|p| trial.root.join(p))
        .collect();
    let toolchain = &scene.base.toolchain;
    // A fault may have chosen another toolchain, whose server then counts.
    let mut chosen = toolchain.clone();
    if let Some(other) = scene
        .bases
        .iter()
        .find(|b| is_chosen(trial, &b.toolchain.name))
    {
        chosen = other.toolchain.clone();
    }
    let server = match &chosen.server {
        Some(server) => proc_macro_server::ask(&chosen, server, &dylibs),
        None => BTreeMap::new(),
    };
    let how = if scene.options.real_compilation {
        Compilation::Real
    } else {
        Compilation::Pretended
    };
    Evidence {
        server: server
            .into_iter()
            .map(|(path, answer)| (seen_from(trial, &path), answer))
            .collect(),
        has_server: chosen.server.is_some(),
        cargo: cargo::ask(toolchain, &trial.workspace, &trial.selection, how),
        before,
        root: trial.root.clone(),
    }
}

fn is_chosen(trial: &Trial<'_>, toolchain: &str) -> bool {
    let by_environment = trial
        .selection
        .environment
        .get(std::ffi::OsStr::new("RUSTUP_TOOLCHAIN"));
    match by_environment {
        Some(Some(name)) => name == toolchain,
        _ => {
            let files = [
                trial.workspace.join("rust-toolchain.toml"),
                trial.workspace.join("rust-toolchain"),
                trial.root.join("rust-toolchain.toml"),
            ];
            let named = |f: &PathBuf| fs::read_to_string(f).is_ok_and(|t| t.contains(toolchain));
            let overridden =
                fs::read_to_string(trial.root.join("rustup/settings.toml")).is_ok_and(|t| {
                    t.split("[overrides]")
                        .nth(1)
                        .is_some_and(|o| o.contains(&format!("\"{toolchain}-")))
                });
            files.iter().any(named) || overridden
        }
    }
}

/// cargo names files as the workspace is seen, which may be through a symlink.
fn seen_from(trial: &Trial<'_>, path: &Path) -> PathBuf {
    let Ok(real) = trial.workspace.canonicalize() else {
        return path.to_path_buf();
    };
    match path.strip_prefix(&real) {
        Ok(relative) => trial.workspace.join(relative),
        Err(_) => path.to_path_buf(),
    }
}

/// Sidecargo's own memory, and what cargo's queries may write.
fn is_allowed_to_change(path: &Path) -> bool {
    path.components().any(|c| c.as_os_str() == ".sidecargo") || path.ends_with(".rustc_info.json")
}

fn cargo_failed(
    error: String,
    said: &BTreeMap<Memory, ours::Said>,
    mut failures: Vec<String>,
) -> Tried {
    let mut words = Vec::new();
    for said in said.values() {
        match (&said.broken, said.exit) {
            (Some(broken), _) => failures.push(format!("{broken}\n{}", said.stderr)),
            (None, Some(0)) => failures.push("cargo fails, but nothing was found".to_owned()),
            (None, _) => {}
        }
        let codes: Vec<&str> = said
            .findings
            .iter()
            .map(|(code, _)| code.as_str())
            .collect();
        words.push(format!(
            "exit {} {}",
            said.exit.unwrap_or(-1),
            codes.join(",")
        ));
    }
    words.dedup();
    Tried::CargoError {
        error,
        said: words.join(" / "),
        failures,
    }
}

/// What must hold of an answer as a whole.
fn whole(
    memory: Memory,
    said: &ours::Said,
    expectations: &[judge::Expectation],
    fault: &Fault,
) -> Option<String> {
    if let Some(broken) = &said.broken {
        return Some(format!("{memory:?}: {broken}\n{}", said.stderr));
    }
    let unhealthy = expectations.iter().any(|e| !e.is_healthy());
    let fresh = said.macros.iter().all(|m| m.status == "fresh");
    match said.exit {
        Some(2) => Some(format!("{memory:?}: it could not check: {}", said.stderr)),
        Some(1) if !unhealthy && fresh && fault.altered.is_empty() => Some(format!(
            "{memory:?}: all is fresh, but it found {:?}",
            said.findings
        )),
        Some(0)
            if !fresh
                && said
                    .macros
                    .iter()
                    .any(|m| !["fresh", "building", "unknown"].contains(&m.status.as_str())) =>
        {
            Some(format!("{memory:?}: exit status 0 with unhealthy macros"))
        }
        _ => None,
    }
}

/// Where `--no-exec` right after a normal check says something else.
fn differences(normal: &ours::Said, other: &ours::Said) -> Vec<String> {
    let list = |said: &ours::Said| -> BTreeMap<(String, String, Option<PathBuf>), String> {
        let key = |m: &ours::OurMacro| (m.name.clone(), m.version.clone(), m.dylib.clone());
        said.macros
            .iter()
            .map(|m| (key(m), m.status.clone()))
            .collect()
    };
    if let Some(broken) = &other.broken {
        return vec![format!("check --no-exec: {broken}\n{}", other.stderr)];
    }
    let (normal_list, other_list) = (list(normal), list(other));
    let mut found = Vec::new();
    for (key, status) in &normal_list {
        let said = other_list.get(key).map_or("nothing", String::as_str);
        if said != status {
            found.push(format!(
                "check says {} {} is {status}, check --no-exec says {said}",
                key.0, key.1
            ));
        }
    }
    if normal_list.len() != other_list.len() && found.is_empty() {
        found.push(format!(
            "check lists {} macros, check --no-exec {}",
            normal_list.len(),
            other_list.len()
        ));
    }
    if normal.exit != other.exit && found.is_empty() {
        found.push(format!(
            "check ends with {:?}, check --no-exec with {:?}",
            normal.exit, other.exit
        ));
    }
    found
}
