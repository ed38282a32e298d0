//! Looks: when they begin, what their results lead to.

use std::time::Duration;

use camino::Utf8PathBuf;

use super::{Actor, SettingsKnown};
use crate::inspect::{BuildActivity, Coverage};
use crate::pace::extent::Extent;
use crate::pace::quiet::Moment;
use crate::server::settings::AutomaticRebuild;
use crate::server::sighting::Sighting;
use crate::server::worker::{Job, Report};
use crate::server::workspace::{SeenBy, Workspace};
use crate::watch::{Cause, WorkspaceKey};

/// How often the lock is asked for while a build holds it. On Linux its release is an event; this is for other systems,
/// and for what an event may miss.
const PROBE_LOCK_EVERY: Duration = Duration::from_secs(1);

/// How often it is asked whether a compiler is still there whose cargo is gone: no event tells of its end.
const PROBE_ORPHANS_EVERY: Duration = Duration::from_millis(250);

/// What is young is so until just after this: times of files may be coarse.
const NO_LONGER_YOUNG: Duration = Duration::from_millis(10);

/// When all is looked at after a look at what is known to have changed: events may be lost without a word, and what such a look takes over
/// is as old as the one before.
const WHOLE_AFTER_CHANGES: Duration = Duration::from_secs(1);

/// An answer that took longer has waited behind other work, and tells of a later moment than it was asked for.
const PROMPT: Duration = Duration::from_millis(100);

impl Actor {
    /// When something is to be done, if no message comes before.
    pub(super) fn next_deadline(&self) -> Option<Moment> {
        match self.settings_known {
            SettingsKnown::No => return None,
            SettingsKnown::Asked(until) => return Some(until),
            SettingsKnown::Yes => {}
        }
        self.workspaces
            .values()
            .flat_map(|workspace| {
                let look = workspace.schedule.due().filter(|_| workspace.run.is_none());
                let glimpse = workspace.glimpse.as_ref().map(|glimpse| glimpse.until);
                look.into_iter().chain(workspace.probe_build).chain(glimpse)
            })
            .chain(self.next_telling())
            .min()
    }

    pub(super) fn begin_what_is_due(&mut self) {
        let now = self.now();
        match self.settings_known {
            SettingsKnown::No => return,
            SettingsKnown::Asked(until) if now < until => return,
            SettingsKnown::Asked(_) | SettingsKnown::Yes => {
                self.settings_known = SettingsKnown::Yes;
            }
        }
        let mut is_withdrawn = false;
        let keys: Vec<WorkspaceKey> = self.workspaces.keys().copied().collect();
        for key in keys {
            let values = self
                .workspaces
                .get(&key)
                .map(|workspace| self.values_for(&workspace.start));
            let (Some(workspace), Some(values)) = (self.workspaces.get_mut(&key), values) else {
                continue;
            };
            let is_due = |moment: Option<Moment>| moment.is_some_and(|moment| moment <= now);
            // During our own run looks would wait behind it; its end brings one.
            if is_due(workspace.schedule.due()) && workspace.run.is_none() {
                let extent = workspace.schedule.began(now);
                workspace.worker.hand(Job::Look(values, extent));
            }
            if is_due(workspace.probe_build) {
                workspace.probe_build = None;
                workspace.ask_for_build(now);
            }
            let holds_until = workspace.glimpse.as_ref().map(|glimpse| glimpse.until);
            if is_due(holds_until) && workspace.withdraw_glimpse() {
                is_withdrawn = true;
            }
        }
        if is_withdrawn {
            self.publish();
        }
    }

    pub(super) fn worker_reported(&mut self, key: WorkspaceKey, report: Report) {
        match report {
            Report::Glimpsed(sighting) => self.glimpsed(key, *sighting),
            Report::Looked(sighting) => self.looked(key, *sighting),
            Report::Build(build, asked) => self.build_probed(key, build, asked),
            Report::Sources(crates) => self.sources_read(key, crates),
            Report::Mended(ending) => self.run_ended(key, &ending),
            Report::FullCleanPreviewed(token, preview) => {
                self.full_clean_previewed(key, token, preview.as_ref());
            }
            Report::Crashed(job, panic) => self.job_crashed(key, job, &panic),
        }
    }

    /// Shows what is certain before a look is done, and leaves all else to that.
    fn glimpsed(&mut self, key: WorkspaceKey, sighting: Sighting) {
        let now = self.now();
        let root = sighting
            .inspection
            .as_ref()
            .ok()
            .map(|found| &found.workspace.root);
        let mut others = self.workspaces.iter().filter(|(other, _)| **other != key);
        let is_known = others.any(|(_, other)| {
            let inspection = other.inspection.as_ref();
            root.is_some() && inspection.map(|found| &found.workspace.root) == root
        });
        let Some(workspace) = self.workspaces.get_mut(&key).filter(|_| !is_known) else {
            return;
        };
        if let Some(decision) = workspace.take_glimpse(sighting, now) {
            tracing::debug!(root = %workspace.root(), ?now, ?decision, "glimpsed");
            self.publish();
        }
    }

    fn looked(&mut self, key: WorkspaceKey, sighting: Sighting) {
        let now = self.now();
        self.complain(&sighting.complaints);
        self.set_log_level(sighting.settings.log_level.as_ref());
        let own_findings = self.own_findings(&sighting.settings.inspection);
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return;
        };
        workspace.schedule.ended(now);
        let coverage = sighting
            .inspection
            .as_ref()
            .ok()
            .map(|found| found.coverage);
        let decision = workspace.take(sighting, own_findings, now);
        if !workspace.quiet.is_building() {
            workspace.schedule.build_is_over();
        }
        tracing::debug!(root = %workspace.root(), ?now, ?coverage, ?decision, "looked");
        let certain_at = decision
            .certain_at
            .filter(|_| workspace.settings.automatic_rebuild != AutomaticRebuild::Never);
        let moments = [decision.look_again, certain_at, workspace.next_try(now)];
        for moment in moments.into_iter().flatten() {
            workspace.schedule.appoint(moment);
        }
        // Files so young that a compiler may still write them: nothing tells when it is done.
        if let Some(left) = workspace.is_being_written_for() {
            workspace
                .schedule
                .appoint(now.after(left + NO_LONGER_YOUNG));
        }
        if coverage == Some(Coverage::Changes) {
            workspace.schedule.appoint(now.after(WHOLE_AFTER_CHANGES));
        }
        workspace.probe_build = workspace
            .inspection
            .as_ref()
            .filter(|inspection| inspection.build == BuildActivity::Running)
            .map(|_| now.after(probe_every(workspace)));
        if !self.is_only_one_of_its_root(key) {
            return;
        }
        self.watch(key);
        self.read_sources(key);
        self.publish();
        self.tell_endings(key);
        self.rebuild_unasked(key);
        self.place_open_files();
    }

    fn build_probed(&mut self, key: WorkspaceKey, build: BuildActivity, asked: Moment) {
        let now = self.now();
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return;
        };
        let was_building = workspace.quiet.is_building();
        tracing::debug!(root = %workspace.root(), ?build, ?asked, ?now, was_building, "asked for a build");
        match build {
            BuildActivity::Idle if !was_building => {
                if now <= asked.after(PROMPT) {
                    workspace.quiet.nobody_built(asked);
                }
            }
            // The look that the change calls for sees it too.
            BuildActivity::Running if !was_building => {}
            BuildActivity::Running => {
                workspace.probe_build = Some(now.after(probe_every(workspace)));
            }
            BuildActivity::Idle => {
                // A look that fails leaves the one before standing, which must not count as a build for ever.
                workspace.note_build_ended();
                let look = workspace.quiet.build_ended(now);
                workspace.schedule.appoint(look);
            }
        }
    }

    pub(super) fn stirred(&mut self, key: WorkspaceKey, cause: Cause, extent: Extent) {
        let now = self.now();
        let Some(workspace) = self.workspaces.get_mut(&key) else {
            return;
        };
        tracing::debug!(root = %workspace.root(), ?cause, ?now, "something may have changed");
        match cause {
            Cause::BuildEnded => {
                let look = workspace.quiet.build_ended(now);
                workspace.schedule.appoint(look);
            }
            Cause::Round => workspace.look_round(now),
            // While a build runs it changes things all the time; its end is what counts.
            Cause::OutputChanged if workspace.quiet.is_building() => {}
            Cause::OutputChanged => {
                workspace.quiet.output_changed(now);
                workspace.schedule.stir_by(now, extent);
            }
            // Some editors save by putting another file in the old one's place.
            Cause::TargetsChanged => workspace.stir(now),
            Cause::InputChanged => workspace.input_changed(now, SeenBy::Watcher),
            Cause::AnythingChanged => workspace.anything_changed(now),
        }
    }

    /// Files that the client saved, or saw change.
    pub(super) fn files_changed(&mut self, paths: &[Utf8PathBuf]) {
        let now = self.now();
        for workspace in self.workspaces.values_mut() {
            if paths.iter().any(|path| workspace.builds_from(path)) {
                workspace.input_changed(now, SeenBy::Client);
            } else if paths.iter().any(|path| path.starts_with(workspace.root())) {
                workspace.schedule.stir(now);
            }
        }
        if paths.iter().any(|path| self.may_make_a_workspace(path)) {
            for folder in self.profile.folders.clone() {
                self.search_folder(folder);
            }
        }
    }
}

fn probe_every(workspace: &Workspace) -> Duration {
    if workspace.has_orphans() {
        PROBE_ORPHANS_EVERY
    } else {
        PROBE_LOCK_EVERY
    }
}
