//! What clients see: diagnostics, the server's state, and findings that are the server's own.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::Actor;
use crate::server::model::Mark;
use crate::server::outbox::{Diagnostics, Notice};
use crate::server::publish::mark;
use crate::server::status::{Activity, Part, status};
use crate::settings::Settings;
use crate::verdict::{Code, Finding, Severity, severity};
use crate::watch::{Backend, Degradation};

impl Actor {
    /// Tells the client of every file that shows something else now.
    pub(super) fn publish(&mut self) {
        self.catch_up_with_all();
        let mut marks: Vec<Mark> = self.marks_of_findings().collect();
        for path in self.open_sources() {
            marks.extend(self.marks_of_uses(path));
        }
        let changes = self.published.change_to(marks);
        // What lenses count is marked in a manifest too.
        let manifests = |(path, _): &(Utf8PathBuf, Vec<Mark>)| path.extension() != Some("rs");
        if self.profile.abilities.lens_refresh && changes.iter().any(manifests) {
            self.desk.refresh_lenses();
        }
        for (path, marks) in changes {
            self.tell(path, marks);
        }
    }

    /// The same for one file, when only that one changed.
    pub(super) fn publish_file(&mut self, path: &Utf8Path) {
        let mut marks: Vec<Mark> = self
            .marks_of_findings()
            .filter(|mark| mark.file() == Some(path))
            .collect();
        marks.extend(self.marks_of_uses(path));
        if let Some(marks) = self.published.change_file(path, marks) {
            self.tell(path.to_owned(), marks);
        }
    }

    fn marks_of_findings(&self) -> impl Iterator<Item = Mark> {
        self.workspaces.values().flat_map(|workspace| {
            let root: Arc<Utf8Path> = workspace.root().into();
            let findings = workspace.shown.values().cloned();
            findings.map(move |finding| mark(finding, Arc::clone(&root)))
        })
    }

    fn tell(&self, path: Utf8PathBuf, marks: Vec<Mark>) {
        let has_marks_here = |root: &Utf8Path| marks.iter().any(|mark| &*mark.workspace == root);
        let lines = self
            .workspaces
            .values()
            .filter(|workspace| has_marks_here(workspace.root()))
            .map(|workspace| Arc::clone(&workspace.lines))
            .collect();
        let diagnostics = Diagnostics {
            name: self.links.name(&path),
            marks,
            lines,
            encoding: self.profile.encoding,
        };
        self.outbox.post(Notice::Diagnostics(path, diagnostics));
    }

    /// Tells the client of the server's state where that changed.
    pub(super) fn tell_status(&mut self) {
        if !self.profile.abilities.server_status {
            return;
        }
        let shown: Vec<(Vec<&Finding>, usize, Activity)> = self
            .workspaces
            .values()
            .map(|workspace| {
                let activity = if workspace.run.is_some() || !workspace.ended_runs.is_empty() {
                    Activity::Mending
                } else if workspace.looks == 0 {
                    Activity::Looking
                } else {
                    Activity::Idle
                };
                let findings = workspace.shown.values().collect();
                (findings, workspace.held_back, activity)
            })
            .collect();
        let parts: Vec<Part<'_>> = shown
            .iter()
            .map(|(shown, held_back, activity)| Part {
                shown,
                held_back: *held_back,
                activity: *activity,
            })
            .collect();
        let mut status = status(&parts);
        status.quiescent &= !self.is_searching();
        if self.status.as_ref() != Some(&status) {
            self.status = Some(status.clone());
            self.outbox.post(Notice::Status(status));
        }
    }

    /// Findings that no look can have.
    pub(super) fn own_findings(&self, settings: &Settings) -> Vec<Finding> {
        let (Some(degradation), Some(backend)) = (&self.degraded, self.watching_by()) else {
            return Vec::new();
        };
        severity(Code::WatchDegraded, Severity::Information, settings)
            .map(|severity| Finding {
                code: Code::WatchDegraded,
                severity,
                message: degraded_message(degradation, backend),
                packages: Vec::new(),
                location: None,
                package_ids: Vec::new(),
                remedies: Vec::new(),
                related: Vec::new(),
            })
            .into_iter()
            .collect()
    }
}

/// What the person is told where not all changes are heard of. Files are looked at in intervals only where the settings leave that open.
fn degraded_message(degradation: &Degradation, backend: Backend) -> String {
    let (what, cure) = match degradation {
        Degradation::TooManyWatches => (
            "the system's limit of file watches is reached".to_owned(),
            "Raise `fs.inotify.max_user_watches` (to 524288, say) and restart the editor.",
        ),
        Degradation::TooManyFiles => (
            "the system's limit of open files or watchers is reached".to_owned(),
            "Raise `fs.inotify.max_user_instances` (to 1024, say), or the limit of open files (`ulimit -n`), and restart the editor.",
        ),
        Degradation::RemoteFileSystem { directory } => (
            format!(
                "`{directory}` lies on a file system that does not tell of changes made elsewhere"
            ),
            "Set `sidecargo.watch.pollInterval` to change how often that is.",
        ),
        Degradation::Panicked => (
            "hearing of the system's file events failed twice, by a bug of its own".to_owned(),
            "Set `sidecargo.watch.pollInterval` to change how often that is.",
        ),
        Degradation::Unsupported { error } => (
            format!("the system gives no file events ({error})"),
            "Set `sidecargo.watch.pollInterval` to change how often that is.",
        ),
    };
    match backend {
        Backend::Auto | Backend::Poll => format!(
            "Sidecargo may notice changes of the build directory late: {what}. It looks at the files in intervals instead. {cure}"
        ),
        Backend::Native => format!(
            "Sidecargo may miss changes of the build directory: {what}, and `sidecargo.watch.backend` is `native`. Set it to `auto` to have files looked at in intervals instead."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_told_of_only_where_there_are_any() {
        for (backend, part) in [
            (
                Backend::Auto,
                "It looks at the files in intervals instead. Raise",
            ),
            (Backend::Native, "Set it to `auto`"),
        ] {
            let message = degraded_message(&Degradation::TooManyWatches, backend);
            assert!(message.contains("limit of file watches"), "{message}");
            assert!(message.contains(part), "{message}");
            let looks = message.contains("It looks at the files");
            assert_eq!(looks, backend == Backend::Auto, "{message}");
        }
    }
}
