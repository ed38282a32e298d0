//! Proc macros that a crate's own `macro_rules!` define: what the arguments of a call make of the names in its body.
//!
//! Only as much of macro expansion as names need. What does not fit is left unknown, never guessed.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Parser;
use crate::locate::uses::condition::Condition;
use crate::locate::uses::outline::{Export, ExportName, MacroKind};
use crate::locate::uses::token::{Delimiter, TokenKind};

/// One rule of a macro that defines proc macros.
pub(super) struct Rule {
    pattern: Range<usize>,
    templates: Vec<Template>,
}

/// A proc macro in a rule's body.
struct Template {
    kind: MacroKind,
    name: Name,
    /// The variable in `#[cfg(feature = $variable)]` before it.
    feature: Option<String>,
}

enum Name {
    Variable(String),
    Fixed(String),
}

/// A part of a pattern that repeats: `$(pattern) separator operator`.
struct Repeated {
    pattern: Range<usize>,
    separator: Option<usize>,
    operator: usize,
}

/// What variables stand for: places of tokens, several where they repeat.
type Bindings = BTreeMap<String, Vec<usize>>;

/// The longest call that is looked into, in tokens.
const LONGEST_CALL: usize = 4_000;
/// Repetitions and groups of a pattern are followed into each other no deeper than this.
const DEEPEST: usize = 24;
/// How far behind its attribute the `fn` of a proc macro is looked for, in tokens: other attributes may stand between.
const FARTHEST_FN: usize = 200;

impl Parser<'_> {
    /// The rules in a `macro_rules!` body that define proc macros; the body is given without its delimiters.
    pub(super) fn rules(&self, body: Range<usize>) -> Vec<Rule> {
        let mut rules = Vec::new();
        let mut at = body.start;
        // `(pattern) => { body };`
        while at < body.end {
            let Some(pattern_end) = self.partner(at) else {
                at += 1;
                continue;
            };
            let Some(open) = (pattern_end + 1..body.end.min(pattern_end + 4))
                .find(|index| self.partner(*index).is_some())
            else {
                break;
            };
            let close = self.partner(open).unwrap_or(open);
            let templates = self.templates(open + 1..close);
            if !templates.is_empty() {
                rules.push(Rule {
                    pattern: at + 1..pattern_end,
                    templates,
                });
            }
            at = close + 1;
        }
        rules
    }

    fn templates(&self, body: Range<usize>) -> Vec<Template> {
        let mut templates = Vec::new();
        let mut feature = None;
        let mut at = body.start;
        while at < body.end {
            let is_attribute = self.kind_at(at) == Some(TokenKind::Open(Delimiter::Bracket))
                && self.is_mark_at(at.wrapping_sub(1), b'#');
            if !is_attribute {
                at += 1;
                continue;
            }
            let close = self.partner(at).unwrap_or(at);
            let kind = match self.word_at(at + 1) {
                "proc_macro_derive" => Some((MacroKind::Derive, at + 3)),
                "proc_macro" => Some((MacroKind::Bang, self.behind_fn(close..body.end))),
                "proc_macro_attribute" => {
                    Some((MacroKind::Attribute, self.behind_fn(close..body.end)))
                }
                "cfg" => {
                    let of_feature = |at: &usize| {
                        self.word_at(*at) == "feature"
                            && self.is_mark_at(at + 1, b'=')
                            && self.is_mark_at(at + 2, b'$')
                    };
                    if let Some(at) = (at..close).find(of_feature) {
                        feature = Some(self.word_at(at + 3).to_owned());
                    }
                    None
                }
                _ => None,
            };
            if let Some((kind, place)) = kind {
                let name = if self.is_mark_at(place, b'$') {
                    Name::Variable(self.word_at(place + 1).to_owned())
                } else {
                    Name::Fixed(self.word_at(place).to_owned())
                };
                templates.push(Template {
                    kind,
                    name,
                    feature: feature.take(),
                });
            }
            at = close.max(at) + 1;
        }
        templates
    }

    /// The place behind the next `fn`.
    fn behind_fn(&self, mut within: Range<usize>) -> usize {
        let end = within.end;
        within
            .by_ref()
            .take(FARTHEST_FN)
            .find(|index| self.word_at(*index) == "fn")
            .map_or(end, |index| index + 1)
    }

    /// Notes what a call of such a macro defines; its arguments are given without their delimiters.
    pub(super) fn make_exports(&mut self, name: &str, arguments: Range<usize>) {
        let Some(rules) = self.makers.get(name) else {
            return;
        };
        let found = rules
            .iter()
            .filter(|_| arguments.len() <= LONGEST_CALL)
            .find_map(|rule| {
                let mut bindings = Bindings::new();
                let end = self.fit(
                    rule.pattern.clone(),
                    arguments.clone(),
                    &mut bindings,
                    DEEPEST,
                )?;
                (end == arguments.end).then_some((rule, bindings))
            });
        let mut exports = Vec::new();
        match found {
            Some((rule, bindings)) => {
                for template in &rule.templates {
                    exports.extend(self.made(template, &bindings));
                }
            }
            None => exports.push(Export {
                kind: MacroKind::Bang,
                name: ExportName::MadeBy(name.to_owned()),
                conditions: Vec::new(),
            }),
        }
        self.outline.exports.extend(exports);
    }

    fn made(&self, template: &Template, bindings: &Bindings) -> Vec<Export> {
        let bound = |variable: &str| bindings.get(variable).map_or(&[][..], Vec::as_slice);
        let mut conditions = self.conditions();
        if let Some(variable) = &template.feature {
            conditions.push(match bound(variable) {
                [place] => Condition::Feature(self.text_at(*place).to_owned()),
                _ => Condition::Unclear,
            });
        }
        let names: Vec<String> = match &template.name {
            Name::Fixed(name) => vec![name.clone()],
            Name::Variable(variable) => bound(variable)
                .iter()
                .map(|place| self.word_at(*place).to_owned())
                .collect(),
        };
        names
            .into_iter()
            .filter(|name| !name.is_empty())
            .map(|name| Export {
                kind: template.kind,
                name: ExportName::Known(name),
                conditions: conditions.clone(),
            })
            .collect()
    }

    /// Fits a pattern to tokens; returns where the tokens that fit end. `levels` is how many patterns there may be in it.
    fn fit(
        &self,
        pattern: Range<usize>,
        tokens: Range<usize>,
        bindings: &mut Bindings,
        levels: usize,
    ) -> Option<usize> {
        let levels = levels.checked_sub(1)?;
        let mut at = tokens.start;
        let mut wanted = pattern.start;
        while wanted < pattern.end {
            if self.is_mark_at(wanted, b'$')
                && self.kind_at(wanted + 1) == Some(TokenKind::Open(Delimiter::Parenthesis))
            {
                let close = self.partner(wanted + 1)?;
                let (separator, operator) = if self.is_operator(close + 1) {
                    (None, close + 1)
                } else {
                    (Some(close + 1), close + 2)
                };
                let repeated = Repeated {
                    pattern: wanted + 2..close,
                    separator,
                    operator,
                };
                at = self.fit_repeated(&repeated, at..tokens.end, bindings, levels)?;
                wanted = operator + 1;
            } else if self.is_mark_at(wanted, b'$') && self.is_mark_at(wanted + 2, b':') {
                let variable = self.word_at(wanted + 1);
                let kind = self.word_at(wanted + 3);
                wanted += 4;
                let end = self.fit_fragment(kind, wanted..pattern.end, at..tokens.end)?;
                bindings.entry(variable.to_owned()).or_default().push(at);
                at = end;
            } else {
                let is_same = at < tokens.end
                    && self.kind_at(wanted) == self.kind_at(at)
                    && self.text_at(wanted) == self.text_at(at);
                if !is_same {
                    return None;
                }
                if let Some(TokenKind::Open(_)) = self.kind_at(wanted) {
                    let (close, end) = (self.partner(wanted)?, self.partner(at)?);
                    if self.fit(wanted + 1..close, at + 1..end, bindings, levels)? != end {
                        return None;
                    }
                    (wanted, at) = (close, end);
                }
                wanted += 1;
                at += 1;
            }
        }
        Some(at)
    }

    fn is_operator(&self, at: usize) -> bool {
        b"*+?".iter().any(|mark| self.is_mark_at(at, *mark))
    }

    fn fit_repeated(
        &self,
        repeated: &Repeated,
        tokens: Range<usize>,
        bindings: &mut Bindings,
        levels: usize,
    ) -> Option<usize> {
        let mut at = tokens.start;
        let mut count = 0;
        while at < tokens.end {
            let mut tried = bindings.clone();
            let begin = match repeated.separator {
                Some(separator) if count > 0 => {
                    if self.text_at(separator) != self.text_at(at) {
                        break;
                    }
                    at + 1
                }
                _ => at,
            };
            match self.fit(
                repeated.pattern.clone(),
                begin..tokens.end,
                &mut tried,
                levels,
            ) {
                Some(end) if end > at => {
                    at = end;
                    *bindings = tried;
                    count += 1;
                }
                _ => break,
            }
            if self.is_mark_at(repeated.operator, b'?') {
                break;
            }
        }
        (count > 0 || !self.is_mark_at(repeated.operator, b'+')).then_some(at)
    }

    /// The end of a fragment. What has a grammar of its own reaches to the token that the pattern wants next.
    fn fit_fragment(&self, kind: &str, next: Range<usize>, tokens: Range<usize>) -> Option<usize> {
        let at = tokens.start;
        let one = || (at < tokens.end).then_some(at + 1);
        match kind {
            "ident" => one().filter(|_| self.kind_at(at) == Some(TokenKind::Word)),
            "literal" => one()
                .filter(|_| matches!(self.kind_at(at), Some(TokenKind::Text | TokenKind::Other))),
            "tt" | "block" | "lifetime" => {
                one().map(|end| self.partner(at).map_or(end, |close| close + 1))
            }
            "vis" if self.word_at(at) != "pub" => Some(at),
            "vis" => match self.partner(at + 1) {
                Some(close) if close < tokens.end => Some(close + 1),
                _ => Some(at + 1),
            },
            _ => {
                let stop = self.text_at(next.start);
                let mut end = at;
                while end < tokens.end && (next.is_empty() || self.text_at(end) != stop) {
                    end = self.partner(end).unwrap_or(end) + 1;
                }
                (end > at).then_some(end)
            }
        }
    }

    fn kind_at(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn is_mark_at(&self, at: usize, mark: u8) -> bool {
        self.kind_at(at) == Some(TokenKind::Mark(mark))
    }

    fn text_at(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| self.slice(*token))
    }

    fn word_at(&self, at: usize) -> &str {
        match self.kind_at(at) {
            Some(TokenKind::Word) => self.text_at(at),
            _ => "",
        }
    }
}
