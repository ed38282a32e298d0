//! Command lines as data: what would be run, where, with which environment. Building one starts nothing.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::settings::{AllTargets, CargoSettings, DefaultFeatures, Features, TargetDirectory};

/// Lets a stable cargo take the unstable options that rust-analyzer itself passes
/// (rust-analyzer `project-model/src/build_dependencies.rs`). It enters no fingerprint, unlike `RUSTC_BOOTSTRAP`.
pub const CHANNEL_OVERRIDE: &str = "__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS";

/// The first cargo that knows `--compile-time-deps`.
const COMPILE_TIME_DEPS_SINCE: semver::Version = semver::Version::new(1, 89, 0);

/// One command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program, by name or path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables set for it; none of them is among those taken away.
    pub environment: BTreeMap<String, String>,
    /// Variables taken away for it.
    pub unset: Vec<String>,
    /// The directory it runs in.
    pub directory: Utf8PathBuf,
}

impl Invocation {
    /// `program` in `directory`, without arguments.
    #[must_use]
    pub fn new(program: impl Into<String>, directory: &Utf8Path) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            unset: Vec::new(),
            directory: directory.to_owned(),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn arguments<Text: Into<String>>(
        mut self,
        arguments: impl IntoIterator<Item = Text>,
    ) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable; what was said of it before holds no more.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.unset.retain(|unset| *unset != name);
        self.environment.insert(name, value.into());
        self
    }

    /// Takes a variable away; what was said of it before holds no more.
    fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        if !self.unset.iter().any(|unset| unset == name) {
            self.unset.push(name.to_owned());
        }
        self
    }

    /// Applies `cargo.extraEnv`.
    #[must_use]
    pub fn extra_environment(self, variables: &BTreeMap<String, Option<String>>) -> Self {
        variables
            .iter()
            .fold(self, |invocation, (name, value)| match value {
                Some(value) => invocation.environment(name, value),
                None => invocation.without(name),
            })
    }
}

/// rust-analyzer's own command for building proc macros and build scripts, with the person's settings
/// (rust-analyzer `project-model/src/build_dependencies.rs`, 2026-08).
///
/// `target_directory` is the one that rust-analyzer builds in; it is named where the settings choose it by no path of their own.
#[must_use]
pub fn build_compile_time_dependencies(
    cargo: &str,
    version: &semver::Version,
    workspace_root: &Utf8Path,
    target_directory: &Utf8Path,
    settings: &CargoSettings,
) -> Invocation {
    let mut invocation = Invocation::new(cargo, workspace_root)
        .arguments([
            "check",
            "--workspace",
            "--keep-going",
            "--message-format=json",
        ])
        .arguments(selection_arguments(target_directory, settings));
    let knows_compile_time_deps = knows_compile_time_dependencies(version);
    if settings.all_targets == AllTargets::Included || knows_compile_time_deps {
        invocation = invocation.arguments(["--all-targets"]);
    }
    if knows_compile_time_deps {
        invocation = invocation
            .arguments(["--compile-time-deps", "-Zunstable-options"])
            .environment(CHANNEL_OVERRIDE, "nightly");
    }
    invocation.extra_environment(&settings.extra_environment)
}

/// Whether this cargo can build just what must exist before macros expand.
#[must_use]
pub fn knows_compile_time_dependencies(version: &semver::Version) -> bool {
    // A nightly of the same number may be older than the option; rust-analyzer draws the same line.
    (version.major, version.minor) >= (COMPILE_TIME_DEPS_SINCE.major, COMPILE_TIME_DEPS_SINCE.minor)
}

/// The arguments that choose target directory, profile, features and target.
#[must_use]
pub fn selection_arguments(target_directory: &Utf8Path, settings: &CargoSettings) -> Vec<String> {
    let mut arguments = Vec::new();
    match &settings.target_directory {
        TargetDirectory::Workspace => {}
        TargetDirectory::RustAnalyzerSubdirectory => {
            arguments.extend(["--target-dir".to_owned(), target_directory.to_string()]);
        }
        TargetDirectory::Path(path) => {
            arguments.extend(["--target-dir".to_owned(), path.to_string()]);
        }
    }
    if let Some(profile) = &settings.profile {
        arguments.extend(["--profile".to_owned(), profile.clone()]);
    }
    if let Some(target) = &settings.target {
        arguments.extend(["--target".to_owned(), target.clone()]);
    }
    match &settings.features {
        Features::All => arguments.push("--all-features".to_owned()),
        Features::Selected {
            names,
            default_features,
        } => {
            if *default_features == DefaultFeatures::Off {
                arguments.push("--no-default-features".to_owned());
            }
            if !names.is_empty() {
                arguments.extend(["--features".to_owned(), names.join(",")]);
            }
        }
    }
    arguments.extend(settings.extra_arguments.iter().cloned());
    arguments
}

/// Those of `cargo.extraArgs` that configure cargo whatever it does: `--config` and `-Z` (cargo 1.95, `bin/cargo/cli.rs`, global options).
#[must_use]
pub fn configuration_arguments(settings: &CargoSettings) -> Vec<String> {
    let mut taken = Vec::new();
    let mut arguments = settings.extra_arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--config" | "-Z" => {
                taken.push(argument.clone());
                taken.extend(arguments.next().cloned());
            }
            text if text.starts_with("--config=") || text.starts_with("-Z") => {
                taken.push(argument.clone());
            }
            _ => {}
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extra(value: Option<&str>) -> BTreeMap<String, Option<String>> {
        [("RUSTC_WRAPPER".to_owned(), value.map(str::to_owned))].into()
    }

    #[test]
    fn the_last_word_on_a_variable_holds() {
        let invocation = Invocation::new("cargo", Utf8Path::new("/w"));
        let set = invocation
            .clone()
            .extra_environment(&extra(None))
            .environment("RUSTC_WRAPPER", "ours");
        assert_eq!(set.unset, [""; 0]);
        assert_eq!(
            set.environment.get("RUSTC_WRAPPER").map(String::as_str),
            Some("ours")
        );
        let unset = invocation
            .environment("RUSTC_WRAPPER", "ours")
            .extra_environment(&extra(None));
        assert_eq!(unset.unset, ["RUSTC_WRAPPER"]);
        assert_eq!(unset.environment, BTreeMap::new());
    }
}
