//! The files of the demo's workspace.

use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::DemoError;

/// The manifest's name; the files here have others, since cargo leaves directories with a manifest out of a package.
const MANIFEST: &str = "Cargo.toml";

/// Each file of the workspace: directory, name, content.
const FILES: &[(&str, &str, &str)] = &[
    ("", MANIFEST, include_str!("files/workspace.toml")),
    ("src", "main.rs", include_str!("files/main.rs")),
    ("demo-macros", MANIFEST, include_str!("files/macros.toml")),
    ("demo-macros/src", "lib.rs", include_str!("files/macros.rs")),
    ("demo-words", MANIFEST, include_str!("files/words.toml")),
    ("demo-words/src", "lib.rs", include_str!("files/words.rs")),
    ("", ".gitignore", "/target\n"),
    // A directory that all of a person's projects share must not be broken for the demo.
    (
        ".cargo",
        "config.toml",
        "[build]\ntarget-dir = \"target\"\nbuild-dir = \"target\"\n",
    ),
];

/// The source whose change makes the workspace's own macro stale.
pub(super) const SOURCE_BELOW_THE_MACRO: &str = "demo-words/src/lib.rs";

/// `sidecargo-demo` in the current directory, with a number where earlier demos still lie there.
pub(super) fn free_directory() -> Utf8PathBuf {
    let first = Utf8PathBuf::from("sidecargo-demo");
    let others = (2..1_000).map(|number| Utf8PathBuf::from(format!("{first}-{number}")));
    // Where none is free, laying out says so.
    std::iter::once(first.clone())
        .chain(others)
        .find(|directory| directory.symlink_metadata().is_err())
        .unwrap_or(first)
}

/// Writes all of it into a directory that is empty or not there yet.
pub(super) fn lay_out(root: &Utf8Path) -> Result<(), DemoError> {
    let is_free = match fs::read_dir(root) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => false,
        Err(source) => {
            let path = root.to_owned();
            return Err(DemoError::Write { path, source });
        }
    };
    if !is_free {
        let directory = root.to_owned();
        return Err(DemoError::Occupied { directory });
    }
    for (directory, name, content) in FILES {
        let directory = root.join(directory);
        let path = directory.join(name);
        fs::create_dir_all(&directory)
            .and_then(|()| fs::write(&path, content))
            .map_err(|source| DemoError::Write { path, source })?;
    }
    Ok(())
}
