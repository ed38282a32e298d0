//! Files under the client's names and under their real ones: the actor knows the real ones alone.

use camino::Utf8Path;

use super::Actor;
use crate::server::links::{Link, Told};
use crate::server::message::Message;
use crate::server::workspace::Workspace;

impl Actor {
    /// The message with real paths.
    pub(super) fn with_real_paths(&self, mut message: Message) -> Message {
        match &mut message {
            Message::Opened { path, .. }
            | Message::Edited { path, .. }
            | Message::Saved(path)
            | Message::Closed(path)
            | Message::Hover { path, .. }
            | Message::Lenses { path, .. } => *path = self.links.real(path),
            Message::FilesChanged(paths) => {
                for path in paths {
                    *path = self.links.real(path);
                }
            }
            Message::Actions(request, _) => {
                request.path = self.links.real(&request.path);
            }
            Message::Command(call) => {
                let workspace = call.target.workspace.as_deref();
                call.target.workspace = workspace.map(|path| self.links.real(path));
            }
            _ => {}
        }
        message
    }

    /// Takes in how the client sees a folder.
    pub(super) fn learn_name(&mut self, folder: &Utf8Path, link: Option<Link>) {
        if link.is_some() {
            self.learn_link(link);
        } else if !self.is_told_of(folder) {
            self.links.tell_as_it_is(folder);
        }
    }

    /// Takes in that the client sees a directory through a link. What it opened there before that was known is open under its real path
    /// from now on.
    pub(super) fn learn_link(&mut self, link: Option<Link>) {
        let Some(link) = link else {
            return;
        };
        let told = if self.is_told_of(&link.real) {
            Told::AsItIs
        } else {
            Told::ByName
        };
        let name = link.name.clone();
        if !self.links.learn(link, told) {
            return;
        }
        for path in self.documents.below(&name) {
            let Some(text) = self.documents.text(&path).map(str::to_owned) else {
                continue;
            };
            self.take(Message::Closed(path.clone()));
            let path = self.links.real(&path);
            self.take(Message::Opened { path, text });
        }
    }

    /// Whether a manifest is one that a workspace calls its own as the client does: cargo does not follow the links to members.
    pub(super) fn is_of_a_workspace(&self, manifest: Option<&Utf8Path>) -> bool {
        manifest.is_some_and(|manifest| {
            let manifest = self.links.real(manifest);
            self.workspaces.values().any(|workspace| {
                workspace.has_manifest(&manifest) || manifest.starts_with(workspace.root())
            })
        })
    }

    /// Whether something may have been told of a real directory already.
    fn is_told_of(&self, real: &Utf8Path) -> bool {
        if self.published.has_below(real) {
            return true;
        }
        self.workspaces.values().any(|workspace| {
            let root = workspace.root();
            workspace.inspection.is_some() && (root.starts_with(real) || real.starts_with(root))
        })
    }

    /// Forgets how the client saw a folder that it gave up, unless something there is still open, or told of under that name.
    pub(super) fn unlearn_link(&mut self, folder: &Utf8Path) {
        let (folders, workspaces, documents) =
            (&self.profile.folders, &self.workspaces, &self.documents);
        self.links.retain(|link| {
            let mut roots = workspaces.values().map(Workspace::root);
            !folder.starts_with(&link.name)
                || folders.iter().any(|other| other.starts_with(&link.name))
                || roots.any(|root| root.starts_with(&link.real))
                || !documents.below(&link.real).is_empty()
        });
    }
}
