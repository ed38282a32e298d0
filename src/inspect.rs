//! The one path through the house: expected and observed in, verdict and findings out, with what may be kept in between.
//!
//! Every front end goes through here and none around it.

mod asking;
mod broken_wrappers;
mod by_reading;
mod file_state;
mod footing;
mod glimpse;
mod hazards;
mod inspection;
mod known;
mod look;
mod orphans;
mod reporting;
mod standing;
mod tools;
mod unavailable;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use camino::{FromPathBufError, Utf8Path, Utf8PathBuf};

use crate::cargo::{self, questions::Tools};
use crate::environment;
use crate::expected::{Expectation, cargo_home};
use crate::locate;
use crate::observed::dylib::{self, GlibcVersion};
use crate::observed::lock::LockState;
use crate::remedy::catalogue::{self, Catalogue, Facts};
use crate::remedy::{Failure, PlanContext};
use crate::settings::{Expansion, Settings};
use crate::verdict::Finding;
use crate::verdict::known::{self as verdict_known, FailedBuild};
use crate::witness::answers::KeptAnswer;
use crate::witness::contents::Contents;

pub use footing::Footing;
pub use inspection::{
    BuildActivity, Coverage, InspectError, InspectedMacro, Inspection, LastBuild, RustAnalyzer,
};

use look::{Basis, Look};
use standing::{Readiness, Standing};
use tools::Scene;

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
    readiness: Readiness,
    /// The last look, as long as another may rest on it.
    standing: Option<Standing>,
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
            readiness: Readiness::ForOneLook,
            standing: None,
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
        self.inspect_and_tell(None)
    }

    /// The same, and where cargo has to be asked, what is certain before it has told all is told meanwhile: less than there is, and in the
    /// words that the whole has for it.
    ///
    /// # Errors
    /// As [`Self::inspect`].
    pub fn inspect_telling(
        &mut self,
        early: &mut dyn FnMut(Inspection),
    ) -> Result<Inspection, InspectError> {
        self.inspect_and_tell(Some(early))
    }

    fn inspect_and_tell(
        &mut self,
        early: Option<&mut dyn FnMut(Inspection)>,
    ) -> Result<Inspection, InspectError> {
        let standing = self.standing.take();
        let environment = environment::of_this_process();
        let kept = match self.answer(&environment, early) {
            Ok(Some(kept)) => kept,
            Ok(None) => return self.read_alone(&environment),
            Err(refusal) => return self.without_answer(refusal, &environment),
        };
        let expectation = &kept.expectation;
        let basis = self.basis(expectation, &environment);
        let (mut look, lasting) = match self.verified(standing, &kept, &environment) {
            Some((look, frame)) => (look, Some(frame)),
            None => (self.look_at_everything(basis), None),
        };
        let scene = Scene {
            expectation,
            settings: &self.settings,
            environment: &environment,
            glibc: self.glibc,
            build: look.build(),
        };
        let seen = scene.look(&mut look.macros, &mut self.tool_memory);
        let mut memory = std::mem::take(&mut self.known_memory);
        let facts = scene.facts(&self.catalogue, &kept, &mut memory);
        let foreseen = match self.settings.proc_macro.expansion {
            Expansion::Enabled => {
                let context = self.plan_context(expectation);
                scene.foreseen(&self.catalogue, &facts, &mut memory, &context)
            }
            Expansion::Disabled => Vec::new(),
        };
        let macros = self.restrained(&look);
        let mut of_surroundings = scene.findings(&seen, &macros, &self.plan_context(expectation));
        of_surroundings.extend(foreseen);
        scene.tell_what_updates_change(&mut of_surroundings, &mut memory);
        self.known_memory = memory;
        self.facts = facts;
        let frame = self.frame(&kept, &look, &seen, lasting);
        let report = self.report(expectation, (&look, macros), &frame, &of_surroundings);
        if look.build() == BuildActivity::Idle {
            self.standing = self.stand(&kept, environment, look, (frame, of_surroundings));
        }
        Ok(report)
    }

    fn basis<'a>(
        &self,
        expectation: &'a Expectation,
        own: &'a BTreeMap<String, String>,
    ) -> Basis<'a> {
        Basis {
            expectation,
            own,
            glibc: self.glibc,
            readiness: self.readiness,
        }
    }

    fn look_at_everything(&mut self, basis: Basis<'_>) -> Look {
        let mut look = Look::take(basis);
        for _ in 1..LOOKS {
            // What a build that holds the lock moves meanwhile does not stand still for another try.
            if look.is_steady() || look.lock == LockState::Held {
                break;
            }
            look = Look::take(basis);
        }
        if look.build() == BuildActivity::Idle {
            let expectation = basis.expectation;
            let build_directory = &expectation.workspace.build_directory;
            look.consult(expectation, recalled(&mut self.contents, build_directory));
        }
        look
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

    fn plan_context<'a>(&'a self, expectation: &'a Expectation) -> PlanContext<'a> {
        PlanContext {
            workspace: &expectation.workspace,
            toolchain: Some(&expectation.toolchain),
            settings: &self.settings,
            cargo: &self.tools.cargo,
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

/// What is remembered for a build directory, read where that is another than before.
fn recalled<'a>(
    contents: &'a mut Option<(Utf8PathBuf, Contents)>,
    build_directory: &Utf8Path,
) -> &'a mut Contents {
    let known = contents.take();
    let known = known.filter(|(place, _)| place == build_directory);
    let recall = || {
        (
            build_directory.to_owned(),
            Contents::recall(build_directory),
        )
    };
    &mut contents.insert(known.unwrap_or_else(recall)).1
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
