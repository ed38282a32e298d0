//! Which files show what, and which of them changed since they were last told of. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::model::{Mark, MarkPlace};
use crate::names::Location;
use crate::verdict::Finding;

/// What every file shows; a client keeps it until it is told otherwise.
#[derive(Debug, Default)]
pub(crate) struct Published {
    files: BTreeMap<Utf8PathBuf, Vec<Mark>>,
}

impl Published {
    /// Takes in what is to be shown now, and returns the files that change, those that show nothing any more included.
    pub(crate) fn change_to(&mut self, marks: Vec<Mark>) -> Vec<(Utf8PathBuf, Vec<Mark>)> {
        let mut files: BTreeMap<Utf8PathBuf, Vec<Mark>> = BTreeMap::new();
        for mark in marks {
            let Some(file) = mark.file() else {
                continue;
            };
            if let Some(marks) = files.get_mut(file) {
                marks.push(mark);
            } else {
                files.insert(file.to_owned(), vec![mark]);
            }
        }
        let mut changes: Vec<(Utf8PathBuf, Vec<Mark>)> = files
            .iter()
            .filter(|(path, marks)| self.files.get(*path) != Some(*marks))
            .map(|(path, marks)| (path.clone(), marks.clone()))
            .collect();
        let cleared = self.files.keys().filter(|path| !files.contains_key(*path));
        changes.extend(cleared.map(|path| (path.clone(), Vec::new())));
        self.files = files;
        changes
    }

    /// Whether any file below a directory shows something.
    pub(crate) fn has_below(&self, directory: &Utf8Path) -> bool {
        self.files.keys().any(|path| path.starts_with(directory))
    }

    /// Takes in what one file is to show, and returns it where that changes.
    pub(crate) fn change_file(&mut self, path: &Utf8Path, marks: Vec<Mark>) -> Option<Vec<Mark>> {
        let before = self.files.get(path).map_or(&[][..], Vec::as_slice);
        if before == marks.as_slice() {
            return None;
        }
        if marks.is_empty() {
            self.files.remove(path);
        } else {
            self.files.insert(path.to_owned(), marks.clone());
        }
        Some(marks)
    }
}

/// A finding as a mark; without a place of its own it shows at the start of the workspace's manifest.
pub(crate) fn mark(mut finding: Finding, root: Arc<Utf8Path>) -> Mark {
    finding.location.get_or_insert_with(|| Location {
        path: root.join("Cargo.toml"),
        line: 1,
        column: 1,
        end_column: 1,
    });
    Mark {
        workspace: root,
        finding: Arc::new(finding),
        place: MarkPlace::OfFinding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Code, Severity};

    fn at(path: &str, message: &str) -> Mark {
        let finding = Finding {
            code: Code::DylibMissing,
            severity: Severity::Warning,
            message: message.to_owned(),
            packages: Vec::new(),
            location: Some(Location {
                path: path.into(),
                line: 1,
                column: 1,
                end_column: 1,
            }),
            package_ids: Vec::new(),
            remedies: Vec::new(),
            related: Vec::new(),
        };
        mark(finding, Utf8Path::new("/w").into())
    }

    fn changes(published: &mut Published, marks: Vec<Mark>) -> Vec<String> {
        published
            .change_to(marks)
            .into_iter()
            .map(|(path, marks)| {
                let messages: Vec<&str> = marks
                    .iter()
                    .map(|mark| mark.finding.message.as_str())
                    .collect();
                format!("{path}: {}", messages.join(", "))
            })
            .collect()
    }

    #[test]
    fn only_what_changes_is_told() {
        let mut published = Published::default();
        assert_eq!(
            changes(
                &mut published,
                vec![at("/a", "1"), at("/b", "1"), at("/a", "2")]
            ),
            ["/a: 1, 2", "/b: 1"]
        );
        assert!(
            changes(
                &mut published,
                vec![at("/a", "1"), at("/b", "1"), at("/a", "2")]
            )
            .is_empty()
        );
        assert_eq!(
            changes(&mut published, vec![at("/a", "1"), at("/c", "1")]),
            ["/a: 1", "/c: 1", "/b: "]
        );
        let mut one = |marks| {
            let changed = published.change_file(Utf8Path::new("/a"), marks)?;
            Some(changed.len())
        };
        assert_eq!(one(vec![at("/a", "1")]), None);
        assert_eq!(one(vec![at("/a", "1"), at("/a", "2")]), Some(2));
        assert_eq!(one(vec![]), Some(0));
        assert_eq!(one(vec![]), None);
        assert_eq!(one(vec![at("/a", "1")]), Some(1));
        assert_eq!(changes(&mut published, vec![]), ["/a: ", "/c: "]);
        assert!(changes(&mut published, vec![]).is_empty());
    }

    #[test]
    fn a_finding_without_a_place_shows_in_the_manifest() {
        let mut finding = (*at("/a", "1").finding).clone();
        finding.location = None;
        let mark = mark(finding, Utf8Path::new("/w").into());
        assert_eq!(mark.file(), Some(Utf8Path::new("/w/Cargo.toml")));
    }
}
