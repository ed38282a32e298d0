//! Tells events on standard output, and remembers what was told so that nothing is told twice.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use camino::Utf8Path;

use super::event::Trouble;
use super::verdicts::Told;
use super::words::{Event, ShowErrors, Voice};
use crate::cargo::messages::CompilerError;
use crate::inspect::Inspection;
use crate::remedy::{Failure, MendReport};

/// Whether anybody listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listener {
    There,
    Gone,
}

/// The voice and its memory.
#[derive(Debug)]
pub(super) struct Teller {
    voice: Voice,
    told: Told,
    /// The compiler's errors that were told since the last edit.
    errors: Vec<CompilerError>,
    pub(super) listener: Listener,
}

impl Teller {
    pub(super) fn new(voice: Voice) -> Self {
        Self {
            voice,
            told: Told::default(),
            errors: Vec::new(),
            listener: Listener::There,
        }
    }

    /// Tells it; paths below `root` are shown from there.
    pub(super) fn say(&mut self, event: &Event<'_>, root: &Utf8Path) {
        let text = self.voice.say(event, root);
        let mut stdout = anstream::stdout().lock();
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        if written.is_err() {
            self.listener = Listener::Gone;
        }
    }

    /// Tells what is new of this look, as far as it is certain.
    pub(super) fn say_news(&mut self, inspection: &Inspection, certain: &BTreeSet<Trouble>) {
        let news = self.told.news(inspection, certain);
        if !news.is_empty() {
            self.say(&Event::News(&news), &inspection.workspace.root);
        }
    }

    /// Tells how mending went; the compiler's errors only where they are news.
    pub(super) fn say_mended(&mut self, report: &MendReport, took: Duration) {
        let errors = match report.failure() {
            Some(failure) if self.knows(failure) => ShowErrors::No,
            _ => ShowErrors::Yes,
        };
        if let Some(failure) = report.failure() {
            self.remember(failure);
        }
        let event = Event::Mended {
            report,
            took,
            errors,
        };
        self.say(&event, &report.after.workspace.root);
    }

    /// Takes note that these errors were told.
    pub(super) fn remember(&mut self, failure: &Failure) {
        if let Failure::Command {
            compiler_errors, ..
        } = failure
        {
            self.errors.clone_from(compiler_errors);
        }
    }

    /// After an edit the same error is news again.
    pub(super) fn forget_errors(&mut self) {
        self.errors.clear();
    }

    fn knows(&self, failure: &Failure) -> bool {
        let Failure::Command {
            compiler_errors, ..
        } = failure
        else {
            return false;
        };
        let is_told = |error: &CompilerError| {
            self.errors.iter().any(|told| {
                (&told.message, &told.path, told.line) == (&error.message, &error.path, error.line)
            })
        };
        !compiler_errors.is_empty() && compiler_errors.iter().all(is_told)
    }
}
