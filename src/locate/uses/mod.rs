//! Where proc macros are used in Rust text, and which crate each comes from. Knows text and crates, never the causes of verdicts.
//!
//! [`outline()`] reads one text, [`Crates`] the modules that its names lead through, and [`Crates::uses`] puts them together.

mod condition;
mod crates;
mod found;
mod open_file;
mod outline;
mod parse;
mod resolve;
mod token;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use camino::Utf8Path;

use crate::names::PackageId;

pub use crates::{Crates, ReadOutline};
pub use outline::{MacroKind, Outline};
pub use parse::outline;

use condition::{Holds, all};
use crates::Shape;
use found::Answer;
use open_file::OpenFile;
use outline::Path;
use resolve::Resolver;

/// A file that is larger than this is left out, in bytes: nobody writes one by hand.
pub const FILE_LIMIT: usize = 2 << 20;

/// One place where a proc macro is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroUse<'a> {
    /// The bytes of the macro's path; of `name!` with the `!`.
    pub range: Range<usize>,
    /// How it is used.
    pub kind: MacroKind,
    /// The path as it is written, without spaces.
    pub path: String,
    /// The package that defines it.
    pub package_id: &'a PackageId,
}

impl Crates {
    /// The uses of proc macros in an open file, in the order of the text. A use that may be of another macro is left out.
    #[must_use]
    pub fn uses(&self, file: &Utf8Path, outline: &Outline) -> Vec<MacroUse<'_>> {
        let mut found: Vec<BTreeSet<Option<usize>>> = vec![BTreeSet::new(); outline.sites.len()];
        for (krate, module) in self.contexts(file) {
            self.resolve_all(krate, module, outline, &mut found);
        }
        let mut uses: Vec<MacroUse<'_>> = outline
            .sites
            .iter()
            .zip(&found)
            .filter_map(|(site, found)| {
                let mut found = found.iter().copied();
                let (Some(Some(krate)), None) = (found.next(), found.next()) else {
                    return None;
                };
                Some(MacroUse {
                    range: site.range.clone(),
                    kind: site.kind,
                    path: written(&site.path),
                    package_id: &self.all.get(krate)?.package_id,
                })
            })
            .collect();
        uses.sort_by_key(|used| used.range.start);
        uses
    }

    /// Adds to each site what it is in one crate: a crate of proc macros, or `None` for another macro.
    fn resolve_all(
        &self,
        krate: usize,
        module: Option<usize>,
        outline: &Outline,
        found: &mut [BTreeSet<Option<usize>>],
    ) {
        let Some(kept) = self.all.get(krate) else {
            return;
        };
        let open = OpenFile::new(krate, module, outline, Some(kept));
        let speaking = speaking_scopes(&open);
        // A file has many uses of few macros.
        let mut known: BTreeMap<(usize, &Path, MacroKind), Answer> = BTreeMap::new();
        for (site, found) in outline.sites.iter().zip(found) {
            if all(&site.conditions, &kept.configuration) != Holds::Yes {
                continue;
            }
            let scope = speaking.get(site.scope).copied().unwrap_or(site.scope);
            let answer = *known
                .entry((scope, &site.path, site.kind))
                .or_insert_with(|| {
                    Resolver::new(self, &open, site.kind).resolve(scope, &site.path)
                });
            match answer {
                Answer::ProcMacro(krate) => {
                    found.insert(Some(krate));
                }
                Answer::Other => {
                    found.insert(None);
                }
                Answer::Nothing | Answer::Unknown => {}
            }
        }
    }
}

/// For each scope the nearest one, itself or around it, that has a say in what names mean: most blocks import nothing.
fn speaking_scopes(open: &OpenFile) -> Vec<usize> {
    let mut speaking: Vec<usize> = Vec::with_capacity(open.modules.len());
    for (scope, module) in open.modules.iter().enumerate() {
        let is_silent = module.shape == Shape::Block
            && module.imports.is_empty()
            && module.macros.is_empty()
            && module.children.is_empty();
        // Parents come before their children.
        let around = module
            .parent
            .filter(|_| is_silent)
            .and_then(|parent| speaking.get(parent).copied());
        speaking.push(around.unwrap_or(scope));
    }
    speaking
}

fn written(path: &Path) -> String {
    let names = path.names.join("::");
    match path.start {
        outline::PathStart::Here => names,
        outline::PathStart::Crates => format!("::{names}"),
    }
}

#[cfg(test)]
mod tests;
