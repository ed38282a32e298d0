//! What several test targets share: running programs with a time limit, copying trees with their times, the toolchains of this
//! machine, the two oracles (cargo and the proc-macro server) and the made workspace. Knows nothing of Sidecargo itself.
#![allow(dead_code)] // each test target uses its own part

#[cfg(unix)]
pub(crate) mod bench;
pub(crate) mod cargo;
pub(crate) mod dice;
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

/// Where copies are broken and thrown away: in memory where there is plenty that may hold programs, else in the scratch directory.
pub(crate) fn short_lived() -> PathBuf {
    const PLENTY: u64 = 6 << 30;
    let memory = PathBuf::from("/dev/shm");
    let fits = rustix::fs::statvfs(&memory).is_ok_and(|s| {
        let is_executable = !s.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC);
        is_executable && s.f_bavail.saturating_mul(s.f_frsize) >= PLENTY
    });
    let base = if fits && std::env::var_os("SIDECARGO_TEST_SCRATCH").is_none() {
        memory.join("sidecargo-tests")
    } else {
        scratch()
    };
    let own = base.join(format!("run-{}", std::process::id()));
    std::fs::create_dir_all(&own).unwrap();
    own
}

/// Where `tests/tools/*.sh` have put their tools.
pub(crate) fn tools() -> PathBuf {
    std::env::var_os("SIDECARGO_TEST_TOOLS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools"),
        PathBuf::from,
    )
}
