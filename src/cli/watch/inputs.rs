//! What builds and verdicts rest on: what of it is watched, and what of it changed.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::event::{Builds, Difference};
use super::seen::{Seen, Writers};
use super::sources::{Found, Sources};
use crate::inspect::Inspection;
use crate::watch::{Surroundings, WatchPlan, Watcher, WorkspaceKey};

/// What changes verdicts is watched under one key and what builds read under the other, since more of the latter is no news.
const VERDICTS: WorkspaceKey = WorkspaceKey(0);
pub(super) const SOURCES: WorkspaceKey = WorkspaceKey(1);

/// The watched files and what is known of them.
pub(super) struct Inputs {
    watcher: Watcher,
    builds: Builds,
    start: Utf8PathBuf,
    surroundings: Surroundings,
    seen: Seen,
    sources: Sources,
    planned: Found,
    /// What changed since the last build began.
    edited: Vec<Utf8PathBuf>,
    /// What the running build was begun for.
    building: Vec<Utf8PathBuf>,
}

impl Inputs {
    pub(super) fn new(watcher: Watcher, builds: Builds, start: Utf8PathBuf) -> Self {
        Self {
            watcher,
            builds,
            start,
            surroundings: Surroundings::from_environment(),
            seen: Seen::default(),
            sources: Sources::default(),
            planned: Found::default(),
            edited: Vec::new(),
            building: Vec::new(),
        }
    }

    /// Watches what this look says is to be watched; files that it names for the first time are taken as they are.
    pub(super) fn plan(&mut self, inspection: &Inspection) {
        let plan = WatchPlan::of(inspection, &self.surroundings);
        // What builds leave for the next step is no edit.
        let is_left = |path: &Utf8Path| path.parent().is_some_and(|it| plan.is_interior(it));
        let sources = plan.inputs().filter(|path| !is_left(path));
        // A directory's own time changes with whatever an editor keeps in it.
        self.seen.adopt(sources.filter(|path| !path.is_dir()));
        self.watcher.watch(VERDICTS, plan);
        if self.builds == Builds::Never {
            return;
        }
        let workspace = &inspection.workspace;
        self.start.clone_from(&workspace.root);
        self.sources.add_outputs([
            workspace.target_directory.clone(),
            workspace.build_directory.clone(),
        ]);
        let members = workspace.members.iter();
        let packages: Vec<Utf8PathBuf> = members
            .filter_map(|member| Some(member.manifest_path.parent()?.to_owned()))
            .collect();
        self.add_sources(packages, BTreeSet::new());
    }

    /// Watches for a workspace to come back.
    pub(super) fn plan_for_nothing(&self) {
        let plan = WatchPlan::of_start(&self.start, &self.surroundings);
        self.watcher.watch(VERDICTS, plan);
    }

    /// Adds packages on this machine and files that a build named.
    pub(super) fn add_sources(
        &mut self,
        packages: impl IntoIterator<Item = Utf8PathBuf>,
        named: BTreeSet<Utf8PathBuf>,
    ) {
        let before = self.sources.clone();
        self.sources.add_packages(packages);
        self.sources.add_named(named);
        if self.sources != before {
            let found = self.sources.find();
            self.seen.adopt(found.files.iter().cloned());
            self.seen.adopt(self.sources.named().cloned());
            self.watch_sources(found);
        }
    }

    fn watch_sources(&mut self, found: Found) {
        let directories = found.directories.iter().map(AsRef::as_ref);
        let named = self.sources.named().map(AsRef::as_ref);
        let plan = WatchPlan::of_sources(&self.start, directories, named);
        self.watcher.watch(SOURCES, plan);
        self.planned = found;
    }

    /// Whether anything changed since the last time.
    pub(super) fn compare(&mut self, writers: Writers) -> Difference {
        let mut listed = BTreeSet::new();
        if self.builds == Builds::OnEveryEdit {
            let found = self.sources.find();
            listed.clone_from(&found.files);
            if found.directories != self.planned.directories {
                self.watch_sources(found);
            }
        }
        let changed = self.seen.changed(listed, writers);
        if changed.is_empty() {
            return Difference::None;
        }
        self.note(changed);
        Difference::Edited
    }

    fn note(&mut self, changed: Vec<Utf8PathBuf>) {
        for path in changed {
            if !self.edited.contains(&path) {
                self.edited.push(path);
            }
        }
    }

    /// A build begins: it is for every change so far.
    pub(super) fn build_began(&mut self) {
        self.building = std::mem::take(&mut self.edited);
    }

    /// The build ended; what it was for.
    pub(super) fn build_ended(&mut self) -> Vec<Utf8PathBuf> {
        std::mem::take(&mut self.building)
    }

    /// The build was stopped: the next one is for its changes too.
    pub(super) fn build_cancelled(&mut self) {
        let building = std::mem::take(&mut self.building);
        let newer = std::mem::replace(&mut self.edited, building);
        self.note(newer);
    }
}
