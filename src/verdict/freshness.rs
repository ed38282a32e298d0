//! Cargo's own question, answered from data: would this unit be built again, and why (cargo 1.95, `fingerprint/mod.rs`).
//!
//! Follows cargo's order of comparison, so that the reason named is the one cargo would name. Pure.

mod fields;
mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::reason::StaleReason;
use crate::expected::{
    CargoEnvironment, Expectation, ExpectedDependency, ExpectedInputs, ExpectedUnit, HashMirror,
    UnitIndex, UnitRole,
};
use crate::fingerprint::{DependencyFingerprint, Fingerprint, FingerprintHash, LocalFingerprint};
use crate::observed::unit::{HashFile, ObservedInputs, ObservedUnit, StoredFingerprint};

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
#[non_exhaustive]
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

/// The same where only the units `anew` were observed since the assessment `before`: those are assessed, and whatever is made from one
/// that came out otherwise. All else stays as it was.
#[must_use]
pub fn reassess(
    expectation: &Expectation,
    observed: &[ObservedUnit],
    environment: Environment<'_>,
    now: SystemTime,
    (before, anew): (&[Freshness], &BTreeSet<UnitIndex>),
) -> Vec<Freshness> {
    let mut assessed: Vec<Freshness> = Vec::with_capacity(observed.len());
    let mut moved = BTreeSet::new();
    for (place, (expected, observed)) in expectation.units.iter().zip(observed).enumerate() {
        let index = UnitIndex(place);
        let mut dependencies = expected.dependencies.iter();
        let is_touched = anew.contains(&index)
            || dependencies.any(|dependency| dependency.units.iter().any(|it| moved.contains(it)));
        let before = before.get(place);
        let freshness = match before {
            Some(before) if !is_touched => before.clone(),
            _ => Assessment {
                expectation,
                assessed: &assessed,
                expected,
                observed,
                environment,
                now,
            }
            .freshness(),
        };
        if before != Some(&freshness) {
            moved.insert(index);
        }
        assessed.push(freshness);
    }
    assessed
}

/// The units whose fingerprint JSON was not read and is needed to name what changed: those whose value is not what it should be.
#[must_use]
pub fn wanting_fingerprints(observed: &[ObservedUnit], assessed: &[Freshness]) -> Vec<UnitIndex> {
    let is_wanting = |(observed, assessed): (&ObservedUnit, &Freshness)| {
        let is_settled =
            matches!(observed.hash_file, HashFile::Value(stored) if assessed.value == Some(stored));
        observed.fingerprint == StoredFingerprint::NotRead && !is_settled
    };
    observed
        .iter()
        .zip(assessed)
        .enumerate()
        .filter_map(|(place, pair)| is_wanting(pair).then_some(UnitIndex(place)))
        .collect()
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
        // What cannot be recorded cannot be built, nor anything above it.
        let files = self.unrecordable().or_else(|| self.files(newest_output));
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
        let lost = || Some(Dirt::Stale(self.lost()));
        let changed = |stored: &Fingerprint| self.changed_fields(stored, local);
        let by_files = || files.cloned().map(Dirt::Stale);
        match self.observed.hash_file {
            HashFile::Missing => lost(),
            HashFile::Empty => self
                .observed
                .fingerprint
                .said()
                .and_then(changed)
                .or_else(by_files)
                .or(Some(Dirt::Stale(StaleReason::Interrupted))),
            HashFile::Damaged | HashFile::NotAFile => self
                .observed
                .fingerprint
                .said()
                .and_then(changed)
                .or_else(lost),
            HashFile::Value(stored) => match (value, self.observed.fingerprint.said()) {
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

    fn lost(&self) -> StaleReason {
        let directory = &self.expected.fingerprint_directory;
        let build_directory = &self.expectation.workspace.build_directory;
        StaleReason::FingerprintLost {
            path: build_directory
                .join(directory)
                .join(&self.expected.fingerprint_stem),
        }
    }

    fn unrecordable(&self) -> Option<StaleReason> {
        (self.observed.hash_file == HashFile::NotAFile).then(|| self.lost())
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
            .said()
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
