//! Cargo's answers, kept with the key of everything they depend on.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_stable_hash::StableSipHasher128;
use serde::{Deserialize, Serialize};

use super::store;
use crate::expected::{self, Deciding, Expectation, Key};
use crate::settings::CargoSettings;

/// An answer and what it depends on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptAnswer {
    key: Key,
    /// The answer.
    pub expectation: Expectation,
}

impl KeptAnswer {
    /// Keeps an answer that was just given.
    #[must_use]
    pub fn new(
        expectation: Expectation,
        settings: &CargoSettings,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        Self {
            key: Key::of(&expectation, settings, environment),
            expectation,
        }
    }

    /// Whether cargo would still answer so.
    #[must_use]
    pub fn still_fits(
        &self,
        settings: &CargoSettings,
        environment: &BTreeMap<String, String>,
    ) -> bool {
        self.key
            .still_fits(&self.expectation, settings, environment)
    }

    /// What decides whether a new question is necessary, for watching.
    #[must_use]
    pub fn deciding(&self) -> Deciding {
        self.key
            .deciding(&self.expectation.workspace.build_directory)
    }

    /// The directories of it in which every file counts: the rest of it is the same as long as the answer fits.
    #[must_use]
    pub fn deciding_trees(&self) -> Vec<Utf8PathBuf> {
        self.key.trees(&self.expectation.workspace.build_directory)
    }

    /// Writes it below its build directory.
    pub fn remember(&self, settings: &CargoSettings) {
        let workspace = &self.expectation.workspace;
        store::write(
            &workspace.build_directory,
            &file_name(&workspace.root, settings),
            self,
        );
    }
}

/// One question to cargo, with what is known of the state in which it was asked: an answer is of that state only if nothing that it
/// depends on moved meanwhile.
#[derive(Debug)]
pub struct Inquiry {
    began: SystemTime,
    /// What the answer before depended on, in the state before this question.
    before: Option<Key>,
}

/// File systems keep the time of the last tick, which may be that long ago.
const TICK: Duration = Duration::from_millis(20);

impl Inquiry {
    /// Before the question. `last` is the answer before, though it fits no more.
    #[must_use]
    pub fn begin(
        last: Option<&KeptAnswer>,
        settings: &CargoSettings,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let now = SystemTime::now();
        Self {
            began: now.checked_sub(TICK).unwrap_or(now),
            before: last.map(|last| last.key.renewed(&last.expectation, settings, environment)),
        }
    }

    /// Whether all that the answer depends on is as it was when the question was asked.
    #[must_use]
    pub fn is_settled_by(&self, answer: &KeptAnswer) -> bool {
        self.before.as_ref() == Some(&answer.key)
            || !answer
                .key
                .may_have_moved_since(self.began, &answer.expectation)
    }
}

/// Finds a kept answer for the workspace that `directory` belongs to. Starts no process, so the build directory is looked for where it
/// may be; the answer must name the same place itself.
#[must_use]
pub fn recall(
    directory: &Utf8Path,
    settings: &CargoSettings,
    environment: &BTreeMap<String, String>,
) -> Option<KeptAnswer> {
    let manifest = directory.join("Cargo.toml");
    let roots = directory
        .ancestors()
        .filter(|root| root.join("Cargo.toml").is_file());
    for root in roots {
        for build_directory in expected::possible_build_directories(root, settings, environment) {
            let path = store::directory(&build_directory).join(file_name(root, settings));
            let Some(kept) = store::read::<KeptAnswer>(&path) else {
                continue;
            };
            let workspace = &kept.expectation.workspace;
            let is_member = workspace
                .members
                .iter()
                .any(|member| member.manifest_path == manifest)
                || workspace.root == directory;
            let is_same_place = workspace.root == root
                && same_directory(&workspace.build_directory, &build_directory);
            if is_member && is_same_place && kept.still_fits(settings, environment) {
                return Some(kept);
            }
        }
    }
    None
}

fn same_directory(one: &Utf8Path, other: &Utf8Path) -> bool {
    one == other
        || matches!((one.canonicalize_utf8(), other.canonicalize_utf8()), (Ok(one), Ok(other)) if one == other)
}

/// The form of a kept answer: one of another form is not found, and cargo is asked again.
const FORM: u32 = 2;

/// One file for each workspace and choice of settings, so that two editors with different ones do not take turns.
fn file_name(root: &Utf8Path, settings: &CargoSettings) -> String {
    let mut hasher = StableSipHasher128::new();
    (FORM, root.as_str(), format!("{settings:?}")).hash(&mut hasher);
    format!("expectation-{:016x}.json", Hasher::finish(&hasher))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;
    use crate::verdict::fixtures;

    const SETTLE: Duration = Duration::from_millis(50);

    struct Bench {
        _directory: tempfile::TempDir,
        expectation: Expectation,
    }

    impl Bench {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let mut expectation = fixtures::expectation();
            let root = Utf8Path::from_path(directory.path()).unwrap();
            fs::create_dir(root.join("src")).unwrap();
            fs::write(root.join("Cargo.toml"), "[package]\n").unwrap();
            fs::write(root.join("build.rs"), "").unwrap();
            root.clone_into(&mut expectation.workspace.root);
            expectation.workspace.build_directory = root.join("target");
            expectation.local_packages.push(root.to_owned());
            // What was written before the question is none of its troubles.
            std::thread::sleep(SETTLE);
            Self {
                _directory: directory,
                expectation,
            }
        }

        fn root(&self) -> &Utf8Path {
            &self.expectation.workspace.root
        }

        fn answer(&self) -> KeptAnswer {
            let settings = CargoSettings::default();
            KeptAnswer::new(self.expectation.clone(), &settings, &BTreeMap::new())
        }
    }

    fn ask(last: Option<&KeptAnswer>) -> Inquiry {
        Inquiry::begin(last, &CargoSettings::default(), &BTreeMap::new())
    }

    #[test]
    fn an_answer_counts_where_nothing_moved_under_the_question() {
        let bench = Bench::new();
        assert!(ask(None).is_settled_by(&bench.answer()));
    }

    #[test]
    fn what_moves_under_the_question_unsettles_it() {
        type Change = fn(&Utf8Path);
        let changes: [(&str, Change); 5] = [
            ("a manifest is edited", |root| {
                fs::write(root.join("Cargo.toml"), "[package]\nedition = \"2024\"\n").unwrap();
            }),
            ("a manifest is edited and dated back", |root| {
                fs::write(root.join("Cargo.toml"), "[package]\n\n").unwrap();
                let file = fs::File::options()
                    .write(true)
                    .open(root.join("Cargo.toml"))
                    .unwrap();
                file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
            }),
            ("a configuration file comes", |root| {
                fs::create_dir(root.join(".cargo")).unwrap();
                fs::write(root.join(".cargo/config.toml"), "").unwrap();
            }),
            ("a build script goes", |root| {
                fs::remove_file(root.join("build.rs")).unwrap();
            }),
            ("a source comes", |root| {
                fs::write(root.join("src/main.rs"), "").unwrap();
            }),
        ];
        for (what, change) in changes {
            let bench = Bench::new();
            let inquiry = ask(None);
            change(bench.root());
            assert!(!inquiry.is_settled_by(&bench.answer()), "{what}");
        }
    }

    #[test]
    fn what_the_answer_before_rested_on_tells_without_any_clock() {
        let bench = Bench::new();
        fs::write(bench.root().join("Cargo.toml"), "[package]\n\n").unwrap();
        let before = bench.answer();
        assert!(!ask(None).is_settled_by(&before), "just written");
        let again = ask(Some(&before));
        assert!(again.is_settled_by(&bench.answer()));
        let again = ask(Some(&before));
        fs::write(bench.root().join("Cargo.toml"), "[package]\n").unwrap();
        assert!(!again.is_settled_by(&bench.answer()));
    }
}
