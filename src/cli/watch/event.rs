//! What can be ordered, what can happen, what can be done: the words that the parts of `watch` speak to each other in. Plain data.

use std::collections::{BTreeMap, BTreeSet};

use super::products::Products;
use crate::names::PackageId;
use crate::pace::quiet::{Build, Concern};
use crate::verdict::Code;

/// What the person ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Orders {
    pub(super) builds: Builds,
    pub(super) mends: Mends,
    pub(super) releases: Releases,
}

/// When a good build is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Releases {
    /// As soon as every macro is fresh.
    AtOnce,
    /// Not while somebody builds: what is started then calls cargo, and would wait for that build with the service down.
    WhenNobodyBuilds,
}

/// When to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builds {
    Never,
    OnEveryEdit,
}

/// What to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mends {
    Nothing,
    WhatBreaks,
}

/// Something that is wrong, as far as it must be told from other things.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// A macro that is not fresh, and how.
    Macro { package: PackageId, verdict: String },
    /// Something about the workspace or its tools.
    Other { code: Code, message: String },
}

/// What happened.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// The watching begins.
    Started,
    /// Time has passed.
    Due,
    /// Time has passed in which something may have changed unheard.
    Round,
    /// Something that a build reads may have changed.
    Inputs,
    /// Something that a build makes changed.
    Outputs,
    /// Somebody's build ended.
    BuildEnded,
    /// The inputs were compared with what they were.
    Compared(Difference),
    /// A look ended.
    Looked(View),
    /// Our build ended.
    Built(Built),
    /// Our mending ended.
    Mended(Mended),
    /// The service ended without being asked to, or could not be started.
    ServiceEnded,
}

/// What comparing the inputs told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    None,
    Edited,
}

/// What a look told.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) health: Health,
    pub(super) build: Build,
    pub(super) troubles: BTreeMap<Trouble, Concern>,
    pub(super) fresh: BTreeSet<PackageId>,
    /// Those of the troubles that a remedy may end.
    pub(super) mendable: BTreeMap<Trouble, Remediable>,
}

impl View {
    /// What a look that could not be taken tells.
    pub(super) fn unreadable() -> Self {
        Self {
            health: Health::Unreadable,
            build: Build::Idle,
            troubles: BTreeMap::new(),
            fresh: BTreeSet::new(),
            mendable: BTreeMap::new(),
        }
    }
}

/// The workspace as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// Every macro is fresh.
    Fresh,
    /// Somebody is building, and what comes of it is not known yet.
    Busy,
    Broken,
    /// Cargo cannot tell what the workspace needs.
    Unreadable,
}

/// When it makes sense to mend something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remediable {
    Always,
    /// It may only be waiting for sources that compile.
    UnlessSourcesAreBroken,
}

/// How our build ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Built {
    Good(Products),
    Failed,
    Cancelled,
}

/// How our mending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mended {
    Done,
    NotDone,
    Cancelled,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Compare the inputs, at once.
    Compare,
    Look,
    Build,
    Mend(Vec<PackageId>),
    /// Stop what is running.
    Cancel,
    /// Tell what is wrong now; the rest is not certain yet.
    Show {
        certain: BTreeSet<Trouble>,
    },
    /// Touch the file, start the command.
    Release,
    /// The build was good, but some macros are not fresh.
    HoldBack,
}
