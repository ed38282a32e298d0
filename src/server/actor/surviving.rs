//! What becomes of the session when a part of it panicked: it goes on, and every workspace is inspected anew.

use super::Actor;
use crate::panics::{self, Panic};
use crate::server::mending::Ending;
use crate::server::message::Message;
use crate::server::model::Gravity;
use crate::server::worker::{JobKind, Report};
use crate::server::workspace::Workspace;
use crate::watch::WorkspaceKey;

/// Folders are searched again after so many crashes; more of them say that searching crashes.
const MOST_SEARCHES: u32 = 3;

impl Actor {
    /// Does something with what it has, and survives a panic in it.
    pub(super) fn guarded(&mut self, doing: &str, act: impl FnOnce(&mut Self)) {
        if let Err(panic) = panics::catch(|| act(self)) {
            let panic = panic.after(&self.trail);
            self.survive(doing, &panic);
        }
    }

    /// The same with a message.
    pub(super) fn take_guarded(&mut self, message: Message) {
        let name = message.name();
        self.trail
            .add(format!("{:.3} s: {name}", self.now().0.as_secs_f64()));
        let ended_run = match &message {
            Message::Worker(key, Report::Mended(_)) => Some(*key),
            _ => None,
        };
        let crashes = self.crashes.count();
        self.guarded(name, |actor| actor.take(message));
        if crashes < self.crashes.count()
            && let Some(key) = ended_run
        {
            self.drop_run(key);
        }
    }

    /// A worker's job panicked; the worker itself began anew.
    pub(super) fn job_crashed(&mut self, key: WorkspaceKey, job: JobKind, panic: &Panic) {
        self.survive(job.name(), panic);
        match job {
            JobKind::Mend => {
                let why = "come to its end: a bug of Sidecargo's";
                self.run_ended(key, &Ending::Failed(why.to_owned()));
            }
            JobKind::ReadSources => self.sources_read(key, None),
            JobKind::PreviewFullClean(token) => self.full_clean_previewed(key, token, None),
            JobKind::Look => {
                let workspace = self.workspaces.get_mut(&key);
                if workspace.is_some_and(Workspace::withdraw_glimpse) {
                    self.publish();
                }
            }
            // The look that comes anew sees to it.
            JobKind::ProbeBuild => {}
        }
    }

    pub(super) fn survive(&mut self, doing: &str, panic: &Panic) {
        if let Some(message) = self.crashes.take(doing, panic) {
            self.say(Gravity::Error, message);
        }
        let now = self.now();
        let again = now.after(self.crashes.pause());
        for workspace in self.workspaces.values_mut() {
            // The end of a look may be what went by unheard.
            workspace.schedule.ended(now);
            workspace.schedule.rest_until(again);
            workspace.schedule.appoint(again);
        }
        if self.crashes.count() <= MOST_SEARCHES {
            for folder in self.profile.folders.clone() {
                self.search_folder(folder);
            }
        } else {
            // A search that panicked has no answer, and none is to be waited for.
            self.searched.clear();
        }
    }

    /// Lets go of a run whose end could not be told, and begins what waited for it.
    fn drop_run(&mut self, key: WorkspaceKey) {
        let run = self
            .workspaces
            .get_mut(&key)
            .and_then(|workspace| workspace.run.take());
        if let Some(run) = run {
            self.end_progress(&run, Some("Failed".to_owned()));
        }
        self.start_waiting_runs();
    }
}
