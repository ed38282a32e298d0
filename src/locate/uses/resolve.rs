//! Follows a macro's path through imports and modules to the proc macro crate that defines it, as far as that is certain.
//!
//! Where two answers are possible there is none: a mark on another macro would be a false alarm.

mod tree;

use super::crates::{Certainty, Crate, Crates, Shape};
use super::found::{Answer, Found};
use super::open_file::OpenFile;
use super::outline::{ExportName, Leaf, MacroKind, Path, PathStart};

/// A module, or a block of the open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModuleRef {
    Kept { krate: usize, module: usize },
    Open(usize),
}

/// Where a path's first part leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Module(ModuleRef),
    /// A crate through which no proc macro of the workspace comes.
    Foreign,
    Unknown,
}

/// Whether a name was asked for, or may be among all that an import brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    ByName,
    AmongAll,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Macros,
    Modules,
}

/// What is looked up is looked up no deeper than this, and with no more steps: imports can be knotted.
const DEEPEST: usize = 64;
const MOST_STEPS: usize = 4_000;

pub(super) struct Resolver<'a> {
    crates: &'a Crates,
    open: &'a OpenFile,
    kind: MacroKind,
    active: Vec<(ModuleRef, String, Space)>,
    steps: usize,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(crates: &'a Crates, open: &'a OpenFile, kind: MacroKind) -> Self {
        Self {
            crates,
            open,
            kind,
            active: Vec::new(),
            steps: 0,
        }
    }

    /// The macro that a path means in a scope of the open file.
    pub(super) fn resolve(&mut self, scope: usize, path: &Path) -> Answer {
        self.path(ModuleRef::Open(scope), path)
    }

    fn path(&mut self, scope: ModuleRef, path: &Path) -> Answer {
        match path.names.as_slice() {
            [] => Answer::Nothing,
            [name] if path.start == PathStart::Here => self.bare(scope, name),
            [prefix @ .., name] => {
                let targets = self.modules(scope, path.start, prefix);
                self.in_targets(&targets, name, scope)
            }
        }
    }

    /// A name without a path: in the blocks around, in the module, among the macros of `#[macro_use]` crates.
    fn bare(&mut self, scope: ModuleRef, name: &str) -> Answer {
        if self.kind == MacroKind::Bang && self.is_macro_rules(name) {
            return Answer::Other;
        }
        let mut at = scope;
        loop {
            match self.member(at, name, scope, Asked::ByName) {
                Answer::Nothing => {}
                found => return found,
            }
            let is_block = self
                .module(at)
                .is_some_and(|module| module.shape == Shape::Block);
            match self.parent(at).filter(|_| is_block) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        self.macro_use(name)
    }

    fn is_macro_rules(&self, name: &str) -> bool {
        let in_crate = |krate: &Crate| krate.macro_rules.contains(name);
        self.open.macro_rules.contains(name) || self.krate(self.open.krate).is_some_and(in_crate)
    }

    fn macro_use(&mut self, name: &str) -> Answer {
        let root = self.root(self.open.krate);
        let Some(module) = self.module(root) else {
            return Answer::Nothing;
        };
        let mut crates = Vec::new();
        for (import, _) in &module.imports {
            if let Leaf::CrateWithMacros(_) = import.leaf {
                crates.extend(import.path.names.first());
            }
        }
        let mut found = Found::default();
        for extern_name in crates {
            for target in self.extern_crate(self.open.krate, extern_name) {
                if let Target::Module(module @ ModuleRef::Kept { krate, .. }) = target
                    && self.is_proc_macro(krate)
                {
                    found.add(
                        self.member(module, name, root, Asked::AmongAll),
                        Certainty::Certain,
                    );
                }
            }
        }
        found.answer()
    }

    fn in_targets(&mut self, targets: &[Target], name: &str, vantage: ModuleRef) -> Answer {
        let mut found = Found::default();
        for target in targets {
            let answer = match target {
                Target::Module(module) => self.member(*module, name, vantage, Asked::ByName),
                Target::Foreign | Target::Unknown => Answer::Unknown,
            };
            found.add(answer, Certainty::Possible);
        }
        if targets.is_empty() {
            return Answer::Unknown;
        }
        found.answer()
    }

    /// What a name means in a module, seen from `vantage`.
    fn member(&mut self, at: ModuleRef, name: &str, vantage: ModuleRef, asked: Asked) -> Answer {
        let at = self.open.canonical(at);
        let key = (at, name.to_owned(), Space::Macros);
        self.steps += 1;
        if self.active.contains(&key) {
            return Answer::Nothing;
        }
        if self.active.len() >= DEEPEST || self.steps > MOST_STEPS {
            return Answer::Unknown;
        }
        if let ModuleRef::Kept { krate, module: 0 } = at
            && self.is_proc_macro(krate)
            && krate != self.open.krate
        {
            return self.export(krate, name, asked);
        }
        self.active.push(key);
        let answer = self.member_of_module(at, name, vantage);
        self.active.pop();
        answer
    }

    fn member_of_module(&mut self, at: ModuleRef, name: &str, vantage: ModuleRef) -> Answer {
        let Some(module) = self.module(at) else {
            return Answer::Unknown;
        };
        if module.shape == Shape::Unread {
            return Answer::Unknown;
        }
        let mut found = Found::default();
        if module.macros.contains(name) {
            found.add(Answer::Other, Certainty::Certain);
        }
        for (import, certainty) in &module.imports {
            if matches!(&import.leaf, Leaf::Named(own) if own == name)
                && self.is_visible(import.visibility, at, vantage)
            {
                found.add(self.path(at, &import.path), *certainty);
            }
        }
        match found.answer() {
            Answer::Nothing => {}
            explicit => return explicit,
        }
        let mut found = Found::default();
        for (import, certainty) in &module.imports {
            if import.leaf != Leaf::All || !self.is_visible(import.visibility, at, vantage) {
                continue;
            }
            for target in self.modules(at, import.path.start, &import.path.names) {
                let answer = match target {
                    Target::Module(module) => self.member(module, name, at, Asked::AmongAll),
                    Target::Foreign => Answer::Nothing,
                    Target::Unknown => Answer::Unknown,
                };
                found.add(answer, *certainty);
            }
        }
        found.answer()
    }

    /// What a crate of proc macros has under a name.
    fn export(&self, krate: usize, name: &str, asked: Asked) -> Answer {
        let Some(known) = self.krate(krate) else {
            return Answer::Unknown;
        };
        let is_bang = |kind: MacroKind| kind == MacroKind::Bang;
        let mut is_complete = !known.exports.is_empty();
        for export in &known.exports {
            match &export.name {
                ExportName::Known(own) if own == name => {
                    return if export.kind == self.kind {
                        Answer::ProcMacro(krate)
                    } else if is_bang(export.kind) == is_bang(self.kind) {
                        Answer::Other
                    } else {
                        continue;
                    };
                }
                ExportName::Known(_) => {}
                ExportName::MadeBy(_) => is_complete = false,
            }
        }
        match asked {
            // Such a crate exports nothing but proc macros, so whatever the name is, it is one.
            Asked::ByName if !is_complete => Answer::ProcMacro(krate),
            Asked::AmongAll if !is_complete => Answer::Unknown,
            _ => Answer::Nothing,
        }
    }

    /// The modules that a path of names leads to.
    fn modules(&mut self, scope: ModuleRef, start: PathStart, names: &[String]) -> Vec<Target> {
        let Some((first, rest)) = names.split_first() else {
            return Vec::new();
        };
        let mut targets = self.first(scope, start, first);
        for name in rest {
            let mut next = Vec::new();
            for target in targets {
                match target {
                    Target::Module(at) if name == "super" => {
                        let parent = self.parent(self.nearest_module(at));
                        next.push(parent.map_or(Target::Unknown, Target::Module));
                    }
                    Target::Module(at) if name == "self" => next.push(Target::Module(at)),
                    Target::Module(at) => next.extend(self.submodules(at, name, scope)),
                    other => next.push(other),
                }
            }
            targets = next;
        }
        targets
    }

    fn first(&mut self, scope: ModuleRef, start: PathStart, name: &str) -> Vec<Target> {
        let krate = self.crate_of(scope);
        let is_old = self.krate(krate).is_some_and(|krate| krate.edition < 2018);
        match (start, name) {
            (PathStart::Crates, _) if !is_old => return self.extern_crate(krate, name),
            (_, "crate") => return vec![Target::Module(self.root(krate))],
            (_, "self") => return vec![Target::Module(self.nearest_module(scope))],
            (_, "super") => {
                let parent = self.parent(self.nearest_module(scope));
                return vec![parent.map_or(Target::Unknown, Target::Module)];
            }
            _ => {}
        }
        let mut at = if is_old { self.root(krate) } else { scope };
        loop {
            let found = self.submodules(at, name, scope);
            if !found.is_empty() {
                return found;
            }
            let is_block = self
                .module(at)
                .is_some_and(|module| module.shape == Shape::Block);
            match self.parent(at).filter(|_| is_block) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        self.extern_crate(krate, name)
    }

    /// A crate by the name that another one knows it by.
    fn extern_crate(&mut self, krate: usize, name: &str) -> Vec<Target> {
        if name == "self" {
            return vec![Target::Module(self.root(krate))];
        }
        let known = self
            .krate(krate)
            .and_then(|krate| krate.dependencies.get(name));
        if let Some(known) = known {
            return known
                .iter()
                .map(|krate| Target::Module(self.root(*krate)))
                .collect();
        }
        // `extern crate a as b` in the root puts `b` beside the crates' own names.
        let root = self.root(krate);
        let aliased: Option<Path> = self.module(root).and_then(|module| {
            module
                .imports
                .iter()
                .find_map(|(import, _)| match &import.leaf {
                    Leaf::Crate(alias) | Leaf::CrateWithMacros(alias)
                        if alias == name && import.path.names.first() != Some(alias) =>
                    {
                        Some(import.path.clone())
                    }
                    _ => None,
                })
        });
        match aliased.as_ref().and_then(|path| path.names.first()) {
            Some(original) if original != name => {
                let known = self.krate(krate);
                let known = known.and_then(|krate| krate.dependencies.get(original));
                match known {
                    Some(known) => known
                        .iter()
                        .map(|krate| Target::Module(self.root(*krate)))
                        .collect(),
                    None if original == "self" => vec![Target::Module(root)],
                    None => vec![Target::Foreign],
                }
            }
            _ => vec![Target::Foreign],
        }
    }

    /// The modules of a name in a module: its own, and those that imports bring in.
    fn submodules(&mut self, at: ModuleRef, name: &str, vantage: ModuleRef) -> Vec<Target> {
        let at = self.open.canonical(at);
        let key = (at, name.to_owned(), Space::Modules);
        self.steps += 1;
        if self.active.contains(&key) {
            return Vec::new();
        }
        if self.active.len() >= DEEPEST || self.steps > MOST_STEPS {
            return vec![Target::Unknown];
        }
        let Some(module) = self.module(at) else {
            return vec![Target::Unknown];
        };
        if module.shape == Shape::Unread {
            return vec![Target::Unknown];
        }
        let own = self.children(at, name);
        if !own.is_empty() {
            return own.into_iter().map(Target::Module).collect();
        }
        self.active.push(key);
        let mut found = Vec::new();
        for (import, _) in &module.imports {
            let is_it = match &import.leaf {
                Leaf::Named(own)
                | Leaf::ModuleNamed(own)
                | Leaf::Crate(own)
                | Leaf::CrateWithMacros(own) => own == name,
                Leaf::All => false,
            };
            if !is_it || !self.is_visible(import.visibility, at, vantage) {
                continue;
            }
            if matches!(import.leaf, Leaf::Crate(_) | Leaf::CrateWithMacros(_)) {
                let krate = self.crate_of(at);
                let original = import.path.names.first().map_or("", String::as_str);
                found.extend(self.extern_crate(krate, original));
            } else {
                found.extend(self.modules(at, import.path.start, &import.path.names));
            }
        }
        if found.is_empty() {
            for (import, _) in &module.imports {
                if import.leaf == Leaf::All && self.is_visible(import.visibility, at, vantage) {
                    for target in self.modules(at, import.path.start, &import.path.names) {
                        if let Target::Module(module) = target {
                            found.extend(self.submodules(module, name, at));
                        }
                    }
                }
            }
        }
        self.active.pop();
        found
    }
}
