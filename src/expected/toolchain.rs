//! Which toolchain is active, and what chose it.

use std::collections::BTreeMap;
use std::env;

use camino::{Utf8Path, Utf8PathBuf};

use super::{SelectedBy, Toolchain};
use crate::cargo::questions::Answer;
use crate::names::{RustcVersion, Triple};
use crate::observed::file;

/// Rustup's settings are small, even with hundreds of overrides.
const SETTINGS_LIMIT: u64 = 4 << 20;

/// The toolchain that answered.
pub(super) fn toolchain(answer: &Answer) -> Toolchain {
    Toolchain::of(&Told {
        rustc_verbose_version: &answer.rustc_verbose_version,
        sysroot: answer.sysroot.as_deref(),
        cargo_version: &answer.cargo_version,
        workspace_root: &answer.metadata.workspace_root,
        started_in: &answer.started_in,
        cargo_environment: &answer.cargo_environment,
    })
}

/// What the tools told of themselves.
#[derive(Debug)]
pub struct Told<'a> {
    /// What `rustc -vV` printed.
    pub rustc_verbose_version: &'a str,
    /// What `rustc --print sysroot` printed.
    pub sysroot: Option<&'a Utf8Path>,
    /// Cargo's version.
    pub cargo_version: &'a semver::Version,
    /// Where they were asked.
    pub workspace_root: &'a Utf8Path,
    /// The environment that cargo was started in.
    pub started_in: &'a BTreeMap<String, String>,
    /// Cargo's environment.
    pub cargo_environment: &'a BTreeMap<String, String>,
}

impl Toolchain {
    /// The toolchain that told this.
    #[must_use]
    pub fn of(told: &Told<'_>) -> Self {
        let line = |prefix: &str| {
            told.rustc_verbose_version
                .lines()
                .find_map(|line| line.strip_prefix(prefix))
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        let first = told
            .rustc_verbose_version
            .lines()
            .next()
            .unwrap_or_default();
        let sysroot = told.sysroot.map(Utf8Path::to_owned).unwrap_or_default();
        Self {
            rustc: RustcVersion::new(first),
            host: Triple::new(line("host:")),
            cargo: told.cargo_version.to_string(),
            selected_by: selected_by(told.workspace_root, told.started_in, told.cargo_environment),
            proc_macro_server: Self::proc_macro_server_of(&sysroot),
            sysroot,
        }
    }

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
/// directory with an override or a toolchain file, then the default. Rustup itself sets the variable for the cargo that it starts.
fn selected_by(
    root: &Utf8Path,
    started_in: &BTreeMap<String, String>,
    cargo_environment: &BTreeMap<String, String>,
) -> SelectedBy {
    if !cargo_environment.contains_key("RUSTUP_TOOLCHAIN") {
        return SelectedBy::Path;
    }
    if started_in
        .get("RUSTUP_TOOLCHAIN")
        .is_some_and(|name| !name.is_empty())
    {
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
    let document = file::read(home.join("settings.toml").as_std_path(), SETTINGS_LIMIT)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.parse::<toml_edit::DocumentMut>().ok());
    let table = document
        .as_ref()
        .and_then(|document| document.get("overrides")?.as_table_like());
    table
        .into_iter()
        .flat_map(|table| table.iter())
        .map(|(path, _)| Utf8PathBuf::from(path))
        .collect()
}

/// Cargo's home directory, as cargo finds it.
pub(crate) fn cargo_home(cargo_environment: &BTreeMap<String, String>) -> Option<Utf8PathBuf> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    #[test]
    fn a_variable_goes_before_a_file_whoever_sets_it() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap();
        fs::write(root.join("rust-toolchain.toml"), "").unwrap();
        let named = |name: &str| -> BTreeMap<String, String> {
            [("RUSTUP_TOOLCHAIN".to_owned(), name.to_owned())].into()
        };
        let of_rustup = named("nightly-x86_64-unknown-linux-gnu");
        for (started_in, wanted) in [
            (named("nightly"), SelectedBy::Environment),
            (named(""), SelectedBy::ToolchainFile),
            (BTreeMap::new(), SelectedBy::ToolchainFile),
        ] {
            assert_eq!(selected_by(root, &started_in, &of_rustup), wanted);
        }
        let without_rustup = BTreeMap::new();
        assert_eq!(
            selected_by(root, &named("nightly"), &without_rustup),
            SelectedBy::Path
        );
    }

    #[test]
    fn the_nearest_override_or_file_chooses() {
        let directory = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(directory.path()).unwrap();
        let root = home.join("workspace");
        fs::create_dir(&root).unwrap();
        fs::write(home.join("rust-toolchain"), "stable").unwrap();
        let environment: BTreeMap<String, String> = [
            ("RUSTUP_TOOLCHAIN".to_owned(), "beta".to_owned()),
            ("RUSTUP_HOME".to_owned(), home.to_string()),
        ]
        .into();
        let chosen = || selected_by(&root, &BTreeMap::new(), &environment);
        assert_eq!(chosen(), SelectedBy::ToolchainFile);
        let settings = format!("[overrides]\n\"{root}\" = \"beta\"\n");
        fs::write(home.join("settings.toml"), settings).unwrap();
        assert_eq!(chosen(), SelectedBy::Override);
    }
}
