//! File events in, "look again at this workspace" out. Decides nothing about what changed.

mod board;
mod event;
mod filesystem;
mod native;
mod noise;
mod pace;
mod plan;
mod polled;
mod watcher;

pub use board::{Cause, WorkspaceKey};
pub use native::Degradation;
pub use plan::{Names, Surroundings, Topic, WatchPlan};
pub(crate) use polled::Stamp;
pub use watcher::{Backend, Signal, WatchOptions, Watcher};
