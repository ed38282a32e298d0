//! rust-analyzer's own settings files, as far as they decide which dylibs it loads: the one in the workspace's root and the person's own.
//!
//! The workspace's file holds for what concerns the workspace alone (rust-analyzer `config.rs`, 2026-08, `WorkspaceDefaultConfigData`);
//! of `procMacro` that is `ignored`. Files in other directories hold for no setting that matters here.

use std::collections::BTreeMap;
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::listed;
use super::named::{Complaint, Reader, Values, Vocabulary};
use super::{CargoSettings, ProcMacroSettings};
use crate::observed::file::{self, ReadError};

/// The name of both files.
pub const FILE_NAME: &str = "rust-analyzer.toml";
/// A settings file is small.
const SIZE_LIMIT: u64 = 1 << 20;

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// In the root of a workspace.
    Workspace,
    /// In the person's directory for settings.
    Person,
}

impl Scope {
    /// Whether rust-analyzer reads a setting from such a file.
    fn holds_for(self, name: &str) -> bool {
        match self {
            Self::Workspace => !matches!(name, "procMacro.enable" | "procMacro.server"),
            Self::Person => true,
        }
    }
}

/// Settings from both files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileSettings {
    /// Those below `cargo`.
    pub cargo: CargoSettings,
    /// Those below `procMacro`.
    pub proc_macro: ProcMacroSettings,
    /// What cannot be taken as it stands.
    pub complaints: Vec<FileComplaint>,
}

/// What is wrong with a settings file, or with one setting in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileComplaint {
    /// The file.
    pub path: Utf8PathBuf,
    /// The setting's name; `None` where it is about the whole file.
    pub name: Option<String>,
    /// What is wrong, in words that fit after the name.
    pub problem: String,
}

impl fmt::Display for FileComplaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(formatter, "{}: `{name}` {}", self.path, self.problem),
            None => write!(formatter, "{} {}", self.path, self.problem),
        }
    }
}

/// Reads both files for the workspace in `root`; what the workspace's says goes before what the person's own says.
#[must_use]
pub fn read(root: &Utf8Path, environment: &BTreeMap<String, String>) -> FileSettings {
    let (values, complaints) = values(root, environment);
    let mut reader = Reader::new(&values);
    FileSettings {
        cargo: reader.cargo(),
        proc_macro: reader.proc_macro(),
        complaints,
    }
}

/// The values of both files, to be overlaid by those of a client, and what is wrong with the files.
pub(crate) fn values(
    root: &Utf8Path,
    environment: &BTreeMap<String, String>,
) -> (Values, Vec<FileComplaint>) {
    let places = person_directory(environment)
        .map(|directory| (Scope::Person, directory.join(FILE_NAME)))
        .into_iter()
        .chain([(Scope::Workspace, root.join(FILE_NAME))]);
    let mut complaints = Vec::new();
    let mut values = Values::default();
    for (scope, path) in places {
        let text = match file::read(path.as_std_path(), SIZE_LIMIT) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(ReadError::Missing) => continue,
            Err(ReadError::Unfit) => {
                complaints.push(whole_file(path, "is no file that can be read"));
                continue;
            }
            Err(ReadError::System(error)) => {
                complaints.push(whole_file(path, &format!("cannot be read ({error})")));
                continue;
            }
        };
        match parse(&text, scope) {
            Ok((found, found_complaints)) => {
                // Read by itself first, so that what is wrong is told of the file that it is in.
                let mut reader = Reader::new(&found);
                reader.cargo();
                reader.proc_macro();
                let wrong = found_complaints.into_iter().chain(reader.complaints());
                complaints.extend(wrong.map(|complaint| FileComplaint {
                    path: path.clone(),
                    name: Some(complaint.name),
                    problem: complaint.problem,
                }));
                values = values.overlaid_by(found);
            }
            Err(error) => {
                let words = error.message().to_owned();
                complaints.push(whole_file(path, &format!("is not TOML ({words})")));
            }
        }
    }
    (values, complaints)
}

/// The values of such a file, and what has no effect in it.
///
/// # Errors
/// When the text is not TOML.
pub(crate) fn parse(
    text: &str,
    scope: Scope,
) -> Result<(Values, Vec<Complaint>), toml_edit::TomlError> {
    const VOCABULARY: Vocabulary = Vocabulary {
        settings: &[listed::RUST_ANALYZER],
        section: None,
    };
    let table = table(text)?;
    let mut values = Values::of_table(&table, VOCABULARY).without_unknown();
    let without_effect = values.keep(|name| scope.holds_for(name));
    let complaints = without_effect
        .into_iter()
        .map(|name| Complaint {
            name: name.to_owned(),
            problem: "has no effect here: rust-analyzer reads it from the editor's settings and from your own rust-analyzer.toml"
                .to_owned(),
        })
        .collect();
    Ok((values, complaints))
}

/// A TOML text as the JSON that a client would send.
///
/// # Errors
/// When the text is not TOML.
pub(crate) fn table(text: &str) -> Result<Value, toml_edit::TomlError> {
    let document: toml_edit::DocumentMut = text.parse()?;
    Ok(json_of_table(document.as_table()))
}

fn whole_file(path: Utf8PathBuf, problem: &str) -> FileComplaint {
    FileComplaint {
        path,
        name: None,
        problem: problem.to_owned(),
    }
}

/// Where rust-analyzer looks for the person's own file (its `config.rs`, `user_config_dir_path`, and the crate `dirs`).
fn person_directory(environment: &BTreeMap<String, String>) -> Option<Utf8PathBuf> {
    let named = |name: &str| {
        environment
            .get(name)
            .map(Utf8PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = if cfg!(windows) {
        named("APPDATA")
    } else if cfg!(target_os = "macos") {
        named("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config")))
    };
    Some(base?.join("rust-analyzer"))
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
#[path = "rust_analyzer_toml_tests.rs"]
mod tests;
