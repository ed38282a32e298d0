//! Where a workspace's build directory may be, told by reading alone, for looks that may start no process.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::config_files::{ConfigFiles, ConfiguredWrapper};
use super::toolchain;
use crate::settings::{CargoSettings, TargetDirectory};

/// Every directory that may be the build directory of the workspace in `root`, the likeliest first. Cargo's order: option, variables,
/// configuration, default (cargo 1.95, `context/mod.rs`, `target_dir`); templates are not resolved.
#[must_use]
pub fn possible_build_directories(
    root: &Utf8Path,
    settings: &CargoSettings,
    environment: &BTreeMap<String, String>,
) -> Vec<Utf8PathBuf> {
    let environment = &settings.environment_over(environment);
    let mut directories = Vec::new();
    if let TargetDirectory::Path(path) = &settings.target_directory {
        directories.push(root.join(path));
    }
    let variables = [
        "CARGO_BUILD_BUILD_DIR",
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET_DIR",
    ];
    directories.extend(
        variables
            .iter()
            .filter_map(|name| environment.get(*name))
            .map(|directory| root.join(directory)),
    );
    let cargo_home = toolchain::cargo_home(environment);
    directories.extend(ConfigFiles::find(root, cargo_home.as_deref()).build_directories());
    directories.push(root.join("target"));
    if settings.target_directory == TargetDirectory::RustAnalyzerSubdirectory {
        let inner: Vec<Utf8PathBuf> = directories
            .iter()
            .map(|directory| directory.join("rust-analyzer"))
            .collect();
        directories.splice(0..0, inner);
    }
    directories
}

/// The programs that cargo's configuration files put around rustc for the workspace in `root`.
#[must_use]
pub fn configured_wrappers(
    root: &Utf8Path,
    environment: &BTreeMap<String, String>,
) -> Vec<ConfiguredWrapper> {
    let cargo_home = toolchain::cargo_home(environment);
    ConfigFiles::find(root, cargo_home.as_deref()).wrappers
}
