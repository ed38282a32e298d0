//! `sidecargo check`: one look at the workspace, one report, one exit status.

use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::ExitStatus;
use super::arguments::{CheckArguments, Format};
use super::failure::Failure;
use super::report::{self, Context, Counting, Detail};
use super::terminal::{self, Look};
use super::text;
use crate::inspect::{BuildActivity, Inspection, Inspector};
use crate::settings::{Probe, Processes, ToolQuestions};
use crate::verdict::Code;

/// How long `--wait` lets pass between two looks at a running build.
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);

/// Looks, reports, and says by the status whether anything counts.
pub(super) fn run(arguments: &CheckArguments) -> Result<ExitStatus, Failure> {
    if arguments.schema {
        terminal::print(report::json::SCHEMA)?;
        return Ok(ExitStatus::Fine);
    }
    let mut settings = arguments.selection.settings()?;
    if arguments.probe {
        settings.probe = Probe::On;
        settings.tool_questions = ToolQuestions::Asked;
    }
    if arguments.no_exec {
        settings.processes = Processes::Forbidden;
    }
    let mut inspector = Inspector::new(&arguments.selection.start()?, settings)?;
    let mut inspection = inspector.inspect()?;
    while arguments.wait && inspection.build == BuildActivity::Running {
        thread::sleep(BETWEEN_LOOKS);
        inspection = inspector.inspect()?;
    }

    let counting = Counting {
        deny: arguments.deny.clone(),
        allow: arguments.allow.clone(),
    };
    let selection = arguments.selection.as_typed();
    let context = Context {
        look: Look::of_stdout(),
        program: terminal::program(),
        detail: if arguments.verbose {
            Detail::Full
        } else {
            Detail::Brief
        },
        selection: &selection,
        counting: &counting,
    };
    let repository = repository(&inspection);
    let refusal = refusal(&inspection);
    if refusal.is_none() || arguments.format != Format::Human || !inspection.macros.is_empty() {
        let report = report::render(&inspection, arguments.format, &repository, &context)?;
        terminal::print(&report)?;
    }
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    let mut findings = inspection.findings.iter();
    Ok(if findings.any(|finding| counting.counts(finding)) {
        ExitStatus::Findings
    } else {
        ExitStatus::Fine
    })
}

/// Why nothing could be checked, where cargo cannot read the workspace. A toolchain that is not there is a finding like others.
pub(super) fn refusal(inspection: &Inspection) -> Option<Failure> {
    let finding = inspection
        .findings
        .iter()
        .find(|finding| finding.code == Code::WorkspaceUnreadable)?;
    let place = finding.location.as_ref().map(|place| {
        let path = text::relative_to(&inspection.workspace.root, &place.path);
        format!(" ({path}, line {}, column {})", place.line, place.column)
    });
    let message = finding.message.trim_end_matches('.');
    Some(Failure::Unavailable {
        root: inspection.workspace.root.clone(),
        words: format!("{message}{}", place.unwrap_or_default()),
    })
}

/// The directory that code scanning counts paths from: the checkout where a CI service names one, else the workspace's.
fn repository(inspection: &Inspection) -> Utf8PathBuf {
    let root = &inspection.workspace.root;
    std::env::var("GITHUB_WORKSPACE")
        .map(Utf8PathBuf::from)
        .ok()
        .filter(|checkout| root.starts_with(checkout) && checkout != Utf8Path::new(""))
        .unwrap_or_else(|| root.clone())
}
