//! `sidecargo fix`: has `remedy` mend what is broken, shows how it goes, and says what came of it.

mod json;
mod outcome;
mod preview;
mod steps;

pub(crate) use steps::as_shell;

use std::time::Instant;

use camino::Utf8PathBuf;

use preview::{Clean, Preview};

use super::ExitStatus;
use super::arguments::{FixArguments, FixFormat};
use super::check;
use super::failure::Failure;
use super::progress::ProgressLine;
use super::report::{Context, Counting, Detail};
use super::terminal::{self, Look};
use super::text;
use crate::cargo::process::{Cancel, ProcessGroup};
use crate::inspect::{InspectedMacro, Inspection, Inspector};
use crate::names::PackageId;
use crate::remedy::{self, Choice, ChoiceKind, Controls, MendError, PlanContext, Progress};
use crate::verdict::Verdict;

/// Why nothing was mended; each fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FixError {
    /// A package that was named is not a proc macro here.
    #[error("mend `{spec}`: it is no proc macro of this workspace, which has {known}")]
    UnknownPackage {
        /// As it was given.
        spec: String,
        /// The names that would have been right.
        known: String,
    },
    /// Nothing may or can be run.
    #[error(transparent)]
    Mend(#[from] MendError),
}

/// Mends, or with `--dry-run` prints the steps.
pub(super) fn run(arguments: &FixArguments) -> Result<ExitStatus, Failure> {
    if arguments.schema {
        terminal::print(json::SCHEMA)?;
        return Ok(ExitStatus::Fine);
    }
    let settings = arguments.selection.settings()?;
    let mut inspector = Inspector::new(&arguments.selection.start()?, settings)?;
    let first = inspector.inspect()?;
    if let Some(refusal) = check::refusal(&first) {
        return Err(refusal);
    }
    let choice = Choice {
        kind: kind(arguments),
        packages: packages(&arguments.package, &first)?,
    };

    // A script gets one object on standard output and nothing else.
    if arguments.dry_run {
        return dry_run(&choice, &inspector, &first, arguments.format);
    }
    if choice.kind == ChoiceKind::CleanAll && arguments.format == FixFormat::Human {
        let clean = remedy::clean_all_invocation(&plan_context(&inspector, &first));
        let size = Clean::ask(clean, &Cancel::default());
        let sentence = size.sentence(&first.workspace.build_directory);
        for line in text::wrap(&sentence, terminal::COLUMNS) {
            terminal::print(&format!("{line}\n"))?;
        }
    }

    let begin = Instant::now();
    let report = {
        let line = ProgressLine::start("Looking");
        let controls = Controls {
            group: ProcessGroup::Inherited,
            cancel: Cancel::default(),
        };
        remedy::mend(&mut inspector, &choice, &controls, &mut |progress| {
            show(&line, &progress);
        })
        .map_err(FixError::from)?
    };

    if arguments.format == FixFormat::Json {
        terminal::print(&json::done(&report)?)?;
        return Ok(status(&report.after));
    }
    let selection = arguments.selection.as_typed();
    let context = Context {
        look: Look::of_stdout(),
        program: terminal::program(),
        detail: Detail::Brief,
        selection: &selection,
        counting: &Counting::default(),
    };
    terminal::print(&outcome::render(&report, begin.elapsed(), &context))?;
    Ok(status(&report.after))
}

/// Fine only when cargo said what is needed and all of it is fresh.
fn status(inspection: &Inspection) -> ExitStatus {
    let mut macros = inspection.macros.iter();
    let all_fresh = macros.all(|inspected| inspected.verdict == Verdict::Fresh);
    if all_fresh && inspection.toolchain.is_some() {
        ExitStatus::Fine
    } else {
        ExitStatus::Findings
    }
}

fn kind(arguments: &FixArguments) -> ChoiceKind {
    if arguments.clean_all {
        ChoiceKind::CleanAll
    } else if arguments.clean {
        ChoiceKind::CleanAndRebuild
    } else {
        ChoiceKind::Preferred
    }
}

/// The ids of the macros that were named: by package, by crate, with a version behind `@` or `:`, or by cargo's id.
fn packages(specs: &[String], inspection: &Inspection) -> Result<Vec<PackageId>, FixError> {
    let mut ids = Vec::new();
    for spec in specs {
        let named: Vec<&InspectedMacro> = inspection
            .macros
            .iter()
            .filter(|inspected| is_named(spec, inspected))
            .collect();
        if named.is_empty() {
            let known = inspection
                .macros
                .iter()
                .map(|inspected| inspected.expected.name.as_str());
            return Err(FixError::UnknownPackage {
                spec: spec.clone(),
                known: match inspection.macros.len() {
                    0 => "none".to_owned(),
                    _ => text::list(known, 200),
                },
            });
        }
        ids.extend(
            named
                .into_iter()
                .map(|inspected| inspected.expected.package_id.clone()),
        );
    }
    Ok(ids)
}

fn is_named(spec: &str, inspected: &InspectedMacro) -> bool {
    let expected = &inspected.expected;
    let (name, version) = match spec.split_once(['@', ':']) {
        Some((name, version)) => (name, Some(version)),
        None => (spec, None),
    };
    let is_name = name == expected.name.as_str() || name == expected.crate_name.as_str();
    let is_version = version.is_none_or(|version| version == expected.version);
    spec == expected.package_id.as_str() || (is_name && is_version)
}

fn plan_context<'a>(inspector: &'a Inspector, inspection: &'a Inspection) -> PlanContext<'a> {
    PlanContext {
        workspace: &inspection.workspace,
        toolchain: inspection.toolchain.as_ref(),
        settings: inspector.settings(),
        cargo: inspector.cargo(),
    }
}

fn dry_run(
    choice: &Choice,
    inspector: &Inspector,
    inspection: &Inspection,
    format: FixFormat,
) -> Result<ExitStatus, Failure> {
    let targets = choice.targets(&inspection.macros);
    let plan = choice.plan(&targets, &plan_context(inspector, inspection));
    let preview = plan
        .as_ref()
        .map(|plan| Preview::of(plan, &targets, inspection));
    if format == FixFormat::Json {
        let planned = plan.as_ref().zip(preview.as_ref());
        terminal::print(&json::planned(planned, &targets, inspection)?)?;
        return Ok(status(inspection));
    }
    let text = match plan.zip(preview) {
        Some((plan, preview)) => {
            let current = std::env::current_dir().ok();
            let current = current.and_then(|path| Utf8PathBuf::from_path_buf(path).ok());
            let steps = steps::as_shell(
                &plan,
                &inspection.workspace.root,
                &current.unwrap_or_default(),
            );
            let sentences = preview.sentences(&inspection.workspace.build_directory);
            under_its_title(&steps, &sentences)
        }
        None => "# nothing to mend\n".to_owned(),
    };
    terminal::print(&text)?;
    Ok(status(inspection))
}

/// The steps with what is to be known of them as comments below their title.
fn under_its_title(steps: &str, sentences: &[String]) -> String {
    let (title, steps) = steps.split_once('\n').unwrap_or((steps, ""));
    let comments = sentences
        .iter()
        .flat_map(|sentence| text::wrap(sentence, terminal::COLUMNS - 2))
        .map(|line| format!("# {line}\n"));
    format!("{title}\n{}{steps}", comments.collect::<String>())
}

/// Where nobody sees the line, the steps are told one by one.
fn show(line: &ProgressLine, progress: &Progress) {
    let text = match progress {
        Progress::Step { number, of, what } => {
            let text = format!("Step {number} of {of}: {what}");
            if !line.is_shown() {
                terminal::note(&text);
            }
            text
        }
        Progress::Crates { done, total, last } => {
            let of = total
                .map(|total| format!(" of {total}"))
                .unwrap_or_default();
            let last = last
                .as_ref()
                .map(|last| format!(": {last}"))
                .unwrap_or_default();
            format!("Building, {done}{of} crates{last}")
        }
        Progress::Waiting { on, holder } => {
            let by = holder
                .as_ref()
                .map(|holder| format!(", held by {holder}"))
                .unwrap_or_default();
            let text = format!("Waiting for the {on}{by}");
            if !line.is_shown() {
                terminal::note(&text);
            }
            text
        }
    };
    line.set(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::report::samples;

    #[test]
    fn packages_are_named_in_many_ways() {
        let inspection = samples::unhealthy();
        for spec in [
            "tokio-macros",
            "tokio_macros",
            "tokio-macros@2.5.0",
            "tokio-macros:2.5.0",
            "registry+https://github.com/rust-lang/crates.io-index#tokio-macros@2.5.0",
        ] {
            let ids = packages(&[spec.to_owned()], &inspection).unwrap_or_default();
            assert_eq!(ids.len(), 1, "{spec}");
        }
        for spec in ["tokio", "tokio-macros@2.5.1", ""] {
            let message = packages(&[spec.to_owned()], &inspection)
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default();
            assert!(message.contains("tracing-attributes"), "{spec}: {message}");
        }
    }
}
