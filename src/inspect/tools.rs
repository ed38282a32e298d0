//! Looks at the tools that expanding needs besides the dylibs, and asks them where that is wanted. What it means is `verdict/`'s to say.

use std::collections::{BTreeMap, HashMap};
use std::env::consts;

use camino::{Utf8Path, Utf8PathBuf};

use super::broken_wrappers;
use super::file_state::FileState;
use super::hazards::hazards;
use super::{BuildActivity, InspectedMacro};
use crate::cargo::probe::{self, DylibAnswer, Limits, ProbeAnswer, Question, ServerAnswer};
use crate::cargo::tools::{self, FoundRustAnalyzer};
use crate::expected::{Expectation, SelectedBy, Toolchain};
use crate::names::Triple;
use crate::observed::dylib::GlibcVersion;
use crate::observed::file;
use crate::remedy::PlanContext;
use crate::settings::{Probe, Processes, Settings, ToolQuestions};
use crate::verdict::judge::Presence;
use crate::verdict::refusal::{self, Measure, ServerFit, ServerOrigin};
use crate::verdict::tools::{
    FlagSharing, Hazard, HazardScope, ServerState, ToolFacts, ToolchainChoice,
};
use crate::verdict::{Finding, StaleReason, Verdict, tools as verdict_tools};

/// The first cargo that has the compiler flags in its files' names.
const FLAGS_IN_NAMES_SINCE: (u64, u64) = (1, 85);
/// Answers on dylibs that are kept; a workspace has a few hundred macros at most.
const KEPT_LIMIT: usize = 4096;

/// What the tools answered before, as long as they are the same files.
#[derive(Debug, Default)]
pub(super) struct Memory {
    rust_analyzers: Option<(RustAnalyzersKey, Vec<FoundRustAnalyzer>)>,
    server: Option<(FileState, ServerAnswer)>,
    dylibs: HashMap<(FileState, FileState), DylibAnswer>,
    wrappers: broken_wrappers::Memory,
}

/// What decides which rust-analyzers answer, and how: the programs, and the toolchain that rustup's stand-in would take.
#[derive(Debug, PartialEq, Eq)]
struct RustAnalyzersKey {
    programs: Vec<FileState>,
    sysroot: Utf8PathBuf,
    environment: BTreeMap<String, Option<String>>,
}

/// What one look at the tools found.
#[derive(Debug)]
pub(super) struct ToolsSeen {
    server: ServerState,
    rust_analyzers: Option<Vec<FoundRustAnalyzer>>,
    broken_wrappers: Vec<Hazard>,
}

impl ToolsSeen {
    /// The proc-macro server that rust-analyzer would start, where it is there.
    pub(super) fn server(&self) -> Option<&Utf8Path> {
        let server = &self.server;
        server
            .path
            .as_deref()
            .filter(|_| server.presence == Presence::Present)
    }

    /// The first rust-analyzer on PATH that works, with its version.
    pub(super) fn rust_analyzer(&self) -> Option<(&Utf8Path, &str)> {
        self.rust_analyzers
            .iter()
            .flatten()
            .find_map(|found| Some((found.path.as_path(), found.version()?)))
    }
}

/// Whose tools are looked at, and with what in mind.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) expectation: &'a Expectation,
    pub(super) settings: &'a Settings,
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) glibc: Option<GlibcVersion>,
    /// While a build runs, no dylib is loaded.
    pub(super) build: BuildActivity,
}

impl Scene<'_> {
    /// Looks at the tools and asks what the settings let it ask; the proc-macro server's answers go into `macros`.
    pub(super) fn look(self, macros: &mut [InspectedMacro], memory: &mut Memory) -> ToolsSeen {
        let settings = self.settings;
        let may_ask = settings.processes == Processes::Allowed;
        let mut server = self.server();
        if may_ask && !macros.is_empty() && server.presence == Presence::Present {
            match (settings.probe, settings.tool_questions) {
                (Probe::On, _) if self.build == BuildActivity::Idle => {
                    self.probe(&mut server, macros, memory);
                }
                (Probe::Off, ToolQuestions::Skipped) => {}
                _ => server.answer = self.ask_server(&server, memory),
            }
        }
        let rust_analyzers = (may_ask && settings.tool_questions != ToolQuestions::Skipped)
            .then(|| self.rust_analyzers(memory));
        let broken_wrappers = if may_ask {
            self.broken_wrappers(&mut memory.wrappers)
        } else {
            Vec::new()
        };
        ToolsSeen {
            server,
            rust_analyzers,
            broken_wrappers,
        }
    }

    /// The findings on what was seen.
    pub(super) fn findings(
        self,
        seen: &ToolsSeen,
        macros: &[InspectedMacro],
        context: &PlanContext<'_>,
    ) -> Vec<Finding> {
        let toolchain = &self.expectation.toolchain;
        let mut hazards = hazards(
            &self.expectation.workspace.root,
            &self.settings.cargo,
            self.environment,
        );
        hazards.extend(seen.broken_wrappers.iter().cloned());
        hazards.extend(self.other_flags(macros));
        let facts = ToolFacts {
            toolchain,
            choice: choice(toolchain.selected_by),
            macros: presence(!macros.is_empty()),
            server: seen.server.clone(),
            rust_analyzers: seen.rust_analyzers.as_deref(),
            own_rust_analyzer: presence(
                toolchain
                    .sysroot
                    .join(format!("bin/rust-analyzer{}", consts::EXE_SUFFIX))
                    .is_file(),
            ),
            sources: self.standard_library_sources(),
            missing_targets: &missing_targets(self.expectation),
            lock_file: self.expectation.lock_file,
            hazards: &hazards,
        };
        verdict_tools::findings(&facts, context)
    }

    /// Where macros were last built with other compiler flags.
    fn other_flags(self, macros: &[InspectedMacro]) -> Option<Hazard> {
        let (built, wanted) = macros
            .iter()
            .find_map(|inspected| match &inspected.verdict {
                Verdict::Stale(StaleReason::RustflagsChanged { built, wanted }) => {
                    Some((built.clone(), wanted.clone()))
                }
                _ => None,
            })?;
        let extra = &self.settings.cargo.extra_environment;
        let names = ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"];
        let set_by = if names.iter().any(|name| extra.contains_key(*name)) {
            Some(HazardScope::Editor)
        } else {
            let is_set = names
                .iter()
                .any(|name| self.environment.contains_key(*name));
            is_set.then_some(HazardScope::Environment)
        };
        let cargo = semver::Version::parse(&self.expectation.toolchain.cargo).ok()?;
        let sharing = if (cargo.major, cargo.minor) < FLAGS_IN_NAMES_SINCE {
            FlagSharing::OnePlace
        } else {
            FlagSharing::PlacesOfTheirOwn
        };
        Some(Hazard::OtherFlags {
            built,
            wanted,
            set_by,
            sharing,
        })
    }

    /// The server that rust-analyzer would start: the setting's, or else the toolchain's as it is now.
    fn server(self) -> ServerState {
        let root = &self.expectation.workspace.root;
        let (origin, path) = match &self.settings.proc_macro.server {
            Some(path) => (ServerOrigin::Setting, Some(root.join(path))),
            None => (
                ServerOrigin::Toolchain,
                Toolchain::proc_macro_server_of(&self.expectation.toolchain.sysroot),
            ),
        };
        ServerState {
            origin,
            presence: presence(path.as_deref().is_some_and(Utf8Path::is_file)),
            path,
            answer: None,
            fit: ServerFit::Fits,
        }
    }

    /// Asks the server for its protocol alone; no dylib is loaded.
    fn ask_server(self, server: &ServerState, memory: &mut Memory) -> Option<ServerAnswer> {
        let path = server.path.as_deref()?;
        let state = FileState::of(path);
        if let Some((known, answer)) = &memory.server
            && *known == state
        {
            return Some(answer.clone());
        }
        let answer = self.ask(path, &[]).server;
        memory.server = Some((state, answer.clone()));
        Some(answer)
    }

    /// Has the server list the macros of every dylib that looks sound, and lets it say why it cannot.
    fn probe(self, server: &mut ServerState, macros: &mut [InspectedMacro], memory: &mut Memory) {
        let Some(path) = server.path.clone() else {
            return;
        };
        let server_state = FileState::of(&path);
        let mut asked: Vec<(&mut InspectedMacro, (FileState, FileState))> = macros
            .iter_mut()
            .filter(|inspected| refusal::is_worth_asking(&inspected.verdict))
            .filter_map(|inspected| {
                let dylib = FileState::of(inspected.dylib.as_deref()?);
                Some((inspected, (server_state.clone(), dylib)))
            })
            .collect();
        let unknown: Vec<Utf8PathBuf> = asked
            .iter()
            .filter(|(_, state)| !memory.dylibs.contains_key(state))
            .map(|(_, (_, dylib))| dylib.path.clone())
            .collect();
        let known_server = memory
            .server
            .as_ref()
            .filter(|(known, _)| *known == server_state)
            .map(|(_, answer)| answer.clone());
        let (answer, mut answers) = match known_server {
            Some(answer) if unknown.is_empty() => (answer, HashMap::new()),
            _ => {
                let ProbeAnswer { server, dylibs } = self.ask(&path, &unknown);
                (server, unknown.into_iter().zip(dylibs).collect())
            }
        };
        memory.server = Some((server_state, answer.clone()));
        server.answer = Some(answer);
        let measure = Measure {
            rustc: &self.expectation.toolchain.rustc,
            host: &self.expectation.toolchain.host,
            glibc: self.glibc,
            origin: server.origin,
        };
        for (inspected, state) in &mut asked {
            let answer = match memory.dylibs.get(state) {
                Some(answer) => answer.clone(),
                None => match answers.remove(&state.1.path) {
                    // A build that moves the file meanwhile makes the answer one on another file.
                    Some(answer) if FileState::of(&state.1.path) == state.1 => answer,
                    _ => continue,
                },
            };
            if let fit @ ServerFit::OtherRustc(_) = refusal::merge(inspected, &answer, &measure) {
                server.fit = fit;
            }
            let is_lasting = matches!(answer, DylibAnswer::Macros(_) | DylibAnswer::Refused(_));
            if is_lasting && memory.dylibs.len() < KEPT_LIMIT {
                memory.dylibs.insert(state.clone(), answer);
            }
        }
    }

    fn ask(self, server: &Utf8Path, dylibs: &[Utf8PathBuf]) -> ProbeAnswer {
        probe::ask(&Question {
            server,
            directory: &self.expectation.workspace.root,
            environment: &self.settings.cargo.extra_environment,
            dylibs,
            limits: Limits::default(),
        })
    }

    fn rust_analyzers(self, memory: &mut Memory) -> Vec<FoundRustAnalyzer> {
        let path = self.variable("PATH").unwrap_or_default();
        let key = RustAnalyzersKey {
            programs: tools::on_path("rust-analyzer", path)
                .iter()
                .map(|program| FileState::of(program))
                .collect(),
            sysroot: self.expectation.toolchain.sysroot.clone(),
            environment: self.settings.cargo.extra_environment.clone(),
        };
        if let Some((known, found)) = &memory.rust_analyzers
            && *known == key
        {
            return found.clone();
        }
        let root = &self.expectation.workspace.root;
        let found = tools::rust_analyzers(path, root, &self.settings.cargo.extra_environment);
        memory.rust_analyzers = Some((key, found.clone()));
        found
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    /// Where rust-analyzer looks for them (its `project-model/src/sysroot.rs`).
    fn standard_library_sources(self) -> Presence {
        let sysroot = &self.expectation.toolchain.sysroot;
        let is_named = self
            .variable("RUST_SRC_PATH")
            .is_some_and(|path| !path.is_empty());
        presence(is_named || sysroot.join("lib/rustlib/src/rust/library/core").is_dir())
    }
}

fn presence(is_there: bool) -> Presence {
    if is_there {
        Presence::Present
    } else {
        Presence::Absent
    }
}

/// Whether the person chose the toolchain by name.
pub(super) fn choice(selected_by: SelectedBy) -> ToolchainChoice {
    match selected_by {
        SelectedBy::ToolchainFile | SelectedBy::Environment | SelectedBy::Override => {
            ToolchainChoice::Named
        }
        SelectedBy::Default | SelectedBy::Path => ToolchainChoice::Default,
    }
}

/// The targets whose libraries the sysroot does not have. A sysroot that cannot be looked into lacks nothing.
fn missing_targets(expectation: &Expectation) -> Vec<Triple> {
    let toolchain = &expectation.toolchain;
    let libraries = toolchain.sysroot.join("lib/rustlib");
    let has_library = |target: &Triple| {
        file::names(&libraries.join(target.as_str()).join("lib"))
            .iter()
            .any(|name| name.starts_with("libcore-"))
    };
    if !has_library(&toolchain.host) {
        return Vec::new();
    }
    expectation
        .targets
        .iter()
        .filter(|target| !has_library(target))
        .cloned()
        .collect()
}
