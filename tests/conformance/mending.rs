//! `sidecargo fix` after a fault: both oracles must be content afterwards, and what was broken must have been built anew.

use crate::faults::Fault;
use crate::judge::{self, Memory};
use crate::ours;
use crate::run::{Scene, gather, prepare};
use crate::support::tree::{Entry, Listing};
use crate::trial::Trouble;
use std::path::Path;

/// Tries it in a trial of its own and returns what was wrong.
pub(crate) fn attempt(
    scene: &Scene<'_>,
    fault: &Fault,
    directory: &Path,
) -> Result<Vec<String>, Trouble> {
    let trial = prepare(scene, fault, directory, Memory::Warm)?;
    let mut failures = Vec::new();
    let before = Listing::of(&trial.root);
    let said = ours::check(&trial, &[]);
    let broken: Vec<&ours::OurMacro> = said.macros.iter().filter(|m| m.status != "fresh").collect();

    let dry = ours::fix(&trial, &["--dry-run"]);
    let changes = before.changes(&Listing::of(&trial.root), |p| {
        p.components().any(|c| c.as_os_str() == ".sidecargo") || p.ends_with(".rustc_info.json")
    });
    if !changes.is_empty() {
        failures.push(format!(
            "fix --dry-run changed files: {}",
            changes.join(", ")
        ));
    }
    if !broken.is_empty() && dry.stdout.trim().is_empty() {
        failures.push("fix --dry-run says nothing".to_owned());
    }

    let fixed = ours::fix(&trial, &[]);
    if !fixed.success() {
        failures.push(format!(
            "fix ended with {:?}: {}{}",
            fixed.status, fixed.stdout, fixed.stderr
        ));
        return Ok(failures);
    }
    let after = Listing::of(&trial.root);
    for ours in &broken {
        let Some(relative) = ours
            .dylib
            .as_ref()
            .and_then(|d| d.strip_prefix(&trial.root).ok())
        else {
            continue;
        };
        let stamp = |listing: &Listing| {
            listing
                .0
                .get(relative)
                .map(|e: &Entry| (e.modified, e.inode, e.length))
        };
        if stamp(&before) == stamp(&after) {
            failures.push(format!(
                "fix left the dylib of {} as it was ({})",
                ours.name, ours.status
            ));
        }
    }
    let again = ours::check(&trial, &[]);
    for ours in again.macros.iter().filter(|m| m.status != "fresh") {
        failures.push(format!(
            "after fix {} is {}: {}",
            ours.name, ours.status, ours.reason
        ));
    }
    let evidence = gather(scene, &trial, after);
    match judge::expectations(scene.base, fault, &evidence) {
        Err(error) => failures.push(format!("after fix cargo fails: {error}")),
        Ok(expectations) => {
            for e in expectations.iter().filter(|e| !e.is_healthy()) {
                failures.push(format!(
                    "after fix {}: cargo: {}; server: {}",
                    e.package.name, e.cargo, e.server
                ));
            }
        }
    }
    Ok(failures)
}
