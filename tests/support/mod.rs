//! What several test targets share: running programs with a time limit, copying trees with their times, the toolchains of this
//! machine, the two oracles (cargo and the proc-macro server) and the made workspace. Knows nothing of Sidecargo itself.
#![allow(dead_code)] // each test target uses its own part
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub(crate) mod cargo;
pub(crate) mod proc_macro_server;
pub(crate) mod process;
pub(crate) mod stand_in;
pub(crate) mod toolchain;
pub(crate) mod tree;
pub(crate) mod units;
pub(crate) mod workspace;

use std::path::PathBuf;

/// Where tests build and break things: never below the project, whose own `rust-toolchain.toml` or `.cargo` would then count.
pub(crate) fn scratch() -> PathBuf {
    let base = std::env::var_os("SIDECARGO_TEST_SCRATCH").map_or_else(
        || std::env::temp_dir().join("sidecargo-tests"),
        PathBuf::from,
    );
    std::fs::create_dir_all(&base).unwrap();
    base.canonicalize().unwrap()
}

/// Where `tests/tools/*.sh` have put their tools.
pub(crate) fn tools() -> PathBuf {
    std::env::var_os("SIDECARGO_TEST_TOOLS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools"),
        PathBuf::from,
    )
}
