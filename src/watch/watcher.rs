//! The watcher's thread: takes plans, notices changes by the system's events or by asking, and calls for looks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::board::{Board, Cause, Meaning, WorkspaceKey};
use super::event::{Change, change};
use super::filesystem;
use super::native::{Degradation, NativeWatches, Rearmed};
use super::noise::Noise;
use super::pace::Pace;
use super::plan::WatchPlan;
use super::polled::{Polled, list};

/// How often the watches are compared with the directories, for whatever went unnoticed.
const COMPARE_EVERY: Duration = Duration::from_secs(30);

/// How long a noisy directory is asked instead of watched, before it gets another chance.
const LEAVE_NOISE_FOR: Duration = Duration::from_mins(5);

/// How many messages are taken before what they call for is done: a build sends them by the hundred.
const MESSAGES_AT_A_TIME: usize = 256;

/// Asking more often than this would be a burden and no help.
const SHORTEST_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How changes are to be noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// By the system's events; by asking too where they cannot be had or do not tell all.
    Auto,
    /// By the system's events only.
    Native,
    /// By asking only.
    Poll,
}

/// How a watcher works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchOptions {
    /// How changes are to be noticed.
    pub backend: Backend,
    /// How long to wait between two rounds of asking.
    pub poll_interval: Duration,
}

/// What a watcher has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signal {
    /// This workspace should be looked at again. Signals are not thinned out: a build gives dozens.
    Look {
        /// The workspace.
        workspace: WorkspaceKey,
        /// Why.
        cause: Cause,
    },
    /// The system's events cannot be had in full. Said once; [`Backend::Auto`] goes on by asking.
    Degraded(Degradation),
}

/// A running watcher; it ends when this is dropped.
#[derive(Debug)]
pub struct Watcher {
    messages: mpsc::Sender<Message>,
}

enum Message {
    Plan(WorkspaceKey, WatchPlan),
    Forget(WorkspaceKey),
    Changed(Vec<PathBuf>, Change),
    /// So much happens in this directory that its watch costs more than it tells.
    Noisy(PathBuf),
    EventsLost,
    Failed(notify::Error),
    Stop,
}

impl Watcher {
    /// Starts the watcher's thread. `sink` is called on it and must not block.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        options: WatchOptions,
        sink: impl FnMut(Signal) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (messages, inbox) = mpsc::channel();
        let events = messages.clone();
        std::thread::Builder::new()
            .name("watcher".to_owned())
            .spawn(move || {
                let mut worker = Worker::new(options, events, Box::new(sink));
                worker.run(&inbox);
            })?;
        Ok(Self { messages })
    }

    /// Watches for a workspace by this plan from now on, instead of the one before.
    pub fn watch(&self, workspace: WorkspaceKey, plan: WatchPlan) {
        self.send(Message::Plan(workspace, plan));
    }

    /// Watches for a workspace no more.
    pub fn forget(&self, workspace: WorkspaceKey) {
        self.send(Message::Forget(workspace));
    }

    fn send(&self, message: Message) {
        // The thread ends only by our own drop.
        let _ = self.messages.send(message);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.send(Message::Stop);
    }
}

struct Worker {
    options: WatchOptions,
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
    said_degraded: bool,
}

impl Worker {
    fn new(
        options: WatchOptions,
        events: mpsc::Sender<Message>,
        sink: Box<dyn FnMut(Signal) + Send>,
    ) -> Self {
        let mut worker = Self {
            options,
            sink,
            board: Board::default(),
            native: None,
            news: Meaning::default(),
            polled: None,
            noisy: BTreeMap::new(),
            polled_for_noise: Polled::default(),
            last_asked: Instant::now(),
            last_compared: Instant::now(),
            said_degraded: false,
        };
        if options.backend == Backend::Poll {
            worker.polled = Some(Polled::default());
            return worker;
        }
        let mut noise = Noise::default();
        let mut pace = Pace::default();
        let handler = move |event| {
            // Linux keeps thousands of events for whoever comes late; what others keep is soon full.
            if cfg!(target_os = "linux")
                && let Some(pause) = pace.pause(Instant::now())
            {
                std::thread::sleep(pause);
            }
            hand_on(&events, &mut noise, event);
        };
        match NativeWatches::new(handler) {
            Ok(native) => worker.native = Some(native),
            Err(degradation) => worker.degrade(degradation),
        }
        worker
    }

    fn run(&mut self, inbox: &mpsc::Receiver<Message>) {
        loop {
            match inbox.recv_timeout(self.until_next_round()) {
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
            }
            for message in inbox.try_iter().take(MESSAGES_AT_A_TIME) {
                if matches!(message, Message::Stop) {
                    return;
                }
                self.take(message);
            }
            self.act_on_news();
            self.do_rounds();
        }
    }

    fn take(&mut self, message: Message) {
        if let Message::Changed(paths, change) = message {
            self.changed(&paths, change);
            return;
        }
        // What came before is judged by the plans that were in force.
        self.act_on_news();
        match message {
            Message::Plan(workspace, plan) => self.plan(workspace, plan),
            Message::Forget(workspace) => {
                self.board.remove(workspace);
                self.compare();
            }
            Message::Noisy(directory) => self.leave_noise(&directory),
            Message::EventsLost => {
                self.compare();
                self.call_all(Cause::AnythingChanged);
            }
            Message::Failed(error) => {
                tracing::warn!(%error, "the system's file events failed");
                self.compare();
                self.call_all(Cause::AnythingChanged);
            }
            Message::Changed(..) | Message::Stop => {}
        }
    }

    /// Nothing is said for what a new plan finds watched anew: whoever plans has just looked. What happened between that
    /// look and the watches is caught by looking once more, which the front end does when directories came into being.
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
        if self.rearm(NativeWatches::rearm_new) > 0 || learns {
            self.ask();
            (self.sink)(Signal::Look {
                workspace,
                cause: Cause::OutputChanged,
            });
        }
        self.ask();
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
        self.call(news.looks);
    }

    /// Compares all watches with the plans; returns how many watches are new.
    fn compare(&mut self) -> usize {
        self.last_compared = Instant::now();
        self.rearm(NativeWatches::rearm)
    }

    /// The same for those that `rearm` takes.
    fn rearm(
        &mut self,
        rearm: impl FnOnce(&mut NativeWatches, &BTreeSet<&str>) -> Rearmed,
    ) -> usize {
        let Some(native) = &mut self.native else {
            return 0;
        };
        let mut directories = self.board.directories();
        directories.retain(|directory| !self.noisy.contains_key(Utf8Path::new(directory)));
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
        let looks = changed
            .iter()
            .flat_map(|file| self.board.meaning(file, Change::Replaced).looks)
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

    fn degrade_for(&mut self, remote: Option<Utf8PathBuf>) {
        if let (Some(directory), true) = (remote, self.native.is_some()) {
            self.degrade(Degradation::RemoteFileSystem { directory });
        }
    }

    fn degrade(&mut self, degradation: Degradation) {
        if self.options.backend == Backend::Auto && self.polled.is_none() {
            self.polled = Some(Polled::default());
            self.ask();
        }
        if !std::mem::replace(&mut self.said_degraded, true) {
            (self.sink)(Signal::Degraded(degradation));
        }
    }

    fn call(&mut self, looks: BTreeSet<(WorkspaceKey, Cause)>) {
        for (workspace, cause) in looks {
            (self.sink)(Signal::Look { workspace, cause });
        }
    }

    fn call_all(&mut self, cause: Cause) {
        let workspaces = self.board.workspaces();
        let looks = workspaces.map(|workspace| (workspace, cause)).collect();
        self.call(looks);
    }

    fn poll_interval(&self) -> Duration {
        self.options.poll_interval.max(SHORTEST_POLL_INTERVAL)
    }

    fn until_next_round(&self) -> Duration {
        let compare = COMPARE_EVERY.saturating_sub(self.last_compared.elapsed());
        if !self.asks() {
            return compare;
        }
        let ask = self
            .poll_interval()
            .saturating_sub(self.last_asked.elapsed());
        ask.min(compare)
    }

    fn do_rounds(&mut self) {
        if self.asks() && self.last_asked.elapsed() >= self.poll_interval() {
            self.ask();
        }
        if self.last_compared.elapsed() >= COMPARE_EVERY {
            // Those were asked until now, so that nothing was missed.
            let expected = self.return_to_noise();
            let remote = remote_one(self.board.directories().into_iter().map(Utf8Path::new));
            self.degrade_for(remote);
            if self.compare() > expected {
                self.call_all(Cause::AnythingChanged);
            } else if self.polled.is_some() {
                // Times may be coarse on a file system that has no events: what came and went within one second leaves no trace.
                self.call_all(Cause::OutputChanged);
            }
        }
    }
}

fn remote_one<'a>(mut directories: impl Iterator<Item = &'a Utf8Path>) -> Option<Utf8PathBuf> {
    directories
        .find(|directory| filesystem::is_remote(directory))
        .map(Utf8Path::to_owned)
}

/// Runs on notify's thread: drops what says nothing, hands on the rest.
fn hand_on(
    messages: &mpsc::Sender<Message>,
    noise: &mut Noise,
    event: notify::Result<notify::Event>,
) {
    for path in event.iter().flat_map(|event| &event.paths) {
        if let Some(directory) = noise.hear(path, Instant::now()) {
            // Nobody listens any more once the watcher stopped.
            let _ = messages.send(Message::Noisy(directory.to_owned()));
        }
    }
    let message = match event {
        Ok(event) if event.need_rescan() => Message::EventsLost,
        Ok(event) => match change(event.kind) {
            Some(change) => Message::Changed(event.paths, change),
            None => return,
        },
        Err(error) => Message::Failed(error),
    };
    // Nobody listens any more once the watcher stopped.
    let _ = messages.send(message);
}

#[cfg(test)]
mod tests;
