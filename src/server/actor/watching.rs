//! The watcher: one for all workspaces, started anew when the settings want another.

use camino::Utf8Path;

use super::Actor;
use crate::server::message::Message;
use crate::server::workspace::Workspace;
use crate::watch::{Backend, Signal, WatchOptions, Watcher, WorkspaceKey};

/// The watcher in force.
#[derive(Debug)]
pub(super) struct Watching {
    watcher: Watcher,
    options: WatchOptions,
}

impl Actor {
    /// Plans the watching of a workspace by what the last look found.
    pub(super) fn watch(&mut self, key: WorkspaceKey) {
        let Some(options) = self.watch_options() else {
            return;
        };
        match &self.watching {
            None => self.start_watcher(options),
            Some(watching) if watching.options != options => self.restart_watcher(options),
            Some(_) => {
                let workspace = self.workspaces.get(&key);
                if workspace.is_some_and(Workspace::is_planned) {
                    return;
                }
            }
        }
        self.plan(key);
    }

    pub(super) fn watch_no_more(&self, key: WorkspaceKey) {
        if let Some(watching) = &self.watching {
            watching.watcher.forget(key);
        }
    }

    /// A person does something in the editor, in this file or anywhere.
    pub(super) fn attended(&self, file: Option<&Utf8Path>) {
        let Some(watching) = &self.watching else {
            return;
        };
        for (key, workspace) in &self.workspaces {
            let is_its =
                |file: &Utf8Path| file.starts_with(workspace.root()) || workspace.builds_from(file);
            if file.is_none_or(is_its) {
                watching.watcher.attended(*key);
            }
        }
    }

    fn plan(&mut self, key: WorkspaceKey) {
        let (Some(watching), Some(workspace)) = (&self.watching, self.workspaces.get_mut(&key))
        else {
            return;
        };
        watching
            .watcher
            .watch(key, workspace.watch_plan(&self.surroundings));
    }

    /// The settings of the first workspace that was looked at: one watcher serves all.
    fn watch_options(&self) -> Option<WatchOptions> {
        let first = self
            .workspaces
            .values()
            .find(|workspace| workspace.looks > 0)?;
        Some(WatchOptions {
            backend: first.settings.watch_backend,
            poll_interval: first.settings.poll_interval,
        })
    }

    /// How changes are noticed by the watcher in force.
    pub(super) fn watching_by(&self) -> Option<Backend> {
        Some(self.watching.as_ref()?.options.backend)
    }

    fn start_watcher(&mut self, options: WatchOptions) {
        self.watchers += 1;
        let number = self.watchers;
        let inbox = self.desk.inbox.clone();
        let sink = move |signal| {
            // Fails only when the session is over.
            let _ = inbox.send(Message::Watch(number, signal));
        };
        match Watcher::start(options, sink) {
            Ok(watcher) => self.watching = Some(Watching { watcher, options }),
            Err(error) => tracing::error!(%error, "failed to start the watcher"),
        }
    }

    /// What changes between the two is caught by a look at everything.
    fn restart_watcher(&mut self, options: WatchOptions) {
        tracing::info!(?options, "watching otherwise");
        self.watching = None;
        self.degraded = None;
        self.start_watcher(options);
        let now = self.now();
        let keys: Vec<WorkspaceKey> = self.workspaces.keys().copied().collect();
        for key in keys {
            if let Some(workspace) = self.workspaces.get_mut(&key).filter(|it| it.looks > 0) {
                workspace.schedule.appoint(now);
                self.plan(key);
            }
        }
    }

    pub(super) fn watched(&mut self, watcher: u32, signal: Signal) {
        if watcher != self.watchers {
            // The last words of one that was replaced.
            return;
        }
        match signal {
            Signal::Look {
                workspace,
                cause,
                extent,
            } => self.stirred(workspace, cause, extent),
            Signal::Panicked(panic) => {
                let panic = panic.after(&self.trail);
                self.survive("watch for changes", &panic);
            }
            Signal::Degraded(degradation) => {
                tracing::warn!(?degradation, "files cannot be watched in full");
                self.degraded = Some(degradation);
                let now = self.now();
                for workspace in self.workspaces.values_mut() {
                    workspace.schedule.appoint(now);
                }
            }
        }
    }
}
