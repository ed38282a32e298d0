//! Whether Sidecargo's verdict is the one that it must be.

mod expectation;

pub(crate) use expectation::{Evidence, Expectation, expectations};

use crate::faults::{Causes, Fault};
use crate::ours::{OurMacro, Said as Ours};
use crate::reasons;
use crate::support::cargo::Package;
use expectation::{is_among, resolved};

/// Whether Sidecargo had seen the workspace healthy before the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Memory {
    Cold,
    Warm,
}

/// How a verdict compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Agrees,
    /// Both oracles are blind, and the content truly differs.
    Ahead,
    FalseAlarm,
    Missed,
    /// Unhealthy on both sides, but another class.
    OtherClass,
    /// Not listed, or listed without need.
    NotListed,
}

/// A macro's row: what was expected and what was said.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) expectation: Expectation,
    pub(crate) said: String,
    pub(crate) outcome: Outcome,
    /// The reason names something else than cargo does.
    pub(crate) reason_mismatch: Option<String>,
}

/// Rows of the oracles alone.
pub(crate) fn unjudged(expectations: &[Expectation]) -> Vec<Row> {
    let row = |expectation: &Expectation| Row {
        expectation: expectation.clone(),
        said: "-".to_owned(),
        outcome: Outcome::Agrees,
        reason_mismatch: None,
    };
    expectations.iter().map(row).collect()
}

/// Compares what Sidecargo said with what was expected of each macro.
pub(crate) fn rows(
    fault: &Fault,
    expectations: &[Expectation],
    said: &Ours,
    memory: Memory,
) -> Vec<Row> {
    let mut left: Vec<&OurMacro> = said.macros.iter().collect();
    let mut rows: Vec<Row> = expectations
        .iter()
        .map(|expectation| {
            let found = find(&left, expectation);
            let ours = found.map(|at| left.remove(at));
            row(fault, expectation, ours, memory)
        })
        .collect();
    for extra in left {
        rows.push(Row {
            expectation: Expectation {
                package: Package {
                    name: extra.name.clone(),
                    version: extra.version.clone(),
                },
                dylib: extra.dylib.clone().unwrap_or_default(),
                cargo: "does not expect it".to_owned(),
                server: "-".to_owned(),
                statuses: Vec::new(),
                dirty: None,
                is_new: false,
            },
            said: extra.status.clone(),
            outcome: Outcome::NotListed,
            reason_mismatch: None,
        });
    }
    rows
}

fn find(ours: &[&OurMacro], expectation: &Expectation) -> Option<usize> {
    let wanted = resolved(&expectation.dylib);
    let by_path = ours
        .iter()
        .position(|m| m.dylib.as_ref().is_some_and(|d| resolved(d) == wanted));
    by_path.or_else(|| {
        ours.iter().position(|m| {
            m.dylib.is_none()
                && m.name == expectation.package.name
                && m.version == expectation.package.version
        })
    })
}

fn row(fault: &Fault, expectation: &Expectation, ours: Option<&OurMacro>, memory: Memory) -> Row {
    let status = ours.map_or("not listed", |m| m.status.as_str());
    let may_know_more =
        is_among(fault.altered, &expectation.package) && (memory == Memory::Warm || fault.evident);
    let outcome = if ours.is_none() {
        Outcome::NotListed
    } else if expectation.statuses.contains(&status) {
        Outcome::Agrees
    } else if !expectation.is_healthy() {
        if status == "fresh" {
            Outcome::Missed
        } else {
            Outcome::OtherClass
        }
    } else if may_know_more && ["stale", "corrupt"].contains(&status) {
        Outcome::Ahead
    } else {
        Outcome::FalseAlarm
    };
    let kind = ours
        .and_then(|m| m.reason["kind"].as_str())
        .unwrap_or_default();
    Row {
        expectation: expectation.clone(),
        said: if kind.is_empty() {
            status.to_owned()
        } else {
            format!("{status}: {kind}")
        },
        reason_mismatch: ours.and_then(|m| reason_mismatch(fault, expectation, m)),
        outcome,
    }
}

fn reason_mismatch(fault: &Fault, expectation: &Expectation, ours: &OurMacro) -> Option<String> {
    if ours.status != "stale" {
        return None;
    }
    if fault.causes == Causes::Several {
        return None; // each of them is true, and cargo names but one
    }
    match (&expectation.dirty, fault.subject) {
        (Some(dirty), _) => reasons::mismatch(&ours.reason, dirty, &ours.name),
        // A new file name: cargo compiles it without a word, so the injector says what it has changed.
        (None, Some(subject)) if expectation.is_new && !reasons::holds(&ours.reason, subject) => {
            Some(format!(
                "changed was {subject}; the reason is {}",
                ours.reason
            ))
        }
        _ => None,
    }
}
