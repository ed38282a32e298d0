//! Which toolchain is active, and what chose it.

use std::collections::BTreeMap;
use std::env;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::{SelectedBy, Toolchain};
use crate::cargo::questions::Answer;
use crate::names::{RustcVersion, Triple};

/// The toolchain that answered.
pub(super) fn toolchain(answer: &Answer) -> Toolchain {
    let line = |prefix: &str| {
        answer
            .rustc_verbose_version
            .lines()
            .find_map(|line| line.strip_prefix(prefix))
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let first = answer
        .rustc_verbose_version
        .lines()
        .next()
        .unwrap_or_default();
    let sysroot = answer.sysroot.clone().unwrap_or_default();
    Toolchain {
        rustc: RustcVersion::new(first),
        host: Triple::new(line("host:")),
        cargo: answer.cargo_version.to_string(),
        selected_by: selected_by(&answer.metadata.workspace_root, &answer.cargo_environment),
        proc_macro_server: Toolchain::proc_macro_server_of(&sysroot),
        sysroot,
    }
}

impl Toolchain {
    /// The server in the two places where toolchains keep it (rust-analyzer `project-model/src/sysroot.rs`).
    #[must_use]
    pub fn proc_macro_server_of(sysroot: &Utf8Path) -> Option<Utf8PathBuf> {
        let name = format!("rust-analyzer-proc-macro-srv{}", env::consts::EXE_SUFFIX);
        ["libexec", "lib"]
            .into_iter()
            .map(|directory| sysroot.join(directory).join(&name))
            .find(|path| !sysroot.as_str().is_empty() && path.is_file())
    }
}

/// What chose the toolchain, in rustup's own order (rustup `config.rs`, `find_override_config`): the environment, then the nearest
/// directory with an override or a toolchain file, then the default.
fn selected_by(root: &Utf8Path, cargo_environment: &BTreeMap<String, String>) -> SelectedBy {
    if !cargo_environment.contains_key("RUSTUP_TOOLCHAIN") {
        return SelectedBy::Path;
    }
    if env::var_os("RUSTUP_TOOLCHAIN").is_some_and(|value| !value.is_empty()) {
        return SelectedBy::Environment;
    }
    let overrides = overrides(cargo_environment);
    for directory in root.ancestors() {
        if overrides.iter().any(|place| place == directory) {
            return SelectedBy::Override;
        }
        if ["rust-toolchain.toml", "rust-toolchain"]
            .iter()
            .any(|name| directory.join(name).is_file())
        {
            return SelectedBy::ToolchainFile;
        }
    }
    SelectedBy::Default
}

/// The files that choose a toolchain for a directory, those that are missing included.
pub(super) fn files(root: &Utf8Path, environment: &BTreeMap<String, String>) -> Vec<Utf8PathBuf> {
    let settings =
        home_of("RUSTUP_HOME", ".rustup", environment).map(|home| home.join("settings.toml"));
    root.ancestors()
        .flat_map(|directory| {
            ["rust-toolchain.toml", "rust-toolchain"].map(|name| directory.join(name))
        })
        .chain(settings)
        .collect()
}

fn overrides(cargo_environment: &BTreeMap<String, String>) -> Vec<Utf8PathBuf> {
    let Some(home) = home_of("RUSTUP_HOME", ".rustup", cargo_environment) else {
        return Vec::new();
    };
    let Ok(text) = fs::read_to_string(home.join("settings.toml")) else {
        return Vec::new();
    };
    let Ok(document) = text.parse::<toml_edit::DocumentMut>() else {
        return Vec::new();
    };
    document
        .get("overrides")
        .and_then(toml_edit::Item::as_table_like)
        .map(|table| {
            table
                .iter()
                .map(|(path, _)| Utf8PathBuf::from(path))
                .collect()
        })
        .unwrap_or_default()
}

/// Cargo's home directory, as cargo finds it.
pub(super) fn cargo_home(cargo_environment: &BTreeMap<String, String>) -> Option<Utf8PathBuf> {
    home_of("CARGO_HOME", ".cargo", cargo_environment)
}

fn home_of(
    variable: &str,
    directory: &str,
    environment: &BTreeMap<String, String>,
) -> Option<Utf8PathBuf> {
    let named = environment.get(variable).filter(|value| !value.is_empty());
    if let Some(path) = named {
        Some(Utf8PathBuf::from(path))
    } else {
        let home = environment
            .get("HOME")
            .or_else(|| environment.get("USERPROFILE"))?;
        Some(Utf8Path::new(home).join(directory))
    }
}
