//! What is to be watched for one workspace, as plain data: directories, and the names in each that matter.
//!
//! Pure. Nothing is watched recursively: a recursive watch on a build directory costs hundreds of watches and thousands of
//! events per build, and falls silent when its root is removed. Instead the whole way down from a directory that stays
//! (the anchor) to each file is watched flat, so that whatever part of the way is removed and made again is noticed above it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::expected::PackageSource;
use crate::inspect::Inspection;
use crate::names::Layout;

/// What a name in a watched directory stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// A directory on the way to something else.
    Step,
    /// A file of which it counts only that it is there: it makes a target, or a package.
    Presence,
    /// A build lock: cargo closes it after writing when a build ends.
    Lock,
    /// Something that a build makes.
    Output,
    /// Something that a build reads, or that chooses the tools.
    Input,
}

/// The names that matter in one directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    exact: BTreeMap<String, Topic>,
    suffix: BTreeMap<&'static str, Topic>,
}

impl Names {
    /// What a name stands for here; `None` where it does not matter.
    #[must_use]
    pub(crate) fn topic(&self, name: &str) -> Option<Topic> {
        self.exact.get(name).copied().or_else(|| {
            self.suffix
                .iter()
                .find(|(suffix, _)| name.ends_with(*suffix))
                .map(|(_, topic)| *topic)
        })
    }

    /// The names that are known by themselves.
    pub(crate) fn exact(&self) -> impl Iterator<Item = (&str, Topic)> {
        self.exact
            .iter()
            .map(|(name, topic)| (name.as_str(), *topic))
    }

    /// Whether names are also known by how they end, so that only a listing tells them all.
    #[must_use]
    pub(crate) fn is_open(&self) -> bool {
        !self.suffix.is_empty()
    }
}

/// The directories to watch for one workspace, parents before what is below them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WatchPlan {
    /// By their spelling: paths compare by their components, which takes ten times as long, and there are hundreds of them.
    directories: BTreeMap<String, Names>,
    /// Those of them that only hold what chooses the tools, and are somebody else's: a home, a temporary directory.
    around: BTreeSet<String>,
}

/// Directories outside the workspace that choose its tools.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// `CARGO_HOME`, where a configuration file may lie.
    pub(crate) cargo_home: Option<Utf8PathBuf>,
    /// `RUSTUP_HOME`, where toolchains come and go.
    pub(crate) rustup_home: Option<Utf8PathBuf>,
}

impl Surroundings {
    /// Finds them as cargo and rustup do (cargo's `home` crate): by their variables, else below the home directory.
    #[must_use]
    pub(crate) fn from_environment() -> Self {
        let directory = |variable: &str, below_home: &str| {
            let set = std::env::var(variable).ok().filter(|path| !path.is_empty());
            set.map(Utf8PathBuf::from).or_else(|| {
                let home = Utf8PathBuf::from_path_buf(std::env::home_dir()?).ok()?;
                Some(home.join(below_home))
            })
        };
        Self {
            cargo_home: directory("CARGO_HOME", ".cargo"),
            rustup_home: directory("RUSTUP_HOME", ".rustup"),
        }
    }
}

const LOCKS: [&str; 2] = [".cargo-lock", ".cargo-build-lock"];
const CONFIGURATION: [&str; 2] = ["config.toml", "config"];
/// Every name ends with nothing.
const ANY_NAME: &str = "";
const RUSTUP_SETTINGS: &str = "settings.toml";
const TOOLCHAIN_FILES: [&str; 2] = ["rust-toolchain.toml", "rust-toolchain"];

impl WatchPlan {
    /// Everything that can change what was found.
    #[must_use]
    pub(crate) fn of(inspection: &Inspection, surroundings: &Surroundings) -> Self {
        let mut plan = Self::default();
        let root = &inspection.workspace.root;
        plan.add_manifests(inspection);
        plan.add_build_directory(inspection);
        plan.add_inputs(inspection);
        plan.add_what_decides(inspection);
        plan.add_what_chooses_tools(root, surroundings);
        if let Some(toolchain) = &inspection.toolchain {
            plan.add_components(&toolchain.sysroot);
        }
        plan
    }

    /// What to watch where there is no workspace to look at yet: a manifest to come or to be repaired.
    #[must_use]
    pub(crate) fn of_start(start: &Utf8Path, surroundings: &Surroundings) -> Self {
        let directory = if start.extension() == Some("toml") {
            start.parent().unwrap_or(start)
        } else {
            start
        };
        let mut plan = Self::default();
        plan.add_file(directory, "Cargo.toml", Topic::Input);
        plan.add_file(directory, "Cargo.lock", Topic::Input);
        plan.add_what_chooses_tools(directory, surroundings);
        plan
    }

    /// Directories in which any name counts, and single files elsewhere: what a build reads besides the macros' inputs.
    #[must_use]
    pub(crate) fn of_sources<'a>(
        root: &Utf8Path,
        directories: impl IntoIterator<Item = &'a Utf8Path>,
        files: impl IntoIterator<Item = &'a Utf8Path>,
    ) -> Self {
        let mut plan = Self::default();
        for directory in directories {
            plan.add_beside_or_below(root, directory, Topic::Step);
            plan.add_suffix(directory, ANY_NAME, Topic::Input);
        }
        for file in files {
            plan.add_beside_or_below(root, file, Topic::Input);
        }
        plan
    }

    /// The files known by their names that a build reads or that choose the tools.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = Utf8PathBuf> {
        self.directories.iter().flat_map(|(directory, names)| {
            names
                .exact()
                .filter(|(_, topic)| *topic == Topic::Input)
                .map(|(name, _)| Utf8Path::new(directory).join(name))
        })
    }

    /// The same and what another plan watches.
    #[must_use]
    pub(crate) fn and(mut self, other: &Self) -> Self {
        let own: BTreeSet<String> = [&self, other]
            .iter()
            .flat_map(|plan| {
                let directories = plan.directories.keys();
                directories.filter(|directory| !plan.around.contains(*directory))
            })
            .cloned()
            .collect();
        for (directory, names) in &other.directories {
            let directory = Utf8Path::new(directory);
            for (name, topic) in &names.exact {
                self.add_file(directory, name, *topic);
            }
            for (suffix, topic) in &names.suffix {
                self.add_suffix(directory, suffix, *topic);
            }
        }
        self.around.extend(other.around.iter().cloned());
        self.around.retain(|directory| !own.contains(directory));
        self
    }

    /// The directories, parents before what is below them.
    pub(crate) fn directories(&self) -> impl Iterator<Item = (&Utf8Path, &Names)> {
        self.directories
            .iter()
            .map(|(directory, names)| (Utf8Path::new(directory), names))
    }

    /// The names that matter in a directory.
    #[must_use]
    pub(crate) fn names(&self, directory: &Utf8Path) -> Option<&Names> {
        self.directories.get(&*spelled(directory))
    }

    /// Whether a directory is watched only for what chooses the tools, and is none of the workspace's own.
    #[must_use]
    pub(crate) fn is_around(&self, directory: &Utf8Path) -> bool {
        self.around.contains(&*spelled(directory))
    }

    fn names_in(&mut self, directory: &str) -> &mut Names {
        self.directories.entry(directory.to_owned()).or_default()
    }

    fn add_file(&mut self, directory: &Utf8Path, name: &str, topic: Topic) {
        self.add_name(&spelled(directory), name, topic);
    }

    fn add_name(&mut self, directory: &str, name: &str, topic: Topic) {
        let names = self.names_in(directory);
        match names.exact.get_mut(name) {
            // A directory on the way may also matter by itself; then that is the stronger reason.
            Some(known) => *known = topic.max(*known),
            None => {
                names.exact.insert(name.to_owned(), topic);
            }
        }
    }

    /// Watches for `path` and for every directory between it and `anchor`, which is taken to stay.
    fn add_way(&mut self, anchor: &Utf8Path, path: &Utf8Path, topic: Topic) {
        let (anchor, path) = (spelled(anchor), spelled(path));
        let mut topic = topic;
        for below in Utf8Path::new(&*path).ancestors() {
            if below.as_str() == anchor {
                return;
            }
            let (Some(directory), Some(name)) = (below.parent(), below.file_name()) else {
                return;
            };
            self.add_name(directory.as_str(), name, topic);
            topic = Topic::Step;
        }
    }

    fn add_suffix(&mut self, directory: &Utf8Path, suffix: &'static str, topic: Topic) {
        let names = self.names_in(&spelled(directory));
        names.suffix.insert(suffix, topic);
    }

    fn add_manifests(&mut self, inspection: &Inspection) {
        let workspace = &inspection.workspace;
        for name in ["Cargo.toml", "Cargo.lock", "rust-analyzer.toml"] {
            self.add_file(&workspace.root, name, Topic::Input);
        }
        let members = workspace.members.iter().map(|member| &member.manifest_path);
        let local_macros = inspection
            .macros
            .iter()
            .filter(|inspected| inspected.expected.source == PackageSource::Path)
            .map(|inspected| &inspected.expected.manifest_path);
        for manifest in members.chain(local_macros) {
            self.add_beside_or_below(&workspace.root, manifest, Topic::Input);
        }
    }

    /// Comes last: what is planned before it is the workspace's own.
    fn add_what_chooses_tools(&mut self, root: &Utf8Path, surroundings: &Surroundings) {
        let own: BTreeSet<String> = self.directories.keys().cloned().collect();
        self.add_configuration(root, surroundings);
        self.add_toolchains(surroundings);
        let others = self.directories.keys();
        self.around = others
            .filter(|directory| {
                !own.contains(*directory) && !Utf8Path::new(directory).starts_with(root)
            })
            .cloned()
            .collect();
    }

    /// Cargo reads `.cargo/config.toml` in every directory upwards; rustup its toolchain files likewise.
    /// The file system's root is left out: everything that happens on a machine happens below it.
    fn add_configuration(&mut self, root: &Utf8Path, surroundings: &Surroundings) {
        for directory in root.ancestors() {
            if directory.parent().is_none() {
                break;
            }
            for name in CONFIGURATION {
                let path = directory.join(".cargo").join(name);
                self.add_way(directory, &path, Topic::Input);
            }
            for name in TOOLCHAIN_FILES {
                self.add_file(directory, name, Topic::Input);
            }
        }
        if let Some(cargo_home) = &surroundings.cargo_home {
            for name in CONFIGURATION {
                self.add_file(cargo_home, name, Topic::Input);
            }
        }
    }

    /// `settings.toml` holds the default and the overrides; a hash is written whenever a toolchain is installed or updated.
    fn add_toolchains(&mut self, surroundings: &Surroundings) {
        if let Some(rustup_home) = &surroundings.rustup_home {
            self.add_file(rustup_home, RUSTUP_SETTINGS, Topic::Input);
            for place in ["toolchains", "update-hashes"] {
                self.add_suffix(&rustup_home.join(place), ANY_NAME, Topic::Input);
            }
        }
    }

    /// Rustup writes this list anew whenever a component is added to the toolchain or taken from it (rustup, `dist/prefix.rs`,
    /// `dist/component/components.rs`).
    fn add_components(&mut self, sysroot: &Utf8Path) {
        if sysroot.is_absolute() {
            let directory = sysroot.join("lib/rustlib");
            self.add_file(&directory, "components", Topic::Input);
            self.around.insert(spelled(&directory).into_owned());
        }
    }

    fn add_build_directory(&mut self, inspection: &Inspection) {
        let workspace = &inspection.workspace;
        let profile = &inspection.profile_directory;
        let anchor = if profile.starts_with(&workspace.root) {
            workspace.root.as_path()
        } else {
            let build = &workspace.build_directory;
            build.parent().unwrap_or(build)
        };
        for lock in LOCKS {
            self.add_way(anchor, &profile.join(lock), Topic::Lock);
        }
        let places: &[&str] = match inspection.layout {
            Some(Layout::V1) => &["deps", ".fingerprint"],
            Some(Layout::V2) => &["build"],
            None => &["deps", ".fingerprint", "build"],
        };
        for place in places {
            self.add_way(anchor, &profile.join(place), Topic::Step);
        }
        for inspected in &inspection.macros {
            for path in [&inspected.dylib, &inspected.fingerprint_directory]
                .into_iter()
                .flatten()
            {
                self.add_way(anchor, path, Topic::Output);
            }
        }
        // What lies below a macro makes it stale as much as its own.
        let footing = &inspection.footing;
        for path in footing.products.iter().chain(&footing.fingerprints) {
            self.add_way(anchor, path, Topic::Output);
        }
        for directory in &footing.fingerprints {
            self.add_suffix(directory, ANY_NAME, Topic::Output);
        }
    }

    /// What decides which macros and units there are. Configuration and toolchain files above are added with what chooses the tools.
    fn add_what_decides(&mut self, inspection: &Inspection) {
        let root = &inspection.workspace.root;
        let deciding = &inspection.footing.deciding;
        let chooses_tools = |path: &Utf8Path| {
            let name = path.file_name().unwrap_or_default();
            let mut names = CONFIGURATION.iter().chain(&TOOLCHAIN_FILES);
            name == RUSTUP_SETTINGS || names.any(|other| name == *other)
        };
        for file in deciding.files.iter().filter(|file| !chooses_tools(file)) {
            self.add_beside_or_below(root, file, Topic::Input);
        }
        for file in &deciding.presences {
            self.add_beside_or_below(root, file, Topic::Presence);
        }
        for directory in &deciding.names {
            self.add_beside_or_below(root, directory, Topic::Step);
            self.add_suffix(directory, ANY_NAME, Topic::Presence);
        }
        for directory in &deciding.trees {
            self.add_beside_or_below(root, directory, Topic::Step);
            self.add_suffix(directory, ANY_NAME, Topic::Input);
        }
    }

    /// What the macros are built from. Where a build script named a directory, whatever lies in it counts
    /// (cargo, `rerun-if-changed`); only names without an extension are taken for possible directories.
    fn add_inputs(&mut self, inspection: &Inspection) {
        let root = &inspection.workspace.root;
        for input in &inspection.inputs {
            self.add_beside_or_below(root, input, Topic::Input);
            if input.extension().is_none() {
                self.add_suffix(input, ANY_NAME, Topic::Input);
            }
        }
    }

    /// The way from the workspace's root where the file lies below it; else its own directory alone.
    fn add_beside_or_below(&mut self, root: &Utf8Path, path: &Utf8Path, topic: Topic) {
        let anchor = if path.starts_with(root) {
            Some(root)
        } else {
            path.parent()
        };
        if let Some(anchor) = anchor {
            self.add_way(anchor, path, topic);
        }
    }
}

/// One spelling for all paths that are equal.
fn spelled(path: &Utf8Path) -> Cow<'_, str> {
    let text = path.as_str();
    let is_plain = cfg!(unix)
        && !text.contains("//")
        && !text.contains("/./")
        && !text.ends_with("/.")
        && (!text.ends_with('/') || text.len() == 1);
    if is_plain {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(path.components().collect::<Utf8PathBuf>().into_string())
    }
}

#[cfg(test)]
pub(super) mod tests;
