//! What the actor holds of one workspace.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use super::after_build;
use super::kept::KeptErrors;
use super::mending::Ending;
use super::message::Origin;
use super::model::{FindingKey, LineTexts, ManifestEdit};
use super::outbox::{Advance, RunToken};
use super::prospect;
use super::quiet::{Build, Concern, Decision, Moment, OwnEnd, Quiet, Sight};
use super::schedule::Schedule;
use super::settings::{AutomaticRebuild, ServerSettings};
use super::toolchain::Baseline;
use super::uses::{UseFinding, use_findings};
use super::worker::{Job, Sighting, Worker};
use crate::cargo::process::Cancel;
use crate::expected::PackageSource;
use crate::inspect::{BuildActivity, InspectedMacro, Inspection};
use crate::locate::uses::Crates;
use crate::names::{Location, PackageId};
use crate::remedy::{Choice, Plan, RemedyKind};
use crate::verdict::{Code, Finding, MissingReason, Severity, Verdict, severity};
use crate::watch::{Surroundings, WatchPlan};

/// One workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Where the search for it begins: a manifest.
    pub(crate) start: Utf8PathBuf,
    pub(crate) origin: Origin,
    pub(crate) worker: Worker,
    pub(crate) schedule: Schedule,
    pub(crate) quiet: Quiet<FindingKey>,
    pub(crate) settings: ServerSettings,
    /// The last look that succeeded.
    pub(crate) inspection: Option<Inspection>,
    /// When dylibs went that an earlier look had seen: a rebuild unlinks them for a moment.
    vanished: BTreeMap<PackageId, Moment>,
    /// How many looks ended.
    pub(crate) looks: u64,
    pub(crate) lines: Arc<LineTexts>,
    /// Where the macros that are not fresh show in manifests.
    places: BTreeMap<PackageId, Location>,
    /// What remedies change in manifests, by their titles.
    pub(crate) edits: Vec<(String, ManifestEdit)>,
    /// The sources that macros come through, once a file is open in which that matters.
    pub(crate) crates: Option<Arc<Crates>>,
    /// What is to be said where macros are used.
    pub(crate) uses: BTreeMap<PackageId, UseFinding>,
    /// The toolchain that rust-analyzer is taken to run.
    pub(crate) toolchain: Baseline,
    /// What rust-analyzer keeps against dylibs that are whole again.
    pub(crate) kept_errors: KeptErrors,
    /// What is to be seen of it.
    pub(crate) shown: BTreeMap<FindingKey, Finding>,
    /// Macros whose findings are held back.
    pub(crate) held_back: usize,
    pub(crate) run: Option<Run>,
    pub(crate) waiting_runs: VecDeque<Run>,
    /// Runs that ended and whose result no look has shown yet.
    pub(crate) ended_runs: Vec<(Run, Ending)>,
    /// When to ask again whether a build holds the lock.
    pub(crate) probe_lock: Option<Moment>,
    /// What was rebuilt without being asked, until it is fresh or something that it is built from changes.
    tried: BTreeSet<PackageId>,
    /// Findings that rust-analyzer is taken to be about to mend.
    left_to_others: Vec<Finding>,
    /// What was watched when cargo last said what belongs to the workspace.
    plan: Option<WatchPlan>,
    /// How many looks in a row ended without that.
    unanswered: u32,
    /// How many runs in a row were cancelled because what they read changed meanwhile.
    restarts: u32,
}

/// How long after a look that cargo did not answer another is taken; twice as long after each.
const FIRST_TRY: Duration = Duration::from_secs(5);
const MOST_DOUBLINGS: u32 = 4;

/// No more runs in a row are cancelled for what the watcher saw: a build may change what it reads itself.
const MOST_RESTARTS: u32 = 3;

/// Who saw a change of something that builds read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SeenBy {
    /// The person saved it.
    Client,
    /// Somebody wrote it, the build itself perhaps.
    Watcher,
}

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

/// What a run is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Mend macros, by plans made when it begins.
    Mend(Choice),
    /// Carry out this plan, which the person was shown.
    CarryOut(Plan),
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

impl Workspace {
    pub(crate) fn new(start: Utf8PathBuf, origin: Origin, worker: Worker, now: Moment) -> Self {
        let settings = ServerSettings::default();
        let mut schedule = Schedule::default();
        schedule.appoint(now);
        Self {
            start,
            origin,
            worker,
            schedule,
            quiet: Quiet::new(settings.grace),
            settings,
            inspection: None,
            vanished: BTreeMap::new(),
            looks: 0,
            lines: Arc::default(),
            places: BTreeMap::new(),
            edits: Vec::new(),
            crates: None,
            uses: BTreeMap::new(),
            toolchain: Baseline::default(),
            kept_errors: KeptErrors::default(),
            shown: BTreeMap::new(),
            held_back: 0,
            run: None,
            waiting_runs: VecDeque::new(),
            ended_runs: Vec::new(),
            probe_lock: None,
            tried: BTreeSet::new(),
            left_to_others: Vec::new(),
            plan: None,
            unanswered: 0,
            restarts: 0,
        }
    }

    /// The workspace's root, or where it is presumed until the first look succeeded.
    pub(crate) fn root(&self) -> &Utf8Path {
        match &self.inspection {
            Some(inspection) => &inspection.workspace.root,
            None => self.start.parent().unwrap_or(&self.start),
        }
    }

    /// Whether a manifest is one of the workspace's own.
    pub(crate) fn has_manifest(&self, manifest: &Utf8Path) -> bool {
        manifest == self.start
            || manifest == self.root().join("Cargo.toml")
            || self.inspection.iter().any(|inspection| {
                inspection
                    .workspace
                    .members
                    .iter()
                    .any(|member| member.manifest_path == manifest)
            })
    }

    /// Takes in a look at a time, with what else is to be said of the workspace, and decides what shows.
    pub(crate) fn take(
        &mut self,
        sighting: Sighting,
        own_findings: Vec<Finding>,
        now: Moment,
    ) -> Decision<FindingKey> {
        self.looks += 1;
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
        let mut findings = own_findings;
        match sighting.inspection {
            Ok(inspection) => {
                findings.extend(inspection.findings.iter().cloned());
                self.note_vanished(&inspection, now);
                self.kept_errors.looked(&inspection.macros);
                findings.extend(inspection.toolchain.as_ref().and_then(|toolchain| {
                    let settings = &self.settings.inspection;
                    self.toolchain
                        .look(&toolchain.rustc, sighting.channel, settings)
                }));
                self.inspection = Some(inspection);
                self.name_exports();
            }
            Err(words) => findings.extend(self.unreadable(&words)),
        }
        self.decide(findings, now)
    }

    /// Whether a macro counts as being built though nobody holds the build lock.
    pub(crate) fn is_being_written(&self) -> bool {
        self.inspection.as_ref().is_some_and(|inspection| {
            let mut macros = inspection.macros.iter();
            inspection.build == BuildActivity::Idle
                && macros.any(|inspected| inspected.verdict == Verdict::Building)
        })
    }

    /// Puts in what the sources of macros say that they export.
    pub(crate) fn name_exports(&mut self) {
        let (Some(inspection), Some(crates)) = (&mut self.inspection, &self.crates) else {
            return;
        };
        for (package, names) in crates.exports() {
            let unnamed = inspection.macros.iter_mut().find(|inspected| {
                inspected.expected.package_id == *package && inspected.exports.is_none()
            });
            if let Some(inspected) = unnamed.filter(|_| !names.is_empty()) {
                inspected.exports = Some(names);
            }
        }
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

    fn decide(&mut self, findings: Vec<Finding>, now: Moment) -> Decision<FindingKey> {
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
                Some(BuildActivity::Running) => Build::Running,
                _ => Build::Idle,
            },
            concerns,
            undecided: self.undecided(&found),
        };
        let decision = self.quiet.looked(now, &sight);
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
                prospect: super::quiet::Prospect::None,
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

    /// What to watch by the last look. A member that is gone breaks the workspace, and nothing but its coming back mends it: while
    /// cargo says nothing, what was watched before stays watched.
    pub(crate) fn watch_plan(&mut self, surroundings: &Surroundings) -> WatchPlan {
        let plan = match &self.inspection {
            Some(inspection) => WatchPlan::of(inspection, surroundings),
            None => WatchPlan::of_start(&self.start, surroundings),
        };
        if self.unanswered == 0 {
            self.plan = Some(plan.clone());
        }
        match &self.plan {
            Some(before) if self.unanswered > 0 => plan.and(before),
            _ => plan,
        }
    }

    /// When to look again though nothing was noticed: what mends a workspace that cargo cannot read may lie where nobody watches.
    pub(crate) fn next_try(&self, now: Moment) -> Option<Moment> {
        let doublings = self.unanswered.checked_sub(1)?.min(MOST_DOUBLINGS);
        Some(now.after(FIRST_TRY * (1 << doublings)))
    }

    /// Whether a file that was saved is one that macros of the workspace are built from; until they were built, all of the package is.
    pub(crate) fn builds_from(&self, path: &Utf8Path) -> bool {
        self.inspection.iter().any(|inspection| {
            let of_package = |inspected: &InspectedMacro| {
                let expected = &inspected.expected;
                expected.source == PackageSource::Path
                    && expected
                        .manifest_path
                        .parent()
                        .is_some_and(|package| path.starts_with(package))
            };
            inspection.inputs.iter().any(|input| input == path)
                || !path.starts_with(&inspection.workspace.build_directory)
                    && inspection.macros.iter().any(of_package)
        })
    }

    /// Something that builds read changed. A run that nobody asked for is out of date before it is done; the next look begins another.
    pub(crate) fn input_changed(&mut self, now: Moment, seen_by: SeenBy) {
        self.quiet.input_changed(now);
        self.schedule.stir(now);
        self.ask_for_lock(now);
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

    /// Has the worker see whether somebody builds.
    pub(crate) fn ask_for_lock(&self, now: Moment) {
        if let Some(inspection) = &self.inspection {
            let directory = inspection.profile_directory.clone();
            self.worker.hand(Job::ProbeLock(directory, now));
        }
    }

    /// Events were lost, or directories came and went, as they do in builds.
    pub(crate) fn anything_changed(&mut self, now: Moment) {
        self.quiet.input_changed(now);
        self.quiet.output_changed(now);
        self.schedule.stir(now);
        if self.run.is_none() {
            self.tried.clear();
        }
    }

    /// Our run is over.
    pub(crate) fn run_ended(&mut self, now: Moment, ending: &Ending) {
        let how = match ending {
            Ending::Cancelled => OwnEnd::Stopped,
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
    fn unreadable(&self, words: &str) -> Option<Finding> {
        tracing::info!(start = %self.start, "failed to {words}");
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

/// Whether a rebuild is among a finding's remedies.
fn is_mendable(finding: &Finding) -> bool {
    finding
        .remedies
        .iter()
        .any(|plan| plan.kind == RemedyKind::Rebuild)
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
