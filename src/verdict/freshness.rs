//! Cargo's own question, answered from data: would this unit be built again, and why (cargo 1.95, `fingerprint/mod.rs`).
//!
//! Follows cargo's order of comparison, so that the reason named is the one cargo would name. Pure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::reason::StaleReason;
use crate::expected::{
    CargoEnvironment, Expectation, ExpectedDependency, ExpectedInputs, ExpectedUnit, HashMirror,
    UnitIndex, UnitRole,
};
use crate::fingerprint::{
    DependencyFingerprint, Fingerprint, FingerprintHash, LocalFingerprint, feature_names,
};
use crate::observed::checksum::ChecksumState;
use crate::observed::file::display_path;
use crate::observed::unit::{HashFile, InputPlace, ObservedInput, ObservedInputs, ObservedUnit};

/// Clocks of machines that share files differ a little; a time this far ahead is no accident of that kind.
const CLOCK_SLACK: Duration = Duration::from_secs(2);

/// What cargo would say of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// The value that cargo would work out for it now; `None` where that cannot be known.
    pub(super) value: Option<FingerprintHash>,
    /// Why the files are not up to date: this alone makes dependents stale.
    files: Option<StaleReason>,
    /// Why it would be built again.
    pub dirt: Option<Dirt>,
    newest_output: Option<SystemTime>,
    newest_metadata: Option<SystemTime>,
}

/// Why a unit would be built again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dirt {
    /// Another rustc built it.
    Rustc,
    /// Something else changed.
    Stale(StaleReason),
}

/// The environment that cargo would see.
#[derive(Debug, Clone, Copy)]
pub struct Environment<'a> {
    /// This process's own variables.
    pub own: &'a BTreeMap<String, String>,
    /// How cargo's differ.
    pub cargo: &'a CargoEnvironment,
}

impl Environment<'_> {
    /// A variable as a unit sees it: config's `[env]` first, which cargo has resolved against the process already.
    fn variable(&self, name: &str) -> Option<&str> {
        if let Some(value) = self.cargo.config.get(name) {
            return Some(value);
        }
        match self.cargo.process.get(name) {
            Some(value) => value.as_deref(),
            None => self.own.get(name).map(String::as_str),
        }
    }
}

/// Assesses every unit of the expectation, dependencies first as they stand there; `observed` has one entry for each.
#[must_use]
pub fn assess(
    expectation: &Expectation,
    observed: &[ObservedUnit],
    environment: Environment<'_>,
    now: SystemTime,
) -> Vec<Freshness> {
    let mut assessed: Vec<Freshness> = Vec::with_capacity(observed.len());
    for (expected, observed) in expectation.units.iter().zip(observed) {
        let freshness = Assessment {
            expectation,
            assessed: &assessed,
            expected,
            observed,
            environment,
            now,
        }
        .freshness();
        assessed.push(freshness);
    }
    assessed
}

struct Assessment<'a> {
    expectation: &'a Expectation,
    assessed: &'a [Freshness],
    expected: &'a ExpectedUnit,
    observed: &'a ObservedUnit,
    environment: Environment<'a>,
    now: SystemTime,
}

impl Assessment<'_> {
    fn freshness(&self) -> Freshness {
        let newest = |counts: &dyn Fn(&Path) -> bool| {
            let outputs = self.observed.outputs.iter();
            let counted = outputs.filter(|output| counts(&output.path));
            counted.filter_map(|output| output.modified).max()
        };
        let is_metadata = |path: &Path| {
            path.extension()
                .is_some_and(|extension| extension == "rmeta")
        };
        let newest_output = newest(&|_| true);
        let newest_metadata = newest(&is_metadata).or(newest_output);
        let files = self.files(newest_output);
        let local = self.local();
        let value = match self.expectation.hash_mirror {
            HashMirror::Proven => self.value(&local),
            HashMirror::Unproven => None,
        };
        Freshness {
            dirt: self.dirt(value, &local, files.as_ref()),
            value,
            files,
            newest_output,
            newest_metadata,
        }
    }

    fn dirt(
        &self,
        value: Option<FingerprintHash>,
        local: &[LocalFingerprint],
        files: Option<&StaleReason>,
    ) -> Option<Dirt> {
        let stem = self
            .expected
            .fingerprint_directory
            .join(&self.expected.fingerprint_stem);
        let lost = || {
            let path = self.expectation.workspace.build_directory.join(&stem);
            Some(Dirt::Stale(StaleReason::FingerprintLost { path }))
        };
        let changed = |stored: &Fingerprint| self.changed_fields(stored, local);
        let by_files = || files.cloned().map(Dirt::Stale);
        match self.observed.hash_file {
            HashFile::Missing => lost(),
            HashFile::Empty => self
                .observed
                .fingerprint
                .as_ref()
                .and_then(changed)
                .or_else(by_files)
                .or(Some(Dirt::Stale(StaleReason::Interrupted))),
            HashFile::Damaged => self
                .observed
                .fingerprint
                .as_ref()
                .and_then(changed)
                .or_else(lost),
            HashFile::Value(stored) => match (value, &self.observed.fingerprint) {
                (Some(value), _) if value == stored => by_files(),
                (Some(_), Some(fingerprint)) => {
                    changed(fingerprint).or_else(by_files).or_else(lost)
                }
                (Some(_), None) => lost(),
                (None, Some(fingerprint)) => changed(fingerprint).or_else(by_files),
                // Without the JSON and without the hash there is nothing to compare; files still tell.
                (None, None) => by_files(),
            },
        }
    }

    /// What stands for the unit's own inputs, worked out as cargo does before a build.
    fn local(&self) -> Vec<LocalFingerprint> {
        match (&self.expected.inputs, &self.observed.inputs) {
            (ExpectedInputs::DepInfo { path, checksum }, _) => {
                vec![LocalFingerprint::CheckDepInfo {
                    dep_info: path.clone().into_std_path_buf(),
                    checksum: *checksum,
                }]
            }
            (
                ExpectedInputs::BuildScriptOutput { printed, .. },
                ObservedInputs::BuildScript { named, .. },
            ) if !named.paths.is_empty() || !named.variables.is_empty() => {
                let mut local = Vec::new();
                if !named.paths.is_empty() {
                    let root = self.expected.package_root.as_std_path();
                    let relative =
                        |path: &PathBuf| path.strip_prefix(root).unwrap_or(path).to_owned();
                    local.push(LocalFingerprint::RerunIfChanged {
                        output: printed.clone().into_std_path_buf(),
                        paths: named.paths.iter().map(relative).collect(),
                    });
                }
                local.extend(named.variables.iter().map(|name| {
                    LocalFingerprint::RerunIfEnvChanged {
                        var: name.clone(),
                        val: self.environment.variable(name).map(str::to_owned),
                    }
                }));
                local
            }
            (
                ExpectedInputs::BuildScriptOutput {
                    package_summary, ..
                },
                _,
            ) => package_summary
                .iter()
                .map(|summary| LocalFingerprint::Precalculated(summary.clone()))
                .collect(),
            (ExpectedInputs::Precalculated(text), _) => {
                vec![LocalFingerprint::Precalculated(text.clone())]
            }
        }
    }

    fn value(&self, local: &[LocalFingerprint]) -> Option<FingerprintHash> {
        let dependencies = self
            .expected
            .dependencies
            .iter()
            .enumerate()
            .map(|(place, dependency)| {
                let (_, freshness) = self.behind(place, dependency)?;
                Some(DependencyFingerprint(
                    dependency.package_id_hash,
                    dependency.name.clone(),
                    dependency.public,
                    freshness.value?,
                ))
            })
            .collect::<Option<Vec<_>>>()?;
        let fingerprint = Fingerprint {
            fields: self.expected.fields.clone(),
            dependencies,
            local: local.to_vec(),
        };
        Some(fingerprint.hash())
    }

    /// The unit behind a dependency; among equal candidates the one that the disk's fingerprint was built with.
    fn behind(
        &self,
        place: usize,
        dependency: &ExpectedDependency,
    ) -> Option<(UnitIndex, &Freshness)> {
        let stored = self
            .observed
            .fingerprint
            .as_ref()
            .and_then(|fingerprint| fingerprint.dependencies.get(place))
            .map(|stored| stored.3);
        let candidates = || {
            dependency
                .units
                .iter()
                .filter_map(|unit| Some((*unit, self.assessed.get(unit.0)?)))
        };
        candidates()
            .find(|(_, freshness)| stored.is_some() && freshness.value == stored)
            .or_else(|| candidates().next())
    }

    /// What differs between the fingerprint on disk and the expected one, in cargo's order (`Fingerprint::compare`).
    fn changed_fields(&self, stored: &Fingerprint, local: &[LocalFingerprint]) -> Option<Dirt> {
        let (built, wanted) = (&stored.fields, &self.expected.fields);
        if built.rustc != wanted.rustc {
            return Some(Dirt::Rustc);
        }
        let manifest = |what: &str| StaleReason::ManifestChanged {
            what: what.to_owned(),
        };
        let reason = if built.features != wanted.features {
            StaleReason::FeaturesChanged {
                built: feature_names(&built.features),
                wanted: feature_names(&wanted.features),
            }
        } else if built.declared_features != wanted.declared_features {
            manifest("the list of declared features")
        } else if built.target != wanted.target {
            manifest("the edition or another setting of the target")
        } else if built.path != wanted.path {
            manifest("the path to the source")
        } else if built.profile != wanted.profile {
            StaleReason::ProfileChanged
        } else if built.rustflags != wanted.rustflags {
            StaleReason::RustflagsChanged {
                built: built.rustflags.clone(),
                wanted: wanted.rustflags.clone(),
            }
        } else if built.config != wanted.config {
            manifest("the linker or another setting of cargo's configuration")
        } else if built.compile_kind != wanted.compile_kind {
            manifest("the target platform")
        } else {
            return self
                .changed_local(&stored.local, local)
                .or_else(|| self.changed_dependency(&stored.dependencies))
                .map(Dirt::Stale);
        };
        Some(Dirt::Stale(reason))
    }

    fn changed_local(
        &self,
        stored: &[LocalFingerprint],
        wanted: &[LocalFingerprint],
    ) -> Option<StaleReason> {
        if stored == wanted {
            return None;
        }
        let printed_is_lost = matches!(
            self.observed.inputs,
            ObservedInputs::BuildScript { ran: None, .. }
        );
        if let (true, Some(output)) = (printed_is_lost, self.observed.outputs.first()) {
            return Some(StaleReason::BuildOutputLost {
                path: display_path(&output.path),
            });
        }
        for pair in stored.iter().zip(wanted) {
            match pair {
                (
                    LocalFingerprint::RerunIfEnvChanged { var, val: built },
                    LocalFingerprint::RerunIfEnvChanged {
                        var: wanted_var,
                        val,
                    },
                ) if var == wanted_var && built != val => {
                    return Some(StaleReason::EnvironmentChanged {
                        variable: var.clone(),
                        built: built.clone(),
                        wanted: val.clone(),
                    });
                }
                (
                    LocalFingerprint::Precalculated(built),
                    LocalFingerprint::Precalculated(wanted),
                ) if built != wanted => {
                    return Some(StaleReason::BuildScriptChanged {
                        path: newest_file(wanted).map(|file| self.expected.package_root.join(file)),
                    });
                }
                _ => {}
            }
        }
        Some(match self.expected.role {
            UnitRole::BuildScriptRun => StaleReason::BuildScriptChanged { path: None },
            _ => StaleReason::ManifestChanged {
                what: "the way changes are recognised".to_owned(),
            },
        })
    }

    fn changed_dependency(&self, stored: &[DependencyFingerprint]) -> Option<StaleReason> {
        for (place, dependency) in self.expected.dependencies.iter().enumerate() {
            let (unit, freshness) = self.behind(place, dependency)?;
            let wanted = freshness.value;
            let built = stored.get(place);
            let is_same = built.is_some_and(|built| {
                built.1 == dependency.name && (wanted.is_none() || Some(built.3) == wanted)
            });
            if !is_same {
                let because = match &freshness.dirt {
                    Some(Dirt::Stale(reason)) => Some(reason),
                    _ => None,
                };
                return Some(self.through(unit, because));
            }
        }
        (stored.len() != self.expected.dependencies.len()).then(|| StaleReason::ManifestChanged {
            what: "the list of dependencies".to_owned(),
        })
    }

    /// Whether the files are up to date, in cargo's order (`Fingerprint::check_filesystem`).
    fn files(&self, newest_output: Option<SystemTime>) -> Option<StaleReason> {
        if let Some(lost) = self
            .observed
            .outputs
            .iter()
            .find(|output| output.modified.is_none())
        {
            return Some(StaleReason::BuildOutputLost {
                path: display_path(&lost.path),
            });
        }
        // Without outputs it is an overridden build script, and always up to date.
        let newest_output = newest_output?;
        for (place, dependency) in self.expected.dependencies.iter().enumerate() {
            let Some((unit, freshness)) = self.behind(place, dependency) else {
                continue;
            };
            if let Some(reason) = &freshness.files {
                return Some(self.through(unit, Some(reason)));
            }
            let newest = if self.needs_only_metadata(unit) {
                freshness.newest_metadata
            } else {
                freshness.newest_output
            };
            if newest.is_some_and(|newest| newest > newest_output) {
                return Some(self.through(unit, None));
            }
        }
        self.inputs()
    }

    /// Whether only the metadata of a dependency counts: where neither side is linked (cargo 1.95, `only_requires_rmeta`).
    fn needs_only_metadata(&self, dependency: UnitIndex) -> bool {
        let is_plain_library = |unit: &ExpectedUnit| {
            unit.role == UnitRole::Library
                && unit
                    .outputs
                    .iter()
                    .all(|output| matches!(output.extension(), Some("rlib" | "rmeta")))
        };
        is_plain_library(self.expected)
            && self
                .expectation
                .units
                .get(dependency.0)
                .is_some_and(is_plain_library)
    }

    fn inputs(&self) -> Option<StaleReason> {
        match &self.observed.inputs {
            ObservedInputs::None => None,
            ObservedInputs::DepInfoDamaged(path) => {
                Some(StaleReason::DepInfoDamaged { path: path.clone() })
            }
            ObservedInputs::DepInfo {
                built,
                files,
                variables,
            } => variables
                .iter()
                .find_map(|(name, value)| self.changed_variable(name, value.as_deref()))
                .or_else(|| {
                    files
                        .iter()
                        .find_map(|file| self.changed_input(file, *built))
                }),
            ObservedInputs::BuildScript { ran, paths, .. } => {
                let ran = (*ran)?;
                let changed = paths
                    .iter()
                    .find(|path| path.modified.is_none_or(|modified| modified > ran))?;
                let path = display_path(&changed.path);
                Some(
                    if changed
                        .modified
                        .is_some_and(|modified| self.is_in_future(modified))
                    {
                        StaleReason::SourceInFuture { path }
                    } else {
                        StaleReason::BuildScriptChanged { path: Some(path) }
                    },
                )
            }
        }
    }

    fn changed_variable(&self, name: &str, built: Option<&str>) -> Option<StaleReason> {
        let is_of_package = name.starts_with("CARGO_PKG_");
        let wanted = if is_of_package {
            // What comes from a registry or a commit cannot change under the same hash.
            if self.expected.package_environment.is_empty() {
                return None;
            }
            self.expected
                .package_environment
                .get(name)
                .map(String::as_str)
        } else if name == "CARGO" {
            Some(self.environment.cargo.cargo_program.as_str())
        } else {
            self.environment.variable(name)
        };
        (wanted != built).then(|| StaleReason::EnvironmentChanged {
            variable: name.to_owned(),
            built: built.map(str::to_owned),
            wanted: wanted.map(str::to_owned),
        })
    }

    fn changed_input(&self, input: &ObservedInput, built: SystemTime) -> Option<StaleReason> {
        let path = || display_path(&input.path);
        let Some(modified) = input.modified else {
            return Some(match input.place {
                InputPlace::Source => StaleReason::SourceMissing { path: path() },
                InputPlace::BuildDirectory => StaleReason::BuildOutputLost { path: path() },
            });
        };
        let goes_by_checksum = matches!(
            self.expected.inputs,
            ExpectedInputs::DepInfo { checksum: true, .. }
        );
        let is_unchanged = if goes_by_checksum {
            input.checksum == ChecksumState::Same
        } else {
            modified <= built
        };
        if is_unchanged {
            return None;
        }
        Some(if !goes_by_checksum && self.is_in_future(modified) {
            StaleReason::SourceInFuture { path: path() }
        } else {
            StaleReason::SourceChanged { path: path() }
        })
    }

    fn is_in_future(&self, time: SystemTime) -> bool {
        time.duration_since(self.now)
            .is_ok_and(|ahead| ahead > CLOCK_SLACK)
    }

    /// The reason seen from this unit, when it lies in a unit that this one depends on.
    fn through(&self, dependency: UnitIndex, because: Option<&StaleReason>) -> StaleReason {
        let Some(unit) = self.expectation.units.get(dependency.0) else {
            return StaleReason::ManifestChanged {
                what: "the list of dependencies".to_owned(),
            };
        };
        let own = &self.expected.package;
        let is_own_build_script = unit.package == *own && unit.version == self.expected.version;
        if is_own_build_script {
            return match because {
                Some(StaleReason::SourceChanged { path } | StaleReason::SourceMissing { path })
                    if unit.role == UnitRole::BuildScript =>
                {
                    StaleReason::BuildScriptChanged {
                        path: Some(path.clone()),
                    }
                }
                Some(reason) => reason.clone(),
                None => StaleReason::BuildScriptChanged { path: None },
            };
        }
        let mut chain = vec![own.clone()];
        let (path, because) = match because {
            Some(StaleReason::DependencyChanged {
                chain: rest,
                path,
                because,
                ..
            }) => {
                chain.extend(rest.iter().cloned());
                (path.clone(), because.clone())
            }
            Some(reason) => {
                chain.push(unit.package.clone());
                (reason.path().cloned(), Some(Box::new(reason.clone())))
            }
            None => {
                chain.push(unit.package.clone());
                (None, None)
            }
        };
        StaleReason::DependencyChanged {
            dependency: unit.package.clone(),
            chain,
            path,
            because,
        }
    }
}

/// The file in cargo's summary of a package from a path: `1795199195.112630985s (src/lib.rs)`.
fn newest_file(summary: &str) -> Option<&str> {
    summary.split_once('(')?.1.strip_suffix(')')
}
