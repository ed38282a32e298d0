//! Tells an answer of cargo's from a refusal, whose words it takes out, and from an answer that somebody cut short.

use camino::Utf8Path;

use super::query::Reply;
use super::questions::QuestionError;

/// An answer that nobody cut short. Half of one looks like the answer of a smaller workspace.
pub(super) fn whole(reply: Reply, directory: &Utf8Path) -> Result<Reply, QuestionError> {
    // Cargo's words where a compiler that it started was killed, our stand-in here (cargo 1.95, `cargo-util/src/process_error.rs`).
    let is_of_a_killed_compiler = || reply.stderr.contains("(signal: ");
    if reply.status.code().is_none() || !reply.status.success() && is_of_a_killed_compiler() {
        return Err(QuestionError::Refused {
            directory: directory.to_owned(),
            words: "somebody stopped it before it had answered".to_owned(),
        });
    }
    Ok(reply)
}

/// The answer of a program that ended well, or else its refusal.
pub(super) fn accepted(reply: Reply, directory: &Utf8Path) -> Result<Reply, QuestionError> {
    let reply = whole(reply, directory)?;
    if reply.status.success() {
        return Ok(reply);
    }
    Err(QuestionError::Refused {
        directory: directory.to_owned(),
        words: words_of_refusal(&reply.stderr),
    })
}

/// Cargo's error without warnings before it and progress lines.
fn words_of_refusal(stderr: &str) -> String {
    let mut lines = stderr.split_inclusive('\n').scan(0, |start, line| {
        let found = (*start, line);
        *start += line.len();
        Some(found)
    });
    let start = lines.find_map(|(start, line)| line.starts_with("error").then_some(start));
    let text = stderr.get(start.unwrap_or(0)..).unwrap_or(stderr).trim();
    text.strip_prefix("error: ").unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_before_an_error_are_no_part_of_the_refusal() {
        for before in [
            "",
            "warning: unused key\n",
            "warning: an error: in a warning\n    Updating index\n",
        ] {
            let said = format!("{before}error: no such package\n\nCaused by:\n  an error\n");
            assert_eq!(
                words_of_refusal(&said),
                "no such package\n\nCaused by:\n  an error"
            );
        }
        assert_eq!(words_of_refusal("Killed\n"), "Killed");
    }
}
