//! What happens when a good build is released: a file is touched, a service is started in the old one's place.

use std::fs::File;
use std::io;
use std::process::ExitStatus;
use std::time::{Duration, SystemTime};

use camino::Utf8PathBuf;

use crate::cargo::invocation::Invocation;
use crate::cargo::process::ProcessError;
use crate::cargo::service::{Service, ServiceOutput};

/// How long a service may take to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// Which of the services that ran one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation(u64);

/// The trigger and the service.
pub(super) struct Outlet {
    trigger: Option<Utf8PathBuf>,
    command: Option<Invocation>,
    output: ServiceOutput,
    running: Option<Service>,
    generation: Generation,
}

/// Why a release did not come about; the text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ReleaseError {
    /// The file cannot be made or touched.
    #[error("touch {path}")]
    Touch {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The command cannot be started.
    #[error(transparent)]
    Start(#[from] ProcessError),
    /// The system gives no thread to wait for it.
    #[error("wait for the command to end")]
    Wait {
        /// What the system said.
        source: io::Error,
    },
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    Touched(Utf8PathBuf),
    Started(String),
    Restarted(String),
}

impl Outlet {
    pub(super) fn new(
        trigger: Option<Utf8PathBuf>,
        command: Option<Invocation>,
        output: ServiceOutput,
    ) -> Self {
        Self {
            trigger,
            command,
            output,
            running: None,
            generation: Generation(0),
        }
    }

    /// Whether a release does anything.
    pub(super) fn is_any(&self) -> bool {
        self.trigger.is_some() || self.command.is_some()
    }

    /// What a release does, for people.
    pub(super) fn in_words(&self) -> Option<String> {
        let touch = self.trigger.as_ref().map(|path| format!("touch {path}"));
        let words: Vec<String> = self
            .command
            .as_ref()
            .map(typed)
            .into_iter()
            .chain(touch)
            .collect();
        (!words.is_empty()).then(|| words.join(" and "))
    }

    /// What goes on meanwhile with what the last good build made; `None` where there is nothing.
    pub(super) fn kept_running(&self) -> Option<String> {
        self.running.as_ref().and(self.command.as_ref()).map(typed)
    }

    /// Makes the trigger where it is not there, so that others can begin to watch it. An existing one is left as it is.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn make_trigger(&self) -> Result<(), ReleaseError> {
        match &self.trigger {
            Some(path) if !path.exists() => touch(path).map(drop),
            _ => Ok(()),
        }
    }

    /// Touches, and starts the command anew; `on_end` hears of its end.
    ///
    /// # Errors
    /// When one of it cannot be done; the old service is gone by then.
    pub(super) fn release(
        &mut self,
        on_end: impl FnOnce(Generation) + Send + 'static,
    ) -> Result<Vec<Done>, ReleaseError> {
        let mut done = Vec::new();
        if let Some(command) = self.command.clone() {
            let had_one = self.stop().is_some();
            let service = Service::start(&command, self.output)?;
            self.generation.0 += 1;
            let generation = self.generation;
            service
                .notify_of_end(move || on_end(generation))
                .map_err(|source| ReleaseError::Wait { source })?;
            self.running = Some(service);
            let words = typed(&command);
            done.push(if had_one {
                Done::Restarted(words)
            } else {
                Done::Started(words)
            });
        }
        if let Some(path) = &self.trigger {
            touch(path)?;
            done.push(Done::Touched(path.clone()));
        }
        Ok(done)
    }

    /// Takes note that a service ended; gives its status where it was the one that is to run.
    pub(super) fn ended(&mut self, generation: Generation) -> Option<ExitStatus> {
        if generation != self.generation {
            return None;
        }
        self.stop()
    }

    /// Ends the service, if one runs.
    pub(super) fn stop(&mut self) -> Option<ExitStatus> {
        let service = self.running.take()?;
        match service.stop(GRACE) {
            Ok(status) => Some(status),
            Err(error) => {
                tracing::warn!(%error, "how the command ended is not known");
                None
            }
        }
    }
}

/// The command as a person typed it.
pub(super) fn typed(command: &Invocation) -> String {
    std::iter::once(&command.program)
        .chain(&command.arguments)
        .map(|word| crate::cli::text::shell_word(word))
        .collect::<Vec<_>>()
        .join(" ")
}

/// As touch(1) does: opened for writing, written nothing, and given the time of now.
fn touch(path: &Utf8PathBuf) -> Result<File, ReleaseError> {
    let open = || {
        let file = File::options().create(true).append(true).open(path)?;
        file.set_modified(SystemTime::now())?;
        Ok(file)
    };
    open().map_err(|source| ReleaseError::Touch {
        path: path.clone(),
        source,
    })
}
