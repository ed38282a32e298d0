//! Reads what a client sends as settings into [`Settings`] and the few that only a server has.
//!
//! Pure: JSON in, settings and complaints out. A wrong setting never stops anything: it is named once and its default holds.

mod take;

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::Value;

pub(crate) use crate::settings::named::{Complaint, Values};
use crate::settings::named::{Reader, Vocabulary, boolean, text, texts};
use crate::settings::{Processes, Settings, listed};
use crate::verdict::{Code, Severity};
use crate::watch::Backend;

use take::{Chosen, automatic_rebuild, milliseconds, projects, severity, table, watch_backend};

/// The section that clients keep our settings in.
pub(crate) const SECTION: &str = "sidecargo";

impl Values {
    /// Takes apart what a client sent: nested or dotted, bare or below `sidecargo`. What is no object holds nothing.
    pub(crate) fn from_client(sent: &Value) -> Self {
        const VOCABULARY: Vocabulary = Vocabulary {
            settings: &[listed::RUST_ANALYZER, listed::OWN],
            section: Some(SECTION),
        };
        Self::of_table(sent, VOCABULARY)
    }
}

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
    pub(crate) watch_backend: Backend,
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

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            inspection: Settings::default(),
            linked_projects: Vec::new(),
            automatic_rebuild: AutomaticRebuild::Never,
            uses: Uses::Marked,
            grace: Duration::from_secs(10),
            watch_backend: Backend::Auto,
            poll_interval: Duration::from_secs(5),
            log_level: None,
        }
    }
}

/// Settings from their values; what cannot be taken keeps its default and is complained of.
pub(crate) fn read(values: &Values) -> (ServerSettings, Vec<Complaint>) {
    let mut reader = Reader::new(values);
    let settings = server_settings(&mut reader);
    let mut complaints = reader.complaints();
    complaints.extend(values.unknown().map(|name| Complaint {
        name: name.to_owned(),
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

fn server_settings(reader: &mut Reader<'_>) -> ServerSettings {
    let default = ServerSettings::default();
    ServerSettings {
        inspection: Settings {
            cargo: reader.cargo(),
            proc_macro: reader.proc_macro(),
            processes: match reader.get("noExec", boolean) {
                Some(true) => Processes::Forbidden,
                _ => Processes::Allowed,
            },
            severity: severities(reader),
            catalogue_files: reader
                .get("catalogue.files", texts)
                .unwrap_or_default()
                .into_iter()
                .map(Utf8PathBuf::from)
                .collect(),
            ..Settings::default()
        },
        linked_projects: reader.get("linkedProjects", projects).unwrap_or_default(),
        automatic_rebuild: reader
            .get("rebuild.automatic", automatic_rebuild)
            .unwrap_or(default.automatic_rebuild),
        uses: match reader.get("diagnostics.uses", boolean) {
            Some(false) => Uses::Unmarked,
            _ => Uses::Marked,
        },
        grace: reader
            .get("diagnostics.grace", milliseconds)
            .unwrap_or(default.grace),
        watch_backend: reader
            .get("watch.backend", watch_backend)
            .unwrap_or(default.watch_backend),
        poll_interval: reader
            .get("watch.pollInterval", milliseconds)
            .unwrap_or(default.poll_interval),
        log_level: reader.get("logLevel", text),
    }
}

/// Each entry is judged by itself: one misspelt code must not lose the others.
fn severities(reader: &mut Reader<'_>) -> BTreeMap<Code, Option<Severity>> {
    let mut severities = BTreeMap::new();
    for (name, value) in reader
        .get("diagnostics.severity", table)
        .unwrap_or_default()
    {
        let full_name = format!("diagnostics.severity.{name}");
        let Some(code) = Code::parse(&name) else {
            reader.complain(full_name, "names no code of Sidecargo".to_owned());
            continue;
        };
        match severity(&value) {
            Ok(Chosen::Severity(severity)) => {
                severities.insert(code, Some(severity));
            }
            Ok(Chosen::Silence) => {
                severities.insert(code, None);
            }
            Err(expected) => reader.must_be(full_name, expected),
        }
    }
    severities
}

#[cfg(test)]
mod tests;
