//! How the packages below a built unit differ from those that are expected below it: which came, which went, which are other ones.
//! Knows the stored and the expected list alone, and nothing of what is on disk.

use super::stored_dependency;
use crate::expected::{Expectation, ExpectedDependency, ExpectedUnit, UnitRole};
use crate::fingerprint::{DependencyFingerprint, Fingerprint};
use crate::names::PackageName;
use crate::verdict::reason::StaleReason;

/// What sets the dependencies of a unit apart from those of a unit that was built; `None` where they are the same packages (version
/// included, except for packages from a path).
pub(super) fn difference(
    expectation: &Expectation,
    unit: &ExpectedUnit,
    built: &Fingerprint,
) -> Option<StaleReason> {
    let came: Vec<&ExpectedDependency> = unit
        .dependencies
        .iter()
        .filter(|wanted| stored_dependency(built, wanted.package_id_hash, &wanted.name).is_none())
        .collect();
    let went: Vec<&DependencyFingerprint> = built
        .dependencies
        .iter()
        .filter(|stored| {
            !unit
                .dependencies
                .iter()
                .any(|wanted| (wanted.package_id_hash, &wanted.name) == (stored.0, &stored.1))
        })
        .collect();
    let is_of_own_script = |wanted: &ExpectedDependency| {
        target(expectation, wanted).is_some_and(|target| {
            target.role == UnitRole::BuildScriptRun && target.package == unit.package
        })
    };
    let own_script = unit.dependencies.iter().find(|it| is_of_own_script(it));
    let another = came
        .iter()
        .find(|wanted| went.iter().any(|stored| stored.1 == wanted.name));
    if let Some(another) = another {
        return Some(if is_of_own_script(another) {
            // Of the same package, so all that its hash can have changed by is the version or where it comes from.
            StaleReason::VersionChanged {
                built: None,
                wanted: unit.version.clone(),
            }
        } else {
            StaleReason::DependencyChanged {
                dependency: package(expectation, another)?,
                chain: vec![unit.package.clone(), package(expectation, another)?],
                path: None,
                because: None,
            }
        });
    }
    let scripts = (
        own_script.is_some_and(|it| came.iter().any(|came| came.name == it.name)),
        went.iter().any(|stored| is_a_script(&stored.1)),
    );
    let what = match scripts {
        (true, _) => "how it is built (a build script was added)".to_owned(),
        (_, true) => "how it is built (its build script was removed)".to_owned(),
        (false, false) => {
            let all = changes(&came, &went);
            if all.is_empty() {
                return None;
            }
            format!("the list of dependencies ({})", all.join(", "))
        }
    };
    Some(StaleReason::ManifestChanged { what })
}

/// Each package that came, went or is called otherwise.
fn changes(came: &[&ExpectedDependency], went: &[&DependencyFingerprint]) -> Vec<String> {
    let former_name = |wanted: &ExpectedDependency| {
        let stored = went
            .iter()
            .find(|stored| stored.0 == wanted.package_id_hash)?;
        Some(stored.1.as_str())
    };
    let is_kept = |stored: &DependencyFingerprint| {
        came.iter().any(|wanted| wanted.package_id_hash == stored.0)
    };
    let came = came.iter().map(|wanted| match former_name(wanted) {
        Some(former) => format!("`{former}` is called `{}`", wanted.name),
        None => format!("`{}` added", wanted.name),
    });
    let went = went.iter().filter(|stored| !is_kept(stored));
    came.chain(went.map(|stored| format!("`{}` removed", stored.1)))
        .collect()
}

/// The name that the run of a package's own build script has below the package's other units (cargo 1.95, `Target::crate_name` of
/// `build-script-build`; a script of another file is called by that file).
fn is_a_script(name: &str) -> bool {
    name.starts_with("build_script_")
}

fn package(expectation: &Expectation, dependency: &ExpectedDependency) -> Option<PackageName> {
    target(expectation, dependency).map(|target| target.package.clone())
}

fn target<'a>(
    expectation: &'a Expectation,
    dependency: &ExpectedDependency,
) -> Option<&'a ExpectedUnit> {
    expectation.units.get(dependency.units.first()?.0)
}
