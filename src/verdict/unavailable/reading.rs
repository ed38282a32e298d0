//! Reads the words with which cargo and rustup refuse, of the versions that are about. Pure text in, meaning out.

use std::collections::BTreeSet;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::{Install, StumbledOn, Unavailable};
use crate::names::{Location, PackageName};

/// How long a message's part of cargo's words may be, in characters.
const WORDS_LIMIT: usize = 400;

/// Reads what cargo or rustup said on standard error when it was asked in `directory`.
#[must_use]
pub fn read(words: &str, directory: &Utf8Path) -> Unavailable {
    // Rustup adds one where RUST_BACKTRACE is set.
    let words = words
        .split("Stack backtrace:")
        .next()
        .unwrap_or_default()
        .trim();
    of_rustup(words)
        .or_else(|| rust_version(words))
        .or_else(|| of_cargo(words))
        .unwrap_or_else(|| Unavailable::Unreadable {
            words: in_one_line(words),
            place: place(words, directory),
        })
}

/// The refusals of rustup 1.23 to 1.29 (its `errors.rs` and `config.rs`).
fn of_rustup(words: &str) -> Option<Unavailable> {
    let first = words.lines().next()?;
    let quoted = first.split('\'').nth(1).map(str::to_owned);
    let install = if words.contains("run `rustup toolchain install` to install it") {
        Install::OfWorkspace
    } else if first.contains("custom toolchain") || first.contains("has no bin/ directory") {
        Install::Nothing
    } else {
        Install::ByName
    };
    let not_installed = |install| Unavailable::ToolchainNotInstalled {
        name: quoted.clone(),
        install,
    };
    if first.contains("is not installed for the toolchain '") {
        return Some(Unavailable::ComponentMissing { component: quoted? });
    }
    // Where the channel's manifest has no such component for this platform, or the toolchain's list no longer fits.
    if first.contains("' component, is not applicable to the '") {
        let component = first.split('\'').nth(3).map(str::to_owned);
        return component.map(|component| Unavailable::ComponentMissing { component });
    }
    // A toolchain of somebody's own: rustup can add nothing to it.
    if first.contains("' is not installed for the custom toolchain '") {
        return Some(Unavailable::ToolchainNotInstalled {
            name: first.split('\'').nth(3).map(str::to_owned),
            install: Install::Nothing,
        });
    }
    if first.contains("nknown binary '") && first.contains("toolchain '") {
        return Some(Unavailable::ComponentMissing { component: quoted? });
    }
    if first.contains("toolchain '") && first.contains("' is not installed")
        || first.contains("toolchain '")
            && first.contains("' specified in")
            && first.ends_with("is not installed")
    {
        // A name of rustup's own begins with a channel or a version; anything else was linked by hand.
        let is_rustups = quoted.as_deref().is_some_and(is_rustups_name);
        return Some(not_installed(match install {
            Install::ByName if !is_rustups => Install::Nothing,
            install => install,
        }));
    }
    if first.starts_with("invalid toolchain") {
        return Some(not_installed(Install::Nothing));
    }
    first
        .contains("no default is configured")
        .then_some(Unavailable::ToolchainNotInstalled {
            name: None,
            install: Install::Default,
        })
}

fn is_rustups_name(name: &str) -> bool {
    ["stable", "beta", "nightly"]
        .iter()
        .any(|channel| name == *channel || name.starts_with(&format!("{channel}-")))
        || name.starts_with(|first: char| first.is_ascii_digit())
}

/// `rustc 1.95.0 is not supported by the following packages:` and a line for each (cargo 1.74 to 1.97, `ops/cargo_compile/mod.rs`), or
/// one package in a sentence (cargo 1.56 to 1.73).
fn rust_version(words: &str) -> Option<Unavailable> {
    if let Some((before, after)) = words.split_once(" is not supported by the following package") {
        let rustc = before.lines().last()?.trim_start_matches("error: ");
        // Cargo names a package once for each of its units.
        let packages: BTreeSet<(PackageName, String)> = after
            .lines()
            .filter_map(|line| {
                let (package, rest) = line.trim().split_once('@')?;
                let (_, wanted) = rest.split_once(" requires rustc ")?;
                Some((PackageName::new(package), wanted.trim().to_owned()))
            })
            .collect();
        return Some(Unavailable::RustVersion {
            rustc: rustc.to_owned(),
            packages: packages.into_iter().collect(),
        });
    }
    let (before, after) = words.split_once("cannot be built because it requires rustc ")?;
    let name = before.split('`').nth(1)?.split(' ').next()?;
    let wanted = after.split(" or newer").next()?;
    let rustc = after
        .split_once("currently active rustc version is ")
        .and_then(|(_, rest)| rest.lines().next())
        .unwrap_or("the active one");
    Some(Unavailable::RustVersion {
        rustc: format!("rustc {rustc}"),
        packages: vec![(PackageName::new(name), wanted.to_owned())],
    })
}

fn of_cargo(words: &str) -> Option<Unavailable> {
    let has = |text: &str| words.contains(text);
    let told = || in_one_line(words);
    if has("lock file") && (has("--locked was passed") || has("because --locked")) {
        return Some(Unavailable::LockfileOutdated);
    }
    let stumbles: &[(StumbledOn, &str)] = &[
        (StumbledOn::Options, "` flag is unstable, pass"),
        (
            StumbledOn::Options,
            "which wasn't expected, or isn't valid in this context",
        ),
        (StumbledOn::Options, "unexpected argument '--"),
        (
            StumbledOn::Workspace,
            "this version of Cargo is older than the `",
        ),
        (
            StumbledOn::Workspace,
            "is not stabilized in this version of Cargo",
        ),
        (
            StumbledOn::Workspace,
            "this version of Cargo does not understand this lock file",
        ),
    ];
    if let Some((stumbled_on, _)) = stumbles.iter().find(|(_, text)| has(text)) {
        return Some(Unavailable::CargoTooOld {
            stumbled_on: *stumbled_on,
            words: told(),
        });
    }
    let of_a_missing_download = [
        // From the index, from an index that git keeps, from git itself (cargo 1.95, `sources/git/source.rs` and `utils.rs`).
        "offline mode (",
        "--offline was specified",
        "because --offline",
    ];
    // A package that no index has was perhaps never looked for; a path that is not there is a fault of its own.
    of_a_missing_download
        .iter()
        .any(|text| has(text))
        .then(|| Unavailable::NotDownloaded { words: told() })
}

/// The sentences of an error and its causes, without pictures of source lines, without advice and without the commands that failed.
fn in_one_line(words: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for line in words.lines() {
        let text = without_number(line.trim());
        let text = text.strip_prefix("error: ").unwrap_or(text);
        let is_picture = text.starts_with("-->") || text.starts_with('|') || is_source_line(text);
        let is_left_out = LEFT_OUT.iter().any(|start| text.starts_with(start));
        if !text.is_empty() && !is_picture && !is_left_out {
            parts.push(text.trim_end_matches(':'));
        }
    }
    if parts.is_empty() {
        return "it gave no reason".to_owned();
    }
    let text = parts.join(": ");
    match text.char_indices().nth(WORDS_LIMIT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

const LEFT_OUT: &[&str] = &[
    "As a reminder",
    "note:",
    "help:",
    "= help:",
    "= note:",
    "See https://",
    "Caused by:",
    "process didn't exit successfully",
    "--- std",
];

/// Rustup counts causes: `0: error parsing override file`.
fn without_number(text: &str) -> &str {
    match text.split_once(": ") {
        Some((number, rest)) if number.parse::<u32>().is_ok() => rest,
        _ => text,
    }
}

/// `4 | edition = "2021`.
fn is_source_line(text: &str) -> bool {
    text.split_once(" |")
        .is_some_and(|(number, _)| number.parse::<u32>().is_ok())
}

/// `--> Cargo.toml:4:16`, or the manifest that could not be parsed, with `line 4, column 16` where that stands below.
fn place(words: &str, directory: &Utf8Path) -> Option<Location> {
    let pointed = words.lines().find_map(|line| {
        let (path, column) = line.trim().strip_prefix("--> ")?.rsplit_once(':')?;
        let (path, line) = path.rsplit_once(':')?;
        location(&directory.join(path), line, column)
    });
    pointed.or_else(|| {
        let (_, after) = [
            "failed to parse manifest at",
            "failed to parse lock file at",
            "could not parse override file",
            "could not parse TOML configuration in",
        ]
        .iter()
        .find_map(|text| words.split_once(text))?;
        let path = after
            .lines()
            .next()?
            .trim_matches(|character: char| " :`'".contains(character));
        let numbers = words.split_once("at line ").and_then(|(_, rest)| {
            let (line, rest) = rest.split_once(", column ")?;
            Some((
                line,
                rest.split(|character: char| !character.is_ascii_digit())
                    .next()?,
            ))
        });
        let (line, column) = numbers.unwrap_or(("1", "1"));
        location(&directory.join(path), line, column)
    })
}

/// `mac/../Cargo.toml` as a person writes it.
fn without_parents(path: &Utf8Path) -> Utf8PathBuf {
    let mut plain = Utf8PathBuf::new();
    for component in path.components() {
        if component != Utf8Component::ParentDir || !plain.pop() {
            plain.push(component);
        }
    }
    plain
}

fn location(path: &Utf8Path, line: &str, column: &str) -> Option<Location> {
    let column = column.parse().ok().filter(|column| *column > 0)?;
    Some(Location {
        path: without_parents(path),
        line: line.parse().ok().filter(|line| *line > 0)?,
        column,
        end_column: column,
    })
}
