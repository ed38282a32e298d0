//! Known build failures: what is recognised in an output, or foreseen before any build, with what it means and what mends it.
//!
//! The entries are data, in `failures.toml` and in files that people add; `matching` is pure. It must not know where facts come from.

mod entry;
mod load;
mod matching;
mod plans;
mod read;

use std::sync::LazyLock;

pub use entry::{
    Conditions, Cure, Entry, Foresight, PackageCondition, PinPlace, Rank, ToolCondition,
    VariableCondition, VariableState,
};
pub use load::{LoadError, load};
pub(crate) use matching::on_one_line;
pub use matching::{Facts, Known, KnownPackage, ToolFact};
pub use plans::{Offer, Proof, Requirement};
pub use read::{ReadProblem, read};

/// Entries in the order in which they are tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

static BUILT_IN: LazyLock<Catalogue> = LazyLock::new(|| {
    let (entries, problems) = read(include_str!("failures.toml"));
    for problem in problems {
        tracing::error!("the catalogue of known failures: {problem}");
    }
    Catalogue { entries }
});

impl Catalogue {
    /// The entries that come with the program.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// These entries, and those that come with the program behind them.
    #[must_use]
    pub fn beginning_with(mut entries: Vec<Entry>) -> Self {
        entries.extend(BUILT_IN.entries.iter().cloned());
        Self { entries }
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

#[cfg(test)]
mod tests;
