//! Which workspaces there are: those of the client's folders, and those that open files lead to.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Actor, SettingsKnown};
use crate::panics;
use crate::server::finder;
use crate::server::message::{Message, Origin};
use crate::server::settings;
use crate::server::worker::rust_analyzer_toml;
use crate::server::workspace::Workspace;
use crate::watch::WorkspaceKey;

impl Actor {
    /// Looks for the manifests of a folder.
    pub(super) fn search_folder(&mut self, folder: Utf8PathBuf) {
        self.searches = self.searches.wrapping_add(1);
        let search = self.searches;
        self.searched.insert(folder.clone(), search);
        let values = self.values_for(&folder);
        self.search(move || {
            let toml = rust_analyzer_toml(&folder);
            let (settings, _) = settings::read(&toml.overlaid_by(values));
            let manifests = finder::in_folder(&folder, &settings.linked_projects);
            Message::FolderSearched {
                link: finder::link_to(&folder),
                folder,
                search,
                manifests,
            }
        });
    }

    /// Looks for manifests beside the actor, which is told what was found.
    fn search(&self, search: impl FnOnce() -> Message + Send + 'static) {
        let inbox = self.desk.inbox.clone();
        tokio::task::spawn_blocking(move || {
            let message = panics::catch(search)
                .unwrap_or_else(|panic| Message::Crashed("look for workspaces", Box::new(panic)));
            // Fails only when the session is over.
            let _ = inbox.send(message);
        });
    }

    /// Whether it is not known yet which workspaces there are.
    pub(super) fn is_searching(&self) -> bool {
        self.settings_known == SettingsKnown::No || !self.searched.is_empty()
    }

    /// Whether a changed file may lead to other workspaces than are known.
    pub(super) fn may_make_a_workspace(&self, path: &Utf8Path) -> bool {
        match path.file_name() {
            Some("rust-analyzer.toml") => true,
            Some("Cargo.toml") => !self
                .workspaces
                .values()
                .any(|workspace| path.starts_with(workspace.root())),
            _ => false,
        }
    }

    /// Takes in what was found in a folder. An older search may end after the latest, and knows other settings.
    pub(super) fn folder_searched(
        &mut self,
        folder: Utf8PathBuf,
        search: u32,
        manifests: Vec<Utf8PathBuf>,
    ) {
        if self.searched.get(&folder) != Some(&search) {
            return;
        }
        self.searched.remove(&folder);
        if !self.profile.folders.contains(&folder) {
            return;
        }
        if manifests.is_empty() {
            tracing::info!(%folder, "no Cargo.toml here or one level below");
        }
        let origin = Origin::Folder(folder);
        let obsolete: Vec<WorkspaceKey> = self
            .workspaces
            .iter()
            .filter(|(_, workspace)| {
                workspace.origin == origin && !manifests.contains(&workspace.start)
            })
            .map(|(key, _)| *key)
            .collect();
        if !obsolete.is_empty() {
            self.search_others(&origin);
        }
        for key in obsolete {
            self.forget(key);
        }
        self.take_in(manifests, &origin);
    }

    /// Searches all folders but this: another may lead to a workspace that is forgotten, and did not add it while it was known.
    fn search_others(&mut self, origin: &Origin) {
        for folder in self.profile.folders.clone() {
            if *origin != Origin::Folder(folder.clone()) {
                self.search_folder(folder);
            }
        }
    }

    pub(super) fn file_placed(&mut self, file: Utf8PathBuf, manifest: Option<Utf8PathBuf>) {
        self.placed.insert(file.clone());
        self.take_in(manifest, &Origin::OpenFile(file));
    }

    fn take_in(&mut self, manifests: impl IntoIterator<Item = Utf8PathBuf>, origin: &Origin) {
        for start in manifests {
            let is_known = self
                .workspaces
                .values()
                .any(|workspace| workspace.has_manifest(&start));
            if !is_known {
                self.add(start, origin.clone());
            }
        }
        self.place_open_files();
    }

    fn add(&mut self, start: Utf8PathBuf, origin: Origin) {
        let key = WorkspaceKey(self.next_key);
        self.next_key += 1;
        let inbox = self.desk.inbox.clone();
        let alive = self.alive.clone();
        let post = move |report| {
            let _ = &alive;
            let _ = inbox.send(Message::Worker(key, report));
        };
        match (self.start_worker)(start.clone(), Box::new(post)) {
            Ok(worker) => {
                tracing::info!(%start, "a workspace");
                let workspace = Workspace::new(start, origin, worker, self.now());
                self.workspaces.insert(key, workspace);
            }
            Err(error) => tracing::error!(%start, %error, "failed to start a thread"),
        }
    }

    /// Forgets a workspace: its runs end, its findings go.
    pub(super) fn forget(&mut self, key: WorkspaceKey) {
        if let Some(workspace) = self.workspaces.remove(&key) {
            for run in workspace.run.iter().chain(&workspace.waiting_runs) {
                run.cancel.cancel();
                self.end_progress(run, None);
            }
        }
        self.watch_no_more(key);
        self.publish();
    }

    pub(super) fn forget_folder(&mut self, folder: &Utf8Path) {
        self.folder_values.remove(folder);
        let origin = Origin::Folder(folder.to_owned());
        let keys: Vec<WorkspaceKey> = self
            .workspaces
            .iter()
            .filter(|(_, workspace)| workspace.origin == origin)
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            self.forget(key);
        }
        self.unlearn_link(folder);
        self.search_others(&origin);
    }

    /// Two starts may lead to one workspace; the older one keeps it. Returns whether this one is still there.
    pub(super) fn is_only_one_of_its_root(&mut self, key: WorkspaceKey) -> bool {
        let Some(root) = self.root_of(key) else {
            return true;
        };
        let is_double = self
            .workspaces
            .keys()
            .any(|other| *other < key && self.root_of(*other).as_ref() == Some(&root));
        if is_double {
            self.forget(key);
        }
        !is_double
    }

    fn root_of(&self, key: WorkspaceKey) -> Option<Utf8PathBuf> {
        let inspection = self.workspaces.get(&key)?.inspection.as_ref()?;
        Some(inspection.workspace.root.clone())
    }

    pub(super) fn opened(&mut self, path: Utf8PathBuf, text: String) {
        self.documents.open(path.clone(), text);
        self.source_opened(&path);
        let is_new = !self.placed.contains(&path);
        if is_new && finder::may_lead_to_a_workspace(&path, &self.surroundings) {
            self.unplaced.insert(path);
            self.place_open_files();
        }
    }

    /// Looks for the workspaces of open files, once the folders' own are known with their members.
    pub(super) fn place_open_files(&mut self) {
        let all_known = self.searched.is_empty()
            && self
                .workspaces
                .values()
                .all(|workspace| workspace.looks > 0);
        if !all_known {
            return;
        }
        for path in std::mem::take(&mut self.unplaced) {
            self.search(move || {
                let manifest = finder::of_open_file(&path);
                let directory = manifest.as_deref().and_then(Utf8Path::parent);
                Message::FilePlaced {
                    link: directory.and_then(finder::link_to),
                    manifest,
                    file: path,
                }
            });
        }
    }
}
