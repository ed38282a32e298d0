//! Code actions and the commands behind them.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::ls_types::{self as lsp, CodeActionOrCommand, NumberOrString, Uri};

use super::place::{path, point, range, uri};
use crate::names::PackageId;
use crate::server::columns::Point;
use crate::server::model::{
    Abilities, Action, ActionRequest, CommandName, Effect, Encoding, Lens, ManifestEdit,
    Preference, SentDiagnostic, Target,
};

pub(crate) fn action_request(params: &lsp::CodeActionParams) -> Option<ActionRequest> {
    Some(ActionRequest {
        path: path(&params.text_document.uri)?,
        range: points(params.range),
        diagnostics: params.context.diagnostics.iter().map(sent).collect(),
        only: params
            .context
            .only
            .iter()
            .flatten()
            .map(|kind| kind.as_str().to_owned())
            .collect(),
    })
}

fn sent(diagnostic: &lsp::Diagnostic) -> SentDiagnostic {
    SentDiagnostic {
        source: diagnostic.source.clone(),
        code: match &diagnostic.code {
            Some(NumberOrString::String(code)) => Some(code.clone()),
            Some(NumberOrString::Number(code)) => Some(code.to_string()),
            None => None,
        },
        message: diagnostic.message.clone(),
        range: points(diagnostic.range),
    }
}

fn points(range: lsp::Range) -> (Point, Point) {
    (point(range.start), point(range.end))
}

/// Actions as the client takes them; `sent` is what it sent along, for each action to name what it answers.
pub(crate) fn actions(
    actions: Vec<Action>,
    sent: &[lsp::Diagnostic],
    abilities: Abilities,
    encoding: Encoding,
) -> lsp::CodeActionResponse {
    actions
        .into_iter()
        .map(|action| {
            // A client that takes no edits in actions has the remedy shown and run instead.
            let name = match &action.effect {
                Effect::Command(name) => *name,
                Effect::Edit(_) => CommandName::Remedy,
            };
            let command = lsp::Command {
                title: action.title.clone(),
                command: name.as_str().to_owned(),
                arguments: Some(vec![argument(&action.target)]),
            };
            if !abilities.action_literals {
                return CodeActionOrCommand::Command(command);
            }
            let edit = match &action.effect {
                Effect::Command(_) => None,
                Effect::Edit(edit) => workspace_edit(edit, encoding),
            };
            let answered: Vec<lsp::Diagnostic> = action
                .answers
                .iter()
                .filter_map(|index| sent.get(*index).cloned())
                .collect();
            CodeActionOrCommand::CodeAction(lsp::CodeAction {
                title: action.title,
                kind: Some(action.kind.as_str().into()),
                diagnostics: (!answered.is_empty()).then_some(answered),
                command: edit.is_none().then_some(command),
                edit,
                is_preferred: (action.preference == Preference::Preferred).then_some(true),
                ..lsp::CodeAction::default()
            })
        })
        .collect()
}

fn workspace_edit(edit: &ManifestEdit, encoding: Encoding) -> Option<lsp::WorkspaceEdit> {
    let line = |_: &Utf8Path, _: u32| Some(edit.line.clone());
    let change = lsp::TextEdit {
        range: range(&edit.place, &line, encoding),
        new_text: edit.text.clone(),
    };
    let changes = [(uri(&edit.place.path)?, vec![change])];
    Some(lsp::WorkspaceEdit {
        changes: Some(changes.into_iter().collect()),
        ..lsp::WorkspaceEdit::default()
    })
}

/// A lens; one that does nothing has a command without a name.
pub(crate) fn lens(lens: Lens) -> lsp::CodeLens {
    let position = lsp::Position {
        line: lens.line.saturating_sub(1),
        character: 0,
    };
    let arguments = lens.command.map(|_| vec![argument(&lens.target)]);
    lsp::CodeLens {
        range: lsp::Range {
            start: position,
            end: position,
        },
        command: Some(lsp::Command {
            title: lens.title,
            command: lens
                .command
                .map_or_else(String::new, |command| command.as_str().to_owned()),
            arguments,
        }),
        data: None,
    }
}

/// The one argument of our commands.
pub(crate) fn argument(target: &Target) -> Value {
    let mut argument = json!({
        "workspace": target.workspace.as_deref().and_then(uri),
        "package_ids": target.package_ids,
    });
    if let (Some(remedy), Some(fields)) = (&target.remedy, argument.as_object_mut()) {
        fields.insert("remedy".to_owned(), json!(remedy));
    }
    argument
}

/// The argument as a `command:` link has it: a list, every byte that is no letter or digit in its percent form.
pub(crate) fn link_argument(target: &Target) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::new();
    for byte in json!([argument(target)]).to_string().bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Reads the argument of a command; what a person typed may lack it, name the workspace by its path, or be one package.
pub(crate) fn target(arguments: &[Value]) -> Result<Target, String> {
    #[derive(Deserialize, Default)]
    #[serde(deny_unknown_fields)]
    struct Argument {
        #[serde(default)]
        workspace: Option<String>,
        #[serde(default)]
        package_ids: Vec<PackageId>,
        #[serde(default)]
        run_id: Option<String>,
        #[serde(default)]
        remedy: Option<String>,
    }
    let argument = match arguments.first() {
        None | Some(Value::Null) => Argument::default(),
        Some(value @ Value::Object(_)) => {
            Argument::deserialize(value).map_err(|error| error.to_string())?
        }
        Some(_) => {
            return Err(
                "the argument must be a table with `workspace` and `package_ids`, or nothing"
                    .to_owned(),
            );
        }
    };
    let workspace = argument
        .workspace
        .map(|text| {
            let by_uri = text.parse::<Uri>().ok().and_then(|uri| path(&uri));
            by_uri
                .or_else(|| Some(Utf8PathBuf::from(&text)).filter(|path| path.is_absolute()))
                .ok_or_else(|| format!("`workspace` must be the URI of a directory, not `{text}`"))
        })
        .transpose()?;
    Ok(Target {
        workspace,
        package_ids: argument.package_ids,
        run: argument.run_id,
        remedy: argument.remedy,
    })
}

#[cfg(test)]
mod tests;
