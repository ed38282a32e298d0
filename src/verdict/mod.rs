//! Compares what is expected with what is observed. Pure: no I/O, no clock, no process.

pub mod chain;
mod finding;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod freshness;
#[cfg(test)]
mod freshness_tests;
mod gather;
mod group;
pub mod judge;
pub mod known;
mod phrases;
mod reason;
pub mod refusal;
mod relatives;
pub mod script_output;
mod stale_words;
mod tally;
pub mod tools;
pub mod unavailable;
#[cfg(feature = "lsp")]
mod use_words;
mod words;

pub use finding::{Code, Finding, RelatedPlace, Severity};
pub use gather::{Context, attach, gather, gravest_first, severity};
pub(crate) use group::code_of;
pub(crate) use phrases::{rustc_names, thousands, way};
pub use reason::{
    Corruption, MissingReason, PlatformMismatch, RustcPlace, StaleReason, UnknownReason,
    VariableChange, Verdict,
};
pub use tally::{Tally, summary};
#[cfg(feature = "lsp")]
pub(crate) use use_words::{Effect, at_use};
