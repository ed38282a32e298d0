//! Columns as each client counts them: in bytes, in UTF-16's units or in characters. Pure.

use super::model::Encoding;
use crate::locate::{Lines, Position};

/// A place as a client names it: line from zero, column from zero in its own units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) line: u32,
    pub(crate) units: u32,
}

/// What stands before a column (from one, in characters) of a line, counted as the client counts. Without the text each
/// character is one unit.
pub(crate) fn units_before(text: Option<&str>, column: u32, encoding: Encoding) -> u32 {
    let before = column.saturating_sub(1);
    let Some(text) = text else {
        return before;
    };
    text.chars()
        .take(before as usize)
        .map(|character| width(character, encoding))
        .sum()
}

/// The position of a client's place in a text; behind the end of its line it is the end of the line.
pub(crate) fn position(point: Point, lines: &Lines<'_>, encoding: Encoding) -> Position {
    let line = point.line.saturating_add(1);
    let mut counted = 0;
    let characters = lines
        .line(line)
        .chars()
        .take_while(|character| {
            let begins_before = counted < point.units;
            counted += width(*character, encoding);
            begins_before
        })
        .count();
    Position {
        line,
        column: u32::try_from(characters + 1).unwrap_or(u32::MAX),
    }
}

/// The byte offset of a client's place in a text; `None` behind the last line.
pub(crate) fn offset(point: Point, lines: &Lines<'_>, encoding: Encoding) -> Option<usize> {
    lines.offset(position(point, lines, encoding))
}

fn width(character: char, encoding: Encoding) -> u32 {
    let width = match encoding {
        Encoding::Utf8 => character.len_utf8(),
        Encoding::Utf16 => character.len_utf16(),
        Encoding::Utf32 => 1,
    };
    // One to four.
    u32::try_from(width).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "ab\r\nä🦀x = 1\n";

    #[test]
    fn every_client_finds_the_same_place() {
        for (encoding, units) in [
            (Encoding::Utf8, 6),
            (Encoding::Utf16, 3),
            (Encoding::Utf32, 2),
        ] {
            let point = Point { line: 1, units };
            let found = offset(point, &Lines::new(TEXT), encoding);
            assert_eq!(found, TEXT.find('x'));
            assert_eq!(units_before(Some("ä🦀x = 1"), 3, encoding), units);
        }
    }

    #[test]
    fn places_outside_the_text_are_its_ends() {
        let lines = Lines::new(TEXT);
        let at = |line, units| offset(Point { line, units }, &lines, Encoding::Utf16);
        assert_eq!(at(0, 99), Some(2));
        assert_eq!(at(9, 0), None);
        assert_eq!(at(u32::MAX, u32::MAX), None);
        assert_eq!(units_before(None, 5, Encoding::Utf16), 4);
    }

    proptest! {
        #[test]
        fn counting_there_and_back_agrees(line in "[a-zäß🦀]{0,12}", column in 1u32..14) {
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                let length = u32::try_from(line.chars().count()).unwrap_or(0);
                let units = units_before(Some(&line), column, encoding);
                let back = position(Point { line: 0, units }, &Lines::new(&line), encoding);
                prop_assert_eq!(back.column, column.min(length + 1));
            }
        }
    }
}
