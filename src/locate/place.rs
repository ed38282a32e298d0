//! The place at which a macro shows: the dependency key that brings it in by the shortest way.
//!
//! Reads through a function it is given, so that an editor's unsaved text counts. Knows no verdict.

use std::collections::BTreeMap;
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};

use super::manifest::{Dependency, ManifestIndex, Origin, Section};
use crate::expected::{ExpectedMacro, Way, Workspace};
use crate::names::{Location, PackageId, PackageName, PackageSource};

/// Where a macro shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The dependency's key, or the `proc-macro = true` line of a macro of the workspace.
    pub location: Location,
    /// The packages from the member to the macro.
    pub way: Vec<PackageName>,
    /// The key in the root's `[workspace.dependencies]`, where the member inherits it from there.
    pub inherited_from: Option<Location>,
}

/// The manifests of one workspace, each read once.
pub struct Manifests<'reader> {
    root_manifest: Utf8PathBuf,
    read: &'reader dyn Fn(&Utf8Path) -> Option<String>,
    kept: BTreeMap<Utf8PathBuf, Option<Rc<ManifestIndex>>>,
}

impl std::fmt::Debug for Manifests<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Manifests")
            .field("root_manifest", &self.root_manifest)
            .field("kept", &self.kept)
            .finish_non_exhaustive()
    }
}

impl<'reader> Manifests<'reader> {
    /// The manifests of `workspace`; `read` gives the text of a file, `None` where it has none.
    #[must_use]
    pub fn new(workspace: &Workspace, read: &'reader dyn Fn(&Utf8Path) -> Option<String>) -> Self {
        Self {
            root_manifest: workspace.root.join("Cargo.toml"),
            read,
            kept: BTreeMap::new(),
        }
    }

    /// Where to show `expected`: by its shortest way whose manifest can be read, `None` where none can.
    pub fn place_of_macro(&mut self, expected: &ExpectedMacro) -> Option<Place> {
        let mut ways: Vec<&Way> = expected.ways.iter().collect();
        ways.sort_by_key(|way| way.packages.len());
        ways.into_iter().find_map(|way| self.place_of_way(way))
    }

    /// The index of a manifest, where it can be read.
    pub fn index(&mut self, path: &Utf8Path) -> Option<Rc<ManifestIndex>> {
        if let Some(kept) = self.kept.get(path) {
            return kept.clone();
        }
        let index = (self.read)(path)
            .and_then(|text| ManifestIndex::parse(path, text).ok())
            .map(Rc::new);
        self.kept.insert(path.to_owned(), index.clone());
        index
    }

    fn place_of_way(&mut self, way: &Way) -> Option<Place> {
        let manifest = self.index(&way.manifest_path)?;
        let Some(wanted) = way.packages.get(1) else {
            let location = manifest
                .proc_macro_line()
                .unwrap_or_else(|| manifest.package_line());
            return Some(Place {
                location,
                way: way.packages.clone(),
                inherited_from: None,
            });
        };
        let root_manifest = self.root_manifest.clone();
        let root = self.index(&root_manifest);
        let root = root.as_deref();
        let found = best(&manifest, root, wanted, way.first_step.as_ref());
        let inherited_from = found.and_then(|dependency| {
            let root = root?;
            root.inherited(dependency)
                .map(|shared| root.location(shared))
        });
        Some(Place {
            location: found.map_or_else(
                || manifest.package_line(),
                |dependency| manifest.location(dependency),
            ),
            way: way.packages.clone(),
            inherited_from,
        })
    }
}

/// The dependency of a member that stands for the package `wanted`, best the one whose version and source fit.
fn best<'index>(
    manifest: &'index ManifestIndex,
    root: Option<&ManifestIndex>,
    wanted: &PackageName,
    id: Option<&PackageId>,
) -> Option<&'index Dependency> {
    let parts = id.and_then(PackageId::parts);
    let version = parts
        .as_ref()
        .and_then(|parts| semver::Version::parse(parts.version).ok());
    let source = parts.map(|parts| origin_of(parts.source));
    manifest
        .dependencies()
        .iter()
        .filter(|dependency| dependency.section != Section::Workspace)
        .filter(|dependency| manifest.package_of(dependency, root) == *wanted)
        .min_by_key(|dependency| {
            let spoken = root
                .and_then(|root| root.inherited(dependency))
                .unwrap_or(dependency);
            let version_fits = match (&spoken.requirement, &version) {
                (Some(requirement), Some(version)) if requirement.matches(version) => Fit::Yes,
                (Some(_), Some(_)) => Fit::No,
                _ => Fit::Unknown,
            };
            let source_fits = match source {
                Some(source) if source == spoken.origin => Fit::Yes,
                Some(_) => Fit::No,
                None => Fit::Unknown,
            };
            (version_fits, source_fits, dependency.section)
        })
}

/// How well an entry fits a package, the best first. A patched dependency fits badly and is the right one nevertheless.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Yes,
    Unknown,
    No,
}

fn origin_of(source: PackageSource) -> Origin {
    match source {
        PackageSource::Path => Origin::Path,
        PackageSource::Git => Origin::Git,
        PackageSource::Registry => Origin::Registry,
    }
}

/// The macros that a dependency of a manifest brings in, for a hover or an action at its key.
///
/// `package` is what [`ManifestIndex::package_of`] says; `manifest` is a member's, or the root's for its shared entries.
pub fn macros_behind<'all>(
    manifest: &Utf8Path,
    section: Section,
    package: &PackageName,
    macros: impl IntoIterator<Item = &'all ExpectedMacro>,
) -> Vec<&'all ExpectedMacro> {
    let leads_here = |way: &Way| {
        way.packages.get(1) == Some(package)
            && (section == Section::Workspace || way.manifest_path == manifest)
    };
    macros
        .into_iter()
        .filter(|expected| expected.ways.iter().any(leads_here))
        .collect()
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
