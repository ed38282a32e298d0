//! File events in, "look again at this workspace" out. Knows whose file changed, and decides nothing about what that means for a macro.

mod board;
mod event;
mod filesystem;
mod listener;
mod native;
mod noise;
mod pace;
mod plan;
mod polled;
mod rounds;
mod surroundings;
mod watcher;
mod worker;

pub(crate) use board::{Cause, WorkspaceKey};
pub(crate) use native::Degradation;
pub(crate) use plan::WatchPlan;
pub(crate) use polled::Stamp;
pub(crate) use surroundings::Surroundings;
pub(crate) use watcher::{Backend, Signal, WatchOptions, Watcher};
