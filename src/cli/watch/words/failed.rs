//! Why a build failed, as the lines below its own: the compiler's errors as it prints them, or the end of what else was said.

use crate::cargo::messages::CompilerError;
use crate::cli::text;
use crate::remedy::Failure;

/// How many lines of a compiler's errors are shown; the rest is for `cargo build` to show.
const LINES_OF_ERRORS: usize = 80;
const LINES_OF_OUTPUT: usize = 12;

pub(super) fn lines(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Command {
            compiler_errors,
            tail,
            ..
        } if compiler_errors.is_empty() => {
            let lines: Vec<&str> = tail.trim_end().lines().collect();
            let skipped = lines.len().saturating_sub(LINES_OF_OUTPUT);
            let last = lines.into_iter().skip(skipped);
            last.map(str::to_owned).collect()
        }
        Failure::Command {
            compiler_errors, ..
        } => errors(compiler_errors),
        other => vec![other.to_string()],
    }
}

fn errors(errors: &[CompilerError]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (number, error) in errors.iter().enumerate() {
        let rendered = error.rendered.as_ref().unwrap_or(&error.message).trim_end();
        if number > 0 {
            if lines.len() + rendered.lines().count() > LINES_OF_ERRORS {
                let left = text::count(errors.len() - number, "more error");
                lines.push(format!("… and {left}"));
                break;
            }
            lines.push(String::new());
        }
        let shown = rendered.lines().take(LINES_OF_ERRORS);
        lines.extend(shown.map(str::to_owned));
    }
    lines
}
