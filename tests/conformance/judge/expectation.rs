//! What a verdict must be, as the two oracles say.

use crate::faults::Fault;
use crate::support::cargo::{Artifact, Package, Said as CargoSaid};
use crate::support::proc_macro_server::Answer;
use crate::support::tree::{Kind, Listing};
use crate::support::units::fingerprint_directory;
use crate::support::workspace::Base;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What both oracles saw of a trial.
pub(crate) struct Evidence {
    pub(crate) cargo: CargoSaid,
    /// By dylib, before cargo ran; empty where the toolchain has no server.
    pub(crate) server: BTreeMap<PathBuf, Answer>,
    pub(crate) has_server: bool,
    /// The trial's directory before cargo ran.
    pub(crate) before: Listing,
    pub(crate) root: PathBuf,
}

/// One macro as the oracles see it.
#[derive(Debug, Clone)]
pub(crate) struct Expectation {
    pub(crate) package: Package,
    pub(crate) dylib: PathBuf,
    pub(crate) cargo: String,
    pub(crate) server: String,
    /// The statuses that agree with both.
    pub(crate) statuses: Vec<&'static str>,
    /// cargo's Dirty line of this package, when the dylib's own unit was not fresh.
    pub(super) dirty: Option<String>,
    /// The unit is a new one: cargo gives no reason then.
    pub(super) is_new: bool,
}

impl Expectation {
    pub(crate) fn is_healthy(&self) -> bool {
        self.statuses == ["fresh"]
    }
}

/// What each macro must be, or cargo's error when it could not say.
pub(crate) fn expectations(
    base: &Base,
    fault: &Fault,
    evidence: &Evidence,
) -> Result<Vec<Expectation>, String> {
    if let Some(error) = &evidence.cargo.error {
        return Err(error.clone());
    }
    Ok(evidence
        .cargo
        .artifacts
        .iter()
        .map(|artifact| expectation(base, fault, evidence, artifact))
        .collect())
}

fn expectation(
    base: &Base,
    fault: &Fault,
    evidence: &Evidence,
    artifact: &Artifact,
) -> Expectation {
    let dirty = evidence
        .cargo
        .dirty
        .get(&artifact.package)
        .filter(|_| !artifact.fresh)
        .cloned();
    let exists = exists(evidence, &artifact.dylib);
    let has_unit = fingerprint_directory(&artifact.dylib, &artifact.package.name)
        .is_some_and(|unit| holds_something(evidence, &unit));
    let server = if exists {
        server_says(base, fault, evidence, artifact)
    } else {
        Server::NoFile
    };
    let statuses: &[&str] = match (&server, artifact.fresh) {
        (Server::NoFile, _) if has_unit => &["missing"],
        (Server::NoFile, _) => statuses_by_relatives(fault, evidence, artifact),
        (Server::Refuses { statuses, .. }, _) => statuses,
        (Server::Loads | Server::None, false)
            if dirty.as_deref() == Some("the toolchain changed") =>
        {
            &["wrong-rustc"]
        }
        (Server::Loads | Server::None, false) => &["stale"],
        (Server::Loads | Server::None, true) => &["fresh"],
    };
    Expectation {
        package: artifact.package.clone(),
        dylib: artifact.dylib.clone(),
        cargo: match (&dirty, artifact.fresh) {
            (_, true) => "fresh".to_owned(),
            (Some(reason), false) => format!("dirty: {}", shortened(reason)),
            (None, false) => "compiles it".to_owned(),
        },
        server: match server {
            Server::None => "-".to_owned(),
            Server::NoFile => "no file".to_owned(),
            Server::Loads => "loads".to_owned(),
            Server::Refuses { text, .. } => text,
        },
        statuses: statuses.to_vec(),
        dirty,
        is_new: !has_unit,
    }
}

enum Server {
    None,
    NoFile,
    Loads,
    Refuses {
        text: String,
        statuses: &'static [&'static str],
    },
}

const DAMAGE: &[&str] = &["corrupt", "wrong-rustc", "wrong-platform"];

fn server_says(base: &Base, fault: &Fault, evidence: &Evidence, artifact: &Artifact) -> Server {
    let refuses = |text: &str, statuses| Server::Refuses {
        text: text.to_owned(),
        statuses,
    };
    let answer = evidence.server.get(&resolved(&artifact.dylib));
    match answer {
        None if evidence.has_server => refuses("not asked", DAMAGE),
        // Only the injector knows then.
        None if is_among(fault.damaged, &artifact.package) => refuses("- (damaged)", DAMAGE),
        None => Server::None,
        Some(Answer::Loads(macros)) => {
            let known = base
                .macros
                .iter()
                .find(|m| m.artifact.package == artifact.package)
                .and_then(|m| m.exports.as_ref());
            match known {
                Some(known) if known != macros => refuses(
                    &format!("lists {} for {}", macros.join(","), known.join(",")),
                    &["corrupt"],
                ),
                _ => Server::Loads,
            }
        }
        Some(Answer::Refuses(text)) => {
            if tells_rustc(text) {
                refuses(text, &["wrong-rustc"])
            } else if text.contains("Permission denied") {
                refuses(text, &["unknown"])
            } else {
                refuses(text, DAMAGE)
            }
        }
    }
}

/// Whether the server's refusal is for the rustc alone.
fn tells_rustc(text: &str) -> bool {
    [
        "mismatched ABI",
        "rustc version mismatch",
        "unsupported metadata version",
    ]
    .iter()
    .any(|t| text.contains(t))
}

/// Whether one of the injector's names (`thiserror-impl@1.0.69`) means this package.
pub(super) fn is_among(names: &[&str], package: &Package) -> bool {
    names.iter().any(|name| match name.split_once('@') {
        Some((name, version)) => package.name == name && package.version == version,
        None => package.name == *name,
    })
}

/// Cargo makes the directories of all units before it builds the first: an empty one says nothing.
fn holds_something(evidence: &Evidence, directory: &Path) -> bool {
    let Ok(relative) = resolved(directory)
        .strip_prefix(&evidence.root)
        .map(Path::to_path_buf)
    else {
        return false;
    };
    let files = &evidence.before.0;
    files.keys().any(|path| path.parent() == Some(&relative))
}

fn entry<'a>(evidence: &'a Evidence, path: &Path) -> Option<&'a Kind> {
    let relative = resolved(path)
        .strip_prefix(&evidence.root)
        .ok()?
        .to_path_buf();
    evidence.before.0.get(&relative).map(|e| &e.kind)
}

/// The path with links in its directories followed: a trial may see its workspace through one.
pub(super) fn resolved(path: &Path) -> PathBuf {
    match (
        path.parent().and_then(|p| p.canonicalize().ok()),
        path.file_name(),
    ) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path.to_path_buf(),
    }
}

/// Whether the dylib was there before cargo ran, links followed.
fn exists(evidence: &Evidence, dylib: &Path) -> bool {
    match entry(evidence, dylib) {
        None => false,
        Some(Kind::Link(to)) => {
            let to = if to.is_absolute() {
                to.clone()
            } else {
                dylib.with_file_name(to)
            };
            match to.strip_prefix(&evidence.root) {
                Ok(inside) => to != dylib && evidence.before.0.contains_key(inside),
                Err(_) => to.exists(),
            }
        }
        Some(_) => true,
    }
}

/// What a macro is whose own unit was never built: the package's other dylibs beside it tell, those apart that cargo expects too.
fn statuses_by_relatives(
    fault: &Fault,
    evidence: &Evidence,
    artifact: &Artifact,
) -> &'static [&'static str] {
    let expected: Vec<PathBuf> = evidence
        .cargo
        .artifacts
        .iter()
        .map(|a| resolved(&a.dylib))
        .collect();
    let own = resolved(&artifact.dylib);
    let levels = if own.parent().is_some_and(|p| p.ends_with("deps")) {
        1
    } else {
        3
    };
    let is_beside = |path: &PathBuf| {
        path.ancestors().nth(levels) == own.ancestors().nth(levels)
            && stem(path) == stem(&own)
            && !expected.contains(path)
    };
    let here: Vec<PathBuf> = evidence
        .before
        .0
        .keys()
        .map(|p| evidence.root.join(p))
        .filter(is_beside)
        .collect();
    let refused = |p: &PathBuf| matches!(evidence.server.get(p), Some(Answer::Refuses(_)));
    let damaged = |p: &PathBuf| matches!(evidence.server.get(p), Some(Answer::Refuses(text)) if !tells_rustc(text));
    let is_in_the_other_layout = |path: &PathBuf| {
        stem(path) == stem(&own)
            && path.parent().is_some_and(|p| p.ends_with("deps")) != (levels == 1)
            && !expected.contains(path)
    };
    let mut all = evidence.before.0.keys().map(|p| evidence.root.join(p));
    if here.is_empty() && all.any(|path| is_in_the_other_layout(&path)) {
        // Cargo's setting moved it, and what it was built by and with tells the rest.
        &["stale", "wrong-rustc", "missing"]
    } else if here.is_empty() {
        &["missing"]
    } else if here.iter().any(damaged) {
        // A damaged relative may hide who built it.
        &["stale", "wrong-rustc", "missing"]
    } else if !evidence.has_server {
        &["stale", "wrong-rustc", "missing"]
    } else if here.iter().all(refused) {
        &["wrong-rustc"]
    } else if here.iter().any(refused) && fault.subject.is_none() {
        &["stale", "wrong-rustc", "missing"]
    } else if here.iter().any(refused) {
        &["stale", "wrong-rustc"]
    } else if fault.subject.is_some() {
        &["stale"]
    } else {
        // What another command has left is no relative.
        &["stale", "missing"]
    }
}

/// A dylib's name without its hash, such as `libmac`.
fn stem(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?.strip_suffix(".so")?;
    name.rsplit_once('-').map(|(stem, _)| stem)
}

fn shortened(reason: &str) -> &str {
    reason.split(" (1").next().unwrap_or(reason)
}
