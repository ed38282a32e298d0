//! `sidecargo completions`: what makes a shell complete this command line, written from the same types that parse it.

use clap::CommandFactory;

use super::ExitStatus;
use super::arguments::{Arguments, CompletionsArguments};
use super::failure::Failure;
use super::terminal;

/// Prints the script for the shell that is asked for.
pub(super) fn run(arguments: &CompletionsArguments) -> Result<ExitStatus, Failure> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    terminal::print(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Fine)
}
