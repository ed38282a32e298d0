//! What the server says beside what a fresh look says. Nothing may differ but what no fresh look can know: that files have other bytes
//! than when they were built, under old times; and what only a session has: a toolchain that changed, which is compared with what the
//! session began with, and a run that failed.

use crate::oracle::Answer;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A finding as far as it must be the same: code, message, packages.
type Told = (String, String, Vec<String>);

/// What differs, one line each.
pub(crate) fn differences(report: &Value, published: &[Value], fresh: &Answer) -> Vec<String> {
    if fresh.exit == Some(2) {
        return unreadable(published, fresh);
    }
    let mut found = Vec::new();
    let known = known_by_memory(report, &fresh.report);
    for name in [
        "layout",
        "profile",
        "build_directory",
        "workspace_root",
        "toolchain",
        "build_running",
    ] {
        if report[name] != fresh.report[name] {
            let (ours, theirs) = (&report[name], &fresh.report[name]);
            found.push(format!("{name}: server {ours}, fresh look {theirs}"));
        }
    }
    let (ours, theirs) = (macros(report), macros(&fresh.report));
    for package in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
        if known.contains(package) || ours.get(package) == theirs.get(package) {
            continue;
        }
        let words = |of: &BTreeMap<String, Value>| {
            let entry = of.get(package);
            entry.map_or("not listed".to_owned(), |entry| {
                format!("{} {} {}", entry["status"], entry["reason"], entry["unit"])
            })
        };
        found.push(format!(
            "{package}: server {}, fresh look {}",
            words(&ours),
            words(&theirs)
        ));
    }
    let in_report = told(report["findings"].as_array().into_iter().flatten(), &known);
    let by_fresh = told(
        fresh.report["findings"].as_array().into_iter().flatten(),
        &known,
    );
    for other in in_report.symmetric_difference(&by_fresh) {
        let who = if in_report.contains(other) {
            "the server's report"
        } else {
            "the fresh look"
        };
        found.push(format!("only {who} finds {other:?}"));
    }
    let shown = told(&in_manifests(published), &known);
    for other in shown.symmetric_difference(&by_fresh) {
        let who = if shown.contains(other) {
            "the editor"
        } else {
            "the fresh look"
        };
        found.push(format!("only {who} shows {other:?}"));
    }
    found
}

pub(crate) fn says_toolchain_changed(report: &Value) -> bool {
    toolchain_changed(report).is_some()
}

fn toolchain_changed(report: &Value) -> Option<&str> {
    let mut findings = report["findings"].as_array().into_iter().flatten();
    findings.find(|finding| finding["code"] == "toolchain-changed")?["message"].as_str()
}

/// Whether the server says of a changed toolchain what it must, by the one that it took for rust-analyzer's at an earlier moment.
pub(crate) fn toolchain_told(report: &Value, baseline: Option<&str>) -> Option<String> {
    let short = |rustc: &str| {
        let words: Vec<&str> = rustc.split(' ').take(2).collect();
        words.join(" ")
    };
    let now = report["toolchain"]["rustc"].as_str()?;
    let message = toolchain_changed(report);
    let is_right = match (message, baseline) {
        (Some(message), Some(before)) => {
            before != now
                && message.contains(&format!("now uses {}", short(now)))
                && message.contains(&format!("started with {}", short(before)))
        }
        (Some(message), None) => message.contains(&format!("now uses {}", short(now))),
        (None, Some(before)) => before == now,
        (None, None) => true,
    };
    (!is_right).then(|| {
        format!("the toolchain is {now}, the session began with {baseline:?}, the server says {message:?}")
    })
}

/// A fresh look that could not check: then the server says so too.
fn unreadable(published: &[Value], fresh: &Answer) -> Vec<String> {
    let says_so = published
        .iter()
        .flat_map(|published| published["diagnostics"].as_array().into_iter().flatten())
        .any(|diagnostic| diagnostic["code"] == "workspace-unreadable");
    if says_so {
        return Vec::new();
    }
    vec![format!(
        "a fresh look fails, and the server does not say so: {}",
        fresh.stderr.trim()
    )]
}

/// Macros of which the memory of a build tells more than any fresh look can.
fn known_by_memory(report: &Value, fresh: &Value) -> BTreeSet<String> {
    let (ours, theirs) = (macros(report), macros(fresh));
    let knows_more = |(package, entry): &(&String, &Value)| {
        let is_content = ["content-changed", "content-altered"].iter().any(|kind| {
            entry["reason"]
                .to_string()
                .contains(&format!("\"kind\":\"{kind}\""))
        });
        is_content
            && theirs
                .get(*package)
                .is_some_and(|entry| entry["status"] == "fresh")
    };
    ours.iter()
        .filter(knows_more)
        .map(|(package, _)| package.clone())
        .collect()
}

fn macros(report: &Value) -> BTreeMap<String, Value> {
    let entries = report["proc_macros"].as_array().into_iter().flatten();
    entries
        .map(|entry| {
            let mut entry = entry.clone();
            // The server reads the macros' sources for these.
            entry["macros"] = Value::Null;
            (
                entry["package_id"].as_str().unwrap_or_default().to_owned(),
                entry,
            )
        })
        .collect()
}

/// Diagnostics as findings; those in sources say the same once for each use.
fn in_manifests(published: &[Value]) -> Vec<Value> {
    let mut files = BTreeMap::new();
    for published in published {
        let uri = published["uri"].as_str().unwrap_or_default();
        files.insert(uri.to_owned(), published["diagnostics"].clone());
    }
    let is_source = |uri: &String| {
        std::path::Path::new(uri)
            .extension()
            .is_some_and(|it| it == "rs")
    };
    files
        .into_iter()
        .filter(|(uri, _)| !is_source(uri))
        .flat_map(|(_, diagnostics)| diagnostics.as_array().cloned().unwrap_or_default())
        .map(|diagnostic| {
            json!({
                "code": diagnostic["code"],
                "message": diagnostic["message"],
                "package_ids": diagnostic["data"]["package_ids"],
            })
        })
        .collect()
}

fn told<'a>(
    findings: impl IntoIterator<Item = &'a Value>,
    known: &BTreeSet<String>,
) -> BTreeSet<Told> {
    const OF_A_SESSION: &[&str] = &["toolchain-changed", "build-failed"];
    findings
        .into_iter()
        .filter(|finding| !OF_A_SESSION.iter().any(|code| finding["code"] == *code))
        .filter_map(|finding| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let packages = finding["package_ids"].as_array().into_iter().flatten();
            let mut packages: Vec<String> = packages.map(text).collect();
            packages.sort();
            if packages.iter().any(|package| known.contains(package)) {
                return None;
            }
            Some((
                text(&finding["code"]),
                advice_left_out(&text(&finding["message"])),
                packages,
            ))
        })
        .collect()
}

/// After a build that left a macro as it was, the server knows that another build is no advice.
fn advice_left_out(message: &str) -> String {
    let end = [
        " A build since then did not renew",
        " Rebuild it.",
        " Rebuild them.",
    ]
    .iter()
    .filter_map(|advice| message.find(advice))
    .min();
    message[..end.unwrap_or(message.len())].to_owned()
}
