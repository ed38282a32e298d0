//! A program that is started and left running until it is stopped with all that it started. What it prints goes where ours does.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use super::invocation::Invocation;
use super::process::{ProcessError, ProcessGroup, Running};
use super::query;

/// Where a service's standard output goes; its standard error goes to ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceOutput {
    /// To our standard output.
    Output,
    /// To our standard error: ours is for a machine to read.
    Error,
}

/// A running service, in a process group of its own; stopped when dropped.
pub struct Service {
    running: Running,
}

impl Service {
    /// Starts it. Its standard input is empty.
    ///
    /// # Errors
    /// When the system cannot start it.
    pub fn start(invocation: &Invocation, output: ServiceOutput) -> Result<Self, ProcessError> {
        let mut command = query::command(invocation);
        command.stdin(Stdio::null()).stderr(Stdio::inherit());
        command.stdout(match output {
            ServiceOutput::Output => Stdio::inherit(),
            ServiceOutput::Error => Stdio::from(io::stderr()),
        });
        let running =
            Running::spawn(command, ProcessGroup::Own).map_err(|source| ProcessError {
                program: invocation.program.clone(),
                directory: invocation.directory.clone(),
                source,
            })?;
        Ok(Self { running })
    }

    /// Calls `on_end` when the program has ended, by itself or by a stop, on a thread of its own. Not all systems tell.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn notify_of_end(&self, on_end: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let Some(wait) = self.running.end_waiter() else {
            return Ok(());
        };
        std::thread::Builder::new()
            .name("service".to_owned())
            .spawn(move || {
                wait();
                on_end();
            })
            .map(drop)
    }

    /// Asks the whole group to end, ends what has not after `grace`, and waits for the program.
    ///
    /// # Errors
    /// When the system does not tell how it ended.
    pub fn stop(mut self, grace: Duration) -> io::Result<ExitStatus> {
        self.running.stop_gracefully(grace)
    }

    /// The number of the program's process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.running.process()
    }
}
