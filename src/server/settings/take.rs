//! Takes one value of the server's own settings as one type, or says what it must be.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

use super::AutomaticRebuild;
use crate::settings::named::Expected;
use crate::verdict::Severity;
use crate::watch::Backend;

pub(super) fn table(value: &Value) -> Result<Map<String, Value>, Expected> {
    value.as_object().cloned().ok_or("a table")
}

pub(super) fn milliseconds(value: &Value) -> Result<Duration, Expected> {
    value
        .as_u64()
        .map(Duration::from_millis)
        .ok_or("a whole number of milliseconds")
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

pub(super) fn watch_backend(value: &Value) -> Result<Backend, Expected> {
    match value.as_str() {
        Some("auto") => Ok(Backend::Auto),
        Some("native") => Ok(Backend::Native),
        Some("poll") => Ok(Backend::Poll),
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
