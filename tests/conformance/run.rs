//! Carries one fault out on one base and asks everybody: Sidecargo, cold and warm, then the server, then cargo.

use crate::answers::{Tried, cargo_failed, differences, whole};
use crate::faults::{Fault, Mending};
use crate::judge::{self, Evidence, Memory};
use crate::options::Options;
use crate::ours;
use crate::plans::Plan;
use crate::report::Record;
use crate::support::cargo;
use crate::support::proc_macro_server;
use crate::support::toolchain::server_in;
use crate::support::tree::Listing;
use crate::support::workspace::{Base, fresh_directory};
use crate::trial::{Trial, Trouble};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What a trial needs besides its fault.
pub(crate) struct Scene<'a> {
    pub(crate) options: &'a Options,
    pub(crate) plan: &'a Plan,
    pub(crate) base: &'a Base,
    /// Bases of other compilers.
    pub(crate) others: &'a [Base],
    /// Whether there is a `sidecargo check` to try at all.
    pub(crate) ours: bool,
}

/// Tries one fault on one base.
pub(crate) fn attempt(scene: &Scene<'_>, fault: &Fault) -> Record {
    let started = Instant::now();
    let directory = fresh_directory(&format!(
        "{}/{}",
        scene.base.id,
        directory_name(&fault.name)
    ));
    let mut result = judged(scene, fault, &directory.join("check")).unwrap_or_else(from_trouble);
    if scene.ours
        && scene.plan.fixes(scene.options, fault)
        && fault.mending == Mending::Possible
        && let Tried::Judged { failures, .. } = &mut result
    {
        match crate::mending::attempt(scene, fault, &directory.join("fix")) {
            Ok(found) => failures.extend(found),
            Err(trouble) => failures.push(format!("fix: {trouble:?}")),
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
    if fine || !scene.options.printing.keep {
        let _ = fs::remove_dir_all(&directory);
    }
    Record {
        fault: fault.name.clone(),
        result,
        took: started.elapsed(),
    }
}

/// A fault's name as a directory's: cargo builds in no directory with a colon, and names of combinations are long.
fn directory_name(fault: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    fault.chars().map(safe).take(60).collect()
}

fn from_trouble(trouble: Trouble) -> Tried {
    match trouble {
        Trouble::Skip(why) => Tried::Skipped(why),
        Trouble::Failed(why) => Tried::Failed(why),
    }
}

/// Why Sidecargo does not judge a base at all, which it may say only of a cargo that does not know rust-analyzer's command either.
pub(crate) fn refusal(scene: &Scene<'_>) -> Option<String> {
    const KEEP_GOING: u32 = 74;
    let directory = fresh_directory(&format!("{}/refusal", scene.base.id));
    let trial = Trial::new(scene.base, scene.others, &directory).ok()?;
    let said = ours::check(&trial, &[]);
    let _ = fs::remove_dir_all(directory);
    let too_old = said
        .findings
        .into_iter()
        .find(|(code, _)| code == "toolchain-too-old");
    too_old
        .map(|(_, message)| message)
        .filter(|_| scene.base.toolchain.cargo_minor < KEEP_GOING)
}

/// A trial with its fault brought about. With `Warm`, Sidecargo has looked once before.
pub(crate) fn prepare<'a>(
    scene: &Scene<'a>,
    fault: &Fault,
    directory: &Path,
    memory: Memory,
) -> Result<Trial<'a>, Trouble> {
    fs::create_dir_all(directory)?;
    let mut trial = Trial::new(scene.base, scene.others, directory)?;
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
    let mut trial = prepare(scene, fault, directory, Memory::Warm)?;
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
        // Where there is no build directory there is no place to remember cargo's answers in.
        if memory.exists() {
            failures.extend(differences(&cold, &without_processes));
        }
        said.insert(Memory::Warm, warm);
        said.insert(Memory::Cold, cold);
    }
    let building = trial.lock.take().is_some();
    let evidence = gather(scene, &trial, before);
    let mut expectations = match judge::expectations(scene.base, fault, &evidence) {
        Ok(expectations) => expectations,
        Err(error) => return Ok(cargo_failed(error, &said, failures)),
    };
    if building {
        // What is broken under a running build may be what the build is about to write.
        for expectation in &mut expectations {
            expectation.statuses.push("building");
        }
    }
    failures.extend(
        said.iter()
            .flat_map(|(memory, said)| whole(*memory, said, &expectations, &trial, building)),
    );
    failures.sort();
    failures.dedup();
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
    // A fault that names another compiler may pretend one: no server belongs to it then.
    let environment = &trial.selection.environment;
    let names_rustc = environment.contains_key(OsStr::new("RUSTC"));
    let chosen = server_in(toolchain, &trial.workspace, environment).filter(|_| !names_rustc);
    let server = match &chosen {
        Some(server) => proc_macro_server::ask(toolchain, server, &dylibs),
        None => BTreeMap::new(),
    };
    let how = scene.options.compilation;
    Evidence {
        server,
        has_server: chosen.is_some(),
        cargo: cargo::ask(toolchain, &trial.workspace, &trial.selection, how),
        before,
        root: trial.root.clone(),
    }
}

/// Sidecargo's own memory, and what cargo's queries may write.
fn is_allowed_to_change(path: &Path) -> bool {
    path.components().any(|c| c.as_os_str() == ".sidecargo") || path.ends_with(".rustc_info.json")
}
