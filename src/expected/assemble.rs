//! Puts cargo's answers together: artifact lines, fingerprints and the stand-in's records become units with exact edges.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};

use super::environment;
use super::packages::PackageIndex;
use super::records::{UnitRecords, hash_in_path};
use super::sources::source_graph;
use super::toolchain;
use super::ways::Ways;
use super::{
    Expectation, ExpectedDependency, ExpectedInputs, ExpectedMacro, ExpectedUnit, HashMirror,
    Member, PackageSource, UnitIndex, UnitRole, Workspace,
};
use crate::cargo::messages::DylibArtifact;
use crate::cargo::questions::Answer;
use crate::cargo::scratch::ScratchUnit;
use crate::cargo::stand_in::CompilationRecord;
use crate::cargo::unit_graph::UnitGraph;
use crate::fingerprint::{DependencyFingerprint, FingerprintHash, LocalFingerprint};
use crate::names::{CrateName, Layout, PackageId, PackageName, Triple, UnitHash};

/// What cargo answered, as the expectation that the build directory is compared with.
#[must_use]
pub fn assemble(answer: &Answer) -> Expectation {
    let workspace = workspace_of(&answer.metadata);
    let packages = PackageIndex::new(&answer.unit_graph);
    let ways = Ways::find(&answer.unit_graph, &workspace.members);
    let mut assembly = Assembly::new(answer, &packages);
    let mut macros: Vec<ExpectedMacro> = answer
        .dylibs
        .iter()
        .filter_map(|dylib| assembly.expected_macro(dylib, &ways))
        .collect();
    macros.sort_by(|a, b| (&a.name, &a.version, a.unit).cmp(&(&b.name, &b.version, b.unit)));
    macros.dedup_by_key(|expected| expected.unit);
    let first = answer.units.first();
    Expectation {
        layout: first.map_or(Layout::V1, |unit| unit.layout),
        profile_directory: first
            .map_or_else(|| "debug".to_owned(), |unit| unit.profile_directory.clone()),
        toolchain: toolchain::toolchain(answer),
        units: assembly.units,
        macros,
        environment: environment::of_cargo(answer),
        hash_mirror: hash_mirror(&answer.units),
        local_packages: packages.local(&workspace.members),
        lock_file: answer.lock_file,
        targets: targets(&answer.unit_graph),
        sources: source_graph(&answer.unit_graph, &workspace.members),
        features: super::packages::features(&answer.unit_graph),
        workspace,
    }
}

/// The targets of all units, but for those that are given as a file or whose standard library is built along.
fn targets(graph: &UnitGraph) -> Vec<Triple> {
    let of_units = |is_std: bool| -> BTreeSet<&str> {
        graph
            .units
            .iter()
            .filter(|unit| unit.is_std == is_std)
            .filter_map(|unit| unit.platform.as_deref())
            .collect()
    };
    of_units(false)
        .difference(&of_units(true))
        .copied()
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_none_or(|extension| extension != "json")
        })
        .map(Triple::new)
        .collect()
}

/// The members and directories that `cargo metadata --no-deps` tells.
#[must_use]
pub fn workspace_of(metadata: &cargo_metadata::Metadata) -> Workspace {
    let mut members: Vec<Member> = metadata
        .packages
        .iter()
        .map(|package| Member {
            name: PackageName::new(package.name.as_str()),
            id: PackageId::new(package.id.repr.clone()),
            manifest_path: package.manifest_path.clone(),
        })
        .collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Workspace {
        root: metadata.workspace_root.clone(),
        target_directory: metadata.target_directory.clone(),
        build_directory: metadata
            .build_directory
            .clone()
            .unwrap_or_else(|| metadata.target_directory.clone()),
        members,
    }
}

fn hash_mirror(units: &[ScratchUnit]) -> HashMirror {
    let is_met = |unit: &ScratchUnit| unit.fingerprint.hash() == unit.value;
    if !units.is_empty() && units.iter().all(is_met) {
        HashMirror::Proven
    } else {
        HashMirror::Unproven
    }
}

/// The units that were reached so far, dependencies first.
struct Assembly<'a> {
    answer: &'a Answer,
    packages: &'a PackageIndex,
    by_hash: HashMap<UnitHash, &'a ScratchUnit>,
    by_value: HashMap<FingerprintHash, Vec<&'a ScratchUnit>>,
    compilations: HashMap<UnitHash, &'a CompilationRecord>,
    /// For each run of a build script, the unit that compiled it.
    runs: HashMap<UnitHash, UnitHash>,
    units: Vec<ExpectedUnit>,
    places: HashMap<UnitHash, UnitIndex>,
}

impl<'a> Assembly<'a> {
    fn new(answer: &'a Answer, packages: &'a PackageIndex) -> Self {
        let mut by_value: HashMap<FingerprintHash, Vec<&ScratchUnit>> = HashMap::new();
        for unit in &answer.units {
            by_value.entry(unit.value).or_default().push(unit);
        }
        let by_hash: HashMap<UnitHash, &ScratchUnit> =
            answer.units.iter().map(|unit| (unit.hash, unit)).collect();
        let UnitRecords { compilations, runs } = UnitRecords::of(answer);
        Self {
            answer,
            packages,
            by_hash,
            by_value,
            compilations,
            runs,
            units: Vec::new(),
            places: HashMap::new(),
        }
    }

    fn expected_macro(&mut self, dylib: &DylibArtifact, ways: &Ways) -> Option<ExpectedMacro> {
        let hash = hash_in_path(dylib.file.as_std_path())?;
        let index = self.reach(hash)?;
        let unit = self.units.get_mut(index.0)?;
        unit.role = UnitRole::ProcMacro;
        Some(ExpectedMacro {
            name: unit.package.clone(),
            version: unit.version.clone(),
            package_id: PackageId::new(dylib.package_id.clone()),
            crate_name: CrateName::new(dylib.target_name.replace('-', "_")),
            source: unit.source,
            manifest_path: dylib.manifest_path.clone(),
            ways: ways.to(&dylib.package_id),
            unit: index,
        })
    }

    /// Adds a unit and all below it, deepest first; the walk keeps its own stack, so that no graph can exhaust ours, and enters each
    /// unit once, so that none can lead it round.
    fn reach(&mut self, root: UnitHash) -> Option<UnitIndex> {
        enum Step {
            Enter,
            Leave,
        }
        let mut entered = HashSet::new();
        let mut stack = vec![(root, Step::Enter)];
        while let Some((hash, step)) = stack.pop() {
            let Some(unit) = self.by_hash.get(&hash).copied() else {
                continue;
            };
            match step {
                Step::Leave => {
                    let edges = self.edges(unit);
                    self.add(unit, &edges);
                }
                Step::Enter => {
                    if self.places.contains_key(&hash) || !entered.insert(hash) {
                        continue;
                    }
                    stack.push((hash, Step::Leave));
                    let edges = self.edges(unit);
                    let targets = edges.into_iter().flat_map(|(_, targets)| targets);
                    stack.extend(targets.map(|target| (target, Step::Enter)));
                }
            }
        }
        self.places.get(&root).copied()
    }

    /// The units behind each dependency of `unit`.
    fn edges(&self, unit: &'a ScratchUnit) -> Vec<(&'a DependencyFingerprint, Vec<UnitHash>)> {
        let named: Vec<UnitHash> = match self.compilations.get(&unit.hash) {
            Some(compilation) => compilation
                .externs
                .iter()
                .map(|(_, path)| path)
                .chain(&compilation.build_script_out_dir)
                .filter_map(|path| hash_in_path(path))
                .collect(),
            None => self.runs.get(&unit.hash).copied().into_iter().collect(),
        };
        unit.fingerprint
            .dependencies
            .iter()
            .map(|dependency| {
                let candidates: Vec<UnitHash> = self
                    .by_value
                    .get(&dependency.3)
                    .into_iter()
                    .flatten()
                    .map(|candidate| candidate.hash)
                    .filter(|candidate| *candidate != unit.hash)
                    .collect();
                let certain: Vec<UnitHash> = candidates
                    .iter()
                    .copied()
                    .filter(|candidate| named.contains(candidate))
                    .collect();
                (
                    dependency,
                    if certain.is_empty() {
                        candidates
                    } else {
                        certain
                    },
                )
            })
            .collect()
    }

    fn add(&mut self, unit: &ScratchUnit, edges: &[(&DependencyFingerprint, Vec<UnitHash>)]) {
        let role = role_of(&unit.stem);
        let compiled_by = match role {
            UnitRole::BuildScriptRun => self.runs.get(&unit.hash).copied(),
            _ => Some(unit.hash),
        };
        let compilation = compiled_by.and_then(|hash| self.compilations.get(&hash).copied());
        let environment = compilation.map(|compilation| &compilation.package_environment);
        let variable = |name: &str| {
            environment
                .and_then(|variables| variables.get(name))
                .cloned()
        };
        let package_root = compilation
            .and_then(|compilation| {
                Utf8PathBuf::from_path_buf(compilation.package_root.clone()).ok()
            })
            .unwrap_or_default();
        let name = variable("CARGO_PKG_NAME").unwrap_or_else(|| unit.package.clone());
        let version = variable("CARGO_PKG_VERSION").unwrap_or_default();
        let source = self.packages.source(&name, &version, &package_root);
        let dependencies = edges
            .iter()
            .map(
                |(DependencyFingerprint(package_id_hash, name, public, _), targets)| {
                    ExpectedDependency {
                        package_id_hash: *package_id_hash,
                        name: name.clone(),
                        public: *public,
                        units: targets
                            .iter()
                            .filter_map(|target| self.places.get(target).copied())
                            .collect(),
                    }
                },
            )
            .collect();
        let index = UnitIndex(self.units.len());
        self.places.insert(unit.hash, index);
        self.units.push(ExpectedUnit {
            outputs: self.outputs(unit, role, compilation),
            inputs: inputs(unit, role),
            package: PackageName::new(name),
            version,
            package_environment: match source {
                PackageSource::Path => environment.cloned().unwrap_or_default(),
                PackageSource::Registry | PackageSource::Git => BTreeMap::new(),
            },
            source,
            package_root,
            hash: unit.hash,
            role,
            fingerprint_directory: unit.directory.clone(),
            fingerprint_stem: unit.stem.clone(),
            fields: unit.fingerprint.fields.clone(),
            dependencies,
        });
    }

    fn outputs(
        &self,
        unit: &ScratchUnit,
        role: UnitRole,
        compilation: Option<&CompilationRecord>,
    ) -> Vec<Utf8PathBuf> {
        if role == UnitRole::BuildScriptRun {
            // An overridden build script has no run, and no output that cargo looks at.
            return unit.printed.iter().cloned().collect();
        }
        let Some(compilation) = compilation else {
            return Vec::new();
        };
        let Some(directory) = self.relative(&compilation.out_directory) else {
            return Vec::new();
        };
        compilation
            .outputs
            .iter()
            .map(|name| directory.join(name))
            .collect()
    }

    fn relative(&self, path: &Path) -> Option<Utf8PathBuf> {
        let path = Utf8Path::from_path(path)?;
        path.strip_prefix(&self.answer.scratch)
            .ok()
            .map(Utf8Path::to_owned)
    }
}

fn inputs(unit: &ScratchUnit, role: UnitRole) -> ExpectedInputs {
    let precalculated = unit.fingerprint.local.iter().find_map(|local| match local {
        LocalFingerprint::Precalculated(text) => Some(text.clone()),
        _ => None,
    });
    if role == UnitRole::BuildScriptRun {
        return match unit.printed.clone() {
            Some(printed) => ExpectedInputs::BuildScriptOutput {
                printed,
                package_summary: precalculated,
            },
            None => ExpectedInputs::Precalculated(precalculated.unwrap_or_default()),
        };
    }
    let dep_info = unit.fingerprint.local.iter().find_map(|local| match local {
        LocalFingerprint::CheckDepInfo { dep_info, checksum } => {
            let path = Utf8PathBuf::from_path_buf(dep_info.clone()).ok()?;
            Some(ExpectedInputs::DepInfo {
                path,
                checksum: *checksum,
            })
        }
        _ => None,
    });
    dep_info.unwrap_or_else(|| ExpectedInputs::Precalculated(precalculated.unwrap_or_default()))
}

fn role_of(stem: &str) -> UnitRole {
    if stem.starts_with("run-build-script-") {
        UnitRole::BuildScriptRun
    } else if stem.starts_with("build-script-") {
        UnitRole::BuildScript
    } else {
        UnitRole::Library
    }
}
