//! The modules of the crates through which macros come, read from their files as `mod` leads from one to the next.
//!
//! Reads through a function it is given. Knows the compiler's rules for files of modules, and no verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::condition::{Configuration, Holds, Side, all};
use super::outline::{Export, Import, ModuleFile, Outline, Scope, ScopeKind};
use crate::expected::{SourceCrate, SourceGraph, SourceKind};
use crate::names::PackageId;

/// No crate has more files than these that are read.
const MOST_FILES: usize = 4_000;
/// A file is a part of a crate by several ways only where `#[path]` leads to it, and hardly by more than these.
const MOST_WAYS: usize = 8;
/// More modules than any crate has; what one file declares is still taken in.
const MOST_MODULES: usize = 100_000;
/// `mod` leads no deeper than this, neither from file to file, as a `#[path]` may lead back to its own file, nor within one.
const DEEPEST: usize = 48;

/// All crates through which macros come to the workspace's sources.
#[derive(Debug, Default)]
pub struct Crates {
    pub(super) all: Vec<Crate>,
    /// The modules of the members' files; a file may be a part of several crates.
    files: BTreeMap<Utf8PathBuf, Vec<(usize, usize)>>,
    /// The members' crates by the directory of their package.
    packages: BTreeMap<Utf8PathBuf, Vec<usize>>,
}

#[derive(Debug)]
pub(super) struct Crate {
    pub(super) package_id: PackageId,
    pub(super) kind: SourceKind,
    pub(super) edition: u16,
    pub(super) dependencies: BTreeMap<String, BTreeSet<usize>>,
    pub(super) configuration: Configuration,
    /// The first is the root.
    pub(super) modules: Vec<Module>,
    /// Of a crate of proc macros: what it defines.
    pub(super) exports: Vec<Export>,
    /// All names that its own `macro_rules!` define, wherever they stand.
    pub(super) macro_rules: BTreeSet<String>,
}

/// A module; in an open file a block too.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) parent: Option<usize>,
    pub(super) shape: Shape,
    pub(super) children: BTreeMap<String, Vec<usize>>,
    pub(super) imports: Vec<(Import, Certainty)>,
    pub(super) macros: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    Module,
    Block,
    /// A module whose file is not there, or not to be read.
    Unread,
}

/// Whether an import is there in every build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    Certain,
    Possible,
}

/// Gives the outline of a file, `None` where it is not there or not to be read.
pub type ReadOutline<'a> = &'a mut dyn FnMut(&Utf8Path) -> Option<Arc<Outline>>;

impl Crates {
    /// Reads all crates of a graph.
    pub fn read(graph: &SourceGraph, read: ReadOutline<'_>) -> Self {
        let mut crates = Self::default();
        for (index, source) in graph.crates.iter().enumerate() {
            let (read_crate, files) = read_crate(source, read);
            if let Some(manifest) = &source.member_manifest {
                for (path, module) in files {
                    crates.files.entry(path).or_default().push((index, module));
                }
                if let Some(directory) = manifest.parent() {
                    let package = crates.packages.entry(directory.to_owned()).or_default();
                    package.push(index);
                }
            }
            crates.all.push(read_crate);
        }
        crates
    }

    /// Whether nothing is known: cargo's answer had no graph.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What a crate of proc macros is known to export, by its package.
    pub fn exports(&self) -> impl Iterator<Item = (&PackageId, Vec<String>)> {
        self.all
            .iter()
            .filter(|krate| krate.kind == SourceKind::ProcMacro)
            .map(|krate| (&krate.package_id, krate.known_exports()))
    }

    /// The crates that a file is or may be a part of, and its module there where that is known.
    pub(super) fn contexts(&self, file: &Utf8Path) -> Vec<(usize, Option<usize>)> {
        if let Some(places) = self.files.get(file) {
            return places
                .iter()
                .map(|(krate, module)| (*krate, Some(*module)))
                .collect();
        }
        // A file that no `mod` leads to yet: any crate of the nearest package may be its own.
        let package = file
            .ancestors()
            .skip(1)
            .find_map(|directory| self.packages.get(directory));
        package
            .into_iter()
            .flatten()
            .map(|krate| (*krate, None))
            .collect()
    }
}

impl Crate {
    /// The names of its proc macros, each once, in their order; those that a macro makes are not known.
    fn known_exports(&self) -> Vec<String> {
        let mut names = Vec::new();
        for export in &self.exports {
            if let super::outline::ExportName::Known(name) = &export.name
                && !names.contains(name)
            {
                names.push(name.clone());
            }
        }
        names
    }
}

fn read_crate(source: &SourceCrate, read: ReadOutline<'_>) -> (Crate, Vec<(Utf8PathBuf, usize)>) {
    let configuration = Configuration {
        features: source.features.clone(),
        side: if source.member_manifest.is_some() {
            Side::Workspace
        } else {
            Side::Dependency
        },
    };
    let mut reader = Reader {
        configuration: &configuration,
        modules: vec![Module::default()],
        macro_rules: BTreeSet::new(),
        exports: Vec::new(),
        files: Vec::new(),
        ways: BTreeMap::new(),
        waiting: Vec::new(),
    };
    let directory = source.root.parent().unwrap_or(&source.root).to_owned();
    reader.waiting.push(Waiting {
        module: 0,
        candidates: vec![(source.root.clone(), directory)],
        depth: 0,
    });
    while let Some(waiting) = reader.waiting.pop() {
        reader.file(&waiting, read);
        // Only the root of such a crate can be seen from outside.
        if source.kind == SourceKind::ProcMacro && source.member_manifest.is_none() {
            break;
        }
    }
    let exports = if source.kind == SourceKind::ProcMacro {
        reader.exports
    } else {
        Vec::new()
    };
    let krate = Crate {
        package_id: source.package_id.clone(),
        kind: source.kind,
        edition: source.edition,
        dependencies: source.dependencies.clone(),
        modules: reader.modules,
        macro_rules: reader.macro_rules,
        exports,
        configuration: configuration.clone(),
    };
    (krate, reader.files)
}

/// A module whose file is to be read.
struct Waiting {
    module: usize,
    /// Where the file may be, each with the directory of its own modules' files.
    candidates: Vec<(Utf8PathBuf, Utf8PathBuf)>,
    depth: usize,
}

struct Reader<'a> {
    configuration: &'a Configuration,
    modules: Vec<Module>,
    macro_rules: BTreeSet<String>,
    exports: Vec<Export>,
    files: Vec<(Utf8PathBuf, usize)>,
    /// How often each file was taken in.
    ways: BTreeMap<Utf8PathBuf, usize>,
    waiting: Vec<Waiting>,
}

impl Reader<'_> {
    fn file(&mut self, waiting: &Waiting, read: ReadOutline<'_>) {
        let has_room = self.files.len() < MOST_FILES && self.modules.len() < MOST_MODULES;
        let found = waiting
            .candidates
            .iter()
            .filter(|_| has_room)
            .find_map(|(path, directory)| Some((path, directory, read(path)?)))
            .filter(|(path, ..)| self.ways.get(*path).is_none_or(|ways| *ways < MOST_WAYS));
        let Some((path, directory, outline)) = found else {
            if let Some(module) = self.modules.get_mut(waiting.module) {
                module.shape = Shape::Unread;
            }
            return;
        };
        self.files.push((path.clone(), waiting.module));
        *self.ways.entry(path.clone()).or_default() += 1;
        for scope in &outline.scopes {
            self.macro_rules.extend(scope.macros.iter().cloned());
        }
        self.macro_rules
            .extend(outline.macros_in_blocks.iter().cloned());
        if waiting.module == 0 {
            let exports = outline
                .exports
                .iter()
                .filter(|export| all(&export.conditions, self.configuration) != Holds::No);
            self.exports.extend(exports.cloned());
        }
        let mut places: Vec<Option<Place>> = Vec::with_capacity(outline.scopes.len());
        for scope in &outline.scopes {
            let place = self.scope(scope, waiting, directory, &places);
            if let Some(place) = &place {
                for file in &scope.files {
                    self.module_file(file, place, path, waiting.depth);
                }
            }
            places.push(place);
        }
    }

    /// Takes a module's scope in. Blocks stay out: nobody outside of the file looks into them.
    fn scope(
        &mut self,
        scope: &Scope,
        waiting: &Waiting,
        directory: &Utf8Path,
        places: &[Option<Place>],
    ) -> Option<Place> {
        if all(&scope.conditions, self.configuration) == Holds::No {
            return None;
        }
        let place = match &scope.kind {
            ScopeKind::Block => return None,
            ScopeKind::File => Place {
                depth: 0,
                module: waiting.module,
                directory: directory.to_owned(),
                is_inline: false,
            },
            ScopeKind::Module { name, path } => {
                let outer = places.get(scope.parent?)?.clone()?;
                if outer.depth >= DEEPEST {
                    return None;
                }
                Place {
                    depth: outer.depth + 1,
                    module: self.child(outer.module, name),
                    directory: outer.directory.join(path.as_ref().unwrap_or(name)),
                    is_inline: true,
                }
            }
        };
        if let Some(module) = self.modules.get_mut(place.module) {
            module.take(scope, self.configuration);
        }
        Some(place)
    }

    fn child(&mut self, parent: usize, name: &str) -> usize {
        let child = self.modules.len();
        self.modules.push(Module {
            parent: Some(parent),
            ..Module::default()
        });
        if let Some(parent) = self.modules.get_mut(parent) {
            let same_name = parent.children.entry(name.to_owned()).or_default();
            same_name.push(child);
        }
        child
    }

    fn module_file(&mut self, file: &ModuleFile, place: &Place, path: &Utf8Path, depth: usize) {
        if all(&file.conditions, self.configuration) == Holds::No || depth >= DEEPEST {
            return;
        }
        let module = self.child(place.module, &file.name);
        let candidates = if let Some(given) = &file.path {
            let base = if place.is_inline {
                Some(place.directory.as_path())
            } else {
                path.parent()
            };
            let path = base.unwrap_or(path).join(given);
            let directory = path.parent().unwrap_or(&path).to_owned();
            vec![(path, directory)]
        } else {
            let below = place.directory.join(&file.name);
            let beside = place.directory.join(format!("{}.rs", file.name));
            vec![(beside, below.clone()), (below.join("mod.rs"), below)]
        };
        self.waiting.push(Waiting {
            module,
            candidates,
            depth: depth + 1,
        });
    }
}

/// Where a scope's module is, and where the files of its modules are.
#[derive(Clone)]
struct Place {
    module: usize,
    directory: Utf8PathBuf,
    is_inline: bool,
    /// How many modules of the file are around it.
    depth: usize,
}

impl Module {
    /// Adds what a scope says; two modules of one name under different conditions are kept apart, their parts are not.
    pub(super) fn take(&mut self, scope: &Scope, configuration: &Configuration) {
        self.macros.extend(scope.macros.iter().cloned());
        for import in &scope.imports {
            let certainty = match all(&import.conditions, configuration) {
                Holds::No => continue,
                Holds::Yes => Certainty::Certain,
                Holds::Unclear => Certainty::Possible,
            };
            self.imports.push((import.clone(), certainty));
        }
    }
}
