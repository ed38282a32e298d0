//! The modules of all crates as one tree, in which the open file stands in the place of what was read of it.

use super::{DEEPEST, ModuleRef, Resolver};
use crate::expected::SourceKind;
use crate::locate::uses::crates::{Crate, Module, Shape};
use crate::locate::uses::outline::Visibility;

impl<'a> Resolver<'a> {
    pub(super) fn is_proc_macro(&self, krate: usize) -> bool {
        self.krate(krate)
            .is_some_and(|krate| krate.kind == SourceKind::ProcMacro)
    }

    pub(super) fn krate(&self, krate: usize) -> Option<&'a Crate> {
        self.crates.all.get(krate)
    }

    pub(super) fn module(&self, at: ModuleRef) -> Option<&'a Module> {
        match self.open.canonical(at) {
            ModuleRef::Open(scope) => self.open.modules.get(scope),
            ModuleRef::Kept { krate, module } => self.krate(krate)?.modules.get(module),
        }
    }

    pub(super) fn root(&self, krate: usize) -> ModuleRef {
        self.open.canonical(ModuleRef::Kept { krate, module: 0 })
    }

    pub(super) fn parent(&self, at: ModuleRef) -> Option<ModuleRef> {
        match self.open.canonical(at) {
            ModuleRef::Open(0) => {
                let krate = self.open.krate;
                let module = self.open.counterparts.first().copied().flatten()?;
                let parent = self.krate(krate)?.modules.get(module)?.parent?;
                Some(ModuleRef::Kept {
                    krate,
                    module: parent,
                })
            }
            ModuleRef::Open(scope) => {
                let parent = self.open.modules.get(scope)?.parent?;
                Some(ModuleRef::Open(parent))
            }
            ModuleRef::Kept { krate, module } => {
                let parent = self.krate(krate)?.modules.get(module)?.parent?;
                Some(ModuleRef::Kept {
                    krate,
                    module: parent,
                })
            }
        }
    }

    pub(super) fn nearest_module(&self, mut at: ModuleRef) -> ModuleRef {
        while self
            .module(at)
            .is_some_and(|module| module.shape == Shape::Block)
        {
            match self.parent(at) {
                Some(parent) => at = parent,
                None => return at,
            }
        }
        at
    }

    pub(super) fn children(&self, at: ModuleRef, name: &str) -> Vec<ModuleRef> {
        match at {
            ModuleRef::Open(scope) => {
                let own = self.open.modules.get(scope);
                let own = own.and_then(|module| module.children.get(name));
                if let Some(own) = own {
                    return own.iter().map(|child| ModuleRef::Open(*child)).collect();
                }
                // In files of their own: as they stood when they were read.
                let krate = self.open.krate;
                let counterpart = self.open.counterparts.get(scope).copied().flatten();
                counterpart.map_or_else(Vec::new, |module| self.kept_children(krate, module, name))
            }
            ModuleRef::Kept { krate, module } => self.kept_children(krate, module, name),
        }
    }

    fn kept_children(&self, krate: usize, module: usize, name: &str) -> Vec<ModuleRef> {
        let module = self
            .krate(krate)
            .and_then(|krate| krate.modules.get(module));
        module
            .and_then(|module| module.children.get(name))
            .into_iter()
            .flatten()
            .map(|child| ModuleRef::Kept {
                krate,
                module: *child,
            })
            .collect()
    }

    pub(super) fn crate_of(&self, at: ModuleRef) -> usize {
        match at {
            ModuleRef::Kept { krate, .. } => krate,
            ModuleRef::Open(_) => self.open.krate,
        }
    }

    pub(super) fn is_visible(
        &self,
        visibility: Visibility,
        owner: ModuleRef,
        vantage: ModuleRef,
    ) -> bool {
        let is_same_crate = self.crate_of(owner) == self.crate_of(vantage);
        match visibility {
            Visibility::Public => true,
            Visibility::Restricted => is_same_crate,
            Visibility::Private => {
                let mut at = Some(self.open.canonical(vantage));
                let mut steps = 0;
                while let Some(here) = at.filter(|_| is_same_crate && steps < 2 * DEEPEST) {
                    if here == owner {
                        return true;
                    }
                    at = self.parent(here).map(|parent| self.open.canonical(parent));
                    steps += 1;
                }
                false
            }
        }
    }
}
