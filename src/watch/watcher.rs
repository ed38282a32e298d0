//! The watcher's thread: takes plans, notices changes by the system's events or by asking, and calls for looks.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::board::{Board, Cause, WorkspaceKey};
use super::event::{Change, change};
use super::filesystem;
use super::native::{Degradation, NativeWatches};
use super::plan::WatchPlan;
use super::polled::{Polled, list};

/// How often the watches are compared with the directories, for whatever went unnoticed.
const COMPARE_EVERY: Duration = Duration::from_secs(30);

/// Asking more often than this would be a burden and no help.
const SHORTEST_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How changes are to be noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    polled: Option<Polled>,
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
            polled: None,
            last_asked: Instant::now(),
            last_compared: Instant::now(),
            said_degraded: false,
        };
        if options.backend == Backend::Poll {
            worker.polled = Some(Polled::default());
            return worker;
        }
        match NativeWatches::new(move |event| hand_on(&events, event)) {
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
            self.do_rounds();
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Plan(workspace, plan) => self.plan(workspace, plan),
            Message::Forget(workspace) => {
                self.board.remove(workspace);
                self.compare();
            }
            Message::Changed(paths, change) => self.changed(&paths, change),
            Message::EventsLost => {
                self.compare();
                self.call_all();
            }
            Message::Failed(error) => {
                tracing::warn!(%error, "the system's file events failed");
                self.compare();
                self.call_all();
            }
            Message::Stop => {}
        }
    }

    /// Nothing is said for what a new plan finds watched anew: whoever plans has just looked. What happened between that
    /// look and the watches is caught by looking once more, which the front end does when directories came into being.
    fn plan(&mut self, workspace: WorkspaceKey, plan: WatchPlan) {
        let remote = plan
            .directories()
            .map(|(directory, _)| directory)
            .find(|directory| filesystem::is_remote(directory))
            .map(Utf8Path::to_owned);
        self.board.set(workspace, plan);
        if let (Some(directory), true) = (remote, self.native.is_some()) {
            self.degrade(Degradation::RemoteFileSystem { directory });
        }
        if self.compare() > 0 {
            (self.sink)(Signal::Look {
                workspace,
                cause: Cause::OutputChanged,
            });
        }
        self.ask();
    }

    fn changed(&mut self, paths: &[PathBuf], change: Change) {
        let mut looks = BTreeSet::new();
        let mut directory_replaced = false;
        if let Some(native) = &mut self.native {
            for path in paths {
                for planned in native.planned_paths(path) {
                    let meaning = self.board.meaning(&planned, change);
                    looks.extend(meaning.looks);
                    directory_replaced |= meaning.directory_replaced;
                }
                // A directory that tells of its own end has lost its watch, whatever lies in its place by now.
                if change == Change::Replaced
                    && let Some(path) = Utf8Path::from_path(path)
                {
                    native.forget(path);
                }
            }
        }
        if directory_replaced {
            self.compare();
        }
        self.call(looks);
    }

    /// Compares the watches with the plans; returns how many watches are new.
    fn compare(&mut self) -> usize {
        self.last_compared = Instant::now();
        let Some(native) = &mut self.native else {
            return 0;
        };
        let rearmed = native.rearm(&self.board.directories());
        if let Some(degradation) = rearmed.degradation {
            self.degrade(degradation);
        }
        rearmed.fresh
    }

    fn ask(&mut self) {
        self.last_asked = Instant::now();
        let Some(polled) = &mut self.polled else {
            return;
        };
        let changed = polled.ask(self.board.files(list));
        let looks = changed
            .iter()
            .flat_map(|file| self.board.meaning(file, Change::Replaced).looks)
            .collect();
        self.call(looks);
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

    fn call_all(&mut self) {
        let workspaces = self.board.workspaces();
        let looks = workspaces
            .map(|workspace| (workspace, Cause::AnythingChanged))
            .collect();
        self.call(looks);
    }

    fn poll_interval(&self) -> Duration {
        self.options.poll_interval.max(SHORTEST_POLL_INTERVAL)
    }

    fn until_next_round(&self) -> Duration {
        let compare = COMPARE_EVERY.saturating_sub(self.last_compared.elapsed());
        if self.polled.is_none() {
            return compare;
        }
        let ask = self
            .poll_interval()
            .saturating_sub(self.last_asked.elapsed());
        ask.min(compare)
    }

    fn do_rounds(&mut self) {
        if self.polled.is_some() && self.last_asked.elapsed() >= self.poll_interval() {
            self.ask();
        }
        if self.last_compared.elapsed() >= COMPARE_EVERY && self.compare() > 0 {
            self.call_all();
        }
    }
}

/// Runs on notify's thread: drops what says nothing, hands on the rest.
fn hand_on(messages: &mpsc::Sender<Message>, event: notify::Result<notify::Event>) {
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
