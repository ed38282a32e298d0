//! What the actor holds of one workspace. What of it shows is decided in `showing`, what is done about it in `runs`.

mod runs;
mod showing;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::kept::KeptErrors;
use super::mending::Ending;
use super::message::Origin;
use super::model::{FindingKey, LineTexts, ManifestEdit};
use super::settings::ServerSettings;
use super::toolchain::Baseline;
use super::uses::UseFinding;
use super::worker::{Job, Worker};
use crate::expected::PackageSource;
use crate::inspect::{BuildActivity, Footing, InspectedMacro, Inspection};
use crate::locate::uses::Crates;
use crate::names::{Location, PackageId};
use crate::pace::quiet::{AFTER_OUTPUT, Moment, Quiet};
use crate::pace::schedule::Schedule;
use crate::verdict::{Finding, Verdict};
use crate::watch::{Surroundings, WatchPlan};

pub(crate) use runs::{AskedBy, Order, Progress, Run, SeenBy};

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
    /// What was certain before the first look is done, until it is.
    pub(crate) glimpse: Option<Glimpse>,
    /// Why the last look did not; fits after "failed to".
    failure: Option<String>,
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
    /// What no look alone can find: of this session, beside what was last looked at.
    of_session: Vec<Finding>,
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
    /// When to ask again whether somebody builds.
    pub(crate) probe_build: Option<Moment>,
    /// What was rebuilt without being asked, until it is fresh or something that it is built from changes.
    tried: BTreeSet<PackageId>,
    /// Findings that rust-analyzer is taken to be about to mend.
    left_to_others: Vec<Finding>,
    /// What was watched when cargo last said what belongs to the workspace.
    plan: Option<WatchPlan>,
    /// What the plan in force was made from.
    planned: Option<(Arc<Footing>, Vec<Utf8PathBuf>)>,
    /// How many looks in a row ended without that.
    unanswered: u32,
    /// How many runs in a row were cancelled because what they read changed meanwhile.
    restarts: u32,
}

/// What is certain before the first look.
#[derive(Debug)]
pub(crate) struct Glimpse {
    inspection: Inspection,
    /// Whoever waits longer for the look is told nothing any more: by then it may be over.
    pub(crate) until: Moment,
}

/// How long after a look that cargo did not answer another is taken; twice as long after each.
const FIRST_TRY: Duration = Duration::from_secs(5);
const MOST_DOUBLINGS: u32 = 4;

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
            glimpse: None,
            failure: None,
            vanished: BTreeMap::new(),
            looks: 0,
            lines: Arc::default(),
            places: BTreeMap::new(),
            edits: Vec::new(),
            crates: None,
            uses: BTreeMap::new(),
            toolchain: Baseline::default(),
            of_session: Vec::new(),
            kept_errors: KeptErrors::default(),
            shown: BTreeMap::new(),
            held_back: 0,
            run: None,
            waiting_runs: VecDeque::new(),
            ended_runs: Vec::new(),
            probe_build: None,
            tried: BTreeSet::new(),
            left_to_others: Vec::new(),
            plan: None,
            planned: None,
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

    /// What answers about the workspace are taken from: the last look, or what is certain before the first.
    pub(crate) fn known(&self) -> Option<&Inspection> {
        let glimpse = self.glimpse.as_ref().map(|glimpse| &glimpse.inspection);
        self.inspection.as_ref().or(glimpse)
    }

    /// What there is to report: the last look, or what little is left to say where it failed; `None` before the first.
    pub(crate) fn report(&self) -> Option<Cow<'_, Inspection>> {
        let inspection = self.inspection.as_ref()?;
        if self.failure.is_none() && self.of_session.is_empty() {
            return Some(Cow::Borrowed(inspection));
        }
        let mut inspection = inspection.clone();
        if let Some(words) = &self.failure {
            inspection.macros = Vec::new();
            inspection.findings = self.unreadable(words).into_iter().collect();
            inspection.limits = Some(format!(
                "it failed to {words}, so no proc macro was looked at"
            ));
        }
        inspection.findings.extend(self.of_session.iter().cloned());
        Some(Cow::Owned(inspection))
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

    /// Takes in that the build is over which the last look saw.
    pub(crate) fn note_build_ended(&mut self) {
        if let Some(inspection) = &mut self.inspection {
            inspection.build = BuildActivity::Idle;
            inspection.orphans.clear();
        }
    }

    /// How long macros still count as being built because their dylibs are so young, though nobody is known to build.
    pub(crate) fn is_being_written_for(&self) -> Option<Duration> {
        let inspection = self.inspection.as_ref()?;
        if inspection.build != BuildActivity::Idle {
            return None;
        }
        let building = inspection
            .macros
            .iter()
            .filter(|inspected| inspected.verdict == Verdict::Building);
        let left = building.map(|inspected| {
            let age = inspected.built_at.and_then(|time| time.elapsed().ok());
            // Where its age is no reason, another look so soon would see the same.
            age.and_then(|age| AFTER_OUTPUT.checked_sub(age))
                .unwrap_or(AFTER_OUTPUT)
        });
        left.max()
    }

    /// Whether processes of a cargo that is gone still build.
    pub(crate) fn has_orphans(&self) -> bool {
        let mut inspections = self.inspection.iter();
        inspections.any(|inspection| !inspection.orphans.is_empty())
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

    /// Whether the last look found nothing else to watch than what is watched: it took over what the one before rested on.
    pub(crate) fn is_planned(&self) -> bool {
        let inspection = self.inspection.iter();
        let mut planned = inspection.zip(&self.planned);
        self.failure.is_none()
            && planned.any(|(inspection, (footing, inputs))| {
                Arc::ptr_eq(&inspection.footing, footing) && inspection.inputs == *inputs
            })
    }

    /// What to watch by the last look. A member that is gone breaks the workspace, and nothing but its coming back mends it: while
    /// cargo says nothing, what was watched before stays watched.
    pub(crate) fn watch_plan(&mut self, surroundings: &Surroundings) -> WatchPlan {
        let basis =
            |inspection: &Inspection| (Arc::clone(&inspection.footing), inspection.inputs.clone());
        self.planned = self.inspection.as_ref().map(basis);
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

    /// Has the worker see whether somebody builds.
    pub(crate) fn ask_for_build(&self, now: Moment) {
        if let Some(inspection) = &self.inspection {
            let directory = inspection.profile_directory.clone();
            let orphans = inspection.orphans.clone();
            self.worker.hand(Job::ProbeBuild(directory, orphans, now));
        }
    }
}
