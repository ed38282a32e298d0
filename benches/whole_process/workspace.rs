//! The workspace that all is measured in: some 350 packages of the registry, built once and kept between runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that is measured; `SIDECARGO_TEST_PROGRAM` names another than the one built here.
pub(crate) fn sidecargo() -> PathBuf {
    let named = std::env::var_os("SIDECARGO_TEST_PROGRAM");
    named.map_or_else(|| env!("CARGO_BIN_EXE_sidecargo").into(), PathBuf::from)
}

/// What lets a stable cargo take rust-analyzer's own option; rust-analyzer sets it too.
pub(crate) const NIGHTLY: &[(&str, &str)] =
    &[("__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS", "nightly")];

pub(crate) const BY_HAND: &[&str] = &[
    "check",
    "--workspace",
    "--all-targets",
    "--keep-going",
    "--offline",
    "--compile-time-deps",
    "-Zunstable-options",
];

/// The built workspace.
pub(crate) struct Large {
    pub(crate) root: PathBuf,
}

impl Large {
    pub(crate) fn prepare() -> Self {
        let root = benchmarks().join("large");
        let large = Self { root };
        if !large.root.join("built").exists() {
            println!("building a workspace of many packages, once");
            let _ = fs::remove_dir_all(&large.root);
            copy(&source(), &large.root);
            large.cargo(&["fetch"]);
            large.cargo(BY_HAND);
            large.cargo(&["check", "--workspace", "--all-targets", "--offline"]);
            fs::write(large.root.join("built"), "").expect("a mark");
        }
        large.mend();
        large
    }

    /// Leaves no macro that is not as it should be.
    pub(crate) fn mend(&self) {
        let mut mending = Command::new(sidecargo());
        let status = mending.arg("fix").current_dir(&self.root).status();
        let status = status.expect("sidecargo starts");
        assert!(status.success(), "the workspace is healthy: {status}");
    }

    fn cargo(&self, arguments: &[&str]) {
        let mut cargo = Command::new("cargo");
        cargo.args(arguments).envs(NIGHTLY.iter().copied());
        let status = cargo.current_dir(&self.root).status();
        let status = status.expect("cargo starts");
        assert!(status.success(), "cargo {arguments:?}: {status}");
    }

    pub(crate) fn profile_directory(&self) -> PathBuf {
        self.root.join("target/debug")
    }

    /// A macro's dylib, by the name of its crate.
    pub(crate) fn dylib(&self, crate_name: &str) -> PathBuf {
        let dependencies = self.profile_directory().join("deps");
        let start = format!("{}{crate_name}-", std::env::consts::DLL_PREFIX);
        let name = names(&dependencies)
            .into_iter()
            .find(|name| name.starts_with(&start) && is_dylib(name));
        dependencies.join(name.expect("it is built"))
    }

    /// Forgets what cargo answered and what builds were made of.
    pub(crate) fn forget(&self) {
        let _ = fs::remove_dir_all(self.root.join("target/.sidecargo"));
    }
}

pub(crate) fn benchmarks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/benchmarks")
}

/// A program that `tests/tools/benchmarks.sh` has put in place.
pub(crate) fn tool(path: &str) -> Option<PathBuf> {
    let tools = std::env::var_os("SIDECARGO_TEST_TOOLS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools"),
        PathBuf::from,
    );
    Some(tools.join(path)).filter(|program| program.is_file())
}

pub(crate) fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/days/large")
}

pub(crate) fn is_dylib(name: &str) -> bool {
    name.ends_with(std::env::consts::DLL_SUFFIX)
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}
