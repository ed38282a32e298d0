//! What a person can choose at a place: the remedies of our findings there, and those for rust-analyzer's own complaints.
//!
//! Pure. Clients differ in what they send along: all diagnostics, ours alone, or none; so the place counts as well.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::columns::Point;
use super::convert::SOURCE;
use super::model::{
    Action, ActionKind, ActionRequest, CommandName, Preference, SentDiagnostic, Target,
};
use super::uses::PlacedUse;
use crate::inspect::{InspectedMacro, Inspection};
use crate::names::PackageId;
use crate::recognise::{Complaint, Recognised, recognise};
use crate::remedy::RemedyKind;
use crate::remedy::other_plans::reload_with_new_times;
use crate::verdict::{Finding, Verdict};

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
        if collected.touched.iter().any(|root| root == view.root()) {
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
            .find(|known| known.command == action.command && known.target == action.target)
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
            let Some(command) = command_for(plan.kind) else {
                continue;
            };
            self.add(Action {
                title: plan.title.clone(),
                kind: ActionKind::QuickFix,
                preference: Preference::Other,
                command,
                target: Target::new(view.root(), &finding.package_ids),
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
            command: CommandName::ReloadRustAnalyzer,
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
            command: CommandName::ReloadRustAnalyzer,
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
            command: CommandName::CleanAndRebuild,
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
                command: CommandName::FixAll,
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

/// The command that runs a remedy; `None` for those that a person carries out.
pub(crate) fn command_for(kind: RemedyKind) -> Option<CommandName> {
    match kind {
        RemedyKind::Rebuild => Some(CommandName::Rebuild),
        RemedyKind::CleanAndRebuild => Some(CommandName::CleanAndRebuild),
        RemedyKind::CleanPackage => Some(CommandName::Clean),
        RemedyKind::CleanAll => Some(CommandName::CleanAll),
        RemedyKind::Reload => Some(CommandName::ReloadRustAnalyzer),
        _ => None,
    }
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
        location.path == path && (first.line < location.line && location.line <= last.line + 1)
    })
}

/// Reads a complaint of rust-analyzer's, or of the rustc that it runs. Other servers' diagnostics, `data` included, are not ours
/// to read.
fn foreign(diagnostic: &SentDiagnostic) -> Option<Recognised> {
    let (source, code) = (diagnostic.source.as_deref()?, diagnostic.code.as_deref());
    let may_be = match source {
        "rust-analyzer" => matches!(
            code,
            // The second one up to 2024-07.
            Some("macro-error" | "unresolved-proc-macro")
        ),
        "rustc" => code == Some("E0786"),
        _ => false,
    };
    let recognised = recognise(&diagnostic.message).filter(|_| may_be)?;
    (recognised.complaint != Complaint::SwitchedOff).then_some(recognised)
}

/// The workspaces that a complaint may be about: the one that has the dylib, or else those that hold the file.
fn nearest<'a, 'b>(
    views: &'b [View<'a>],
    path: &Utf8Path,
    recognised: &Recognised,
) -> Vec<&'b View<'a>> {
    let having = |test: &dyn Fn(&View<'_>) -> bool| -> Vec<&'b View<'a>> {
        views.iter().filter(|view| test(view)).collect()
    };
    if let Complaint::CannotLoad {
        dylib: Some(dylib), ..
    } = &recognised.complaint
    {
        let owners = having(&|view| dylib.starts_with(&view.inspection.workspace.build_directory));
        if !owners.is_empty() {
            return owners;
        }
    }
    holders(views, path)
}

/// The workspaces that hold a file, or the only one there is.
fn holders<'a, 'b>(views: &'b [View<'a>], path: &Utf8Path) -> Vec<&'b View<'a>> {
    let holders: Vec<&View<'a>> = views
        .iter()
        .filter(|view| path.starts_with(view.root()))
        .collect();
    if holders.is_empty() && views.len() == 1 {
        return views.iter().collect();
    }
    holders
}

/// The crate that rustc cannot load: one that another rustc built (E0514), or none that it can read (E0463).
fn crate_that_rustc_misses(diagnostic: &SentDiagnostic) -> Option<&str> {
    let before = match (diagnostic.source.as_deref()?, diagnostic.code.as_deref()?) {
        ("rustc", "E0514") => "found crate `",
        ("rustc", "E0463") => "can't find crate for `",
        _ => return None,
    };
    let (_, rest) = diagnostic.message.split_once(before)?;
    rest.split_once('`').map(|(name, _)| name)
}

/// The macros that keep rustc from loading a crate. It often names the one that hands the macro on, and sometimes a wrong one; that a
/// crate is simply not a dependency is no matter of ours, so only dylibs that are there and cannot be loaded count.
fn broken_behind<'a>(krate: &str, inspection: &'a Inspection) -> Vec<&'a InspectedMacro> {
    let broken: Vec<&InspectedMacro> = inspection
        .macros
        .iter()
        .filter(|inspected| {
            matches!(
                inspected.verdict,
                Verdict::Corrupt(_) | Verdict::WrongRustc { .. } | Verdict::WrongPlatform(_)
            )
        })
        .collect();
    let is_behind = |inspected: &&InspectedMacro| {
        let ways = inspected.expected.ways.iter();
        let mut packages = ways.flat_map(|way| way.packages.iter().skip(1));
        inspected.expected.crate_name.as_str() == krate
            || packages.any(|package| package.crate_name().as_str() == krate)
    };
    broken.into_iter().filter(is_behind).collect()
}

/// The macros whose uses a complaint stands at, where the file tells: all in its place, or those of the path that it begins with.
/// A dylib that it names tells more.
fn suspects_at<'a>(
    diagnostic: &SentDiagnostic,
    recognised: &Recognised,
    view: &View<'a>,
) -> Option<Vec<&'a InspectedMacro>> {
    if let Complaint::CannotLoad { dylib: Some(_), .. } = recognised.complaint {
        return None;
    }
    let is_named = |used: &PlacedUse| {
        let path = recognised.macro_path.as_ref();
        // An attribute is complained of at the whole item, which may have others.
        path.is_none_or(|path| *path == used.path || used.path.ends_with(&format!("::{path}")))
    };
    let found: Vec<&InspectedMacro> = view
        .inspection
        .macros
        .iter()
        .filter(|inspected| {
            view.uses.iter().any(|used| {
                used.package_id == inspected.expected.package_id
                    && used.touches(diagnostic.range)
                    && is_named(used)
            })
        })
        .collect();
    (!found.is_empty()).then_some(found)
}

/// The macros that a complaint may be about: the one it names, or else all that will not expand.
fn suspects<'a>(recognised: &Recognised, inspection: &'a Inspection) -> Vec<&'a InspectedMacro> {
    let having = |test: &dyn Fn(&InspectedMacro) -> bool| -> Vec<&'a InspectedMacro> {
        inspection
            .macros
            .iter()
            .filter(|inspected| test(inspected))
            .collect()
    };
    if let Complaint::CannotLoad {
        dylib: Some(dylib), ..
    } = &recognised.complaint
    {
        let exact = having(&|inspected| inspected.dylib.as_ref() == Some(dylib));
        if !exact.is_empty() {
            return exact;
        }
        // Of an older build: another hash of the same crate.
        if let Some(name) = crate_name_of(dylib) {
            return having(&|inspected| inspected.expected.crate_name.as_str() == name);
        }
    }
    if let Some(path) = &recognised.macro_path {
        let named = having(&|inspected| is_named(inspected, path));
        if !named.is_empty() {
            return named;
        }
    }
    having(&|inspected| inspected.verdict != Verdict::Fresh)
}

/// Such as `tracing_attributes` for `libtracing_attributes-404da065c25ce003.so`.
fn crate_name_of(dylib: &Utf8Path) -> Option<&str> {
    let (name, _) = dylib.file_stem()?.rsplit_once('-')?;
    if dylib.extension() == Some("dll") {
        return Some(name);
    }
    name.strip_prefix("lib")
}

/// Whether a path such as `tokio::main` may name a macro of this package: by what it exports, or by the crate that hands it on.
fn is_named(inspected: &InspectedMacro, path: &str) -> bool {
    let first = path.split("::").next().unwrap_or(path);
    let last = path.rsplit("::").next().unwrap_or(path);
    let exports_it = inspected
        .exports
        .as_ref()
        .is_some_and(|exports| exports.iter().any(|export| export == last));
    let is_on_the_way = || {
        inspected.expected.ways.iter().any(|way| {
            way.packages
                .iter()
                .skip(1)
                .any(|package| package.crate_name().as_str() == first)
        })
    };
    exports_it || (inspected.exports.is_none() && first != last && is_on_the_way())
}

fn is_building(inspected: &InspectedMacro) -> bool {
    inspected.verdict == Verdict::Building
}

#[cfg(test)]
mod tests;
