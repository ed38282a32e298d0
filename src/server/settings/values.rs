//! Takes apart what a client sends: names to values, nested or dotted. Knows names, no types.

use serde_json::Value;

pub(crate) use crate::settings::named::Values;
use crate::settings::named::Vocabulary;

/// The section that clients keep our settings in.
pub(crate) const SECTION: &str = "sidecargo";

/// The names of all settings, sorted: those of [`crate::settings::named::RUST_ANALYZER_NAMES`] and the server's own.
const NAMES: &[&str] = &[
    "cargo.allTargets",
    "cargo.buildScripts.enable",
    "cargo.buildScripts.overrideCommand",
    "cargo.buildScripts.rebuildOnSave",
    "cargo.extraArgs",
    "cargo.extraEnv",
    "cargo.features",
    "cargo.noDefaultFeatures",
    "cargo.profile",
    "cargo.target",
    "cargo.targetDir",
    "catalogue.files",
    "diagnostics.grace",
    "diagnostics.severity",
    "diagnostics.uses",
    "linkedProjects",
    "logLevel",
    "noExec",
    "procMacro.enable",
    "procMacro.ignored",
    "procMacro.server",
    "rebuild.automatic",
    "watch.backend",
    "watch.pollInterval",
];

impl Values {
    /// Takes apart what a client sent: nested or dotted, bare or below `sidecargo`. What is no object holds nothing.
    pub(crate) fn from_client(sent: &Value) -> Self {
        const VOCABULARY: Vocabulary = Vocabulary {
            names: NAMES,
            section: Some(SECTION),
        };
        Self::of_table(sent, VOCABULARY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::named::RUST_ANALYZER_NAMES;

    #[test]
    fn what_rust_analyzer_has_a_client_may_send() {
        for name in RUST_ANALYZER_NAMES {
            assert!(NAMES.contains(name), "{name}");
        }
    }
}
