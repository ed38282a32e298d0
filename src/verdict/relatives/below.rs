//! What changed below a built unit that is itself as it should be: its build script, and the packages that it is made of, as deep as
//! they can be followed on disk.

use super::{dependencies, moved, stored_dependency};
use crate::expected::{
    Expectation, ExpectedDependency, ExpectedUnit, PackageSource, UnitIndex, UnitRole,
};
use crate::fingerprint::{Fingerprint, FingerprintHash, feature_names};
use crate::names::PackageName;
use crate::observed::relative::{Relative, UnitsByValue};
use crate::verdict::freshness::Freshness;
use crate::verdict::reason::{MissingReason, StaleReason, Verdict};

/// Dependencies below dependencies are followed this far.
const DEPTH_LIMIT: usize = 64;

/// The units below one that is itself as it should be.
pub(super) struct Chain<'a> {
    pub(super) expectation: &'a Expectation,
    /// What cargo would say of every unit of the expectation.
    pub(super) assessed: &'a [Freshness],
    pub(super) on_disk: &'a UnitsByValue,
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
    pub(super) fn judge(&self, unit: &ExpectedUnit, relative: &Relative) -> Verdict {
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
    } else if was.path != wanted.path && target.source == PackageSource::Path {
        Some(moved(&target.package))
    } else if was.profile != wanted.profile {
        Some(StaleReason::ProfileChanged)
    } else {
        None
    }
}
