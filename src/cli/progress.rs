//! One line on a terminal that tells how long something already takes, and goes away when it is done.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Long enough that quick work shows nothing, short enough that nobody wonders.
const BEFORE_FIRST: Duration = Duration::from_millis(500);
const BETWEEN: Duration = Duration::from_secs(1);

/// The line; it goes away when this is dropped. Where standard error is no terminal there is none.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins to show `text`, such as "Building with cargo check".
    pub(crate) fn start(text: impl Into<String>) -> Self {
        if !io::stderr().is_terminal() {
            return Self { shown: None };
        }
        let text = text.into();
        let (end, ended) = mpsc::channel::<()>();
        let line = thread::spawn(move || {
            let begin = Instant::now();
            let mut wait = BEFORE_FIRST;
            let mut shown = false;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = BETWEEN;
                shown = true;
                // A terminal that is gone ends the work by itself; the line need not.
                let _ = write!(io::stderr(), "\r{text} ({} s) ", begin.elapsed().as_secs());
            }
            if shown {
                let _ = write!(
                    io::stderr(),
                    "\r{:width$}\r",
                    "",
                    width = text.chars().count() + 12
                );
            }
        });
        Self {
            shown: Some((end, line)),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, line)) = self.shown.take() {
            drop(end);
            let _ = line.join();
        }
    }
}
