//! The verdict on a macro whose expected unit was never built: the nearest other unit of its package tells what changed since. Pure.

mod dependencies;

use super::freshness::Freshness;
use super::judge::{MacroEvidence, wrong_rustc};
use super::reason::{MissingReason, RustcPlace, StaleReason, Verdict};
use crate::expected::{
    Expectation, ExpectedDependency, ExpectedMacro, ExpectedUnit, PackageSource, UnitIndex,
    UnitRole,
};
use crate::fingerprint::{DependencyFingerprint, Fingerprint, FingerprintHash, feature_names};
use crate::names::PackageName;
use crate::observed::relative::{Driver, Relative, UnitsByValue};

/// Dependencies below dependencies are followed this far.
const DEPTH_LIMIT: usize = 64;

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
            let chain = Chain {
                expectation,
                assessed: evidence.assessed,
                on_disk: evidence.on_disk,
            };
            chain.judge(unit, relative)
        }
    }
}

/// Whether a relative belongs to another major version of the same package, which can stand beside this one for good.
fn is_another_package(unit: &ExpectedUnit, relative: &Relative) -> bool {
    let parse = |version: &str| semver::Version::parse(version).ok();
    let (Some(found), Some(wanted)) = (
        relative.version.as_deref().and_then(parse),
        parse(&unit.version),
    ) else {
        return false;
    };
    let line = |version: &semver::Version| match (version.major, version.minor) {
        (0, minor) => (0, minor),
        (major, _) => (major, 0),
    };
    unit.source != PackageSource::Path && line(&found) != line(&wanted)
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
        // A version shows in the paths of what a registry brought; a path's own directory may be named so, but then it stays.
        let is_from_elsewhere = relative.version.is_some() && built.path != wanted.path;
        if is_from_elsewhere && unit.source == PackageSource::Path {
            add(StaleReason::ManifestChanged {
                what: format!("where `{}` comes from (now a path)", unit.package),
            });
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

/// The units below one that is itself as it should be.
struct Chain<'a> {
    expectation: &'a Expectation,
    assessed: &'a [Freshness],
    on_disk: &'a UnitsByValue,
}

/// What sets a unit, whose own fields are alike, apart from the one that was built.
enum Below {
    /// Its version, which shows in no field: nothing else is left.
    Version,
    /// Something of cargo's configuration that shows in how the unit is put together.
    Configuration(String),
    /// Something in a dependency: the packages down to the change, and the change, where it has a name.
    Changed(Vec<PackageName>, Option<StaleReason>),
    /// Another command built it, with other debug information or optimisation; nothing of the workspace changed.
    OtherCommand,
}

impl Chain<'_> {
    /// A relative without a difference of its own: a version that does not show in the fingerprint, or a change further down.
    fn judge(&self, unit: &ExpectedUnit, relative: &Relative) -> Verdict {
        match self.below(unit, &relative.fingerprint, DEPTH_LIMIT) {
            Below::Version => Verdict::Stale(StaleReason::VersionChanged {
                built: relative.version.clone(),
                wanted: unit.version.clone(),
            }),
            Below::Configuration(what) => Verdict::Stale(StaleReason::ManifestChanged { what }),
            Below::OtherCommand => Verdict::Missing(MissingReason::NeverBuilt),
            Below::Changed(below, because) => {
                let Some(dependency) = below.first().cloned() else {
                    return Verdict::Missing(MissingReason::NeverBuilt);
                };
                let mut chain = vec![unit.package.clone()];
                chain.extend(below);
                Verdict::Stale(StaleReason::DependencyChanged {
                    dependency,
                    chain,
                    path: because.as_ref().and_then(|reason| reason.path().cloned()),
                    because: because.map(Box::new),
                })
            }
        }
    }

    fn below(&self, unit: &ExpectedUnit, stored: &Fingerprint, depth: usize) -> Below {
        let Some(depth) = depth.checked_sub(1) else {
            return Below::OtherCommand;
        };
        let own_script = self.build_script(unit, stored);
        match own_script {
            BuildScript::Another => return Below::Version,
            BuildScript::Overridden => {
                return Below::Configuration(
                    "how it is built (cargo's configuration now stands in for its build script)"
                        .to_owned(),
                );
            }
            BuildScript::NoLongerOverridden => {
                return Below::Configuration(
                    "how it is built (cargo's configuration no longer stands in for its build script)"
                        .to_owned(),
                );
            }
            BuildScript::None | BuildScript::Same => {}
        }
        for dependency in &unit.dependencies {
            let Some((index, target)) = self.target(dependency) else {
                continue;
            };
            if target.package == unit.package {
                continue;
            }
            let changed = |because| Below::Changed(vec![target.package.clone()], because);
            let Some(found) =
                stored_dependency(stored, dependency.package_id_hash, &dependency.name)
            else {
                return changed(None);
            };
            if self.value(index) == Some(found.3) {
                continue;
            }
            let Some(built) = self.on_disk.get(&found.3) else {
                return changed(None);
            };
            if let Some(difference) = named_difference(built, target) {
                return match difference {
                    // Commands differ in the debug information of libraries; macros they all build alike.
                    StaleReason::ProfileChanged if !self.is_macro(index) => Below::OtherCommand,
                    reason => changed(Some(reason)),
                };
            }
            if let Some(difference) = dependencies::difference(self.expectation, target, built) {
                return match difference {
                    StaleReason::DependencyChanged {
                        dependency,
                        because,
                        ..
                    } => Below::Changed(
                        vec![target.package.clone(), dependency],
                        because.map(|because| *because),
                    ),
                    reason => changed(Some(reason)),
                };
            }
            return match self.below(target, built, depth) {
                Below::OtherCommand => Below::OtherCommand,
                Below::Configuration(what) => changed(Some(StaleReason::ManifestChanged { what })),
                Below::Version => changed(Some(StaleReason::VersionChanged {
                    built: None,
                    wanted: target.version.clone(),
                })),
                Below::Changed(below, because) => {
                    let mut chain = vec![target.package.clone()];
                    chain.extend(below);
                    Below::Changed(chain, because)
                }
            };
        }
        match own_script {
            // The same script, hence the same version: only how the script is run differs, which is the command's doing.
            BuildScript::Same => Below::OtherCommand,
            _ => Below::Version,
        }
    }

    /// Whether the build script that a unit was built with is the expected one. Its hash has the package's version in it.
    fn build_script(&self, unit: &ExpectedUnit, stored: &Fingerprint) -> BuildScript {
        for dependency in &unit.dependencies {
            let Some((index, target)) = self.target(dependency) else {
                continue;
            };
            let found = stored_dependency(stored, dependency.package_id_hash, &dependency.name);
            match (target.role, found) {
                (UnitRole::BuildScript, Some(found)) if target.package == unit.package => {
                    return if self.value(index) == Some(found.3) {
                        BuildScript::Same
                    } else {
                        BuildScript::Another
                    };
                }
                (UnitRole::BuildScriptRun, Some(found)) if target.package == unit.package => {
                    let Some(run) = self.on_disk.get(&found.3) else {
                        return BuildScript::Same;
                    };
                    let is_to_be_run = |unit: &ExpectedUnit| {
                        let roles = unit.dependencies.iter().filter_map(|it| self.target(it));
                        roles
                            .map(|(_, it)| it.role)
                            .any(|it| it == UnitRole::BuildScript)
                    };
                    let was_run = run
                        .dependencies
                        .iter()
                        .any(|stored| stored.0 == dependency.package_id_hash);
                    return match (was_run, is_to_be_run(target)) {
                        (true, false) => BuildScript::Overridden,
                        (false, true) => BuildScript::NoLongerOverridden,
                        _ => self.build_script(target, run),
                    };
                }
                _ => {}
            }
        }
        BuildScript::None
    }

    fn is_macro(&self, index: UnitIndex) -> bool {
        self.expectation
            .macros
            .iter()
            .any(|expected| expected.unit == index)
    }

    fn target(&self, dependency: &ExpectedDependency) -> Option<(UnitIndex, &ExpectedUnit)> {
        let index = *dependency.units.first()?;
        Some((index, self.expectation.units.get(index.0)?))
    }

    fn value(&self, index: UnitIndex) -> Option<FingerprintHash> {
        self.assessed.get(index.0)?.value
    }
}

/// The build script of a unit that is on disk, held against the expected one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BuildScript {
    None,
    Same,
    Another,
    /// It was run, and `[target.TRIPLE.LINKS]` in cargo's configuration takes its place now.
    Overridden,
    /// The other way round.
    NoLongerOverridden,
}

/// The first field in which a unit on disk differs.
fn named_difference(built: &Fingerprint, target: &ExpectedUnit) -> Option<StaleReason> {
    let (was, wanted) = (&built.fields, &target.fields);
    if was.features != wanted.features {
        Some(StaleReason::FeaturesChanged {
            built: feature_names(&was.features),
            wanted: feature_names(&wanted.features),
        })
    } else if was.rustflags != wanted.rustflags {
        Some(StaleReason::RustflagsChanged {
            built: was.rustflags.clone(),
            wanted: wanted.rustflags.clone(),
        })
    } else if was.profile != wanted.profile {
        Some(StaleReason::ProfileChanged)
    } else {
        None
    }
}
