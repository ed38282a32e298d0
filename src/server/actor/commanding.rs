//! The commands of the contract: what each does at once, and what it begins.

use camino::Utf8Path;
use serde_json::{Value, json};

use super::Actor;
use crate::cli::json;
use crate::remedy::{Choice, ChoiceKind, CleanPreview};
use crate::server::message::CommandCall;
use crate::server::model::{CommandName, Gravity, Target};
use crate::server::outbox::{Notice, RunToken};
use crate::server::reload;
use crate::server::worker::Job;
use crate::server::workspace::{AskedBy, Order, Workspace};
use crate::watch::WorkspaceKey;

impl Actor {
    pub(super) fn command(&mut self, call: CommandCall) {
        let CommandCall {
            name,
            target,
            progress,
            answer,
        } = call;
        let result = match name {
            CommandName::Rebuild => self.order(&target, ChoiceKind::Rebuild, progress),
            CommandName::Clean => self.order(&target, ChoiceKind::CleanPackage, progress),
            CommandName::CleanAndRebuild => {
                self.order(&target, ChoiceKind::CleanAndRebuild, progress)
            }
            CommandName::FixAll => self.order(&target, ChoiceKind::Preferred, progress),
            CommandName::CleanAll => self.prepare_full_clean(&target),
            CommandName::Cancel => Ok(self.cancel(&target)),
            CommandName::Refresh => self.refresh(&target),
            CommandName::Report => self.report(&target),
            // Named macros get a new time first: rust-analyzer keeps what it has against the old one.
            CommandName::ReloadRustAnalyzer if !target.package_ids.is_empty() => {
                self.order(&target, ChoiceKind::RenewTimes, progress)
            }
            CommandName::ReloadRustAnalyzer => self.reload_in_person(&target),
            CommandName::Remedy => self.show_remedy(&target),
        };
        // The client may have taken its question back.
        let _ = answer.send(result);
    }

    /// The workspaces that a command is about: the named one, or else all.
    pub(super) fn targets(&self, target: &Target) -> Result<Vec<WorkspaceKey>, String> {
        let keys: Vec<WorkspaceKey> = match &target.workspace {
            None => self.workspaces.keys().copied().collect(),
            Some(root) => self
                .workspaces
                .iter()
                .filter(|(_, workspace)| is_named(workspace, root))
                .map(|(key, _)| *key)
                .collect(),
        };
        match &target.workspace {
            _ if !keys.is_empty() => Ok(keys),
            _ if self.is_searching() => {
                Err("the workspaces are still being looked for; try again in a moment".to_owned())
            }
            Some(root) => Err(format!("there is no cargo workspace at {root}")),
            None => Err("there is no cargo workspace here".to_owned()),
        }
    }

    fn order(
        &mut self,
        target: &Target,
        kind: ChoiceKind,
        mut progress: Option<RunToken>,
    ) -> Result<Value, String> {
        let mut tokens = Vec::new();
        for key in self.targets(target)? {
            let choice = Choice {
                kind,
                packages: target.package_ids.clone(),
            };
            // One token of the client's makes room for one progress.
            tokens.push(self.begin_run(key, choice, AskedBy::Person, progress.take()));
        }
        Ok(run_ids(&tokens))
    }

    fn cancel(&mut self, target: &Target) -> Value {
        let tokens: Vec<RunToken> = match (&target.run, self.targets(target)) {
            (Some(id), _) => self.token_of(id).into_iter().collect(),
            (None, Ok(keys)) => keys
                .iter()
                .filter_map(|key| self.workspaces.get(key))
                .flat_map(|workspace| workspace.run.iter().chain(&workspace.waiting_runs))
                .map(|run| run.token.clone())
                .collect(),
            (None, Err(_)) => Vec::new(),
        };
        for token in &tokens {
            self.cancel_run(token);
        }
        Value::Null
    }

    fn refresh(&mut self, target: &Target) -> Result<Value, String> {
        let now = self.now();
        if self.is_searching() {
            return Ok(Value::Null);
        }
        for key in self.targets(target)? {
            if let Some(workspace) = self.workspaces.get_mut(&key) {
                workspace.forget_attempts();
                workspace.schedule.appoint(now);
            }
        }
        Ok(Value::Null)
    }

    /// The report of section 5 of the named workspace, or of the first; `null` before the first look.
    fn report(&self, target: &Target) -> Result<Value, String> {
        if self.is_searching() {
            return Ok(Value::Null);
        }
        let key = self.targets(target)?.into_iter().next();
        let inspection = key
            .and_then(|key| self.workspaces.get(&key))
            .and_then(Workspace::report);
        match inspection {
            Some(inspection) => json::value(&inspection).map_err(|error| error.to_string()),
            None => Ok(Value::Null),
        }
    }

    fn reload_in_person(&mut self, target: &Target) -> Result<Value, String> {
        let now = self.now();
        for key in self.targets(target)? {
            self.reload_rust_analyzer(key);
            if let Some(workspace) = self.workspaces.get_mut(&key) {
                workspace.toolchain.reset();
                workspace.kept_errors.reloaded();
                workspace.schedule.appoint(now);
            }
        }
        if !self.profile.abilities.reload {
            self.say(
                Gravity::Information,
                reload::how_to(self.profile.name.as_deref()),
            );
        }
        Ok(Value::Null)
    }

    pub(super) fn reload_rust_analyzer(&self, key: WorkspaceKey) {
        if let Some(workspace) = self.workspaces.get(&key)
            && self.profile.abilities.reload
        {
            let workspace = workspace.root().to_owned();
            self.outbox.post(Notice::Reload { workspace });
        }
    }

    /// A full clean is done only when the person agrees, knowing what goes.
    fn prepare_full_clean(&mut self, target: &Target) -> Result<Value, String> {
        let mut tokens = Vec::new();
        for key in self.targets(target)? {
            let token = self.next_token();
            if let Some(workspace) = self.workspaces.get(&key) {
                workspace.worker.hand(Job::PreviewFullClean(token.clone()));
                tokens.push(token);
            }
        }
        Ok(run_ids(&tokens))
    }

    pub(super) fn full_clean_previewed(
        &mut self,
        key: WorkspaceKey,
        token: RunToken,
        preview: Option<&CleanPreview>,
    ) {
        let Some(directory) = self.build_directory(key) else {
            return;
        };
        let size = preview.map_or_else(String::new, |preview| {
            format!(" ({} files, {})", preview.files, megabytes(preview.bytes))
        });
        let question = format!(
            "Remove the whole build directory `{directory}`{size} and rebuild what rust-analyzer needs? Everything else in it will be built anew when you next build, which takes as long as a first build."
        );
        self.desk.ask_to_clean_all(key, token, question);
    }

    /// The person agreed to a full clean; its run has the token that the command returned.
    pub(super) fn clean_all(&mut self, key: WorkspaceKey, token: RunToken) {
        let choice = Choice {
            kind: ChoiceKind::CleanAll,
            packages: Vec::new(),
        };
        let progress = self.ask_for_progress();
        let order = Order::Mend(choice);
        self.begin_run_as(token, key, order, AskedBy::Person, progress);
    }
}

/// Such as "312 MB" or "1.2 GB"; nobody decides by the bytes.
fn megabytes(bytes: u64) -> String {
    let megabytes = bytes.div_ceil(1_000_000);
    match (megabytes / 1_000, megabytes % 1_000) {
        (0, megabytes) => format!("{megabytes} MB"),
        (gigabytes, rest) => format!("{gigabytes}.{} GB", rest / 100),
    }
}

fn is_named(workspace: &Workspace, root: &Utf8Path) -> bool {
    workspace.root() == root || workspace.start == root || workspace.start.parent() == Some(root)
}

/// What a command that begins runs returns: the id of its run, and all of them where there are several.
fn run_ids(tokens: &[RunToken]) -> Value {
    let ids: Vec<String> = tokens.iter().map(RunToken::id).collect();
    json!({ "run_id": ids.first(), "run_ids": ids })
}
