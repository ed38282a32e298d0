//! The dependency keys of one manifest and what stands where, out of its text alone. Opens no file and resolves no workspace.

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::{Document, Item, Key, TableLike};

use super::lines::{Lines, Position};
use crate::names::{Location, PackageName};

/// Why a manifest's text tells nothing; the text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[error("read {path} as TOML")]
pub struct ManifestError {
    /// The manifest.
    pub path: Utf8PathBuf,
    /// What is wrong with the text, and where.
    pub source: toml_edit::TomlError,
}

/// One manifest's dependency keys and the lines of interest, with their places.
#[derive(Debug, Clone)]
pub struct ManifestIndex {
    path: Utf8PathBuf,
    text: String,
    dependencies: Vec<Dependency>,
    proc_macro: Option<Range<usize>>,
    package_name: Option<Range<usize>>,
    headers: Vec<Range<usize>>,
}

/// One key of a dependency table.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The key as the table has it.
    pub key: String,
    /// The name after `package =`, where it differs from the key.
    pub renamed_from: Option<PackageName>,
    /// The version requirement, where there is one that can be read.
    pub requirement: Option<semver::VersionReq>,
    /// Where the manifest says that the package comes from.
    pub origin: Origin,
    /// The table that the key is in.
    pub section: Section,
    key_range: Range<usize>,
    /// The version requirement with its quotes.
    requirement_range: Option<Range<usize>>,
    /// All bytes that belong to the entry, the key included.
    extent: Vec<Range<usize>>,
}

/// Where a dependency comes from, as its entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A registry, by version.
    Registry,
    /// A git repository.
    Git,
    /// A directory.
    Path,
    /// The root's `[workspace.dependencies]`: `workspace = true`.
    Workspace,
}

/// The dependency tables, those that matter most to a person first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Section {
    /// `[dependencies]`, also those of a target.
    Normal,
    /// `[build-dependencies]`, also those of a target.
    Build,
    /// `[dev-dependencies]`, also those of a target.
    Development,
    /// `[workspace.dependencies]`.
    Workspace,
}

/// The names that a table of each kind goes by; cargo still takes the underscores up to edition 2021.
const SECTIONS: [(&str, Section); 5] = [
    ("dependencies", Section::Normal),
    ("build-dependencies", Section::Build),
    ("build_dependencies", Section::Build),
    ("dev-dependencies", Section::Development),
    ("dev_dependencies", Section::Development),
];

impl ManifestIndex {
    /// Reads a manifest's text; `path` is only what its places will name.
    pub fn parse(path: &Utf8Path, text: impl Into<String>) -> Result<Self, ManifestError> {
        let text = text.into();
        let document = Document::parse(text.as_str()).map_err(|source| ManifestError {
            path: path.to_owned(),
            source,
        })?;
        let mut reader = Reader {
            lines: Lines::new(&text),
            dependencies: Vec::new(),
        };
        let root = document.as_table();
        reader.sections_of(root);
        let targets = table(root, "target");
        for (_, target) in targets.iter().flat_map(|targets| targets.iter()) {
            if let Some(target) = target.as_table_like() {
                reader.sections_of(target);
            }
        }
        if let Some(shared) =
            table(root, "workspace").and_then(|workspace| table(workspace, "dependencies"))
        {
            reader.keys_of(shared, Section::Workspace);
        }
        let dependencies = reader.dependencies;
        let proc_macro = table(root, "lib").and_then(proc_macro_entry);
        let package_name = table(root, "package").and_then(|package| entry(package, "name"));
        let shared = root
            .get("workspace")
            .and_then(|workspace| workspace.get("dependencies"));
        let headers = root
            .get("dependencies")
            .into_iter()
            .chain(shared)
            .filter_map(Item::span)
            .collect();
        drop(document);
        Ok(Self {
            path: path.to_owned(),
            dependencies,
            proc_macro,
            package_name,
            headers,
            text,
        })
    }

    /// The manifest's path, as given.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// The headers of `[dependencies]` and `[workspace.dependencies]`.
    #[must_use]
    pub fn dependency_headers(&self) -> Vec<Location> {
        self.headers.iter().map(|range| self.place(range)).collect()
    }

    /// Every dependency key, in the order of the tables and then of the text.
    #[must_use]
    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// The dependency whose entry (key or value) is at a position.
    #[must_use]
    pub fn dependency_at(&self, position: Position) -> Option<&Dependency> {
        let offset = Lines::new(&self.text).offset(position)?;
        let touches = |range: &Range<usize>| range.start <= offset && offset <= range.end;
        let at_key = |dependency: &&Dependency| touches(&dependency.key_range);
        let in_entry = |dependency: &&Dependency| dependency.extent.iter().any(touches);
        let all = || self.dependencies.iter();
        all().find(at_key).or_else(|| all().find(in_entry))
    }

    /// The place of a dependency's key.
    #[must_use]
    pub fn location(&self, dependency: &Dependency) -> Location {
        self.place(&dependency.key_range)
    }

    /// The place of the version that `[dependencies]` requires of a package, quotes included, where it stands on one line.
    #[must_use]
    pub fn requirement_of(&self, package: &str) -> Option<Location> {
        let of_package = |dependency: &&Dependency| {
            let renamed = dependency.renamed_from.as_ref();
            dependency.section == Section::Normal
                && renamed.map_or(dependency.key.as_str(), PackageName::as_str) == package
        };
        let dependency = self.dependencies.iter().find(of_package)?;
        let range = dependency.requirement_range.as_ref()?;
        let is_on_one_line = !self.text.get(range.clone())?.contains('\n');
        is_on_one_line.then(|| self.place(range))
    }

    /// The place of `proc-macro = true` (or `crate-type = ["proc-macro"]`) in `[lib]`.
    #[must_use]
    pub fn proc_macro_line(&self) -> Option<Location> {
        self.proc_macro.as_ref().map(|range| self.place(range))
    }

    /// The place of the package's name, or the first line where the manifest names none.
    #[must_use]
    pub fn package_line(&self) -> Location {
        let name = self.package_name.clone();
        self.place(&name.unwrap_or(0..self.text.len()))
    }

    /// The package behind a dependency; `root` is the workspace's root manifest, for what is inherited from there.
    #[must_use]
    pub fn package_of(&self, dependency: &Dependency, root: Option<&Self>) -> PackageName {
        if let Some(name) = &dependency.renamed_from {
            return name.clone();
        }
        root.and_then(|root| root.inherited(dependency))
            .and_then(|shared| shared.renamed_from.clone())
            .unwrap_or_else(|| PackageName::new(dependency.key.as_str()))
    }

    /// In the root manifest: the `[workspace.dependencies]` entry that a member's dependency inherits.
    #[must_use]
    pub fn inherited(&self, dependency: &Dependency) -> Option<&Dependency> {
        let shared = |candidate: &&Dependency| {
            candidate.section == Section::Workspace && candidate.key == dependency.key
        };
        (dependency.origin == Origin::Workspace)
            .then(|| self.dependencies.iter().find(shared))
            .flatten()
    }

    fn place(&self, range: &Range<usize>) -> Location {
        Lines::new(&self.text).location(&self.path, range)
    }
}

/// Collects the dependency keys of tables.
struct Reader<'text> {
    lines: Lines<'text>,
    dependencies: Vec<Dependency>,
}

impl Reader<'_> {
    /// All dependency tables directly in `owner`.
    fn sections_of(&mut self, owner: &dyn TableLike) {
        for (name, section) in SECTIONS {
            if let Some(dependencies) = table(owner, name) {
                self.keys_of(dependencies, section);
            }
        }
    }

    /// All keys of one dependency table.
    fn keys_of(&mut self, dependencies: &dyn TableLike, section: Section) {
        for (name, _) in dependencies.iter() {
            let Some((key, item)) = dependencies.get_key_value(name) else {
                continue;
            };
            let Some(key_range) = key.span() else {
                continue;
            };
            let extent = self.extent(&key_range, item);
            self.dependencies.push(Dependency {
                key: name.to_owned(),
                renamed_from: text(item, "package").map(PackageName::new),
                requirement: requirement(item),
                requirement_range: requirement_range(item),
                origin: origin(item),
                section,
                key_range,
                extent,
            });
        }
    }

    /// The bytes of an entry in any of the shapes that TOML has for it.
    fn extent(&self, key: &Range<usize>, item: &Item) -> Vec<Range<usize>> {
        let Some(table) = item.as_table() else {
            let end = item.span().map_or(key.end, |value| value.end);
            return std::iter::once(key.start..end.max(key.end)).collect();
        };
        // A header of its own, or one line per dotted key: `serde.version = "1"`.
        let header = if table.is_dotted() {
            key.clone()
        } else {
            item.span().unwrap_or_else(|| key.clone())
        };
        let fields = table.iter().filter_map(|(name, _)| entry(table, name));
        std::iter::once(header)
            .chain(fields.map(|field| self.lines.line_start(field.start)..field.end))
            .collect()
    }
}

/// A table by its name, written in any way.
fn table<'table>(owner: &'table dyn TableLike, name: &str) -> Option<&'table dyn TableLike> {
    owner.get(name)?.as_table_like()
}

/// The bytes from a key to the end of its value.
fn entry(owner: &dyn TableLike, name: &str) -> Option<Range<usize>> {
    let (key, item) = owner.get_key_value(name)?;
    let start = Key::span(key)?.start;
    Some(start..item.span()?.end.max(start))
}

/// A string field of a dependency's table.
fn text<'item>(item: &'item Item, name: &str) -> Option<&'item str> {
    item.as_table_like()?.get(name)?.as_str()
}

fn requirement(item: &Item) -> Option<semver::VersionReq> {
    let text = item.as_str().or_else(|| text(item, "version"))?;
    semver::VersionReq::parse(text).ok()
}

fn requirement_range(item: &Item) -> Option<Range<usize>> {
    let value = match item.as_table_like() {
        Some(table) => table.get("version")?,
        None => item,
    };
    value.as_str()?;
    value.span()
}

fn origin(item: &Item) -> Origin {
    let has = |name: &str| {
        item.as_table_like()
            .is_some_and(|table| table.contains_key(name))
    };
    match item {
        _ if has("workspace") => Origin::Workspace,
        _ if has("path") => Origin::Path,
        _ if has("git") => Origin::Git,
        _ => Origin::Registry,
    }
}

/// What makes a library a proc macro in `[lib]`.
fn proc_macro_entry(lib: &dyn TableLike) -> Option<Range<usize>> {
    for name in ["proc-macro", "proc_macro"] {
        if lib.get(name).and_then(Item::as_bool) == Some(true) {
            return entry(lib, name);
        }
    }
    ["crate-type", "crate_type"].into_iter().find_map(|name| {
        let types = lib.get(name)?.as_array()?;
        let is_proc_macro = types.iter().any(|kind| kind.as_str() == Some("proc-macro"));
        is_proc_macro.then(|| entry(lib, name)).flatten()
    })
}
