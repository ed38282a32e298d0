//! Uses of proc macros in open Rust files: when they are looked for, and what is shown at them.

use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::Actor;
use crate::inspect::InspectedMacro;
use crate::locate::uses::{Crates, FILE_LIMIT, Outline, outline};
use crate::pace::quiet::Moment;
use crate::server::columns::Point;
use crate::server::model::Mark;
use crate::server::settings::Uses;
use crate::server::uses::{self, PlacedUse, placed_uses};
use crate::server::worker::Job;
use crate::watch::WorkspaceKey;

/// How long the text has to stand still before what it shows is told: what is asked along with an edit is answered first.
const AFTER_EDIT: Duration = Duration::from_millis(10);

/// No longer than this, however fast edits come; editors move marks meanwhile.
const AT_THE_LATEST: Duration = Duration::from_millis(50);

/// An open Rust file.
#[derive(Debug, Default)]
pub(crate) struct OpenSource {
    /// When the text was edited, as long as nobody was told of what it shows.
    edited: Option<Edited>,
    /// Whether the text is another than the one that was read.
    freshness: Freshness,
    outline: Outline,
    /// The uses in it, by the workspace whose macros they are of.
    uses: Vec<(WorkspaceKey, Vec<PlacedUse>)>,
}

/// From the first edit to the last that nobody was told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edited {
    first: Moment,
    last: Moment,
}

impl Edited {
    /// When to tell what the text shows.
    fn due(self) -> Moment {
        self.last
            .after(AFTER_EDIT)
            .min(self.first.after(AT_THE_LATEST))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Freshness {
    #[default]
    Read,
    /// Of use only once it is read again.
    Outdated,
}

impl Actor {
    /// Takes in an edit of an open file. It is read when somebody asks, or once the person rests.
    pub(super) fn source_edited(&mut self, path: &Utf8Path) {
        let now = self.now();
        match self.sources.get_mut(path) {
            Some(source) => {
                let first = source.edited.map_or(now, |edited| edited.first);
                source.edited = Some(Edited { first, last: now });
                source.freshness = Freshness::Outdated;
            }
            // It may be small enough now.
            None => self.source_changed(path),
        }
    }

    /// When an edited file's marks are to be told of next.
    pub(super) fn next_telling(&self) -> Option<Moment> {
        let edited = self.sources.values().filter_map(|source| source.edited);
        edited.map(Edited::due).min()
    }

    /// Tells of the files whose text has stood still.
    pub(super) fn tell_of_edited(&mut self) {
        let now = self.now();
        let is_due = |source: &OpenSource| source.edited.is_some_and(|edited| edited.due() <= now);
        let due: Vec<Utf8PathBuf> = self
            .sources
            .iter()
            .filter(|(_, source)| is_due(source))
            .map(|(path, _)| path.clone())
            .collect();
        // In a healthy workspace nobody reads what is typed.
        let says_anything = self
            .workspaces
            .values()
            .any(|workspace| !workspace.uses.is_empty());
        for path in due {
            if let Some(source) = self.sources.get_mut(&path) {
                source.edited = None;
            }
            if says_anything {
                self.catch_up(&path);
                self.publish_file(&path);
            }
        }
    }

    /// Reads an open file where it was edited since it was read.
    pub(super) fn catch_up(&mut self, path: &Utf8Path) {
        let is_outdated = |source: &OpenSource| source.freshness == Freshness::Outdated;
        if !self.sources.get(path).is_some_and(is_outdated) {
            return;
        }
        self.note_source(path);
        if !self.sources.contains_key(path) {
            // It has grown too large, and nobody will look at it again.
            self.publish_file(path);
        }
    }

    /// The same for all of them.
    pub(super) fn catch_up_with_all(&mut self) {
        let paths: Vec<Utf8PathBuf> = self.sources.keys().cloned().collect();
        for path in paths {
            self.catch_up(&path);
        }
    }

    /// Takes in that an open file has another text, and shows what it shows now.
    fn source_changed(&mut self, path: &Utf8Path) {
        if path.extension() == Some("rs") {
            self.note_source(path);
            self.publish_file(path);
        }
    }

    fn note_source(&mut self, path: &Utf8Path) {
        let Some(text) = self.documents.text(path) else {
            return;
        };
        if text.len() > FILE_LIMIT {
            if self.sources.remove(path).is_some() || self.left_out.insert(path.to_owned()) {
                tracing::info!(%path, size = text.len(), limit = FILE_LIMIT, "too large to look for macros in");
            }
        } else {
            self.left_out.remove(path);
            let outline = outline(text);
            let source = self.sources.entry(path.to_owned()).or_default();
            source.outline = outline;
            source.freshness = Freshness::Read;
            self.place_uses(path);
        }
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
            self.catch_up(&path);
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
        for (key, workspace) in &self.workspaces {
            let Some(crates) = &workspace.crates else {
                continue;
            };
            let encoding = self.profile.encoding;
            let uses = placed_uses(crates, path, text, &source.outline, encoding);
            if !uses.is_empty() {
                source.uses.push((*key, uses));
            }
        }
    }

    /// The marks at uses in one open file.
    pub(super) fn marks_of_uses(&self, path: &Utf8Path) -> Vec<Mark> {
        let file: Arc<Utf8Path> = path.into();
        let all = self.sources.get(path).into_iter();
        all.flat_map(|source| &source.uses)
            .filter_map(|(key, uses)| Some((self.workspaces.get(key)?, uses)))
            .filter(|(workspace, _)| workspace.settings.uses == Uses::Marked)
            .flat_map(|(workspace, uses)| {
                let settings = &workspace.settings.inspection.proc_macro;
                let root = workspace.root().into();
                let marks = uses::marks(uses, &file, &workspace.uses, &root, settings);
                marks.collect::<Vec<Mark>>()
            })
            .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_once_edits_pause_and_never_much_later() {
        let at = |milliseconds| Moment(Duration::from_millis(milliseconds));
        let due = |first, last| {
            Edited {
                first: at(first),
                last: at(last),
            }
            .due()
        };
        assert_eq!(due(0, 0), at(10));
        assert_eq!(due(0, 30), at(40));
        assert_eq!(due(0, 49), at(50));
    }
}
