//! The language server: speaks LSP on stdio and shows findings where the person is looking.
//!
//! Handlers only post to one actor; the actor never waits: looks and runs have a thread for each workspace, notifications
//! a task, every request to the client a task with a time limit. Only `convert` and `handlers` name the types of LSP's messages.

mod actions;
mod actor;
mod after_build;
mod client;
mod columns;
mod convert;
mod crash;
mod documents;
mod edits;
mod finder;
mod guard;
mod handlers;
mod hover;
mod input;
mod kept;
mod lens;
mod links;
mod mending;
mod message;
mod model;
#[cfg(fuzzing)]
pub mod on_trial;
mod outbox;
mod output;
mod prospect;
mod publish;
mod reload;
mod serve;
mod session;
mod settings;
mod sighting;
mod sources;
mod status;
mod toolchain;
mod uses;
mod worker;
mod workspace;

pub use serve::{SessionEnd, run};
