//! What is to be done next: events in, actions out, with the times at which something falls due.
//!
//! Pure. One thing is done at a time; an edit stops a running build and asks for a new one; what a good build made is released only
//! when every macro is fresh. It knows neither how things are done nor how they are told.

use std::collections::BTreeSet;
use std::time::Duration;

use super::event::{
    Action, Builds, Built, Difference, Event, Health, Mended, Mends, Orders, Releases, Remediable,
    Trouble, View,
};
use super::products::Products;
use crate::names::PackageId;
use crate::pace::quiet::{Build, Moment, OwnEnd, Quiet, Sight};
use crate::pace::schedule::{Debounce, Schedule};

/// Editors save several files at once, and one file in several steps.
const AFTER_EDIT: Debounce = Debounce {
    quiet: Duration::from_millis(120),
    at_most: Duration::from_secs(1),
};

/// How often to look whether somebody else's build has ended. On Linux that is an event; this is for what it may miss.
const WHILE_BUSY: Duration = Duration::from_secs(2);

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
            Event::Inputs => {
                self.compare.stir(now);
                self.looks.stir(now);
            }
            Event::Outputs => self.looks.stir(now),
            Event::Round => self.looks.suggest(now),
            Event::BuildEnded => {
                let at = self.quiet.build_ended(now);
                self.looks.appoint(at);
            }
            Event::Due | Event::Compared(Difference::None) => {}
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
        self.looks.ended(now);
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
        if view.build != Build::Idle {
            self.looks.appoint(now.after(WHILE_BUSY));
        }
        self.certain.clone_from(&decision.show);
        actions.push(Action::Show {
            certain: decision.show,
        });
        self.choose_to_mend(view);
        if decision.held_back.is_empty() {
            self.release(view, actions);
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

    fn release(&mut self, view: &View, actions: &mut Vec<Action>) {
        let has_to_wait =
            view.build != Build::Idle && self.orders.releases == Releases::WhenNobodyBuilds;
        if has_to_wait || self.build == Wish::Yes || !self.to_mend.is_empty() {
            return;
        }
        match (view.health, &mut self.awaiting) {
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
        let how = match built {
            Built::Cancelled => OwnEnd::Stopped,
            Built::Good(_) | Built::Failed => OwnEnd::Done,
        };
        self.run_ended(now, how);
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
        let how = match mended {
            Mended::Cancelled => OwnEnd::Stopped,
            Mended::Done | Mended::NotDone => OwnEnd::Done,
        };
        self.run_ended(now, how);
        if mended == Mended::Done && self.orders.builds == Builds::OnEveryEdit {
            self.build = Wish::Yes;
        }
    }

    fn run_ended(&mut self, now: Moment, how: OwnEnd) {
        self.job = None;
        self.quiet.own_run_ended(now, how);
        self.looks.appoint(now);
    }

    fn begin_what_is_due(&mut self, now: Moment, actions: &mut Vec<Action>) {
        let is_due = |moment: Option<Moment>| moment.is_some_and(|moment| moment <= now);
        if is_due(self.compare.due()) {
            self.compare.began(now);
            self.compare.ended(now);
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
            self.looks.began(now);
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
