//! What we tell the client: diagnostics, state, progress, and what we ask it to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;
use tower_lsp::ls_types::{
    self as lsp, NumberOrString, ProgressToken, Uri, notification::Notification,
};

use super::place::{LineText, range, uri};
use crate::server::columns::Point;
use crate::server::model::{Encoding, Gravity, Health, Mark, MarkPlace, Status};
use crate::server::outbox::{ProgressStep, RunToken};
use crate::verdict::{Finding, Severity};

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

/// `textDocument/publishDiagnostics` as the bytes of its message: a file may have hundreds of marks, of which all is the same but the
/// place, and the framework would make a tree of every one. `lines` gives the texts of lines, that columns count on.
///
/// It names no version: Helix drops what names another version than the one it has.
pub(crate) fn published(
    file: &Utf8Path,
    marks: &[Mark],
    lines: LineText<'_>,
    encoding: Encoding,
) -> Option<Vec<u8>> {
    #[derive(Serialize)]
    struct Notification<'a> {
        jsonrpc: &'static str,
        method: &'static str,
        params: Params<'a>,
    }
    #[derive(Serialize)]
    struct Params<'a> {
        uri: Uri,
        diagnostics: Vec<Placed<'a>>,
    }
    let mut alike: BTreeMap<(*const Finding, *const u8), lsp::Diagnostic> = BTreeMap::new();
    for mark in marks {
        alike
            .entry(likeness(mark))
            .or_insert_with(|| diagnostic(mark, lines, encoding));
    }
    let diagnostics = marks
        .iter()
        .filter_map(|mark| {
            Some(Placed {
                diagnostic: alike.get(&likeness(mark))?,
                range: range_of(mark, lines, encoding),
            })
        })
        .collect();
    let notification = Notification {
        jsonrpc: "2.0",
        method: lsp::notification::PublishDiagnostics::METHOD,
        params: Params {
            uri: uri(file)?,
            diagnostics,
        },
    };
    serde_json::to_vec(&notification)
        .map_err(|error| tracing::error!(%error, %file, "failed to write diagnostics"))
        .ok()
}

/// What is the same for marks that differ in nothing but their place.
fn likeness(mark: &Mark) -> (*const Finding, *const u8) {
    (Arc::as_ptr(&mark.finding), mark.workspace.as_str().as_ptr())
}

/// A diagnostic at a place of its own.
struct Placed<'a> {
    diagnostic: &'a lsp::Diagnostic,
    range: lsp::Range,
}

impl Serialize for Placed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shared = self.diagnostic;
        let mut fields = serializer.serialize_struct("Diagnostic", 8)?;
        fields.serialize_field("range", &self.range)?;
        fields.serialize_field("severity", &shared.severity)?;
        fields.serialize_field("code", &shared.code)?;
        fields.serialize_field("codeDescription", &shared.code_description)?;
        fields.serialize_field("source", &shared.source)?;
        fields.serialize_field("message", &shared.message)?;
        if let Some(related) = &shared.related_information {
            fields.serialize_field("relatedInformation", related)?;
        }
        fields.serialize_field("data", &shared.data)?;
        fields.end()
    }
}

fn range_of(mark: &Mark, lines: LineText<'_>, encoding: Encoding) -> lsp::Range {
    let position = |point: Point| lsp::Position {
        line: point.line,
        character: point.units,
    };
    match (&mark.place, &mark.finding.location) {
        (MarkPlace::Use { range, .. }, _) => lsp::Range {
            start: position(range.0),
            end: position(range.1),
        },
        (MarkPlace::OfFinding, Some(location)) => range(location, lines, encoding),
        (MarkPlace::OfFinding, None) => lsp::Range::default(),
    }
}

fn diagnostic(mark: &Mark, lines: LineText<'_>, encoding: Encoding) -> lsp::Diagnostic {
    let finding = &*mark.finding;
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

/// The buttons below a question to the person.
pub(crate) fn choices(titles: [&str; 2]) -> Vec<lsp::MessageActionItem> {
    titles
        .map(|title| lsp::MessageActionItem {
            title: title.to_owned(),
            properties: std::collections::HashMap::default(),
        })
        .to_vec()
}

pub(crate) fn progress_token(token: &RunToken) -> ProgressToken {
    match token {
        RunToken::Name(name) => ProgressToken::String(name.clone()),
        RunToken::Number(number) => ProgressToken::Number(*number),
    }
}

pub(crate) fn run_token(token: &ProgressToken) -> RunToken {
    match token {
        ProgressToken::String(name) => RunToken::Name(name.clone()),
        ProgressToken::Number(number) => RunToken::Number(*number),
    }
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
