//! What a Rust text says of names in the macro namespace: its modules, imports, definitions, and the places where macros are used.
//!
//! Only text in, data out: it knows one file and resolves nothing.

use std::ops::Range;

use super::condition::Condition;

/// The outline of one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// The first is the file itself; parents come before their children.
    pub(super) scopes: Vec<Scope>,
    pub(super) sites: Vec<Site>,
    /// The proc macros that it defines.
    pub(super) exports: Vec<Export>,
    /// Macros that are defined in blocks which are left out.
    pub(super) macros_in_blocks: Vec<String>,
}

impl Outline {
    /// The same without what only an open file needs: sites, and blocks, of which there are many and into which nobody looks from
    /// outside.
    #[must_use]
    pub fn for_others(self) -> Self {
        let mut kept = Self {
            exports: self.exports,
            macros_in_blocks: self.macros_in_blocks,
            ..Self::default()
        };
        let mut places: Vec<Option<usize>> = Vec::with_capacity(self.scopes.len());
        for mut scope in self.scopes {
            let parent = scope
                .parent
                .and_then(|parent| places.get(parent).copied().flatten());
            let is_seen = match scope.kind {
                ScopeKind::File => true,
                ScopeKind::Module { .. } => parent.is_some(),
                ScopeKind::Block => false,
            };
            if is_seen {
                places.push(Some(kept.scopes.len()));
                scope.parent = parent;
                kept.scopes.push(scope);
            } else {
                places.push(None);
                kept.macros_in_blocks.append(&mut scope.macros);
            }
        }
        kept.scopes.shrink_to_fit();
        kept
    }
}

/// The file, a module in it, or a block: what names are looked up in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) parent: Option<usize>,
    pub(super) kind: ScopeKind,
    pub(super) imports: Vec<Import>,
    /// Modules in files of their own.
    pub(super) files: Vec<ModuleFile>,
    /// Names that `macro_rules!` or `macro` define here.
    pub(super) macros: Vec<String>,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum ScopeKind {
    #[default]
    File,
    /// `mod name { … }`, with its `#[path]`.
    Module {
        name: String,
        path: Option<String>,
    },
    Block,
}

/// `mod name;`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ModuleFile {
    pub(super) name: String,
    pub(super) path: Option<String>,
    pub(super) conditions: Vec<Condition>,
}

/// One leaf of a `use`, or an `extern crate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) path: Path,
    pub(super) leaf: Leaf,
    pub(super) visibility: Visibility,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    /// Brings the path's last name in under this one.
    Named(String),
    /// `use a::{self}`: brings in the module alone.
    ModuleNamed(String),
    /// `use a::*`
    All,
    /// `extern crate a;`
    Crate(String),
    /// `#[macro_use] extern crate a;`: its macros are in scope everywhere in the crate.
    CrateWithMacros(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visibility {
    Private,
    /// `pub(crate)`, `pub(super)`, `pub(in …)`
    Restricted,
    Public,
}

/// A path as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Path {
    pub(super) start: PathStart,
    pub(super) names: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum PathStart {
    #[default]
    Here,
    /// It begins with `::`.
    Crates,
}

/// A place where a macro is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) kind: MacroKind,
    pub(super) path: Path,
    /// The bytes of the path; of `name!` with the `!`.
    pub(super) range: Range<usize>,
    pub(super) scope: usize,
    pub(super) conditions: Vec<Condition>,
}

/// How a macro is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MacroKind {
    /// `#[derive(Name)]`
    Derive,
    /// `#[name]`
    Attribute,
    /// `name!(…)`
    Bang,
}

/// A proc macro as its crate's source defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Export {
    pub(super) kind: MacroKind,
    pub(super) name: ExportName,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ExportName {
    Known(String),
    /// A `macro_rules!` of the text makes it; the name is that of the macro.
    MadeBy(String),
}
