//! One line on a terminal that tells what is being done and for how long, and goes away when it is over.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::terminal::COLUMNS;

/// Long enough that quick work shows nothing, short enough that nobody wonders.
const BEFORE_FIRST: Duration = Duration::from_millis(400);
const BETWEEN: Duration = Duration::from_millis(250);

/// The line; it goes away when this is dropped. Where standard error is no terminal there is none.
#[derive(Debug)]
pub(crate) struct ProgressLine {
    text: Arc<Mutex<String>>,
    shown: Option<(Sender<()>, JoinHandle<()>)>,
}

impl ProgressLine {
    /// Begins to show `text`, such as "Building with cargo check".
    pub(crate) fn start(text: impl Into<String>) -> Self {
        let text = Arc::new(Mutex::new(text.into()));
        let shown = io::stderr().is_terminal().then(|| {
            let (end, ended) = mpsc::channel::<()>();
            let text = Arc::clone(&text);
            let line = thread::spawn(move || {
                let begin = Instant::now();
                let mut wait = BEFORE_FIRST;
                let mut width = 0;
                while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                    wait = BETWEEN;
                    let line = line(&read(&text), begin.elapsed());
                    // A terminal that is gone ends the work by itself; the line need not.
                    let _ = write!(io::stderr(), "\r{line:<width$}");
                    width = line.chars().count();
                }
                if width > 0 {
                    let _ = write!(io::stderr(), "\r{:width$}\r", "");
                }
            });
            (end, line)
        });
        Self { text, shown }
    }

    /// Shows another text from now on.
    pub(crate) fn set(&self, text: String) {
        *self.text.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    /// Whether anybody sees it.
    pub(crate) fn is_shown(&self) -> bool {
        self.shown.is_some()
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some((end, line)) = self.shown.take() {
            drop(end);
            let _ = line.join();
        }
    }
}

fn read(text: &Mutex<String>) -> String {
    text.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The text and the seconds, never as wide as a terminal: a wrapped line could not be taken back.
fn line(text: &str, elapsed: Duration) -> String {
    let seconds = format!(" ({} s)", elapsed.as_secs());
    let room = COLUMNS - 1 - seconds.chars().count();
    let text: String = text.chars().take(room).collect();
    format!("{text}{seconds}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_never_fills_the_terminal() {
        let line = line(&"x".repeat(200), Duration::from_secs(3));
        assert!(line.chars().count() < COLUMNS);
        assert!(line.ends_with(" (3 s)"));
    }
}
