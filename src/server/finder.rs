//! Where workspaces may begin: a manifest in a folder, above it or one level below, a linked one, the nearest of an open file.
//!
//! Reads directories, so it runs beside the actor, never in it.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::links::Link;
use crate::watch::Surroundings;

/// No more directories than these are tried below a folder: a home directory is no project.
const MOST_DIRECTORIES: usize = 200;

/// And no more entries are looked at to find them: files may lie between them by the thousand.
const MOST_ENTRIES: usize = 10_000;

/// The manifests of a folder: the linked ones, or else the nearest one at or above it, or else those one level below
/// (as rust-analyzer does, `project-model/src/lib.rs`, `ProjectManifest::discover`).
pub(crate) fn in_folder(folder: &Utf8Path, linked: &[Utf8PathBuf]) -> Vec<Utf8PathBuf> {
    if !linked.is_empty() {
        return linked
            .iter()
            .filter_map(|path| linked_manifest(folder, path))
            .collect();
    }
    if let Some(manifest) = nearest(folder) {
        return vec![manifest];
    }
    let Ok(entries) = folder.read_dir_utf8() else {
        return Vec::new();
    };
    let below: BTreeSet<Utf8PathBuf> = entries
        .take(MOST_ENTRIES)
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_file()))
        .take(MOST_DIRECTORIES)
        .map(|entry| entry.path().join("Cargo.toml"))
        .filter(|manifest| manifest.is_file())
        .collect();
    below.into_iter().collect()
}

fn linked_manifest(folder: &Utf8Path, path: &Utf8Path) -> Option<Utf8PathBuf> {
    let path = folder.join(path);
    let manifest = if path.is_dir() {
        path.join("Cargo.toml")
    } else {
        path
    };
    (manifest.file_name() == Some("Cargo.toml")).then_some(manifest)
}

/// The nearest manifest at or above a path.
pub(crate) fn nearest(path: &Utf8Path) -> Option<Utf8PathBuf> {
    path.ancestors()
        .map(|directory| directory.join("Cargo.toml"))
        .find(|manifest| manifest.is_file())
}

/// The link through which a directory is seen, as far up as the two names differ by nothing else; `None` where its name is the real one.
pub(crate) fn link_to(directory: &Utf8Path) -> Option<Link> {
    // Real paths have a form of their own there (`\\?\…`), which no client and no cargo uses.
    if cfg!(windows) {
        return None;
    }
    let real = directory.canonicalize_utf8().ok()?;
    let mut link = Link {
        name: directory.to_owned(),
        real,
    };
    if link.name == link.real {
        return None;
    }
    while link.name.file_name() == link.real.file_name()
        && let (Some(name), Some(real)) = (link.name.parent(), link.real.parent())
        && name.canonicalize_utf8().is_ok_and(|parent| parent == real)
    {
        link = Link {
            name: name.to_owned(),
            real: real.to_owned(),
        };
    }
    Some(link)
}

/// Whether an open file may lead to a workspace of the person's: sources of dependencies and of the toolchain do not.
pub(crate) fn may_lead_to_a_workspace(path: &Utf8Path, surroundings: &Surroundings) -> bool {
    if !matches!(path.extension(), Some("rs" | "toml")) {
        return false;
    }
    let below = |home: &Option<Utf8PathBuf>, part: &str| {
        home.as_ref()
            .is_some_and(|home| path.starts_with(home.join(part)))
    };
    !below(&surroundings.cargo_home, "registry")
        && !below(&surroundings.cargo_home, "git")
        && !below(&surroundings.rustup_home, "toolchains")
}

/// The manifest of an open file's package, unless the package is vendored.
pub(crate) fn of_open_file(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let manifest = nearest(path)?;
    // `cargo vendor` leaves this beside every manifest.
    let vendored = manifest.with_file_name(".cargo-checksum.json").is_file();
    (!vendored).then_some(manifest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    #[test]
    fn manifests_are_found_as_rust_analyzer_finds_them() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        for path in ["one/src", "two/deep/src", "three"] {
            fs::create_dir_all(root.join(path)).unwrap();
        }
        for manifest in ["one/Cargo.toml", "two/deep/Cargo.toml"] {
            fs::write(root.join(manifest), "").unwrap();
        }
        let found = |folder: &str, linked: &[&str]| -> Vec<String> {
            let linked: Vec<Utf8PathBuf> = linked.iter().map(Utf8PathBuf::from).collect();
            in_folder(&root.join(folder), &linked)
                .iter()
                .map(|path| path.strip_prefix(&root).unwrap().to_string())
                .collect()
        };
        assert_eq!(found("", &[]), ["one/Cargo.toml"]);
        assert_eq!(found("one", &[]), ["one/Cargo.toml"]);
        assert_eq!(found("one/src", &[]), ["one/Cargo.toml"]);
        assert!(found("three", &[]).is_empty());
        assert_eq!(
            found("", &["two/deep", "one/Cargo.toml", "one/src/lib.rs"]),
            ["two/deep/Cargo.toml", "one/Cargo.toml"]
        );
        fs::write(root.join("Cargo.toml"), "").unwrap();
        assert_eq!(found("", &[]), ["Cargo.toml"]);
    }

    #[test]
    fn projects_are_found_among_many_files() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        for number in 0..2_000 {
            fs::write(root.join(format!("note-{number}")), "").unwrap();
        }
        let projects = ["a", "b", "c", "d", "e"].map(|name| root.join(name).join("Cargo.toml"));
        for manifest in &projects {
            fs::create_dir(manifest.parent().unwrap()).unwrap();
            fs::write(manifest, "").unwrap();
        }
        assert_eq!(in_folder(&root, &[]), projects);
    }

    #[test]
    fn sources_of_others_lead_nowhere() {
        let surroundings = Surroundings {
            cargo_home: Some("/home/me/.cargo".into()),
            rustup_home: Some("/home/me/.rustup".into()),
        };
        for (path, expected) in [
            ("/home/me/ws/src/lib.rs", true),
            ("/home/me/ws/Cargo.toml", true),
            ("/home/me/ws/README.md", false),
            (
                "/home/me/.cargo/registry/src/index/serde-1.0.0/src/lib.rs",
                false,
            ),
            ("/home/me/.cargo/git/checkouts/x/1/src/lib.rs", false),
            ("/home/me/.cargo/config.toml", true),
            (
                "/home/me/.rustup/toolchains/stable/lib/rustlib/src/rust/library/core/src/lib.rs",
                false,
            ),
        ] {
            assert_eq!(
                may_lead_to_a_workspace(Utf8Path::new(path), &surroundings),
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn a_vendored_package_is_no_workspace() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        fs::create_dir(root.join("src")).unwrap();
        fs::write(root.join("Cargo.toml"), "").unwrap();
        let file = root.join("src/lib.rs");
        assert_eq!(of_open_file(&file), Some(root.join("Cargo.toml")));
        fs::write(root.join(".cargo-checksum.json"), "{}").unwrap();
        assert_eq!(of_open_file(&file), None);
    }
}
