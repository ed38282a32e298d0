//! Runs one question to its end and gives back what was said, within bounds.

use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use camino::Utf8PathBuf;

use super::asked;
use super::invocation::Invocation;

/// What is read of an answer at most; the unit graph of a thousand packages is a few MiB.
const ANSWER_LIMIT: u64 = 256 << 20;
/// What is kept of the words on standard error.
const ERROR_LIMIT: u64 = 1 << 20;
/// How long a program may take before somebody looks why; cargo may rightly wait for another cargo that downloads.
const PATIENCE: Duration = Duration::from_secs(4);

/// What a program answered.
#[derive(Debug)]
pub struct Reply {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it said besides.
    pub stderr: String,
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The program is not there.
    #[error("find `{program}` on PATH")]
    NotFound {
        /// Its name.
        program: String,
    },
    /// It could not be started or listened to.
    #[error("run `{program}` in {directory}")]
    Start {
        /// Its name.
        program: String,
        /// Where it was to run.
        directory: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Runs a command to its end; standard input is empty.
///
/// # Errors
/// When the program cannot be started; a program that fails is a [`Reply`].
pub fn run(invocation: &Invocation) -> Result<Reply, QueryError> {
    run_while(invocation, || Prospect::Open)
}

/// Whether a program that has not answered for a while ever will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prospect {
    /// It may.
    Open,
    /// It waits for what never comes.
    None,
}

/// The same, but a program that has not ended after [`PATIENCE`] is looked into, again and again, and stopped once it has no prospect.
///
/// # Errors
/// As [`run`].
pub(super) fn run_while(
    invocation: &Invocation,
    prospect: impl Fn() -> Prospect + Send,
) -> Result<Reply, QueryError> {
    let start_error = |source: io::Error| {
        // A directory that is gone gives the same error kind as a program that is not there.
        if source.kind() == io::ErrorKind::NotFound && invocation.directory.is_dir() {
            QueryError::NotFound {
                program: invocation.program.clone(),
            }
        } else {
            QueryError::Start {
                program: invocation.program.clone(),
                directory: invocation.directory.clone(),
                source,
            }
        }
    };
    let mut child = command(invocation)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(start_error)?;
    let entry = asked::Entry::of(&child);
    let errors = child.stderr.take();
    let error_reader = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(errors) = errors {
            let _ = read_bounded(errors, ERROR_LIMIT, &mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let mut stdout = Vec::new();
    let read = thread::scope(|scope| {
        let (answered, silence) = mpsc::channel::<()>();
        let entry = &entry;
        scope.spawn(move || {
            while silence.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                if prospect() == Prospect::None {
                    return entry.stop();
                }
            }
        });
        let read = child.stdout.take().map_or(Ok(()), |output| {
            read_bounded(output, ANSWER_LIMIT, &mut stdout)
        });
        drop(answered);
        read
    });
    drop(entry);
    // Waited for whether or not its answer could be read: nobody else does.
    let status = child.wait().map_err(start_error)?;
    read.map_err(start_error)?;
    let stderr = error_reader.join().unwrap_or_default();
    Ok(Reply {
        status,
        stdout,
        stderr,
    })
}

/// Keeps at most `limit` bytes and drains the rest, so that the program is never blocked on a full pipe.
fn read_bounded(mut source: impl Read, limit: u64, kept: &mut Vec<u8>) -> io::Result<()> {
    source.by_ref().take(limit).read_to_end(kept)?;
    io::copy(&mut source, &mut io::sink()).map(drop)
}

/// The command of an invocation, ready for its standard streams.
pub(super) fn command(invocation: &Invocation) -> Command {
    let mut command = Command::new(&invocation.program);
    command
        .args(&invocation.arguments)
        .current_dir(&invocation.directory)
        .envs(&invocation.environment);
    for name in &invocation.unset {
        command.env_remove(name);
    }
    command
}
