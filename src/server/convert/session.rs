//! The beginning of a session: what the client can do, and what we offer.

use camino::Utf8PathBuf;
use serde_json::Value;
use tower_lsp::ls_types as lsp;

use super::place::{path, uri};
use crate::server::model::{Abilities, ActionKind, ClientProfile, CommandName, Encoding};
use crate::server::settings::SECTION;

pub(crate) fn profile(params: lsp::InitializeParams) -> ClientProfile {
    // Clients without workspace folders have nothing else, those of older days not even the URI.
    #[allow(deprecated)]
    let (root_uri, root_path) = (&params.root_uri, &params.root_path);
    let by_path = || {
        let path = root_path.as_deref().map(Utf8PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let root = || root_uri.as_ref().and_then(path).or_else(by_path);
    let folders: Vec<Utf8PathBuf> = match &params.workspace_folders {
        Some(folders) if !folders.is_empty() => folders
            .iter()
            .filter_map(|folder| path(&folder.uri))
            .collect(),
        _ => root().into_iter().collect(),
    };
    let capabilities = &params.capabilities;
    ClientProfile {
        name: params.client_info.map(|client| client.name),
        process_id: params.process_id,
        folders,
        options: params.initialization_options.unwrap_or_default(),
        encoding: encoding(capabilities),
        abilities: abilities(capabilities),
    }
}

fn abilities(capabilities: &lsp::ClientCapabilities) -> Abilities {
    let workspace = capabilities.workspace.as_ref();
    let window = capabilities.window.as_ref();
    let action = capabilities
        .text_document
        .as_ref()
        .and_then(|text_document| text_document.code_action.as_ref());
    let experimental = |pointer: &str| {
        capabilities
            .experimental
            .as_ref()
            .and_then(|experimental| experimental.pointer(pointer))
            .and_then(Value::as_bool)
            .unwrap_or_default()
    };
    Abilities {
        configuration: workspace
            .and_then(|workspace| workspace.configuration)
            .unwrap_or_default(),
        progress: window
            .and_then(|window| window.work_done_progress)
            .unwrap_or_default(),
        action_literals: action.is_some_and(|action| action.code_action_literal_support.is_some()),
        server_status: experimental("/serverStatusNotification"),
        reload: experimental("/sidecargo/reloadProcMacros"),
        command_links: experimental("/sidecargo/commandLinks"),
        lens_refresh: workspace
            .and_then(|workspace| workspace.code_lens.as_ref())
            .and_then(|lens| lens.refresh_support)
            .unwrap_or_default(),
    }
}

/// The encoding that spares both sides the counting, where the client has the choice.
fn encoding(capabilities: &lsp::ClientCapabilities) -> Encoding {
    let offered = capabilities
        .general
        .as_ref()
        .and_then(|general| general.position_encodings.as_deref())
        .unwrap_or_default();
    if offered.contains(&lsp::PositionEncodingKind::UTF8) {
        Encoding::Utf8
    } else if offered.contains(&lsp::PositionEncodingKind::UTF16) || offered.is_empty() {
        Encoding::Utf16
    } else if offered.contains(&lsp::PositionEncodingKind::UTF32) {
        Encoding::Utf32
    } else {
        Encoding::Utf16
    }
}

pub(crate) fn initialize_result(profile: &ClientProfile) -> lsp::InitializeResult {
    let encoding = match profile.encoding {
        Encoding::Utf8 => lsp::PositionEncodingKind::UTF8,
        Encoding::Utf16 => lsp::PositionEncodingKind::UTF16,
        Encoding::Utf32 => lsp::PositionEncodingKind::UTF32,
    };
    let kinds = [ActionKind::QuickFix, ActionKind::FixAll];
    lsp::InitializeResult {
        capabilities: lsp::ServerCapabilities {
            position_encoding: Some(encoding),
            text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(
                lsp::TextDocumentSyncOptions {
                    open_close: Some(true),
                    change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
                    save: Some(lsp::TextDocumentSyncSaveOptions::Supported(true)),
                    ..lsp::TextDocumentSyncOptions::default()
                },
            )),
            hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
            code_action_provider: Some(lsp::CodeActionProviderCapability::Options(
                lsp::CodeActionOptions {
                    code_action_kinds: Some(kinds.map(|kind| kind.as_str().into()).to_vec()),
                    ..lsp::CodeActionOptions::default()
                },
            )),
            code_lens_provider: Some(lsp::CodeLensOptions {
                resolve_provider: Some(false),
            }),
            execute_command_provider: Some(lsp::ExecuteCommandOptions {
                commands: CommandName::ALL
                    .map(|name| name.as_str().to_owned())
                    .to_vec(),
                work_done_progress_options: lsp::WorkDoneProgressOptions {
                    work_done_progress: Some(true),
                },
            }),
            workspace: Some(lsp::WorkspaceServerCapabilities {
                workspace_folders: Some(lsp::WorkspaceFoldersServerCapabilities {
                    supported: Some(true),
                    change_notifications: Some(lsp::OneOf::Left(true)),
                }),
                ..lsp::WorkspaceServerCapabilities::default()
            }),
            ..lsp::ServerCapabilities::default()
        },
        server_info: Some(lsp::ServerInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        offset_encoding: None,
    }
}

/// The questions of one round of `workspace/configuration`: one for each folder, or one for all.
pub(crate) fn configuration_items(folders: &[Utf8PathBuf]) -> Vec<lsp::ConfigurationItem> {
    let item = |scope_uri| lsp::ConfigurationItem {
        scope_uri,
        section: Some(SECTION.to_owned()),
    };
    if folders.is_empty() {
        return vec![item(None)];
    }
    folders.iter().map(|folder| item(uri(folder))).collect()
}
