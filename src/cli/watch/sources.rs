//! Which files a build reads: every `.rs` file below the packages on this machine, and what cargo's dep-info names besides.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

/// Each directory costs the system a watch, and a package may hold a tree of data.
const MOST_DIRECTORIES: usize = 4_000;

/// What is to be watched for builds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sources {
    /// The directories of the packages.
    packages: BTreeSet<Utf8PathBuf>,
    /// Files that a build named.
    named: BTreeSet<Utf8PathBuf>,
    /// Where builds write.
    outputs: BTreeSet<Utf8PathBuf>,
}

/// What lies below the packages now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) directories: BTreeSet<Utf8PathBuf>,
    pub(super) files: BTreeSet<Utf8PathBuf>,
}

impl Sources {
    /// Adds the directories of packages.
    pub(super) fn add_packages(&mut self, packages: impl IntoIterator<Item = Utf8PathBuf>) {
        self.packages.extend(packages);
    }

    /// Adds files that a build named; what the build itself makes is no source.
    pub(super) fn add_named(&mut self, files: impl IntoIterator<Item = Utf8PathBuf>) {
        let outputs = &self.outputs;
        self.named.extend(
            files
                .into_iter()
                .filter(|file| !outputs.iter().any(|output| file.starts_with(output))),
        );
    }

    /// Adds directories that builds write to, which are never looked into.
    pub(super) fn add_outputs(&mut self, directories: impl IntoIterator<Item = Utf8PathBuf>) {
        self.outputs.extend(directories);
    }

    /// The files that a build named. A directory's own time tells nothing: swap files change it too.
    pub(super) fn named(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.named.iter().filter(|named| !named.is_dir())
    }

    /// Walks through the packages. Links to directories are not followed: they may lead in circles.
    pub(super) fn find(&self) -> Found {
        let mut found = Found::default();
        self.walk(self.packages.iter(), is_source, &mut found);
        // A build script that watches a directory means whatever lies in it.
        let directories = self.named.iter().filter(|named| named.is_dir());
        self.walk(directories, is_saved, &mut found);
        found
    }

    fn walk<'a>(
        &self,
        from: impl Iterator<Item = &'a Utf8PathBuf>,
        counts: fn(&Utf8Path) -> bool,
        found: &mut Found,
    ) {
        let mut waiting: Vec<Utf8PathBuf> = from.cloned().collect();
        while let Some(directory) = waiting.pop() {
            if found.directories.len() >= MOST_DIRECTORIES {
                tracing::warn!("too many directories; some are not watched for builds");
                break;
            }
            let Ok(entries) = directory.read_dir_utf8() else {
                continue;
            };
            for entry in entries.filter_map(Result::ok) {
                let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let path = entry.into_path();
                if is_directory {
                    if self.is_for_sources(&path) {
                        waiting.push(path);
                    }
                } else if counts(&path) {
                    found.files.insert(path);
                }
            }
            found.directories.insert(directory);
        }
    }

    /// Hidden directories, those of other package managers, those that call themselves caches (every target directory does) and
    /// those of packages of their own hold no source of this one.
    fn is_for_sources(&self, directory: &Utf8Path) -> bool {
        let is_hidden = is_hidden(directory);
        let is_foreign = directory.file_name() == Some("node_modules");
        let has = |name: &str| directory.join(name).exists();
        !(is_hidden
            || is_foreign
            || self.outputs.contains(directory)
            || self.packages.contains(directory)
            || has("CACHEDIR.TAG")
            || has("Cargo.toml"))
    }
}

fn is_hidden(path: &Utf8Path) -> bool {
    path.file_name().is_some_and(|name| name.starts_with('.'))
}

/// Emacs locks `main.rs` by a link named `.#main.rs`.
fn is_source(path: &Utf8Path) -> bool {
    path.extension() == Some("rs") && !is_hidden(path)
}

/// Not what an editor keeps beside what it edits.
fn is_saved(path: &Utf8Path) -> bool {
    !is_hidden(path) && !path.as_str().ends_with('~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        for path in [
            "Cargo.toml",
            "src/main.rs",
            "src/deep/er/mod.rs",
            "src/.#main.rs",
            "src/.main.rs.swp",
            "src/main.rs~",
            "assets/style.css",
            "assets/style.css~",
            "target/CACHEDIR.TAG",
            "target/debug/build/out.rs",
            "out/made.rs",
            ".git/hook.rs",
            "node_modules/x/y.rs",
            "member/Cargo.toml",
            "member/src/lib.rs",
            "other/Cargo.toml",
            "other/src/lib.rs",
        ] {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let mut sources = Sources::default();
        sources.add_packages([root.clone(), root.join("member")]);
        sources.add_outputs([root.join("out")]);
        let named = ["out/made.rs", "words.txt", "assets"].map(|path| root.join(path));
        sources.add_named(named);
        let relative = |paths: &BTreeSet<Utf8PathBuf>| -> Vec<String> {
            let relative = paths.iter().map(|path| path.strip_prefix(&root).unwrap());
            relative.map(ToString::to_string).collect()
        };
        let found = sources.find();
        assert_eq!(
            relative(&found.files),
            [
                "assets/style.css",
                "member/src/lib.rs",
                "src/deep/er/mod.rs",
                "src/main.rs"
            ]
        );
        assert_eq!(
            relative(&found.directories),
            [
                "",
                "assets",
                "member",
                "member/src",
                "src",
                "src/deep",
                "src/deep/er"
            ]
        );
        assert_eq!(relative(&sources.named().cloned().collect()), ["words.txt"]);
    }
}
