//! The programs that are being asked something right now, so that none outlives a front end that must end at once.

use std::collections::BTreeSet;
use std::process::Child;
use std::sync::{Mutex, PoisonError};

static ASKED: Mutex<Asked> = Mutex::new(Asked {
    processes: BTreeSet::new(),
    stopped: false,
});

#[derive(Debug)]
struct Asked {
    processes: BTreeSet<u32>,
    stopped: bool,
}

/// Stops every program that is being asked something, and each that is asked from now on: the process is about to end.
pub fn stop_all() {
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    asked.stopped = true;
    for process in &asked.processes {
        stop(*process);
    }
}

/// A program stands in the list as long as this lives. It must be dropped before the program is waited for: until then its
/// number cannot be another's.
#[derive(Debug)]
pub(super) struct Entry(u32);

impl Entry {
    pub(super) fn of(child: &Child) -> Self {
        let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
        let process = child.id();
        asked.processes.insert(process);
        if asked.stopped {
            stop(process);
        }
        Self(process)
    }

    /// Stops this program.
    pub(super) fn stop(&self) {
        stop(self.0);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
        asked.processes.remove(&self.0);
    }
}

#[cfg(unix)]
fn stop(process: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    if let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // It may have ended by itself.
        let _ = kill_process(process, Signal::KILL);
    }
}

/// Elsewhere a question ends by itself, within seconds: the standard library stops a process only through its handle.
#[cfg(not(unix))]
fn stop(_process: u32) {}
