//! What becomes of watching where the system's events cannot be had or do not tell all: files are asked for instead.

use camino::{Utf8Path, Utf8PathBuf};

use super::Worker;
use crate::watch::filesystem;
use crate::watch::native::Degradation;
use crate::watch::polled::Polled;
use crate::watch::watcher::{Backend, Signal};

impl Worker {
    /// A file system may be mounted over a directory at any time.
    pub(super) fn degrade_for_remote(&mut self) {
        let watched = self.board.directories().watched;
        let remote = remote_one(watched.into_iter().map(Utf8Path::new));
        self.degrade_for(remote);
    }

    pub(super) fn degrade_for(&mut self, remote: Option<Utf8PathBuf>) {
        if let (Some(directory), true) = (remote, self.native.is_some()) {
            self.degrade(Degradation::RemoteFileSystem { directory });
        }
    }

    pub(super) fn degrade(&mut self, degradation: Degradation) {
        if self.options.backend == Backend::Auto && self.polled.is_none() {
            self.polled = Some(Polled::default());
            self.ask();
            self.keep_rounds();
        }
        if !std::mem::replace(&mut self.said_degraded, true) {
            self.say(Signal::Degraded(degradation));
        }
    }
}

pub(super) fn remote_one<'a>(
    mut directories: impl Iterator<Item = &'a Utf8Path>,
) -> Option<Utf8PathBuf> {
    directories
        .find(|directory| filesystem::is_remote(directory))
        .map(Utf8Path::to_owned)
}
