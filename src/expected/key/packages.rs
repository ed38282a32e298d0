//! What of packages decides cargo's answer: which targets they have, which are members, and whether those that others made are there.

use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::DocumentMut;

use super::{CONTENT_LIMIT, Item};
use crate::expected::{Expectation, ExpectedInputs, PackageSource};
use crate::observed::file;

/// Directories that a member pattern is followed into at most.
const PATTERN_LIMIT: usize = 10_000;

/// What decides which targets a package has.
pub(super) fn package_items(package: &Utf8Path) -> Vec<Item> {
    let mut items = vec![Item::File(package.join("Cargo.toml"))];
    for file in ["build.rs", "src/lib.rs", "src/main.rs"] {
        items.push(Item::Presence(package.join(file)));
    }
    for directory in ["src/bin", "tests", "examples", "benches"] {
        let directory = package.join(directory);
        // A directory in there is a target of its own as soon as it has a `main.rs`.
        let own = file::names(&directory)
            .into_iter()
            .map(|name| directory.join(name))
            .filter(|path| path.is_dir())
            .map(|path| Item::Presence(path.join("main.rs")));
        items.extend(own);
        items.push(Item::Names(directory));
    }
    // A package outside the workspace may inherit from a manifest of its own workspace.
    let parents = package
        .ancestors()
        .skip(1)
        .map(|parent| parent.join("Cargo.toml"));
    items.extend(
        parents
            .filter(|manifest| manifest.is_file())
            .map(Item::File),
    );
    items
}

/// The directories that the root manifest's member patterns look into, so that a new member is noticed.
pub(super) fn member_pattern_items(root: &Utf8Path) -> Vec<Item> {
    let manifest = manifest(root);
    let patterns: Vec<String> = manifest
        .as_ref()
        .and_then(|manifest| manifest.get("workspace")?.get("members")?.as_array())
        .into_iter()
        .flatten()
        .filter_map(|pattern| pattern.as_str().map(str::to_owned))
        .collect();
    let mut items = Vec::new();
    for pattern in patterns {
        let mut directories = vec![root.to_owned()];
        for part in pattern.split('/') {
            let is_pattern = part.contains(['*', '?', '[']);
            directories = directories
                .into_iter()
                .flat_map(|directory| {
                    if !is_pattern {
                        return vec![directory.join(part)];
                    }
                    let names = file::names(&directory);
                    let inner = names.iter().map(|name| directory.join(name)).collect();
                    items.push(Item::Names(directory));
                    inner
                })
                .take(PATTERN_LIMIT)
                .collect();
        }
        items.extend(
            directories
                .into_iter()
                .map(|directory| Item::Presence(directory.join("Cargo.toml"))),
        );
    }
    items
}

/// Packages from a path with a build script. In cargo's answer none has named its inputs, since none has run; cargo then takes the newest
/// file of the whole package for them.
pub(super) fn summarised_packages(expectation: &Expectation) -> impl Iterator<Item = Utf8PathBuf> {
    expectation
        .units
        .iter()
        .filter(|unit| unit.source == PackageSource::Path)
        .filter(|unit| matches!(unit.inputs, ExpectedInputs::BuildScriptOutput { .. }))
        .map(|unit| unit.package_root.clone())
}

/// The manifests above a root that is none by its own words: any of them may come to claim it (cargo 1.95, `find_workspace_root`).
pub(super) fn parent_manifests(root: &Utf8Path) -> Vec<Item> {
    let is_its_own_root =
        manifest(root).is_some_and(|manifest| manifest.get("workspace").is_some());
    let parents = root.ancestors().skip(1);
    parents
        .take_while(|_| !is_its_own_root)
        .map(|parent| Item::File(parent.join("Cargo.toml")))
        .collect()
}

/// Packages that somebody unpacked where people reach them, such as vendored ones. What lies in cargo's home comes back by itself.
pub(super) fn unpacked_packages(expectation: &Expectation) -> Vec<Item> {
    let Some(home) = &expectation.environment.cargo_home else {
        return Vec::new();
    };
    // The two may be spelled differently, where a link leads to the home.
    let real_home = home.canonicalize_utf8().ok();
    let is_at_home = |root: &Utf8Path| {
        root.starts_with(home)
            || real_home.as_ref().is_some_and(|home| {
                root.canonicalize_utf8()
                    .is_ok_and(|root| root.starts_with(home))
            })
    };
    expectation
        .units
        .iter()
        .filter(|unit| unit.source != PackageSource::Path)
        .map(|unit| &unit.package_root)
        .filter(|root| !is_at_home(root))
        .flat_map(|root| ["Cargo.toml", ".cargo-checksum.json"].map(|name| root.join(name)))
        .map(Item::Program)
        .collect()
}

fn manifest(directory: &Utf8Path) -> Option<DocumentMut> {
    let bytes = file::read(directory.join("Cargo.toml").as_std_path(), CONTENT_LIMIT).ok()?;
    String::from_utf8(bytes).ok()?.parse().ok()
}
