//! Findings on known failures: those that the next build will meet, and the one on a build that failed. Pure.

use std::fmt::Write as _;

use super::finding::{Code, Finding, RelatedPlace, Severity, start_of};
use super::phrases::{code, list, path_below};
use super::reason::Verdict;
use super::tools::general;
use crate::cargo::messages::CompilerError;
use crate::inspect::InspectedMacro;
use crate::names::Location;
use crate::remedy::catalogue::Known;
use crate::remedy::{Failure, Plan, PlanContext};

/// How many of the compiler's errors are shown at their places.
const PLACES_LIMIT: usize = 20;
/// How much of an error's own words a message takes.
const WORDS_LIMIT: usize = 300;

/// The finding on what will fail as soon as somebody builds; `None` where nothing is to be said of it.
#[must_use]
pub fn foreseen(
    known: &Known<'_>,
    remedies: Vec<Plan>,
    context: &PlanContext<'_>,
) -> Option<Finding> {
    let foresight = known.entry.foresight.as_ref()?;
    let code = known.entry.codes.first().copied();
    let message = known.fill(&foresight.message)?;
    general(
        code.unwrap_or(Code::EnvironmentHazard),
        foresight.severity,
        message,
        remedies,
        context,
    )
}

/// A rebuild that failed, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct FailedBuild<'a> {
    /// How it failed.
    pub failure: &'a Failure,
    /// What the catalogue says, with what mends it.
    pub known: Option<(&'a Known<'a>, &'a [Plan])>,
    /// The macros that it was to mend and that are not fresh.
    pub concerned: &'a [&'a InspectedMacro],
}

/// The one finding on a rebuild that failed.
#[must_use]
pub fn build_failed(build: FailedBuild<'_>, context: &PlanContext<'_>) -> Option<Finding> {
    let errors = match build.failure {
        Failure::Command {
            compiler_errors, ..
        } => compiler_errors.as_slice(),
        _ => &[],
    };
    let remedies = build.known.map_or(&[][..], |(_, remedies)| remedies);
    let mut finding = general(
        Code::BuildFailed,
        Severity::Error,
        message(build, errors, context),
        remedies.to_vec(),
        context,
    )?;
    finding.packages = build
        .concerned
        .iter()
        .map(|inspected| inspected.expected.name.clone())
        .collect();
    finding.package_ids = build
        .concerned
        .iter()
        .map(|inspected| inspected.expected.package_id.clone())
        .collect();
    let places: Vec<(Location, &CompilerError)> = errors
        .iter()
        .filter_map(|error| Some((place(error)?, error)))
        .take(PLACES_LIMIT)
        .collect();
    let own = places
        .iter()
        .find(|(place, _)| place.path.starts_with(&context.workspace.root));
    finding.location = Some(own.map_or_else(
        || start_of(context.workspace.root.join("Cargo.toml")),
        |(place, _)| place.clone(),
    ));
    finding.related = places
        .into_iter()
        .map(|(location, error)| RelatedPlace {
            location,
            message: first_words(&error.message),
        })
        .collect();
    let of_dylibs = culprits(build).filter_map(|(inspected, words)| {
        Some(RelatedPlace {
            location: start_of(inspected.dylib.clone()?),
            message: format!(
                "The built library of {}: {words}",
                code(&inspected.expected.name)
            ),
        })
    });
    finding.related.extend(of_dylibs);
    Some(finding)
}

fn message(build: FailedBuild<'_>, errors: &[CompilerError], context: &PlanContext<'_>) -> String {
    let names: Vec<String> = build
        .concerned
        .iter()
        .map(|inspected| code(&inspected.expected.name))
        .collect();
    let consequence = match names.as_slice() {
        [] => String::new(),
        names if names.len() > 5 => format!(", so {} proc macros stay as they are", names.len()),
        [one] => format!(", so {one} stays as it is"),
        names => format!(", so {} stay as they are", list(names, "and")),
    };
    let said = match errors {
        [] => build.failure.to_string(),
        [first, ..] => first_words(&first.message),
    };
    let mut message = format!(
        "The rebuild failed{consequence}: {}.",
        said.trim_end_matches('.')
    );
    let culprits: Vec<String> = culprits(build)
        .map(|(inspected, words)| {
            let path = inspected
                .dylib
                .as_deref()
                .map_or_else(String::new, |dylib| {
                    format!(" ({})", code(path_below(dylib, &context.workspace.root)))
                });
            format!("{}{path}: {words}", code(&inspected.expected.name))
        })
        .collect();
    if !culprits.is_empty() && is_blaming_a_crate(build, errors) {
        let _ = write!(
            message,
            " Whichever crate the compiler names, the cause is the built library of {}. Remove it and build again.",
            list(&culprits, "and")
        );
    } else if let Some((known, _)) = build.known {
        message.push(' ');
        message.push_str(&known.meaning());
    }
    message
}

/// The errors with which rustc names a crate where a library that it read is at fault.
const BLAMING: &[&str] = &["E0786", "E0514", "E0463", "E0433", "E0432", "E0460"];

/// Whether a text has an error with which rustc names a crate where a library that it read is at fault.
#[must_use]
pub fn blames_a_crate(text: &str) -> bool {
    BLAMING.iter().any(|code| text.contains(code))
}

fn is_blaming_a_crate(build: FailedBuild<'_>, errors: &[CompilerError]) -> bool {
    let of_errors = errors
        .iter()
        .any(|error| error.rendered.as_deref().is_some_and(blames_a_crate));
    of_errors || matches!(build.failure, Failure::Command { tail, .. } if blames_a_crate(tail))
}

/// The macros whose dylib is damaged or foreign, with what is wrong.
fn culprits(build: FailedBuild<'_>) -> impl Iterator<Item = (&InspectedMacro, &'static str)> {
    build.concerned.iter().filter_map(|inspected| {
        let words = match inspected.verdict {
            Verdict::Corrupt(_) => "it is damaged",
            Verdict::WrongRustc { .. } => "another rustc built it",
            Verdict::WrongPlatform(_) => "it is for another platform",
            _ => return None,
        };
        Some((*inspected, words))
    })
}

fn place(error: &CompilerError) -> Option<Location> {
    let path = error.path.clone()?;
    Some(Location {
        path,
        line: error.line.max(1),
        column: error.column.max(1),
        end_column: error.column.max(1),
    })
}

fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let end = line.floor_char_boundary(WORDS_LIMIT);
    line.get(..end).unwrap_or(line).to_owned()
}
