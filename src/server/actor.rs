//! The one owner of the server's state: takes messages one by one, never waits for anything but the next one.

mod answering;
mod commanding;
mod finding;
mod linking;
mod looking;
mod publishing;
mod remedying;
mod running;
mod surviving;
mod using;
mod watching;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::client::{self, Desk};
use super::crash::Crashes;
use super::documents::Documents;
use super::links::Links;
use super::message::{Deed, Message};
use super::model::{ClientProfile, Gravity, Status};
use super::outbox::{Notice, Outbox};
use super::publish::Published;
use super::settings::{Complaint, Values, complaint_message};
use super::worker::StartWorker;
use super::workspace::Workspace;
use crate::cli::logging;
use crate::pace::quiet::Moment;
use crate::panics::Trail;
use crate::watch::{Degradation, Surroundings, WorkspaceKey};
use using::OpenSource;
use watching::Watching;

/// How long the first look waits for the client's settings: looking twice costs more than waiting a little.
const WAIT_FOR_SETTINGS: Duration = Duration::from_secs(1);

/// The server's state.
pub(crate) struct Actor {
    desk: Desk,
    outbox: Outbox,
    inbox: mpsc::UnboundedReceiver<Message>,
    started: Instant,
    profile: ClientProfile,
    surroundings: Surroundings,
    documents: Documents,
    links: Links,
    /// Open Rust files.
    sources: BTreeMap<Utf8PathBuf, OpenSource>,
    /// Open Rust files that are too large to look for macros in.
    left_out: BTreeSet<Utf8PathBuf>,
    /// Settings of `initializationOptions`, then pushed ones over them.
    values: Values,
    /// Settings of single folders over those.
    folder_values: BTreeMap<Utf8PathBuf, Values>,
    settings_known: SettingsKnown,
    /// How often the client was asked for its settings.
    questions: u32,
    /// The latest of these questions that it answered.
    answered: u32,
    workspaces: BTreeMap<WorkspaceKey, Workspace>,
    next_key: u32,
    next_run: u32,
    /// Folders whose manifests are still being looked for, with the number of the latest search in each.
    searched: BTreeMap<Utf8PathBuf, u32>,
    /// How many searches there have been.
    searches: u32,
    /// Open files whose workspace is not known.
    unplaced: BTreeSet<Utf8PathBuf>,
    /// Open files whose workspace was looked for.
    placed: BTreeSet<Utf8PathBuf>,
    watching: Option<Watching>,
    /// How many watchers there have been; tells what the latest says from what the others said.
    watchers: u32,
    degraded: Option<Degradation>,
    published: Published,
    status: Option<Status>,
    log_level: Option<String>,
    /// Held by every worker's thread; whoever waits for its receiver waits for them.
    alive: mpsc::Sender<()>,
    /// Complaints about settings that the person has been told.
    complained: Vec<Complaint>,
    start_worker: StartWorker,
    /// The last messages.
    trail: Trail,
    crashes: Crashes,
}

/// Whether looks may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SettingsKnown {
    No,
    /// The client was asked; at this moment its answer is waited for no longer.
    Asked(Moment),
    Yes,
}

impl Actor {
    /// An actor that takes messages from `inbox`; `desk` posts to the same. `alive` is kept by every thread that it starts.
    pub(crate) fn new(
        desk: Desk,
        outbox: Outbox,
        inbox: mpsc::UnboundedReceiver<Message>,
        alive: mpsc::Sender<()>,
        start_worker: StartWorker,
        crashes: Crashes,
    ) -> Self {
        Self {
            desk,
            outbox,
            inbox,
            started: Instant::now(),
            profile: ClientProfile::default(),
            surroundings: Surroundings::from_environment(),
            documents: Documents::default(),
            links: Links::default(),
            sources: BTreeMap::new(),
            left_out: BTreeSet::new(),
            values: Values::default(),
            folder_values: BTreeMap::new(),
            settings_known: SettingsKnown::No,
            questions: 0,
            answered: 0,
            workspaces: BTreeMap::new(),
            next_key: 0,
            next_run: 0,
            searched: BTreeMap::new(),
            searches: 0,
            unplaced: BTreeSet::new(),
            placed: BTreeSet::new(),
            watching: None,
            watchers: 0,
            degraded: None,
            published: Published::default(),
            status: None,
            log_level: None,
            alive,
            complained: Vec::new(),
            start_worker,
            trail: Trail::default(),
            crashes,
        }
    }

    /// Works until nobody can post any more, or the task is dropped.
    pub(crate) async fn run(mut self) {
        loop {
            let due = self.next_deadline();
            let message = match due {
                Some(moment) => tokio::select! {
                    biased;
                    message = self.inbox.recv() => message,
                    () = tokio::time::sleep_until(self.started + moment.0) => None,
                },
                None => self.inbox.recv().await,
            };
            match message {
                Some(Message::End) => return self.end(),
                Some(message) => self.take_guarded(self.with_real_paths(message)),
                // It is time for something. The inbox is never closed: the desk holds a sender of it.
                None => {}
            }
            self.guarded("begin what is due", |actor| {
                actor.begin_what_is_due();
                actor.tell_of_edited();
                actor.tell_status();
            });
        }
    }

    /// Stops all runs; the workers end with the workspaces, each after its last job.
    fn end(&mut self) {
        for workspace in self.workspaces.values() {
            for run in workspace.run.iter().chain(&workspace.waiting_runs) {
                run.cancel.cancel();
            }
        }
    }

    fn now(&self) -> Moment {
        Moment(self.started.elapsed())
    }

    fn take(&mut self, message: Message) {
        match message.deed() {
            Deed::In(file) => self.attended(Some(file)),
            Deed::Anywhere => self.attended(None),
            Deed::None => {}
        }
        match message {
            Message::Begin(profile) => self.begin(*profile),
            Message::Ready => self.ready(),
            Message::Folders { added, removed } => self.change_folders(added, &removed),
            Message::Settings(settings) => self.settings_pushed(&settings),
            Message::Configuration { question, values } => self.settings_given(question, values),
            Message::Opened { path, text } => self.opened(path, text),
            Message::Edited { path, edits } => {
                self.documents.edit(&path, edits);
                self.source_edited(&path);
            }
            Message::Saved(path) => self.files_changed(&[path]),
            Message::Closed(path) => {
                self.documents.close(&path);
                self.source_closed(&path);
            }
            Message::FilesChanged(paths) => self.files_changed(&paths),
            Message::Actions(request, answer) => {
                self.catch_up(&request.path);
                // The client may have taken its question back.
                let _ = answer.send(self.actions(&request));
            }
            Message::Hover {
                path,
                point,
                answer,
            } => {
                self.catch_up(&path);
                let _ = answer.send(self.hover(&path, point));
            }
            Message::Lenses { path, answer } => {
                let _ = answer.send(self.lenses(&path));
            }
            Message::Command(call) => self.command(*call),
            Message::CancelRun(token) => self.cancel_run(&token),
            Message::FolderSearched {
                folder,
                search,
                manifests,
                link,
            } => {
                self.learn_name(&folder, link);
                self.folder_searched(folder, search, manifests);
            }
            Message::FilePlaced {
                file,
                manifest,
                link,
            } => {
                self.learn_link(link.filter(|_| !self.is_of_a_workspace(manifest.as_deref())));
                self.file_placed(file, manifest);
            }
            Message::Worker(workspace, report) => self.worker_reported(workspace, report),
            Message::Watch(watcher, signal) => self.watched(watcher, signal),
            Message::RunProgress(token, words) => self.run_progressed(&token, words),
            Message::ProgressGranted(token) => self.progress_granted(&token),
            Message::CleanAllConfirmed(workspace, token) => self.clean_all(workspace, token),
            Message::CleanAllDeclined(token) => tracing::info!(?token, "no full clean"),
            Message::RemedyAgreed(workspace, token, plan) => {
                self.remedy_agreed(workspace, token, *plan);
            }
            Message::Crashed(doing, panic) => self.survive(doing, &panic),
            // Taken before this.
            Message::End => {}
        }
    }

    fn begin(&mut self, profile: ClientProfile) {
        self.documents = Documents::new(profile.encoding);
        self.values = Values::from_client(&profile.options);
        self.profile = profile;
    }

    fn ready(&mut self) {
        self.settings_known = if self.profile.abilities.configuration {
            self.ask_for_settings();
            SettingsKnown::Asked(self.now().after(WAIT_FOR_SETTINGS))
        } else {
            SettingsKnown::Yes
        };
        for folder in self.profile.folders.clone() {
            self.search_folder(folder);
        }
    }

    fn change_folders(&mut self, added: Vec<Utf8PathBuf>, removed: &[Utf8PathBuf]) {
        self.profile
            .folders
            .retain(|folder| !removed.contains(folder));
        for folder in removed {
            self.forget_folder(folder);
        }
        for folder in added {
            if !self.profile.folders.contains(&folder) {
                self.profile.folders.push(folder.clone());
                self.search_folder(folder);
            }
        }
        if self.profile.abilities.configuration {
            self.ask_for_settings();
        }
    }

    fn settings_pushed(&mut self, settings: &Value) {
        if let Some(settings) = client::pushed(settings) {
            let options = Values::from_client(&self.profile.options);
            let values = options.overlaid_by(Values::from_client(settings));
            if self.values != values {
                self.values = values;
                self.settings_changed();
            }
        }
        // Clients that can be asked push only the news that something changed.
        if self.profile.abilities.configuration {
            self.ask_for_settings();
        }
    }

    fn ask_for_settings(&mut self) {
        self.questions = self.questions.wrapping_add(1);
        let folders = self.profile.folders.clone();
        self.desk.ask_configuration(self.questions, folders);
    }

    /// Takes in what the client answered. It may answer an older question after a newer one, with what was set then.
    fn settings_given(&mut self, question: u32, values: Vec<(Option<Utf8PathBuf>, Value)>) {
        if question < self.answered {
            return;
        }
        self.answered = question;
        let before = (self.values.clone(), self.folder_values.clone());
        for (folder, value) in values {
            let given = Values::from_client(&value);
            if let Some(folder) = folder {
                self.folder_values.insert(folder, given);
            } else {
                let options = Values::from_client(&self.profile.options);
                self.values = options.overlaid_by(given);
            }
        }
        self.settings_known = SettingsKnown::Yes;
        if before != (self.values.clone(), self.folder_values.clone()) {
            self.settings_changed();
        }
    }

    fn settings_changed(&mut self) {
        let now = self.now();
        // Other projects may be linked now. What stays is known again and goes on undisturbed.
        for folder in self.profile.folders.clone() {
            self.search_folder(folder);
        }
        for workspace in self.workspaces.values_mut() {
            workspace.schedule.appoint(now);
        }
    }

    /// The settings of the client for what lies at a path.
    fn values_for(&self, path: &camino::Utf8Path) -> Values {
        let nearest = self
            .folder_values
            .iter()
            .filter(|(folder, _)| {
                path.starts_with(folder) || path.starts_with(self.links.real(folder))
            })
            .max_by_key(|(folder, _)| folder.as_str().len());
        match nearest {
            Some((_, values)) => self.values.clone().overlaid_by(values.clone()),
            None => self.values.clone(),
        }
    }

    fn complain(&mut self, complaints: &[Complaint]) {
        let news: Vec<Complaint> = complaints
            .iter()
            .filter(|complaint| !self.complained.contains(complaint))
            .cloned()
            .collect();
        if let Some(message) = complaint_message(&news) {
            self.say(Gravity::Warning, message);
        }
        self.complained.extend(news);
    }

    /// One log serves all workspaces; of several levels the latest holds.
    fn set_log_level(&mut self, level: Option<&String>) {
        if let Some(level) = level
            && self.log_level.as_ref() != Some(level)
        {
            logging::set_level(level);
            self.log_level = Some(level.clone());
        }
    }

    fn say(&self, gravity: Gravity, message: String) {
        self.outbox.post(Notice::Message(gravity, message));
    }
}

#[cfg(test)]
mod tests;
