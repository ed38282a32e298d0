//! What mends a finding on dylibs, as steps: what cargo would wrongly call fresh goes first, then rust-analyzer's own build. Pure.
//!
//! `cargo build -p MACRO` is never among them: it compiles another unit, succeeds and mends nothing.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::commands::{
    PlanContext, build_invocation, clean_all_invocation, clean_packages_invocation, step,
};
use super::other_plans;
use super::plan::{Plan, RemedyKind, Step};
use crate::inspect::InspectedMacro;
use crate::names::PackageName;
use crate::observed::dylib::FileAccess;
use crate::verdict::script_output::run_directory_of;
use crate::verdict::{Code, MissingReason, RustcPlace, StaleReason, UnknownReason, Verdict};

/// What mends a finding of this code on these macros, the preferred first; empty where nothing can be run for it.
#[must_use]
pub fn plan_for(code: Code, macros: &[&InspectedMacro], context: &PlanContext<'_>) -> Vec<Plan> {
    match code {
        Code::DylibMissing
        | Code::DylibCorrupt
        | Code::DylibWrongRustc
        | Code::DylibStale
        | Code::BuildFailed => dylib_plans(macros, context),
        Code::DylibWrongPlatform => {
            let mut plans = dylib_plans(macros, context);
            plans.insert(
                plans.len().min(1),
                other_plans::separate_directories(context.toolchain),
            );
            plans
        }
        Code::DylibUnknown if macros.iter().all(|inspected| can_be_settled(inspected)) => {
            dylib_plans(macros, context)
        }
        _ => other_plans::without_macros(code, context),
    }
}

/// Whether a build would tell what cannot be known now.
fn can_be_settled(inspected: &InspectedMacro) -> bool {
    matches!(
        inspected.verdict,
        Verdict::Unknown(
            UnknownReason::Ambiguous
                | UnknownReason::Unreadable { .. }
                | UnknownReason::Refused { .. }
        )
    )
}

fn dylib_plans(macros: &[&InspectedMacro], context: &PlanContext<'_>) -> Vec<Plan> {
    if macros.is_empty() {
        return Vec::new();
    }
    let mut plans = vec![
        rebuild(macros, context),
        clean_and_rebuild(macros, context),
        clean_package(macros, context),
    ];
    // A file that a build script left and lost comes back only when the script runs again.
    if macros
        .iter()
        .any(|inspected| lost_output(inspected, context).is_some())
    {
        plans.swap(0, 1);
    }
    plans
}

/// The plan that mends all of these at once, each in the way preferred for it.
#[must_use]
pub fn preferred(macros: &[&InspectedMacro], context: &PlanContext<'_>) -> Plan {
    let (lost, others): (Vec<_>, Vec<_>) = macros
        .iter()
        .copied()
        .partition(|inspected| lost_output(inspected, context).is_some());
    if lost.is_empty() {
        return rebuild(macros, context);
    }
    let mut steps = vec![clean_step(&packages_to_clean(&lost, context), context)];
    steps.extend(preparations(&others, context));
    steps.push(build_step(context));
    Plan::new(
        RemedyKind::CleanAndRebuild,
        title("Clean and rebuild", macros),
        steps,
    )
}

/// Removes what cargo would wrongly call fresh and builds.
#[must_use]
pub fn rebuild(macros: &[&InspectedMacro], context: &PlanContext<'_>) -> Plan {
    let was_never_built = |inspected: &&InspectedMacro| {
        matches!(
            inspected.verdict,
            Verdict::Missing(MissingReason::NeverBuilt | MissingReason::BuildDirectoryAbsent)
        )
    };
    let verb = if macros.iter().all(was_never_built) {
        "Build"
    } else {
        "Rebuild"
    };
    let mut steps = preparations(macros, context);
    steps.push(build_step(context));
    Plan::new(RemedyKind::Rebuild, title(verb, macros), steps)
}

/// `cargo clean -p` for each package, then the build.
#[must_use]
pub fn clean_and_rebuild(macros: &[&InspectedMacro], context: &PlanContext<'_>) -> Plan {
    let mut steps = touches(macros);
    steps.push(clean_step(&packages_to_clean(macros, context), context));
    steps.push(build_step(context));
    Plan::new(
        RemedyKind::CleanAndRebuild,
        title("Clean and rebuild", macros),
        steps,
    )
}

/// `cargo clean -p` for each package and no more.
#[must_use]
pub fn clean_package(macros: &[&InspectedMacro], context: &PlanContext<'_>) -> Plan {
    Plan::new(
        RemedyKind::CleanPackage,
        title("Clean", macros),
        vec![clean_step(&packages_to_clean(macros, context), context)],
    )
}

/// A full `cargo clean`; only for whoever asks for it by name.
#[must_use]
pub fn clean_all(context: &PlanContext<'_>) -> Plan {
    Plan::new(
        RemedyKind::CleanAll,
        "Clean the whole build directory",
        vec![step(clean_all_invocation(context))],
    )
}

/// A full `cargo clean` and the build after it.
#[must_use]
pub fn clean_all_and_rebuild(context: &PlanContext<'_>) -> Plan {
    Plan::new(
        RemedyKind::CleanAll,
        "Clean the whole build directory and build",
        vec![step(clean_all_invocation(context)), build_step(context)],
    )
}

fn build_step(context: &PlanContext<'_>) -> Step {
    step(build_invocation(context))
}

fn clean_step(packages: &BTreeSet<PackageName>, context: &PlanContext<'_>) -> Step {
    step(clean_packages_invocation(packages, context))
}

/// The packages whose files `cargo clean -p` has to take away: the macros, and where a dependency's files are at fault, it too.
fn packages_to_clean(
    macros: &[&InspectedMacro],
    context: &PlanContext<'_>,
) -> BTreeSet<PackageName> {
    macros
        .iter()
        .flat_map(|inspected| {
            let lost = lost_output(inspected, context).map(|lost| lost.package);
            [
                Some(inspected.expected.name.clone()),
                lost,
                unnoticed_dependency(inspected),
            ]
        })
        .flatten()
        .collect()
}

/// A dependency whose change cargo does not see by itself.
fn unnoticed_dependency(inspected: &InspectedMacro) -> Option<PackageName> {
    let Verdict::Stale(reason) = &inspected.verdict else {
        return None;
    };
    match reason.root() {
        StaleReason::ContentChanged { .. } | StaleReason::DepInfoDamaged { .. } => {
            reason.changed_package().cloned()
        }
        _ => None,
    }
}

/// A file that a build script wrote and that is gone, or is not what it wrote.
struct LostOutput {
    package: PackageName,
    /// The directory of the script's run, inside the build directory.
    run_directory: Utf8PathBuf,
}

fn lost_output(inspected: &InspectedMacro, context: &PlanContext<'_>) -> Option<LostOutput> {
    let Verdict::Stale(reason) = &inspected.verdict else {
        return None;
    };
    let (StaleReason::BuildOutputLost { path } | StaleReason::ContentChanged { path }) =
        reason.root()
    else {
        return None;
    };
    let run_directory = run_directory_of(path)?;
    is_inside(run_directory, &context.workspace.build_directory).then(|| LostOutput {
        package: reason
            .changed_package()
            .unwrap_or(&inspected.expected.name)
            .clone(),
        run_directory: run_directory.to_owned(),
    })
}

/// What has to happen before cargo will see what is wrong.
fn preparations(macros: &[&InspectedMacro], context: &PlanContext<'_>) -> Vec<Step> {
    let mut removals: Vec<Step> = macros
        .iter()
        .flat_map(|inspected| [removal(inspected, context), read_only_dylib(inspected)])
        .flatten()
        .filter(|path| is_inside(path, &context.workspace.build_directory))
        .map(|remove| Step::Remove { remove })
        .collect();
    removals.extend(touches(macros));
    let mut steps: Vec<Step> = Vec::new();
    for step in removals {
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    steps
}

fn removal(inspected: &InspectedMacro, context: &PlanContext<'_>) -> Option<Utf8PathBuf> {
    let dylib = || inspected.dylib.clone();
    match &inspected.verdict {
        Verdict::Corrupt(_)
        | Verdict::WrongPlatform(_)
        | Verdict::WrongRustc {
            place: RustcPlace::Expected,
            ..
        }
        | Verdict::Unknown(UnknownReason::Refused { .. }) => dylib(),
        Verdict::Unknown(UnknownReason::Unreadable { path, .. }) => {
            dylib().filter(|dylib| dylib == path)
        }
        Verdict::Stale(reason) => match reason.root() {
            StaleReason::BuildOutputLost { .. } | StaleReason::ContentChanged { .. }
                if lost_output(inspected, context).is_some() =>
            {
                lost_output(inspected, context).map(|lost| lost.run_directory)
            }
            StaleReason::ContentChanged { .. } if reason.changed_package().is_none() => dylib(),
            StaleReason::DepInfoDamaged { path } => path
                .parent()
                .filter(|directory| is_inside(directory, &context.workspace.build_directory))
                .map(Utf8Path::to_owned)
                .or_else(|| inspected.fingerprint_directory.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// What cargo has rebuilt for any reason, rustc still refuses to write over.
fn read_only_dylib(inspected: &InspectedMacro) -> Option<Utf8PathBuf> {
    inspected
        .dylib
        .clone()
        .filter(|_| inspected.access == Some(FileAccess::ReadOnly))
}

/// Sources whose times hide a change from cargo, or make it see one on every run.
fn touches(macros: &[&InspectedMacro]) -> Vec<Step> {
    let mut paths = BTreeSet::new();
    for inspected in macros {
        let Verdict::Stale(reason) = &inspected.verdict else {
            continue;
        };
        match reason.root() {
            StaleReason::SourceInFuture { path } => {
                paths.insert(path);
            }
            StaleReason::ContentChanged { path }
                if reason.changed_package().is_some() && run_directory_of(path).is_none() =>
            {
                paths.insert(path);
            }
            _ => {}
        }
    }
    paths
        .into_iter()
        .map(|path| Step::Touch {
            touch: path.clone(),
        })
        .collect()
}

/// Whether a path lies below a directory, by its name alone.
fn is_inside(path: &Utf8Path, directory: &Utf8Path) -> bool {
    path.strip_prefix(directory).is_ok_and(|below| {
        below.components().next().is_some() && below.components().all(|part| part.as_str() != "..")
    })
}

/// "Rebuild a", "Rebuild a and b", "Rebuild 23 proc macros".
fn title(verb: &str, macros: &[&InspectedMacro]) -> String {
    format!("{verb} {}", names(macros))
}

/// "a", "a and b", "23 proc macros".
pub(super) fn names(macros: &[&InspectedMacro]) -> String {
    match macros {
        [one] => one.expected.name.to_string(),
        [one, other] => format!("{} and {}", one.expected.name, other.expected.name),
        many => format!("{} proc macros", many.len()),
    }
}

#[cfg(test)]
#[path = "planning_tests.rs"]
pub(super) mod tests;
