//! The files that are open in the client, as they stand there, saved or not. Pure.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::columns::{Point, offset};
use super::model::Encoding;
use crate::locate::Lines;

/// One change of an open file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// What is replaced, first and last place, in the text as the edits before left it; `None` for all of it.
    pub(crate) range: Option<(Point, Point)>,
    pub(crate) text: String,
}

/// The open files.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    texts: BTreeMap<Utf8PathBuf, String>,
    encoding: Encoding,
}

impl Documents {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self {
            texts: BTreeMap::new(),
            encoding,
        }
    }

    pub(crate) fn open(&mut self, path: Utf8PathBuf, text: String) {
        self.texts.insert(path, text);
    }

    pub(crate) fn close(&mut self, path: &Utf8Path) {
        self.texts.remove(path);
    }

    /// Applies edits to an open file; to another, nothing.
    pub(crate) fn edit(&mut self, path: &Utf8Path, edits: Vec<Edit>) {
        let Some(text) = self.texts.get_mut(path) else {
            return;
        };
        for edit in edits {
            let Some((start, end)) = edit.range else {
                *text = edit.text;
                continue;
            };
            let lines = Lines::new(text);
            let start = offset(start, &lines, self.encoding).unwrap_or(text.len());
            let end = offset(end, &lines, self.encoding).unwrap_or(text.len());
            let end = end.max(start);
            text.replace_range(start..end, &edit.text);
        }
    }

    /// The open files below a directory.
    pub(crate) fn below(&self, directory: &Utf8Path) -> Vec<Utf8PathBuf> {
        let paths = self.texts.keys();
        paths
            .filter(|path| path.starts_with(directory))
            .cloned()
            .collect()
    }

    pub(crate) fn text(&self, path: &Utf8Path) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(start: (u32, u32), end: (u32, u32), text: &str) -> Edit {
        let point = |(line, units)| Point { line, units };
        Edit {
            range: Some((point(start), point(end))),
            text: text.to_owned(),
        }
    }

    #[test]
    fn edits_build_on_one_another() {
        let path = Utf8Path::new("/w/Cargo.toml");
        let mut documents = Documents::new(Encoding::Utf16);
        documents.open(path.to_owned(), "a = \"🦀\"\nb = 2\n".to_owned());
        documents.edit(
            path,
            vec![
                part((0, 7), (0, 7), "!"),
                part((1, 0), (2, 0), ""),
                part((9, 9), (9, 9), "c"),
            ],
        );
        assert_eq!(documents.text(path), Some("a = \"🦀!\"\nc"));
        let whole = Edit {
            range: None,
            text: "x".to_owned(),
        };
        documents.edit(path, vec![whole, part((0, 1), (0, 0), "y")]);
        assert_eq!(documents.text(path), Some("xy"));
        documents.close(path);
        documents.edit(path, vec![part((0, 0), (0, 0), "z")]);
        assert_eq!(documents.text(path), None);
    }
}
