//! Slots for the compilations of the cargo that is asked, in a named pipe, so that it starts each without copying itself.
//!
//! To hand a jobserver of its own on, cargo has to run code between fork and exec, and such a fork copies the tables of all its pages:
//! with hundreds of compilations that do nothing, that is two thirds of what the question costs. A named pipe is found by its name
//! (jobserver-rs, `unix.rs`, `Client::configure`). Cargo before it knew named pipes makes one of its own, as without this.

use std::fs::File;

use camino::Utf8Path;

/// The slots; they are gone when it is dropped.
#[derive(Debug)]
pub(super) struct Jobserver {
    /// What the pipe holds stays there while somebody has it open.
    _pipe: File,
    /// What tells cargo of it, for [`MAKE_FLAGS`].
    pub(super) flags: String,
}

/// The variable in which a jobserver is told of.
pub(super) const MAKE_FLAGS: &str = "MAKEFLAGS";

impl Jobserver {
    /// Makes one in a private directory. Without it, the question costs more and answers the same.
    #[cfg(target_os = "linux")]
    pub(super) fn new(directory: &Utf8Path) -> Option<Self> {
        use rustix::fs::{CWD, Mode, mkfifoat};
        use std::io::Write as _;
        // What the flags hold is split at white space.
        let path = directory.join("slots");
        if path.as_str().contains(char::is_whitespace) {
            return None;
        }
        mkfifoat(CWD, path.as_std_path(), Mode::RUSR | Mode::WUSR).ok()?;
        // Open in both directions, nobody is waited for (Linux, `fifo(7)`).
        let mut pipe = File::options().read(true).write(true).open(&path).ok()?;
        let slots = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        pipe.write_all(&vec![b'+'; slots.min(SLOTS_LIMIT)]).ok()?;
        Some(Self {
            _pipe: pipe,
            flags: format!("-j --jobserver-auth=fifo:{path}"),
        })
    }

    /// Elsewhere it has not been tried.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn new(_: &Utf8Path) -> Option<Self> {
        None
    }
}

/// A pipe holds at least this much without a reader.
#[cfg(target_os = "linux")]
const SLOTS_LIMIT: usize = 512;

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::io::Read as _;

    #[test]
    fn there_is_a_slot_for_each_processor() {
        let directory = tempfile::tempdir().unwrap();
        let jobserver = Jobserver::new(Utf8Path::from_path(directory.path()).unwrap()).unwrap();
        let path = jobserver.flags.split_once("fifo:").unwrap().1;
        let mut slots = vec![0; std::thread::available_parallelism().unwrap().get()];
        File::open(path).unwrap().read_exact(&mut slots).unwrap();
        assert!(slots.iter().all(|slot| *slot == b'+'));
    }

    #[test]
    fn a_path_that_would_be_split_gets_none() {
        let directory = tempfile::Builder::new()
            .prefix("with space")
            .tempdir()
            .unwrap();
        assert!(Jobserver::new(Utf8Path::from_path(directory.path()).unwrap()).is_none());
    }
}
