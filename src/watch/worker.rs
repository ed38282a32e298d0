//! What the watcher's thread does: takes plans, notices changes by the system's events or by asking, and calls for looks.

mod degrading;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::board::{Board, Cause, Meaning, Planned, WorkspaceKey};
use super::event::Change;
use super::listener::{Listener, guarded};
use super::native::{Degradation, NativeWatches, Rearmed};
use super::plan::WatchPlan;
use super::polled::{Polled, list};
use super::rounds::Rounds;
use super::watcher::{Backend, Message, Signal, WatchOptions};
use crate::pace::extent::Extent;
use crate::panics::Panic;
use degrading::remote_one;

/// How often the watches are compared with the directories, for whatever went unnoticed.
const COMPARE_EVERY: Duration = Duration::from_secs(30);

/// How long a noisy directory is asked instead of watched, before it gets another chance.
const LEAVE_NOISE_FOR: Duration = Duration::from_mins(5);

/// How many messages are taken before what they call for is done: a build sends them by the hundred.
const MESSAGES_AT_A_TIME: usize = 256;

/// Asking more often than this would be a burden and no help.
pub(super) const SHORTEST_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// After so many panics files are asked for instead, where that may be.
const MOST_PANICS: u32 = 1;

/// Why the work ended.
pub(super) enum End {
    /// Nobody wants it any more.
    Stopped,
    /// What hears the system's events panicked.
    Panicked(Panic),
}

pub(super) struct Worker {
    options: WatchOptions,
    /// Where the system's events are posted.
    messages: mpsc::Sender<Message>,
    sink: Box<dyn FnMut(Signal) + Send>,
    board: Board,
    native: Option<NativeWatches>,
    /// What the latest events call for.
    news: Meaning,
    polled: Option<Polled>,
    /// Directories around the workspaces that are asked instead of watched, since when.
    noisy: BTreeMap<Utf8PathBuf, Instant>,
    polled_for_noise: Polled,
    last_asked: Instant,
    last_compared: Instant,
    rounds: Rounds,
    said_degraded: bool,
    /// How many times it panicked.
    panics: u32,
}

impl Worker {
    /// Nothing is watched before [`Self::run`].
    pub(super) fn new(
        options: WatchOptions,
        messages: mpsc::Sender<Message>,
        sink: Box<dyn FnMut(Signal) + Send>,
    ) -> Self {
        Self {
            options,
            messages,
            sink,
            board: Board::default(),
            native: None,
            news: Meaning::default(),
            polled: None,
            noisy: BTreeMap::new(),
            polled_for_noise: Polled::default(),
            last_asked: Instant::now(),
            last_compared: Instant::now(),
            rounds: Rounds::default(),
            said_degraded: false,
            panics: 0,
        }
    }

    /// Watches by the plans in force, and takes messages until the end.
    pub(super) fn run(&mut self, inbox: &mpsc::Receiver<Message>) -> End {
        self.begin();
        loop {
            let first = match inbox.recv_timeout(self.until_next_round()) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return End::Stopped,
            };
            let more = inbox.try_iter().take(MESSAGES_AT_A_TIME);
            for message in first.into_iter().chain(more) {
                if let ControlFlow::Break(end) = self.take(message) {
                    return end;
                }
            }
            self.act_on_news();
            self.do_rounds();
        }
    }

    /// Lets go of all watches after a panic, and of what may be half-changed; the plans stay.
    pub(super) fn let_go(&mut self) {
        self.panics = self.panics.saturating_add(1);
        self.news = Meaning::default();
        self.polled = None;
        self.noisy.clear();
        self.polled_for_noise = Polled::default();
        drop(self.native.take());
    }

    /// How many times it panicked.
    pub(super) fn panics(&self) -> u32 {
        self.panics
    }

    pub(super) fn say(&mut self, signal: Signal) {
        (self.sink)(signal);
    }

    /// Takes what changes the plans and nothing else, while nothing is watched.
    pub(super) fn take_plan(&mut self, message: Message) -> ControlFlow<End> {
        match message {
            Message::Plan(workspace, plan) => drop(self.board.set(workspace, plan)),
            Message::Forget(workspace) => self.board.remove(workspace),
            Message::Stop => return ControlFlow::Break(End::Stopped),
            // All is watched and looked at anew anyway.
            Message::Changed(..)
            | Message::Noisy(_)
            | Message::EventsLost
            | Message::Attended(_)
            | Message::Failed(_)
            | Message::Panicked(_) => {}
        }
        ControlFlow::Continue(())
    }

    fn begin(&mut self) {
        match self.options.backend {
            Backend::Poll => self.polled = Some(Polled::default()),
            Backend::Auto if self.panics > MOST_PANICS => self.degrade(Degradation::Panicked),
            Backend::Auto | Backend::Native => {
                let mut listener = Listener::new(self.messages.clone());
                let hear = move |event| listener.hear(event);
                match NativeWatches::new(guarded(self.messages.clone(), hear)) {
                    Ok(native) => self.native = Some(native),
                    Err(degradation) => self.degrade(degradation),
                }
            }
        }
        self.degrade_for_remote();
        self.compare();
        self.ask();
        self.keep_rounds();
        // Nobody knows what happened while nothing was watched.
        self.call_all(Cause::AnythingChanged);
    }

    fn take(&mut self, message: Message) -> ControlFlow<End> {
        if let Message::Changed(paths, change) = message {
            self.changed(&paths, change);
            return ControlFlow::Continue(());
        }
        // What came before is judged by the plans that were in force.
        self.act_on_news();
        match message {
            Message::Plan(workspace, plan) => self.plan(workspace, plan),
            Message::Forget(workspace) => {
                self.board.remove(workspace);
                self.compare();
                self.keep_rounds();
            }
            Message::Noisy(directory) => self.leave_noise(&directory),
            Message::Attended(workspace) => self.rounds.attended(workspace, Instant::now()),
            Message::EventsLost => {
                self.compare();
                self.call_all(Cause::AnythingChanged);
            }
            Message::Failed(error) => {
                tracing::warn!(%error, "the system's file events failed");
                self.compare();
                self.call_all(Cause::AnythingChanged);
            }
            Message::Panicked(panic) => return ControlFlow::Break(End::Panicked(panic)),
            Message::Stop => return ControlFlow::Break(End::Stopped),
            Message::Changed(..) => {}
        }
        ControlFlow::Continue(())
    }

    /// Whoever plans has just looked. What happened between that look and the first watch on a directory has no event: where there is such
    /// a directory, another look is called for. What has no watch is looked at in rounds anyway.
    fn plan(&mut self, workspace: WorkspaceKey, plan: WatchPlan) {
        let before = self.board.set(workspace, plan);
        let new = self.board.new_directories(workspace, before.as_ref());
        let remote = remote_one(new);
        self.degrade_for(remote);
        let learns = self
            .polled
            .as_ref()
            .is_some_and(|polled| polled.would_learn_of(&self.board.known(|_| true, list)));
        // What is asked for the first time tells nothing of what happened before.
        let is_news = self.rearm(NativeWatches::rearm_new) > 0 || learns;
        self.ask();
        self.keep_rounds();
        if is_news {
            self.rounds.heard(workspace, Instant::now());
            self.say(Signal::Look {
                workspace,
                cause: Cause::OutputChanged,
                extent: Extent::Everything,
            });
        }
    }

    fn changed(&mut self, paths: &[PathBuf], change: Change) {
        let Some(native) = &mut self.native else {
            return;
        };
        for path in paths {
            for planned in native.planned_paths(path) {
                self.news.add(self.board.meaning(&planned, change));
            }
            // A directory that tells of its own end has lost its watch, whatever lies in its place by now.
            if change == Change::Replaced
                && let Some(path) = Utf8Path::from_path(path)
            {
                native.forget(path);
            }
        }
    }

    fn act_on_news(&mut self) {
        let news = std::mem::take(&mut self.news);
        if !news.replaced.is_empty() {
            self.rearm(|native, directories| native.rearm_below(&news.replaced, directories));
        }
        for (workspace, _) in news.looks.keys() {
            self.rounds.heard(*workspace, Instant::now());
        }
        self.call(news.looks);
    }

    /// Compares all watches with the plans; returns how many watches are new.
    fn compare(&mut self) -> usize {
        self.last_compared = Instant::now();
        self.rearm(NativeWatches::rearm)
    }

    /// The same for those that `rearm` takes.
    fn rearm(&mut self, rearm: impl FnOnce(&mut NativeWatches, &Planned<'_>) -> Rearmed) -> usize {
        let Some(native) = &mut self.native else {
            return 0;
        };
        if !native.is_listening() {
            self.native = None;
            self.degrade(Degradation::Unsupported {
                error: "the thread that hears them has ended".to_owned(),
            });
            return 0;
        }
        let mut directories = self.board.directories();
        let is_noisy = |directory: &str| self.noisy.contains_key(Utf8Path::new(directory));
        directories.watched.retain(|it| !is_noisy(it));
        let rearmed = rearm(native, &directories);
        if let Some(degradation) = rearmed.degradation {
            self.degrade(degradation);
        }
        rearmed.fresh
    }

    fn ask(&mut self) {
        self.last_asked = Instant::now();
        let changed = if let Some(polled) = &mut self.polled {
            polled.ask(self.board.known(|_| true, list))
        } else {
            let is_noisy = |directory: &Utf8Path| self.noisy.contains_key(directory);
            self.polled_for_noise.ask(self.board.known(is_noisy, list))
        };
        // Times may be coarse where there are no events: what is beside a changed file may have changed unseen.
        let looks = changed
            .iter()
            .flat_map(|file| self.board.meaning(file, Change::Replaced).looks)
            .map(|(look, _)| (look, Extent::Everything))
            .collect();
        self.call(looks);
    }

    /// Watches a noisy directory no more and asks for its few known files instead, where it is none of a workspace's own.
    fn leave_noise(&mut self, directory: &Path) {
        let Some(native) = &self.native else {
            return;
        };
        let planned = native.planned_as(directory);
        if planned.is_empty() || !planned.iter().all(|planned| self.board.is_around(planned)) {
            return;
        }
        tracing::debug!(?directory, "so noisy that it is asked instead of watched");
        let now = Instant::now();
        self.noisy
            .extend(planned.into_iter().map(|planned| (planned, now)));
        self.compare();
        self.ask();
    }

    /// Gives noisy directories another chance after a while; returns how many.
    fn return_to_noise(&mut self) -> usize {
        let before = self.noisy.len();
        self.noisy
            .retain(|_, since| since.elapsed() < LEAVE_NOISE_FOR);
        before - self.noisy.len()
    }

    fn asks(&self) -> bool {
        self.polled.is_some() || !self.noisy.is_empty()
    }

    fn call(&mut self, looks: BTreeMap<(WorkspaceKey, Cause), Extent>) {
        for ((workspace, cause), extent) in looks {
            self.say(Signal::Look {
                workspace,
                cause,
                extent,
            });
        }
    }

    fn call_all(&mut self, cause: Cause) {
        let workspaces = self.board.workspaces();
        let looks = workspaces
            .map(|workspace| ((workspace, cause), Extent::Everything))
            .collect();
        self.call(looks);
    }

    fn poll_interval(&self) -> Duration {
        self.options.poll_interval.max(SHORTEST_POLL_INTERVAL)
    }

    /// Rounds are for those of which not all is watched; who is asked for, is so in full.
    fn keep_rounds(&mut self) {
        let is_watched = self.polled.is_none();
        let workspaces = self.board.partly_watched().filter(|_| is_watched);
        self.rounds.keep_to(workspaces, Instant::now());
    }

    fn until_next_round(&self) -> Duration {
        let compare = COMPARE_EVERY.saturating_sub(self.last_compared.elapsed());
        let ask = self.asks().then(|| {
            let interval = self.poll_interval();
            interval.saturating_sub(self.last_asked.elapsed())
        });
        let round = self.rounds.due();
        let round = round.map(|due| due.saturating_duration_since(Instant::now()));
        ask.into_iter().chain(round).fold(compare, Duration::min)
    }

    fn do_rounds(&mut self) {
        let begun = self.rounds.begin(Instant::now());
        if !begun.is_empty() {
            // Whose watch went with a directory that was moved hears nothing.
            if self.rearm(NativeWatches::rearm) > 0 {
                self.call_all(Cause::AnythingChanged);
            }
            let looks = begun.into_iter();
            let looks = looks.map(|workspace| ((workspace, Cause::Round), Extent::Everything));
            self.call(looks.collect());
        }
        if self.asks() && self.last_asked.elapsed() >= self.poll_interval() {
            self.ask();
        }
        if self.last_compared.elapsed() >= COMPARE_EVERY {
            // Those were asked until now, so that nothing was missed.
            let expected = self.return_to_noise();
            self.degrade_for_remote();
            if self.compare() > expected {
                self.call_all(Cause::AnythingChanged);
            } else if self.polled.is_some() {
                // Times may be coarse on a file system that has no events: what came and went within one second leaves no trace.
                self.call_all(Cause::OutputChanged);
            }
        }
    }
}
