//! Runs `sidecargo` and reads what it says, by its command-line contract alone.

use crate::support::process::{Environment, Output, Run};
use crate::trial::Trial;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One entry of `proc_macros`.
#[derive(Debug, Clone)]
pub(crate) struct OurMacro {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) package_id: String,
    pub(crate) dylib: Option<PathBuf>,
    pub(crate) status: String,
    pub(crate) reason: Value,
}

/// What one `sidecargo check --format json` said.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) exit: Option<i32>,
    pub(crate) macros: Vec<OurMacro>,
    /// Code and message of each finding of severity warning or above.
    pub(crate) findings: Vec<(String, String)>,
    /// Why the output is no answer at all.
    pub(crate) broken: Option<String>,
    pub(crate) stderr: String,
    /// The whole report, null where there is none.
    pub(crate) report: Value,
}

/// The program under test: another than the one just built where `SIDECARGO_TEST_PROGRAM` names it.
fn program() -> PathBuf {
    std::env::var_os("SIDECARGO_TEST_PROGRAM").map_or_else(
        || PathBuf::from(env!("CARGO_BIN_EXE_sidecargo")),
        PathBuf::from,
    )
}

/// Whether this build of Sidecargo has `check` at all.
pub(crate) fn is_there() -> bool {
    let out = Run::new(program(), Path::new("/"))
        .args(["check", "--help"])
        .limit(Duration::from_secs(20))
        .output();
    out.success() && out.stdout.contains("--format")
}

fn run(trial: &Trial<'_>, command: &[&str]) -> Output {
    let own = Environment::from([("CARGO_NET_OFFLINE".into(), Some("true".into()))]);
    Run::new(program(), &trial.workspace)
        .args(command)
        .args(&trial.selection.arguments)
        .envs(&own)
        .envs(&trial.base.toolchain.environment)
        .envs(&trial.selection.environment)
        .limit(Duration::from_mins(5))
        .output()
}

/// `sidecargo check` in the trial's workspace, with extra arguments such as `--no-exec`.
pub(crate) fn check(trial: &Trial<'_>, extra: &[&str]) -> Said {
    let mut command = vec!["check", "--format", "json"];
    command.extend(extra);
    read(run(trial, &command))
}

/// `sidecargo fix` in the trial's workspace.
pub(crate) fn fix(trial: &Trial<'_>, extra: &[&str]) -> Output {
    let mut command = vec!["fix"];
    command.extend(extra);
    run(trial, &command)
}

fn read(output: Output) -> Said {
    let mut said = Said {
        exit: output.status,
        macros: Vec::new(),
        findings: Vec::new(),
        broken: None,
        stderr: output.stderr,
        report: Value::Null,
    };
    if output.timed_out {
        said.broken = Some("it did not end".to_owned());
        return said;
    }
    if !matches!(output.status, Some(0..=2)) {
        said.broken = Some(format!("it ended with {:?}", output.status));
        return said;
    }
    let report: Value = match serde_json::from_str(&output.stdout) {
        Ok(report) => report,
        Err(_) if output.status == Some(2) && output.stdout.trim().is_empty() => return said,
        Err(error) => {
            said.broken = Some(format!("no JSON: {error}"));
            return said;
        }
    };
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    for entry in report["proc_macros"].as_array().into_iter().flatten() {
        said.macros.push(OurMacro {
            name: text(&entry["name"]),
            version: text(&entry["version"]),
            package_id: text(&entry["package_id"]),
            dylib: entry["dylib"].as_str().map(PathBuf::from),
            status: text(&entry["status"]),
            reason: entry["reason"].clone(),
        });
    }
    for finding in report["findings"].as_array().into_iter().flatten() {
        if finding["severity"] == "error" || finding["severity"] == "warning" {
            said.findings
                .push((text(&finding["code"]), text(&finding["message"])));
        }
    }
    said.report = report;
    said
}
