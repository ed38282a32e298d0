//! Takes one value as one type, or says what it must be.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

use super::{AutomaticRebuild, WatchBackend};
use crate::settings::TargetDirectory;
use crate::verdict::Severity;

/// What a value was expected to be, in words that fit after "must be".
pub(super) type Expected = &'static str;

pub(super) fn boolean(value: &Value) -> Result<bool, Expected> {
    value.as_bool().ok_or("true or false")
}

pub(super) fn text(value: &Value) -> Result<String, Expected> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .ok_or("a text")
}

pub(super) fn texts(value: &Value) -> Result<Vec<String>, Expected> {
    const EXPECTED: Expected = "a list of texts";
    let list = value.as_array().ok_or(EXPECTED)?;
    list.iter()
        .map(|entry| entry.as_str().map(str::to_owned).ok_or(EXPECTED))
        .collect()
}

pub(super) fn command(value: &Value) -> Result<Vec<String>, Expected> {
    texts(value)
        .ok()
        .filter(|words| !words.is_empty())
        .ok_or("a list of texts, the program first")
}

pub(super) fn table(value: &Value) -> Result<Map<String, Value>, Expected> {
    value.as_object().cloned().ok_or("a table")
}

pub(super) fn milliseconds(value: &Value) -> Result<Duration, Expected> {
    value
        .as_u64()
        .map(Duration::from_millis)
        .ok_or("a whole number of milliseconds")
}

pub(super) enum FeatureChoice {
    All,
    Names(Vec<String>),
}

pub(super) fn features(value: &Value) -> Result<FeatureChoice, Expected> {
    if value.as_str() == Some("all") {
        return Ok(FeatureChoice::All);
    }
    texts(value)
        .map(FeatureChoice::Names)
        .map_err(|_| "`all` or a list of features")
}

pub(super) fn target_directory(value: &Value) -> Result<TargetDirectory, Expected> {
    match value {
        Value::Bool(true) => Ok(TargetDirectory::RustAnalyzerSubdirectory),
        Value::Bool(false) => Ok(TargetDirectory::Workspace),
        Value::String(path) if !path.is_empty() => Ok(TargetDirectory::Path(path.into())),
        _ => Err("true, false or a path"),
    }
}

pub(super) fn variables(value: &Value) -> Result<BTreeMap<String, Option<String>>, Expected> {
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

pub(super) fn ignored(value: &Value) -> Result<BTreeMap<String, BTreeSet<String>>, Expected> {
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
pub(super) fn projects(value: &Value) -> Result<Vec<Utf8PathBuf>, Expected> {
    const EXPECTED: Expected = "a list of manifests";
    let list = value.as_array().ok_or(EXPECTED)?;
    let mut projects = Vec::new();
    for entry in list {
        match entry {
            Value::String(path) => {
                let path = Utf8PathBuf::from(path);
                if path.extension() != Some("json") {
                    projects.push(path);
                }
            }
            Value::Object(_) => {}
            _ => return Err(EXPECTED),
        }
    }
    Ok(projects)
}

pub(super) fn automatic_rebuild(value: &Value) -> Result<AutomaticRebuild, Expected> {
    match value.as_str() {
        Some("never") => Ok(AutomaticRebuild::Never),
        Some("workspaceMacros") => Ok(AutomaticRebuild::WorkspaceMacros),
        Some("all") => Ok(AutomaticRebuild::All),
        _ => Err("`never`, `workspaceMacros` or `all`"),
    }
}

pub(super) fn watch_backend(value: &Value) -> Result<WatchBackend, Expected> {
    match value.as_str() {
        Some("auto") => Ok(WatchBackend::Auto),
        Some("native") => Ok(WatchBackend::Native),
        Some("poll") => Ok(WatchBackend::Poll),
        _ => Err("`auto`, `native` or `poll`"),
    }
}

/// A severity that a person chose for a code.
pub(super) enum Chosen {
    Severity(Severity),
    Silence,
}

pub(super) fn severity(value: &Value) -> Result<Chosen, Expected> {
    match value.as_str() {
        Some("error") => Ok(Chosen::Severity(Severity::Error)),
        Some("warning") => Ok(Chosen::Severity(Severity::Warning)),
        Some("information") => Ok(Chosen::Severity(Severity::Information)),
        Some("hint") => Ok(Chosen::Severity(Severity::Hint)),
        Some("off") => Ok(Chosen::Silence),
        _ => Err("`error`, `warning`, `information`, `hint` or `off`"),
    }
}
