//! The runs of remedies at one workspace: what is under way, what was tried unasked, and what a change means for it.

use super::Workspace;
use crate::cargo::process::Cancel;
use crate::expected::PackageSource;
use crate::names::PackageId;
use crate::pace::quiet::{Moment, OwnEnd};
use crate::remedy::{Choice, Plan, RemedyKind};
use crate::server::mending::Ending;
use crate::server::outbox::{Advance, RunToken};
use crate::server::settings::AutomaticRebuild;
use crate::verdict::{Finding, Verdict};

/// No more runs in a row are cancelled for what the watcher saw: a build may change what it reads itself.
const MOST_RESTARTS: u32 = 3;

/// A run of remedies.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) token: RunToken,
    pub(crate) order: Order,
    pub(crate) asked_by: AskedBy,
    pub(crate) cancel: Cancel,
    pub(crate) progress: Progress,
    pub(crate) title: String,
}

/// Who wanted a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskedBy {
    Person,
    Setting,
}

/// Where a run's progress goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The client was asked for room and has not answered; the latest news waits.
    Asked(Option<Advance>),
    Granted,
    /// The client shows none.
    Nowhere,
}

/// Who saw a change of something that builds read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SeenBy {
    /// The person saved it.
    Client,
    /// Somebody wrote it, the build itself perhaps.
    Watcher,
}

/// What a run is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Mend macros, by plans made when it begins.
    Mend(Choice),
    /// Carry out this plan, which the person was shown.
    CarryOut(Plan),
}

impl Workspace {
    /// Something that builds read changed. A run that nobody asked for is out of date before it is done; the next look begins another.
    pub(crate) fn input_changed(&mut self, now: Moment, seen_by: SeenBy) {
        self.quiet.input_changed(now);
        match seen_by {
            SeenBy::Client => self.schedule.stir(now),
            SeenBy::Watcher => self.stir(now),
        }
        // While a build runs, it is asked for every second.
        if !self.quiet.is_building() {
            self.ask_for_build(now);
        }
        let unasked = self
            .run
            .as_ref()
            .filter(|run| run.asked_by == AskedBy::Setting);
        let Some(run) = unasked else {
            self.tried.clear();
            return;
        };
        let may_be_its_own = seen_by == SeenBy::Watcher && self.restarts >= MOST_RESTARTS;
        if !may_be_its_own {
            if !run.cancel.is_cancelled() {
                self.restarts += 1;
                run.cancel.cancel();
            }
            self.tried.clear();
        }
    }

    /// Something changed that calls for a look. A build that runs may well have done it.
    pub(crate) fn stir(&mut self, now: Moment) {
        if self.quiet.is_building() {
            self.schedule.stir_beside_build(now);
        } else {
            self.schedule.stir(now);
        }
    }

    /// Something may have changed unheard. While a build runs its end is what counts, and what cargo cannot read is tried again anyway.
    pub(crate) fn look_round(&mut self, now: Moment) {
        if !self.quiet.is_building() && self.unanswered == 0 {
            self.schedule.suggest(now);
        }
    }

    /// Events were lost, or directories came and went, as they do in builds.
    pub(crate) fn anything_changed(&mut self, now: Moment) {
        self.quiet.input_changed(now);
        self.quiet.output_changed(now);
        self.stir(now);
        if self.run.is_none() {
            self.tried.clear();
        }
    }

    /// Our run is over.
    pub(crate) fn run_ended(&mut self, now: Moment, ending: &Ending) {
        let how = match ending {
            Ending::Cancelled | Ending::LeftToAnother(_) => OwnEnd::Stopped,
            _ => OwnEnd::Done,
        };
        if how == OwnEnd::Done {
            self.restarts = 0;
        }
        self.quiet.own_run_ended(now, how);
        self.schedule.appoint(now);
    }

    /// What was tried may be tried once more.
    pub(crate) fn forget_attempts(&mut self) {
        self.tried.clear();
    }

    /// Takes the macros that the settings want rebuilt by themselves now. Each is tried once until it is fresh or something changes.
    pub(crate) fn take_rebuilds_unasked(&mut self) -> Vec<PackageId> {
        let Some(inspection) = &self.inspection else {
            return Vec::new();
        };
        let may_be = |source: PackageSource| match self.settings.automatic_rebuild {
            AutomaticRebuild::Never => false,
            AutomaticRebuild::WorkspaceMacros => source == PackageSource::Path,
            AutomaticRebuild::All => true,
        };
        let mut untried = Vec::new();
        for inspected in &inspection.macros {
            let package = &inspected.expected.package_id;
            if inspected.verdict == Verdict::Fresh {
                self.tried.remove(package);
                continue;
            }
            let mut findings = self.shown.values().chain(&self.left_to_others);
            let is_wanted = may_be(inspected.expected.source)
                && findings
                    .any(|finding| is_mendable(finding) && finding.package_ids.contains(package));
            if is_wanted && self.tried.insert(package.clone()) {
                untried.push(package.clone());
            }
        }
        untried
    }
}

/// Whether a rebuild is among a finding's remedies.
fn is_mendable(finding: &Finding) -> bool {
    finding
        .remedies
        .iter()
        .any(|plan| plan.kind == RemedyKind::Rebuild)
}
