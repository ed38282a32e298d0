//! Commands, and the runs of remedies that they begin.

use camino::Utf8Path;
use serde_json::{Value, json};

use super::Actor;
use crate::cargo::process::Cancel;
use crate::cli::json;
use crate::server::mending::{Ending, Order, Outcome, Way};
use crate::server::message::{CommandCall, Message};
use crate::server::model::{CommandName, Gravity, Target};
use crate::server::outbox::{Notice, ProgressStep, RunToken};
use crate::server::reload;
use crate::server::worker::Job;
use crate::server::workspace::{AskedBy, Progress, Run, Workspace};
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
            CommandName::Rebuild => self.order(&target, Way::Rebuild, progress),
            CommandName::Clean => self.order(&target, Way::Clean, progress),
            CommandName::CleanAndRebuild => self.order(&target, Way::CleanAndRebuild, progress),
            CommandName::FixAll => self.order(&target, Way::Preferred, progress),
            CommandName::CleanAll => self.ask_to_clean_all(&target),
            CommandName::Cancel => Ok(self.cancel(&target)),
            CommandName::Refresh => self.refresh(&target),
            CommandName::Report => self.report(&target),
            CommandName::ReloadRustAnalyzer => self.reload_in_person(&target),
        };
        // The client may have taken its question back.
        let _ = answer.send(result);
    }

    /// The workspaces that a command is about: the named one, or else all.
    fn targets(&self, target: &Target) -> Result<Vec<WorkspaceKey>, String> {
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
        way: Way,
        mut progress: Option<RunToken>,
    ) -> Result<Value, String> {
        let mut tokens = Vec::new();
        for key in self.targets(target)? {
            let order = Order {
                way,
                package_ids: target.package_ids.clone(),
            };
            // One token of the client's makes room for one progress.
            tokens.push(self.begin_run(key, order, AskedBy::Person, progress.take()));
        }
        Ok(run_ids(&tokens))
    }

    fn begin_run(
        &mut self,
        key: WorkspaceKey,
        order: Order,
        asked_by: AskedBy,
        progress: Option<RunToken>,
    ) -> RunToken {
        let token = progress.clone().unwrap_or_else(|| self.next_token());
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return token;
        };
        let same = workspace
            .run
            .iter()
            .chain(&workspace.waiting_runs)
            .find(|run| run.order == order && !run.cancel.is_cancelled());
        if let Some(run) = same {
            return run.token.clone();
        }
        let title = title(&order, workspace);
        let progress = if progress.is_some() {
            Progress::Granted
        } else if self.profile.abilities.progress {
            self.desk.ask_progress(token.clone());
            Progress::Asked(None)
        } else {
            Progress::Nowhere
        };
        let run = Run {
            token: token.clone(),
            order,
            asked_by,
            cancel: Cancel::default(),
            progress,
            title,
        };
        if run.progress == Progress::Granted {
            self.begin_progress(&run.token, &run.title);
        }
        if let Some(workspace) = self.workspaces.get_mut(&key) {
            workspace.waiting_runs.push_back(run);
        }
        self.start_waiting_runs();
        token
    }

    /// Starts what waits and may: one run at a time in one build directory.
    fn start_waiting_runs(&mut self) {
        let keys: Vec<WorkspaceKey> = self.workspaces.keys().copied().collect();
        for key in keys {
            let directory = self.build_directory(key);
            let is_taken = self.workspaces.iter().any(|(other, workspace)| {
                workspace.run.is_some()
                    && (*other == key
                        || directory.is_some() && self.build_directory(*other) == directory)
            });
            let now = self.now();
            let Some(workspace) = self.workspaces.get_mut(&key).filter(|_| !is_taken) else {
                continue;
            };
            let Some(run) = workspace.waiting_runs.pop_front() else {
                continue;
            };
            workspace.quiet.own_run_began(now);
            let inbox = self.desk.inbox.clone();
            let token = run.token.clone();
            workspace.worker.hand(Job::Mend {
                order: run.order.clone(),
                cancel: run.cancel.clone(),
                progress: Box::new(move |words| {
                    // Fails only when the session is over.
                    let _ = inbox.send(Message::RunProgress(token.clone(), words));
                }),
            });
            workspace.run = Some(run);
        }
    }

    fn build_directory(&self, key: WorkspaceKey) -> Option<&Utf8Path> {
        let inspection = self.workspaces.get(&key)?.inspection.as_ref()?;
        Some(&inspection.workspace.build_directory)
    }

    fn next_token(&mut self) -> RunToken {
        self.next_run += 1;
        RunToken(format!("sidecargo-run-{}", self.next_run))
    }

    fn begin_progress(&self, token: &RunToken, title: &str) {
        let step = ProgressStep::Begin {
            title: title.to_owned(),
        };
        self.outbox.post(Notice::Progress(token.clone(), step));
    }

    pub(super) fn end_progress(&self, run: &Run, message: Option<String>) {
        if run.progress == Progress::Granted {
            let step = ProgressStep::End { message };
            self.outbox.post(Notice::Progress(run.token.clone(), step));
        }
    }

    fn runs(&mut self) -> impl Iterator<Item = &mut Run> {
        self.workspaces
            .values_mut()
            .flat_map(|workspace| workspace.run.iter_mut().chain(&mut workspace.waiting_runs))
    }

    pub(super) fn run_progressed(&mut self, token: &RunToken, words: String) {
        let Some(run) = self.runs().find(|run| run.token == *token) else {
            return;
        };
        match &mut run.progress {
            Progress::Asked(latest) => *latest = Some(words),
            Progress::Granted => {
                let step = ProgressStep::Report { message: words };
                self.outbox.post(Notice::Progress(token.clone(), step));
            }
            Progress::Nowhere => {}
        }
    }

    pub(super) fn progress_granted(&mut self, token: &RunToken) {
        let Some(run) = self.runs().find(|run| run.token == *token) else {
            // Over before the client answered; what it made room for must still come to an end.
            self.begin_progress(token, "Sidecargo");
            let step = ProgressStep::End { message: None };
            self.outbox.post(Notice::Progress(token.clone(), step));
            return;
        };
        let title = run.title.clone();
        let before = std::mem::replace(&mut run.progress, Progress::Granted);
        self.begin_progress(token, &title);
        if let Progress::Asked(Some(words)) = before {
            self.run_progressed(token, words);
        }
    }

    pub(super) fn cancel_run(&mut self, token: &RunToken) {
        let waiting = self.workspaces.values_mut().find_map(|workspace| {
            let place = workspace
                .waiting_runs
                .iter()
                .position(|run| run.token == *token)?;
            workspace.waiting_runs.remove(place)
        });
        if let Some(run) = waiting {
            self.end_progress(&run, Some("Cancelled".to_owned()));
        } else if let Some(run) = self.runs().find(|run| run.token == *token) {
            run.cancel.cancel();
        }
    }

    fn cancel(&mut self, target: &Target) -> Value {
        let tokens: Vec<RunToken> = match (&target.run, self.targets(target)) {
            (Some(run), _) => vec![RunToken(run.clone())],
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
                workspace.tried.clear();
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
            .and_then(|workspace| workspace.inspection.as_ref());
        match inspection {
            Some(inspection) => json::value(inspection).map_err(|error| error.to_string()),
            None => Ok(Value::Null),
        }
    }

    fn reload_in_person(&mut self, target: &Target) -> Result<Value, String> {
        for key in self.targets(target)? {
            self.reload_rust_analyzer(key);
        }
        if !self.profile.abilities.reload {
            self.say(
                Gravity::Information,
                reload::how_to(self.profile.name.as_deref()),
            );
        }
        Ok(Value::Null)
    }

    fn reload_rust_analyzer(&self, key: WorkspaceKey) {
        if let Some(workspace) = self.workspaces.get(&key)
            && self.profile.abilities.reload
        {
            let workspace = workspace.root().to_owned();
            self.outbox.post(Notice::Reload { workspace });
        }
    }

    fn ask_to_clean_all(&mut self, target: &Target) -> Result<Value, String> {
        let mut tokens = Vec::new();
        for key in self.targets(target)? {
            let token = self.next_token();
            if let Some(directory) = self.build_directory(key) {
                let question = format!(
                    "Remove the whole build directory `{directory}`? Everything in it will be built anew, by rust-analyzer and by you."
                );
                self.desk.ask_to_clean_all(key, token.clone(), question);
                tokens.push(token);
            }
        }
        Ok(run_ids(&tokens))
    }

    pub(super) fn clean_all(&mut self, key: WorkspaceKey, token: RunToken) {
        let order = Order {
            way: Way::CleanAll,
            package_ids: Vec::new(),
        };
        let _ = token;
        self.begin_run(key, order, AskedBy::Person, None);
    }

    pub(super) fn run_ended(&mut self, key: WorkspaceKey, outcome: Outcome) {
        let now = self.now();
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return;
        };
        let Some(run) = workspace.run.take() else {
            return;
        };
        workspace.quiet.own_run_ended(now);
        workspace.schedule.appoint(now);
        if run.asked_by == AskedBy::Setting && outcome.ending == Ending::Done {
            workspace.tried.clear();
        }
        self.tell_ending(key, &run, &outcome.ending);
        self.start_waiting_runs();
    }

    /// A message only where the person asked, or where it failed.
    fn tell_ending(&mut self, key: WorkspaceKey, run: &Run, ending: &Ending) {
        let rebuilt = matches!(
            run.order.way,
            Way::Rebuild | Way::CleanAndRebuild | Way::Preferred
        );
        let (short, message) = match ending {
            Ending::Done if rebuilt => {
                self.reload_rust_analyzer(key);
                let mut message =
                    format!("{}: done, and every proc macro of it is fresh.", run.title);
                if !self.profile.abilities.reload {
                    message.push(' ');
                    message.push_str(&reload::how_to(self.profile.name.as_deref()));
                }
                let message =
                    (run.asked_by == AskedBy::Person).then_some((Gravity::Information, message));
                ("Done", message)
            }
            Ending::Done => {
                let message = format!("{}: done.", run.title);
                let message =
                    (run.asked_by == AskedBy::Person).then_some((Gravity::Information, message));
                ("Done", message)
            }
            Ending::NotMended(why) => (
                "Not mended",
                Some((Gravity::Warning, format!("{}: {why}", run.title))),
            ),
            Ending::Failed(words) => (
                "Failed",
                Some((Gravity::Error, format!("{}: failed to {words}.", run.title))),
            ),
            Ending::Cancelled => ("Cancelled", None),
        };
        self.end_progress(run, Some(short.to_owned()));
        if let Some((gravity, message)) = message {
            self.say(gravity, message);
        }
    }

    /// Rebuilds what the settings say, unless that was tried already and nothing changed since.
    pub(super) fn rebuild_unasked(&mut self, key: WorkspaceKey) {
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return;
        };
        if workspace.run.is_some() || workspace.quiet.is_building() {
            return;
        }
        let package_ids = workspace.to_rebuild_unasked();
        if package_ids.is_empty() {
            return;
        }
        let order = Order {
            way: Way::Preferred,
            package_ids,
        };
        self.begin_run(key, order, AskedBy::Setting, None);
    }
}

fn is_named(workspace: &Workspace, root: &Utf8Path) -> bool {
    workspace.root() == root || workspace.start == root || workspace.start.parent() == Some(root)
}

/// What a command that begins runs returns: the id of its run, and all of them where there are several.
fn run_ids(tokens: &[RunToken]) -> Value {
    let ids: Vec<&str> = tokens.iter().map(|token| token.0.as_str()).collect();
    json!({ "run_id": ids.first(), "run_ids": ids })
}

/// Such as "Rebuild tracing-attributes".
fn title(order: &Order, workspace: &Workspace) -> String {
    let verb = match order.way {
        Way::Rebuild => "Rebuild",
        Way::Clean => "Clean",
        Way::CleanAndRebuild => "Clean and rebuild",
        Way::Preferred => "Mend",
        Way::CleanAll => return "Clean the whole build directory".to_owned(),
    };
    let names: Vec<&str> = workspace
        .inspection
        .iter()
        .flat_map(|inspection| &inspection.macros)
        .filter(|inspected| order.package_ids.contains(&inspected.expected.package_id))
        .map(|inspected| inspected.expected.name.as_str())
        .collect();
    match names.as_slice() {
        [] => format!("{verb} all proc macros"),
        [one] => format!("{verb} {one}"),
        [one, other] => format!("{verb} {one} and {other}"),
        [one, rest @ ..] => format!("{verb} {one} and {} more", rest.len()),
    }
}
