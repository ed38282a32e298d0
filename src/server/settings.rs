//! Reads what a client sends as settings into [`Settings`] and the few that only a server has.
//!
//! Pure: JSON in, settings and complaints out. A wrong setting never stops anything: it is named once and its default holds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

use crate::settings::{
    AllTargets, BuildScripts, CargoSettings, DefaultFeatures, Expansion, Features,
    ProcMacroSettings, Processes, Settings, TargetDirectory,
};
use crate::verdict::{Code, Severity};

/// The section that clients keep our settings in.
pub(crate) const SECTION: &str = "sidecargo";

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

/// The names of all settings, sorted; `rebuildOnSave` is read for those who share one table with rust-analyzer.
const NAMES: &[&str] = &[
    "cargo.allTargets",
    "cargo.buildScripts.enable",
    "cargo.buildScripts.overrideCommand",
    "cargo.buildScripts.rebuildOnSave",
    "cargo.extraArgs",
    "cargo.extraEnv",
    "cargo.features",
    "cargo.noDefaultFeatures",
    "cargo.profile",
    "cargo.target",
    "cargo.targetDir",
    "diagnostics.grace",
    "diagnostics.severity",
    "diagnostics.uses",
    "linkedProjects",
    "logLevel",
    "noExec",
    "procMacro.enable",
    "procMacro.ignored",
    "procMacro.server",
    "rebuild.automatic",
    "watch.backend",
    "watch.pollInterval",
];

/// A setting that cannot be taken as it stands, in words that fit after its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) name: String,
    pub(crate) problem: String,
}

/// The values of settings by their full, dotted names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Values {
    known: BTreeMap<&'static str, Value>,
    unknown: BTreeSet<String>,
}

impl Values {
    /// Takes apart what a client sent: nested or dotted, bare or below `sidecargo`. What is no object holds nothing.
    pub(crate) fn from_client(sent: &Value) -> Self {
        let mut values = Self::default();
        if let Value::Object(entries) = sent {
            values.take("", entries);
        }
        values
    }

    /// Takes from rust-analyzer's own settings what concerns us too; the rest is its own business and passed over.
    pub(crate) fn from_rust_analyzer_toml(text: &str) -> Result<Self, toml_edit::TomlError> {
        let document: toml_edit::DocumentMut = text.parse()?;
        let mut values = Self::from_client(&json_of_table(document.as_table()));
        values.unknown.clear();
        values.known.retain(|name, _| {
            *name == "linkedProjects"
                || name.starts_with("cargo.")
                || name.starts_with("procMacro.")
        });
        Ok(values)
    }

    /// These values, with those of `above` over them.
    #[must_use]
    pub(crate) fn overlaid_by(mut self, above: Self) -> Self {
        self.known.extend(above.known);
        self.unknown.extend(above.unknown);
        self
    }

    fn take(&mut self, prefix: &str, entries: &Map<String, Value>) {
        for (key, value) in entries {
            let name = if prefix.is_empty() {
                key.strip_prefix("sidecargo.").unwrap_or(key).to_owned()
            } else {
                format!("{prefix}.{key}")
            };
            if let Some(known) = NAMES.iter().copied().find(|known| *known == name) {
                self.known.insert(known, value.clone());
                continue;
            }
            let is_section = prefix.is_empty() && name == SECTION;
            match value {
                Value::Object(inner) if is_section => self.take("", inner),
                Value::Object(inner) if is_group(&name) => self.take(&name, inner),
                Value::Null if is_section || is_group(&name) => {}
                _ => {
                    self.unknown.insert(name);
                }
            }
        }
    }
}

fn is_group(name: &str) -> bool {
    NAMES.iter().any(|known| {
        known
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.'))
    })
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

/// What a value was expected to be, in words that fit after "must be".
type Expected = &'static str;

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
            match value.as_str().and_then(severity) {
                Some(chosen) => {
                    severities.insert(code, chosen);
                }
                None => self.must_be(
                    full_name,
                    "`error`, `warning`, `information`, `hint` or `off`",
                ),
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

fn boolean(value: &Value) -> Result<bool, Expected> {
    value.as_bool().ok_or("true or false")
}

fn text(value: &Value) -> Result<String, Expected> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .ok_or("a text")
}

fn texts(value: &Value) -> Result<Vec<String>, Expected> {
    const EXPECTED: Expected = "a list of texts";
    let list = value.as_array().ok_or(EXPECTED)?;
    list.iter()
        .map(|entry| entry.as_str().map(str::to_owned).ok_or(EXPECTED))
        .collect()
}

fn command(value: &Value) -> Result<Vec<String>, Expected> {
    texts(value)
        .ok()
        .filter(|words| !words.is_empty())
        .ok_or("a list of texts, the program first")
}

fn table(value: &Value) -> Result<Map<String, Value>, Expected> {
    value.as_object().cloned().ok_or("a table")
}

fn milliseconds(value: &Value) -> Result<Duration, Expected> {
    value
        .as_u64()
        .map(Duration::from_millis)
        .ok_or("a whole number of milliseconds")
}

enum FeatureChoice {
    All,
    Names(Vec<String>),
}

fn features(value: &Value) -> Result<FeatureChoice, Expected> {
    if value.as_str() == Some("all") {
        return Ok(FeatureChoice::All);
    }
    texts(value)
        .map(FeatureChoice::Names)
        .map_err(|_| "`all` or a list of features")
}

fn target_directory(value: &Value) -> Result<TargetDirectory, Expected> {
    match value {
        Value::Bool(true) => Ok(TargetDirectory::RustAnalyzerSubdirectory),
        Value::Bool(false) => Ok(TargetDirectory::Workspace),
        Value::String(path) if !path.is_empty() => Ok(TargetDirectory::Path(path.into())),
        _ => Err("true, false or a path"),
    }
}

fn variables(value: &Value) -> Result<BTreeMap<String, Option<String>>, Expected> {
    const EXPECTED: Expected = "a table of texts, or null to unset a variable";
    let table = value.as_object().ok_or(EXPECTED)?;
    table
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name.clone(), Some(text.clone()))),
            Value::Null => Ok((name.clone(), None)),
            _ => Err(EXPECTED),
        })
        .collect()
}

fn ignored(value: &Value) -> Result<BTreeMap<String, BTreeSet<String>>, Expected> {
    const EXPECTED: Expected = "a table of crate names, each with a list of macro names";
    let table = value.as_object().ok_or(EXPECTED)?;
    table
        .iter()
        .map(|(krate, macros)| {
            let macros = texts(macros).map_err(|_| EXPECTED)?;
            Ok((krate.clone(), macros.into_iter().collect()))
        })
        .collect()
}

/// rust-analyzer takes whole project descriptions here too; those name their dylibs themselves and are no cargo workspaces.
fn projects(value: &Value) -> Result<Vec<Utf8PathBuf>, Expected> {
    const EXPECTED: Expected = "a list of manifests";
    let list = value.as_array().ok_or(EXPECTED)?;
    let mut projects = Vec::new();
    for entry in list {
        match entry {
            Value::String(path) if path.ends_with(".json") => {}
            Value::String(path) => projects.push(Utf8PathBuf::from(path)),
            Value::Object(_) => {}
            _ => return Err(EXPECTED),
        }
    }
    Ok(projects)
}

fn automatic_rebuild(value: &Value) -> Result<AutomaticRebuild, Expected> {
    match value.as_str() {
        Some("never") => Ok(AutomaticRebuild::Never),
        Some("workspaceMacros") => Ok(AutomaticRebuild::WorkspaceMacros),
        Some("all") => Ok(AutomaticRebuild::All),
        _ => Err("`never`, `workspaceMacros` or `all`"),
    }
}

fn watch_backend(value: &Value) -> Result<WatchBackend, Expected> {
    match value.as_str() {
        Some("auto") => Ok(WatchBackend::Auto),
        Some("native") => Ok(WatchBackend::Native),
        Some("poll") => Ok(WatchBackend::Poll),
        _ => Err("`auto`, `native` or `poll`"),
    }
}

/// The outer `None` is no severity, the inner one silence.
fn severity(word: &str) -> Option<Option<Severity>> {
    match word {
        "error" => Some(Some(Severity::Error)),
        "warning" => Some(Some(Severity::Warning)),
        "information" => Some(Some(Severity::Information)),
        "hint" => Some(Some(Severity::Hint)),
        "off" => Some(None),
        _ => None,
    }
}

fn json_of_table(table: &dyn toml_edit::TableLike) -> Value {
    let entries = table
        .iter()
        .filter_map(|(key, item)| Some((key.to_owned(), json_of_item(item)?)));
    Value::Object(entries.collect())
}

fn json_of_item(item: &toml_edit::Item) -> Option<Value> {
    if let Some(table) = item.as_table_like() {
        return Some(json_of_table(table));
    }
    if let Some(tables) = item.as_array_of_tables() {
        return Some(tables.iter().map(|table| json_of_table(table)).collect());
    }
    item.as_value().map(json_of_value)
}

fn json_of_value(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => text.value().as_str().into(),
        toml_edit::Value::Integer(number) => (*number.value()).into(),
        toml_edit::Value::Float(number) => (*number.value()).into(),
        toml_edit::Value::Boolean(truth) => (*truth.value()).into(),
        toml_edit::Value::Datetime(moment) => moment.value().to_string().into(),
        toml_edit::Value::Array(list) => list.iter().map(json_of_value).collect(),
        toml_edit::Value::InlineTable(table) => json_of_table(table),
    }
}

#[cfg(test)]
mod tests;
