//! The crates through which proc macros come to the members' sources, as cargo's unit graph has them.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::Member;
use crate::cargo::unit_graph::{GraphTarget, UnitGraph};
use crate::names::PackageId;

/// The members' crates and those between them and the proc macros.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceGraph {
    /// The crates; dependencies name them by their place here.
    pub crates: Vec<SourceCrate>,
}

/// One crate's source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCrate {
    /// Its package.
    pub package_id: PackageId,
    /// What it is to others.
    pub kind: SourceKind,
    /// The file of its root module.
    pub root: Utf8PathBuf,
    /// Its edition, such as 2021.
    pub edition: u16,
    /// Its features, of all units together.
    pub features: BTreeSet<String>,
    /// The crates that it knows by these names, as far as macros may come through them. A name has several where a package is built
    /// against different versions in different units.
    pub dependencies: BTreeMap<String, BTreeSet<usize>>,
    /// The manifest of a member's crate.
    pub member_manifest: Option<Utf8PathBuf>,
}

/// What a crate is to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SourceKind {
    /// A library that may hand macros on.
    Library,
    /// A crate of proc macros.
    ProcMacro,
    /// A program, a test, an example, a benchmark, a build script.
    Program,
}

/// What makes two units the same crate here.
type CrateKey<'a> = (&'a str, SourceKind, &'a str);

/// The crates of a unit graph that matter.
pub(super) fn source_graph(graph: &UnitGraph, members: &[Member]) -> SourceGraph {
    let manifests: BTreeMap<&str, &Utf8PathBuf> = members
        .iter()
        .map(|member| (member.id.as_str(), &member.manifest_path))
        .collect();
    let keys: Vec<Option<CrateKey<'_>>> = graph
        .units
        .iter()
        .map(|unit| {
            let target = unit.target.as_ref()?;
            let is_compiled = unit.mode.as_deref() != Some("run-custom-build");
            is_compiled.then(|| (unit.pkg_id.as_str(), kind(target), target.src_path.as_str()))
        })
        .collect();
    let wanted = leading_to_macros(graph, &keys);
    let mut places: BTreeMap<CrateKey<'_>, usize> = BTreeMap::new();
    let mut crates: Vec<SourceCrate> = Vec::new();
    for (index, unit) in graph.units.iter().enumerate() {
        let (Some(Some(key)), Some(target)) = (keys.get(index), &unit.target) else {
            continue;
        };
        let member_manifest = manifests.get(unit.pkg_id.as_str());
        if member_manifest.is_none() && !wanted.contains(key) {
            continue;
        }
        let place = *places.entry(*key).or_insert(crates.len());
        if place == crates.len() {
            crates.push(SourceCrate {
                package_id: PackageId::new(unit.pkg_id.as_str()),
                kind: key.1,
                root: target.src_path.clone(),
                edition: target.edition.parse().unwrap_or(2015),
                features: BTreeSet::new(),
                dependencies: BTreeMap::new(),
                member_manifest: member_manifest.map(|path| (*path).clone()),
            });
        }
        if let Some(known) = crates.get_mut(place) {
            known.features.extend(unit.features.iter().cloned());
        }
    }
    for (index, unit) in graph.units.iter().enumerate() {
        let place = |index: usize| places.get(&keys.get(index).copied().flatten()?).copied();
        let Some(known) = place(index).and_then(|place| crates.get_mut(place)) else {
            continue;
        };
        for dependency in &unit.dependencies {
            let is_importable = graph
                .units
                .get(dependency.index)
                .and_then(|unit| unit.target.as_ref())
                .is_some_and(|target| kind(target) != SourceKind::Program);
            if let Some(target) = place(dependency.index).filter(|_| is_importable) {
                known
                    .dependencies
                    .entry(dependency.extern_crate_name.clone())
                    .or_default()
                    .insert(target);
            }
        }
    }
    SourceGraph { crates }
}

fn kind(target: &GraphTarget) -> SourceKind {
    let has = |wanted: &str| target.kind.iter().any(|kind| kind == wanted);
    if has("proc-macro") {
        SourceKind::ProcMacro
    } else if ["bin", "test", "bench", "example", "custom-build"]
        .into_iter()
        .any(has)
    {
        SourceKind::Program
    } else {
        SourceKind::Library
    }
}

/// The crates that are proc macros or depend on one.
fn leading_to_macros<'a>(
    graph: &UnitGraph,
    keys: &[Option<CrateKey<'a>>],
) -> BTreeSet<CrateKey<'a>> {
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); graph.units.len()];
    for (index, unit) in graph.units.iter().enumerate() {
        for dependency in &unit.dependencies {
            if let Some(dependents) = dependents.get_mut(dependency.index) {
                dependents.push(index);
            }
        }
    }
    let key_of = |index: usize| keys.get(index).copied().flatten();
    let mut waiting: Vec<usize> = (0..graph.units.len())
        .filter(|index| key_of(*index).is_some_and(|key| key.1 == SourceKind::ProcMacro))
        .collect();
    let mut seen: BTreeSet<usize> = waiting.iter().copied().collect();
    while let Some(index) = waiting.pop() {
        let is_program =
            |index: usize| key_of(index).is_none_or(|key| key.1 == SourceKind::Program);
        for dependent in dependents.get(index).into_iter().flatten() {
            // A build script hands nothing on to the crate that it builds for, nor does a macro to those that use it.
            if !is_program(*dependent) && seen.insert(*dependent) {
                waiting.push(*dependent);
            }
        }
    }
    seen.into_iter().filter_map(key_of).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::needless_raw_string_hashes)]

    use super::*;
    use crate::names::PackageName;

    const GRAPH: &str = r#"{"units": [
        {"pkg_id": "app", "target": {"kind": ["lib"], "src_path": "/w/src/lib.rs", "edition": "2024"}, "mode": "check", "features": ["a"],
         "dependencies": [{"index": 2, "extern_crate_name": "ser"}, {"index": 4, "extern_crate_name": "plain"}, {"index": 6, "extern_crate_name": "build_script_build"}]},
        {"pkg_id": "app", "target": {"kind": ["test"], "src_path": "/w/tests/t.rs", "edition": "2024"}, "mode": "test", "features": ["a"],
         "dependencies": [{"index": 0, "extern_crate_name": "app"}, {"index": 2, "extern_crate_name": "ser"}]},
        {"pkg_id": "serde", "target": {"kind": ["lib"], "src_path": "/r/serde.rs", "edition": "2021"}, "mode": "check", "features": ["derive"],
         "dependencies": [{"index": 3, "extern_crate_name": "serde_derive"}]},
        {"pkg_id": "serde_derive", "target": {"kind": ["proc-macro"], "src_path": "/r/serde_derive.rs", "edition": "2021"}, "mode": "build",
         "dependencies": [{"index": 4, "extern_crate_name": "plain"}]},
        {"pkg_id": "plain", "target": {"kind": ["lib"], "src_path": "/r/plain.rs", "edition": "2018"}, "mode": "check", "dependencies": []},
        {"pkg_id": "app", "target": {"kind": ["custom-build"], "src_path": "/w/build.rs", "edition": "2024"}, "mode": "build",
         "dependencies": [{"index": 2, "extern_crate_name": "serde"}]},
        {"pkg_id": "app", "target": {"kind": ["custom-build"], "src_path": "/w/build.rs", "edition": "2024"}, "mode": "run-custom-build",
         "dependencies": [{"index": 5, "extern_crate_name": "build_script_build"}]},
        {"pkg_id": "serde", "target": {"kind": ["lib"], "src_path": "/r/serde.rs", "edition": "2021"}, "mode": "check", "features": ["std"],
         "dependencies": []}
    ]}"#;

    #[test]
    fn crates_between_members_and_macros_are_kept_with_the_names_they_go_by() {
        let graph: UnitGraph = serde_json::from_str(GRAPH).unwrap();
        let members = [Member {
            name: PackageName::new("app"),
            id: PackageId::new("app"),
            manifest_path: "/w/Cargo.toml".into(),
        }];
        let said: Vec<String> = source_graph(&graph, &members)
            .crates
            .iter()
            .map(|krate| {
                format!(
                    "{} {:?} {} {:?} {:?}",
                    krate.root, krate.kind, krate.edition, krate.features, krate.dependencies
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                r#"/w/src/lib.rs Library 2024 {"a"} {"ser": {2}}"#,
                r#"/w/tests/t.rs Program 2024 {"a"} {"app": {0}, "ser": {2}}"#,
                r#"/r/serde.rs Library 2021 {"derive", "std"} {"serde_derive": {3}}"#,
                r#"/r/serde_derive.rs ProcMacro 2021 {} {}"#,
                r#"/w/build.rs Program 2024 {} {"serde": {2}}"#,
            ]
        );
    }

    #[test]
    fn a_graph_of_another_form_leads_nowhere() {
        let graph: UnitGraph =
            serde_json::from_str(r#"{"units": [{"pkg_id": "a", "dependencies": [{"index": 0}]}]}"#)
                .unwrap();
        assert_eq!(source_graph(&graph, &[]), SourceGraph::default());
    }
}
