//! Runs of remedies, from their beginning to what is said of their end.

use std::time::Duration;

use camino::Utf8Path;

use super::Actor;
use crate::cargo::process::Cancel;
use crate::remedy::{Choice, ChoiceKind, RemedyKind};
use crate::server::mending::Ending;
use crate::server::message::Message;
use crate::server::model::Gravity;
use crate::server::outbox::{Advance, Notice, ProgressStep, RunToken};
use crate::server::reload;
use crate::server::settings::AutomaticRebuild;
use crate::server::worker::Job;
use crate::server::workspace::{AskedBy, Order, Progress, Run, Workspace};
use crate::watch::WorkspaceKey;

/// How long after the last save a rebuild that nobody asked for begins: editors save many files at once.
const AFTER_SAVE: Duration = Duration::from_millis(300);

impl Actor {
    /// Begins a run, or joins one that does the same. `progress` is where the client itself wants to see it.
    pub(super) fn begin_run(
        &mut self,
        key: WorkspaceKey,
        choice: Choice,
        asked_by: AskedBy,
        progress: Option<RunToken>,
    ) -> RunToken {
        let order = Order::Mend(choice);
        let same = self.workspaces.get_mut(&key).and_then(|workspace| {
            let mut runs = workspace.run.iter_mut().chain(&mut workspace.waiting_runs);
            runs.find(|run| run.order == order && !run.cancel.is_cancelled())
        });
        if let Some(run) = same {
            if asked_by == AskedBy::Person {
                // Who asked is told how it ended, and no save of theirs stops it.
                run.asked_by = asked_by;
            }
            return run.token.clone();
        }
        let (token, progress) = match progress {
            Some(token) => (token, Progress::Granted),
            None => (self.next_token(), self.ask_for_progress()),
        };
        self.begin_run_as(token.clone(), key, order, asked_by, progress);
        token
    }

    pub(super) fn ask_for_progress(&self) -> Progress {
        if self.profile.abilities.progress {
            Progress::Asked(None)
        } else {
            Progress::Nowhere
        }
    }

    /// Begins a run whose token is known to the client already.
    pub(super) fn begin_run_as(
        &mut self,
        token: RunToken,
        key: WorkspaceKey,
        order: Order,
        asked_by: AskedBy,
        progress: Progress,
    ) {
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return;
        };
        let title = match &order {
            Order::Mend(choice) => title(choice, workspace),
            Order::CarryOut(plan) => plan.title.clone(),
        };
        match &progress {
            Progress::Asked(_) => self.desk.ask_progress(token.clone()),
            Progress::Granted => {
                let title = title.clone();
                let step = ProgressStep::Begin { title };
                self.outbox.post(Notice::Progress(token.clone(), step));
            }
            Progress::Nowhere => {}
        }
        workspace.waiting_runs.push_back(Run {
            token,
            order,
            asked_by,
            cancel: Cancel::default(),
            title,
            progress,
        });
        self.start_waiting_runs();
    }

    /// Starts what waits and may: one run at a time in one build directory.
    pub(super) fn start_waiting_runs(&mut self) {
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
            let cancel = run.cancel.clone();
            let progress = Box::new(move |advance| {
                // Fails only when the session is over.
                let _ = inbox.send(Message::RunProgress(token.clone(), advance));
            });
            workspace.worker.hand(match run.order.clone() {
                Order::Mend(choice) => Job::Mend {
                    choice,
                    cancel,
                    progress,
                },
                Order::CarryOut(plan) => Job::CarryOut {
                    plan,
                    cancel,
                    progress,
                },
            });
            workspace.run = Some(run);
        }
    }

    pub(super) fn build_directory(&self, key: WorkspaceKey) -> Option<&Utf8Path> {
        let inspection = self.workspaces.get(&key)?.inspection.as_ref()?;
        Some(&inspection.workspace.build_directory)
    }

    pub(super) fn next_token(&mut self) -> RunToken {
        self.next_run += 1;
        RunToken::Name(format!("sidecargo-run-{}", self.next_run))
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

    /// The token of the run that has this id.
    pub(super) fn token_of(&mut self, id: &str) -> Option<RunToken> {
        let mut runs = self.runs();
        runs.find_map(|run| (run.token.id() == id).then(|| run.token.clone()))
    }

    fn runs(&mut self) -> impl Iterator<Item = &mut Run> {
        self.workspaces
            .values_mut()
            .flat_map(|workspace| workspace.run.iter_mut().chain(&mut workspace.waiting_runs))
    }

    pub(super) fn run_progressed(&mut self, token: &RunToken, advance: Advance) {
        let Some(run) = self.runs().find(|run| run.token == *token) else {
            return;
        };
        match &mut run.progress {
            Progress::Asked(latest) => *latest = Some(advance),
            Progress::Granted => {
                let step = ProgressStep::Report(advance);
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
        if let Progress::Asked(Some(advance)) = before {
            self.run_progressed(token, advance);
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

    pub(super) fn run_ended(&mut self, key: WorkspaceKey, ending: &Ending) {
        let now = self.now();
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            // Of a workspace that was forgotten meanwhile; others may have waited for its build directory.
            self.start_waiting_runs();
            return;
        };
        let Some(run) = workspace.run.take() else {
            return;
        };
        workspace.run_ended(now, ending);
        // A message that all is well comes after the look that takes the findings away.
        workspace.ended_runs.push((run, ending.clone()));
        self.start_waiting_runs();
    }

    /// Says how runs ended, once a look has shown it.
    pub(super) fn tell_endings(&mut self, key: WorkspaceKey) {
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return;
        };
        for (run, ending) in std::mem::take(&mut workspace.ended_runs) {
            self.tell_ending(key, &run, &ending);
        }
    }

    /// A message only where the person asked, or where it failed.
    fn tell_ending(&self, key: WorkspaceKey, run: &Run, ending: &Ending) {
        let builds = match &run.order {
            Order::Mend(choice) => choice.kind != ChoiceKind::CleanPackage,
            Order::CarryOut(plan) => plan.kind == RemedyKind::SetEnv,
        };
        if *ending == Ending::Done && builds {
            self.reload_rust_analyzer(key);
        }
        let (short, gravity, message) = match ending {
            Ending::Done if builds => {
                let done = format!("{}: done.", run.title);
                ("Done", Gravity::Information, self.with_way_to_reload(done))
            }
            Ending::Done => (
                "Done",
                Gravity::Information,
                format!("{}: done.", run.title),
            ),
            Ending::NothingToDo => {
                let message = format!("{}: there is nothing to mend.", run.title);
                ("Nothing to do", Gravity::Information, message)
            }
            Ending::NotMended(why) => (
                "Not mended",
                Gravity::Warning,
                format!("{}: {why}", run.title),
            ),
            // Nobody asked for it, and it is being done.
            Ending::LeftToAnother(_) if run.asked_by == AskedBy::Setting => {
                return self.end_progress(run, Some("Left to another Sidecargo".to_owned()));
            }
            Ending::Failed(words) | Ending::LeftToAnother(words) => {
                let message = format!("{}: failed to {words}.", run.title);
                ("Failed", Gravity::Error, message)
            }
            Ending::Cancelled => return self.end_progress(run, Some("Cancelled".to_owned())),
        };
        self.end_progress(run, Some(short.to_owned()));
        if run.asked_by == AskedBy::Person || gravity != Gravity::Information {
            self.say(gravity, message);
        }
    }

    fn with_way_to_reload(&self, mut message: String) -> String {
        if !self.profile.abilities.reload {
            message.push(' ');
            message.push_str(&reload::how_to(self.profile.name.as_deref()));
        }
        message
    }

    /// Rebuilds what the settings say, politely: not while somebody builds, not before all is saved, and nothing twice.
    pub(super) fn rebuild_unasked(&mut self, key: WorkspaceKey) {
        let now = self.now();
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return;
        };
        let is_at_work = workspace.run.is_some() || !workspace.waiting_runs.is_empty();
        if is_at_work || workspace.quiet.is_building() {
            return;
        }
        let saved = workspace.quiet.last_input().after(AFTER_SAVE);
        if workspace.settings.automatic_rebuild != AutomaticRebuild::Never && now < saved {
            workspace.schedule.appoint(saved);
            return;
        }
        let packages = workspace.take_rebuilds_unasked();
        if packages.is_empty() {
            return;
        }
        let choice = Choice {
            kind: ChoiceKind::Preferred,
            packages,
        };
        self.begin_run(key, choice, AskedBy::Setting, None);
    }
}

/// Such as "Rebuild tracing-attributes".
fn title(choice: &Choice, workspace: &Workspace) -> String {
    let verb = match choice.kind {
        ChoiceKind::Preferred => "Mend",
        ChoiceKind::Rebuild => "Rebuild",
        ChoiceKind::CleanAndRebuild => "Clean and rebuild",
        ChoiceKind::CleanPackage => "Clean",
        ChoiceKind::RenewTimes => "Reload",
        ChoiceKind::CleanAll => return "Clean everything and rebuild".to_owned(),
    };
    let names: Vec<&str> = workspace
        .inspection
        .iter()
        .flat_map(|inspection| &inspection.macros)
        .filter(|inspected| choice.packages.contains(&inspected.expected.package_id))
        .map(|inspected| inspected.expected.name.as_str())
        .collect();
    match names.as_slice() {
        [] => format!("{verb} proc macros"),
        [one] => format!("{verb} {one}"),
        [one, other] => format!("{verb} {one} and {other}"),
        [one, rest @ ..] => format!("{verb} {one} and {} more", rest.len()),
    }
}
