//! Sidecargo: will the proc macros of this workspace expand, and if not, why, and what mends it?
//!
//! ```text
//!     cargo, rustc, rustup ──► expected ──┐
//!                                         ├──► verdict ──► finding ──► front ends: server, cli
//!     build directory on disk ► observed ─┘        │                        │
//!             ▲                                    └──► remedy ◄────────────┘ (a person picks one)
//!             └────────────── watch: "look again" ◄──────┘
//! ```
//!
//! The middle is pure, the edges do I/O:
//! - [`cargo`] is the only place that starts processes; [`expected`] turns its answers into data;
//! - [`observed`] reads the build directory and nothing else; [`witness`] remembers the last complete build;
//! - [`verdict`] compares, [`remedy`] plans and mends, [`locate`] finds the places to show it;
//! - `watch` and `pace` tell those who stay when to look again, and when to speak;
//! - [`inspect`] is the one path through all of them, for the front ends in [`cli`] and `server`.

pub mod cargo;
mod causes;
pub mod cli;
pub mod environment;
pub mod expected;
pub mod fingerprint;
pub mod inspect;
pub mod locate;
pub mod names;
pub mod observed;
#[cfg(feature = "lsp")]
mod pace;
#[cfg(feature = "lsp")]
mod panics;
pub mod recognise;
pub mod remedy;
#[cfg(feature = "lsp")]
pub mod server;
pub mod settings;
pub mod verdict;
#[cfg(feature = "lsp")]
mod watch;
pub mod witness;
