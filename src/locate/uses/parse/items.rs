//! What stands where items and expressions do: modules, definitions of macros, and their calls.

use super::{Inside, Parser};
use crate::locate::uses::outline::{
    Export, ExportName, MacroKind, ModuleFile, Path, PathStart, Scope, ScopeKind, Site,
};
use crate::locate::uses::token::{Delimiter, TokenKind};

/// Macros of the standard library whose arguments are code as it stands; what is in those of others only they know.
const TRANSPARENT: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "matches",
    "panic",
    "print",
    "println",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Words that can stand before a `!` that is no macro's, as in `if !(a)`.
const KEYWORDS: &[&str] = &[
    "as", "await", "break", "const", "continue", "else", "if", "in", "let", "loop", "match",
    "move", "mut", "ref", "return", "static", "unsafe", "where", "while", "yield",
];

impl Parser<'_> {
    /// Past the delimiters that open here, where they are closed.
    pub(super) fn skip_group(&mut self) {
        if let Some(TokenKind::Open(_)) = self.kind(0)
            && let Some(close) = self.partner(self.at)
        {
            self.at = close + 1;
        }
    }

    pub(super) fn macro_rules(&mut self) {
        let name = self.word(2).to_owned();
        self.at += 3;
        if let (Some(TokenKind::Open(_)), Some(close)) = (self.kind(0), self.partner(self.at)) {
            let rules = self.rules(self.at + 1..close);
            if !rules.is_empty() {
                self.makers.insert(name.clone(), rules);
            }
            self.at = close + 1;
        }
        if let Some(scope) = self.current() {
            scope.macros.push(name);
        }
    }

    pub(super) fn module(&mut self) {
        let name = self.word(1).to_owned();
        let path = self.pending.path.take();
        let conditions = self.conditions();
        self.at += 2;
        if self.is_mark(0, b';') {
            if let Some(scope) = self.current() {
                scope.files.push(ModuleFile {
                    name,
                    path,
                    conditions,
                });
            }
        } else if self.kind(0) == Some(TokenKind::Open(Delimiter::Brace)) {
            self.next_scope = Some(Scope {
                kind: ScopeKind::Module { name, path },
                conditions,
                ..Scope::default()
            });
        }
    }

    /// At the first name of a path: notes a use where a `!` and arguments follow.
    pub(super) fn path(&mut self, start: PathStart) {
        let first = self.at;
        if start == PathStart::Crates {
            self.at += 1;
        }
        let begin = self.at;
        self.skip_path();
        // Most words are no macro's, and there are many.
        if !self.is_mark(0, b'!') || !matches!(self.kind(1), Some(TokenKind::Open(_))) {
            return;
        }
        let is_keyword = self.at == begin + 1
            && self
                .tokens
                .get(begin)
                .is_some_and(|token| KEYWORDS.contains(&self.slice(*token)));
        if is_keyword {
            return;
        }
        self.at = begin;
        let path = self.read_path(start);
        let last = path.names.last().cloned().unwrap_or_default();
        let is_closed = self.partner(self.at + 1).is_some();
        let inside = if !is_closed {
            Inside::Nothing
        } else if self.is_at_items() {
            Inside::Shroud
        } else if path.names.len() == 1 && TRANSPARENT.contains(&last.as_str()) {
            Inside::Arguments
        } else {
            Inside::Nothing
        };
        let begins = self.tokens.get(first).map_or(0, |token| token.start);
        let ends = self.token(0).map_or(begins, |token| token.end);
        self.site(MacroKind::Bang, path, begins..ends);
        self.at += 1;
        if inside == Inside::Shroud
            && let Some(close) = self.partner(self.at)
        {
            self.make_exports(&last, self.at + 1..close);
        }
        match (inside, self.kind(0)) {
            (Inside::Shroud | Inside::Arguments, Some(TokenKind::Open(delimiter))) => {
                self.open(delimiter, inside);
            }
            _ if self.partner(self.at).is_some() => self.skip_group(),
            // Not closed yet: what follows is rather the rest of the file than its arguments.
            _ => self.at += 1,
        }
    }

    fn skip_path(&mut self) {
        self.at += 1;
        while self.kind(0) == Some(TokenKind::PathSeparator)
            && self.kind(1) == Some(TokenKind::Word)
        {
            self.at += 2;
        }
    }

    /// Names joined by `::`; stands behind them afterwards.
    pub(super) fn read_path(&mut self, start: PathStart) -> Path {
        let mut names = vec![self.word(0).to_owned()];
        self.at += 1;
        while self.kind(0) == Some(TokenKind::PathSeparator)
            && self.kind(1) == Some(TokenKind::Word)
        {
            names.push(self.word(1).to_owned());
            self.at += 2;
        }
        Path { start, names }
    }

    pub(super) fn site(&mut self, kind: MacroKind, path: Path, range: std::ops::Range<usize>) {
        if self.is_shrouded() {
            return;
        }
        let conditions = self.conditions();
        self.outline.sites.push(Site {
            kind,
            path,
            range,
            scope: self.scope,
            conditions,
        });
    }

    /// At `fn`, behind an attribute that makes it a proc macro.
    pub(super) fn define_export(&mut self, ahead: usize) {
        let Some(kind) = self.pending.defines.take() else {
            return;
        };
        let conditions = self.conditions();
        let name = self.word(ahead);
        if !name.is_empty() {
            self.outline.exports.push(Export {
                kind,
                name: ExportName::Known(name.to_owned()),
                conditions,
            });
        }
    }
}
