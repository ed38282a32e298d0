//! The watching itself: hears the watcher, the worker, the service and the signals, and does what the course says.

mod results;

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;

use super::course::Course;
use super::event::{Action, Difference, Event, Orders};
use super::inputs::{Inputs, SOURCES};
use super::release::{Generation, Outlet};
use super::seen::Writers;
use super::teller::{Listener, Teller};
use super::words::{self, Voice};
use super::worker::{BuildCommand, Job, Place, Report, ShowProgress, Worker};
use crate::cargo::asked;
use crate::cargo::process::Cancel;
use crate::cli::ExitStatus;
use crate::cli::failure::{Failure, sentence_of};
use crate::cli::signals;
use crate::inspect::{Inspection, Inspector};
use crate::pace::quiet::Moment;
use crate::panics::TRACKER;
use crate::verdict::Verdict;
use crate::watch::{Backend, Cause, Signal, WatchOptions, Watcher};

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
    worker: Worker,
    outlet: Outlet,
    teller: Teller,
    inputs: Inputs,
    orders: Orders,
    course: Course,
    start: Utf8PathBuf,
    began: Instant,
    /// The last look that succeeded.
    inspection: Option<Inspection>,
    /// How cargo is called, as a person would type it.
    build: String,
    /// Why the workspace could not be looked at, as it was told.
    refused: Option<String>,
    cancel: Cancel,
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
        let failed = |source| Failure::Watching { source };
        let (sender, inbox) = mpsc::channel();
        let end = sender.clone();
        signals::listen(move || drop(end.send(Message::End))).map_err(failed)?;
        let options = WatchOptions {
            backend: Backend::Auto,
            poll_interval: POLL_INTERVAL,
        };
        let signalled = sender.clone();
        let watcher = Watcher::start(options, move |signal| {
            let _ = signalled.send(Message::Watched(signal));
        })
        .map_err(failed)?;
        let start = inspector.start().to_owned();
        let build = command.as_typed();
        let show = match voice {
            Voice::Human(_) => ShowProgress::Yes,
            Voice::Json => ShowProgress::No,
        };
        let done = sender.clone();
        let worker = Worker::start(inspector, command, show, move |report| {
            let _ = done.send(Message::Done(report));
        })
        .map_err(failed)?;
        Ok(Self {
            inbox,
            sender,
            worker,
            outlet,
            teller: Teller::new(voice),
            inputs: Inputs::new(watcher, orders.builds, start.clone()),
            orders,
            course: Course::new(orders),
            start,
            began: Instant::now(),
            inspection: None,
            build,
            refused: None,
            cancel: Cancel::default(),
        })
    }

    /// Stays until it is asked to end, or nobody reads any more.
    pub(super) fn run(mut self) -> Result<ExitStatus, Failure> {
        self.happen(Event::Started);
        let mut result = Ok(());
        while self.teller.listener == Listener::There && result.is_ok() {
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
        self.inbox.recv_timeout(wait).ok()
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
                self.inputs.build_began();
                self.cancel = Cancel::default();
                // The course asks for a build only after a look.
                if let Some(inspection) = &self.inspection {
                    let place = Place::of(inspection);
                    self.worker.hand(Job::Build(place, self.cancel.clone()));
                }
            }
            Action::Mend(packages) => {
                self.cancel = Cancel::default();
                self.worker.hand(Job::Mend(packages, self.cancel.clone()));
            }
            Action::Cancel => self.cancel.cancel(),
            Action::Show { certain } => {
                if let Some(inspection) = &self.inspection {
                    self.teller.say_news(inspection, &certain);
                }
            }
            Action::Release => return self.release(),
            Action::HoldBack => self.hold_back(),
        }
        None
    }

    fn watched(&mut self, signal: Signal) {
        match signal {
            Signal::Look {
                workspace, cause, ..
            } => self.happen(match cause {
                Cause::InputChanged | Cause::AnythingChanged => Event::Inputs,
                // Said of sources only when watches were made: what changed before has no event.
                Cause::OutputChanged if workspace == SOURCES => Event::Inputs,
                Cause::OutputChanged | Cause::TargetsChanged => Event::Outputs,
                Cause::BuildEnded => Event::BuildEnded,
                Cause::Round => Event::Round,
            }),
            Signal::Degraded(degradation) => {
                self.say(&words::Event::Degraded(&degradation));
            }
            Signal::Panicked(panic) => {
                self.say(&words::Event::Failed(format!(
                    "failed to watch for changes: a bug of Sidecargo's own ({} at {}). It begins anew; please report it at {TRACKER}",
                    panic.words, panic.place
                )));
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

    /// What changed since the last time, by whomever it may have been.
    fn compare(&mut self) -> Difference {
        let writers = if self.course.is_running() {
            Writers::OurBuild
        } else {
            Writers::Others
        };
        let difference = self.inputs.compare(writers);
        if difference == Difference::Edited {
            self.teller.forget_errors();
        }
        difference
    }

    fn release(&mut self) -> Option<Event> {
        if !self.outlet.is_any() {
            return None;
        }
        let sender = self.sender.clone();
        let released = self.outlet.release(move |generation| {
            let _ = sender.send(Message::ServiceEnded(generation));
        });
        match released {
            Ok(done) => {
                self.say(&words::Event::Released(&done));
                None
            }
            Err(error) => {
                self.say(&words::Event::Failed(sentence_of(&error)));
                Some(Event::ServiceEnded)
            }
        }
    }

    fn hold_back(&mut self) {
        let Some(inspection) = self.inspection.as_ref().filter(|_| self.outlet.is_any()) else {
            return;
        };
        let broken = inspection.macros.iter();
        let broken = broken
            .filter(|inspected| inspected.verdict != Verdict::Fresh)
            .map(|inspected| &inspected.expected.name);
        let event = words::Event::HeldBack {
            broken: broken.collect(),
            kept_running: self.outlet.kept_running(),
            mends: self.orders.mends,
        };
        self.teller.say(&event, &inspection.workspace.root);
    }

    fn say(&mut self, event: &words::Event<'_>) {
        let root = match &self.inspection {
            Some(inspection) => &inspection.workspace.root,
            None => &self.start,
        };
        self.teller.say(event, root);
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
