//! Cuts Rust text into the few kinds of tokens that imports and macro uses are made of; comments and spaces fall away.
//!
//! It takes any text, finished or not, and never fails: what it cannot read becomes a token that nothing asks for.

/// A token and the bytes that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name or a keyword; of a raw one (`r#type`) the bytes behind `r#`.
    Word,
    /// A string of any kind; the bytes between its quotes.
    Text,
    /// Numbers, characters, lifetimes.
    Other,
    /// `::`
    PathSeparator,
    Open(Delimiter),
    Close(Delimiter),
    /// Any other character by itself.
    Mark(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    Parenthesis,
    Bracket,
    Brace,
}

/// The tokens of a text, in their order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        // One for every four bytes is what code has; growing in the middle costs more than a little room.
        tokens: Vec::with_capacity(text.len() / 4),
    };
    lexer.skip_shebang();
    while lexer.at < lexer.bytes.len() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer<'text> {
    text: &'text str,
    bytes: &'text [u8],
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The character that begins at a byte ahead of here.
    fn character(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead..)?.chars().next()
    }

    fn push(&mut self, kind: TokenKind, start: usize, end: usize) {
        self.tokens.push(Token { kind, start, end });
    }

    /// `#!/usr/bin/env …` in the first line; `#![…]` is an attribute.
    fn skip_shebang(&mut self) {
        self.at = if self.text.starts_with('\u{feff}') {
            3
        } else {
            0
        };
        if !self.rest().starts_with(b"#!") {
            return;
        }
        let after = self.text.get(self.at + 2..).unwrap_or_default();
        if !after.trim_start().starts_with('[') {
            self.skip_line();
        }
    }

    fn skip_line(&mut self) {
        let length = self.rest().iter().position(|byte| *byte == b'\n');
        self.at += length.unwrap_or(self.rest().len());
    }

    fn step(&mut self) {
        let Some(first) = self.peek(0) else {
            return;
        };
        match first {
            b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
            b'/' if self.peek(1) == Some(b'/') => self.skip_line(),
            b'/' if self.peek(1) == Some(b'*') => self.skip_block_comment(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            b'0'..=b'9' => self.number(),
            b'"' => self.text(),
            b'\'' => self.quote(),
            b':' if self.peek(1) == Some(b':') => self.single(TokenKind::PathSeparator, 2),
            b'(' => self.single(TokenKind::Open(Delimiter::Parenthesis), 1),
            b')' => self.single(TokenKind::Close(Delimiter::Parenthesis), 1),
            b'[' => self.single(TokenKind::Open(Delimiter::Bracket), 1),
            b']' => self.single(TokenKind::Close(Delimiter::Bracket), 1),
            b'{' => self.single(TokenKind::Open(Delimiter::Brace), 1),
            b'}' => self.single(TokenKind::Close(Delimiter::Brace), 1),
            byte if byte.is_ascii() => self.single(TokenKind::Mark(byte), 1),
            _ => self.beyond_ascii(),
        }
    }

    fn single(&mut self, kind: TokenKind, length: usize) {
        self.push(kind, self.at, self.at + length);
        self.at += length;
    }

    fn beyond_ascii(&mut self) {
        match self.character(0) {
            Some(character) if character.is_alphanumeric() => self.word(),
            character => self.at += character.map_or(1, char::len_utf8),
        }
    }

    /// They nest; one without an end goes to the end of the text.
    fn skip_block_comment(&mut self) {
        self.at += 2;
        let mut depth = 1_usize;
        while depth > 0 {
            match (self.peek(0), self.peek(1)) {
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                }
                (Some(_), _) => self.at += 1,
                (None, _) => return,
            }
        }
    }

    fn skip_word(&mut self) {
        loop {
            match self.peek(0) {
                Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_') => self.at += 1,
                Some(byte) if !byte.is_ascii() => match self.character(0) {
                    Some(character) if character.is_alphanumeric() || is_joined(character) => {
                        self.at += character.len_utf8();
                    }
                    _ => return,
                },
                _ => return,
            }
        }
    }

    fn word(&mut self) {
        let start = self.at;
        self.skip_word();
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        match (word, self.peek(0)) {
            (b"r" | b"br" | b"cr", Some(b'"' | b'#')) => self.raw(start),
            (b"b" | b"c", Some(b'"')) => self.text(),
            (b"b", Some(b'\'')) => self.byte(start),
            _ => self.push(TokenKind::Word, start, self.at),
        }
    }

    /// Behind `r`, `br` or `cr`: a raw string, or a raw name.
    fn raw(&mut self, start: usize) {
        let hashes = self.rest().iter().take_while(|byte| **byte == b'#').count();
        if self.peek(hashes) != Some(b'"') {
            let word_end = self.at;
            let begins_name = |character: char| character.is_alphabetic() || character == '_';
            if hashes == 1 && word_end == start + 1 && self.character(1).is_some_and(begins_name) {
                self.at += 1;
                let name = self.at;
                self.skip_word();
                self.push(TokenKind::Word, name, self.at);
            } else {
                self.push(TokenKind::Word, start, word_end);
            }
            return;
        }
        self.at += hashes + 1;
        let content = self.at;
        while let Some(byte) = self.peek(0) {
            let closing = self.rest().get(1..).unwrap_or_default();
            if byte == b'"'
                && closing
                    .iter()
                    .take(hashes)
                    .take_while(|byte| **byte == b'#')
                    .count()
                    == hashes
            {
                self.push(TokenKind::Text, content, self.at);
                self.at += 1 + hashes;
                return;
            }
            self.at += 1;
        }
        self.push(TokenKind::Text, content, self.at);
    }

    /// At a `"`.
    fn text(&mut self) {
        self.at += 1;
        let content = self.at;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.bytes.len());
        let end = self.boundary(self.at);
        self.push(TokenKind::Text, content.min(end), end);
        self.at = (self.at + 1).min(self.bytes.len());
    }

    /// At the `'` of `b'…'`.
    fn byte(&mut self, start: usize) {
        self.at += 1;
        self.skip_to_quote();
        self.push(TokenKind::Other, start, self.at);
    }

    /// At a `'`: a character, a lifetime, or neither.
    fn quote(&mut self) {
        let start = self.at;
        let next = self.character(1);
        let after = next.and_then(|next| self.character(1 + next.len_utf8()));
        match (next, after) {
            (Some('\\'), _) => {
                self.at += 1;
                self.skip_to_quote();
            }
            (Some(next), Some('\'')) if next != '\'' => self.at += 2 + next.len_utf8(),
            (Some(next), _) if next.is_alphanumeric() || next == '_' => {
                self.at += 1;
                self.skip_word();
            }
            _ => self.at += 1,
        }
        self.push(TokenKind::Other, start, self.at);
    }

    /// Behind the opening quote: past the closing one, or to the end of the line where there is none.
    fn skip_to_quote(&mut self) {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\'' => {
                    self.at += 1;
                    return;
                }
                b'\n' => return,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
    }

    fn number(&mut self) {
        let start = self.at;
        self.skip_word();
        // `1.5`, not `1..5` and not `1.max(2)`.
        if self.peek(0) == Some(b'.') && self.peek(1).is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
            self.skip_word();
        }
        self.push(TokenKind::Other, start, self.at);
    }

    /// The start of the character that a byte belongs to: a text that ends behind a backslash may end inside of one.
    fn boundary(&self, at: usize) -> usize {
        (0..=at)
            .rev()
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or_default()
    }
}

/// Marks that names hold besides letters and digits: combining ones, and the joiners.
fn is_joined(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text)
            .iter()
            .filter(|token| token.kind == TokenKind::Word)
            .map(|token| text.get(token.start..token.end).unwrap())
            .collect()
    }

    #[test]
    fn words_stand_outside_of_comments_and_literals() {
        for (text, expected) in [
            ("a // b\nc", vec!["a", "c"]),
            ("a /* b /* c */ d */ e", vec!["a", "e"]),
            ("a /* b", vec!["a"]),
            ("/// x\n//! y\n/** z */ a", vec!["a"]),
            (r#"a "b \" c" d"#, vec!["a", "d"]),
            (r##"a r"b\" c r#"d " e"# f"##, vec!["a", "c", "f"]),
            (r###"a br##"b "# c"## d"###, vec!["a", "d"]),
            (r#"a c"b" b"c" d"#, vec!["a", "d"]),
            (r#"a cr"b\" d"#, vec!["a", "d"]),
            ("a 'b' 'c d", vec!["a", "d"]),
            (
                r"a '\'' b '\u{1f}' c b'\'' d b'e' f",
                vec!["a", "b", "c", "d", "f"],
            ),
            ("'\"' a '\"'", vec!["a"]),
            ("'a: loop { break 'a }", vec!["loop", "break"]),
            ("&'static str", vec!["str"]),
            ("r#type r#fn", vec!["type", "fn"]),
            ("1.0f32 1..a 2.max(3) 0xffu8", vec!["a", "max"]),
            ("größe 名 _x", vec!["größe", "名", "_x"]),
            ("\u{feff}#!/bin/sh rust\na", vec!["a"]),
            ("#![a]", vec!["a"]),
            ("'名' a '\u{1f980}' b", vec!["a", "b"]),
            ("\"open a b", vec![]),
            ("r#\"open a b\"", vec![]),
            ("\"a\\", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_string_has_its_content() {
        for text in ["x = \"ab\"", "x = r#\"ab\"#", "x = b\"ab\""] {
            let token = *tokens(text).last().unwrap();
            assert_eq!(token.kind, TokenKind::Text);
            assert_eq!(text.get(token.start..token.end), Some("ab"), "{text}");
        }
    }

    /// Every token is whole characters, in order, without overlap.
    fn check(text: &str) {
        let mut end = 0;
        for token in tokens(text) {
            assert!(token.start >= end && token.end >= token.start, "{text:?}");
            assert!(text.get(token.start..token.end).is_some(), "{text:?}");
            end = token.end;
        }
        assert!(end <= text.len());
    }

    proptest! {
        #[test]
        fn any_text_is_cut(text in any::<String>()) {
            check(&text);
        }

        #[test]
        fn any_mixture_of_rust_is_cut(text in "([a-z#'\"/\\*\\\\ \n(){}\\[\\]!:äß🦀]|r#|b'|/\\*|//){0,60}") {
            check(&text);
        }

        #[test]
        fn any_bytes_are_cut(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            check(&String::from_utf8_lossy(&bytes));
        }
    }
}
