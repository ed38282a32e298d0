//! What is asked of cargo before a verdict: where the workspace is, and which units it expects. Nothing is compiled, and neither the
//! build directory nor its lock is touched.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Metadata;
use serde::{Deserialize, Serialize};

use super::at_work::{self, AtWork, Onlooker};
use super::endless;
use super::invocation::{self, CHANNEL_OVERRIDE, Invocation};
use super::jobserver::MAKE_FLAGS;
use super::messages::{self, DylibArtifact};
use super::query::{self, Prospect, QueryError, Reply};
pub use super::question_error::QuestionError;
use super::refusal::{accepted, whole};
use super::scratch::{self, ScratchUnit};
use super::scratch_directory::{self, Scratch};
use super::stand_in::{self, Record};
use super::tools::NO_AUTO_INSTALL;
use super::unit_graph::UnitGraph;
use crate::environment;
use crate::settings::{CargoSettings, TargetDirectory};

/// The programs that are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    /// Cargo, by name or path.
    pub cargo: String,
    /// The program that becomes the stand-in compiler: Sidecargo itself.
    pub stand_in: Utf8PathBuf,
}

/// All that cargo answered about one workspace.
#[derive(Debug)]
pub struct Answer {
    /// Cargo's version.
    pub cargo_version: semver::Version,
    /// Members and directories.
    pub metadata: Metadata,
    /// The dylibs that cargo would build, with their packages.
    pub dylibs: Vec<DylibArtifact>,
    /// Every unit that cargo would build.
    pub units: Vec<ScratchUnit>,
    /// What the stand-in compiler was asked.
    pub records: Vec<Record>,
    /// The directory in the place of the build directory.
    pub scratch: Utf8PathBuf,
    /// The environment that cargo was started in, without what the question set in it.
    pub started_in: BTreeMap<String, String>,
    /// Cargo's environment.
    pub cargo_environment: BTreeMap<String, String>,
    /// A compilation's environment.
    pub compilation_environment: BTreeMap<String, String>,
    /// What `rustc -vV` printed.
    pub rustc_verbose_version: String,
    /// What `rustc --print sysroot` printed.
    pub sysroot: Option<Utf8PathBuf>,
    /// Who depends on whom.
    pub unit_graph: UnitGraph,
    /// Whether cargo had to change the lock file to answer; it changed a copy.
    pub lock_file: LockFile,
}

/// How `Cargo.lock` stands to the manifests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LockFile {
    /// It has what they ask for, or is not there.
    #[default]
    Settled,
    /// The next cargo command without `--locked` changes it.
    Outdated,
}

/// The first cargo that takes a variable for the place of the lock file; all since take the same command line, so that one of them can be
/// asked before its version is known. An older one refuses it at once.
const ASKED_AHEAD: semver::Version = semver::Version::new(1, 95, 0);

/// Asks for the workspace of the manifest in `directory`, and which units rust-analyzer's command would build there.
///
/// Cargo is asked ahead in `presumed_root`, and once more where the workspace has another root. Somebody may look on meanwhile.
///
/// # Errors
/// When cargo cannot be run or refuses, with its own words.
pub fn ask(
    tools: &Tools,
    directory: &Utf8Path,
    presumed_root: &Utf8Path,
    settings: &CargoSettings,
    onlooker: &mut dyn Onlooker,
) -> Result<Answer, QuestionError> {
    if let Some(endless) = endless::file_for(directory) {
        return Err(never_read_to_its_end(directory, &endless));
    }
    // Where that fails, it fails again in the workspace's own root, and is told then.
    let scratch = Scratch::new(presumed_root).ok();
    let ahead = scratch.as_ref().map(|scratch| {
        expected_units_question(tools, scratch, presumed_root, &ASKED_AHEAD, settings)
    });
    let (metadata, cargo_version, replied) = std::thread::scope(|scope| {
        let ahead = ahead
            .as_ref()
            .map(|question| scope.spawn(|| run_to_its_end(question)));
        // Cargo tells these two without any of its locks, so it does so beside the other question.
        let version = scope.spawn(|| cargo_version(tools, directory, settings));
        let metadata = metadata(tools, directory, settings)?;
        // What chooses the toolchain may lie between the two directories; and a thread that failed has no answer.
        let cargo_version = match version.join() {
            Ok(version) if metadata.workspace_root == directory => version,
            _ => cargo_version(tools, &metadata.workspace_root, settings),
        }?;
        let replied = match (ahead, &scratch) {
            (Some(work), Some(scratch))
                if metadata.workspace_root == presumed_root
                    && scratch_directory::takes_lock_file_by_variable(&cargo_version) =>
            {
                let at_work = AtWork {
                    metadata: &metadata,
                    cargo_version: &cargo_version,
                    scratch,
                };
                at_work::look_on_until_done(&work, &at_work, onlooker);
                work.join().ok()
            }
            _ => None,
        };
        Ok::<_, QuestionError>((metadata, cargo_version, replied))
    })?;
    if let (Some(reply), Some(scratch)) = (replied, scratch) {
        let reply = reply?;
        // A cargo of later may have given up what it was asked ahead with.
        let is_refused = !reply.status.success() && scratch::units(&scratch.target).is_empty();
        if !is_refused || cargo_version.minor == ASKED_AHEAD.minor {
            return answer(tools, metadata, cargo_version, settings, &scratch, reply);
        }
    }
    let root = &metadata.workspace_root;
    let scratch = Scratch::new(root)?;
    let question = expected_units_question(tools, &scratch, root, &cargo_version, settings);
    let reply = std::thread::scope(|scope| {
        let work = scope.spawn(|| run_to_its_end(&question));
        let at_work = AtWork {
            metadata: &metadata,
            cargo_version: &cargo_version,
            scratch: &scratch,
        };
        at_work::look_on_until_done(&work, &at_work, onlooker);
        // Only a thread that panicked has no answer, and this one does nothing that may.
        work.join().unwrap_or_else(|_| run_to_its_end(&question))
    })?;
    answer(tools, metadata, cargo_version, settings, &scratch, reply)
}

fn never_read_to_its_end(directory: &Utf8Path, file: &Utf8Path) -> QuestionError {
    QuestionError::Refused {
        directory: directory.to_owned(),
        words: format!("{file} is a pipe or a device, and cargo would read it for ever"),
    }
}

fn metadata(
    tools: &Tools,
    directory: &Utf8Path,
    settings: &CargoSettings,
) -> Result<Metadata, QuestionError> {
    // They may name the directories, and let cargo read manifests that it refuses without them.
    let configuration = invocation::configuration_arguments(settings);
    let ask = |directory: &Utf8Path| -> Result<Metadata, QuestionError> {
        let mut question = Invocation::new(&tools.cargo, directory)
            .arguments([
                "metadata",
                "--no-deps",
                "--format-version",
                "1",
                "--offline",
            ])
            .arguments(configuration.iter().cloned())
            .extra_environment(&settings.extra_environment)
            .environment(NO_AUTO_INSTALL.0, NO_AUTO_INSTALL.1);
        if configuration
            .iter()
            .any(|argument| argument.starts_with("-Z"))
        {
            question = question.environment(CHANNEL_OVERRIDE, "nightly");
        }
        if let TargetDirectory::Path(path) = &settings.target_directory {
            question = question.environment("CARGO_TARGET_DIR", directory.join(path));
        }
        let endless = OnceLock::new();
        let reply = query::run_while(&question, || match endless::manifest_below(directory) {
            Some(manifest) => {
                let _ = endless.set(manifest);
                Prospect::None
            }
            None => Prospect::Open,
        })?;
        if let Some(manifest) = endless.get() {
            return Err(never_read_to_its_end(directory, manifest));
        }
        let reply = accepted(reply, directory)?;
        serde_json::from_slice(&reply.stdout).map_err(|source| QuestionError::Unexpected {
            directory: directory.to_owned(),
            what: "its workspace",
            source,
        })
    };
    let metadata = ask(directory)?;
    // Cargo reads configuration from the working directory up, and rust-analyzer works in the root.
    let mut metadata = if metadata.workspace_root == directory {
        metadata
    } else {
        ask(&metadata.workspace_root.clone())?
    };
    if settings.target_directory == TargetDirectory::RustAnalyzerSubdirectory {
        let follows_target = metadata
            .build_directory
            .as_ref()
            .is_none_or(|build| *build == metadata.target_directory);
        metadata.target_directory = metadata.target_directory.join("rust-analyzer");
        if follows_target {
            metadata.build_directory = Some(metadata.target_directory.clone());
        }
    }
    Ok(metadata)
}

/// rust-analyzer's own command, pointed at a scratch directory.
fn expected_units_question(
    tools: &Tools,
    scratch: &Scratch,
    root: &Utf8Path,
    version: &semver::Version,
    settings: &CargoSettings,
) -> Invocation {
    // The scratch directory takes the place of whichever target directory is named.
    let build = invocation::build_compile_time_dependencies(
        &tools.cargo,
        version,
        root,
        &scratch.target,
        settings,
    );
    scratch.redirect(build, tools, version)
}

fn run_to_its_end(question: &Invocation) -> Result<Reply, QueryError> {
    let directory = &question.directory;
    query::run_while(question, || match endless::manifest_below(directory) {
        Some(_) => Prospect::None,
        None => Prospect::Open,
    })
}

/// Puts together what cargo said and left, and asks it for the unit graph.
fn answer(
    tools: &Tools,
    metadata: Metadata,
    cargo_version: semver::Version,
    settings: &CargoSettings,
    scratch: &Scratch,
    reply: Reply,
) -> Result<Answer, QuestionError> {
    let root = metadata.workspace_root.clone();
    let reply = whole(reply, &root)?;
    let dylibs = messages::dylib_artifacts(&reply.stdout);
    let units = scratch::units(&scratch.target);
    // With `--keep-going`, one package that cannot be built does not hide what cargo expects of the others.
    if units.is_empty() {
        accepted(reply, &root)?;
    }
    let cargo_environment = scratch.environment(stand_in::CARGO_ENVIRONMENT);
    // A workspace may need no unit at all, but cargo always asks the compiler for its version first.
    if cargo_environment.is_empty() {
        return Err(QuestionError::Refused {
            directory: root,
            words: "this cargo does not start the program that RUSTC_WRAPPER names, so it cannot be asked which units it expects"
                .to_owned(),
        });
    }

    let graph = Invocation::new(&tools.cargo, &root)
        .arguments([
            "check",
            "--workspace",
            "--all-targets",
            "--unit-graph",
            "-Zunstable-options",
        ])
        .arguments(invocation::selection_arguments(
            &metadata.target_directory,
            settings,
        ))
        .environment(CHANNEL_OVERRIDE, "nightly")
        .extra_environment(&settings.extra_environment);
    let graph = scratch.redirect(graph, tools, &cargo_version);
    let reply = whole(query::run(&graph)?, &root)?;
    // Without it the macros are still known; only the way they came in is not.
    let unit_graph = serde_json::from_slice(&reply.stdout).unwrap_or_default();

    let rustc_info = scratch.rustc_info();
    // Held against an unknown toolchain, every dylib would look like another one's.
    if rustc_info.verbose_version.is_empty() {
        return Err(QuestionError::Refused {
            directory: root,
            words: "this cargo did not ask rustc which version it is".to_owned(),
        });
    }
    Ok(Answer {
        cargo_version,
        dylibs,
        units,
        records: scratch.records(),
        started_in: settings.environment_over(&environment::of_this_process()),
        cargo_environment,
        compilation_environment: scratch.environment(stand_in::COMPILATION_ENVIRONMENT),
        scratch: scratch.target.clone(),
        rustc_verbose_version: rustc_info.verbose_version,
        sysroot: rustc_info.sysroot,
        unit_graph,
        lock_file: scratch.lock_file_state(&root),
        metadata,
    })
}

/// The variables that the question sets; what cargo would see in their place is this process's own value.
pub const QUESTION_VARIABLES: &[&str] = &[
    "RUSTC_WRAPPER",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_NET_OFFLINE",
    "CARGO_RESOLVER_LOCKFILE_PATH",
    CHANNEL_OVERRIDE,
    NO_AUTO_INSTALL.0,
    stand_in::RECORDS_VARIABLE,
    MAKE_FLAGS,
];

fn cargo_version(
    tools: &Tools,
    root: &Utf8Path,
    settings: &CargoSettings,
) -> Result<semver::Version, QuestionError> {
    let question = Invocation::new(&tools.cargo, root)
        .arguments(["--version"])
        // Another toolchain may be chosen there, whose cargo then answers everything else too.
        .extra_environment(&settings.extra_environment)
        .environment(NO_AUTO_INSTALL.0, NO_AUTO_INSTALL.1);
    let reply = accepted(query::run(&question)?, root)?;
    let text = String::from_utf8_lossy(&reply.stdout).into_owned();
    let version = text
        .split_whitespace()
        .nth(1)
        .and_then(|version| semver::Version::parse(version).ok());
    version.ok_or_else(|| QuestionError::Refused {
        directory: root.to_owned(),
        words: format!("`cargo --version` printed {:?}", text.trim()),
    })
}
