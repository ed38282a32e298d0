//! What the options of `watch` mean.

use camino::{Utf8Path, Utf8PathBuf};

use super::event::{Builds, Mends, Orders, Releases};
use crate::cargo::invocation::Invocation;
use crate::cli::arguments::WatchArguments;
use crate::cli::failure::Failure;
use crate::cli::terminal::Look;

use super::worker::BuildCommand;

/// Why the options cannot be followed; the text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum OptionError {
    /// A quote in `--build` is never closed.
    #[error("read the arguments for cargo, `{text}`: a quote is not closed")]
    Quote {
        /// The arguments as they were given.
        text: String,
    },
    /// The format of cargo's messages is ours to choose.
    #[error("pass `--message-format` to cargo: watch reads cargo's messages itself; leave it out")]
    MessageFormat,
}

/// What is to be done, and when.
pub(super) fn orders(arguments: &WatchArguments) -> Orders {
    Orders {
        builds: match arguments.build {
            Some(_) => Builds::OnEveryEdit,
            None => Builds::Never,
        },
        mends: if arguments.fix {
            Mends::WhatBreaks
        } else {
            Mends::Nothing
        },
        releases: if arguments.trigger.is_some() || calls_cargo(command(arguments)) {
            Releases::WhenNobodyBuilds
        } else {
            Releases::AtOnce
        },
    }
}

/// Whether a command begins with cargo; who watches a trigger file is taken to call it too.
fn calls_cargo(command: &[String]) -> bool {
    command
        .first()
        .is_some_and(|program| Utf8Path::new(program).file_stem() == Some("cargo"))
}

/// How cargo is called for a build: with the options that choose what is looked at, then with the person's own.
pub(super) fn build_command(
    arguments: &WatchArguments,
    look: Look,
) -> Result<BuildCommand, Failure> {
    let mut all = arguments.selection.cargo_arguments()?;
    let own = words(arguments.build.as_deref().unwrap_or_default())?;
    if own.iter().any(|word| word.starts_with("--message-format")) {
        return Err(OptionError::MessageFormat.into());
    }
    all.extend(own);
    Ok(BuildCommand {
        arguments: all,
        manifest: manifest(&arguments.selection.start()?),
        look,
    })
}

/// What `--then` gives, without the `--` that many put before a command.
fn command(arguments: &WatchArguments) -> &[String] {
    match arguments.then.as_slice() {
        [first, rest @ ..] if first == "--" => rest,
        all => all,
    }
}

/// The command that `--then` gives, in the directory that the person is in.
pub(super) fn then(arguments: &WatchArguments) -> Option<Invocation> {
    let (program, rest) = command(arguments).split_first()?;
    let directory = Utf8Path::new(".");
    Some(Invocation::new(program.as_str(), directory).arguments(rest.iter().cloned()))
}

/// The package that cargo would build where the person is.
fn manifest(start: &Utf8Path) -> Option<Utf8PathBuf> {
    let start = start.canonicalize_utf8().ok()?;
    let manifests = start.ancestors().map(|above| above.join("Cargo.toml"));
    std::iter::once(start.clone())
        .filter(|path| path.is_file())
        .chain(manifests)
        .find(|path| path.is_file())
}

/// Words as a shell divides them, as far as arguments for cargo need it: blanks, quotes, and a backslash before either.
fn words(text: &str) -> Result<Vec<String>, OptionError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, blank) if blank.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        let text = text.to_owned();
        return Err(OptionError::Quote { text });
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_divided_as_a_shell_does() {
        for (text, expected) in [
            ("", vec![]),
            ("  --release   -p app ", vec!["--release", "-p", "app"]),
            ("--features 'a b'", vec!["--features", "a b"]),
            (r#"--config "a = \"b\"""#, vec!["--config", r#"a = "b""#]),
            (r"a\ b ''", vec!["a b", ""]),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        let error = words("--features 'a").unwrap_err().to_string();
        assert!(error.contains("a quote is not closed"), "{error}");
    }
}
