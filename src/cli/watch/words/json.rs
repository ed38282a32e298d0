//! The events as JSON, one object each; `event` names its kind. For scripts: fields are added, never changed.

use serde_json::{Value, json};

use super::{Event, IsNew, degraded};
use crate::cli::report::json as report;
use crate::cli::watch::release::Done;
use crate::cli::watch::verdicts::News;
use crate::remedy::{Failure, MendResult};

pub(super) fn lines(event: &Event<'_>) -> Vec<Value> {
    match event {
        Event::Watching { inspection, .. } => vec![json!({
            "event": "watching",
            "workspace_root": inspection.workspace.root,
            "build_directory": inspection.workspace.build_directory,
            "proc_macros": inspection.macros.len(),
        })],
        Event::News(all) => all.iter().map(news).collect(),
        Event::Built {
            took,
            edited,
            is_new,
        } => vec![json!({
            "event": "built",
            "seconds": took.as_secs_f64(),
            "edited": edited,
            "new": *is_new == IsNew::Yes,
        })],
        Event::BuildFailed {
            took,
            edited,
            failure,
            ..
        } => vec![json!({
            "event": "build-failed",
            "seconds": took.as_secs_f64(),
            "edited": edited,
            "message": failure.to_string(),
            "errors": errors(failure),
        })],
        Event::HeldBack { broken, .. } => vec![json!({"event": "held-back", "packages": broken})],
        Event::Released(done) => done
            .iter()
            .map(|one| match one {
                Done::Touched(path) => json!({"event": "touched", "path": path}),
                Done::Started(command) => json!({"event": "started", "command": command}),
                Done::Restarted(command) => json!({"event": "restarted", "command": command}),
            })
            .collect(),
        Event::ServiceEnded { command, status } => vec![json!({
            "event": "service-ended",
            "command": command,
            "status": status.code(),
        })],
        Event::Mended { report, took, .. } => vec![json!({
            "event": if report.result == MendResult::Mended { "mended" } else { "not-mended" },
            "seconds": took.as_secs_f64(),
            "packages": report.macros.iter().map(|one| &one.name).collect::<Vec<_>>(),
            "message": report.sentence(),
            "errors": report.failure().map(errors).unwrap_or_default(),
        })],
        Event::Failed(message) => vec![json!({"event": "error", "message": message})],
        Event::Degraded(degradation) => {
            vec![json!({"event": "note", "message": degraded(degradation)})]
        }
    }
}

fn news(news: &News) -> Value {
    match news {
        News::Broken(inspected) | News::Fresh(inspected) => json!({
            "event": "verdict",
            "name": inspected.expected.name,
            "version": inspected.expected.version,
            "package_id": inspected.expected.package_id,
            "status": inspected.verdict.status(),
            "reason": report::reason(&inspected.verdict).unwrap_or_default(),
        }),
        News::Found(finding) => json!({"event": "found", "finding": finding}),
        News::Gone(finding) => json!({"event": "gone", "code": finding.code}),
    }
}

fn errors(failure: &Failure) -> Vec<Value> {
    let Failure::Command {
        compiler_errors, ..
    } = failure
    else {
        return Vec::new();
    };
    let told = |error: &crate::cargo::messages::CompilerError| {
        json!({
            "message": error.message,
            "path": error.path,
            "line": error.line,
            "column": error.column,
        })
    };
    compiler_errors.iter().map(told).collect()
}
