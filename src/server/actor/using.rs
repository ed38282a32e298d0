//! Uses of proc macros in open Rust files: when they are looked for, and what is shown at them.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::Actor;
use crate::inspect::InspectedMacro;
use crate::locate::uses::{Crates, FILE_LIMIT, Outline, outline};
use crate::server::columns::Point;
use crate::server::model::{LineTexts, Mark};
use crate::server::settings::Uses;
use crate::server::uses::{self, PlacedUse, placed_uses};
use crate::server::worker::Job;
use crate::watch::WorkspaceKey;

/// An open Rust file.
#[derive(Debug, Default)]
pub(crate) struct OpenSource {
    outline: Outline,
    /// The uses in it, by the workspace whose macros they are of.
    uses: Vec<(WorkspaceKey, Vec<PlacedUse>)>,
    lines: Vec<Arc<LineTexts>>,
}

impl Actor {
    /// Takes in that an open file has another text, and shows what it shows now.
    pub(super) fn source_changed(&mut self, path: &Utf8Path) {
        if path.extension() != Some("rs") {
            return;
        }
        let Some(text) = self.documents.text(path) else {
            return;
        };
        if text.len() > FILE_LIMIT {
            if self.sources.remove(path).is_some() || self.left_out.insert(path.to_owned()) {
                tracing::info!(%path, size = text.len(), limit = FILE_LIMIT, "too large to look for macros in");
            }
        } else {
            self.left_out.remove(path);
            let source = OpenSource {
                outline: outline(text),
                ..OpenSource::default()
            };
            self.sources.insert(path.to_owned(), source);
            self.place_uses(path);
        }
        self.publish_file(path);
    }

    /// Takes in that a Rust file is open that was not.
    pub(super) fn source_opened(&mut self, path: &Utf8Path) {
        self.source_changed(path);
        let keys: Vec<WorkspaceKey> = self.workspaces.keys().copied().collect();
        for key in keys {
            if self
                .workspaces
                .get(&key)
                .is_some_and(|workspace| workspace.crates.is_none())
            {
                self.read_sources(key);
            }
        }
    }

    pub(super) fn source_closed(&mut self, path: &Utf8Path) {
        self.left_out.remove(path);
        if self.sources.remove(path).is_some() {
            self.publish_file(path);
        }
    }

    /// Has the sources read that macros come through, where a file is open in which that matters.
    pub(super) fn read_sources(&mut self, key: WorkspaceKey) {
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return;
        };
        let is_wanted = workspace
            .inspection
            .as_ref()
            .is_some_and(|inspection| !inspection.sources.crates.is_empty());
        if is_wanted && !self.sources.is_empty() {
            workspace.worker.hand(Job::ReadSources);
        }
    }

    /// Takes in what was read; `None` where nothing changed.
    pub(super) fn sources_read(&mut self, key: WorkspaceKey, crates: Option<Arc<Crates>>) {
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return;
        };
        let Some(crates) = crates else {
            return;
        };
        workspace.crates = Some(crates);
        workspace.name_exports();
        let paths: Vec<Utf8PathBuf> = self.sources.keys().cloned().collect();
        for path in paths {
            self.place_uses(&path);
        }
        self.publish();
    }

    fn place_uses(&mut self, path: &Utf8Path) {
        let (Some(text), Some(source)) = (self.documents.text(path), self.sources.get_mut(path))
        else {
            return;
        };
        source.uses.clear();
        source.lines.clear();
        for (key, workspace) in &self.workspaces {
            let Some(crates) = &workspace.crates else {
                continue;
            };
            let encoding = self.profile.encoding;
            let (uses, lines) = placed_uses(crates, path, text, &source.outline, encoding);
            if !uses.is_empty() {
                source.uses.push((*key, uses));
                source.lines.push(Arc::new(lines));
            }
        }
    }

    /// The marks at uses in one open file.
    pub(super) fn marks_of_uses(&self, path: &Utf8Path) -> Vec<Mark> {
        let all = self.sources.get(path).into_iter();
        all.flat_map(|source| &source.uses)
            .filter_map(|(key, uses)| Some((self.workspaces.get(key)?, uses)))
            .filter(|(workspace, _)| workspace.settings.uses == Uses::Marked)
            .flat_map(|(workspace, uses)| {
                let settings = &workspace.settings.inspection.proc_macro;
                uses.iter().filter_map(|used| {
                    uses::mark(used, &workspace.uses, workspace.root(), settings)
                })
            })
            .collect()
    }

    /// The lines that uses in an open file stand in.
    pub(super) fn lines_of_uses(&self, path: &Utf8Path) -> impl Iterator<Item = Arc<LineTexts>> {
        let source = self.sources.get(path).into_iter();
        source.flat_map(|source| source.lines.iter().map(Arc::clone))
    }

    pub(super) fn open_sources(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.sources.keys()
    }

    /// The uses of a workspace's macros in an open file.
    pub(super) fn uses_in(&self, path: &Utf8Path, key: WorkspaceKey) -> &[PlacedUse] {
        let source = self.sources.get(path);
        let found = source.and_then(|source| source.uses.iter().find(|(own, _)| *own == key));
        found.map_or(&[], |(_, uses)| uses.as_slice())
    }

    /// The macros whose use is at a place in an open file.
    pub(super) fn macros_used_at(
        &self,
        path: &Utf8Path,
        point: Point,
        key: WorkspaceKey,
    ) -> Vec<&InspectedMacro> {
        let inspection = self
            .workspaces
            .get(&key)
            .and_then(|workspace| workspace.inspection.as_ref());
        let is_here = |inspected: &&InspectedMacro| {
            self.uses_in(path, key).iter().any(|used| {
                used.touches((point, point)) && used.package_id == inspected.expected.package_id
            })
        };
        let macros = inspection
            .into_iter()
            .flat_map(|inspection| &inspection.macros);
        macros.filter(is_here).collect()
    }
}
