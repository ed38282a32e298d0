//! What a look becomes: which findings show, which are held back, and since when each is known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Glimpse, Workspace};
use crate::inspect::{BuildActivity, InspectedMacro, Inspection};
use crate::names::PackageId;
use crate::pace::quiet::{Build, Concern, Decision, Moment, Prospect, Sight};
use crate::server::after_build;
use crate::server::message::Origin;
use crate::server::model::FindingKey;
use crate::server::prospect;
use crate::server::sighting::Sighting;
use crate::server::uses::use_findings;
use crate::verdict::{Code, Finding, MissingReason, Severity, Verdict, severity};

/// How long what is certain before the first look is shown without it.
const GLIMPSE_HOLDS: Duration = Duration::from_secs(5);

impl Workspace {
    /// Takes in a look at a time, with what else is to be said of the workspace, and decides what shows.
    pub(crate) fn take(
        &mut self,
        sighting: Sighting,
        own_findings: Vec<Finding>,
        now: Moment,
    ) -> Decision<FindingKey> {
        self.looks += 1;
        if self.glimpse.take().is_some() {
            self.quiet.glimpse_is_over();
        }
        self.quiet.set_grace(sighting.settings.grace);
        self.settings = sighting.settings;
        self.lines = Arc::new(sighting.lines);
        self.places.extend(sighting.places);
        self.edits = sighting.edits;
        // Without an answer of cargo's there are no members.
        self.unanswered = match &sighting.inspection {
            Ok(inspection) if !inspection.workspace.members.is_empty() => 0,
            _ => self.unanswered.saturating_add(1),
        };
        self.of_session = own_findings;
        let mut findings = Vec::new();
        self.failure = sighting.inspection.as_ref().err().cloned();
        match sighting.inspection {
            Ok(inspection) => {
                findings.extend(inspection.findings.iter().cloned());
                self.note_vanished(&inspection, now);
                self.kept_errors.looked(&inspection.macros);
                self.of_session
                    .extend(inspection.toolchain.as_ref().and_then(|toolchain| {
                        let settings = &self.settings.inspection;
                        self.toolchain
                            .look(&toolchain.rustc, sighting.channel, settings)
                    }));
                self.inspection = Some(inspection);
                self.name_exports();
            }
            Err(words) => {
                tracing::info!(start = %self.start, "failed to {words}");
                findings.extend(self.unreadable(&words));
            }
        }
        findings.extend(self.of_session.iter().cloned());
        self.decide(findings, now, Depth::Look)
    }

    /// Takes in what is certain before the first look is done; `None` where it is no news any more. It is no look: nothing is
    /// reported, watched or mended by it.
    pub(crate) fn take_glimpse(
        &mut self,
        sighting: Sighting,
        now: Moment,
    ) -> Option<Decision<FindingKey>> {
        let inspection = sighting.inspection.ok()?;
        let is_first = self.looks == 0 && self.run.is_none();
        // Until a look, this is where the workspace is taken to be.
        let is_here = inspection.workspace.root == *self.root();
        (is_first && is_here).then_some(())?;
        self.quiet.set_grace(sighting.settings.grace);
        self.settings = sighting.settings;
        self.lines = Arc::new(sighting.lines);
        self.edits = sighting.edits;
        let findings = inspection.findings.clone();
        self.glimpse = Some(Glimpse {
            inspection,
            until: now.after(GLIMPSE_HOLDS),
        });
        Some(self.decide(findings, now, Depth::Glimpse))
    }

    /// Shows no more of what was certain before the first look, which does not come or takes too long. Returns whether anything was shown.
    pub(crate) fn withdraw_glimpse(&mut self) -> bool {
        let was_shown = self.glimpse.take().is_some();
        if was_shown {
            self.quiet.glimpse_is_over();
            self.shown.clear();
        }
        was_shown
    }

    fn note_vanished(&mut self, inspection: &Inspection, now: Moment) {
        let was_there = |package: &PackageId| {
            self.inspection.iter().any(|before| {
                before.macros.iter().any(|inspected| {
                    inspected.expected.package_id == *package && inspected.built_at.is_some()
                })
            })
        };
        let mut vanished = BTreeMap::new();
        for inspected in &inspection.macros {
            let package = &inspected.expected.package_id;
            if inspected.built_at.is_some() {
                continue;
            }
            let when = self.vanished.get(package).copied();
            if let Some(when) = when.or_else(|| was_there(package).then_some(now)) {
                vanished.insert(package.clone(), when);
            }
        }
        self.vanished = vanished;
    }

    fn decide(
        &mut self,
        findings: Vec<Finding>,
        now: Moment,
        depth: Depth,
    ) -> Decision<FindingKey> {
        let found: BTreeMap<FindingKey, Finding> = findings
            .into_iter()
            .map(|finding| (FindingKey::of(&finding), finding))
            .collect();
        let clock = Clock::at(now);
        let concerns = found
            .iter()
            .map(|(key, finding)| (key.clone(), self.concern(finding, clock)))
            .collect();
        let sight = Sight {
            build: match self.inspection.as_ref().map(|inspection| inspection.build) {
                Some(BuildActivity::Idle) | None => Build::Idle,
                Some(BuildActivity::Running) if self.has_orphans() => Build::Orphaned,
                Some(BuildActivity::Running) => Build::Running,
            },
            concerns,
            undecided: self.undecided(&found),
        };
        let decision = match depth {
            Depth::Look => self.quiet.looked(now, &sight),
            Depth::Glimpse => self.quiet.glimpsed(now, &sight),
        };
        self.shown = decision
            .show
            .iter()
            .filter_map(|key| {
                let (found, before) = (found.get(key), self.shown.get(key));
                // While a build runs, what is shown stays as it is.
                let finding = match before {
                    Some(before) if self.quiet.is_building() => before,
                    _ => found.or(before)?,
                };
                let mut finding = finding.clone();
                if decision.outlived_a_build.contains(key) {
                    after_build::say_that_it_stayed(&mut finding);
                }
                Some((key.clone(), finding))
            })
            .collect();
        if let Some(inspection) = &self.inspection {
            let before = std::mem::take(&mut self.uses);
            self.uses = use_findings(&self.shown, inspection, &self.places, before);
        }
        let left = decision.left_to_others.iter();
        self.left_to_others = left.filter_map(|key| found.get(key).cloned()).collect();
        self.held_back = decision
            .held_back
            .iter()
            .filter_map(|key| found.get(key))
            .map(|finding| finding.packages.len())
            .sum();
        decision
    }

    fn concern(&self, finding: &Finding, clock: Clock) -> Concern {
        let Some(inspection) = &self.inspection else {
            return Concern {
                prospect: Prospect::None,
                outputs_changed: None,
            };
        };
        let outputs_changed = inspection
            .macros
            .iter()
            .filter(|inspected| finding.package_ids.contains(&inspected.expected.package_id))
            .filter_map(|inspected| match inspected.built_at {
                Some(written) => clock.moment(written),
                None if self.is_alone_deleted(inspected) => None,
                None => self.vanished.get(&inspected.expected.package_id).copied(),
            })
            .max();
        Concern {
            prospect: prospect::of_finding(finding, inspection),
            outputs_changed,
        }
    }

    /// Whether this dylib alone is gone while its fingerprint is complete. Cargo empties the fingerprint before it builds, so no build
    /// brings this one back; where several vanish, somebody may be cleaning, and more is to come.
    fn is_alone_deleted(&self, inspected: &InspectedMacro) -> bool {
        inspected.verdict == Verdict::Missing(MissingReason::Deleted) && self.vanished.len() < 2
    }

    /// What is shown, is not found now, and is not mended as far as the look can tell.
    fn undecided(&self, found: &BTreeMap<FindingKey, Finding>) -> BTreeSet<FindingKey> {
        let Some(inspection) = &self.inspection else {
            return BTreeSet::new();
        };
        let is_fresh = |package: &PackageId| {
            inspection
                .macros
                .iter()
                .find(|inspected| inspected.expected.package_id == *package)
                .is_none_or(|inspected| inspected.verdict == Verdict::Fresh)
        };
        self.shown
            .iter()
            .filter(|(key, _)| !found.contains_key(key))
            .filter(|(_, finding)| {
                finding.package_ids.is_empty() || !finding.package_ids.iter().all(is_fresh)
            })
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// The finding that the workspace cannot be looked at. Of one that is ours only by an open file nothing is said: the file
    /// may lie anywhere, in a template or in a test's data.
    pub(super) fn unreadable(&self, words: &str) -> Option<Finding> {
        if matches!(self.origin, Origin::OpenFile(_)) {
            return None;
        }
        let severity = severity(
            Code::WorkspaceUnreadable,
            Severity::Warning,
            &self.settings.inspection,
        )?;
        Some(Finding {
            code: Code::WorkspaceUnreadable,
            severity,
            message: format!(
                "Sidecargo cannot tell whether the proc macros of this workspace will expand: it failed to {words}."
            ),
            packages: Vec::new(),
            location: None,
            package_ids: Vec::new(),
            remedies: Vec::new(),
            related: Vec::new(),
        })
    }
}

/// How much of what there is to find was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Look,
    Glimpse,
}

/// The session's moments and the system's times, at one instant.
#[derive(Debug, Clone, Copy)]
struct Clock {
    now: Moment,
    system: SystemTime,
}

impl Clock {
    fn at(now: Moment) -> Self {
        Self {
            now,
            system: SystemTime::now(),
        }
    }

    /// The moment of a time that lies in this session; what lies before it or in the future has none.
    fn moment(self, time: SystemTime) -> Option<Moment> {
        let ago: Duration = self.system.duration_since(time).ok()?;
        self.now.0.checked_sub(ago).map(Moment)
    }
}
