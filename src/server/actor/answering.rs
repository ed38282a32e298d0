//! Answers to the client's questions, out of what is known already.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::Actor;
use crate::expected::ExpectedMacro;
use crate::inspect::{InspectedMacro, Inspection};
use crate::locate::manifest::ManifestIndex;
use crate::locate::{Lines, macros_behind};
use crate::names::PackageId;
use crate::server::actions::{self, View};
use crate::server::columns::{self, Point};
use crate::server::convert;
use crate::server::hover::{self, Links};
use crate::server::lens;
use crate::server::model::{Action, ActionRequest, Effect, Lens, ManifestEdit};
use crate::server::uses::PlacedUse;
use crate::verdict::Finding;

impl Actor {
    pub(super) fn actions(&self, request: &ActionRequest) -> Vec<Action> {
        type Shown<'a> = (
            &'a Inspection,
            Vec<&'a Finding>,
            &'a [PlacedUse],
            BTreeSet<PackageId>,
            Vec<(String, ManifestEdit)>,
        );
        let shown: Vec<Shown<'_>> = self
            .workspaces
            .iter()
            .filter_map(|(key, workspace)| {
                let shown = workspace.shown.values().collect();
                let uses = self.uses_in(&request.path, *key);
                let kept = workspace.kept_errors.outliving_a_reload();
                let edits = self.edits_that_hold(&workspace.edits);
                Some((workspace.known()?, shown, uses, kept, edits))
            })
            .collect();
        let views: Vec<View<'_>> = shown
            .iter()
            .map(|(inspection, shown, uses, kept, edits)| View {
                inspection,
                shown,
                uses,
                kept,
                edits,
            })
            .collect();
        let mut actions = actions::actions(request, &views);
        for action in &mut actions {
            if let Effect::Edit(edit) = &mut action.effect {
                edit.place.path = self.links.name(&edit.place.path);
            }
        }
        actions
    }

    /// Those whose line is still as it was read, as far as open files tell.
    fn edits_that_hold(&self, edits: &[(String, ManifestEdit)]) -> Vec<(String, ManifestEdit)> {
        let holds = |edit: &ManifestEdit| {
            let text = self.documents.text(&edit.place.path);
            text.is_none_or(|text| Lines::new(text).line(edit.place.line) == edit.line)
        };
        let holding = edits.iter().filter(|(_, edit)| holds(edit));
        holding.cloned().collect()
    }

    /// On a dependency in an open manifest: the macros that it brings in. On a use of a macro: that one.
    pub(super) fn hover(&self, path: &Utf8Path, point: Point) -> Option<String> {
        let links = if self.profile.abilities.command_links {
            Links::Run
        } else {
            Links::Dead
        };
        if path.extension() == Some("rs") {
            return self.workspaces.iter().find_map(|(key, workspace)| {
                let macros = self.macros_used_at(path, point, *key);
                let inspection = workspace.known()?;
                hover::text(&macros, inspection, links, &convert::link_argument)
            });
        }
        if path.file_name() != Some("Cargo.toml") {
            return None;
        }
        let text = self.documents.text(path)?;
        let index = ManifestIndex::parse(path, text).ok()?;
        let position = columns::position(point, &Lines::new(text), self.profile.encoding);
        self.workspaces.values().find_map(|workspace| {
            let inspection = workspace.known()?;
            let macros = self.macros_at(&index, position, inspection)?;
            hover::text(&macros, inspection, links, &convert::link_argument)
        })
    }

    /// Above the dependencies of an open manifest.
    pub(super) fn lenses(&self, path: &Utf8Path) -> Vec<Lens> {
        let text = self.documents.text(path);
        let is_manifest = path.file_name() == Some("Cargo.toml");
        let Some(index) = text
            .filter(|_| is_manifest)
            .and_then(|text| ManifestIndex::parse(path, text).ok())
        else {
            return Vec::new();
        };
        let owner = self
            .workspaces
            .values()
            .find(|workspace| workspace.has_manifest(path));
        owner.map_or_else(Vec::new, |workspace| {
            let shown: Vec<&Finding> = workspace.shown.values().collect();
            let inspection = workspace.inspection.iter();
            inspection
                .flat_map(|inspection| lens::lenses(&index, inspection, &shown))
                .collect()
        })
    }

    fn macros_at<'a>(
        &self,
        index: &ManifestIndex,
        position: crate::locate::Position,
        inspection: &'a Inspection,
    ) -> Option<Vec<&'a InspectedMacro>> {
        let root_manifest = inspection.workspace.root.join("Cargo.toml");
        // Unsaved text counts; a root manifest that is not open is not read here, where nothing may block: then a
        // dependency that is inherited under another name is not found.
        let root = self
            .documents
            .text(&root_manifest)
            .and_then(|text| ManifestIndex::parse(&root_manifest, text).ok());
        let expected: Vec<&ExpectedMacro> = if let Some(dependency) = index.dependency_at(position)
        {
            let package = index.package_of(dependency, root.as_ref());
            let all = inspection
                .macros
                .iter()
                .map(|inspected| &inspected.expected);
            macros_behind(index.path(), dependency.section, &package, all)
        } else {
            let line = index.proc_macro_line()?.line;
            let own = inspection
                .macros
                .iter()
                .map(|inspected| &inspected.expected);
            own.filter(|expected| line == position.line && expected.manifest_path == index.path())
                .collect()
        };
        let inspected = inspection.macros.iter();
        let chosen: Vec<&InspectedMacro> = inspected
            .filter(|inspected| {
                expected
                    .iter()
                    .any(|expected| expected.package_id == inspected.expected.package_id)
            })
            .collect();
        (!chosen.is_empty()).then_some(chosen)
    }
}
