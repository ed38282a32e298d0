//! What is asked of cargo before a verdict: where the workspace is, and which units it expects. Nothing is compiled, and neither the
//! build directory nor its lock is touched.

use std::collections::BTreeMap;
use std::io;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Metadata;
use serde::{Deserialize, Serialize};

use super::endless;
use super::invocation::{self, CHANNEL_OVERRIDE, Invocation};
use super::jobserver::MAKE_FLAGS;
use super::messages::{self, DylibArtifact};
use super::query::{self, Prospect, QueryError};
use super::refusal::{accepted, whole};
use super::scratch::{self, ScratchUnit};
use super::scratch_directory::Scratch;
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

/// Why cargo's answer could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuestionError {
    /// A program could not be run.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Cargo refused; its own words.
    #[error("learn from cargo what {directory} needs: {words}")]
    Refused {
        /// The workspace.
        directory: Utf8PathBuf,
        /// What cargo said, without its progress lines.
        words: String,
    },
    /// The answer is not of the form that is known.
    #[error("understand what cargo said of {what} in {directory}")]
    Unexpected {
        /// The workspace.
        directory: Utf8PathBuf,
        /// The question.
        what: &'static str,
        /// Where reading it failed.
        source: serde_json::Error,
    },
    /// The lock file, which cargo is given a copy of, could not be read.
    #[error("read {path}")]
    LockFile {
        /// The lock file.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The scratch directory could not be used.
    #[error("prepare the question to cargo in {path}")]
    Scratch {
        /// The directory.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
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

/// The workspace of a manifest, and the cargo that works there.
#[derive(Debug)]
pub struct AskedWorkspace {
    /// Members, target directory, build directory.
    pub metadata: Metadata,
    /// Cargo's version in the root.
    pub cargo_version: semver::Version,
}

/// Asks for the workspace of a manifest.
///
/// # Errors
/// When cargo cannot be run or refuses, with its own words.
pub fn workspace(
    tools: &Tools,
    directory: &Utf8Path,
    settings: &CargoSettings,
) -> Result<AskedWorkspace, QuestionError> {
    if let Some(endless) = endless::file_for(directory) {
        return Err(never_read_to_its_end(directory, &endless));
    }
    // Cargo tells its version without any of its locks, so it does so beside the other question.
    let (version, metadata) = std::thread::scope(|scope| {
        let version = scope.spawn(|| cargo_version(tools, directory, settings));
        let metadata = metadata(tools, directory, settings);
        (version.join(), metadata)
    });
    let metadata = metadata?;
    // What chooses the toolchain may lie between the two directories; and a thread that failed has no answer.
    let cargo_version = match version {
        Ok(version) if metadata.workspace_root == directory => version,
        _ => cargo_version(tools, &metadata.workspace_root, settings),
    }?;
    Ok(AskedWorkspace {
        metadata,
        cargo_version,
    })
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

/// Asks which units rust-analyzer's command would build in a workspace.
///
/// # Errors
/// When cargo cannot be run or refuses, with its own words.
pub fn expected_units(
    tools: &Tools,
    workspace: AskedWorkspace,
    settings: &CargoSettings,
) -> Result<Answer, QuestionError> {
    let AskedWorkspace {
        metadata,
        cargo_version,
    } = workspace;
    let root = metadata.workspace_root.clone();
    let scratch = Scratch::new(&root)?;

    let build = invocation::build_compile_time_dependencies(
        &tools.cargo,
        &cargo_version,
        &root,
        &metadata.target_directory,
        settings,
    );
    let build = scratch.redirect(build, tools, &cargo_version);
    let reply = whole(query::run(&build)?, &root)?;
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
