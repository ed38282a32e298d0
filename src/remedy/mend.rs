//! The whole of a remedy: look, plan, run, look again. Success is what the second look says, never what a command returned.

use super::besides::Besides;
use super::choice::{Choice, ChoiceKind};
use super::commands::PlanContext;
use super::locks::{MendLock, SomebodyElse};
use super::plan::{Plan, RemedyKind, Step};
use super::run::{Failure, Outcome, Progress, RunContext, RunResult, run};
use super::settle::settled;
use crate::cargo::process::{Cancel, ProcessGroup};
use crate::inspect::{BuildActivity, InspectError, InspectedMacro, Inspection, Inspector};
use crate::names::{PackageId, PackageName};
use crate::settings::Processes;
use crate::verdict::{Finding, StaleReason, Verdict};

/// Later rounds are for what the first brought to light; more of them would only repeat.
const ROUNDS: usize = 3;

/// How a run can be stopped.
#[derive(Debug, Clone, Default)]
pub struct Controls {
    /// Whom a stop reaches.
    pub group: ProcessGroup,
    /// The switch that stops it.
    pub cancel: Cancel,
}

/// Why nothing was mended; the text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MendError {
    /// The workspace cannot be looked at.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// Another remedy is at work in the same build directory.
    #[error(transparent)]
    SomebodyElse(#[from] SomebodyElse),
    /// No process may be started.
    #[error("mend anything: no process may be started here")]
    ProcessesForbidden,
    /// A full clean would pull the ground from under a build.
    #[error("clean {build_directory}: a build is running in it; wait for it to end")]
    BuildRunning {
        /// The build directory.
        build_directory: camino::Utf8PathBuf,
    },
}

/// What came of a remedy.
#[derive(Debug)]
#[non_exhaustive]
pub struct MendReport {
    /// Each plan that was run and what it did, in order.
    pub rounds: Vec<Round>,
    /// The macros it was about, with both verdicts.
    pub macros: Vec<MendedMacro>,
    /// The look that was taken afterwards.
    pub after: Inspection,
    /// How it ended.
    pub result: MendResult,
    /// The finding on a rebuild that failed and left something unmended.
    pub failed: Option<Finding>,
}

/// One plan and its run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Round {
    /// What was planned.
    pub plan: Plan,
    /// What was done.
    pub outcome: Outcome,
    /// The libraries that the build before could not use, which made this round necessary; none where a look did.
    pub unusable: Vec<camino::Utf8PathBuf>,
}

/// A macro before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MendedMacro {
    /// The package.
    pub name: PackageName,
    /// Its id.
    pub package_id: PackageId,
    /// The verdict before.
    pub before: Verdict,
    /// The verdict after; `None` where the macro is not expected any more.
    pub after: Option<Verdict>,
    /// What to try next where it is not fresh; `None` where nothing more is known to help.
    pub next: Option<RemedyKind>,
}

/// How a remedy ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MendResult {
    /// There was nothing to mend.
    NothingToDo,
    /// It reached its aim: the macros are fresh, or cleaned where only that was asked for.
    Mended,
    /// Some macros are not fresh; [`MendReport::macros`] tells which.
    Unmended,
    /// It was stopped.
    Cancelled,
}

impl MendReport {
    /// Why the last run failed, where it did.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match &self.rounds.last()?.outcome.result {
            RunResult::Failed(failure) => Some(failure),
            RunResult::Succeeded | RunResult::Cancelled => None,
        }
    }
}

/// Mends what was chosen: plans from a fresh look, runs, and looks again; another round where the last one brought another cause to light.
///
/// # Errors
/// When the workspace cannot be looked at, or nothing may be run there now. A run that fails is a [`MendReport`].
pub fn mend(
    inspector: &mut Inspector,
    choice: &Choice,
    controls: &Controls,
    progress: &mut dyn FnMut(Progress),
) -> Result<MendReport, MendError> {
    if inspector.settings().processes == Processes::Forbidden {
        return Err(MendError::ProcessesForbidden);
    }
    let first = inspector.inspect()?;
    let build_directory = first.workspace.build_directory.clone();
    let lock = MendLock::take(&build_directory)?;
    let is_full_clean = choice.kind == ChoiceKind::CleanAll;
    if is_full_clean && first.build == BuildActivity::Running {
        return Err(MendError::BuildRunning { build_directory });
    }
    // An open file keeps its directory from being removed there.
    let _lock = (!(is_full_clean && cfg!(windows))).then_some(lock);
    let before = settled(inspector, first, controls, progress)?;
    let mut mending = Mending {
        inspector,
        choice,
        controls,
        progress,
        rounds: Vec::new(),
    };
    let after = mending.rounds_from(&before)?;
    let mut report = report(choice, mending.rounds, &before, after, controls);
    report.failed = failed_build(inspector, &report);
    Ok(report)
}

fn failed_build(inspector: &mut Inspector, report: &MendReport) -> Option<Finding> {
    if report.result != MendResult::Unmended {
        return None;
    }
    let failure = report.failure()?;
    let concerned: Vec<&InspectedMacro> = report
        .after
        .macros
        .iter()
        .filter(|inspected| inspected.verdict != Verdict::Fresh)
        .filter(|inspected| {
            let id = &inspected.expected.package_id;
            report.macros.iter().any(|mended| mended.package_id == *id)
        })
        .collect();
    inspector.failed_build(failure, &concerned, &report.after)
}

struct Mending<'run> {
    inspector: &'run mut Inspector,
    choice: &'run Choice,
    controls: &'run Controls,
    progress: &'run mut dyn FnMut(Progress),
    rounds: Vec<Round>,
}

impl Mending<'_> {
    fn rounds_from(&mut self, before: &Inspection) -> Result<Inspection, MendError> {
        let mut current = before.clone();
        let mut targets = self.choice.targets(&current.macros);
        let mut tried: Vec<(Vec<Step>, Vec<PackageId>)> = Vec::new();
        let mut besides = Besides::default();
        while tried.len() < ROUNDS && !self.controls.cancel.is_cancelled() {
            let Some(plan) = self.plan(&targets, &current) else {
                break;
            };
            let wanted: Vec<PackageId> = targets
                .iter()
                .map(|target| target.expected.package_id.clone())
                .collect();
            // The same steps for other macros are no repetition: cargo finds what was built from a rebuilt macro stale only afterwards.
            let is_repetition = tried.contains(&(plan.steps.clone(), wanted.clone()));
            if is_repetition && !self.has_an_overhauled_script(&targets) {
                break;
            }
            tried.push((plan.steps.clone(), wanted));
            let context = RunContext {
                build_directory: current.workspace.build_directory.clone(),
                profile_directory: current.profile_directory.clone(),
                group: self.controls.group,
                cancel: self.controls.cancel.clone(),
            };
            let outcome = run(&plan, &context, self.progress);
            self.rounds.push(Round {
                plan,
                outcome,
                unusable: Vec::new(),
            });
            self.get_past_what_was_found(&mut besides, &context);
            let look = self.inspector.inspect()?;
            current = settled(self.inspector, look, self.controls, self.progress)?;
            if self.choice.kind != ChoiceKind::Preferred {
                break;
            }
            // What kept its verdict would keep it again.
            targets = self
                .choice
                .targets(&current.macros)
                .into_iter()
                .filter(|target| {
                    verdict_in(before, &target.expected.package_id) != Some(&target.verdict)
                })
                .collect();
        }
        Ok(current)
    }

    /// The build once more, as long as it blames libraries that can be built anew.
    fn get_past_what_was_found(&mut self, besides: &mut Besides, context: &RunContext) {
        while let Some(again) = self
            .rounds
            .last()
            .and_then(|last| besides.after(&last.plan, &last.outcome, context))
        {
            tracing::info!(unusable = ?again.unusable, "the build could not use a library");
            let outcome = run(&again.plan, context, self.progress);
            // The build's own words say more than that a file could not be removed.
            if let RunResult::Failed(Failure::File(error)) = &outcome.result {
                tracing::warn!(%error, "what the build could not use cannot be removed");
                return;
            }
            self.rounds.push(Round {
                plan: again.plan,
                outcome,
                unusable: again.unusable,
            });
        }
    }

    /// Whether the last build ran a build script that says otherwise than by files what it watches. Cargo judges a script by what its
    /// run before said, so where one no longer names files, it takes two builds (cargo 1.95, `build_script_local_fingerprints`).
    fn has_an_overhauled_script(&self, targets: &[&InspectedMacro]) -> bool {
        let has_succeeded = self
            .rounds
            .last()
            .is_some_and(|round| matches!(round.outcome.result, RunResult::Succeeded));
        let is_so = |target: &&InspectedMacro| {
            matches!(&target.verdict, Verdict::Stale(reason)
                if matches!(reason.root(), StaleReason::BuildScriptChanged { path: None }))
        };
        has_succeeded && targets.iter().any(is_so)
    }

    fn plan(&self, targets: &[&InspectedMacro], inspection: &Inspection) -> Option<Plan> {
        let context = PlanContext {
            workspace: &inspection.workspace,
            toolchain: inspection.toolchain.as_ref(),
            settings: self.inspector.settings(),
            cargo: self.inspector.cargo(),
        };
        self.choice.plan(targets, &context)
    }
}

fn verdict_in<'look>(look: &'look Inspection, id: &PackageId) -> Option<&'look Verdict> {
    look.macros
        .iter()
        .find(|inspected| inspected.expected.package_id == *id)
        .map(|inspected| &inspected.verdict)
}

/// Whether a macro is rebuilt on every run, however it is cleaned, for want of a file.
fn is_watching_in_vain(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Stale(reason) if matches!(reason.root(), StaleReason::WatchedFileMissing { .. }))
}

fn report(
    choice: &Choice,
    rounds: Vec<Round>,
    before: &Inspection,
    after: Inspection,
    controls: &Controls,
) -> MendReport {
    // Of the last build: what those before it failed for is over.
    let has_errors = rounds.last().is_some_and(|round| {
        matches!(&round.outcome.result, RunResult::Failed(Failure::Command { compiler_errors, .. }) if !compiler_errors.is_empty())
    });
    let has_cleaned = rounds
        .iter()
        .any(|round| round.plan.kind != RemedyKind::Rebuild);
    let macros: Vec<MendedMacro> = choice
        .targets(&before.macros)
        .into_iter()
        .map(|target| {
            let id = &target.expected.package_id;
            let verdict = verdict_in(&after, id).cloned();
            let is_fresh = verdict
                .as_ref()
                .is_none_or(|verdict| *verdict == Verdict::Fresh);
            // Sources that do not compile are for the person to mend, and so is what a build script watches in vain.
            let watches_in_vain = verdict.as_ref().is_some_and(is_watching_in_vain);
            let next = !is_fresh
                && !has_errors
                && !watches_in_vain
                && !has_cleaned
                && choice.aims_at_fresh();
            MendedMacro {
                name: target.expected.name.clone(),
                package_id: id.clone(),
                before: target.verdict.clone(),
                after: verdict,
                next: next.then_some(RemedyKind::CleanAndRebuild),
            }
        })
        .collect();
    let has_failed = rounds
        .iter()
        .any(|round| matches!(round.outcome.result, RunResult::Failed(_)));
    let all_fresh = macros.iter().all(|mended| {
        mended
            .after
            .as_ref()
            .is_none_or(|after| *after == Verdict::Fresh)
    });
    let result = match () {
        () if controls.cancel.is_cancelled() => MendResult::Cancelled,
        () if rounds.is_empty() => MendResult::NothingToDo,
        () if choice.aims_at_fresh() && all_fresh => MendResult::Mended,
        () if !choice.aims_at_fresh() && !has_failed => MendResult::Mended,
        () => MendResult::Unmended,
    };
    MendReport {
        rounds,
        macros,
        after,
        result,
        failed: None,
    }
}
