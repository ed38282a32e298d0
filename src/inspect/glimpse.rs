//! What is certain before cargo has told all that it expects: that the dylib of a unit is gone which cargo has just planned by the very
//! hash of a complete build on disk. Whatever leaves a doubt is left to the whole look.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::by_reading::directory_of_profile;
use super::{BuildActivity, Coverage, Footing, InspectedMacro, Inspection, Inspector, LastBuild};
use crate::cargo::at_work::{AtWork, Attention, Onlooker, Progress};
use crate::expected::{
    self, CargoEnvironment, Expectation, ExpectedMacro, HashMirror, LockFile, LockedPackages,
    PackageSource, SourceGraph, Told, Toolchain, UnitIndex, Workspace,
};
use crate::locate::{self, Manifests};
use crate::observed::dylib::{self, DylibObservation};
use crate::observed::gone::{self, GoneDylib, GoneDylibs};
use crate::observed::lock::{self, LockState};
use crate::settings::Expansion;
use crate::verdict::{Context, MissingReason, Verdict, gather};

/// Looks on while cargo is asked, and tells at most once.
pub(super) struct Glimpse<'a> {
    inspector: &'a Inspector,
    environment: &'a BTreeMap<String, String>,
    tell: &'a mut dyn FnMut(Inspection),
    scene: Option<Scene>,
}

/// What the disk holds.
struct Scene {
    workspace: Workspace,
    /// The profile's directory, relative to the build directory.
    profile: String,
    gone: GoneDylibs,
}

impl<'a> Glimpse<'a> {
    /// `None` where settings may make of it what only the whole look can tell.
    pub(super) fn new(
        inspector: &'a Inspector,
        environment: &'a BTreeMap<String, String>,
        tell: &'a mut dyn FnMut(Inspection),
    ) -> Option<Self> {
        let settings = &inspector.settings;
        let is_plain = settings.cargo.override_command.is_none()
            && settings.cargo.extra_arguments.is_empty()
            && settings.proc_macro.expansion == Expansion::Enabled;
        is_plain.then_some(Self {
            inspector,
            environment,
            tell,
            scene: None,
        })
    }
}

impl Onlooker for Glimpse<'_> {
    fn look_on(&mut self, at_work: &AtWork<'_>) -> Attention {
        let profile = self.inspector.profile();
        let scene = self
            .scene
            .get_or_insert_with(|| Scene::of(at_work, directory_of_profile(&profile)));
        if scene.gone.dylibs.is_empty() {
            return Attention::Goes;
        }
        // Asked first: what is not expected after that never will be.
        let progress = at_work.progress();
        let (planned, others): (Vec<&GoneDylib>, Vec<&GoneDylib>) = scene
            .gone
            .dylibs
            .iter()
            .partition(|gone| at_work.expects(&gone.fingerprint_directory));
        let is_settled = others.is_empty() && scene.gone.unfinished.is_empty();
        if progress == Progress::Planning && !is_settled {
            return Attention::Stays;
        }
        if let Some(inspection) = scene.told(&planned, at_work, self.inspector, self.environment) {
            (self.tell)(inspection);
        }
        Attention::Goes
    }
}

impl Scene {
    fn of(at_work: &AtWork<'_>, profile: &str) -> Self {
        let workspace = expected::workspace_of(at_work.metadata);
        let directory = workspace.build_directory.join(profile);
        Self {
            gone: match lock::state(&directory) {
                LockState::Free => gone::find(&workspace.build_directory, profile),
                LockState::Held => GoneDylibs::default(),
            },
            profile: profile.to_owned(),
            workspace,
        }
    }

    /// What is to be told of these, all of which cargo expects; `None` where any of it is in doubt.
    fn told(
        &self,
        planned: &[&GoneDylib],
        at_work: &AtWork<'_>,
        inspector: &Inspector,
        environment: &BTreeMap<String, String>,
    ) -> Option<Inspection> {
        // Of what is not done somebody may be at work on the rest.
        let is_unfinished = || {
            let unfinished = &self.gone.unfinished;
            !unfinished.is_empty() && !unfinished.is_disjoint(&at_work.units(&self.profile))
        };
        if planned.is_empty() || is_unfinished() {
            return None;
        }
        let text = at_work.lock_file()?;
        let packages = LockedPackages::parse(&text);
        let macros: Vec<InspectedMacro> = planned
            .iter()
            .map(|gone| self.inspected(gone, &packages, at_work, inspector))
            .collect::<Option<_>>()?;
        let expectation = self.expectation(planned, &macros, at_work, inspector, environment);
        let profile_directory = super::profile_directory(&expectation);
        let context = Context {
            workspace: &expectation.workspace,
            profile_directory: &profile_directory,
            toolchain: Some(&expectation.toolchain),
            settings: &inspector.settings,
        };
        let findings = inspector.complete(gather(&macros, &context), &macros, &expectation);
        let is_everywhere_placed = findings.iter().all(|finding| finding.location.is_some());
        // Last of all: what was read stood still until here.
        let is_still_so = || {
            lock::state(&profile_directory) == LockState::Free
                && planned.iter().all(|gone| self.is_gone(gone))
        };
        if !is_everywhere_placed || !is_still_so() {
            return None;
        }
        Some(Inspection {
            layout: Some(expectation.layout),
            profile: inspector.profile(),
            toolchain: Some(expectation.toolchain),
            rust_analyzer: None,
            workspace: expectation.workspace.into(),
            build: BuildActivity::Idle,
            orphans: Vec::new(),
            findings,
            inputs: Vec::new(),
            footing: Footing::default().into(),
            sources: SourceGraph::default().into(),
            coverage: Coverage::Glimpse,
            limits: Some(
                "cargo has not yet told all that it expects, so only what is certain without it is shown"
                    .to_owned(),
            ),
            macros,
            profile_directory,
        })
    }

    fn is_gone(&self, gone: &GoneDylib) -> bool {
        let fingerprint = self.absolute(&gone.fingerprint_directory);
        gone::is_complete(&fingerprint)
            && matches!(dylib::read(&gone.dylib), DylibObservation::Missing(_))
    }

    fn absolute(&self, path: &Utf8Path) -> Utf8PathBuf {
        self.workspace.build_directory.join(path)
    }

    fn inspected(
        &self,
        gone: &GoneDylib,
        packages: &LockedPackages<'_>,
        at_work: &AtWork<'_>,
        inspector: &Inspector,
    ) -> Option<InspectedMacro> {
        let ignored = &inspector.settings.proc_macro.ignored;
        let is_ignored = ignored
            .keys()
            .any(|name| name.replace('-', "_") == gone.crate_name.as_str());
        if is_ignored {
            return None;
        }
        let package = packages.certain(&gone.package, at_work.metadata)?;
        let manifest_path = self.manifest_of_macro(gone)?;
        let is_of_a_member = || {
            let mut members = self.workspace.members.iter();
            members.any(|it| it.name == gone.package && it.manifest_path == manifest_path)
        };
        let is_in_place = package.source != PackageSource::Path || is_of_a_member();
        is_in_place.then_some(())?;
        Some(InspectedMacro {
            expected: ExpectedMacro {
                name: gone.package.clone(),
                version: package.version,
                package_id: package.package_id,
                crate_name: gone.crate_name.clone(),
                source: package.source,
                manifest_path,
                ways: vec![package.way],
                unit: UnitIndex(usize::MAX),
            },
            unit: Some(gone.hash),
            dylib: Some(gone.dylib.clone()),
            verdict: Verdict::Missing(MissingReason::Deleted),
            built_by: None,
            built_at: None,
            size: None,
            access: None,
            exports: None,
            fingerprint_directory: Some(self.absolute(&gone.fingerprint_directory)),
            last_build: LastBuild::Complete,
        })
    }

    /// The manifest that says that what was built from this root module is a proc macro.
    fn manifest_of_macro(&self, gone: &GoneDylib) -> Option<Utf8PathBuf> {
        let root_module = self.workspace.root.join(&gone.root_module);
        let manifest = root_module
            .ancestors()
            .skip(1)
            .map(|directory| directory.join("Cargo.toml"))
            .find(|manifest| manifest.is_file())?;
        let read = |path: &Utf8Path| locate::read_text(path).ok();
        let index = Manifests::new(&self.workspace, &read).index(&manifest)?;
        index.proc_macro_line().map(|_| manifest)
    }

    /// As much of an expectation as findings are made of.
    fn expectation(
        &self,
        planned: &[&GoneDylib],
        macros: &[InspectedMacro],
        at_work: &AtWork<'_>,
        inspector: &Inspector,
        environment: &BTreeMap<String, String>,
    ) -> Expectation {
        let rustc = at_work.rustc_info();
        let toolchain = Toolchain::of(&Told {
            rustc_verbose_version: &rustc.verbose_version,
            sysroot: rustc.sysroot.as_deref(),
            cargo_version: at_work.cargo_version,
            workspace_root: &self.workspace.root,
            started_in: &inspector.settings.cargo.environment_over(environment),
            cargo_environment: &at_work.cargo_environment(),
        });
        Expectation {
            workspace: self.workspace.clone(),
            toolchain,
            layout: planned
                .first()
                .map_or(crate::names::Layout::V1, |gone| gone.layout),
            profile_directory: self.profile.clone(),
            units: Vec::new(),
            macros: macros
                .iter()
                .map(|inspected| inspected.expected.clone())
                .collect(),
            local_packages: Vec::new(),
            environment: CargoEnvironment::default(),
            hash_mirror: HashMirror::Unproven,
            lock_file: LockFile::Settled,
            targets: Vec::new(),
            sources: SourceGraph::default(),
            features: BTreeMap::new(),
        }
    }
}
