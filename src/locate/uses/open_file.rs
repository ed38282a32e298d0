//! A file as it stands in the editor, put in the place of what was read of it.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::Configuration;
use super::crates::{Crate, Module, Shape};
use super::outline::{Outline, ScopeKind};
use super::resolve::ModuleRef;

/// The open file as a part of one crate.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) krate: usize,
    /// One for each scope of its outline.
    pub(super) modules: Vec<Module>,
    /// For each of them the module that was read of the file on disk, where there is one.
    pub(super) counterparts: Vec<Option<usize>>,
    by_counterpart: BTreeMap<usize, usize>,
    /// All names that its `macro_rules!` define.
    pub(super) macro_rules: BTreeSet<String>,
}

impl OpenFile {
    pub(super) fn new(
        krate: usize,
        place: Option<usize>,
        outline: &Outline,
        kept: Option<&Crate>,
    ) -> Self {
        let nothing = Configuration::default();
        let configuration = kept.map_or(&nothing, |krate| &krate.configuration);
        let mut file = Self {
            krate,
            modules: Vec::with_capacity(outline.scopes.len()),
            counterparts: Vec::with_capacity(outline.scopes.len()),
            by_counterpart: BTreeMap::new(),
            macro_rules: BTreeSet::new(),
        };
        for (index, scope) in outline.scopes.iter().enumerate() {
            let mut module = Module {
                parent: scope.parent,
                shape: match scope.kind {
                    ScopeKind::Block => Shape::Block,
                    ScopeKind::File | ScopeKind::Module { .. } => Shape::Module,
                },
                ..Module::default()
            };
            module.take(scope, configuration);
            file.macro_rules.extend(scope.macros.iter().cloned());
            let counterpart = match &scope.kind {
                ScopeKind::File => place,
                ScopeKind::Block => None,
                ScopeKind::Module { name, .. } => {
                    file.add_child(scope.parent, name, index);
                    file.counterpart_of_child(scope.parent, name, kept)
                }
            };
            if let Some(counterpart) = counterpart {
                file.by_counterpart.entry(counterpart).or_insert(index);
            }
            file.modules.push(module);
            file.counterparts.push(counterpart);
        }
        file
    }

    fn add_child(&mut self, parent: Option<usize>, name: &str, child: usize) {
        if let Some(parent) = parent.and_then(|parent| self.modules.get_mut(parent)) {
            let same_name = parent.children.entry(name.to_owned()).or_default();
            same_name.push(child);
        }
    }

    fn counterpart_of_child(
        &self,
        parent: Option<usize>,
        name: &str,
        kept: Option<&Crate>,
    ) -> Option<usize> {
        let parent = self.counterparts.get(parent?).copied().flatten()?;
        let children = kept?.modules.get(parent)?.children.get(name)?;
        children.first().copied()
    }

    /// The open file's module instead of the one that was read of it.
    pub(super) fn canonical(&self, at: ModuleRef) -> ModuleRef {
        match at {
            ModuleRef::Kept { krate, module } if krate == self.krate => self
                .by_counterpart
                .get(&module)
                .map_or(at, |scope| ModuleRef::Open(*scope)),
            at => at,
        }
    }
}
