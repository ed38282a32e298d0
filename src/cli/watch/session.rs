//! The watching itself: hears the watcher, the worker, the service and the signals, and does what the course says.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant, SystemTime};

use camino::Utf8PathBuf;

use super::course::{
    Action, Builds, Built, Course, Difference, Event, Health, Mended, Orders, Trouble, View,
};
use super::release::{Generation, Outlet};
use super::seen::{Seen, Writers};
use super::signals;
use super::sources::{Found, Sources};
use super::verdicts::{self, Clock, Told};
use super::words::{self, IsNew, ShowErrors, Voice};
use super::worker::{
    BuildCommand, BuildReport, Fate, Job, MendingReport, Report, ShowProgress, Worker, sentence,
};
use crate::cargo::asked;
use crate::cargo::messages::CompilerError;
use crate::cargo::process::Cancel;
use crate::cli::ExitStatus;
use crate::cli::failure::{Failure, sentence_of};
use crate::inspect::{InspectError, Inspection, Inspector};
use crate::remedy::{self, MendReport, MendResult};
use crate::server::quiet::{Build, Moment};
use crate::verdict::Verdict;
use crate::watch::{
    Backend, Cause, Degradation, Signal, Surroundings, WatchOptions, WatchPlan, Watcher,
    WorkspaceKey,
};

/// What changes verdicts is watched under one key and what builds read under the other, since more of the latter is no news.
const VERDICTS: WorkspaceKey = WorkspaceKey(0);
const SOURCES: WorkspaceKey = WorkspaceKey(1);

/// How long what runs may take to end when we do.
const FAREWELL: Duration = Duration::from_secs(3);

/// Where events cannot be had, files are asked for as often.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

enum Message {
    Watched(Signal),
    Done(Report),
    ServiceEnded(Generation),
    End,
}

/// One run of `sidecargo watch`.
pub(super) struct Session {
    inbox: Receiver<Message>,
    sender: Sender<Message>,
    watcher: Watcher,
    worker: Worker,
    outlet: Outlet,
    voice: Voice,
    orders: Orders,
    course: Course,
    start: Utf8PathBuf,
    surroundings: Surroundings,
    began: Instant,
    told: Told,
    seen: Seen,
    sources: Sources,
    planned: Found,
    inspection: Option<Inspection>,
    /// How cargo is called, as a person would type it.
    build: String,
    /// What changed since the last build began.
    edited: Vec<Utf8PathBuf>,
    /// The files that the running build was begun for.
    building: Vec<Utf8PathBuf>,
    errors_told: Vec<CompilerError>,
    refused: Option<String>,
    cancel: Cancel,
    /// What is left to be told when nobody listens any more.
    is_heard: bool,
}

impl Session {
    /// Starts the threads; nothing is looked at yet.
    pub(super) fn new(
        inspector: Inspector,
        command: BuildCommand,
        orders: Orders,
        outlet: Outlet,
        voice: Voice,
    ) -> Result<Self, Failure> {
        let threads = |source| Failure::Watching { source };
        let (sender, inbox) = mpsc::channel();
        let end = sender.clone();
        signals::listen(move || drop(end.send(Message::End))).map_err(threads)?;
        let options = WatchOptions {
            backend: Backend::Auto,
            poll_interval: POLL_INTERVAL,
        };
        let watched = sender.clone();
        let watcher = Watcher::start(options, move |signal| {
            let _ = watched.send(Message::Watched(signal));
        })
        .map_err(threads)?;
        let start = inspector.start().to_owned();
        let build = std::iter::once("cargo build")
            .chain(command.arguments.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ");
        let show = match voice {
            Voice::Human(_) => ShowProgress::Yes,
            Voice::Json => ShowProgress::No,
        };
        let done = sender.clone();
        let worker = Worker::start(inspector, command, show, move |report| {
            let _ = done.send(Message::Done(report));
        })
        .map_err(threads)?;
        Ok(Self {
            inbox,
            sender,
            watcher,
            worker,
            outlet,
            voice,
            orders,
            course: Course::new(orders),
            start,
            surroundings: Surroundings::from_environment(),
            began: Instant::now(),
            told: Told::default(),
            seen: Seen::default(),
            sources: Sources::default(),
            planned: Found::default(),
            inspection: None,
            build,
            edited: Vec::new(),
            building: Vec::new(),
            errors_told: Vec::new(),
            refused: None,
            cancel: Cancel::default(),
            is_heard: true,
        })
    }

    /// Stays until it is asked to end, or nobody reads any more.
    pub(super) fn run(mut self) -> Result<ExitStatus, Failure> {
        self.happen(Event::Started);
        let mut result = Ok(());
        while self.is_heard && result.is_ok() {
            match self.next() {
                None => self.happen(Event::Due),
                Some(Message::End) => break,
                Some(Message::Watched(signal)) => self.watched(signal),
                Some(Message::ServiceEnded(generation)) => self.service_ended(generation),
                Some(Message::Done(report)) => result = self.done(report),
            }
        }
        self.end();
        result.map(|()| ExitStatus::Fine)
    }

    /// The next message; `None` when something falls due before.
    fn next(&self) -> Option<Message> {
        let Some(due) = self.course.due() else {
            // One sender is our own.
            return self.inbox.recv().ok();
        };
        let wait = due.0.saturating_sub(self.began.elapsed());
        match self.inbox.recv_timeout(wait) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }

    fn now(&self) -> Moment {
        Moment(self.began.elapsed())
    }

    /// Hands an event to the course and does what it says; what comes of that at once is handed to it too.
    fn happen(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for action in self.course.on(event, self.now()) {
                events.extend(self.act(action));
            }
        }
    }

    fn act(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::Compare => return Some(Event::Compared(self.compare())),
            Action::Look => self.worker.hand(Job::Look),
            Action::Build => {
                self.building = std::mem::take(&mut self.edited);
                self.cancel = Cancel::default();
                self.worker.hand(Job::Build(self.cancel.clone()));
            }
            Action::Mend(packages) => {
                self.cancel = Cancel::default();
                self.worker.hand(Job::Mend(packages, self.cancel.clone()));
            }
            Action::Cancel => self.cancel.cancel(),
            Action::Show { certain } => self.show(&certain),
            Action::Release => self.release(),
            Action::HoldBack => self.hold_back(),
        }
        None
    }

    fn watched(&mut self, signal: Signal) {
        match signal {
            Signal::Look { workspace, cause } => self.happen(match cause {
                Cause::InputChanged | Cause::AnythingChanged => Event::Inputs,
                // Said of sources only when watches were made: what changed before has no event.
                Cause::OutputChanged if workspace == SOURCES => Event::Inputs,
                Cause::OutputChanged => Event::Outputs,
                Cause::BuildEnded => Event::BuildEnded,
            }),
            Signal::Degraded(degradation) => {
                let sentence = degraded(&degradation);
                self.say(&words::Event::Note(sentence));
            }
        }
    }

    fn service_ended(&mut self, generation: Generation) {
        let command = self.outlet.kept_running().unwrap_or_default();
        if let Some(status) = self.outlet.ended(generation) {
            self.say(&words::Event::ServiceEnded { command, status });
            self.happen(Event::ServiceEnded);
        }
    }

    fn done(&mut self, report: Report) -> Result<(), Failure> {
        match report {
            Report::Looked(looked) => match *looked {
                Ok(inspection) => self.looked(inspection),
                Err(error) => return self.not_looked(error),
            },
            Report::Built(report) => self.built(&report),
            Report::Mended(report) => self.mended(&report),
        }
        Ok(())
    }

    fn looked(&mut self, inspection: Inspection) {
        self.refused = None;
        let is_first = self.inspection.is_none();
        let clock = Clock {
            now: self.now(),
            system: SystemTime::now(),
        };
        let view = verdicts::view(&inspection, clock);
        self.plan(&inspection);
        self.inspection = Some(inspection);
        if is_first {
            self.tell_start();
        }
        // What changed before its directory was watched has no event.
        let difference = self.compare();
        self.happen(Event::Compared(difference));
        self.happen(Event::Looked(view));
    }

    /// Without a workspace at the start there is nothing to watch; later it may come back.
    fn not_looked(&mut self, error: InspectError) -> Result<(), Failure> {
        if self.inspection.is_none() {
            return Err(error.into());
        }
        let plan = WatchPlan::of_start(&self.start, &self.surroundings);
        self.watcher.watch(VERDICTS, plan);
        let words = sentence_of(&error);
        if self.refused.as_ref() != Some(&words) {
            self.say(&words::Event::Failed(words.clone()));
            self.refused = Some(words);
        }
        self.happen(Event::Looked(View {
            health: Health::Unreadable,
            build: Build::Idle,
            troubles: std::collections::BTreeMap::new(),
            fresh: BTreeSet::new(),
            mendable: std::collections::BTreeMap::new(),
        }));
        Ok(())
    }

    /// Watches what this look says is to be watched; files that it names for the first time are taken as they are.
    fn plan(&mut self, inspection: &Inspection) {
        let plan = WatchPlan::of(inspection, &self.surroundings);
        self.seen.adopt(plan.inputs());
        self.watcher.watch(VERDICTS, plan);
        if self.orders.builds == Builds::Never {
            return;
        }
        let workspace = &inspection.workspace;
        self.sources.add_outputs([
            workspace.target_directory.clone(),
            workspace.build_directory.clone(),
        ]);
        let members = workspace.members.iter();
        let packages: Vec<Utf8PathBuf> = members
            .filter_map(|member| Some(member.manifest_path.parent()?.to_owned()))
            .collect();
        self.add_sources(packages, Vec::new());
    }

    fn add_sources(
        &mut self,
        packages: impl IntoIterator<Item = Utf8PathBuf>,
        named: impl IntoIterator<Item = Utf8PathBuf>,
    ) {
        let before = self.sources.clone();
        self.sources.add_packages(packages);
        self.sources.add_named(named);
        if self.sources != before {
            let found = self.sources.find();
            self.seen.adopt(found.files.iter().cloned());
            self.seen.adopt(self.sources.named().iter().cloned());
            self.watch_sources(found);
        }
    }

    fn watch_sources(&mut self, found: Found) {
        let root = self
            .inspection
            .as_ref()
            .map_or(&self.start, |inspection| &inspection.workspace.root);
        let directories = found.directories.iter().map(AsRef::as_ref);
        let named = self.sources.named().iter().map(AsRef::as_ref);
        let plan = WatchPlan::of_sources(root, directories, named);
        self.watcher.watch(SOURCES, plan);
        self.planned = found;
    }

    /// What changed since the last time, by whomever it may have been.
    fn compare(&mut self) -> Difference {
        let writers = if self.course.is_running() {
            Writers::OurBuild
        } else {
            Writers::Others
        };
        let mut listed = BTreeSet::new();
        if self.orders.builds == Builds::OnEveryEdit {
            let found = self.sources.find();
            listed.clone_from(&found.files);
            if found.directories != self.planned.directories {
                self.watch_sources(found);
            }
        }
        let changed = self.seen.changed(listed, writers);
        if changed.is_empty() {
            return Difference::None;
        }
        for path in changed {
            if !self.edited.contains(&path) {
                self.edited.push(path);
            }
        }
        self.errors_told.clear();
        Difference::Edited
    }

    fn built(&mut self, report: &BuildReport) {
        // What the build itself wrote is seen before it counts as somebody's edit.
        let difference = self.compare();
        self.add_sources(report.packages.clone(), report.sources.clone());
        let built = match &report.fate {
            Fate::Good(products) => Built::Good(products.clone()),
            Fate::Failed(_) => Built::Failed,
            Fate::Cancelled => Built::Cancelled,
        };
        match &report.fate {
            Fate::Good(products) => {
                let is_new = if self.course.has_released(products) {
                    IsNew::No
                } else {
                    IsNew::Yes
                };
                let edited = std::mem::take(&mut self.building);
                self.say(&words::Event::Built {
                    took: report.took,
                    edited: &edited,
                    is_new,
                });
            }
            Fate::Failed(failure) => {
                self.remember_errors(failure);
                let edited = std::mem::take(&mut self.building);
                self.say(&words::Event::BuildFailed {
                    took: report.took,
                    edited: &edited,
                    failure,
                    kept_running: self.outlet.kept_running(),
                });
            }
            Fate::Cancelled => {
                // The build that follows is for these edits too.
                let building = std::mem::take(&mut self.building);
                let newer = std::mem::replace(&mut self.edited, building);
                for path in newer {
                    if !self.edited.contains(&path) {
                        self.edited.push(path);
                    }
                }
            }
        }
        if let Some(mend) = &report.macros {
            self.tell_mended(mend, report.took);
        }
        self.happen(Event::Compared(difference));
        self.happen(Event::Built(built));
    }

    fn mended(&mut self, report: &MendingReport) {
        let difference = self.compare();
        let mended = match &report.result {
            Ok(mend) => {
                self.tell_mended(mend, report.took);
                match mend.result {
                    MendResult::Mended => Mended::Done,
                    MendResult::Cancelled => Mended::Cancelled,
                    MendResult::Unmended | MendResult::NothingToDo => Mended::NotDone,
                }
            }
            Err(_) if self.cancel.is_cancelled() => Mended::Cancelled,
            Err(error) => {
                self.say(&words::Event::Failed(sentence(error)));
                Mended::NotDone
            }
        };
        self.happen(Event::Compared(difference));
        self.happen(Event::Mended(mended));
    }

    fn tell_mended(&mut self, mend: &MendReport, took: Duration) {
        let failure = mend.failure();
        let errors = if failure.is_some_and(|failure| self.was_told(failure)) {
            ShowErrors::No
        } else {
            ShowErrors::Yes
        };
        if let Some(failure) = failure {
            self.remember_errors(failure);
        }
        self.say(&words::Event::Mended {
            report: mend,
            took,
            errors,
        });
    }

    fn remember_errors(&mut self, failure: &remedy::Failure) {
        if let remedy::Failure::Command {
            compiler_errors, ..
        } = failure
        {
            self.errors_told.clone_from(compiler_errors);
        }
    }

    /// Whether a compiler's errors were told since the last edit.
    fn was_told(&self, failure: &remedy::Failure) -> bool {
        let remedy::Failure::Command {
            compiler_errors, ..
        } = failure
        else {
            return false;
        };
        let is_told = |error: &CompilerError| {
            self.errors_told.iter().any(|told| {
                (&told.message, &told.path, told.line) == (&error.message, &error.path, error.line)
            })
        };
        !compiler_errors.is_empty() && compiler_errors.iter().all(is_told)
    }

    fn tell_start(&mut self) {
        let Some(inspection) = self.inspection.take() else {
            return;
        };
        let builds = self.orders.builds == Builds::OnEveryEdit;
        self.say(&words::Event::Watching {
            inspection: &inspection,
            build: builds.then(|| self.build.clone()),
            then: self.outlet.in_words(),
        });
        self.inspection = Some(inspection);
    }

    fn show(&mut self, certain: &BTreeSet<Trouble>) {
        let Some(inspection) = &self.inspection else {
            return;
        };
        let news = self.told.news(inspection, certain);
        if !news.is_empty() {
            self.say(&words::Event::News(&news));
        }
    }

    fn release(&mut self) {
        if !self.outlet.is_any() {
            return;
        }
        let sender = self.sender.clone();
        let released = self.outlet.release(move |generation| {
            let _ = sender.send(Message::ServiceEnded(generation));
        });
        match released {
            Ok(done) => self.say(&words::Event::Released(&done)),
            Err(error) => self.say(&words::Event::Failed(sentence_of(&error))),
        }
    }

    fn hold_back(&mut self) {
        let Some(inspection) = self.inspection.take() else {
            return;
        };
        if self.outlet.is_any() {
            let broken = inspection.macros.iter();
            let broken = broken
                .filter(|inspected| inspected.verdict != Verdict::Fresh)
                .map(|inspected| &inspected.expected.name);
            self.say(&words::Event::HeldBack {
                broken: broken.collect(),
                kept_running: self.outlet.kept_running(),
                mends: self.orders.mends,
            });
        }
        self.inspection = Some(inspection);
    }

    fn say(&mut self, event: &words::Event<'_>) {
        let root = self
            .inspection
            .as_ref()
            .map_or(&self.start, |inspection| &inspection.workspace.root);
        let text = self.voice.say(event, root);
        let mut stdout = anstream::stdout().lock();
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        self.is_heard &= written.is_ok();
    }

    /// Ends all that was started. Nothing of it may outlive us.
    fn end(mut self) {
        self.cancel.cancel();
        asked::stop_all();
        self.outlet.stop();
        drop(self.worker);
        let until = Instant::now() + FAREWELL;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            if !self.course.has_job() {
                break;
            }
            match self.inbox.recv_timeout(left) {
                Ok(Message::Done(_)) | Err(_) => break,
                Ok(_) => {}
            }
        }
    }
}

fn degraded(degradation: &Degradation) -> String {
    let because = match degradation {
        Degradation::TooManyWatches => {
            "the system allows no more file watches (fs.inotify.max_user_watches)".to_owned()
        }
        Degradation::TooManyFiles => "the system allows no more open files".to_owned(),
        Degradation::RemoteFileSystem { directory } => {
            format!("{directory} lies on a file system that does not tell of changes")
        }
        Degradation::Unsupported { error } => error.clone(),
    };
    format!("files are asked for every second, since {because}")
}
