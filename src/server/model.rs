//! The server's own words for what goes between client and actor, so that only `convert` and the handlers name LSP's.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::columns::Point;
use crate::names::{Location, PackageId};
use crate::verdict::{Code, Finding};

/// What a client says of itself when the session begins.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientProfile {
    /// Its name, such as `Neovim`.
    pub(crate) name: Option<String>,
    /// The process to end with.
    pub(crate) process_id: Option<u32>,
    pub(crate) folders: Vec<Utf8PathBuf>,
    /// `initializationOptions`.
    pub(crate) options: Value,
    pub(crate) encoding: Encoding,
    pub(crate) abilities: Abilities,
}

/// What a client can do beyond the base protocol.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is one of the protocol's own yes-or-no capabilities.
pub(crate) struct Abilities {
    /// Answers `workspace/configuration`.
    pub(crate) configuration: bool,
    /// Answers `window/workDoneProgress/create`.
    pub(crate) progress: bool,
    /// Takes code actions as such; else only commands.
    pub(crate) action_literals: bool,
    /// Shows `experimental/serverStatus`.
    pub(crate) server_status: bool,
    /// Makes rust-analyzer reload on `sidecargo/reloadProcMacros`.
    pub(crate) reload: bool,
    /// Runs `command:` links in a hover.
    pub(crate) command_links: bool,
    /// Asks for code lenses anew when told to.
    pub(crate) lens_refresh: bool,
}

/// How a client counts columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    Utf8,
    #[default]
    Utf16,
    Utf32,
}

/// What tells one finding from another between two looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FindingKey {
    code: Code,
    packages: Vec<PackageId>,
    /// Tells findings apart that are about no package.
    message: Option<String>,
}

impl FindingKey {
    pub(crate) fn of(finding: &Finding) -> Self {
        let mut packages = finding.package_ids.clone();
        packages.sort();
        Self {
            code: finding.code,
            message: packages.is_empty().then(|| finding.message.clone()),
            packages,
        }
    }
}

/// The text of lines that are pointed at, by file and number from one: what columns count on.
pub(crate) type LineTexts = BTreeMap<(Utf8PathBuf, u32), String>;

/// One finding as it is shown in a file. What many marks have in common they share: a file may use one macro hundreds of times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The root of the workspace that it belongs to.
    pub(crate) workspace: Arc<Utf8Path>,
    pub(crate) finding: Arc<Finding>,
    pub(crate) place: MarkPlace,
}

/// Where a mark stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MarkPlace {
    /// Where its finding says.
    OfFinding,
    /// At a use in an open file, first and last place as the client counts.
    Use {
        file: Arc<Utf8Path>,
        range: (Point, Point),
    },
}

impl Mark {
    pub(crate) fn file(&self) -> Option<&Utf8Path> {
        match &self.place {
            MarkPlace::OfFinding => Some(&self.finding.location.as_ref()?.path),
            MarkPlace::Use { file, .. } => Some(file),
        }
    }
}

/// A diagnostic that a client sent along with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SentDiagnostic {
    pub(crate) source: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    /// First and last place.
    pub(crate) range: (Point, Point),
}

/// Where actions are asked for.
#[derive(Debug, Clone)]
pub(crate) struct ActionRequest {
    pub(crate) path: Utf8PathBuf,
    /// First and last place.
    pub(crate) range: (Point, Point),
    /// What the client shows there; some send none, or only ours.
    pub(crate) diagnostics: Vec<SentDiagnostic>,
    /// The kinds that are wanted; empty for all.
    pub(crate) only: Vec<String>,
}

/// What a person can choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) title: String,
    pub(crate) kind: ActionKind,
    pub(crate) preference: Preference,
    pub(crate) effect: Effect,
    pub(crate) target: Target,
    /// Which of the sent diagnostics it answers.
    pub(crate) answers: Vec<usize>,
}

/// What an action does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    Command(CommandName),
    /// The client changes a manifest itself, so that it can be undone there.
    Edit(ManifestEdit),
}

/// Another text at a place of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManifestEdit {
    pub(crate) place: Location,
    /// The whole line as it was read; where it is another by now, nothing is changed.
    pub(crate) line: String,
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActionKind {
    QuickFix,
    FixAll,
}

impl ActionKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::QuickFix => "quickfix",
            Self::FixAll => "source.fixAll.sidecargo",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preference {
    Preferred,
    Other,
}

/// A line of text above a line of a file, which may do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lens {
    /// The line, from one.
    pub(crate) line: u32,
    pub(crate) title: String,
    pub(crate) command: Option<CommandName>,
    pub(crate) target: Target,
}

/// What a command is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Target {
    /// The workspace's root; `None` where the client named none.
    pub(crate) workspace: Option<Utf8PathBuf>,
    /// The packages; empty for all.
    pub(crate) package_ids: Vec<PackageId>,
    /// The run, for `sidecargo.cancel`.
    pub(crate) run: Option<String>,
    /// The title of the remedy, for `sidecargo.remedy`.
    pub(crate) remedy: Option<String>,
}

impl Target {
    pub(crate) fn new(workspace: &Utf8Path, package_ids: &[PackageId]) -> Self {
        Self {
            workspace: Some(workspace.to_owned()),
            package_ids: package_ids.to_vec(),
            run: None,
            remedy: None,
        }
    }
}

/// The commands of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandName {
    Rebuild,
    Clean,
    CleanAndRebuild,
    CleanAll,
    FixAll,
    Cancel,
    Refresh,
    Report,
    ReloadRustAnalyzer,
    /// Shows a remedy with its command lines, and runs it once the person agrees.
    Remedy,
}

impl CommandName {
    pub(crate) const ALL: [Self; 10] = [
        Self::Rebuild,
        Self::Clean,
        Self::CleanAndRebuild,
        Self::CleanAll,
        Self::FixAll,
        Self::Cancel,
        Self::Refresh,
        Self::Report,
        Self::ReloadRustAnalyzer,
        Self::Remedy,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Rebuild => "sidecargo.rebuild",
            Self::Clean => "sidecargo.clean",
            Self::CleanAndRebuild => "sidecargo.cleanAndRebuild",
            Self::CleanAll => "sidecargo.cleanAll",
            Self::FixAll => "sidecargo.fixAll",
            Self::Cancel => "sidecargo.cancel",
            Self::Refresh => "sidecargo.refresh",
            Self::Report => "sidecargo.report",
            Self::ReloadRustAnalyzer => "sidecargo.reloadRustAnalyzer",
            Self::Remedy => "sidecargo.remedy",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }
}

/// How grave a message to the person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gravity {
    Error,
    Warning,
    Information,
}

/// rust-analyzer's shape of a server's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) health: Health,
    pub(crate) quiescent: bool,
    pub(crate) message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    Ok,
    Warning,
    Error,
}
