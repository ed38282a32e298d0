//! Which delimiter closes which, also where some are missing, as in a text that is being written.

use crate::locate::uses::token::{Delimiter, Token, TokenKind};

/// Which tokens open and close the same group.
pub(super) struct Pairs {
    /// For each token that opens, the place of the one that closes it.
    closers: Vec<Option<usize>>,
    /// Whether a token closes what another opened.
    is_closer: Vec<bool>,
}

impl Pairs {
    pub(super) fn of(tokens: &[Token]) -> Self {
        let mut pairs = Self {
            closers: vec![None; tokens.len()],
            is_closer: vec![false; tokens.len()],
        };
        let mut open = Open::default();
        for (index, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Open(delimiter) => open.push(index, delimiter),
                TokenKind::Close(delimiter) => {
                    if let Some(opened) = open.close(delimiter) {
                        pairs.note(opened, index);
                    }
                }
                _ => {}
            }
        }
        pairs
    }

    fn note(&mut self, opened: usize, closed: usize) {
        if let (Some(closer), Some(is_closer)) =
            (self.closers.get_mut(opened), self.is_closer.get_mut(closed))
        {
            *closer = Some(closed);
            *is_closer = true;
        }
    }

    /// The place of the token that closes what this one opens; `None` for all others.
    pub(super) fn closer(&self, index: usize) -> Option<usize> {
        self.closers.get(index).copied().flatten()
    }

    /// Whether this token closes what another opened.
    pub(super) fn is_closer(&self, index: usize) -> bool {
        self.is_closer.get(index).copied().unwrap_or_default()
    }
}

/// The delimiters that are open at one place. What can close nothing is known by counting, so that nothing is searched in vain.
#[derive(Default)]
struct Open {
    all: Vec<(usize, Delimiter)>,
    braces: usize,
    /// What is open outside of every brace, and then in each of them.
    levels: Vec<Level>,
    outside: Level,
}

/// How many delimiters are open directly in one brace.
#[derive(Default)]
struct Level {
    parentheses: usize,
    brackets: usize,
}

impl Open {
    /// How many of this kind can be closed here: the others than braces never reach beyond a brace.
    fn count(&mut self, delimiter: Delimiter) -> &mut usize {
        let level = self.levels.last_mut().unwrap_or(&mut self.outside);
        match delimiter {
            Delimiter::Parenthesis => &mut level.parentheses,
            Delimiter::Bracket => &mut level.brackets,
            Delimiter::Brace => &mut self.braces,
        }
    }

    fn push(&mut self, index: usize, delimiter: Delimiter) {
        *self.count(delimiter) += 1;
        self.all.push((index, delimiter));
        if delimiter == Delimiter::Brace {
            self.levels.push(Level::default());
        }
    }

    /// What this delimiter closes. All that was left open in it is not closed any more.
    fn close(&mut self, delimiter: Delimiter) -> Option<usize> {
        if *self.count(delimiter) == 0 {
            return None;
        }
        while let Some((index, opened)) = self.all.pop() {
            if opened == Delimiter::Brace {
                self.levels.pop();
            }
            let count = self.count(opened);
            *count = count.saturating_sub(1);
            if opened == delimiter {
                return Some(index);
            }
        }
        None
    }
}
