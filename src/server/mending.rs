//! Between the server's commands and the remedies: what a command asks for, and how it went.

use crate::cargo::process::Cancel;
use crate::inspect::{Inspection, Inspector};
use crate::names::PackageId;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) way: Way,
    /// The packages; empty for all that need it.
    pub(crate) package_ids: Vec<PackageId>,
}

/// How it is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Rebuild,
    Clean,
    CleanAndRebuild,
    CleanAll,
    /// Each macro in the way preferred for it.
    Preferred,
}

/// How a run went.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) ending: Ending,
    /// The verdict taken again, where it could be.
    pub(crate) inspection: Option<Inspection>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// What was asked for is done; of rebuilds: every macro that it was about is fresh.
    Done,
    /// It ran, and some are still not fresh; a sentence that says why.
    NotMended(String),
    /// It could not be run; words that fit after "failed to".
    Failed(String),
    Cancelled,
}

impl Outcome {
    pub(crate) fn failed(words: impl Into<String>) -> Self {
        Self {
            ending: Ending::Failed(words.into()),
            inspection: None,
        }
    }
}

/// Carries out an order, with progress in words.
pub(crate) fn mend(
    _inspector: &mut Inspector,
    _order: &Order,
    _progress: &dyn Fn(String),
    _cancel: &Cancel,
) -> Outcome {
    Outcome::failed("mend: not there yet")
}
