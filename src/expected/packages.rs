//! Where packages come from, told by cargo's package ids.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Member, PackageSource};
use crate::cargo::unit_graph::UnitGraph;
use crate::names::PackageIdParts;

/// All packages of a unit graph.
#[derive(Debug, Default)]
pub(super) struct PackageIndex {
    directories: BTreeSet<Utf8PathBuf>,
    sources: HashMap<(String, String), PackageSource>,
}

impl PackageIndex {
    pub(super) fn new(graph: &UnitGraph) -> Self {
        let mut index = Self::default();
        for unit in &graph.units {
            let Some(parts) = PackageIdParts::parse(&unit.pkg_id) else {
                continue;
            };
            if let Some(directory) = parts.directory {
                index.directories.insert(directory);
            } else {
                let named = (parts.name.to_owned(), parts.version.to_owned());
                index.sources.insert(named, parts.source);
            }
        }
        index
    }

    /// The directories of all packages from a path, members included.
    pub(super) fn local(&self, members: &[Member]) -> Vec<Utf8PathBuf> {
        let of_members = members
            .iter()
            .filter_map(|member| member.manifest_path.parent());
        let mut directories = self.directories.clone();
        directories.extend(of_members.map(Utf8Path::to_owned));
        directories.into_iter().collect()
    }

    /// Where the package of this name and version in this directory comes from. One crate can come from a path and from the
    /// registry at once, so the directory decides first.
    pub(super) fn source(&self, name: &str, version: &str, directory: &Utf8Path) -> PackageSource {
        if self.directories.contains(directory) {
            return PackageSource::Path;
        }
        if let Some(source) = self.sources.get(&(name.to_owned(), version.to_owned())) {
            return *source;
        }
        // Without the unit graph, the place in cargo's home tells.
        let has = |first: &str, second: &str| {
            let parts: Vec<&str> = directory.iter().collect();
            parts.windows(2).any(|pair| pair == [first, second])
        };
        if has("registry", "src") {
            PackageSource::Registry
        } else if has("git", "checkouts") {
            PackageSource::Git
        } else {
            PackageSource::Path
        }
    }
}

/// The features that are on, of every package in the graph by name and version; those of all its units together.
pub(super) fn features(graph: &UnitGraph) -> BTreeMap<String, BTreeSet<String>> {
    let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for unit in graph.units.iter().filter(|unit| !unit.is_std) {
        if let Some(parts) = PackageIdParts::parse(&unit.pkg_id) {
            features
                .entry(format!("{} {}", parts.name, parts.version))
                .or_default()
                .extend(unit.features.iter().cloned());
        }
    }
    features
}
