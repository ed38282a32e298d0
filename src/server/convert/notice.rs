//! What we tell the client: diagnostics, state, progress, and what we ask it to do.

use camino::Utf8Path;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tower_lsp::ls_types::{
    self as lsp, NumberOrString, ProgressToken, Uri, notification::Notification,
};

use super::place::{LineText, range, uri};
use crate::server::model::{Encoding, Gravity, Health, Mark, Status};
use crate::server::outbox::{ProgressStep, RunToken};
use crate::verdict::Severity;

/// The `source` of our diagnostics, by which they are told from other servers'.
pub(crate) const SOURCE: &str = "sidecargo";

/// Where every code is described.
const CODE_DESCRIPTIONS: &str = "https://github.com/sidecargo/sidecargo#";

/// rust-analyzer's notification of a server's state, sent by us in the same shape.
pub(crate) enum ServerStatus {}

impl Notification for ServerStatus {
    type Params = ServerStatusParams;
    const METHOD: &'static str = "experimental/serverStatus";
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ServerStatusParams {
    health: String,
    quiescent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Asks a client that announced it to make rust-analyzer reload its proc macros.
pub(crate) enum ReloadProcMacros {}

impl Notification for ReloadProcMacros {
    type Params = ReloadParams;
    const METHOD: &'static str = "sidecargo/reloadProcMacros";
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ReloadParams {
    workspace: Option<Uri>,
}

/// `$/progress`, whose own type cannot be named without this.
pub(crate) type Progress = lsp::notification::Progress;

/// Findings as diagnostics; `lines` gives the texts of lines, that columns count on.
pub(crate) fn diagnostics(
    marks: &[Mark],
    lines: LineText<'_>,
    encoding: Encoding,
) -> Vec<lsp::Diagnostic> {
    // A file may use one macro hundreds of times, and all is the same there but place and message.
    let mut made: Vec<(&Mark, lsp::Diagnostic)> = Vec::new();
    let mut all = Vec::with_capacity(marks.len());
    for mark in marks {
        let known = made.iter().find(|(other, _)| {
            let (one, other_finding) = (&mark.finding, &other.finding);
            one.code == other_finding.code
                && one.severity == other_finding.severity
                && one.package_ids == other_finding.package_ids
                && one.related == other_finding.related
                && mark.workspace == other.workspace
        });
        let diagnostic = if let Some((_, same)) = known {
            lsp::Diagnostic {
                range: range_of(mark, lines, encoding),
                message: mark.finding.message.clone(),
                ..same.clone()
            }
        } else {
            let diagnostic = diagnostic(mark, lines, encoding);
            made.push((mark, diagnostic.clone()));
            diagnostic
        };
        all.push(diagnostic);
    }
    all
}

fn range_of(mark: &Mark, lines: LineText<'_>, encoding: Encoding) -> lsp::Range {
    let location = mark.finding.location.as_ref();
    location
        .map(|location| range(location, lines, encoding))
        .unwrap_or_default()
}

fn diagnostic(mark: &Mark, lines: LineText<'_>, encoding: Encoding) -> lsp::Diagnostic {
    let finding = &mark.finding;
    let code = finding.code.as_str();
    let related = finding
        .related
        .iter()
        .filter_map(|place| {
            Some(lsp::DiagnosticRelatedInformation {
                location: lsp::Location {
                    uri: uri(&place.location.path)?,
                    range: range(&place.location, lines, encoding),
                },
                message: place.message.clone(),
            })
        })
        .collect::<Vec<_>>();
    lsp::Diagnostic {
        range: range_of(mark, lines, encoding),
        severity: Some(match finding.severity {
            Severity::Error => lsp::DiagnosticSeverity::ERROR,
            Severity::Warning => lsp::DiagnosticSeverity::WARNING,
            Severity::Information => lsp::DiagnosticSeverity::INFORMATION,
            Severity::Hint => lsp::DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(code.to_owned())),
        code_description: format!("{CODE_DESCRIPTIONS}{code}")
            .parse()
            .ok()
            .map(|href| lsp::CodeDescription { href }),
        source: Some(SOURCE.to_owned()),
        message: finding.message.clone(),
        related_information: (!related.is_empty()).then_some(related),
        tags: None,
        data: Some(json!({
            "workspace": uri(&mark.workspace),
            "package_ids": finding.package_ids,
            "code": code,
        })),
    }
}

pub(crate) fn status(status: Status) -> ServerStatusParams {
    ServerStatusParams {
        health: match status.health {
            Health::Ok => "ok",
            Health::Warning => "warning",
            Health::Error => "error",
        }
        .to_owned(),
        quiescent: status.quiescent,
        message: status.message,
    }
}

/// A hover's Markdown.
pub(crate) fn hover(markdown: String) -> lsp::Hover {
    lsp::Hover {
        contents: lsp::HoverContents::Markup(lsp::MarkupContent {
            kind: lsp::MarkupKind::Markdown,
            value: markdown,
        }),
        range: None,
    }
}

pub(crate) fn reload(workspace: &Utf8Path) -> ReloadParams {
    ReloadParams {
        workspace: uri(workspace),
    }
}

pub(crate) fn message_type(gravity: Gravity) -> lsp::MessageType {
    match gravity {
        Gravity::Error => lsp::MessageType::ERROR,
        Gravity::Warning => lsp::MessageType::WARNING,
        Gravity::Information => lsp::MessageType::INFO,
    }
}

pub(crate) fn progress_token(token: &RunToken) -> ProgressToken {
    ProgressToken::String(token.0.clone())
}

pub(crate) fn run_token(token: &ProgressToken) -> RunToken {
    RunToken(match token {
        ProgressToken::String(text) => text.clone(),
        ProgressToken::Number(number) => number.to_string(),
    })
}

pub(crate) fn progress(token: &RunToken, step: ProgressStep) -> lsp::ProgressParams {
    let step = match step {
        ProgressStep::Begin { title } => lsp::WorkDoneProgress::Begin(lsp::WorkDoneProgressBegin {
            title,
            cancellable: Some(true),
            ..lsp::WorkDoneProgressBegin::default()
        }),
        ProgressStep::Report(advance) => {
            lsp::WorkDoneProgress::Report(lsp::WorkDoneProgressReport {
                cancellable: Some(true),
                message: Some(advance.words),
                percentage: advance.percentage,
            })
        }
        ProgressStep::End { message } => {
            lsp::WorkDoneProgress::End(lsp::WorkDoneProgressEnd { message })
        }
    };
    lsp::ProgressParams {
        token: progress_token(token),
        value: lsp::ProgressParamsValue::WorkDone(step),
    }
}

#[cfg(test)]
mod tests;
