//! Where the root of a workspace is, told by reading alone, for what must be known before cargo is asked or where it refuses.

use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::Document;

use super::read::read_text;

/// The root of the workspace at or above `start`, a directory or a manifest: the nearest manifest with a `[workspace]` table, else the
/// nearest one. Cargo itself also knows of members that are listed or left out; where that matters, ask it.
#[must_use]
pub fn workspace_root(start: &Utf8Path) -> Option<Utf8PathBuf> {
    let start = start.canonicalize_utf8().ok()?;
    let mut directories = start
        .ancestors()
        .filter(|directory| directory.join("Cargo.toml").is_file())
        .peekable();
    let nearest = directories.peek().copied();
    directories
        .find(|directory| is_root(&directory.join("Cargo.toml")))
        .or(nearest)
        .map(Utf8Path::to_owned)
}

fn is_root(manifest: &Utf8Path) -> bool {
    let Ok(text) = read_text(manifest) else {
        return false;
    };
    match Document::parse(text.as_str()) {
        Ok(document) => document.get("workspace").is_some(),
        // In the middle of an edit the lines still tell.
        Err(_) => text.lines().any(|line| line.trim() == "[workspace]"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_workspace_table_marks_the_root() {
        let directory = tempfile::tempdir().unwrap();
        let top = Utf8PathBuf::from_path_buf(directory.path().canonicalize().unwrap()).unwrap();
        for (path, text) in [
            ("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n[broken\n"),
            ("a/Cargo.toml", "[package]\nname = \"a\"\n"),
            (
                "a/nested/Cargo.toml",
                "[package]\nname = \"n\"\n[workspace]\n",
            ),
            ("a/src/lib.rs", ""),
        ] {
            fs::create_dir_all(top.join(path).parent().unwrap()).unwrap();
            fs::write(top.join(path), text).unwrap();
        }
        for (start, root) in [
            ("a/src", ""),
            ("a/Cargo.toml", ""),
            ("a/nested", "a/nested"),
        ] {
            let expected = top.join(root);
            let found = workspace_root(&top.join(start)).unwrap();
            assert_eq!(found, expected.canonicalize_utf8().unwrap(), "{start}");
        }
        fs::remove_file(top.join("Cargo.toml")).unwrap();
        assert_eq!(workspace_root(&top.join("a/src")), Some(top.join("a")));
    }
}
