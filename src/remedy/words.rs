//! What a remedy does and came to, in words, for every front end alike.

use std::fmt;

use camino::Utf8PathBuf;

use super::mend::{MendReport, MendResult};
use super::plan::Step;
use super::run::{Failure, Progress};
use crate::cargo::messages::CompilerError;
use crate::causes::with_causes;
use crate::verdict::Verdict;

impl fmt::Display for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step { number, of, what } if *of > 1 => {
                write!(formatter, "{number} of {of}: {what}")
            }
            Self::Step { what, .. } => formatter.write_str(what),
            Self::Crates { done, total, last } => {
                match total {
                    Some(total) => write!(formatter, "{done} of {total} crates")?,
                    None => write!(formatter, "{done} crates")?,
                }
                last.iter()
                    .try_for_each(|last| write!(formatter, ": {last}"))
            }
            Self::Waiting { on, holder } => {
                write!(formatter, "waiting for the {on}")?;
                holder
                    .iter()
                    .try_for_each(|holder| write!(formatter, ", held by {holder}"))
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command {
                run,
                status,
                tail,
                compiler_errors,
            } => {
                let command: Vec<&str> = run.iter().map(String::as_str).take(2).collect();
                write!(formatter, "`{}` ", command.join(" "))?;
                match status {
                    Some(status) => write!(formatter, "failed with status {status}")?,
                    None => formatter.write_str("was ended by a signal")?,
                }
                match compiler_errors.as_slice() {
                    [first] => write!(formatter, ": {}", WithPlace(first)),
                    [first, rest @ ..] => {
                        write!(
                            formatter,
                            ": {} (and {} more)",
                            WithPlace(first),
                            rest.len()
                        )
                    }
                    [] => telling_line(tail)
                        .iter()
                        .try_for_each(|line| write!(formatter, ": {line}")),
                }
            }
            Self::Process(error) => write!(formatter, "failed to {}", with_causes(error)),
            Self::File(error) => write!(formatter, "failed to {}", with_causes(error)),
        }
    }
}

impl Failure {
    /// All that was said on the way, for recognising it.
    #[must_use]
    pub fn said(&self) -> String {
        match self {
            Self::Command {
                tail,
                compiler_errors,
                ..
            } => {
                let mut said = tail.clone();
                for error in compiler_errors {
                    said.push('\n');
                    said.push_str(error.rendered.as_ref().unwrap_or(&error.message));
                }
                said
            }
            Self::Process(_) | Self::File(_) => self.to_string(),
        }
    }
}

/// A compiler error with its place.
struct WithPlace<'a>(&'a CompilerError);

impl fmt::Display for WithPlace<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CompilerError {
            path,
            line,
            column,
            message,
            ..
        } = self.0;
        match path {
            Some(path) => write!(formatter, "{path}:{line}:{column}: {message}"),
            None => write!(formatter, "{}: {message}", self.0.target),
        }
    }
}

/// The first error that a program told of, or else its last words.
fn telling_line(tail: &str) -> Option<&str> {
    let mut lines = tail.lines().map(str::trim).filter(|line| !line.is_empty());
    let last = lines.clone().next_back();
    lines.find_map(|line| line.strip_prefix("error: ")).or(last)
}

impl MendReport {
    /// How it ended, in one or two sentences.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.result {
            MendResult::NothingToDo => "There was nothing to mend.".to_owned(),
            MendResult::Cancelled => "Stopped; what was built so far stays.".to_owned(),
            MendResult::Mended => match self.macros.as_slice() {
                [one] => format!("{} is done.", one.name),
                many => format!("{} proc macros are done.", many.len()),
            },
            MendResult::Unmended => self.unmended(),
        }
    }

    /// What the build could not use besides, in one sentence.
    #[must_use]
    pub fn besides(&self) -> Option<String> {
        let build_directory = &self.after.workspace.build_directory;
        let unusable: Vec<&str> = self
            .rounds
            .iter()
            .flat_map(|round| {
                let executed = &round.outcome.executed;
                let is_removed = move |path: &&Utf8PathBuf| {
                    let removes =
                        |step: &Step| matches!(step, Step::Remove { remove } if remove == *path);
                    executed.iter().any(removes)
                };
                round.unusable.iter().filter(is_removed)
            })
            .map(|path| path.strip_prefix(build_directory).unwrap_or(path).as_str())
            .collect();
        let (what, then) = match unusable.as_slice() {
            [] => return None,
            [one] => ((*one).to_owned(), "it was removed to be built anew"),
            [one, other] => (
                format!("{one} and {other}"),
                "they were removed to be built anew",
            ),
            [one, rest @ ..] => (
                format!("{one} and {} more libraries", rest.len()),
                "they were removed to be built anew",
            ),
        };
        Some(format!(
            "The build could not use {what} in {build_directory}, so {then}."
        ))
    }

    fn unmended(&self) -> String {
        let left: Vec<String> = self
            .macros
            .iter()
            .filter_map(|mended| match &mended.after {
                None | Some(Verdict::Fresh) => None,
                Some(after) => Some(format!("{} is still {}", mended.name, after.status())),
            })
            .collect();
        let left = match left.as_slice() {
            [] => "It was not done".to_owned(),
            [one] => one.clone(),
            many => format!("{} proc macros are still not fresh", many.len()),
        };
        let advice = if self.macros.iter().any(|mended| mended.next.is_some()) {
            " Clean and rebuild may help."
        } else {
            ""
        };
        match self.failure() {
            Some(failure) => format!("{left}: {failure}.{advice}"),
            None => format!("{left}, though the build went through.{advice}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::FileError;
    use super::*;
    use crate::observed::process::Holder;

    #[test]
    fn progress_reads_well() {
        let step = |of| Progress::Step {
            number: 1,
            of,
            what: "cargo clean -p mac".to_owned(),
        };
        assert_eq!(step(2).to_string(), "1 of 2: cargo clean -p mac");
        assert_eq!(step(1).to_string(), "cargo clean -p mac");
        let crates = |total, last: Option<&str>| Progress::Crates {
            done: 12,
            total,
            last: last.map(str::to_owned),
        };
        assert_eq!(crates(Some(57), None).to_string(), "12 of 57 crates");
        assert_eq!(crates(None, Some("mac")).to_string(), "12 crates: mac");
        let waiting = |program: Option<&str>| {
            Progress::Waiting {
                on: "build directory".to_owned(),
                holder: program.map(|program| Holder {
                    process: 42,
                    program: Some(program.to_owned()),
                }),
            }
            .to_string()
        };
        assert_eq!(waiting(None), "waiting for the build directory");
        assert_eq!(
            waiting(Some("cargo")),
            "waiting for the build directory, held by cargo (process 42)"
        );
    }

    #[test]
    fn failures_tell_the_first_error() {
        let error = |path: Option<&str>| CompilerError {
            target: "mac".to_owned(),
            package_id: "p".to_owned(),
            message: "cannot find value `x`".to_owned(),
            rendered: None,
            path: path.map(Into::into),
            line: 3,
            column: 5,
        };
        let command = |tail: &str, compiler_errors| {
            Failure::Command {
                run: ["cargo", "check", "--workspace"]
                    .map(str::to_owned)
                    .to_vec(),
                status: Some(101),
                tail: tail.to_owned(),
                compiler_errors,
            }
            .to_string()
        };
        assert_eq!(
            command("", vec![error(Some("/w/mac/src/lib.rs")), error(None)]),
            "`cargo check` failed with status 101: /w/mac/src/lib.rs:3:5: cannot find value `x` (and 1 more)"
        );
        assert_eq!(
            command("", vec![error(None)]),
            "`cargo check` failed with status 101: mac: cannot find value `x`"
        );
        assert_eq!(
            command(
                "  Compiling x\nerror: linker `cc` not found\nwarning: build failed\n",
                vec![]
            ),
            "`cargo check` failed with status 101: linker `cc` not found"
        );
        assert_eq!(command("", vec![]), "`cargo check` failed with status 101");
        let file = Failure::File(FileError::Remove {
            path: "/w/target/libmac.so".into(),
            source: std::io::Error::other("permission denied"),
        });
        assert_eq!(
            file.to_string(),
            "failed to remove /w/target/libmac.so: permission denied"
        );
    }
}
