//! What is remembered between looks, in `.sidecargo/` below the build directory: cargo's answers, and what a complete build was made of.
//!
//! Losing it costs precision, never correctness; it is never trusted over what the disk says now, and it decides nothing.

pub mod answers;
pub mod contents;
mod store;

pub(crate) use store::own_directory;
