//! Compares what is expected with what is observed. Pure: no I/O, no clock, no process.

mod finding;
pub mod freshness;
pub mod judge;
mod reason;

pub use finding::{Code, Finding, RelatedPlace, Severity};
pub use reason::{
    Corruption, MissingReason, PlatformMismatch, RustcPlace, StaleReason, UnknownReason, Verdict,
};
