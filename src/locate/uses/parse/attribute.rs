//! Attributes: macros used as such, derives, conditions, and what they say of the item that follows.

use super::{Extent, Guard, Parser};
use crate::locate::uses::condition::Condition;
use crate::locate::uses::outline::{Export, ExportName, MacroKind, Path, PathStart};
use crate::locate::uses::token::{Delimiter, TokenKind};

/// Conditions in conditions are followed no deeper than this; beyond it they are unclear.
const DEEPEST: usize = 24;

/// What attributes said of the item that has not begun yet.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) conditions: Vec<Condition>,
    /// The first site in them.
    pub(super) first_site: Option<usize>,
    /// `#[macro_use]`
    pub(super) macro_use: bool,
    /// `#[path = "…"]`
    pub(super) path: Option<String>,
    /// `#[proc_macro]`, `#[proc_macro_attribute]`
    pub(super) defines: Option<MacroKind>,
}

/// Whom an attribute is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// `#[…]`: what follows.
    Next,
    /// `#![…]`: what it stands in.
    Around,
}

impl Parser<'_> {
    /// At a `#`: reads the attribute, unless it is none or has no end.
    pub(super) fn attribute(&mut self) -> bool {
        let about = if self.is_mark(1, b'!') {
            About::Around
        } else {
            About::Next
        };
        let open = self.at + if about == About::Around { 2 } else { 1 };
        let opens = self.tokens.get(open).map(|token| token.kind);
        if opens != Some(TokenKind::Open(Delimiter::Bracket)) {
            return false;
        }
        let Some(close) = self.partner(open) else {
            return false;
        };
        if about == About::Next && self.pending.first_site.is_none() {
            self.pending.first_site = Some(self.outline.sites.len());
        }
        self.at = open + 1;
        if self.argument_lists == 0 {
            self.one_attribute(close, about, &[]);
        }
        self.at = close + 1;
        true
    }

    /// One attribute's path and arguments, which end at `end`.
    fn one_attribute(&mut self, end: usize, about: About, given: &[Condition]) {
        let first = self.at;
        let start = if self.kind(0) == Some(TokenKind::PathSeparator) {
            self.at += 1;
            PathStart::Crates
        } else {
            PathStart::Here
        };
        if self.at >= end || self.kind(0) != Some(TokenKind::Word) {
            return;
        }
        let path = self.read_path(start);
        let last = self.at.saturating_sub(1);
        let arguments = self.arguments(end);
        if path.start == PathStart::Here
            && let [name] = path.names.as_slice()
            && self.known_attribute(name, arguments, about, given)
        {
            return;
        }
        if about == About::Next {
            self.attribute_site(MacroKind::Attribute, path, first, last, given);
        }
    }

    /// The tokens between the parentheses that open here, if any do before `end`.
    fn arguments(&self, end: usize) -> Option<(usize, usize)> {
        let close = self.partner(self.at)?;
        (self.kind(0) == Some(TokenKind::Open(Delimiter::Parenthesis)) && close < end)
            .then_some((self.at + 1, close))
    }

    fn attribute_site(
        &mut self,
        kind: MacroKind,
        path: Path,
        first: usize,
        last: usize,
        given: &[Condition],
    ) {
        let place = |index: usize| self.tokens.get(index).copied();
        if let (Some(first), Some(last)) = (place(first), place(last)) {
            let before = self.outline.sites.len();
            self.site(kind, path, first.start..last.end);
            let new = self.outline.sites.get_mut(before..).unwrap_or_default();
            for site in new {
                site.conditions.extend(given.iter().cloned());
            }
        }
    }

    /// The attributes that mean something here; `false` for all others.
    fn known_attribute(
        &mut self,
        name: &str,
        arguments: Option<(usize, usize)>,
        about: About,
        given: &[Condition],
    ) -> bool {
        match (name, arguments) {
            ("derive", Some((from, to))) => self.derives(from, to, given),
            ("cfg", Some((from, to))) => {
                let condition = self.condition(from, to, DEEPEST);
                let condition = match given {
                    [] => condition,
                    // Inside a `cfg_attr`: it only counts where that holds.
                    given => Condition::Any(vec![
                        Condition::Not(Box::new(Condition::All(given.to_vec()))),
                        condition,
                    ]),
                };
                self.put(condition, about);
            }
            ("cfg_attr", Some((from, to))) => self.conditional(from, to, about, given),
            ("macro_use", _) => self.pending.macro_use = true,
            ("path", None) => {
                if self.is_mark(0, b'=')
                    && let Some(value) = self.token(1)
                    && value.kind == TokenKind::Text
                {
                    self.pending.path = Some(self.slice(value).to_owned());
                }
            }
            ("proc_macro", _) => self.pending.defines = Some(MacroKind::Bang),
            ("proc_macro_attribute", _) => self.pending.defines = Some(MacroKind::Attribute),
            ("proc_macro_derive", Some((from, _))) => {
                self.at = from;
                let name = self.word(0).to_owned();
                if !name.is_empty() {
                    let conditions = self
                        .conditions()
                        .into_iter()
                        .chain(self.pending.conditions.iter().cloned())
                        .collect();
                    self.outline.exports.push(Export {
                        kind: MacroKind::Derive,
                        name: ExportName::Known(name),
                        conditions,
                    });
                }
            }
            _ => return false,
        }
        true
    }

    fn put(&mut self, condition: Condition, about: About) {
        match about {
            About::Next => self.pending.conditions.push(condition),
            About::Around => self.put_around(condition),
        }
    }

    fn put_around(&mut self, condition: Condition) {
        if let Some(scope) = self.current() {
            scope.conditions.push(condition.clone());
        }
        // Whatever is in it from here on; the guard goes with the delimiter, or with the file.
        let depth = self.open.len();
        let place = self.first_guard_at(depth);
        match self.guards.get_mut(place) {
            Some(guard) if guard.extent == Extent::Around => guard.conditions.push(condition),
            _ => {
                let guard = Guard {
                    depth,
                    conditions: vec![condition],
                    extent: Extent::Around,
                };
                self.guards.insert(place, guard);
            }
        }
    }

    /// `derive(a::B, C)`
    fn derives(&mut self, from: usize, to: usize, given: &[Condition]) {
        self.at = from;
        while self.at < to {
            let first = self.at;
            let start = if self.kind(0) == Some(TokenKind::PathSeparator) {
                self.at += 1;
                PathStart::Crates
            } else {
                PathStart::Here
            };
            if self.kind(0) != Some(TokenKind::Word) || self.at >= to {
                self.at = first + 1;
                continue;
            }
            let path = self.read_path(start);
            let last = self.at.saturating_sub(1);
            self.attribute_site(MacroKind::Derive, path, first, last, given);
        }
    }

    /// `cfg_attr(condition, attribute, …)`
    fn conditional(&mut self, from: usize, to: usize, about: About, given: &[Condition]) {
        if given.len() >= DEEPEST {
            self.put(Condition::Unclear, about);
            return;
        }
        let mut parts = self.split(from, to).into_iter();
        let Some((from, to)) = parts.next() else {
            return;
        };
        let mut given = given.to_vec();
        given.push(self.condition(from, to, DEEPEST));
        for (from, to) in parts {
            self.at = from;
            self.one_attribute(to, about, &given);
        }
    }

    /// The parts between the commas from one token to another.
    fn split(&self, from: usize, to: usize) -> Vec<(usize, usize)> {
        let mut parts = Vec::new();
        let mut begin = from;
        let mut at = from;
        while at < to {
            match self.tokens.get(at).map(|token| token.kind) {
                Some(TokenKind::Open(_)) => at = self.partner(at).unwrap_or(at),
                Some(TokenKind::Mark(b',')) => {
                    parts.push((begin, at));
                    begin = at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        if begin < to {
            parts.push((begin, to));
        }
        parts
    }

    /// The condition that stands from one token to another, with so many levels of conditions in it.
    fn condition(&self, from: usize, to: usize, levels: usize) -> Condition {
        let Some(levels) = levels.checked_sub(1) else {
            return Condition::Unclear;
        };
        let word = |at: usize| match self.tokens.get(at) {
            Some(token) if token.kind == TokenKind::Word && at < to => self.slice(*token),
            _ => "",
        };
        let name = word(from);
        let next = self.tokens.get(from + 1).filter(|_| from + 1 < to);
        match next.map(|token| token.kind) {
            None if !name.is_empty() => Condition::Flag(name.to_owned()),
            Some(TokenKind::Mark(b'=')) => match self.tokens.get(from + 2) {
                Some(value) if value.kind == TokenKind::Text && from + 2 < to => {
                    let value = self.slice(*value).to_owned();
                    if name == "feature" {
                        Condition::Feature(value)
                    } else {
                        Condition::Pair(name.to_owned(), value)
                    }
                }
                _ => Condition::Unclear,
            },
            Some(TokenKind::Open(Delimiter::Parenthesis)) => {
                let close = self.partner(from + 1).map_or(to, |close| close.min(to));
                let parts = || -> Vec<Condition> {
                    self.split(from + 2, close)
                        .into_iter()
                        .map(|(from, to)| self.condition(from, to, levels))
                        .collect()
                };
                match name {
                    "all" => Condition::All(parts()),
                    "any" => Condition::Any(parts()),
                    "not" => match parts().pop() {
                        Some(part) => Condition::Not(Box::new(part)),
                        None => Condition::Unclear,
                    },
                    _ => Condition::Unclear,
                }
            }
            _ => Condition::Unclear,
        }
    }
}
