//! What must hold of Sidecargo's answers as a whole, besides each macro's verdict.

use crate::judge::{Expectation, Memory, Row};
use crate::ours;
use crate::trial::Trial;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The result of a trial.
pub(crate) enum Tried {
    Skipped(String),
    /// The suite itself failed.
    Failed(String),
    /// cargo could say nothing: its error, and whether Sidecargo said so too.
    CargoError {
        error: String,
        said: String,
        failures: Vec<String>,
    },
    Judged {
        rows: BTreeMap<Memory, Vec<Row>>,
        failures: Vec<String>,
        healthy: usize,
    },
}

/// cargo could not say anything: then Sidecargo must not say that all is well.
pub(crate) fn cargo_failed(
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

/// What does not hold of an answer as a whole.
pub(crate) fn whole(
    memory: Memory,
    said: &ours::Said,
    expectations: &[Expectation],
    trial: &Trial<'_>,
    building: bool,
) -> Vec<String> {
    if let Some(broken) = &said.broken {
        return vec![format!("{memory:?}: {broken}\n{}", said.stderr)];
    }
    if said.exit == Some(2) {
        return vec![format!("{memory:?}: it could not check: {}", said.stderr)];
    }
    let mut found = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            found.push(format!("{memory:?}: {what}"));
        }
    };
    let all_fresh = said.macros.iter().all(|m| m.status == "fresh");
    let counted =
        |m: &ours::OurMacro| !["fresh", "building", "unknown"].contains(&m.status.as_str());
    if building {
        must(
            said.exit == Some(0),
            format!("a build runs, but the exit status is {:?}", said.exit),
        );
        must(
            said.report["build_running"] == true,
            "build_running is not set while a build runs".to_owned(),
        );
    } else {
        must(
            said.exit == Some(0) || !all_fresh,
            format!("all is fresh, but it found {:?}", said.findings),
        );
        must(
            said.exit == Some(1) || !said.macros.iter().any(counted),
            "exit status 0 with unhealthy macros".to_owned(),
        );
        must(
            said.report["build_running"] == false,
            "build_running is set and no build runs".to_owned(),
        );
    }
    for (status, number) in said.report["summary"].as_object().into_iter().flatten() {
        let count = said
            .macros
            .iter()
            .filter(|m| status == "total" || m.status.replace('-', "_") == *status)
            .count();
        must(
            number.as_u64() == u64::try_from(count).ok(),
            format!("summary says {status} {number}, the list has {count}"),
        );
    }
    // Every unhealthy macro is in a finding of its class, by package id.
    for ours in said.macros.iter().filter(|m| counted(m)) {
        let named = said.report["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|f| {
                f["code"].as_str().is_some_and(|c| c.starts_with("dylib-"))
                    && f["package_ids"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .any(|id| *id == ours.package_id)
            });
        must(
            named,
            format!("no finding names {} {}", ours.name, ours.version),
        );
    }
    for fact in facts(said, expectations, trial) {
        must(false, fact);
    }
    found
}

/// Directories and layout, which cargo has told by the dylibs' paths.
fn facts(said: &ours::Said, expectations: &[Expectation], trial: &Trial<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
    let path = |value: &Value| real(PathBuf::from(value.as_str().unwrap_or_default()));
    let place = path(&said.report["build_directory"]);
    if place != real(trial.build_directory.clone()) {
        found.push(format!("build_directory is {}", place.display()));
    }
    if path(&said.report["workspace_root"]) != real(trial.workspace.clone()) {
        found.push(format!(
            "workspace_root is {}",
            said.report["workspace_root"]
        ));
    }
    if let Some(dylib) = expectations.first().and_then(|e| e.dylib.parent()) {
        let layout = if dylib.ends_with("deps") { "v1" } else { "v2" };
        if said.report["layout"] != layout {
            found.push(format!(
                "layout is {}, but cargo's is {layout}",
                said.report["layout"]
            ));
        }
    }
    found
}

/// Where `--no-exec` right after a normal check says something else.
pub(crate) fn differences(normal: &ours::Said, other: &ours::Said) -> Vec<String> {
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
