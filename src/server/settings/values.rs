//! Takes apart what a client or rust-analyzer's own file holds: names to values, nested or dotted. Knows names, no types.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// The section that clients keep our settings in.
pub(crate) const SECTION: &str = "sidecargo";

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

/// The values of settings by their full, dotted names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Values {
    pub(super) known: BTreeMap<&'static str, Value>,
    pub(super) unknown: BTreeSet<String>,
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
