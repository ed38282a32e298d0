//! What `fix` planned and did, as one JSON object. A contract beside that of `check`: its schema lies beside it.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use serde_json::{Value, json};

use super::preview::Preview;
use crate::cargo::messages::CompilerError;
use crate::cli::report;
use crate::inspect::{InspectedMacro, Inspection};
use crate::names::{PackageId, PackageName};
use crate::remedy::{Failure, MendReport, MendResult, Plan, RemedyKind, Round, RunResult, Step};
use crate::verdict::{Finding, Verdict};

/// Raised when a field changes its meaning or goes away; new fields do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// The JSON Schema of the object.
pub(super) const SCHEMA: &str = include_str!("fix.schema.json");

#[derive(Serialize)]
struct Fixed<'a> {
    schema_version: u32,
    workspace_root: &'a Utf8Path,
    build_directory: &'a Utf8Path,
    dry_run: bool,
    preview: Option<&'a Preview<'a>>,
    result: &'static str,
    rounds: Vec<RoundReport<'a>>,
    proc_macros: Vec<MacroReport<'a>>,
    failure: Option<FailureReport<'a>>,
    report: Value,
}

#[derive(Serialize)]
struct RoundReport<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    executed: &'a [Step],
    outcome: &'static str,
    unusable: &'a [Utf8PathBuf],
}

#[derive(Serialize)]
struct MacroReport<'a> {
    name: &'a PackageName,
    package_id: &'a PackageId,
    before: &'static str,
    after: Option<&'static str>,
    next: Option<RemedyKind>,
}

#[derive(Serialize)]
struct FailureReport<'a> {
    message: String,
    run: &'a [String],
    status: Option<i32>,
    output: &'a str,
    errors: Vec<Value>,
    finding: Option<&'a Finding>,
}

/// What a dry run would do.
pub(super) fn planned(
    planned: Option<(&Plan, &Preview<'_>)>,
    targets: &[&InspectedMacro],
    inspection: &Inspection,
) -> Result<String, serde_json::Error> {
    let targets = if planned.is_some() { targets } else { &[] };
    text(&Fixed {
        dry_run: true,
        preview: planned.map(|(_, preview)| preview),
        result: if planned.is_some() {
            "planned"
        } else {
            "nothing-to-do"
        },
        rounds: planned
            .iter()
            .map(|(plan, _)| RoundReport {
                plan,
                executed: &[],
                outcome: "planned",
                unusable: &[],
            })
            .collect(),
        proc_macros: targets
            .iter()
            .map(|target| MacroReport {
                name: &target.expected.name,
                package_id: &target.expected.package_id,
                before: target.verdict.status(),
                after: None,
                next: None,
            })
            .collect(),
        failure: None,
        ..of(inspection)?
    })
}

/// What a run did.
pub(super) fn done(report: &MendReport) -> Result<String, serde_json::Error> {
    text(&Fixed {
        result: match report.result {
            MendResult::NothingToDo => "nothing-to-do",
            MendResult::Mended => "mended",
            MendResult::Unmended => "unmended",
            MendResult::Cancelled => "cancelled",
        },
        rounds: report.rounds.iter().map(round).collect(),
        proc_macros: report
            .macros
            .iter()
            .map(|mended| MacroReport {
                name: &mended.name,
                package_id: &mended.package_id,
                before: mended.before.status(),
                after: mended.after.as_ref().map(Verdict::status),
                next: mended.next,
            })
            .collect(),
        failure: report
            .failure()
            .map(|failed| failure(failed, report.failed.as_ref())),
        ..of(&report.after)?
    })
}

fn of(inspection: &Inspection) -> Result<Fixed<'_>, serde_json::Error> {
    Ok(Fixed {
        schema_version: SCHEMA_VERSION,
        workspace_root: &inspection.workspace.root,
        build_directory: &inspection.workspace.build_directory,
        dry_run: false,
        preview: None,
        result: "nothing-to-do",
        rounds: Vec::new(),
        proc_macros: Vec::new(),
        failure: None,
        report: report::json::value(inspection)?,
    })
}

fn text(fixed: &Fixed<'_>) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(fixed)?;
    text.push('\n');
    Ok(text)
}

fn round(round: &Round) -> RoundReport<'_> {
    RoundReport {
        plan: &round.plan,
        executed: &round.outcome.executed,
        outcome: match round.outcome.result {
            RunResult::Succeeded => "succeeded",
            RunResult::Failed(_) => "failed",
            RunResult::Cancelled => "cancelled",
        },
        unusable: &round.unusable,
    }
}

fn failure<'a>(failure: &'a Failure, finding: Option<&'a Finding>) -> FailureReport<'a> {
    let empty = FailureReport {
        message: failure.to_string(),
        run: &[],
        status: None,
        output: "",
        errors: Vec::new(),
        finding,
    };
    match failure {
        Failure::Command {
            run,
            status,
            tail,
            compiler_errors,
        } => FailureReport {
            run,
            status: *status,
            output: tail,
            errors: compiler_errors.iter().map(error).collect(),
            ..empty
        },
        Failure::Process(_) | Failure::File(_) => empty,
    }
}

fn error(error: &CompilerError) -> Value {
    let location = error.path.as_ref().map(
        |path| json!({ "path": path, "line": error.line.max(1), "column": error.column.max(1) }),
    );
    json!({
        "package_id": error.package_id,
        "target": error.target,
        "message": error.message,
        "location": location,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::report::json::schema_check::violations;
    use crate::cli::report::samples;
    use crate::remedy::{MendedMacro, Outcome};

    fn check(text: &str) -> Value {
        let value: Value = serde_json::from_str(text).unwrap();
        let schema = serde_json::from_str(SCHEMA).unwrap();
        assert_eq!(violations(&schema, &value), Vec::<String>::new());
        let schema = serde_json::from_str(report::json::SCHEMA).unwrap();
        assert_eq!(violations(&schema, &value["report"]), Vec::<String>::new());
        value
    }

    fn plan() -> Plan {
        Plan::new(
            RemedyKind::Rebuild,
            "Rebuild mac",
            vec![Step::Touch {
                touch: "/w/lib.rs".into(),
            }],
        )
    }

    #[test]
    fn what_is_planned_keeps_to_the_schema() {
        let inspection = samples::unhealthy();
        let targets: Vec<&InspectedMacro> = inspection.macros.iter().collect();
        let plan = plan();
        let preview = Preview::of(&plan, &targets, &inspection);
        let value = check(&planned(Some((&plan, &preview)), &targets, &inspection).unwrap());
        let reasons = value["preview"]["reasons"].as_array().unwrap();
        assert_eq!(reasons.len(), 5);
        assert_eq!(value["result"], "planned");
        assert_eq!(value["rounds"][0]["kind"], "rebuild");
        assert_eq!(value["rounds"][0]["executed"], json!([]));
        assert_eq!(value["proc_macros"].as_array().unwrap().len(), 5);
        let value = check(&planned(None, &targets, &inspection).unwrap());
        assert_eq!(value["result"], "nothing-to-do");
        assert_eq!(value["proc_macros"], json!([]));
    }

    #[test]
    fn what_was_done_keeps_to_the_schema() {
        let failure = Failure::Command {
            run: vec!["cargo".to_owned(), "check".to_owned()],
            status: Some(101),
            tail: "error: could not compile".to_owned(),
            compiler_errors: vec![CompilerError {
                target: "mac".to_owned(),
                package_id: "mac 0.1.0".to_owned(),
                message: "cannot find value `x`".to_owned(),
                rendered: None,
                path: None,
                line: 0,
                column: 0,
            }],
        };
        let after = samples::unhealthy();
        let report = MendReport {
            rounds: vec![Round {
                plan: plan(),
                outcome: Outcome {
                    executed: plan().steps,
                    result: RunResult::Failed(failure),
                    dylibs: Vec::new(),
                    local: Vec::new(),
                },
                unusable: vec!["/w/target/debug/deps/libcore-0123456789abcdef.rlib".into()],
            }],
            macros: vec![MendedMacro {
                name: after.macros[0].expected.name.clone(),
                package_id: after.macros[0].expected.package_id.clone(),
                before: after.macros[0].verdict.clone(),
                after: Some(Verdict::Fresh),
                next: Some(RemedyKind::CleanAndRebuild),
            }],
            failed: Some(after.findings[0].clone()),
            after,
            result: MendResult::Unmended,
        };
        let value = check(&done(&report).unwrap());
        assert_eq!(value["rounds"][0]["outcome"], "failed");
        assert_eq!(value["rounds"][0]["executed"], value["rounds"][0]["steps"]);
        assert_eq!(value["failure"]["status"], 101);
        assert_eq!(value["failure"]["errors"][0]["location"], Value::Null);
        assert_eq!(value["proc_macros"][0]["after"], "fresh");
    }
}
