//! An error and what led to it, as one text. Knows no error of its own.

use std::error::Error;

/// The error's words, then those of each cause behind a colon, what was said already left out.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{words}")]
    struct Told {
        words: &'static str,
        source: Option<Box<Told>>,
    }

    #[test]
    fn causes_are_told_once_each() {
        for (chain, text) in [
            (&["read a file"][..], "read a file"),
            (
                &["read a file", "no room", "disk"],
                "read a file: no room: disk",
            ),
            (
                &["read a file: no room", "no room", "disk"],
                "read a file: no room: disk",
            ),
            (&["read", "no room", "no room"], "read: no room"),
            (&["read a file", "", "disk"], "read a file: disk"),
        ] {
            let error = chain.iter().rev().fold(None, |source, words| {
                let source = source.map(Box::new);
                Some(Told { words, source })
            });
            assert_eq!(
                error.map(|error| with_causes(&error)).as_deref(),
                Some(text)
            );
        }
    }
}
