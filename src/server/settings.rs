//! Reads what a client sends as settings into [`Settings`] and the few that only a server has.
//!
//! Pure: JSON in, settings and complaints out. A wrong setting never stops anything: it is named once and its default holds.

mod take;
mod values;

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::Value;

use crate::settings::{
    AllTargets, BuildScripts, CargoSettings, DefaultFeatures, Expansion, Features,
    ProcMacroSettings, Processes, Settings, TargetDirectory,
};
use crate::verdict::{Code, Severity};

use take::{
    Chosen, Expected, FeatureChoice, automatic_rebuild, boolean, command, features, ignored,
    milliseconds, projects, severity, table, target_directory, text, texts, variables,
    watch_backend,
};
pub(crate) use values::{SECTION, Values};

/// Everything that can be set for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerSettings {
    /// What every front end knows too.
    pub(crate) inspection: Settings,
    /// `linkedProjects`: manifests or directories, instead of looking for workspaces.
    pub(crate) linked_projects: Vec<Utf8PathBuf>,
    /// `rebuild.automatic`.
    pub(crate) automatic_rebuild: AutomaticRebuild,
    /// `diagnostics.uses`.
    pub(crate) uses: Uses,
    /// `diagnostics.grace`, milliseconds: how long rust-analyzer gets to mend by itself what it can.
    pub(crate) grace: Duration,
    /// `watch.backend`.
    pub(crate) watch_backend: WatchBackend,
    /// `watch.pollInterval`, milliseconds.
    pub(crate) poll_interval: Duration,
    /// `logLevel`, a filter as `SIDECARGO_LOG` takes it.
    pub(crate) log_level: Option<String>,
}

/// Which macros are rebuilt without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AutomaticRebuild {
    Never,
    WorkspaceMacros,
    All,
}

/// Whether the uses of affected macros are marked in open Rust files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uses {
    Marked,
    Unmarked,
}

/// How changes on disk are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WatchBackend {
    /// The system's events; asking in intervals where they cannot be had.
    Auto,
    /// The system's events only.
    Native,
    /// Asking in intervals only.
    Poll,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            inspection: Settings::default(),
            linked_projects: Vec::new(),
            automatic_rebuild: AutomaticRebuild::Never,
            uses: Uses::Marked,
            grace: Duration::from_secs(10),
            watch_backend: WatchBackend::Auto,
            poll_interval: Duration::from_secs(5),
            log_level: None,
        }
    }
}

/// A setting that cannot be taken as it stands, in words that fit after its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) name: String,
    pub(crate) problem: String,
}

/// Settings from their values; what cannot be taken keeps its default and is complained of.
pub(crate) fn read(values: &Values) -> (ServerSettings, Vec<Complaint>) {
    let mut reader = Reader {
        values,
        complaints: Vec::new(),
    };
    let settings = reader.settings();
    let mut complaints = reader.complaints;
    complaints.extend(values.unknown.iter().map(|name| Complaint {
        name: name.clone(),
        problem: "is not a setting of Sidecargo".to_owned(),
    }));
    (settings, complaints)
}

/// One sentence or two that name every complaint; `None` where there is none.
pub(crate) fn complaint_message(complaints: &[Complaint]) -> Option<String> {
    let list: Vec<String> = complaints
        .iter()
        .map(|complaint| format!("`{SECTION}.{}` {}", complaint.name, complaint.problem))
        .collect();
    (!list.is_empty()).then(|| {
        format!(
            "Sidecargo's settings: {}. The default is used instead.",
            list.join("; ")
        )
    })
}

struct Reader<'a> {
    values: &'a Values,
    complaints: Vec<Complaint>,
}

impl Reader<'_> {
    fn settings(&mut self) -> ServerSettings {
        let default = ServerSettings::default();
        ServerSettings {
            inspection: Settings {
                cargo: self.cargo(),
                proc_macro: self.proc_macro(),
                processes: match self.get("noExec", boolean) {
                    Some(true) => Processes::Forbidden,
                    _ => Processes::Allowed,
                },
                severity: self.severities(),
                ..Settings::default()
            },
            linked_projects: self.get("linkedProjects", projects).unwrap_or_default(),
            automatic_rebuild: self
                .get("rebuild.automatic", automatic_rebuild)
                .unwrap_or(default.automatic_rebuild),
            uses: match self.get("diagnostics.uses", boolean) {
                Some(false) => Uses::Unmarked,
                _ => Uses::Marked,
            },
            grace: self
                .get("diagnostics.grace", milliseconds)
                .unwrap_or(default.grace),
            watch_backend: self
                .get("watch.backend", watch_backend)
                .unwrap_or(default.watch_backend),
            poll_interval: self
                .get("watch.pollInterval", milliseconds)
                .unwrap_or(default.poll_interval),
            log_level: self.get("logLevel", text),
        }
    }

    fn cargo(&mut self) -> CargoSettings {
        // Read for its type alone: when rust-analyzer rebuilds is seen on disk, not in settings.
        self.get("cargo.buildScripts.rebuildOnSave", boolean);
        let default_features = match self.get("cargo.noDefaultFeatures", boolean) {
            Some(true) => DefaultFeatures::Off,
            _ => DefaultFeatures::On,
        };
        let features = match self.get("cargo.features", features) {
            Some(FeatureChoice::All) => Features::All,
            Some(FeatureChoice::Names(names)) => Features::Selected {
                names,
                default_features,
            },
            None => Features::Selected {
                names: Vec::new(),
                default_features,
            },
        };
        CargoSettings {
            target_directory: self
                .get("cargo.targetDir", target_directory)
                .unwrap_or(TargetDirectory::Workspace),
            features,
            all_targets: match self.get("cargo.allTargets", boolean) {
                Some(false) => AllTargets::LeftOut,
                _ => AllTargets::Included,
            },
            target: self.get("cargo.target", text),
            extra_environment: self.get("cargo.extraEnv", variables).unwrap_or_default(),
            extra_arguments: self.get("cargo.extraArgs", texts).unwrap_or_default(),
            profile: self.get("cargo.profile", text),
            override_command: self.get("cargo.buildScripts.overrideCommand", command),
            build_scripts: match self.get("cargo.buildScripts.enable", boolean) {
                Some(false) => BuildScripts::Disabled,
                _ => BuildScripts::Enabled,
            },
        }
    }

    fn proc_macro(&mut self) -> ProcMacroSettings {
        ProcMacroSettings {
            expansion: match self.get("procMacro.enable", boolean) {
                Some(false) => Expansion::Disabled,
                _ => Expansion::Enabled,
            },
            ignored: self.get("procMacro.ignored", ignored).unwrap_or_default(),
            server: self.get("procMacro.server", text).map(Utf8PathBuf::from),
        }
    }

    /// Each entry is judged by itself: one misspelt code must not lose the others.
    fn severities(&mut self) -> BTreeMap<Code, Option<Severity>> {
        let mut severities = BTreeMap::new();
        for (name, value) in self.get("diagnostics.severity", table).unwrap_or_default() {
            let full_name = format!("diagnostics.severity.{name}");
            let Some(code) = Code::parse(&name) else {
                self.complain(full_name, "names no code of Sidecargo".to_owned());
                continue;
            };
            match severity(&value) {
                Ok(Chosen::Severity(severity)) => {
                    severities.insert(code, Some(severity));
                }
                Ok(Chosen::Silence) => {
                    severities.insert(code, None);
                }
                Err(expected) => self.must_be(full_name, expected),
            }
        }
        severities
    }

    /// The value of a setting; `None` where it is not set, `null`, or of another type.
    fn get<Setting>(
        &mut self,
        name: &'static str,
        take: impl FnOnce(&Value) -> Result<Setting, Expected>,
    ) -> Option<Setting> {
        let value = self
            .values
            .known
            .get(name)
            .filter(|value| !value.is_null())?;
        match take(value) {
            Ok(setting) => Some(setting),
            Err(expected) => {
                self.must_be(name.to_owned(), expected);
                None
            }
        }
    }

    fn must_be(&mut self, name: String, expected: Expected) {
        self.complain(name, format!("must be {expected}"));
    }

    fn complain(&mut self, name: String, problem: String) {
        self.complaints.push(Complaint { name, problem });
    }
}

#[cfg(test)]
mod tests;
