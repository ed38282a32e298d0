//! The client's messages, each handed to the actor before anything is awaited, so that their order is kept.
//!
//! Nothing here waits for a request to the client, for cargo or for a look: only for the actor's answer, which comes at once.

use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types as lsp;
use tower_lsp::{LanguageServer, LspService};

use super::convert;
use super::documents::Edit;
use super::message::{CommandCall, Inbox, Message};
use super::model::CommandName;
use super::session::Session;

/// The protocol's side of the server.
#[derive(Debug)]
pub(crate) struct Handlers {
    pub(crate) inbox: Inbox,
    pub(crate) session: Session,
}

/// The service with what the protocol has and the framework does not name.
pub(crate) fn with_custom_methods(
    builder: tower_lsp::LspServiceBuilder<Handlers>,
) -> (LspService<Handlers>, tower_lsp::ClientSocket) {
    builder
        .custom_method("window/workDoneProgress/cancel", Handlers::cancel_progress)
        .custom_method("$/setTrace", Handlers::set_trace)
        .finish()
}

#[allow(clippy::unused_async)] // The framework wants every handler to be so.
impl Handlers {
    fn post(&self, message: Message) {
        // Fails only when the session is over.
        let _ = self.inbox.send(message);
    }

    async fn cancel_progress(&self, params: lsp::WorkDoneProgressCancelParams) {
        self.post(Message::CancelRun(convert::run_token(&params.token)));
    }

    /// Some clients send it at every start; our log has its level elsewhere.
    async fn set_trace(&self, _params: Value) {}
}

impl LanguageServer for Handlers {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let profile = convert::profile(params);
        let result = convert::initialize_result(&profile);
        self.session.begun(&profile);
        self.post(Message::Begin(Box::new(profile)));
        Ok(result)
    }

    async fn initialized(&self, _params: lsp::InitializedParams) {
        self.post(Message::Ready);
    }

    async fn shutdown(&self) -> Result<()> {
        self.session.shut_down();
        Ok(())
    }

    async fn did_change_workspace_folders(&self, params: lsp::DidChangeWorkspaceFoldersParams) {
        let paths = |folders: Vec<lsp::WorkspaceFolder>| {
            let paths = folders
                .iter()
                .filter_map(|folder| convert::path(&folder.uri));
            paths.collect()
        };
        self.post(Message::Folders {
            added: paths(params.event.added),
            removed: paths(params.event.removed),
        });
    }

    async fn did_change_configuration(&self, params: lsp::DidChangeConfigurationParams) {
        self.post(Message::Settings(params.settings));
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        let paths = params
            .changes
            .iter()
            .filter_map(|change| convert::path(&change.uri))
            .collect();
        self.post(Message::FilesChanged(paths));
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        if let Some(path) = convert::path(&params.text_document.uri) {
            let text = params.text_document.text;
            self.post(Message::Opened { path, text });
        }
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        if let Some(path) = convert::path(&params.text_document.uri) {
            let edits = params
                .content_changes
                .into_iter()
                .map(|change| Edit {
                    range: change
                        .range
                        .map(|range| (convert::point(range.start), convert::point(range.end))),
                    text: change.text,
                })
                .collect();
            self.post(Message::Edited { path, edits });
        }
    }

    async fn did_save(&self, params: lsp::DidSaveTextDocumentParams) {
        if let Some(path) = convert::path(&params.text_document.uri) {
            self.post(Message::Saved(path));
        }
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        if let Some(path) = convert::path(&params.text_document.uri) {
            self.post(Message::Closed(path));
        }
    }

    async fn code_action(
        &self,
        params: lsp::CodeActionParams,
    ) -> Result<Option<lsp::CodeActionResponse>> {
        let Some(request) = convert::action_request(&params) else {
            return Ok(None);
        };
        let (answer, answered) = oneshot::channel();
        self.post(Message::Actions(request, answer));
        let actions = answered.await.unwrap_or_default();
        let sent = &params.context.diagnostics;
        let (abilities, encoding) = self.session.client();
        let actions = convert::actions(actions, sent, abilities, encoding);
        Ok((!actions.is_empty()).then_some(actions))
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let place = params.text_document_position_params;
        let Some(path) = convert::path(&place.text_document.uri) else {
            return Ok(None);
        };
        let (answer, answered) = oneshot::channel();
        self.post(Message::Hover {
            path,
            point: convert::point(place.position),
            answer,
        });
        Ok(answered.await.unwrap_or_default().map(convert::hover))
    }

    async fn code_lens(&self, params: lsp::CodeLensParams) -> Result<Option<Vec<lsp::CodeLens>>> {
        let Some(path) = convert::path(&params.text_document.uri) else {
            return Ok(None);
        };
        let (answer, answered) = oneshot::channel();
        self.post(Message::Lenses { path, answer });
        let lenses = answered.await.unwrap_or_default();
        Ok(Some(lenses.into_iter().map(convert::lens).collect()))
    }

    async fn execute_command(&self, params: lsp::ExecuteCommandParams) -> Result<Option<Value>> {
        let Some(name) = CommandName::parse(&params.command) else {
            let words = format!("there is no command `{}`", params.command);
            return Err(Error::invalid_params(words));
        };
        let target = convert::target(&params.arguments).map_err(Error::invalid_params)?;
        let progress = params.work_done_progress_params.work_done_token;
        let (answer, answered) = oneshot::channel();
        self.post(Message::Command(Box::new(CommandCall {
            name,
            target,
            progress: progress.as_ref().map(convert::run_token),
            answer,
        })));
        match answered.await {
            Ok(Ok(value)) => Ok(Some(value)),
            Ok(Err(words)) => Err(Error::invalid_params(words)),
            Err(_) => Err(Error::request_cancelled()),
        }
    }
}
