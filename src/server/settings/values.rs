//! Takes apart what a client sends: names to values, nested or dotted. Knows names, no types.

use serde_json::Value;

use crate::settings::listed;
pub(crate) use crate::settings::named::Values;
use crate::settings::named::Vocabulary;

/// The section that clients keep our settings in.
pub(crate) const SECTION: &str = "sidecargo";

impl Values {
    /// Takes apart what a client sent: nested or dotted, bare or below `sidecargo`. What is no object holds nothing.
    pub(crate) fn from_client(sent: &Value) -> Self {
        const VOCABULARY: Vocabulary = Vocabulary {
            settings: &[listed::RUST_ANALYZER, listed::OWN],
            section: Some(SECTION),
        };
        Self::of_table(sent, VOCABULARY)
    }
}
