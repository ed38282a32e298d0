//! The terminal front end: `check`, `fix`, `watch`, `explain`, `demo`, and what shells and `man` want of them. Shows what `inspect` finds and must not look for anything itself.

mod arguments;
mod check;
mod completions;
mod demo;
mod explain;
mod failure;
mod fix;
pub(crate) mod logging;
mod manual;
mod progress;
mod remedies;
mod report;
mod selection;
#[cfg(feature = "lsp")]
pub(crate) mod signals;
mod terminal;
mod text;
pub(crate) mod time;
#[cfg(feature = "lsp")]
mod watch;

use std::process::ExitCode;

#[cfg(not(feature = "lsp"))]
use clap::CommandFactory;
use clap::Parser;

pub use explain::{NamedDylib, Page, Recognised, page, recognise};
#[cfg(feature = "lsp")]
pub(crate) use fix::as_shell;
pub use report::json;
#[cfg(feature = "lsp")]
pub(crate) use text::shell_word;

use arguments::{Arguments, Command};
use failure::Failure;

/// Parses the command line of this process and runs what it asks for; returns the process's exit status.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.shared.color.apply();
    match run(&arguments) {
        Ok(status) => status.into(),
        Err(failure) => {
            failure.print();
            ExitStatus::CouldNot.into()
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitStatus, Failure> {
    logging::start(arguments.shared.log_file.as_deref())?;
    match &arguments.command {
        Some(Command::Check(check)) => check::run(check),
        Some(Command::Explain(explain)) => explain::run(explain),
        Some(Command::Fix(fix)) => fix::run(fix),
        #[cfg(feature = "lsp")]
        Some(Command::Watch(watch)) => watch::run(watch),
        Some(Command::Demo(demo)) => demo::run(demo),
        Some(Command::Completions(completions)) => completions::run(completions),
        Some(Command::Man) => manual::run(),
        #[cfg(feature = "lsp")]
        None | Some(Command::Lsp) => lsp(),
        #[cfg(not(feature = "lsp"))]
        None => {
            terminal::note(&Arguments::command().render_help().to_string());
            Ok(ExitStatus::CouldNot)
        }
    }
}

#[cfg(feature = "lsp")]
fn lsp() -> Result<ExitStatus, Failure> {
    use std::io::IsTerminal;

    use crate::server::{self, SessionEnd};

    if std::io::stdin().is_terminal() {
        terminal::note(
            "sidecargo speaks the Language Server Protocol now and waits for an editor. Ctrl-D ends it.\n\
             For a report on this workspace: sidecargo check",
        );
    }
    match server::run() {
        Ok(SessionEnd::Regular) => Ok(ExitStatus::Fine),
        // 1, as the protocol has it.
        Ok(SessionEnd::ExitWithoutShutdown) => Ok(ExitStatus::Findings),
        Err(source) => Err(Failure::EventLoop { source }),
    }
}

/// What the process says by its exit status, the same for every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExitStatus {
    /// Nothing that counts was found, or all is mended.
    Fine,
    /// Something that counts was found, or remains.
    Findings,
    /// It could not be done.
    CouldNot,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        match status {
            ExitStatus::Fine => Self::SUCCESS,
            ExitStatus::Findings => Self::from(1),
            ExitStatus::CouldNot => Self::from(2),
        }
    }
}
