//! What mends a finding: first a plan (pure), then its run, then the verdict once more.

mod plan;

pub use plan::{Plan, RemedyKind, Step};
