//! Turns byte offsets into lines and columns and back, in characters, whatever the line endings.

use std::ops::Range;

use camino::Utf8Path;

use crate::names::Location;

/// A line and a column, both from one; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from one.
    pub line: u32,
    /// The column, from one, in characters.
    pub column: u32,
}

/// A text with the starts of its lines.
#[derive(Debug, Clone)]
pub struct Lines<'text> {
    text: &'text str,
    /// The byte offset at which each line starts; the first is behind a byte order mark.
    starts: Vec<usize>,
}

/// Editors take it away before they count columns.
const BYTE_ORDER_MARK: char = '\u{feff}';

impl<'text> Lines<'text> {
    /// Finds the lines of `text`; `\n` and `\r\n` end one.
    #[must_use]
    pub fn new(text: &'text str) -> Self {
        let first = if text.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len_utf8()
        } else {
            0
        };
        let starts = std::iter::once(first)
            .chain(text.match_indices('\n').map(|(offset, _)| offset + 1))
            .collect();
        Self { text, starts }
    }

    /// The text of a line, from one, without its ending; empty behind the last.
    #[must_use]
    pub fn line(&self, line: u32) -> &'text str {
        let Some(index) = (line as usize).checked_sub(1) else {
            return "";
        };
        let Some(&start) = self.starts.get(index) else {
            return "";
        };
        let rest = self.text.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// The position of a byte offset; inside a line ending it is the end of the line, inside a character its start.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let index = self
            .starts
            .partition_point(|&start| start <= offset)
            .saturating_sub(1);
        let start = self.starts.get(index).copied().unwrap_or_default();
        let line = number(index + 1);
        let within = offset.saturating_sub(start);
        let characters = self
            .line(line)
            .char_indices()
            .take_while(|(at, character)| at + character.len_utf8() <= within)
            .count();
        Position {
            line,
            column: number(characters + 1),
        }
    }

    /// The byte offset of a position; a column behind the end of the line is its end, `None` without such a line.
    #[must_use]
    pub fn offset(&self, position: Position) -> Option<usize> {
        let index = (position.line as usize).checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let line = self.line(position.line);
        let within = line
            .char_indices()
            .nth((position.column as usize).saturating_sub(1))
            .map_or(line.len(), |(offset, _)| offset);
        Some(start + within)
    }

    /// The place of a byte range in the file `path`; of a range over several lines, what is on the first.
    #[must_use]
    pub fn location(&self, path: &Utf8Path, range: &Range<usize>) -> Location {
        let (start, end_column) = self.on_first_line(range);
        Location {
            path: path.to_owned(),
            line: start.line,
            column: start.column,
            end_column,
        }
    }

    /// Where a byte range begins, and the column behind what of it is on its first line.
    #[must_use]
    pub fn on_first_line(&self, range: &Range<usize>) -> (Position, u32) {
        let start = self.position(range.start);
        let end = self.position(range.end);
        let end_column = if end.line == start.line {
            end.column
        } else {
            number(self.line(start.line).chars().count() + 1)
        };
        (start, end_column.max(start.column))
    }

    /// The byte offset at which the line of `offset` starts.
    #[must_use]
    pub fn line_start(&self, offset: usize) -> usize {
        let line = self.starts.partition_point(|&start| start <= offset);
        self.starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or_default()
    }
}

/// A count as the protocols have it; texts are read up to a limit far below `u32::MAX`.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_count_characters_and_never_line_endings() {
        let text = "\u{feff}ab\r\nä🦀x\n\nlast";
        let lines = Lines::new(text);
        let place = |needle: &str| {
            let position = lines.position(text.find(needle).unwrap());
            (position.line, position.column)
        };
        assert_eq!(place("ab"), (1, 1));
        assert_eq!(place("\r"), (1, 3));
        assert_eq!(place("\nä"), (1, 3));
        assert_eq!(place("ä"), (2, 1));
        assert_eq!(place("🦀"), (2, 2));
        assert_eq!(place("x"), (2, 3));
        assert_eq!(place("last"), (4, 1));
        assert_eq!(lines.line(1), "ab");
        assert_eq!(lines.line(3), "");
        assert_eq!(lines.line(9), "");
        assert_eq!(lines.line(0), "");
    }

    #[test]
    fn a_range_over_lines_ends_with_the_first() {
        let lines = Lines::new("ab\r\ncd");
        let location = lines.location(Utf8Path::new("/f"), &(1..5));
        assert_eq!(
            (location.line, location.column, location.end_column),
            (1, 2, 3)
        );
    }

    proptest! {
        #[test]
        fn offsets_and_positions_agree(text in "[a-zäß🦀\n]{0,40}") {
            let lines = Lines::new(&text);
            for (offset, character) in text.char_indices() {
                let position = lines.position(offset);
                prop_assert_eq!(lines.offset(position), Some(offset));
                prop_assert_eq!(lines.line_start(offset), text[..offset].rfind('\n').map_or(0, |at| at + 1));
                if character != '\n' {
                    prop_assert_eq!(lines.line(position.line).chars().nth(position.column as usize - 1), Some(character));
                }
            }
        }
    }
}
