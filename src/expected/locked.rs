//! What the lock file tells of a package before the unit graph is there: its id, and its shortest way from a member where nothing but
//! that way can be it. Pure; whatever leaves a doubt has no answer here.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, Package};

use super::{PackageSource, Way};
use crate::names::{PackageId, PackageName};

/// Packages behind packages are followed this far.
const LONGEST_WAY: usize = 64;

/// The one registry whose packages have the same ids everywhere.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The packages of a lock file.
#[derive(Debug, Default)]
pub struct LockedPackages<'text> {
    by_name: BTreeMap<&'text str, Vec<LockedPackage<'text>>>,
    /// Who depends on each, by name and as far as the lock file goes: for all targets, features and purposes.
    dependents: BTreeMap<&'text str, BTreeSet<&'text str>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct LockedPackage<'text> {
    version: &'text str,
    source: Option<&'text str>,
}

/// A package, and how it comes into the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedMacro {
    /// Its version.
    pub version: String,
    /// Its id.
    pub package_id: PackageId,
    /// Where it comes from.
    pub source: PackageSource,
    /// Its shortest way.
    pub way: Way,
}

impl<'text> LockedPackages<'text> {
    /// Reads a lock file as cargo writes it, one thing a line.
    #[must_use]
    pub fn parse(text: &'text str) -> Self {
        let mut packages = Self::default();
        for table in text.split("[[package]]").skip(1) {
            packages.add(table);
        }
        packages
    }

    fn add(&mut self, table: &'text str) {
        let value = |key: &str| {
            table.lines().find_map(|line| {
                let text = line.strip_prefix(key)?.strip_prefix(" = \"")?;
                text.strip_suffix('"')
            })
        };
        let (Some(name), Some(version)) = (value("name"), value("version")) else {
            return;
        };
        self.by_name.entry(name).or_default().push(LockedPackage {
            version,
            source: value("source"),
        });
        let dependencies = table
            .lines()
            .skip_while(|line| *line != "dependencies = [")
            .skip(1)
            .take_while(|line| *line != "]");
        for line in dependencies {
            // "name", and with the version and the source where the name alone is not clear.
            let spoken = line.trim().trim_end_matches(',').trim_matches('"');
            if let Some(dependency) = spoken.split(' ').next() {
                self.dependents.entry(dependency).or_default().insert(name);
            }
        }
    }

    /// The package of this name, where it is the only one and its shortest way is certain whatever features and targets are chosen.
    #[must_use]
    pub fn certain(&self, name: &PackageName, metadata: &Metadata) -> Option<LockedMacro> {
        let (version, package_id, source) = self.identity(name.as_str(), metadata)?;
        let mut names = vec![name.as_str()];
        // From the macro up to a package that a member names itself.
        let member = loop {
            let nearest = *names.last()?;
            if let Some(member) = member_called(nearest, metadata) {
                // A member's own macro; what is behind another member is that member's.
                (names.len() == 1).then_some(())?;
                break member;
            }
            let naming = members_naming(nearest, metadata);
            if let Some(first) = naming.first() {
                names_for_certain(first, nearest).then_some(())?;
                names.push(first.name.as_str());
                break first;
            }
            let mut dependents = self.dependents.get(nearest)?.iter();
            let only = *dependents.next()?;
            let is_certain = dependents.next().is_none() && names.len() < LONGEST_WAY;
            is_certain.then_some(())?;
            names.push(only);
        };
        names.reverse();
        let first_step = match names.get(1) {
            Some(first) => Some(self.identity(first, metadata)?.1),
            None => None,
        };
        Some(LockedMacro {
            version,
            package_id,
            source,
            way: Way {
                packages: names.into_iter().map(PackageName::new).collect(),
                manifest_path: member.manifest_path.clone(),
                first_step,
            },
        })
    }

    fn identity(
        &self,
        name: &str,
        metadata: &Metadata,
    ) -> Option<(String, PackageId, PackageSource)> {
        let [package] = self.by_name.get(name)?.as_slice() else {
            return None;
        };
        let version = package.version.to_owned();
        match package.source {
            Some(CRATES_IO) => {
                let id = PackageId::new(format!("{CRATES_IO}#{name}@{version}"));
                Some((version, id, PackageSource::Registry))
            }
            Some(_) => None,
            None => {
                let id = member_called(name, metadata)?.id.repr.clone();
                Some((version, PackageId::new(id), PackageSource::Path))
            }
        }
    }
}

fn member_called<'a>(name: &str, metadata: &'a Metadata) -> Option<&'a Package> {
    metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == name)
}

/// The members that name a package among their dependencies, for whatever target and purpose, in the order of their names.
fn members_naming<'a>(name: &str, metadata: &'a Metadata) -> Vec<&'a Package> {
    let mut members: Vec<&Package> = metadata
        .packages
        .iter()
        .filter(|package| package.dependencies.iter().any(|it| it.name == name))
        .collect();
    members.sort_by(|one, other| one.name.as_str().cmp(other.name.as_str()));
    members
}

/// Whether a member, built in whatever way, has a package among its dependencies.
fn names_for_certain(member: &Package, name: &str) -> bool {
    let is_built = member
        .targets
        .iter()
        .any(|target| target.required_features.is_empty() && !target.is_custom_build());
    is_built
        && member.dependencies.iter().any(|dependency| {
            dependency.name == name
                && dependency.kind == DependencyKind::Normal
                && !dependency.optional
                && dependency.target.is_none()
        })
}

#[cfg(test)]
#[path = "locked_tests.rs"]
mod tests;
