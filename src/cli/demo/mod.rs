//! `sidecargo demo`: a small real workspace, built by cargo, broken in four ways, reported by the very path that `check` takes.

mod damage;
mod layout;

use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};

use super::ExitStatus;
use super::arguments::DemoArguments;
use super::failure::Failure;
use super::progress::ProgressLine;
use super::report::{self, Context, Counting, Detail};
use super::terminal::{self, Look, Tone};
use super::text;
use crate::cargo::invocation::Invocation;
use crate::cargo::query::{self, QueryError, Reply};
use crate::inspect::{Inspection, Inspector};
use crate::settings::Settings;

/// Why there is no demo; each fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DemoError {
    /// It must not write over anything.
    #[error("lay out the demo: {directory} is there already and not empty; name another directory")]
    Occupied {
        /// The directory.
        directory: Utf8PathBuf,
    },
    /// A file of the workspace cannot be written or broken.
    #[error("write {path}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Breaking it there would break other projects.
    #[error(
        "break the demo: cargo builds it in {build_directory}, which other projects may share; unset CARGO_TARGET_DIR and CARGO_BUILD_BUILD_DIR, and try again"
    )]
    SharedBuildDirectory {
        /// Where cargo builds it.
        build_directory: Utf8PathBuf,
    },
    /// Cargo cannot be started.
    #[error(transparent)]
    Cargo(#[from] QueryError),
    /// Cargo could not get the crates.
    #[error(
        "fetch the demo's four crates from crates.io, which needs the network once; cargo says: {words}"
    )]
    Sources {
        /// Cargo's own words.
        words: String,
    },
    /// Cargo could not build it.
    #[error("build the demo; cargo says: {words}")]
    Build {
        /// Cargo's own words.
        words: String,
    },
}

/// Lays out, builds, breaks, reports.
pub(super) fn run(arguments: &DemoArguments) -> Result<ExitStatus, Failure> {
    let look = Look::of_stdout();
    let directory = match &arguments.directory {
        Some(directory) => directory,
        None => &layout::free_directory(),
    };
    let root =
        camino::absolute_utf8(directory).map_err(|source| Failure::CurrentDirectory { source })?;

    layout::lay_out(&root)?;
    say(&format!(
        "A small workspace in {directory}: one proc macro of its own, four from crates.io.\n"
    ))?;

    let begin = Instant::now();
    build(&root)?;
    say(&format!(
        "Built by `cargo check` in {}.\n\n",
        text::seconds(begin.elapsed())
    ))?;

    let mut inspector = Inspector::new(&root, Settings::default())?;
    let healthy = inspector.inspect()?;
    let build_directory = &healthy.workspace.build_directory;
    if !build_directory.starts_with(&healthy.workspace.root) {
        let build_directory = build_directory.clone();
        return Err(DemoError::SharedBuildDirectory { build_directory }.into());
    }
    let check = format!(
        "{} check {}",
        terminal::program(),
        text::shell_word(directory.as_str())
    );
    report(&check, &healthy, directory, look)?;

    let damages = damage::inflict(&root, &healthy)?;
    say(&format!(
        "\n{}\n",
        look.paint(Tone::Strong, "Now it gets broken, as it happens:")
    ))?;
    for damage in &damages {
        let path = text::relative_to(&root, &damage.path);
        let path = text::elide(path, terminal::COLUMNS - 16, look.either("…", "..."));
        say(&format!("  {:<12}  {path}\n", damage.what))?;
    }
    say("\n")?;

    let broken = inspector.inspect()?;
    report(&check, &broken, directory, look)?;
    say(&format!(
        "\nOr see it in an editor first: open {directory} beside rust-analyzer.\nDelete the directory when you have seen enough.\n"
    ))?;
    Ok(ExitStatus::Fine)
}

fn report(
    command: &str,
    inspection: &Inspection,
    directory: &Utf8Path,
    look: Look,
) -> Result<(), Failure> {
    let counting = Counting::default();
    let selection = format!(" {}", text::shell_word(directory.as_str()));
    let context = Context {
        look,
        program: terminal::program(),
        detail: Detail::Brief,
        selection: &selection,
        counting: &counting,
    };
    say(&format!(
        "{}\n",
        look.paint(Tone::Code, &format!("$ {command}"))
    ))?;
    say(&report::human::render(inspection, &context))
}

fn say(text: &str) -> Result<(), Failure> {
    Ok(terminal::print(text)?)
}

/// Builds what the workspace needs, as rust-analyzer and `cargo check` would.
fn build(root: &Utf8Path) -> Result<(), DemoError> {
    let _progress = ProgressLine::start("Building it with `cargo check`");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let check = Invocation::new(cargo, root).arguments([
        "check",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--color=never",
    ]);
    let reply = query::run(&check)?;
    if reply.status.success() {
        return Ok(());
    }
    Err(why_it_failed(&reply))
}

fn why_it_failed(reply: &Reply) -> DemoError {
    const SIGNS_OF_NO_NETWORK: &[&str] = &[
        "failed to download",
        "failed to fetch",
        "failed to get `",
        "failed to query replaced source",
        "could not resolve host",
        "couldn't resolve host",
        "--offline",
        "network failure",
    ];
    // The first line says what, the last of its causes why.
    let lines: Vec<&str> = reply
        .stderr
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("As a reminder"))
        .collect();
    let first = lines
        .iter()
        .find(|line| line.starts_with("error"))
        .or(lines.first());
    let last = lines.last().filter(|last| Some(last) != first.as_ref());
    let words: Vec<&str> = first.into_iter().chain(last).copied().collect();
    let words = words.join(" … ");
    let lower = reply.stderr.to_lowercase();
    if SIGNS_OF_NO_NETWORK.iter().any(|sign| lower.contains(sign)) {
        DemoError::Sources { words }
    } else {
        DemoError::Build { words }
    }
}
