//! Small work on text for people: wrapping, shortening paths, counting things. Knows nothing of what the text says.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

/// How many columns a text takes, counted in characters.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Breaks `text` into lines of at most `columns` characters. A code span in backticks stays whole where it fits on a line;
/// a word longer than a line gets one of its own.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text, columns) {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The words of a text; what stands in backticks is one word with what touches it, unless it is longer than a line.
fn words(text: &str, columns: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut in_code = false;
    let word_ends = |character: char| {
        in_code ^= character == '`';
        character.is_whitespace() && !in_code
    };
    for word in text.split(word_ends).filter(|word| !word.is_empty()) {
        if width(word) > columns {
            words.extend(word.split_whitespace());
        } else {
            words.push(word);
        }
    }
    words
}

/// `path` as seen from `base` where it lies below it, else as it is.
pub(crate) fn relative_to<'a>(base: &Utf8Path, path: &'a Utf8Path) -> &'a Utf8Path {
    match path.strip_prefix(base) {
        Ok(relative) if !relative.as_str().is_empty() => relative,
        _ => path,
    }
}

/// The path cut down to `columns` by leaving out directories in its middle; the file name always stays whole.
pub(crate) fn elide(path: &Utf8Path, columns: usize, ellipsis: &str) -> Utf8PathBuf {
    if width(path.as_str()) <= columns {
        return path.to_owned();
    }
    let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
    let Some((name, directories)) = parts.split_last() else {
        return path.to_owned();
    };
    (0..directories.len())
        .rev()
        .map(|kept| {
            let mut shorter: Utf8PathBuf = directories.iter().take(kept).collect();
            shorter.push(ellipsis);
            shorter.push(name);
            shorter
        })
        .find(|shorter| width(shorter.as_str()) <= columns)
        .unwrap_or_else(|| Utf8Path::new(ellipsis).join(name))
}

/// `1 proc macro`, `2 proc macros`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// `a, b and 3 more`, such that the whole stays within `columns` where even one name does.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>, columns: usize) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    (1..=names.len())
        .rev()
        .map(|shown| {
            let listed = names
                .iter()
                .take(shown)
                .copied()
                .collect::<Vec<_>>()
                .join(", ");
            match names.len() - shown {
                0 => listed,
                left_out => format!("{listed} and {left_out} more"),
            }
        })
        .find(|text| width(text) <= columns)
        .or_else(|| names.first().map(|first| (*first).to_owned()))
        .unwrap_or_default()
}

/// `0.4 s`, `12 s`, `3 min 20 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// `4.2 MiB`, in the units that cargo uses.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] = [
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("KiB", 1 << 10),
        ("bytes", 1),
    ];
    let (unit, scale) = UNITS
        .into_iter()
        .find(|(_, scale)| bytes >= *scale)
        .unwrap_or(("bytes", 1));
    let tenths = bytes % scale * 10 / scale;
    match unit {
        "bytes" => format!("{bytes} bytes"),
        _ => format!("{}.{tenths} {unit}", bytes / scale),
    }
}

/// A word as a shell takes it: quoted where it holds anything that a shell would not take as it is.
pub(crate) fn shell_word(word: &str) -> String {
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte) || !byte.is_ascii()
    };
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_keeps_code_whole_and_every_word() {
        let text = "Rebuild it with `cargo check --workspace`, then look  again.";
        assert_eq!(
            wrap(text, 28),
            [
                "Rebuild it with",
                "`cargo check --workspace`,",
                "then look again."
            ]
        );
        assert_eq!(
            wrap(text, 12),
            [
                "Rebuild it",
                "with `cargo",
                "check",
                "--workspace`,",
                "then look",
                "again."
            ]
        );
        assert_eq!(wrap("", 12), Vec::<String>::new());
    }

    #[test]
    fn an_unpaired_backtick_loses_nothing() {
        assert_eq!(wrap("a ` b c", 80), ["a ` b c"]);
        assert_eq!(
            wrap("one `two three four", 9),
            ["one `two", "three", "four"]
        );
    }

    #[test]
    fn paths_lose_their_middle_but_never_their_name() {
        let path = Utf8Path::new("target/debug/build/mac/0123/out/libmac-0123.so");
        assert_eq!(elide(path, 80, "…"), path);
        assert_eq!(
            elide(path, 40, "…"),
            "target/debug/build/mac/…/libmac-0123.so"
        );
        assert_eq!(elide(path, 30, "…"), "target/debug/…/libmac-0123.so");
        assert_eq!(elide(path, 5, "..."), ".../libmac-0123.so");
        assert_eq!(elide(Utf8Path::new("lib.so"), 3, "…"), "…/lib.so");
    }

    #[test]
    fn paths_below_the_base_become_relative_and_no_other() {
        let base = Utf8Path::new("/w/app");
        assert_eq!(
            relative_to(base, Utf8Path::new("/w/app/Cargo.toml")),
            "Cargo.toml"
        );
        assert_eq!(relative_to(base, Utf8Path::new("/w/apple/a")), "/w/apple/a");
        assert_eq!(relative_to(base, base), base);
    }

    #[test]
    fn long_lists_say_how_much_they_leave_out() {
        let names = ["serde_derive", "thiserror-impl", "tokio-macros"];
        assert_eq!(
            list(names, 80),
            "serde_derive, thiserror-impl, tokio-macros"
        );
        assert_eq!(list(names, 30), "serde_derive and 2 more");
        assert_eq!(list(names, 5), "serde_derive");
        assert_eq!(list([], 5), "");
    }

    #[test]
    fn words_for_a_shell_are_quoted_where_they_must_be() {
        assert_eq!(shell_word("/w/app-1.0"), "/w/app-1.0");
        assert_eq!(shell_word("my work"), "'my work'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn durations_are_short() {
        for (milliseconds, text) in [(420, "0.4 s"), (12_900, "12 s"), (200_000, "3 min 20 s")] {
            assert_eq!(seconds(Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1_023, "1023 bytes"),
            (1_024, "1.0 KiB"),
            (6_186_598, "5.8 MiB"),
            (3 << 30, "3.0 GiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn counts_agree_with_their_noun() {
        assert_eq!(count(1, "proc macro"), "1 proc macro");
        assert_eq!(count(0, "proc macro"), "0 proc macros");
    }
}
