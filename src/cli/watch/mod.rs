//! `sidecargo watch`: stays, tells each change of verdict, and with `--build` releases good builds.
//!
//! `course` decides what is done next and `session` does it; `worker` has the thread for what takes long. Looks go through `inspect`,
//! repairs through `remedy`.

mod command;
mod course;
mod event;
mod inputs;
mod products;
mod release;
mod seen;
mod session;
mod sources;
mod teller;
mod verdicts;
mod words;
mod worker;

use super::ExitStatus;
use super::arguments::{WatchArguments, WatchFormat};
use super::failure::Failure;
use super::terminal::Look;
use crate::cargo::service::ServiceOutput;
use crate::inspect::Inspector;

pub(crate) use command::OptionError;
pub(crate) use release::ReleaseError;

/// Stays until it is asked to end.
pub(super) fn run(arguments: &WatchArguments) -> Result<ExitStatus, Failure> {
    let start = arguments.selection.start()?;
    let look = Look::of_stdout();
    let (voice, output) = match arguments.format {
        WatchFormat::Human => (words::Voice::Human(look), ServiceOutput::Output),
        WatchFormat::Json => (words::Voice::Json, ServiceOutput::Error),
    };
    let outlet = release::Outlet::new(arguments.trigger.clone(), command::then(arguments), output);
    outlet.make_trigger()?;
    let session = session::Session::new(
        Inspector::new(&start, arguments.selection.settings()?)?.ready_for_many_looks(),
        command::build_command(arguments, voice.look())?,
        command::orders(arguments),
        outlet,
        voice,
    )?;
    session.run()
}
