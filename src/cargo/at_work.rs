//! Cargo while it is still being asked which units it expects: it makes a directory for each before it starts on the first. It must not
//! know what anybody reads out of that.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use camino::Utf8Path;
use cargo_metadata::Metadata;

use super::rustc_info::RustcInfo;
use super::scratch_directory::Scratch;
use super::stand_in;
use crate::names::UnitHash;
use crate::observed::file::names;

/// How often somebody who looks on may do so.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// Somebody who wants to know what cargo expects before it has told all.
pub trait Onlooker {
    /// A look at cargo's work.
    fn look_on(&mut self, at_work: &AtWork<'_>) -> Attention;
}

/// Looks on at nothing.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Onlooker for Nobody {
    fn look_on(&mut self, _: &AtWork<'_>) -> Attention {
        Attention::Goes
    }
}

/// Whether somebody goes on looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum Attention {
    Stays,
    Goes,
}

/// How far cargo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// More units may come.
    Planning,
    /// Every unit that it expects has its directory (cargo 1.95, `build_runner/mod.rs`, `compile`: the queue runs last).
    Planned,
}

/// A cargo at work on the question.
#[derive(Debug, Clone, Copy)]
pub struct AtWork<'a> {
    /// Members and directories.
    pub metadata: &'a Metadata,
    /// Cargo's version.
    pub cargo_version: &'a semver::Version,
    pub(super) scratch: &'a Scratch,
}

impl AtWork<'_> {
    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        if self.scratch.has_record(stand_in::UNITS) {
            Progress::Planned
        } else {
            Progress::Planning
        }
    }

    /// Whether it expects a unit whose fingerprint belongs into this directory, given relative to the build directory.
    #[must_use]
    pub fn expects(&self, fingerprint_directory: &Utf8Path) -> bool {
        self.scratch.target.join(fingerprint_directory).is_dir()
    }

    /// The units that it expects in a profile's directory.
    #[must_use]
    pub fn units(&self, profile_directory: &str) -> BTreeSet<UnitHash> {
        let directory = self.scratch.target.join(profile_directory);
        let build = directory.join("build");
        let of_v1 = names(&directory.join(".fingerprint"))
            .into_iter()
            .filter_map(|name| Some(UnitHash::split_from(&name)?.1));
        let of_v2 = names(&build)
            .into_iter()
            .flat_map(|package| names(&build.join(package)))
            .filter_map(|name| UnitHash::parse(&name));
        of_v1.chain(of_v2).collect()
    }

    /// The lock file as cargo has settled it.
    #[must_use]
    pub fn lock_file(&self) -> Option<String> {
        self.scratch.lock_file_text()
    }

    /// What rustc told of itself.
    #[must_use]
    pub fn rustc_info(&self) -> RustcInfo {
        self.scratch.rustc_info()
    }

    /// Cargo's environment.
    #[must_use]
    pub fn cargo_environment(&self) -> BTreeMap<String, String> {
        self.scratch.environment(stand_in::CARGO_ENVIRONMENT)
    }
}

/// Lets somebody look on until the work is done.
pub(super) fn look_on_until_done<T>(
    work: &ScopedJoinHandle<'_, T>,
    at_work: &AtWork<'_>,
    onlooker: &mut dyn Onlooker,
) {
    loop {
        // What it has planned is there after it is done as well, and long before all is put together.
        let is_last = work.is_finished();
        if onlooker.look_on(at_work) == Attention::Goes || is_last {
            return;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}
