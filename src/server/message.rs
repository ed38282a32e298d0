//! What the actor is told: by the client's handlers, by workers, by the watcher, by tasks that asked the client something.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::columns::Point;
use super::documents::Edit;
use super::links::Link;
use super::model::{Action, ActionRequest, ClientProfile, CommandName, Lens, Target};
use super::outbox::{Advance, RunToken};
use super::worker::Report;
use crate::panics::Panic;
use crate::remedy::Plan;
use crate::watch::{Signal, WorkspaceKey};

/// Where messages are posted; posting never waits, so the order of handlers is the order of messages.
pub(crate) type Inbox = mpsc::UnboundedSender<Message>;

/// One message.
#[derive(Debug)]
pub(crate) enum Message {
    /// `initialize`.
    Begin(Box<ClientProfile>),
    /// `initialized`.
    Ready,
    Folders {
        added: Vec<Utf8PathBuf>,
        removed: Vec<Utf8PathBuf>,
    },
    /// Settings that the client pushed.
    Settings(Value),
    /// Settings that the client gave for each folder, or for all of them, when asked this question.
    Configuration {
        question: u32,
        values: Vec<(Option<Utf8PathBuf>, Value)>,
    },
    Opened {
        path: Utf8PathBuf,
        text: String,
    },
    Edited {
        path: Utf8PathBuf,
        edits: Vec<Edit>,
    },
    Saved(Utf8PathBuf),
    Closed(Utf8PathBuf),
    /// Files that the client saw change.
    FilesChanged(Vec<Utf8PathBuf>),
    Actions(ActionRequest, oneshot::Sender<Vec<Action>>),
    Hover {
        path: Utf8PathBuf,
        point: Point,
        answer: oneshot::Sender<Option<String>>,
    },
    Lenses {
        path: Utf8PathBuf,
        answer: oneshot::Sender<Vec<Lens>>,
    },
    Command(Box<CommandCall>),
    /// The person pressed cancel on a progress.
    CancelRun(RunToken),
    /// Manifests found in a folder by a search of this number.
    FolderSearched {
        folder: Utf8PathBuf,
        search: u32,
        manifests: Vec<Utf8PathBuf>,
        link: Option<Link>,
    },
    /// The manifest near an open file, where there is one.
    FilePlaced {
        file: Utf8PathBuf,
        manifest: Option<Utf8PathBuf>,
        link: Option<Link>,
    },
    Worker(WorkspaceKey, Report),
    /// What a watcher says, by its number.
    Watch(u32, Signal),
    RunProgress(RunToken, Advance),
    /// The client made room for a run's progress.
    ProgressGranted(RunToken),
    /// The person agreed to a full clean of this workspace.
    CleanAllConfirmed(WorkspaceKey, RunToken),
    CleanAllDeclined(RunToken),
    /// The person agreed to a remedy that was shown.
    RemedyAgreed(WorkspaceKey, RunToken, Box<Plan>),
    /// A part beside the actor panicked, doing this.
    Crashed(&'static str, Box<Panic>),
    /// The session is over.
    End,
}

impl Message {
    /// What it asks for, in words that fit after "failed to". Nothing of the person's is in them.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Begin(_) => "begin the session",
            Self::Ready => "look for workspaces",
            Self::Folders { .. } => "take other folders in",
            Self::Settings(_) | Self::Configuration { .. } => "take settings in",
            Self::Opened { .. } => "take an opened file in",
            Self::Edited { .. } => "take an edit in",
            Self::Saved(_) => "see that a file was saved",
            Self::Closed(_) => "close a file",
            Self::FilesChanged(_) => "see that files changed",
            Self::Actions(..) => "offer actions",
            Self::Hover { .. } => "tell of a macro",
            Self::Lenses { .. } => "offer lenses",
            Self::Command(_) => "do as a command says",
            Self::CancelRun(_) => "cancel a run",
            Self::FolderSearched { .. } | Self::FilePlaced { .. } => "take a workspace in",
            Self::Worker(..) => "use what a look found",
            Self::Watch(..) => "see what changed on disk",
            Self::RunProgress(..) | Self::ProgressGranted(_) => "show progress",
            Self::CleanAllConfirmed(..) | Self::CleanAllDeclined(_) => "clean everything",
            Self::RemedyAgreed(..) => "begin a remedy",
            Self::Crashed(..) => "go on after a crash",
            Self::End => "end the session",
        }
    }
}

/// What a person does in the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed<'a> {
    None,
    /// In this file.
    In(&'a Utf8Path),
    Anywhere,
}

impl Message {
    /// What a person does by it.
    pub(crate) fn deed(&self) -> Deed<'_> {
        match self {
            Self::Opened { path, .. }
            | Self::Edited { path, .. }
            | Self::Saved(path)
            | Self::Actions(ActionRequest { path, .. }, _)
            | Self::Hover { path, .. }
            | Self::Lenses { path, .. } => Deed::In(path),
            Self::Command(_) => Deed::Anywhere,
            _ => Deed::None,
        }
    }
}

/// A command as a client calls it.
#[derive(Debug)]
pub(crate) struct CommandCall {
    pub(crate) name: CommandName,
    pub(crate) target: Target,
    /// Where the client itself wants to see progress.
    pub(crate) progress: Option<RunToken>,
    pub(crate) answer: oneshot::Sender<Result<Value, String>>,
}

/// Why a workspace is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was found in a folder of the client's, or linked from there.
    Folder(Utf8PathBuf),
    /// A file in it is open.
    OpenFile(Utf8PathBuf),
}
