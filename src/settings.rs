//! What a person can set, with rust-analyzer's names and defaults where it has them. Plain data: reading it is the front ends' work.

pub mod listed;
pub(crate) mod named;
pub mod rust_analyzer_toml;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use crate::verdict::{Code, Severity};

/// Everything that can be set for one workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How rust-analyzer calls cargo.
    pub cargo: CargoSettings,
    /// What rust-analyzer does with proc macros.
    pub proc_macro: ProcMacroSettings,
    /// Whether processes may be started.
    pub processes: Processes,
    /// Whether the proc-macro server is asked too.
    pub probe: Probe,
    /// Whether rust-analyzer and the proc-macro server are asked for their versions.
    pub tool_questions: ToolQuestions,
    /// Severities that a person chose; `None` silences the code.
    pub severity: BTreeMap<Code, Option<Severity>>,
    /// `catalogue.files`: known failures that are tried before those that come with the program; relative to the workspace.
    pub catalogue_files: Vec<Utf8PathBuf>,
}

/// Settings below `cargo`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CargoSettings {
    /// `cargo.targetDir`.
    pub target_directory: TargetDirectory,
    /// `cargo.features` and `cargo.noDefaultFeatures`.
    pub features: Features,
    /// `cargo.allTargets`.
    pub all_targets: AllTargets,
    /// `cargo.target`.
    pub target: Option<String>,
    /// `cargo.extraEnv`; `None` takes the variable away.
    pub extra_environment: BTreeMap<String, Option<String>>,
    /// `cargo.extraArgs`.
    pub extra_arguments: Vec<String>,
    /// `cargo.profile`: the profile whose directory is looked at.
    pub profile: Option<String>,
    /// `cargo.buildScripts.overrideCommand`.
    pub override_command: Option<Vec<String>>,
}

impl Default for CargoSettings {
    fn default() -> Self {
        Self {
            target_directory: TargetDirectory::Workspace,
            features: Features::default(),
            all_targets: AllTargets::Included,
            target: None,
            extra_environment: BTreeMap::new(),
            extra_arguments: Vec::new(),
            profile: None,
            override_command: None,
        }
    }
}

impl CargoSettings {
    /// An environment as `cargo.extraEnv` changes it.
    #[must_use]
    pub fn environment_over(&self, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut changed = own.clone();
        for (name, value) in &self.extra_environment {
            match value {
                Some(value) => changed.insert(name.clone(), value.clone()),
                None => changed.remove(name),
            };
        }
        changed
    }
}

/// Which target directory rust-analyzer builds in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetDirectory {
    /// Cargo's own for the workspace.
    Workspace,
    /// `rust-analyzer` below cargo's own.
    RustAnalyzerSubdirectory,
    /// This one; relative to the workspace root.
    Path(Utf8PathBuf),
}

/// Which features are on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Features {
    /// `--all-features`.
    All,
    /// These, besides or instead of the default ones.
    Selected {
        /// The names, as `--features` takes them.
        names: Vec<String>,
        /// What becomes of the default features.
        default_features: DefaultFeatures,
    },
}

impl Default for Features {
    fn default() -> Self {
        Self::Selected {
            names: Vec::new(),
            default_features: DefaultFeatures::On,
        }
    }
}

/// What becomes of the default features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum DefaultFeatures {
    On,
    Off,
}

/// Whether tests, examples and benches count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum AllTargets {
    Included,
    LeftOut,
}

/// Settings below `procMacro`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcMacroSettings {
    /// `procMacro.enable`.
    pub expansion: Expansion,
    /// `procMacro.ignored`: crate name to macro names.
    pub ignored: BTreeMap<String, BTreeSet<String>>,
    /// `procMacro.server`.
    pub server: Option<Utf8PathBuf>,
}

/// Whether rust-analyzer expands proc macros at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum Expansion {
    #[default]
    Enabled,
    Disabled,
}

/// Whether processes may be started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Processes {
    /// cargo and rustc are asked.
    #[default]
    Allowed,
    /// Nothing is started: an untrusted workspace, or `--no-exec`.
    Forbidden,
}

/// Whether the proc-macro server is asked which macros a dylib has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Probe {
    /// Reading the files suffices.
    #[default]
    Off,
    /// Out of process, with a time limit.
    On,
}

/// Whether rust-analyzer and the proc-macro server are asked for their versions, which takes some hundredths of a second each time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolQuestions {
    /// They are not: a plain check.
    #[default]
    Skipped,
    /// They are, for a person who wants to know; what is found is information.
    Asked,
    /// They are, for an editor session that depends on them; what keeps macros from expanding there is a warning.
    AskedForSession,
}
