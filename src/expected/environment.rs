//! Which environment a unit sees, told apart by who set it: this process, what stands between us and cargo, the configuration, cargo.

use std::collections::BTreeMap;

use super::CargoEnvironment;
use crate::cargo::questions::{Answer, QUESTION_VARIABLES};

/// What cargo itself sets for rustc (cargo 1.95, `compilation.rs` and `mod.rs`, `rustc_process`); dep-info never tracks it, `CARGO`
/// and `CARGO_PKG_*` excepted.
const SET_BY_CARGO: &[&str] = &[
    "CARGO",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MAKEFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_RUSTC_CURRENT_DIR",
    "CARGO_TARGET_TMPDIR",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "LD_LIBRARY_PATH",
    "LIBPATH",
    "MAKEFLAGS",
    "OUT_DIR",
    "PATH",
];

/// The environment of cargo and of its compilations, as differences from this process's own.
pub(super) fn of_cargo(answer: &Answer) -> CargoEnvironment {
    let own = crate::environment::of_this_process();
    let asked = &answer.cargo_environment;
    let is_question = |name: &str| QUESTION_VARIABLES.contains(&name);
    let mut process: BTreeMap<String, Option<String>> = asked
        .iter()
        .filter(|(name, value)| !is_question(name) && own.get(*name) != Some(value))
        .map(|(name, value)| (name.clone(), Some(value.clone())))
        .collect();
    if !asked.is_empty() {
        process.extend(
            own.keys()
                .filter(|name| !is_question(name) && !asked.contains_key(*name))
                .map(|name| (name.clone(), None)),
        );
    }
    let config = answer
        .compilation_environment
        .iter()
        .filter(|(name, value)| {
            !is_question(name) && !is_set_by_cargo(name) && asked.get(*name) != Some(value)
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    CargoEnvironment {
        cargo_program: answer
            .compilation_environment
            .get("CARGO")
            .cloned()
            .unwrap_or_default(),
        cargo_home: super::toolchain::cargo_home(asked),
        process,
        config,
    }
}

fn is_set_by_cargo(name: &str) -> bool {
    SET_BY_CARGO.contains(&name)
        || name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_BIN_EXE_")
}
