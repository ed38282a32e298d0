//! `use` and `extern crate`.

use super::Parser;
use crate::locate::uses::outline::{Import, Leaf, Path, PathStart, Visibility};
use crate::locate::uses::token::{Delimiter, TokenKind};

/// A path with more names than these is left out: each of its leaves would keep all of them.
const LONGEST_PATH: usize = 64;

impl Parser<'_> {
    /// At `use`.
    pub(super) fn import(&mut self) {
        let visibility = self.visibility();
        self.at += 1;
        // `impl Trait + use<'a>` imports nothing.
        if self.is_mark(0, b'<') {
            return;
        }
        let start = self.path_start();
        let mut leaves = Vec::new();
        self.tree(&Path::default(), &mut leaves, 0);
        // An unfinished one must not swallow what comes after it.
        if !self.is_mark(0, b';') && !matches!(self.kind(0), None | Some(TokenKind::Close(_))) {
            leaves.retain(|(_, leaf)| matches!(leaf, Leaf::Named(_)));
        }
        let conditions = self.conditions();
        for (mut path, leaf) in leaves {
            path.start = start;
            let import = Import {
                path,
                leaf,
                visibility,
                conditions: conditions.clone(),
            };
            if let Some(scope) = self.current() {
                scope.imports.push(import);
            }
        }
    }

    fn path_start(&mut self) -> PathStart {
        if self.kind(0) == Some(TokenKind::PathSeparator) {
            self.at += 1;
            PathStart::Crates
        } else {
            PathStart::Here
        }
    }

    /// One tree of imports below `prefix`; nobody nests them deep.
    fn tree(&mut self, prefix: &Path, leaves: &mut Vec<(Path, Leaf)>, depth: usize) {
        let mut path = prefix.clone();
        loop {
            match self.kind(0) {
                Some(TokenKind::Word) if path.names.len() < LONGEST_PATH => {
                    path.names.push(self.word(0).to_owned());
                    self.at += 1;
                }
                Some(TokenKind::Mark(b'$')) if self.word(1) == "crate" => {
                    path.names.push("crate".to_owned());
                    self.at += 2;
                }
                Some(TokenKind::Mark(b'*')) => {
                    self.at += 1;
                    leaves.push((path, Leaf::All));
                    return;
                }
                Some(TokenKind::Open(Delimiter::Brace)) => {
                    self.branches(&path, leaves, depth);
                    return;
                }
                _ => return,
            }
            if self.kind(0) != Some(TokenKind::PathSeparator) {
                break;
            }
            self.at += 1;
        }
        let alias = self.alias();
        leaves.extend(leaf(path, alias));
    }

    /// `as name`; of an `as` that is not finished yet, an empty name.
    fn alias(&mut self) -> Option<String> {
        if self.word(0) != "as" {
            return None;
        }
        let alias = self.word(1).to_owned();
        self.at += if alias.is_empty() { 1 } else { 2 };
        Some(alias)
    }

    fn branches(&mut self, path: &Path, leaves: &mut Vec<(Path, Leaf)>, depth: usize) {
        let close = self.partner(self.at);
        self.at += 1;
        let Some(close) = close.filter(|_| depth < 32) else {
            return;
        };
        while self.at < close {
            let before = self.at;
            // A tree in braces may begin with `::` where nothing stands before them.
            self.path_start();
            self.tree(path, leaves, depth + 1);
            if self.at == before || self.is_mark(0, b',') {
                self.at += 1;
            }
        }
        self.at = close + 1;
    }

    /// At `extern` before `crate`.
    pub(super) fn extern_crate(&mut self) {
        let visibility = self.visibility();
        let with_macros = std::mem::take(&mut self.pending.macro_use);
        let name = self.word(2).to_owned();
        self.at += 2;
        if name.is_empty() {
            return;
        }
        self.at += 1;
        let alias = self.alias().unwrap_or_else(|| name.clone());
        let leaf = if with_macros {
            Leaf::CrateWithMacros(alias)
        } else {
            Leaf::Crate(alias)
        };
        let conditions = self.conditions();
        if let Some(scope) = self.current() {
            scope.imports.push(Import {
                path: Path {
                    start: PathStart::Crates,
                    names: vec![name],
                },
                leaf,
                visibility,
                conditions,
            });
        }
    }

    /// What stands before the item that begins here.
    fn visibility(&self) -> Visibility {
        let before = |back: usize| {
            let index = self.at.checked_sub(back)?;
            self.tokens.get(index).copied()
        };
        match before(1) {
            Some(token) if self.slice(token) == "pub" => Visibility::Public,
            Some(token) if token.kind == TokenKind::Close(Delimiter::Parenthesis) => {
                let opens = (2..8).find(|back| {
                    self.at
                        .checked_sub(*back)
                        .is_some_and(|index| self.partner(index) == Some(self.at - 1))
                });
                let word = opens.and_then(|back| before(back + 1));
                match word {
                    Some(token) if self.slice(token) == "pub" => Visibility::Restricted,
                    _ => Visibility::Private,
                }
            }
            _ => Visibility::Private,
        }
    }
}

fn leaf(mut path: Path, alias: Option<String>) -> Option<(Path, Leaf)> {
    let is_self = path.names.last().is_some_and(|name| name == "self");
    // `use self as x` alone names the module that it stands in.
    if is_self && path.names.len() > 1 {
        path.names.pop();
    }
    let own = path.names.last()?.clone();
    let name = alias.unwrap_or(own);
    let leaf = if is_self {
        Leaf::ModuleNamed(name)
    } else {
        Leaf::Named(name)
    };
    Some((path, leaf))
}
