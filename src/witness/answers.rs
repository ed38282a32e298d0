//! Cargo's answers, kept with the key of everything they depend on.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use camino::Utf8Path;
use rustc_stable_hash::StableSipHasher128;
use serde::{Deserialize, Serialize};

use super::store;
use crate::expected::{self, Expectation, Key};
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

    /// The files whose change makes a new question necessary, for watching.
    pub fn files(&self) -> impl Iterator<Item = &Utf8Path> {
        self.key.files()
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
