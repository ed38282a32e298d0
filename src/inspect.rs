//! The one path through the house: expected and observed in, verdict and findings out, with what may be kept in between.
//!
//! Every front end goes through here and none around it.

mod asking;
mod broken_wrappers;
mod by_reading;
mod file_state;
mod footing;
mod hazards;
mod inspection;
mod known;
mod look;
mod orphans;
mod tools;
mod unavailable;

use std::path::PathBuf;
use std::sync::Arc;

use camino::{FromPathBufError, Utf8Path, Utf8PathBuf};

use crate::cargo::{self, questions::Tools};
use crate::environment;
use crate::expected::{Deciding, Expectation, SelectedBy, Toolchain, cargo_home};
use crate::locate::{self, Manifests, toolchain_file};
use crate::observed::dylib::{self, GlibcVersion};
use crate::observed::lock::LockState;
use crate::remedy::catalogue::{self, Catalogue, Facts};
use crate::remedy::{Failure, PlanContext, plan_for};
use crate::settings::{Expansion, Settings};
use crate::verdict::known::{self as verdict_known, FailedBuild};
use crate::verdict::{Context, Finding, UnknownReason, Verdict, attach, gather, gravest_first};
use crate::witness::answers::KeptAnswer;
use crate::witness::contents::Contents;

pub use footing::Footing;
pub use inspection::{
    BuildActivity, InspectError, InspectedMacro, Inspection, LastBuild, RustAnalyzer,
};

use look::Look;
use tools::{Scene, ToolsSeen};

/// A look is taken again where a build moved things under it; after so many tries the last one counts as "building".
const LOOKS: usize = 3;

/// One workspace under inspection; keeps what cargo answered between looks.
#[derive(Debug)]
pub struct Inspector {
    start: Utf8PathBuf,
    settings: Settings,
    tools: Tools,
    glibc: Option<GlibcVersion>,
    kept: Option<Arc<KeptAnswer>>,
    contents: Option<(Utf8PathBuf, Contents)>,
    tool_memory: tools::Memory,
    catalogue: Catalogue,
    catalogue_problems: Vec<catalogue::LoadError>,
    known_memory: known::Memory,
    facts: Facts,
}

impl Inspector {
    /// Takes the workspace at or above `start`, a directory or a manifest. Of it only the person's catalogues are read yet.
    ///
    /// # Errors
    /// When this program's own file cannot be found, or its path is not UTF-8.
    pub fn new(start: &Utf8Path, settings: Settings) -> Result<Self, InspectError> {
        let own = own_program()
            .and_then(|own| Utf8PathBuf::try_from(own).map_err(FromPathBufError::into_io_error))
            .map_err(|source| InspectError::OwnProgram { source })?;
        let environment = environment::of_this_process();
        let path = environment.get("PATH").map_or("", String::as_str);
        let home = cargo_home(&environment).filter(|home| home.is_absolute());
        let tools = Tools {
            cargo: cargo::tools::cargo(path, home.as_deref()),
            stand_in: own,
        };
        Ok(Self::with_tools(start, settings, tools))
    }

    /// The same with programs of the caller's choice.
    #[must_use]
    pub fn with_tools(start: &Utf8Path, settings: Settings, tools: Tools) -> Self {
        let base = locate::workspace_root(start);
        let (catalogue, catalogue_problems) =
            catalogue::load(&settings.catalogue_files, base.as_deref().unwrap_or(start));
        Self {
            start: start.to_owned(),
            settings,
            tools,
            glibc: dylib::machine_glibc(),
            kept: None,
            contents: None,
            tool_memory: tools::Memory::default(),
            catalogue,
            catalogue_problems,
            known_memory: known::Memory::default(),
            facts: Facts::default(),
        }
    }

    /// What of the person's own catalogues of known failures cannot be used.
    #[must_use]
    pub fn catalogue_problems(&self) -> &[catalogue::LoadError] {
        &self.catalogue_problems
    }

    /// Where the search for the workspace begins.
    #[must_use]
    pub fn start(&self) -> &Utf8Path {
        &self.start
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Cargo, by name or path.
    #[must_use]
    pub fn cargo(&self) -> &str {
        &self.tools.cargo
    }

    /// Looks at the workspace: asks cargo where its kept answer no longer fits, reads the build directory, compares.
    ///
    /// # Errors
    /// When there is no workspace to look at or cargo cannot tell what it expects.
    pub fn inspect(&mut self) -> Result<Inspection, InspectError> {
        let environment = environment::of_this_process();
        let kept = match self.answer(&environment) {
            Ok(Some(kept)) => kept,
            Ok(None) => return self.read_alone(&environment),
            Err(refusal) => return self.without_answer(refusal, &environment),
        };
        let expectation = &kept.expectation;
        let mut look = Look::take(expectation, &environment, self.glibc);
        for _ in 1..LOOKS {
            // What a build that holds the lock moves meanwhile does not stand still for another try.
            if look.is_steady() || look.lock == LockState::Held {
                break;
            }
            look = Look::take(expectation, &environment, self.glibc);
        }
        if look.build() == BuildActivity::Idle {
            self.consult_witness(expectation, &mut look);
        }
        let scene = Scene {
            expectation,
            settings: &self.settings,
            environment: &environment,
            glibc: self.glibc,
            build: look.build(),
        };
        let seen = scene.look(&mut look.macros, &mut self.tool_memory);
        let mut memory = std::mem::take(&mut self.known_memory);
        let facts = scene.facts(&self.catalogue, &mut memory);
        let foreseen = match self.settings.proc_macro.expansion {
            Expansion::Enabled => {
                let context = self.plan_context(expectation);
                scene.foreseen(&self.catalogue, &facts, &mut memory, &context)
            }
            Expansion::Disabled => Vec::new(),
        };
        let mut report = self.report(scene, look, &seen, foreseen, kept.deciding());
        scene.tell_what_updates_change(&mut report.findings, &mut memory);
        self.known_memory = memory;
        self.facts = facts;
        Ok(report)
    }

    fn consult_witness(&mut self, expectation: &Expectation, look: &mut Look) {
        let build_directory = &expectation.workspace.build_directory;
        let contents = match &mut self.contents {
            Some((place, contents)) if place == build_directory => contents,
            contents => {
                let recalled = Contents::recall(build_directory);
                &mut contents.insert((build_directory.clone(), recalled)).1
            }
        };
        look.consult(expectation, contents);
    }

    fn profile(&self) -> String {
        self.settings
            .cargo
            .profile
            .clone()
            .unwrap_or_else(|| "dev".to_owned())
    }

    /// The finding on a rebuild that failed, with what the catalogue knows of it. `after` is the look that was taken since.
    pub(crate) fn failed_build(
        &mut self,
        failure: &Failure,
        concerned: &[&InspectedMacro],
        after: &Inspection,
    ) -> Option<Finding> {
        let environment = environment::of_this_process();
        let known = self.catalogue.recognise(&failure.said(), &self.facts);
        let mut memory = std::mem::take(&mut self.known_memory);
        let context = PlanContext {
            workspace: &after.workspace,
            toolchain: after.toolchain.as_ref(),
            settings: &self.settings,
            cargo: &self.tools.cargo,
        };
        let remedies = match (&known, &self.kept) {
            (Some(known), Some(kept)) => {
                let scene = Scene {
                    expectation: &kept.expectation,
                    settings: &self.settings,
                    environment: &environment,
                    glibc: self.glibc,
                    build: after.build,
                };
                scene.remedies(known, &mut memory, &context)
            }
            _ => Vec::new(),
        };
        let build = FailedBuild {
            failure,
            known: known.as_ref().map(|known| (known, remedies.as_slice())),
            concerned,
        };
        let finding = verdict_known::build_failed(build, &context);
        self.known_memory = memory;
        finding
    }

    fn report(
        &self,
        scene: Scene<'_>,
        look: Look,
        seen: &ToolsSeen,
        foreseen: Vec<Finding>,
        deciding: Deciding,
    ) -> Inspection {
        let expectation = scene.expectation;
        let footing = Footing::of(expectation, &look, deciding);
        let build = look.build();
        let mut macros = look.macros;
        for inspected in &mut macros {
            self.restrain(inspected, build);
        }
        let profile_directory = profile_directory(expectation);
        let context = Context {
            workspace: &expectation.workspace,
            profile_directory: &profile_directory,
            toolchain: Some(&expectation.toolchain),
            settings: &self.settings,
        };
        let mut findings = self.complete(gather(&macros, &context), &macros, expectation);
        findings.extend(scene.findings(seen, &macros, &self.plan_context(expectation)));
        findings.extend(foreseen);
        findings.sort_by(gravest_first);
        Inspection {
            layout: Some(expectation.layout),
            profile: self.profile(),
            toolchain: Some(Toolchain {
                proc_macro_server: seen.server().map(Utf8Path::to_owned),
                ..expectation.toolchain.clone()
            }),
            rust_analyzer: seen.rust_analyzer().map(|(path, version)| RustAnalyzer {
                path: path.to_owned(),
                version: version.to_owned(),
            }),
            workspace: expectation.workspace.clone(),
            build,
            orphans: look.orphans,
            findings,
            inputs: look.inputs,
            footing,
            sources: expectation.sources.clone(),
            limits: None,
            macros,
            profile_directory,
        }
    }

    fn plan_context<'a>(&'a self, expectation: &'a Expectation) -> PlanContext<'a> {
        PlanContext {
            workspace: &expectation.workspace,
            toolchain: Some(&expectation.toolchain),
            settings: &self.settings,
            cargo: &self.tools.cargo,
        }
    }

    /// Puts findings where a person looks, at the manifest keys that bring the macros in or at the toolchain file, and adds what mends
    /// them.
    fn complete(
        &self,
        findings: Vec<Finding>,
        macros: &[InspectedMacro],
        expectation: &Expectation,
    ) -> Vec<Finding> {
        if findings.is_empty() {
            return findings;
        }
        let workspace = &expectation.workspace;
        let read = |path: &Utf8Path| locate::read_text(path).ok();
        let mut manifests = Manifests::new(workspace, &read);
        let places = macros
            .iter()
            .filter(|inspected| inspected.verdict != Verdict::Fresh)
            .filter_map(|inspected| {
                let place = manifests.place_of_macro(&inspected.expected)?;
                Some((inspected.expected.package_id.clone(), place))
            })
            .collect();
        let switch = match expectation.toolchain.selected_by {
            SelectedBy::ToolchainFile => toolchain_file::place_of_channel(&workspace.root, &read),
            _ => None,
        };
        let context = self.plan_context(expectation);
        attach(findings, &places, switch.as_ref(), |finding| {
            let concerned: Vec<&InspectedMacro> = macros
                .iter()
                .filter(|inspected| finding.package_ids.contains(&inspected.expected.package_id))
                .filter(|inspected| inspected.verdict != Verdict::Fresh)
                .collect();
            plan_for(finding.code, &concerned, &context)
        })
    }

    /// Holds back what cannot be known or need not be said: during a build, and where rust-analyzer builds in its own way.
    fn restrain(&self, inspected: &mut InspectedMacro, build: BuildActivity) {
        if inspected.verdict == Verdict::Fresh {
            return;
        }
        if build == BuildActivity::Running {
            inspected.verdict = Verdict::Building;
        } else if self.settings.cargo.override_command.is_some() {
            inspected.verdict = Verdict::Unknown(UnknownReason::Overridden);
        }
    }
}

/// This program's file; its successor where an update has replaced it while this process lives on.
fn own_program() -> std::io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    // So Linux names a file that is no longer there (`man proc_pid_exe`).
    let replaced = own
        .to_str()
        .and_then(|path| path.strip_suffix(" (deleted)"))
        .map(PathBuf::from);
    Ok(replaced
        .filter(|successor| successor.is_file())
        .unwrap_or(own))
}

/// The directory of the nearest manifest at or above a path.
fn manifest_directory(start: &Utf8Path) -> Result<Utf8PathBuf, InspectError> {
    let Ok(start) = start.canonicalize_utf8() else {
        return Err(InspectError::NoSuchPath {
            path: start.to_owned(),
        });
    };
    start
        .ancestors()
        .find(|directory| directory.join("Cargo.toml").is_file())
        .map(Utf8Path::to_owned)
        .ok_or(InspectError::NoManifest { path: start })
}

fn profile_directory(expectation: &Expectation) -> Utf8PathBuf {
    expectation
        .workspace
        .build_directory
        .join(&expectation.profile_directory)
}
