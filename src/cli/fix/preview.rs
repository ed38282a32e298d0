//! What a person is to know before a plan runs: why, what is removed, what has to be built anew afterwards.

use std::time::Duration;

use camino::Utf8Path;
use serde::Serialize;

use crate::cargo::invocation::Invocation;
use crate::cargo::process::Cancel;
use crate::cli::report::brief;
use crate::cli::text;
use crate::inspect::{InspectedMacro, Inspection};
use crate::names::{PackageId, PackageName};
use crate::remedy::{self, Plan, Step};

/// What there is to know.
#[derive(Debug, Serialize)]
pub(super) struct Preview<'a> {
    reasons: Vec<Reason<'a>>,
    /// What `cargo clean --dry-run` says, for each clean among the steps.
    cleans: Vec<Clean>,
    /// Packages that the next build builds anew because they depend on the macros.
    rebuilt: Vec<PackageId>,
}

#[derive(Debug, Serialize)]
struct Reason<'a> {
    name: &'a PackageName,
    reason: String,
}

/// What one `cargo clean` would remove.
#[derive(Debug, Serialize)]
pub(super) struct Clean {
    /// `None` where cargo could not say: before 1.74, or while a build holds the lock.
    files: Option<u64>,
    bytes: Option<u64>,
    notes: Vec<&'static str>,
}

/// How long cargo may take to say what a clean would remove; it waits for a running build.
const PATIENCE: Duration = Duration::from_secs(5);

impl<'a> Preview<'a> {
    /// Asks cargo what its cleans would remove; everything else is known.
    pub(super) fn of(plan: &Plan, targets: &[&'a InspectedMacro], inspection: &Inspection) -> Self {
        let root = &inspection.workspace.root;
        let show = |path: &Utf8Path| text::relative_to(root, path).to_string();
        let cleans = plan.steps.iter().filter_map(clean);
        Self {
            reasons: targets
                .iter()
                .map(|target| Reason {
                    name: &target.expected.name,
                    reason: format!(
                        "{} ({})",
                        target.verdict.status(),
                        brief::what_happened(&target.verdict, &show)
                    ),
                })
                .collect(),
            cleans: cleans
                .map(|clean| Clean::ask(clean, &Cancel::after(PATIENCE)))
                .collect(),
            rebuilt: remedy::dependents(targets, &inspection.sources),
        }
    }

    /// As sentences, the reasons first.
    pub(super) fn sentences(&self, build_directory: &Utf8Path) -> Vec<String> {
        /// More would push the commands out of sight.
        const REASONS_SHOWN: usize = 8;
        let mut sentences: Vec<String> = self
            .reasons
            .iter()
            .take(REASONS_SHOWN)
            .map(|reason| format!("{} is {}.", reason.name, reason.reason))
            .collect();
        let more = self.reasons.len().saturating_sub(REASONS_SHOWN);
        if more > 0 {
            sentences.push(format!("And {}.", text::count(more, "more macro")));
        }
        let cleans = self.cleans.iter();
        sentences.extend(cleans.map(|clean| clean.sentence(build_directory)));
        if !self.rebuilt.is_empty() {
            let names = self.rebuilt.iter().map(|id| {
                let parts = id.parts();
                parts.map_or(id.as_str(), |parts| parts.name)
            });
            sentences.push(format!(
                "What depends on it is built anew by the next build: {} ({}).",
                text::count(self.rebuilt.len(), "package"),
                text::list(names, 200)
            ));
        }
        sentences
    }
}

impl Clean {
    /// Asks cargo by a dry run. That it does not say keeps nobody from cleaning.
    pub(super) fn ask(clean: Invocation, cancel: &Cancel) -> Self {
        let preview = remedy::preview_clean(clean, cancel)
            .inspect_err(|error| tracing::info!("failed to {error}"))
            .ok();
        Self {
            files: preview.as_ref().map(|preview| preview.files),
            bytes: preview.as_ref().map(|preview| preview.bytes),
            notes: preview.map(|preview| preview.notes).unwrap_or_default(),
        }
    }

    pub(super) fn sentence(&self, build_directory: &Utf8Path) -> String {
        let mut sentence = match (self.files, self.bytes) {
            (Some(files), Some(bytes)) => format!(
                "`cargo clean` removes {} ({}) in {build_directory}",
                text::count(usize::try_from(files).unwrap_or(usize::MAX), "file"),
                text::size(bytes),
            ),
            _ => format!("How much `cargo clean` removes in {build_directory} is not known"),
        };
        for note in &self.notes {
            sentence.push_str("; ");
            sentence.push_str(note);
        }
        sentence.push('.');
        sentence
    }
}

/// The command of a step that cleans.
fn clean(step: &Step) -> Option<Invocation> {
    let Step::Run {
        run,
        env,
        unset,
        cwd,
    } = step
    else {
        return None;
    };
    let (program, arguments) = run.split_first()?;
    let is_clean = arguments.first().is_some_and(|first| first == "clean");
    let mut invocation =
        Invocation::new(program.as_str(), cwd).arguments(arguments.iter().cloned());
    invocation.environment.clone_from(env);
    invocation.unset.clone_from(unset);
    is_clean.then_some(invocation)
}
