//! What a build made, so that two builds can be told apart, and what it was made from. Reads files; starts nothing.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::messages::LocalArtifact;
use crate::observed::file;
use crate::watch::Stamp;

/// The dep-info of a program names each of its sources; that of a huge one has some MiB.
const DEP_INFO_LIMIT: u64 = 16 << 20;

/// The files that a build made of the packages on this machine, each as it is. Equal ones mean that nothing new was built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Products(Vec<(Utf8PathBuf, Option<Stamp>)>);

impl Products {
    pub(super) fn of(artifacts: &[LocalArtifact]) -> Self {
        let files: BTreeSet<&Utf8PathBuf> = artifacts.iter().flat_map(|made| &made.files).collect();
        let stamped = files
            .into_iter()
            .map(|file| (file.clone(), Stamp::of(file)));
        Self(stamped.collect())
    }

    #[cfg(test)]
    pub(super) fn numbered(number: u64) -> Self {
        Self(vec![(Utf8PathBuf::from(number.to_string()), None)])
    }
}

/// The files that cargo's dep-info files beside these artifacts name: the sources of every package from a path that went into them,
/// and what those include.
pub(super) fn sources(artifacts: &[LocalArtifact]) -> BTreeSet<Utf8PathBuf> {
    let beside: BTreeSet<Utf8PathBuf> = artifacts
        .iter()
        .flat_map(|made| &made.files)
        .map(|file| file.with_extension("d"))
        .collect();
    beside
        .iter()
        .filter_map(|path| read(path))
        .flat_map(|text| files_named_in(&text))
        .collect()
}

fn read(path: &Utf8Path) -> Option<String> {
    let bytes = file::read(path.as_std_path(), DEP_INFO_LIMIT).ok()?;
    String::from_utf8(bytes).ok()
}

/// Cargo writes make's form: `target: file file`, with a backslash before a blank (cargo 1.95, `output_depinfo.rs`).
fn files_named_in(text: &str) -> Vec<Utf8PathBuf> {
    let Some((_, files)) = text.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut name = String::new();
    for word in files.split(' ') {
        if let Some(start) = word.strip_suffix('\\') {
            name.push_str(start);
            name.push(' ');
        } else {
            name.push_str(word);
            found.push(Utf8PathBuf::from(std::mem::take(&mut name)));
        }
    }
    found.retain(|path| path.is_absolute());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dep_info_names_its_files() {
        let text = "/w/target/debug/my\\ app: /w/src/main.rs /w/my\\ words/a\\ b.txt relative.rs\n\n/w/src/main.rs:\n";
        assert_eq!(
            files_named_in(text),
            ["/w/src/main.rs", "/w/my words/a b.txt"]
        );
        assert_eq!(files_named_in(""), Vec::<Utf8PathBuf>::new());
        assert_eq!(files_named_in("/w/app:\n"), Vec::<Utf8PathBuf>::new());
    }
}
