//! Walks over the tokens of a text and notes its outline. Whatever is unfinished or wrong in the text is passed over.

mod attribute;
mod import;
mod items;
mod made;
mod pairs;

use std::collections::BTreeMap;

use super::condition::Condition;
use super::outline::{Outline, PathStart, Scope, ScopeKind};
use super::token::{Delimiter, Token, TokenKind, tokens};
use attribute::Pending;
use pairs::Pairs;

/// The outline of a Rust text.
#[must_use]
pub fn outline(text: &str) -> Outline {
    let tokens = tokens(text);
    let pairs = Pairs::of(&tokens);
    let mut parser = Parser {
        text,
        tokens: &tokens,
        pairs: &pairs,
        at: 0,
        scope: 0,
        outline: Outline {
            scopes: vec![Scope::default()],
            ..Outline::default()
        },
        open: Vec::new(),
        shrouds: 0,
        argument_lists: 0,
        pending: Pending::default(),
        guards: Vec::new(),
        next_scope: None,
        makers: BTreeMap::new(),
    };
    while parser.at < tokens.len() {
        parser.step();
    }
    parser.outline
}

/// What stands under more conditions than these is uncertain: each use would keep all of them.
const MOST_CONDITIONS: usize = 32;

/// Words that begin items, whose conditions reach to their `;` or `}` whatever commas come before.
const ITEMS: &[&str] = &[
    "async",
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "static",
    "struct",
    "trait",
    "type",
    "union",
    "unsafe",
    "use",
];

struct Parser<'text> {
    text: &'text str,
    tokens: &'text [Token],
    pairs: &'text Pairs,
    at: usize,
    /// The scope that is being read.
    scope: usize,
    outline: Outline,
    open: Vec<Opened>,
    /// How many of what is open are [`Inside::Shroud`].
    shrouds: usize,
    /// How many of what is open are [`Inside::Arguments`].
    argument_lists: usize,
    /// Attributes whose item has not begun.
    pending: Pending,
    /// Conditions of items that are being read, those of outer ones first; [`Extent::Around`] comes first of its depth, and once.
    guards: Vec<Guard>,
    /// What the next brace opens, where that is a module.
    next_scope: Option<Scope>,
    /// Macros that define proc macros.
    makers: BTreeMap<String, Vec<made::Rule>>,
}

/// A delimiter that was opened and not closed.
struct Opened {
    closes_at: Option<usize>,
    what: Inside,
}

/// What is between two delimiters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// A module or a block; the scope around it.
    Scope {
        outer: usize,
    },
    /// A macro's arguments where items stand: they may be the macro's items, under conditions of its own.
    Shroud,
    /// A macro's arguments that are code.
    Arguments,
    Nothing,
}

/// The conditions of one item.
struct Guard {
    /// How many delimiters were open when it began.
    depth: usize,
    conditions: Vec<Condition>,
    extent: Extent,
}

/// Where an item with attributes ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// At `;` or behind `}`.
    Item,
    /// At a comma too: fields, variants, arguments.
    Part,
    /// Where the delimiters around it close.
    Around,
}

impl<'text> Parser<'text> {
    fn token(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    fn kind(&self, ahead: usize) -> Option<TokenKind> {
        self.token(ahead).map(|token| token.kind)
    }

    fn is_mark(&self, ahead: usize, mark: u8) -> bool {
        self.kind(ahead) == Some(TokenKind::Mark(mark))
    }

    fn slice(&self, token: Token) -> &'text str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    /// The word at a token; empty where there is none.
    fn word(&self, ahead: usize) -> &'text str {
        match self.token(ahead) {
            Some(token) if token.kind == TokenKind::Word => self.slice(token),
            _ => "",
        }
    }

    fn partner(&self, index: usize) -> Option<usize> {
        self.pairs.closer(index)
    }

    fn step(&mut self) {
        let Some(token) = self.token(0) else {
            return;
        };
        if token.kind == TokenKind::Mark(b'#') && self.attribute() {
            return;
        }
        self.begin_item();
        match token.kind {
            TokenKind::Open(delimiter) => self.open(delimiter, Inside::Nothing),
            TokenKind::Close(_) => self.close(),
            TokenKind::Word => self.at_word(token),
            TokenKind::PathSeparator if matches!(self.kind(1), Some(TokenKind::Word)) => {
                self.path(PathStart::Crates);
            }
            TokenKind::Mark(mark @ (b';' | b',')) => {
                self.at += 1;
                self.pending = Pending::default();
                self.end_items(mark);
            }
            _ => self.at += 1,
        }
    }

    fn open(&mut self, delimiter: Delimiter, inside: Inside) {
        let is_module = self.next_scope.is_some();
        let what = if delimiter == Delimiter::Brace && (is_module || inside == Inside::Nothing) {
            let outer = self.scope;
            let mut scope = self.next_scope.take().unwrap_or(Scope {
                kind: ScopeKind::Block,
                ..Scope::default()
            });
            scope.parent = Some(outer);
            self.outline.scopes.push(scope);
            self.scope = self.outline.scopes.len() - 1;
            Inside::Scope { outer }
        } else {
            inside
        };
        if delimiter == Delimiter::Brace {
            self.pending = Pending::default();
        }
        match what {
            Inside::Shroud => self.shrouds += 1,
            Inside::Arguments => self.argument_lists += 1,
            Inside::Scope { .. } | Inside::Nothing => {}
        }
        self.open.push(Opened {
            closes_at: self.partner(self.at),
            what,
        });
        self.at += 1;
    }

    fn close(&mut self) {
        let here = self.at;
        self.at += 1;
        let opened = |opened: &Opened| opened.closes_at == Some(here);
        let Some(place) = self
            .pairs
            .is_closer(here)
            .then(|| self.open.iter().rposition(opened))
            .flatten()
        else {
            return;
        };
        for opened in self.open.drain(place..).rev() {
            match opened.what {
                Inside::Scope { outer } => self.scope = outer,
                Inside::Shroud => self.shrouds = self.shrouds.saturating_sub(1),
                Inside::Arguments => {
                    self.argument_lists = self.argument_lists.saturating_sub(1);
                }
                Inside::Nothing => {}
            }
        }
        let inner = self.first_guard_at(self.open.len() + 1);
        self.guards.truncate(inner);
        let is_brace = self.tokens.get(here).map(|token| token.kind)
            == Some(TokenKind::Close(Delimiter::Brace));
        // `if … {} else {}`, `match … {}.method()` and `Pattern {} => …` go on.
        let goes_on = self.word(0) == "else" || b".?=|".iter().any(|mark| self.is_mark(0, *mark));
        if is_brace && !goes_on {
            self.end_guards(|extent| extent != Extent::Around);
        }
    }

    fn end_items(&mut self, mark: u8) {
        self.end_guards(|extent| match extent {
            Extent::Item => mark == b';',
            Extent::Part => true,
            Extent::Around => false,
        });
    }

    /// Ends conditions of what stands directly here.
    fn end_guards(&mut self, ends: impl Fn(Extent) -> bool) {
        let own = self.first_guard_at(self.open.len());
        let own = self.guards.split_off(own).into_iter();
        self.guards.extend(own.filter(|guard| !ends(guard.extent)));
    }

    /// The place of the first guard so deep or deeper.
    fn first_guard_at(&self, depth: usize) -> usize {
        self.guards.partition_point(|guard| guard.depth < depth)
    }

    /// What stands under conditions begins here, if attributes came before.
    fn begin_item(&mut self) {
        let conditions = limited(std::mem::take(&mut self.pending.conditions));
        let first_site = self.pending.first_site.take();
        if conditions.is_empty() {
            return;
        }
        let own = self
            .outline
            .sites
            .get_mut(first_site.unwrap_or(usize::MAX)..)
            .unwrap_or_default();
        for site in own {
            site.conditions.extend(conditions.iter().cloned());
        }
        let mut ahead = usize::from(self.word(0) == "pub");
        if ahead == 1 && self.kind(1) == Some(TokenKind::Open(Delimiter::Parenthesis)) {
            let close = self.partner(self.at + 1);
            ahead = close.map_or(1, |close| close - self.at + 1);
        }
        let extent = if ITEMS.contains(&self.word(ahead)) {
            Extent::Item
        } else {
            Extent::Part
        };
        self.guards.push(Guard {
            depth: self.open.len(),
            conditions,
            extent,
        });
    }

    /// The conditions of all items around here.
    fn conditions(&self) -> Vec<Condition> {
        let of_guards = self.guards.iter().flat_map(|guard| &guard.conditions);
        let shroud = self.is_shrouded().then_some(Condition::Unclear);
        limited(of_guards.cloned().chain(shroud))
    }

    fn is_shrouded(&self) -> bool {
        self.shrouds > 0
    }

    /// Whether items of a module stand here, and not statements or parts of an expression.
    fn is_at_items(&mut self) -> bool {
        let directly = match self.open.last().map(|opened| opened.what) {
            None | Some(Inside::Scope { .. } | Inside::Shroud) => true,
            Some(Inside::Arguments | Inside::Nothing) => false,
        };
        directly
            && self
                .current()
                .is_none_or(|scope| scope.kind != ScopeKind::Block)
    }

    fn current(&mut self) -> Option<&mut Scope> {
        self.outline.scopes.get_mut(self.scope)
    }

    fn at_word(&mut self, token: Token) {
        match self.slice(token) {
            "use" => self.import(),
            "mod" if self.kind(1) == Some(TokenKind::Word) => self.module(),
            "extern" if self.word(1) == "crate" => self.extern_crate(),
            "macro_rules" if self.is_mark(1, b'!') && self.kind(2) == Some(TokenKind::Word) => {
                self.macro_rules();
            }
            "macro" if self.kind(1) == Some(TokenKind::Word) => {
                let name = self.word(1).to_owned();
                if let Some(scope) = self.current() {
                    scope.macros.push(name);
                }
                self.at += 2;
                self.skip_group();
                self.skip_group();
            }
            "fn" => {
                self.define_export(1);
                self.at += 1;
            }
            _ => self.path(PathStart::Here),
        }
    }
}

/// These conditions, or where they are too many, that it cannot be told whether they hold.
fn limited(conditions: impl IntoIterator<Item = Condition>) -> Vec<Condition> {
    let kept: Vec<Condition> = conditions.into_iter().take(MOST_CONDITIONS + 1).collect();
    if kept.len() > MOST_CONDITIONS {
        vec![Condition::Unclear]
    } else {
        kept
    }
}

#[cfg(test)]
mod limits_tests;
#[cfg(test)]
mod tests;
