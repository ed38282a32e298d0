//! Everything on which cargo's answer depends, so that a kept answer is used only while nothing of it has moved.
//!
//! The key is worked out by reading alone, never by asking: it must hold where no process may be started.

mod anchors;
mod packages;
mod remembered;
mod tree;

use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_stable_hash::{FromStableHash, SipHasher128Hash, StableSipHasher128};
use serde::{Deserialize, Serialize};

use super::config_files::ConfigFiles;
use super::{Expectation, toolchain};
use crate::cargo::invocation::configuration_arguments;
use crate::observed::file;
use crate::observed::identity::{Reliance, SETTLING};
use crate::settings::CargoSettings;
use packages::{
    member_pattern_items, package_items, parent_manifests, summarised_packages, unpacked_packages,
};
use remembered::Remembered;
use tree::tree;

/// Raised when the form of a kept answer, or what it depends on, changes.
const FORMAT: u32 = 3;
/// A manifest or lock file beyond this size is taken by its time alone.
const CONTENT_LIMIT: u64 = 16 << 20;

/// What an answer depends on, and the digest of its state when the answer was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    items: Vec<Item>,
    variables: Vec<String>,
    digest: Digest,
    #[serde(skip)]
    memory: Memory,
}

/// What this process read of a key's items; it makes looking cheaper, and no key another.
#[derive(Debug, Default)]
struct Memory(Mutex<Remembered>);

impl Clone for Memory {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Memory {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Memory {}

/// What decides cargo's answer, by the way in which it does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deciding {
    /// Files whose content counts, those that are missing included.
    pub files: Vec<Utf8PathBuf>,
    /// Files of which it counts only whether they are there.
    pub presences: Vec<Utf8PathBuf>,
    /// Directories in which the names count.
    pub names: Vec<Utf8PathBuf>,
    /// Directories in which every file and its time counts.
    pub trees: Vec<Utf8PathBuf>,
}

/// 128 bits over the state of all items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Digest(u64, u64);

impl FromStableHash for Digest {
    type Hash = SipHasher128Hash;

    fn from(SipHasher128Hash([low, high]): Self::Hash) -> Self {
        Self(high, low)
    }
}

/// One thing that an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Item {
    /// The content of a file, or that there is none.
    File(Utf8PathBuf),
    /// The names in a directory.
    Names(Utf8PathBuf),
    /// Whether there is a file.
    Presence(Utf8PathBuf),
    /// Size and time of a program, or of another file that hardly ever changes.
    Program(Utf8PathBuf),
    /// Names and times of all files in a directory tree, build directory left out.
    Tree(Utf8PathBuf),
}

impl Key {
    /// The key of an answer that was just given for these settings.
    #[must_use]
    pub fn of(
        expectation: &Expectation,
        settings: &CargoSettings,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let root = &expectation.workspace.root;
        let config = ConfigFiles::find(root, expectation.environment.cargo_home.as_deref());
        let mut items: Vec<Item> = config.files.iter().cloned().map(Item::File).collect();
        items.extend(
            toolchain::files(root, environment)
                .into_iter()
                .map(Item::File),
        );
        items.extend(files_among_arguments(root, settings).map(Item::File));
        items.push(Item::File(root.join("Cargo.toml")));
        items.push(Item::File(root.join("Cargo.lock")));
        for package in &expectation.local_packages {
            items.extend(package_items(package));
        }
        items.extend(member_pattern_items(root));
        items.extend(parent_manifests(root));
        items.extend(unpacked_packages(expectation));
        let sysroot = &expectation.toolchain.sysroot;
        // Behind rustup's stand-in it is the toolchain's own cargo that answers, while the component is there.
        for program in ["rustc", "cargo"] {
            let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
            items.push(Item::Program(sysroot.join("bin").join(name)));
        }
        items.push(Item::Program(Utf8PathBuf::from(
            &expectation.environment.cargo_program,
        )));
        let environment_of_cargo = settings.environment_over(environment);
        items.extend(named_rustc(&config, root, &environment_of_cargo).map(Item::Program));
        items.extend(summarised_packages(expectation).map(Item::Tree));
        // What lies together is looked at together.
        items.sort_by(|one, other| (one.path(), one).cmp(&(other.path(), other)));
        items.dedup();
        let mut key = Self {
            items,
            variables: config.variables,
            digest: Digest(0, 0),
            memory: Memory::default(),
        };
        key.digest = key.state(expectation, settings, environment);
        key
    }

    /// Whether nothing has moved since: the answer is still cargo's.
    #[must_use]
    pub fn still_fits(
        &self,
        expectation: &Expectation,
        settings: &CargoSettings,
        environment: &BTreeMap<String, String>,
    ) -> bool {
        self.digest == self.state(expectation, settings, environment)
    }

    /// The key of the same things in their state of now.
    #[must_use]
    pub fn renewed(
        &self,
        expectation: &Expectation,
        settings: &CargoSettings,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        Self {
            digest: self.state(expectation, settings, environment),
            ..self.clone()
        }
    }

    /// Whether anything of it may have changed at this time or later, by the times that nobody can set back. That something outside the
    /// workspace was taken away does not show.
    #[must_use]
    pub fn may_have_moved_since(&self, time: SystemTime, expectation: &Expectation) -> bool {
        let workspace = &expectation.workspace;
        let is_young = |path: &Utf8Path| {
            file::changed(path.as_std_path()).is_some_and(|changed| changed >= time)
        };
        let is_of_workspace = |path: &Utf8Path| {
            let mut own = std::iter::once(&workspace.root).chain(&expectation.local_packages);
            own.any(|directory| path.starts_with(directory))
        };
        // What is not there now may have been: then the directory where it was has changed.
        let is_young_or_gone = |path: &Utf8Path| {
            let nearest = path.ancestors().find(|path| path.exists());
            is_young(path)
                || nearest.is_some_and(|nearest| {
                    nearest != path && is_of_workspace(nearest) && is_young(nearest)
                })
        };
        self.items.iter().any(|item| match item {
            Item::File(path) | Item::Names(path) | Item::Presence(path) | Item::Program(path) => {
                is_young_or_gone(path)
            }
            Item::Tree(path) => {
                let tree = tree(
                    path,
                    &workspace.build_directory,
                    &mut Reliance::begin(SETTLING),
                );
                let files = tree.files.iter().map(|(path, _)| path);
                let directories = tree.directories.iter().map(|directory| &directory.path);
                files.chain(directories).any(|path| is_young(path))
            }
        })
    }

    /// What decides the answer, for watching.
    #[must_use]
    pub fn deciding(&self, build_directory: &Utf8Path) -> Deciding {
        let mut deciding = Deciding {
            trees: self.trees(build_directory),
            ..Deciding::default()
        };
        for item in &self.items {
            match item {
                Item::File(path) => deciding.files.push(path.clone()),
                Item::Presence(path) => deciding.presences.push(path.clone()),
                Item::Names(path) => deciding.names.push(path.clone()),
                // Toolchains are watched by their hashes; the others hardly ever change.
                Item::Program(_) | Item::Tree(_) => {}
            }
        }
        deciding
    }

    /// The directories in which every file and its time counts: all else of what decides the answer is the same as long as it fits.
    #[must_use]
    pub fn trees(&self, build_directory: &Utf8Path) -> Vec<Utf8PathBuf> {
        let memory = self.memory.0.lock();
        let remembered = memory.unwrap_or_else(PoisonError::into_inner);
        let trees = self.items.iter().enumerate();
        let trees = trees.filter_map(|(place, item)| match item {
            Item::Tree(path) => Some((place, path)),
            _ => None,
        });
        trees
            .flat_map(|(place, path)| {
                remembered.tree_directories(place).unwrap_or_else(|| {
                    tree(path, build_directory, &mut Reliance::begin(SETTLING)).into_directories()
                })
            })
            .collect()
    }

    fn state(
        &self,
        expectation: &Expectation,
        settings: &CargoSettings,
        environment: &BTreeMap<String, String>,
    ) -> Digest {
        let memory = self.memory.0.lock();
        let mut remembered = memory.unwrap_or_else(PoisonError::into_inner);
        let items = remembered.digest(&self.items, &expectation.workspace);
        let mut hasher = StableSipHasher128::new();
        (FORMAT, env!("CARGO_PKG_VERSION"), format!("{settings:?}")).hash(&mut hasher);
        for (name, value) in environment {
            if enters_the_answer(name) || self.variables.contains(name) {
                (name, value).hash(&mut hasher);
            }
        }
        items.hash(&mut hasher);
        hasher.finish()
    }
}

/// Whether a variable can change what cargo expects. Variables of config's `[env]` table are named by the key itself; those that
/// units track are compared one by one in the verdict.
fn enters_the_answer(name: &str) -> bool {
    const OF_RUNNING_TOOLS: &[&str] = &[
        "CARGO",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_MAKEFLAGS",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_LINKS",
        "CARGO_MANIFEST_PATH",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "RUSTUP_TOOLCHAIN_SOURCE",
        "RUST_BACKTRACE",
        "RUST_LOG",
        "RUST_MIN_STACK",
        "RUST_RECURSION_COUNT",
        "RUST_TEST_THREADS",
    ];
    let is_of_cargo = ["CARGO", "RUST", "__CARGO"]
        .iter()
        .any(|prefix| name.starts_with(prefix));
    let is_of_running_tool = OF_RUNNING_TOOLS.contains(&name)
        || name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_BIN_EXE_");
    (is_of_cargo && !is_of_running_tool) || matches!(name, "PATH" | "HOME" | "USERPROFILE")
}

impl Item {
    fn path(&self) -> &str {
        match self {
            Self::File(path)
            | Self::Names(path)
            | Self::Presence(path)
            | Self::Program(path)
            | Self::Tree(path) => path.as_str(),
        }
    }
}

/// The programs that stand for rustc by their path: one may be a script, and run another compiler from now on.
fn named_rustc(
    config: &ConfigFiles,
    root: &Utf8Path,
    environment: &BTreeMap<String, String>,
) -> impl Iterator<Item = Utf8PathBuf> {
    let by_environment = ["RUSTC", "CARGO_BUILD_RUSTC"]
        .into_iter()
        .filter_map(|name| environment.get(name));
    let named: Vec<Utf8PathBuf> = by_environment
        .chain(&config.compilers)
        .filter(|program| program.contains(['/', '\\']))
        .map(|program| root.join(program))
        .collect();
    named.into_iter()
}

/// The configuration files that `cargo.extraArgs` name: what `--config` takes for one is there (cargo 1.95, `context/mod.rs`,
/// `cli_args_as_table`).
fn files_among_arguments(
    root: &Utf8Path,
    settings: &CargoSettings,
) -> impl Iterator<Item = Utf8PathBuf> {
    configuration_arguments(settings)
        .into_iter()
        .map(|argument| root.join(argument.strip_prefix("--config=").unwrap_or(&argument)))
        .filter(|path| path.is_file())
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
