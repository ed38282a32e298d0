//! The watcher as front ends hold it: a thread that takes plans and calls for looks, and that goes on after a panic in what it does.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::board::{Cause, WorkspaceKey};
use super::event::Change;
use super::native::Degradation;
use super::plan::WatchPlan;
use super::worker::{End, Worker};
use crate::pace::extent::Extent;
use crate::panics::{self, Panic};

/// How long nothing is watched after the first panic.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// And after many.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// How changes are to be noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// By the system's events; by asking too where they cannot be had or do not tell all.
    Auto,
    /// By the system's events only.
    Native,
    /// By asking only.
    Poll,
}

/// How a watcher works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WatchOptions {
    /// How changes are to be noticed.
    pub(crate) backend: Backend,
    /// How long to wait between two rounds of asking.
    pub(crate) poll_interval: Duration,
}

/// What a watcher has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signal {
    /// This workspace should be looked at again. Signals are not thinned out: a build gives dozens.
    Look {
        /// The workspace.
        workspace: WorkspaceKey,
        /// Why.
        cause: Cause,
        /// At what.
        extent: Extent,
    },
    /// The system's events cannot be had in full. Said once; [`Backend::Auto`] goes on by asking.
    Degraded(Degradation),
    /// Watching panicked, a bug of ours. It begins anew by itself and then calls for looks at everything, the first time as before, after
    /// that by asking where that may be.
    Panicked(Box<Panic>),
}

/// A running watcher; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Watcher {
    messages: mpsc::Sender<Message>,
}

pub(super) enum Message {
    Plan(WorkspaceKey, WatchPlan),
    Forget(WorkspaceKey),
    Changed(Vec<PathBuf>, Change),
    /// So much happens in this directory that its watch costs more than it tells.
    Noisy(PathBuf),
    EventsLost,
    /// A person works in this workspace.
    Attended(WorkspaceKey),
    Failed(notify::Error),
    /// What hears the system's events panicked.
    Panicked(Panic),
    Stop,
}

impl Watcher {
    /// Starts the watcher's thread. `sink` is called on it and must not block.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(
        options: WatchOptions,
        sink: impl FnMut(Signal) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (messages, inbox) = mpsc::channel();
        let events = messages.clone();
        std::thread::Builder::new()
            .name("watcher".to_owned())
            .spawn(move || {
                let mut worker = Worker::new(options, events, Box::new(sink));
                work(&mut worker, &inbox);
            })?;
        Ok(Self { messages })
    }

    /// Watches for a workspace by this plan from now on, instead of the one before.
    pub(crate) fn watch(&self, workspace: WorkspaceKey, plan: WatchPlan) {
        self.send(Message::Plan(workspace, plan));
    }

    /// Watches for a workspace no more.
    pub(crate) fn forget(&self, workspace: WorkspaceKey) {
        self.send(Message::Forget(workspace));
    }

    /// A person works in a workspace: what only rounds find should be found soon.
    pub(crate) fn attended(&self, workspace: WorkspaceKey) {
        self.send(Message::Attended(workspace));
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

/// Works until the watcher is dropped, whatever panics.
fn work(worker: &mut Worker, inbox: &mpsc::Receiver<Message>) {
    loop {
        // The worker stays outside: notify ends the process where it is dropped on the way out of a panic and its thread is gone.
        let panic = match panics::catch(|| worker.run(inbox)) {
            Ok(End::Stopped) => return,
            Ok(End::Panicked(panic)) | Err(panic) => panic,
        };
        tracing::error!(place = %panic.place, "watching panicked");
        let told = panics::catch(|| {
            worker.let_go();
            worker.say(Signal::Panicked(Box::new(panic)));
        });
        if let Err(panic) = told {
            tracing::error!(place = %panic.place, "panicked again while letting go");
        }
        if let ControlFlow::Break(_) = wait(worker, inbox, pause_after(worker.panics())) {
            return;
        }
    }
}

/// The same bug may be met again at once: every time it is longer until all is watched anew.
fn pause_after(panics: u32) -> Duration {
    let doublings = panics.saturating_sub(1).min(16);
    (SHORTEST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE)
}

/// Takes plans, and nothing else, for so long.
fn wait(worker: &mut Worker, inbox: &mpsc::Receiver<Message>, pause: Duration) -> ControlFlow<End> {
    let until = Instant::now() + pause;
    while let Ok(message) = inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
        worker.take_plan(message)?;
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests;
