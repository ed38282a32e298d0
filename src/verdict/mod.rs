//! Compares what is expected with what is observed. Pure: no I/O, no clock, no process.

mod finding;
mod reason;

pub use finding::{Code, Finding, RelatedPlace, Severity};
pub use reason::{
    Corruption, MissingReason, PlatformMismatch, RustcPlace, StaleReason, UnknownReason, Verdict,
};
