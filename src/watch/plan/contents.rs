//! What a plan holds for one workspace: all that can change what was found there.

use std::borrow::Cow;
use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Topic, WatchPlan, spelled};
use crate::expected::PackageSource;
use crate::inspect::Inspection;
use crate::names::Layout;
use crate::watch::Surroundings;

const LOCKS: [&str; 2] = [".cargo-lock", ".cargo-build-lock"];
const CONFIGURATION: [&str; 2] = ["config.toml", "config"];
const RUSTUP_SETTINGS: &str = "settings.toml";
const TOOLCHAIN_FILES: [&str; 2] = ["rust-toolchain.toml", "rust-toolchain"];
const MANIFEST: &str = "Cargo.toml";

impl WatchPlan {
    /// Everything that can change what was found.
    #[must_use]
    pub(crate) fn of(inspection: &Inspection, surroundings: &Surroundings) -> Self {
        let mut plan = Self::default();
        let root = &inspection.workspace.root;
        plan.add_manifests(inspection);
        plan.add_sources(inspection);
        plan.add_what_decides(inspection);
        plan.add_what_chooses_tools(root, surroundings);
        if let Some(toolchain) = &inspection.toolchain {
            plan.add_components(&toolchain.sysroot);
        }
        Self::of_build_directory(inspection).and(&plan)
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

    /// Cargo reads `.cargo/config.toml` in every directory upwards; rustup its toolchain files likewise; and a manifest there may come to
    /// claim the workspace.
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
            for name in TOOLCHAIN_FILES.into_iter().chain([MANIFEST]) {
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
                self.add_others(&rustup_home.join(place), Topic::Input);
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

    /// What builds leave. Hundreds of watches cost the system memory, each build their events, and others theirs, since what one user may
    /// have is limited: so only those places are watched that no build leaves alone, and the macros' own dylibs.
    fn of_build_directory(inspection: &Inspection) -> Self {
        let mut plan = Self::default();
        let workspace = &inspection.workspace;
        let profile = &inspection.profile_directory;
        let build = &workspace.build_directory;
        let anchor = if profile.starts_with(&workspace.root) {
            workspace.root.as_path()
        } else {
            build.parent().unwrap_or(build)
        };
        for lock in LOCKS {
            plan.add_way(anchor, &profile.join(lock), Topic::Lock);
        }
        let places: &[&str] = match inspection.layout {
            Some(Layout::V1) => &["deps", ".fingerprint"],
            Some(Layout::V2) => &["build"],
            None => &["deps", ".fingerprint", "build"],
        };
        let places: Vec<Utf8PathBuf> = places.iter().map(|place| profile.join(place)).collect();
        for place in &places {
            plan.add_way(anchor, place, Topic::Step);
        }
        let dylibs = inspection.macros.iter().flat_map(|it| &it.dylib);
        let fingerprints = inspection
            .macros
            .iter()
            .flat_map(|it| &it.fingerprint_directory);
        // What lies below a macro makes it stale as much as its own.
        let footing = &inspection.footing;
        let below = footing.products.iter().chain(&footing.fingerprints);
        for path in dylibs.clone().chain(fingerprints).chain(below) {
            plan.add_way(anchor, path, Topic::Output);
        }
        for directory in &footing.fingerprints {
            plan.add_others(directory, Topic::Output);
        }
        for input in inputs(inspection, |input| is_left_by_builds(inspection, input)) {
            plan.add_way(anchor, input, Topic::Input);
            plan.add_what_it_may_hold(input);
        }
        let places = places.iter().map(Utf8PathBuf::as_path);
        let watched: BTreeSet<Cow<'_, str>> = dylibs
            .filter_map(|dylib| dylib.parent())
            .chain(places)
            .chain([profile.as_path()])
            .map(spelled)
            .collect();
        let planned = plan.directories.keys();
        plan.interior = planned
            .filter(|directory| Utf8Path::new(directory).starts_with(build))
            .filter(|directory| !watched.contains(directory.as_str()))
            .cloned()
            .collect();
        plan
    }

    /// What decides which macros and units there are. Configuration and toolchain files above are added with what chooses the tools.
    fn add_what_decides(&mut self, inspection: &Inspection) {
        let root = &inspection.workspace.root;
        let deciding = &inspection.footing.deciding;
        let chooses_tools = |path: &Utf8Path| {
            let name = path.file_name().unwrap_or_default();
            let mut names = CONFIGURATION.iter().chain(&TOOLCHAIN_FILES);
            name == RUSTUP_SETTINGS
                || names.any(|other| name == *other)
                || (name == MANIFEST && path.parent().is_some_and(|above| is_above(above, root)))
        };
        for file in deciding.files.iter().filter(|file| !chooses_tools(file)) {
            self.add_beside_or_below(root, file, Topic::Input);
        }
        for file in &deciding.presences {
            self.add_beside_or_below(root, file, Topic::Presence);
        }
        for directory in &deciding.names {
            self.add_beside_or_below(root, directory, Topic::Step);
            self.add_others(directory, Topic::Presence);
        }
        for directory in &deciding.trees {
            self.add_beside_or_below(root, directory, Topic::Step);
            self.add_others(directory, Topic::Input);
        }
    }

    /// What the macros are built from, but for what builds leave.
    fn add_sources(&mut self, inspection: &Inspection) {
        let root = &inspection.workspace.root;
        for input in inputs(inspection, |input| !is_left_by_builds(inspection, input)) {
            self.add_beside_or_below(root, input, Topic::Input);
            self.add_what_it_may_hold(input);
        }
    }

    /// Where a build script named a directory, whatever lies in it counts (cargo, `rerun-if-changed`); only names without an extension are
    /// taken for possible directories.
    fn add_what_it_may_hold(&mut self, input: &Utf8Path) {
        if input.extension().is_none() {
            self.add_others(input, Topic::Input);
        }
    }
}

/// Whether something lies where builds leave what they make, but for the sources of a workspace that lies there itself.
fn is_left_by_builds(inspection: &Inspection, path: &Utf8Path) -> bool {
    let root = &inspection.workspace.root;
    let profile = &inspection.profile_directory;
    path.starts_with(profile) && !(root.starts_with(profile) && path.starts_with(root))
}

/// What the macros are built from, of which something is wanted.
fn inputs(
    inspection: &Inspection,
    is_wanted: impl Fn(&Utf8Path) -> bool,
) -> impl Iterator<Item = &Utf8Path> {
    let inputs = inspection.inputs.iter().map(Utf8PathBuf::as_path);
    inputs.filter(move |input| is_wanted(input))
}

fn is_above(directory: &Utf8Path, root: &Utf8Path) -> bool {
    directory != root && root.starts_with(directory)
}
