//! How each macro comes into the workspace: the shortest way from every member that brings it in.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::{Member, Way};
use crate::cargo::unit_graph::UnitGraph;
use crate::names::{PackageId, PackageIdParts, PackageName};

/// The ways to every package of a unit graph.
#[derive(Debug, Default)]
pub(super) struct Ways {
    by_package: HashMap<String, Vec<Way>>,
}

impl Ways {
    /// Walks the graph once from each member. A way does not pass through another member: that one has its own.
    pub(super) fn find(graph: &UnitGraph, members: &[Member]) -> Self {
        let mut neighbours: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for unit in &graph.units {
            let targets = neighbours.entry(&unit.pkg_id).or_default();
            for dependency in &unit.dependencies {
                if let Some(target) = graph.units.get(dependency.index) {
                    targets.insert(&target.pkg_id);
                }
            }
        }
        let member_ids: BTreeSet<&str> = members.iter().map(|member| member.id.as_str()).collect();
        let mut ways = Self::default();
        for member in members {
            ways.walk(member, &neighbours, &member_ids);
        }
        for found in ways.by_package.values_mut() {
            found.sort_by(|a, b| {
                (a.packages.len(), &a.packages).cmp(&(b.packages.len(), &b.packages))
            });
        }
        ways
    }

    fn walk(
        &mut self,
        member: &Member,
        neighbours: &BTreeMap<&str, BTreeSet<&str>>,
        member_ids: &BTreeSet<&str>,
    ) {
        let start = member.id.as_str();
        let mut before: HashMap<&str, &str> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(package) = queue.pop_front() {
            if package != start && member_ids.contains(package) {
                continue;
            }
            for next in neighbours.get(package).into_iter().flatten() {
                if *next != start && !before.contains_key(next) {
                    before.insert(next, package);
                    queue.push_back(next);
                }
            }
        }
        for reached in before.keys().copied().chain([start]) {
            let mut ids = vec![reached];
            while let Some(previous) = ids.last().and_then(|last| before.get(last)) {
                ids.push(previous);
            }
            ids.reverse();
            self.by_package
                .entry(reached.to_owned())
                .or_default()
                .push(Way {
                    packages: ids.iter().map(|id| name_of(id)).collect(),
                    manifest_path: member.manifest_path.clone(),
                    first_step: ids.get(1).map(|id| PackageId::new(*id)),
                });
        }
    }

    /// The ways to a package, the shortest first.
    pub(super) fn to(&self, package_id: &str) -> Vec<Way> {
        self.by_package.get(package_id).cloned().unwrap_or_default()
    }
}

fn name_of(id: &str) -> PackageName {
    PackageName::new(PackageIdParts::parse(id).map_or(id, |parts| parts.name))
}
