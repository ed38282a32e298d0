//! Cargo's configuration files as far as they are read here without asking cargo: which there are, and which variables, build
//! directories and programs around rustc they set.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::{DocumentMut, Item};

use crate::observed::file;

/// A configuration file is small.
const SIZE_LIMIT: u64 = 4 << 20;
/// Files that include each other are followed this far.
const FILES_LIMIT: usize = 64;

/// The configuration files that cargo reads in a directory, or would read if they were there.
#[derive(Debug, Default)]
pub(super) struct ConfigFiles {
    /// The files, those that are missing included.
    pub(super) files: Vec<Utf8PathBuf>,
    /// The variables in their `[env]` tables.
    pub(super) variables: Vec<String>,
    /// The programs around rustc, the nearest file's first.
    pub(super) wrappers: Vec<ConfiguredWrapper>,
    /// The programs that stand for rustc itself, as paths or names for PATH.
    pub(super) compilers: Vec<String>,
    directories: Vec<(BuildDirectoryKey, Utf8PathBuf)>,
}

/// A program that a configuration file puts around rustc.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredWrapper {
    /// The key below `build`.
    pub key: &'static str,
    /// The program: a name for PATH, or a path.
    pub program: String,
    /// The file.
    pub file: Utf8PathBuf,
}

/// Which key of a configuration file names a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum BuildDirectoryKey {
    BuildDir,
    TargetDir,
}

impl ConfigFiles {
    /// From the directory up, then cargo's home (cargo 1.95, `context/mod.rs`, `walk_tree`).
    pub(super) fn find(directory: &Utf8Path, cargo_home: Option<&Utf8Path>) -> Self {
        let mut pending: Vec<Utf8PathBuf> = directory
            .ancestors()
            .map(|directory| directory.join(".cargo"))
            .chain(cargo_home.map(Utf8Path::to_owned))
            .flat_map(|directory| [directory.join("config"), directory.join("config.toml")])
            .collect();
        // The nearest is taken first.
        pending.reverse();
        let mut found = Self::default();
        let mut seen = BTreeSet::new();
        while let Some(path) = pending.pop() {
            if seen.len() > FILES_LIMIT || !seen.insert(path.clone()) {
                continue;
            }
            if let Some(document) = read(&path) {
                pending.extend(included(&document, &path));
                found.note(&document, &path);
            }
            found.files.push(path);
        }
        found.variables.sort();
        found.variables.dedup();
        found
    }

    fn note(&mut self, document: &DocumentMut, path: &Utf8Path) {
        self.note_wrappers(document, path);
        if let Some(variables) = document.get("env").and_then(Item::as_table_like) {
            self.variables
                .extend(variables.iter().map(|(name, _)| name.to_owned()));
        }
        // Relative to the directory that holds `.cargo` (cargo reference, "config-relative paths").
        let base = path.parent().and_then(Utf8Path::parent).unwrap_or(path);
        let compiler = document
            .get("build")
            .and_then(|build| build.get("rustc")?.as_str());
        self.compilers
            .extend(compiler.map(|program| program_path(base, program)));
        for (key, name) in [
            (BuildDirectoryKey::BuildDir, "build-dir"),
            (BuildDirectoryKey::TargetDir, "target-dir"),
        ] {
            let value = document
                .get("build")
                .and_then(|build| build.get(name)?.as_str());
            if let Some(value) = value.filter(|value| !value.contains('{')) {
                self.directories.push((key, base.join(value)));
            }
        }
    }

    /// The nearest file decides (cargo reference, "Hierarchical structure").
    fn note_wrappers(&mut self, document: &DocumentMut, path: &Utf8Path) {
        let base = path.parent().and_then(Utf8Path::parent).unwrap_or(path);
        for key in ["rustc-wrapper", "rustc-workspace-wrapper"] {
            let value = document
                .get("build")
                .and_then(|build| build.get(key)?.as_str());
            let Some(value) = value.filter(|_| self.wrappers.iter().all(|known| known.key != key))
            else {
                continue;
            };
            self.wrappers.push(ConfiguredWrapper {
                key,
                program: program_path(base, value),
                file: path.to_owned(),
            });
        }
    }

    /// Directories that may be the build directory, the likeliest first, as far as files without templates tell.
    pub(super) fn build_directories(mut self) -> Vec<Utf8PathBuf> {
        self.directories.sort_by_key(|(key, _)| *key);
        self.directories
            .into_iter()
            .map(|(_, directory)| directory)
            .collect()
    }
}

/// A path is relative to the configuration's directory; a mere name is looked for on PATH.
fn program_path(base: &Utf8Path, program: &str) -> String {
    if program.contains(['/', '\\']) {
        base.join(program).into_string()
    } else {
        program.to_owned()
    }
}

fn read(path: &Utf8Path) -> Option<DocumentMut> {
    let bytes = file::read(path.as_std_path(), SIZE_LIMIT).ok()?;
    String::from_utf8(bytes).ok()?.parse().ok()
}

/// The files of `include`: a path, a list of paths, or a list of tables with `path`.
fn included(document: &DocumentMut, path: &Utf8Path) -> Vec<Utf8PathBuf> {
    let Some(include) = document.get("include") else {
        return Vec::new();
    };
    let directory = path.parent().unwrap_or(path);
    let of_value = |value: &toml_edit::Value| {
        let text = value
            .as_str()
            .or_else(|| value.as_inline_table()?.get("path")?.as_str())?;
        Some(directory.join(text))
    };
    match include {
        Item::Value(toml_edit::Value::Array(list)) => list.iter().filter_map(of_value).collect(),
        Item::Value(value) => of_value(value).into_iter().collect(),
        Item::ArrayOfTables(tables) => tables
            .iter()
            .filter_map(|table| Some(directory.join(table.get("path")?.as_str()?)))
            .collect(),
        _ => Vec::new(),
    }
}
