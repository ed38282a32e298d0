//! The verdict on a macro whose expected unit was never built: the nearest other unit of its package tells what changed since. Pure.

mod below;
mod dependencies;

use super::judge::{MacroEvidence, wrong_rustc};
use super::reason::{MissingReason, RustcPlace, StaleReason, Verdict};
use crate::expected::{Expectation, ExpectedMacro, ExpectedUnit, PackageSource};
use crate::fingerprint::{DependencyFingerprint, Fingerprint, feature_names};
use crate::names::PackageName;
use crate::observed::relative::{Driver, Relative};

/// The expected unit was never built: the nearest relative tells what changed since the last build.
pub(super) fn judge(
    expectation: &Expectation,
    expected: &ExpectedMacro,
    evidence: &MacroEvidence<'_>,
) -> Verdict {
    let Some(unit) = expectation.units.get(expected.unit.0) else {
        return Verdict::Missing(MissingReason::NeverBuilt);
    };
    let is_built_in_the_other_layout = evidence
        .relatives
        .iter()
        .any(|(relative, _)| relative.hash == unit.hash);
    if is_built_in_the_other_layout {
        // The very unit, where this layout does not look for it: nothing of it changed.
        return Verdict::Missing(MissingReason::NeverBuilt);
    }
    let nearest = evidence
        .relatives
        .iter()
        // A unit that clippy built, or that another macro of the workspace needs, is no earlier state of this one.
        .filter(|(relative, _)| relative.driver == Driver::Rustc)
        .filter(|(relative, _)| {
            !expectation
                .units
                .iter()
                .any(|unit| unit.hash == relative.hash)
        })
        .filter(|(relative, _)| !is_another_package(unit, relative))
        .map(|(relative, built_by)| {
            (
                Differences::between(expectation, unit, relative),
                relative,
                built_by,
            )
        })
        .min_by(|(a, left, _), (b, right, _)| {
            (a.0.len(), right.modified).cmp(&(b.0.len(), left.modified))
        });
    let Some((differences, relative, built_by)) = nearest else {
        return Verdict::Missing(MissingReason::NeverBuilt);
    };
    match differences.0.into_iter().next() {
        Some(Difference::Rustc) => {
            wrong_rustc(&expectation.toolchain, built_by.clone(), RustcPlace::Beside)
        }
        Some(Difference::Reason(reason)) => Verdict::Stale(reason),
        None => {
            let chain = below::Chain {
                expectation,
                assessed: evidence.assessed,
                on_disk: evidence.on_disk,
            };
            chain.judge(unit, relative)
        }
    }
}

/// Whether a relative belongs to another line of versions of the same package, which can stand beside this one for good.
fn is_another_package(unit: &ExpectedUnit, relative: &Relative) -> bool {
    let parse = |version: &str| semver::Version::parse(version).ok();
    let (Some(found), Some(wanted)) = (
        relative.version.as_deref().and_then(parse),
        parse(&unit.version),
    ) else {
        return false;
    };
    unit.source != PackageSource::Path && line(&found) != line(&wanted)
}

/// The numbers that versions which replace each other have in common, as cargo has it.
fn line(version: &semver::Version) -> (u64, u64, u64) {
    match (version.major, version.minor, version.patch) {
        (0, 0, patch) => (0, 0, patch),
        (0, minor, _) => (0, minor, 0),
        (major, ..) => (major, 0, 0),
    }
}

enum Difference {
    Rustc,
    Reason(StaleReason),
}

/// What sets a relative apart, the most telling first.
struct Differences(Vec<Difference>);

impl Differences {
    fn between(expectation: &Expectation, unit: &ExpectedUnit, relative: &Relative) -> Self {
        let (built, wanted) = (&relative.fingerprint.fields, &unit.fields);
        let mut differences = Vec::new();
        if built.rustc != wanted.rustc {
            // Another cargo may hash every other field differently, so nothing else can be told.
            return Self(vec![Difference::Rustc]);
        }
        let mut add = |reason| differences.push(Difference::Reason(reason));
        if relative
            .version
            .as_ref()
            .is_some_and(|version| *version != unit.version)
        {
            add(StaleReason::VersionChanged {
                built: relative.version.clone(),
                wanted: unit.version.clone(),
            });
        }
        if built.path != wanted.path {
            // A version shows in the paths of what a registry brought; a path's own directory may be named so, but then it stays.
            let was_of_a_registry = relative.version.is_some();
            let package = &unit.package;
            match (unit.source == PackageSource::Path, was_of_a_registry) {
                (true, true) => add(StaleReason::ManifestChanged {
                    what: format!("where `{package}` comes from (now a path)"),
                }),
                (true, false) => add(moved(package)),
                (false, false) => add(StaleReason::ManifestChanged {
                    what: format!("where `{package}` comes from"),
                }),
                // Two versions of one registry, told by their numbers.
                (false, true) => {}
            }
        }
        if built.features != wanted.features {
            add(StaleReason::FeaturesChanged {
                built: feature_names(&built.features),
                wanted: feature_names(&wanted.features),
            });
        }
        if built.rustflags != wanted.rustflags {
            add(StaleReason::RustflagsChanged {
                built: built.rustflags.clone(),
                wanted: wanted.rustflags.clone(),
            });
        }
        if built.profile != wanted.profile {
            add(StaleReason::ProfileChanged);
        }
        if built.target != wanted.target || built.config != wanted.config {
            add(StaleReason::ManifestChanged {
                what: "the edition, the linker or another setting".to_owned(),
            });
        }
        if let Some(reason) = dependencies::difference(expectation, unit, &relative.fingerprint) {
            add(reason);
        }
        Self(differences)
    }
}

/// What sets apart a package from a path that was built in another place: cargo takes its directory for a part of its name.
fn moved(package: &PackageName) -> StaleReason {
    StaleReason::ManifestChanged {
        what: format!("where the sources of `{package}` lie"),
    }
}

fn stored_dependency<'a>(
    fingerprint: &'a Fingerprint,
    package_id_hash: u64,
    name: &str,
) -> Option<&'a DependencyFingerprint> {
    fingerprint
        .dependencies
        .iter()
        .find(|stored| stored.0 == package_id_hash && stored.1 == name)
}

#[cfg(test)]
mod tests {
    use super::line;
    use semver::Version;

    #[test]
    fn versions_of_one_line_replace_each_other() {
        for (one, other, are_of_one) in [
            ((1, 0, 1), (1, 2, 0), true),
            ((1, 0, 1), (2, 0, 1), false),
            ((0, 1, 1), (0, 1, 2), true),
            ((0, 1, 1), (0, 2, 1), false),
            ((0, 0, 3), (0, 0, 4), false),
        ] {
            let line = |(major, minor, patch)| line(&Version::new(major, minor, patch));
            assert_eq!(line(one) == line(other), are_of_one, "{one:?} {other:?}");
        }
    }
}
