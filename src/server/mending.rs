//! Between the server's runs and the remedies: progress in words, and how it went in a sentence.

use super::outbox::Advance;
use crate::cargo::messages::CompilerError;
use crate::cargo::process::{Cancel, ProcessGroup};
use crate::causes::with_causes;
use crate::inspect::Inspector;
use crate::remedy::{
    self, Choice, Controls, Failure, MendError, MendReport, MendResult, Plan, Progress, RemedyKind,
    RunResult,
};
use crate::verdict::{Finding, Verdict};

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Of rebuilds: every macro that it was about is fresh, as a second look says. Of cleans: it is cleaned.
    Done,
    /// There was nothing to mend.
    NothingToDo,
    /// It ran, and some are still not fresh; sentences that say which and why.
    NotMended(String),
    /// It could not be run; words that fit after "failed to".
    Failed(String),
    /// Another Sidecargo mends the same build directory; words as above.
    LeftToAnother(String),
    Cancelled,
}

/// Mends what was chosen, with progress in words. `failed` becomes the finding on a rebuild that failed, or nothing where it did not.
pub(crate) fn mend(
    inspector: &mut Inspector,
    choice: &Choice,
    cancel: &Cancel,
    progress: &dyn Fn(Advance),
    failed: &mut Option<Finding>,
) -> Ending {
    let controls = controls(cancel);
    let tell = &mut |step| progress(advance(&step));
    match remedy::mend(inspector, choice, &controls, tell) {
        Ok(report) => {
            // A run that was stopped says nothing of the one before.
            if report.result != MendResult::Cancelled {
                failed.clone_from(&report.failed);
            }
            ending(&report)
        }
        Err(error @ MendError::SomebodyElse(_)) if !cancel.is_cancelled() => {
            Ending::LeftToAnother(with_causes(&error))
        }
        Err(error) => not_run(&error, cancel),
    }
}

/// Carries out a plan that the person was shown and agreed to.
pub(crate) fn carry_out(
    inspector: &mut Inspector,
    plan: &Plan,
    cancel: &Cancel,
    progress: &dyn Fn(Advance),
) -> Ending {
    let controls = controls(cancel);
    let tell = &mut |step| progress(advance(&step));
    match remedy::carry_out(inspector, plan, &controls, tell) {
        Ok(done) => match &done.outcome.result {
            RunResult::Cancelled => Ending::Cancelled,
            RunResult::Failed(why) => Ending::NotMended(format!("{}.", failure(why))),
            RunResult::Succeeded if done.is_still_offered(plan) => {
                Ending::NotMended("it ran, and what it was for is still there.".to_owned())
            }
            RunResult::Succeeded => Ending::Done,
        },
        Err(error) => not_run(&error, cancel),
    }
}

fn controls(cancel: &Cancel) -> Controls {
    Controls {
        // The server must be able to stop all that it started, and only that.
        group: ProcessGroup::Own,
        cancel: cancel.clone(),
    }
}

/// Of a run that came to no result: it may have been stopped before there was any.
fn not_run(error: &dyn std::error::Error, cancel: &Cancel) -> Ending {
    if cancel.is_cancelled() {
        tracing::info!(%error, "cancelled");
        return Ending::Cancelled;
    }
    Ending::Failed(with_causes(error))
}

fn advance(progress: &Progress) -> Advance {
    Advance {
        words: in_words(progress),
        percentage: match progress {
            Progress::Crates {
                done,
                total: Some(total),
                ..
            } => percentage(*done, *total),
            _ => None,
        },
    }
}

fn percentage(done: u64, total: u64) -> Option<u32> {
    let hundredths = done.min(total).checked_mul(100)?.checked_div(total)?;
    u32::try_from(hundredths).ok()
}

fn in_words(progress: &Progress) -> String {
    match progress {
        Progress::Step { number, of, what } => format!("{what} ({number} of {of})"),
        Progress::Crates { done, total, last } => {
            let count = match (total, done) {
                (Some(total), _) => format!("{done} of {total} crates"),
                (None, 1) => "1 crate".to_owned(),
                (None, _) => format!("{done} crates"),
            };
            match last {
                Some(last) => format!("{count}: {last}"),
                None => count,
            }
        }
        Progress::Waiting { on, holder: None } => format!("waiting for another build ({on})"),
        Progress::Waiting {
            on,
            holder: Some(holder),
        } => format!("waiting for {holder} ({on})"),
    }
}

fn ending(report: &MendReport) -> Ending {
    match report.result {
        MendResult::Mended => Ending::Done,
        MendResult::NothingToDo => Ending::NothingToDo,
        MendResult::Cancelled => Ending::Cancelled,
        MendResult::Unmended => Ending::NotMended(not_mended(report)),
    }
}

fn not_mended(report: &MendReport) -> String {
    let broken: Vec<String> = report
        .macros
        .iter()
        .filter(|mended| {
            mended
                .after
                .as_ref()
                .is_some_and(|after| *after != Verdict::Fresh)
        })
        .map(|mended| format!("`{}`", mended.name))
        .collect();
    let names = match broken.as_slice() {
        [] => "it did not reach its end".to_owned(),
        [one] => format!("{one} is still not fresh"),
        [one, other] => format!("{one} and {other} are still not fresh"),
        [one, rest @ ..] => format!("{one} and {} more are still not fresh", rest.len()),
    };
    let why = report.failure().map(failure);
    let cleaning_may_help = report
        .macros
        .iter()
        .any(|mended| mended.next == Some(RemedyKind::CleanAndRebuild));
    let next = if cleaning_may_help {
        " Try to clean and rebuild."
    } else {
        ""
    };
    match why {
        Some(why) => format!("{names}: {why}.{next}"),
        None => format!("{names}.{next}"),
    }
}

/// In words without a full stop.
fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Command {
            compiler_errors,
            run,
            status,
            tail,
        } => match compiler_errors.as_slice() {
            [] => command_failed(run, *status, tail),
            [only] => format!("the build failed with an error, {}", compiler_error(only)),
            [first, ..] => format!(
                "the build failed with {} errors, the first {}",
                compiler_errors.len(),
                compiler_error(first)
            ),
        },
        Failure::Process(error) => format!("failed to {}", with_causes(error)),
        Failure::File(error) => format!("failed to {}", with_causes(error)),
    }
}

fn command_failed(run: &[String], status: Option<i32>, tail: &str) -> String {
    // The options say little to whoever reads it.
    let words: Vec<&str> = run
        .iter()
        .map(String::as_str)
        .take_while(|word| !word.starts_with("--"))
        .collect();
    let command = words.join(" ");
    let ended = match status {
        Some(status) => format!("`{command}` failed with status {status}"),
        None => format!("`{command}` was ended by a signal"),
    };
    let last = tail.lines().rev().find(|line| line.starts_with("error"));
    match last {
        Some(line) => format!("{ended}: {}", line.trim_end_matches('.')),
        None => ended,
    }
}

fn compiler_error(error: &CompilerError) -> String {
    let message = error.message.lines().next().unwrap_or_default();
    match &error.path {
        Some(path) => format!("in {path}:{}: {message}", error.line),
        None => format!("in `{}`: {message}", error.target),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::process::ProcessError;

    fn command(tail: &str, compiler_errors: Vec<CompilerError>) -> Failure {
        let run = "cargo check --workspace --keep-going";
        Failure::Command {
            run: run.split(' ').map(str::to_owned).collect(),
            status: Some(101),
            tail: tail.to_owned(),
            compiler_errors,
        }
    }

    fn error(message: &str) -> CompilerError {
        CompilerError {
            target: "my-macros".to_owned(),
            package_id: "my-macros".to_owned(),
            message: message.to_owned(),
            rendered: None,
            path: Some("/w/src/lib.rs".into()),
            line: 7,
            column: 1,
        }
    }

    #[test]
    fn a_failure_is_told_by_its_first_cause() {
        for (failed, words) in [
            (
                command("", vec![error("cannot find value `x`\nmore")]),
                "the build failed with an error, in /w/src/lib.rs:7: cannot find value `x`",
            ),
            (
                command("", vec![error("one"), error("two")]),
                "the build failed with 2 errors, the first in /w/src/lib.rs:7: one",
            ),
            (
                command(
                    "    Updating index\nerror: no matching package found.\nnote: x",
                    vec![],
                ),
                "`cargo check` failed with status 101: error: no matching package found",
            ),
            (
                Failure::Process(ProcessError {
                    program: "cargo".to_owned(),
                    directory: "/w".into(),
                    source: std::io::Error::other("it is gone"),
                }),
                "failed to run `cargo` in /w: it is gone",
            ),
        ] {
            assert_eq!(failure(&failed), words);
        }
    }

    #[test]
    fn progress_is_told_in_words_and_hundredths() {
        let crates = |done, total, last: Option<&str>| {
            let last = last.map(str::to_owned);
            let advance = advance(&Progress::Crates { done, total, last });
            (advance.words, advance.percentage)
        };
        assert_eq!(crates(1, None, None), ("1 crate".to_owned(), None));
        assert_eq!(
            crates(5, Some(20), Some("serde")),
            ("5 of 20 crates: serde".to_owned(), Some(25))
        );
        assert_eq!(crates(9, Some(8), None).1, Some(100));
        assert_eq!(crates(0, Some(0), None).1, None);
    }
}
