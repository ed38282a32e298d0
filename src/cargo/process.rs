//! Runs one long command: its lines as they come, a way to stop it with all that it started, nothing left behind.

use std::io;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::invocation::Invocation;
use super::output::{Line, Stream, send_lines};
use super::query;

/// How long cancelling and the end of the program may go unnoticed.
const POLL: Duration = Duration::from_millis(40);
/// How long a program may take to end by itself after it was asked to.
const GRACE: Duration = Duration::from_millis(400);
/// How often it is looked whether it has.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
/// How long the output of what the program left running is waited for after its end.
const DRAIN: Duration = Duration::from_millis(500);
/// How long what it left running may go on printing without a pause.
const FLOOD: Duration = Duration::from_secs(3);
/// How many lines may wait to be taken; the program is held up beyond that.
const LINES_WAITING: usize = 16;

/// A switch to stop a run from elsewhere; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    switch: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Cancel {
    /// A switch that stops the run by itself after this long.
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        Self {
            switch: Arc::default(),
            deadline: Instant::now().checked_add(limit),
        }
    }

    /// Asks the run to stop; it cannot be taken back.
    pub fn cancel(&self) {
        self.switch.store(true, Ordering::Release);
    }

    /// Whether it was asked to stop, or its time is up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        let is_late = || self.deadline.is_some_and(|end| Instant::now() >= end);
        self.switch.load(Ordering::Acquire) || is_late()
    }
}

/// Whom a stop reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProcessGroup {
    /// The program leads a group of its own, and all that it starts is stopped with it.
    #[default]
    Own,
    /// The program stays in ours, so that Ctrl-C in a terminal reaches it and us alike.
    Inherited,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// By itself.
    Exited(ExitStatus),
    /// It was stopped.
    Cancelled,
}

/// Why a command could not be run; the text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[error("run `{program}` in {directory}")]
pub struct ProcessError {
    /// The program, by name or path.
    pub program: String,
    /// Where it was to run.
    pub directory: camino::Utf8PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Runs a command to its end or until it is cancelled, and gives each line to `on_line` as it comes. Standard input is empty.
///
/// # Errors
/// When it cannot be started or waited for; a program that fails is an [`End`].
pub fn run(
    invocation: &Invocation,
    group: ProcessGroup,
    cancel: &Cancel,
    on_line: &mut dyn FnMut(Line),
) -> Result<End, ProcessError> {
    if cancel.is_cancelled() {
        return Ok(End::Cancelled);
    }
    let failed = |source| ProcessError {
        program: invocation.program.clone(),
        directory: invocation.directory.clone(),
        source,
    };
    let (mut running, lines) = Running::start(invocation, group, Stdio::null()).map_err(failed)?;
    running.listen(&lines, cancel, on_line).map_err(failed)
}

/// A started program; whatever way this is left, it is stopped and waited for.
pub(super) struct Running {
    child: Child,
    #[cfg_attr(not(unix), expect(dead_code, reason = "there are no process groups"))]
    group: ProcessGroup,
    is_reaped: bool,
}

impl Running {
    pub(super) fn start(
        invocation: &Invocation,
        group: ProcessGroup,
        input: Stdio,
    ) -> io::Result<(Self, Receiver<Line>)> {
        let mut command = query::command(invocation);
        command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = Self::spawn(command, group)?;
        let child = &mut running.child;
        let (sender, lines) = mpsc::sync_channel(LINES_WAITING);
        if let Some(output) = child.stdout.take() {
            let sender = sender.clone();
            thread::spawn(move || send_lines(output, Stream::Output, &sender));
        }
        if let Some(errors) = child.stderr.take() {
            thread::spawn(move || send_lines(errors, Stream::Error, &sender));
        }
        Ok((running, lines))
    }

    pub(super) fn spawn(
        #[cfg_attr(not(unix), allow(unused_mut))] mut command: Command,
        group: ProcessGroup,
    ) -> io::Result<Self> {
        #[cfg(unix)]
        if group == ProcessGroup::Own {
            use std::os::unix::process::CommandExt;
            command.process_group(0);
        }
        Ok(Self {
            child: command.spawn()?,
            group,
            is_reaped: false,
        })
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Its standard input, where that is a pipe; once.
    pub(super) fn take_input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    fn listen(
        &mut self,
        lines: &Receiver<Line>,
        cancel: &Cancel,
        on_line: &mut dyn FnMut(Line),
    ) -> io::Result<End> {
        let mut ended: Option<Instant> = None;
        let mut looked = Instant::now();
        loop {
            if cancel.is_cancelled() {
                self.stop()?;
                return Ok(End::Cancelled);
            }
            let patience = match lines.recv_timeout(POLL) {
                Ok(line) => {
                    on_line(line);
                    if looked.elapsed() < POLL {
                        continue;
                    }
                    FLOOD
                }
                Err(RecvTimeoutError::Timeout) => DRAIN,
                Err(RecvTimeoutError::Disconnected) => {
                    if !self.has_ended()? {
                        thread::sleep(POLL);
                        continue;
                    }
                    return self.reap();
                }
            };
            looked = Instant::now();
            if self.has_ended()? {
                let since = *ended.get_or_insert(looked);
                // What it left running may hold its output open for ever, or fill it.
                if since.elapsed() >= patience {
                    return self.reap();
                }
            }
        }
    }

    /// Takes note of the end; a leader that was killed leaves its group behind, which then goes too.
    fn reap(&mut self) -> io::Result<End> {
        let status = if self.was_killed() {
            self.stop()?
        } else {
            self.wait()?
        };
        Ok(End::Exited(status))
    }

    /// Asks everything to end, and ends it. The leader is waited for last, so that its group cannot be another's meanwhile.
    pub(super) fn stop(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::End);
        let asked = Instant::now();
        while !self.has_ended()? && asked.elapsed() < GRACE {
            thread::sleep(BETWEEN_LOOKS);
        }
        self.signal(Signal::Kill);
        self.wait()
    }

    /// The same, but what the leader leaves behind gets the rest of its time too, as behind a shell that ends before its command.
    pub(super) fn stop_gracefully(&mut self, grace: Duration) -> io::Result<ExitStatus> {
        self.signal(Signal::End);
        let asked = Instant::now();
        while !self.has_ended()? {
            if asked.elapsed() >= grace {
                self.signal(Signal::Kill);
                return self.wait();
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        let status = self.wait()?;
        while self.has_members() {
            if asked.elapsed() >= grace {
                self.signal(Signal::Kill);
                break;
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        Ok(status)
    }

    fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait()?;
        self.is_reaped = true;
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_reaped {
            let _ = self.stop();
        }
    }
}

/// How insistently a program is ended.
#[derive(Clone, Copy)]
enum Signal {
    End,
    Kill,
}

#[cfg(unix)]
impl Running {
    fn signal(&mut self, signal: Signal) {
        let Ok(id) = i32::try_from(self.child.id()) else {
            return;
        };
        let Some(process) = rustix::process::Pid::from_raw(id) else {
            return;
        };
        let signal = match signal {
            Signal::End => rustix::process::Signal::TERM,
            Signal::Kill => rustix::process::Signal::KILL,
        };
        // That it has ended by itself meanwhile is what is wanted.
        let _ = match self.group {
            ProcessGroup::Own => rustix::process::kill_process_group(process, signal),
            ProcessGroup::Inherited => rustix::process::kill_process(process, signal),
        };
    }

    /// Whether anything is left in the group of a leader that was waited for. While anything is, the group's number is nobody else's.
    fn has_members(&self) -> bool {
        let leader = i32::try_from(self.child.id()).ok();
        leader
            .and_then(rustix::process::Pid::from_raw)
            .is_some_and(|leader| rustix::process::test_kill_process_group(leader).is_ok())
    }

    /// Whether the program itself has ended; it is not waited for, so its number stays its own.
    pub(super) fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.peek()?.is_some())
    }

    /// Waits for the end of the program without taking note of it; `None` where only its owner can wait for it.
    pub(super) fn end_waiter(&self) -> Option<impl FnOnce() + Send + 'static> {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let id = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)?;
        Some(move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(id), options) {}
        })
    }

    fn was_killed(&mut self) -> bool {
        matches!(self.peek(), Ok(Some(status)) if status.killed() || status.dumped())
    }

    fn peek(&self) -> io::Result<Option<rustix::process::WaitIdStatus>> {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let Some(id) = id else {
            return Ok(None);
        };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(id), options)?)
    }
}

#[cfg(not(unix))]
#[expect(clippy::unused_self, reason = "the same interface as on Unix")]
impl Running {
    fn signal(&mut self, signal: Signal) {
        // There is no asking; cargo's own job object takes along what it started (cargo-util, `process_builder` and `job`).
        if let Signal::Kill = signal {
            let _ = self.child.kill();
        }
    }

    fn has_members(&self) -> bool {
        false
    }

    pub(super) fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Its end goes unnoticed until it is stopped.
    pub(super) fn end_waiter(&self) -> Option<fn()> {
        None
    }

    fn was_killed(&mut self) -> bool {
        false
    }
}

#[cfg(all(test, unix))]
#[path = "process_tests.rs"]
mod tests;
