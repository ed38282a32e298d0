//! Cargo's many-line refusals as the end of one sentence. Pure text.

/// One line of what cargo said: a place in a manifest first, where it names one; causes behind colons.
pub(super) fn on_one_line(words: &str) -> String {
    if let Some((message, place)) = parse_error(words) {
        return format!("{place}: {message}");
    }
    let (words, advice) = match words.find("As a reminder, you're using offline mode") {
        // We asked offline, the person did not; what helps them is the download.
        Some(start) => (
            words.get(..start).unwrap_or(words),
            "; what was never downloaded can be had by `cargo fetch`",
        ),
        None => (words, ""),
    };
    let causes: Vec<String> = words
        .split("Caused by:")
        .map(|cause| cause.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|cause| !cause.is_empty())
        .collect();
    format!("{}{advice}", causes.join(": "))
}

/// The message and the place of an error with a snippet, such as `m/Cargo.toml, line 3, column 9`.
fn parse_error(words: &str) -> Option<(&str, String)> {
    let message = words.lines().next()?.trim();
    let arrow = words
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "))?;
    let mut parts = arrow.trim().rsplitn(3, ':');
    let (column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(line) && is_number(column))
        .then(|| (message, format!("{file}, line {line}, column {column}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_manifest_error_comes_first() {
        let words = "unclosed table, expected `]`\n --> m/Cargo.toml:1:9\n  |\n1 | [package\n  |         ^\nerror: failed to load manifest for workspace member `/w/m`";
        assert_eq!(
            on_one_line(words),
            "m/Cargo.toml, line 1, column 9: unclosed table, expected `]`"
        );
    }

    #[test]
    fn causes_are_strung_on_one_line() {
        let words = "failed to load manifest for workspace member `/w/m`\nreferenced by workspace at `/w/Cargo.toml`\n\nCaused by:\n  failed to parse manifest at `/w/m/Cargo.toml`\n\nCaused by:\n  no targets specified in the manifest\n";
        assert_eq!(
            on_one_line(words),
            "failed to load manifest for workspace member `/w/m` referenced by workspace at `/w/Cargo.toml`: failed to parse manifest at `/w/m/Cargo.toml`: no targets specified in the manifest"
        );
    }

    #[test]
    fn who_asked_offline_is_no_riddle() {
        let words = "failed to select a version for `serde`\nAs a reminder, you're using offline mode (--offline) which can sometimes cause surprising resolution failures, if this error is too confusing you may wish to retry without `--offline`.";
        assert_eq!(
            on_one_line(words),
            "failed to select a version for `serde`; what was never downloaded can be had by `cargo fetch`"
        );
    }
}
