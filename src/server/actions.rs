//! What a person can choose at a place: the remedies of our findings there, and those for rust-analyzer's own complaints.
//!
//! Pure. Clients differ in what they send along: all diagnostics, ours alone, or none; so the place counts as well.

mod complaints;

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::columns::Point;
use super::convert::SOURCE;
use super::model::{
    Action, ActionKind, ActionRequest, CommandName, Effect, ManifestEdit, Preference,
    SentDiagnostic, Target,
};
use super::uses::PlacedUse;
use crate::inspect::{InspectedMacro, Inspection};
use crate::names::PackageId;
use crate::remedy::other_plans::reload_with_new_times;
use crate::remedy::{Plan, RemedyKind};
use crate::verdict::{Finding, Verdict};
use complaints::{
    broken_behind, crate_that_rustc_misses, foreign, holders, nearest, suspects, suspects_at,
};

/// What is known of one workspace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) inspection: &'a Inspection,
    /// What is shown of it now, where that is more than the last look found: a build may be deciding.
    pub(crate) shown: &'a [&'a Finding],
    /// The uses of its macros in the file that actions are asked for.
    pub(crate) uses: &'a [PlacedUse],
    /// The macros whose errors rust-analyzer would keep over a mere reload.
    pub(crate) kept: &'a BTreeSet<PackageId>,
    /// What remedies change in manifests, by their titles.
    pub(crate) edits: &'a [(String, ManifestEdit)],
}

impl View<'_> {
    fn root(&self) -> &Utf8Path {
        &self.inspection.workspace.root
    }
}

/// The actions at a place, the best one first and preferred.
pub(crate) fn actions(request: &ActionRequest, views: &[View<'_>]) -> Vec<Action> {
    let mut collected = Collected::default();
    for view in views {
        for finding in view.shown {
            let mut answers = answered_by(finding, &request.diagnostics);
            let used: Vec<&PlacedUse> = view
                .uses
                .iter()
                .filter(|used| finding.package_ids.contains(&used.package_id))
                .filter(|used| used.touches(request.range))
                .collect();
            answers.extend(answered_at(finding, &used, &request.diagnostics));
            let is_here = !answers.is_empty()
                || !used.is_empty()
                || is_at(finding, &request.path, request.range);
            if is_here {
                collected.add_finding(view, finding, &answers);
            }
        }
    }
    for (index, diagnostic) in request.diagnostics.iter().enumerate() {
        if let Some(krate) = crate_that_rustc_misses(diagnostic) {
            for view in holders(views, &request.path) {
                collected.add_broken(view, &broken_behind(krate, view.inspection), index);
            }
        }
        if let Some(recognised) = foreign(diagnostic) {
            let views = nearest(views, &request.path, &recognised);
            for view in views {
                let suspects = suspects_at(diagnostic, &recognised, view)
                    .unwrap_or_else(|| suspects(&recognised, view.inspection));
                collected.add_complaint(view, &suspects, index);
            }
        }
    }
    for view in views {
        let is_wanted = asks_for_all(&request.only) && shows_in(view, &request.path);
        if is_wanted || collected.touched.iter().any(|root| root == view.root()) {
            collected.add_fix_all(view);
        }
    }
    collected.finish(&request.only)
}

#[derive(Default)]
struct Collected {
    actions: Vec<Action>,
    /// Roots of the workspaces that something was found in here.
    touched: Vec<Utf8PathBuf>,
}

impl Collected {
    fn add(&mut self, action: Action) {
        if let Some(same) = self
            .actions
            .iter_mut()
            .find(|known| known.effect == action.effect && known.target == action.target)
        {
            for answer in action.answers {
                if !same.answers.contains(&answer) {
                    same.answers.push(answer);
                }
            }
            return;
        }
        self.actions.push(action);
    }

    fn add_finding(&mut self, view: &View<'_>, finding: &Finding, answers: &[usize]) {
        self.touched.push(view.root().to_owned());
        for plan in &finding.remedies {
            self.add(Action {
                title: plan.title.clone(),
                kind: ActionKind::QuickFix,
                preference: Preference::Other,
                effect: effect_of(plan, view.edits),
                target: target_of(plan, finding, view.root()),
                answers: answers.to_vec(),
            });
        }
    }

    fn add_complaint(&mut self, view: &View<'_>, suspects: &[&InspectedMacro], index: usize) {
        let is_found = self.add_broken(view, suspects, index);
        if !is_found && !suspects.iter().any(|suspect| is_building(suspect)) {
            self.add_renewal(view, suspects, index);
            self.add_reload(view, index);
            if let [suspect] = suspects {
                self.add_clean_and_rebuild(view, suspect, index);
            }
        }
    }

    /// What mends those of the macros that something was found about; returns whether there is any.
    fn add_broken(&mut self, view: &View<'_>, suspects: &[&InspectedMacro], index: usize) -> bool {
        let about_them = |finding: &&&Finding| {
            suspects
                .iter()
                .any(|suspect| finding.package_ids.contains(&suspect.expected.package_id))
        };
        let all = view.inspection.findings.iter();
        let findings: Vec<&Finding> = all
            .filter(|finding| about_them(&finding))
            .chain(view.shown.iter().filter(about_them).copied())
            .collect();
        for finding in &findings {
            self.add_finding(view, finding, &[index]);
        }
        !findings.is_empty()
    }

    /// The macros are built and load: rust-analyzer remembers an older failure.
    fn add_reload(&mut self, view: &View<'_>, index: usize) {
        self.add(Action {
            title: "Reload rust-analyzer's proc macros (they are built)".to_owned(),
            kind: ActionKind::QuickFix,
            preference: Preference::Other,
            effect: Effect::Command(CommandName::ReloadRustAnalyzer),
            target: Target::new(view.root(), &[]),
            answers: vec![index],
        });
    }

    /// The same, and rust-analyzer would remember it still.
    fn add_renewal(&mut self, view: &View<'_>, suspects: &[&InspectedMacro], index: usize) {
        let is_suspected = |inspected: &&InspectedMacro| {
            let id = &inspected.expected.package_id;
            let mut suspects = suspects.iter();
            view.kept.contains(id)
                && (suspects.len() == 0 || suspects.any(|one| one.expected.package_id == *id))
        };
        let macros: Vec<&InspectedMacro> =
            view.inspection.macros.iter().filter(is_suspected).collect();
        if macros.is_empty() {
            return;
        }
        let packages: Vec<PackageId> = macros
            .iter()
            .map(|inspected| inspected.expected.package_id.clone())
            .collect();
        self.add(Action {
            title: reload_with_new_times(&macros).title,
            kind: ActionKind::QuickFix,
            preference: Preference::Other,
            effect: Effect::Command(CommandName::ReloadRustAnalyzer),
            target: Target::new(view.root(), &packages),
            answers: vec![index],
        });
    }

    fn add_clean_and_rebuild(&mut self, view: &View<'_>, suspect: &InspectedMacro, index: usize) {
        let expected = &suspect.expected;
        self.add(Action {
            title: format!("Clean and rebuild {}", expected.name),
            kind: ActionKind::QuickFix,
            preference: Preference::Other,
            effect: Effect::Command(CommandName::CleanAndRebuild),
            target: Target::new(view.root(), std::slice::from_ref(&expected.package_id)),
            answers: vec![index],
        });
    }

    fn add_fix_all(&mut self, view: &View<'_>) {
        let can_be_mended = |finding: &Finding| {
            finding
                .remedies
                .iter()
                .any(|plan| plan.kind == RemedyKind::Rebuild)
        };
        if view.shown.iter().any(|finding| can_be_mended(finding)) {
            self.add(Action {
                title: "Mend all proc macros of this workspace".to_owned(),
                kind: ActionKind::FixAll,
                preference: Preference::Other,
                effect: Effect::Command(CommandName::FixAll),
                target: Target::new(view.root(), &[]),
                answers: Vec::new(),
            });
        }
    }

    fn finish(mut self, only: &[String]) -> Vec<Action> {
        self.actions
            .retain(|action| only.is_empty() || only.iter().any(|kind| is_kind(action.kind, kind)));
        if let Some(best) = self
            .actions
            .iter_mut()
            .find(|action| action.kind == ActionKind::QuickFix)
        {
            best.preference = Preference::Preferred;
        }
        self.actions
    }
}

/// Kinds are paths: `source` asks for `source.fixAll.sidecargo` too.
fn is_kind(kind: ActionKind, wanted: &str) -> bool {
    let kind = kind.as_str();
    wanted.is_empty()
        || kind
            .strip_prefix(wanted)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether what mends a whole file is asked for by its kind, which clients do wherever the cursor stands.
fn asks_for_all(only: &[String]) -> bool {
    let mut kinds = only.iter().filter(|kind| !kind.is_empty());
    kinds.any(|kind| is_kind(ActionKind::FixAll, kind))
}

/// Whether anything of a workspace is shown in a file.
fn shows_in(view: &View<'_>, path: &Utf8Path) -> bool {
    view.shown.iter().any(|finding| {
        let mut uses = view.uses.iter();
        finding
            .location
            .as_ref()
            .is_some_and(|location| location.path == path)
            || uses.any(|used| finding.package_ids.contains(&used.package_id))
    })
}

/// The command that runs a remedy, or that shows what a person carries out.
pub(crate) fn command_for(kind: RemedyKind) -> CommandName {
    match kind {
        RemedyKind::Rebuild => CommandName::Rebuild,
        RemedyKind::CleanAndRebuild => CommandName::CleanAndRebuild,
        RemedyKind::CleanPackage => CommandName::Clean,
        RemedyKind::CleanAll => CommandName::CleanAll,
        RemedyKind::Reload => CommandName::ReloadRustAnalyzer,
        RemedyKind::Install
        | RemedyKind::UpdateTools
        | RemedyKind::Pin
        | RemedyKind::UpdateLock
        | RemedyKind::SetEnv
        | RemedyKind::SeparateDirectories => CommandName::Remedy,
    }
}

/// What a command has to be told for it to carry out this plan.
pub(crate) fn target_of(plan: &Plan, finding: &Finding, root: &Utf8Path) -> Target {
    Target {
        remedy: (command_for(plan.kind) == CommandName::Remedy).then(|| plan.title.clone()),
        ..Target::new(root, &finding.package_ids)
    }
}

fn effect_of(plan: &Plan, edits: &[(String, ManifestEdit)]) -> Effect {
    let edit = edits.iter().find(|(title, _)| *title == plan.title);
    edit.map_or_else(
        || Effect::Command(command_for(plan.kind)),
        |(_, edit)| Effect::Edit(edit.clone()),
    )
}

/// Which of the sent diagnostics are this finding, by what an unsaved edit cannot move.
fn answered_by(finding: &Finding, sent: &[SentDiagnostic]) -> Vec<usize> {
    let is_this = |diagnostic: &SentDiagnostic| {
        diagnostic.source.as_deref() == Some(SOURCE)
            && diagnostic.code.as_deref() == Some(finding.code.as_str())
            && diagnostic.message == finding.message
    };
    sent.iter()
        .enumerate()
        .filter(|(_, diagnostic)| is_this(diagnostic))
        .map(|(index, _)| index)
        .collect()
}

/// Which of the sent diagnostics are this finding's marks at these uses.
fn answered_at(finding: &Finding, used: &[&PlacedUse], sent: &[SentDiagnostic]) -> Vec<usize> {
    let is_this = |diagnostic: &SentDiagnostic| {
        diagnostic.source.as_deref() == Some(SOURCE)
            && diagnostic.code.as_deref() == Some(finding.code.as_str())
            && used.iter().any(|used| used.range == diagnostic.range)
    };
    sent.iter()
        .enumerate()
        .filter(|(_, diagnostic)| is_this(diagnostic))
        .map(|(index, _)| index)
        .collect()
}

fn is_at(finding: &Finding, path: &Utf8Path, (first, last): (Point, Point)) -> bool {
    finding.location.as_ref().is_some_and(|location| {
        // Lines count from zero there and from one here.
        location.path == path
            && (first.line < location.line && location.line <= last.line.saturating_add(1))
    })
}

fn is_building(inspected: &InspectedMacro) -> bool {
    inspected.verdict == Verdict::Building
}

#[cfg(test)]
mod tests;
