//! Where packages come from, told by cargo's package ids.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Member, PackageSource};
use crate::cargo::unit_graph::UnitGraph;

/// The parts of a package id: `kind+url#name@version` (cargo's package id specification), and up to cargo 1.76 `name version (kind+url)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PackageIdParts {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// Where it comes from.
    pub source: PackageSource,
    /// The directory of a package from a path.
    pub directory: Option<Utf8PathBuf>,
}

impl PackageIdParts {
    /// Takes an id apart; `None` for one of another form.
    #[must_use]
    pub(super) fn parse(id: &str) -> Option<Self> {
        if let Some((spoken, source)) = id.strip_suffix(')').and_then(|id| id.split_once(" (")) {
            let (name, version) = spoken.split_once(' ')?;
            let (url, _revision) = source.split_once('#').unwrap_or((source, ""));
            return Self::of_source(url, |_| Some((name, version)));
        }
        let (url, fragment) = id.rsplit_once('#')?;
        Self::of_source(url, |location| match fragment.split_once('@') {
            Some(named) => Some(named),
            // Where the directory has the package's name, the id leaves the name out.
            None => Some((location.trim_end_matches('/').rsplit('/').next()?, fragment)),
        })
    }

    /// `name_and_version` are found with the location's help.
    fn of_source<'a>(
        url: &'a str,
        name_and_version: impl FnOnce(&'a str) -> Option<(&'a str, &'a str)>,
    ) -> Option<Self> {
        let (kind, location) = url.split_once('+')?;
        let source = match kind {
            "path" => PackageSource::Path,
            "git" => PackageSource::Git,
            _ => PackageSource::Registry,
        };
        let location = location
            .split_once('?')
            .map_or(location, |(location, _)| location);
        let (name, version) = name_and_version(location)?;
        let directory = match source {
            PackageSource::Path => location.strip_prefix("file://").and_then(path_of_url),
            PackageSource::Registry | PackageSource::Git => None,
        };
        Some(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            source,
            directory,
        })
    }
}

/// The path in a `file` URL, which has every byte that is no letter in its percent form where URLs have no place for it.
fn path_of_url(path: &str) -> Option<Utf8PathBuf> {
    // Before a drive there is another slash.
    let path = match path.as_bytes() {
        [b'/', _, b':', ..] if cfg!(windows) => path.strip_prefix('/')?,
        _ => path,
    };
    let mut bytes = Vec::with_capacity(path.len());
    let mut parts = path.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok().map(Utf8PathBuf::from)
}

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
            match parts.directory {
                Some(directory) => {
                    index.directories.insert(directory);
                }
                None => {
                    index
                        .sources
                        .insert((parts.name, parts.version), parts.source);
                }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(id: &str, name: &str, version: &str, source: PackageSource) {
        let parts = PackageIdParts::parse(id).unwrap();
        assert_eq!(
            (parts.name.as_str(), parts.version.as_str(), parts.source),
            (name, version, source)
        );
    }

    #[test]
    fn ids_of_every_kind_are_taken_apart() {
        check(
            "registry+https://registry.example/index#tracing@0.1.28",
            "tracing",
            "0.1.28",
            PackageSource::Registry,
        );
        check(
            "path+file:///home/me/my-macros#0.1.0",
            "my-macros",
            "0.1.0",
            PackageSource::Path,
        );
        check(
            "path+file:///home/me/macros#my-macros@0.1.0",
            "my-macros",
            "0.1.0",
            PackageSource::Path,
        );
        check(
            "git+https://forge.example/a/serde?branch=main#1.0.3",
            "serde",
            "1.0.3",
            PackageSource::Git,
        );
        check(
            "sparse+https://registry.example/#a@1.0.0-rc.1+build",
            "a",
            "1.0.0-rc.1+build",
            PackageSource::Registry,
        );
    }

    #[test]
    fn ids_of_older_cargos_are_taken_apart() {
        check(
            "serde 1.0.3 (registry+https://registry.example/index)",
            "serde",
            "1.0.3",
            PackageSource::Registry,
        );
        check(
            "serde 1.0.3 (git+https://forge.example/a/serde?branch=main#0123abc)",
            "serde",
            "1.0.3",
            PackageSource::Git,
        );
        check(
            "my-macros 0.1.0 (path+file:///home/me/macros)",
            "my-macros",
            "0.1.0",
            PackageSource::Path,
        );
    }

    #[test]
    #[cfg(unix)]
    fn directories_are_as_the_system_names_them() {
        let directory = |id| PackageIdParts::parse(id).unwrap().directory;
        let wanted = Some(Utf8PathBuf::from("/home/me/a b/ä#?%/mac"));
        for id in [
            "path+file:///home/me/a%20b/%C3%A4%23%3F%25/mac#0.1.0",
            "mac 0.1.0 (path+file:///home/me/a%20b/%C3%A4%23%3F%25/mac)",
        ] {
            assert_eq!(directory(id), wanted);
        }
    }
}
