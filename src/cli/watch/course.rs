//! What is to be done next: events in, actions out, with the times at which something falls due.
//!
//! Pure. One thing is done at a time; an edit stops a running build and asks for a new one; what a good build made is released only
//! when every macro is fresh. It knows neither how things are done nor how they are told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::products::Products;
use crate::names::PackageId;
use crate::server::quiet::{Build, Concern, Moment, Quiet, Sight};
use crate::server::schedule::{Debounce, Schedule};
use crate::verdict::Code;

/// Editors save several files at once, and one file in several steps.
const AFTER_EDIT: Debounce = Debounce {
    quiet: Duration::from_millis(120),
    at_most: Duration::from_secs(1),
};

/// How often to look whether somebody else's build has ended. On Linux that is an event; this is for what it may miss.
const WHILE_BUSY: Duration = Duration::from_secs(2);

/// What the person ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Orders {
    pub(super) builds: Builds,
    pub(super) mends: Mends,
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
    /// The service ended without being asked to.
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

/// The workspace as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// Every macro is fresh and nobody is building.
    Fresh,
    /// Somebody is building.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    Look,
    Build,
    Mend,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    No,
    Yes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastBuild {
    None,
    Good,
    Failed,
}

/// What a good build made, until it is released.
#[derive(Debug)]
struct Awaiting {
    products: Products,
    said_held_back: Wish,
}

/// The state between events.
#[derive(Debug)]
pub(super) struct Course {
    orders: Orders,
    quiet: Quiet<Trouble>,
    compare: Schedule,
    looks: Schedule,
    job: Option<Job>,
    build: Wish,
    to_mend: BTreeSet<PackageId>,
    tried: BTreeSet<Trouble>,
    certain: BTreeSet<Trouble>,
    last_build: LastBuild,
    awaiting: Option<Awaiting>,
    released: Option<Products>,
}

impl Course {
    pub(super) fn new(orders: Orders) -> Self {
        Self {
            orders,
            quiet: Quiet::new(Duration::ZERO),
            compare: Schedule::with(AFTER_EDIT),
            looks: Schedule::default(),
            job: None,
            build: Wish::No,
            to_mend: BTreeSet::new(),
            tried: BTreeSet::new(),
            certain: BTreeSet::new(),
            last_build: LastBuild::None,
            awaiting: None,
            released: None,
        }
    }

    /// When [`Event::Due`] is wanted, if nothing else happens before.
    pub(super) fn due(&self) -> Option<Moment> {
        let looks = self.looks.due().filter(|_| self.job.is_none());
        self.compare.due().into_iter().chain(looks).min()
    }

    /// Whether something is being done.
    pub(super) fn has_job(&self) -> bool {
        self.job.is_some()
    }

    /// Whether this is what was released last.
    pub(super) fn has_released(&self, products: &Products) -> bool {
        self.released.as_ref() == Some(products)
    }

    /// Whether what is being run now writes files itself.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.job, Some(Job::Build | Job::Mend))
    }

    /// Takes in an event and says what to do, in order.
    pub(super) fn on(&mut self, event: Event, now: Moment) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Started => self.looks.appoint(now),
            Event::Due => {}
            Event::Inputs => {
                self.compare.stir(now);
                self.looks.stir(now);
            }
            Event::Outputs => self.looks.stir(now),
            Event::BuildEnded => {
                let at = self.quiet.build_ended(now);
                self.looks.appoint(at);
            }
            Event::Compared(Difference::None) => {}
            Event::Compared(Difference::Edited) => self.edited(now, &mut actions),
            Event::Looked(view) => self.looked(&view, now, &mut actions),
            Event::Built(built) => self.built(built, now),
            Event::Mended(mended) => self.mended(mended, now),
            Event::ServiceEnded => self.released = None,
        }
        self.begin_what_is_due(now, &mut actions);
        actions
    }

    fn edited(&mut self, now: Moment, actions: &mut Vec<Action>) {
        self.tried.clear();
        self.to_mend.clear();
        self.quiet.input_changed(now);
        self.looks.stir(now);
        if self.orders.builds == Builds::OnEveryEdit {
            self.build = Wish::Yes;
        }
        if self.is_running() {
            actions.push(Action::Cancel);
        }
    }

    fn looked(&mut self, view: &View, now: Moment, actions: &mut Vec<Action>) {
        self.job = None;
        self.looks.ended();
        let is_first_build =
            self.orders.builds == Builds::OnEveryEdit && self.last_build == LastBuild::None;
        if is_first_build && view.health != Health::Unreadable {
            self.build = Wish::Yes;
        }
        if self.build == Wish::Yes {
            // What is found now is about to be built.
            return;
        }
        let is_undecided = |trouble: &&Trouble| match trouble {
            _ if view.troubles.contains_key(*trouble) => false,
            Trouble::Macro { package, .. } => !view.fresh.contains(package),
            Trouble::Other { .. } => true,
        };
        let undecided = self.certain.iter().filter(is_undecided).cloned().collect();
        let decision = self.quiet.looked(
            now,
            &Sight {
                build: view.build,
                concerns: view.troubles.clone(),
                undecided,
            },
        );
        if let Some(at) = decision.look_again {
            self.looks.appoint(at);
        }
        if view.health == Health::Busy {
            self.looks.appoint(now.after(WHILE_BUSY));
        }
        self.certain.clone_from(&decision.show);
        actions.push(Action::Show {
            certain: decision.show,
        });
        self.choose_to_mend(view);
        if decision.held_back.is_empty() {
            self.release(view.health, actions);
        }
    }

    /// Each trouble is tried once until it was over or an input changed.
    fn choose_to_mend(&mut self, view: &View) {
        self.tried.retain(|trouble| match trouble {
            Trouble::Macro { package, .. } => !view.fresh.contains(package),
            Trouble::Other { .. } => true,
        });
        if self.orders.mends == Mends::Nothing {
            return;
        }
        for (trouble, remediable) in &view.mendable {
            let makes_sense =
                *remediable == Remediable::Always || self.last_build != LastBuild::Failed;
            if let Trouble::Macro { package, .. } = trouble
                && makes_sense
                && self.certain.contains(trouble)
                && self.tried.insert(trouble.clone())
            {
                self.to_mend.insert(package.clone());
            }
        }
    }

    fn release(&mut self, health: Health, actions: &mut Vec<Action>) {
        if self.build == Wish::Yes || !self.to_mend.is_empty() {
            return;
        }
        match (health, &mut self.awaiting) {
            (Health::Fresh, awaiting) => {
                if let Some(awaiting) = awaiting.take() {
                    self.released = Some(awaiting.products);
                    actions.push(Action::Release);
                }
            }
            (Health::Broken | Health::Unreadable, Some(awaiting)) => {
                if std::mem::replace(&mut awaiting.said_held_back, Wish::Yes) == Wish::No {
                    actions.push(Action::HoldBack);
                }
            }
            (Health::Broken | Health::Unreadable, None) | (Health::Busy, _) => {}
        }
    }

    fn built(&mut self, built: Built, now: Moment) {
        self.run_ended(now);
        self.awaiting = None;
        match built {
            Built::Good(products) => {
                self.last_build = LastBuild::Good;
                if !self.has_released(&products) {
                    self.awaiting = Some(Awaiting {
                        products,
                        said_held_back: Wish::No,
                    });
                }
            }
            Built::Failed => self.last_build = LastBuild::Failed,
            Built::Cancelled => self.build = Wish::Yes,
        }
    }

    /// What depends on a macro that was mended is not built with it.
    fn mended(&mut self, mended: Mended, now: Moment) {
        self.run_ended(now);
        if mended == Mended::Done && self.orders.builds == Builds::OnEveryEdit {
            self.build = Wish::Yes;
        }
    }

    fn run_ended(&mut self, now: Moment) {
        self.job = None;
        self.quiet.own_run_ended(now);
        self.looks.appoint(now);
    }

    fn begin_what_is_due(&mut self, now: Moment, actions: &mut Vec<Action>) {
        let is_due = |moment: Option<Moment>| moment.is_some_and(|moment| moment <= now);
        if is_due(self.compare.due()) {
            self.compare.began();
            self.compare.ended();
            actions.push(Action::Compare);
            return;
        }
        // What changed may make all else superfluous.
        if self.job.is_some() || self.compare.due().is_some() {
            return;
        }
        if self.build == Wish::Yes {
            self.build = Wish::No;
            self.to_mend.clear();
            self.begin_run(Job::Build, now);
            actions.push(Action::Build);
        } else if !self.to_mend.is_empty() {
            let packages = std::mem::take(&mut self.to_mend);
            self.begin_run(Job::Mend, now);
            actions.push(Action::Mend(packages.into_iter().collect()));
        } else if is_due(self.looks.due()) {
            self.looks.began();
            self.job = Some(Job::Look);
            actions.push(Action::Look);
        }
    }

    fn begin_run(&mut self, job: Job, now: Moment) {
        self.job = Some(job);
        self.quiet.own_run_began(now);
    }
}

#[cfg(test)]
mod tests;
