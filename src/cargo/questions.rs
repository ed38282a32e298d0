//! What is asked of cargo before a verdict: where the workspace is, and which units it expects. Nothing is compiled, and neither the
//! build directory nor its lock is touched.

use std::collections::BTreeMap;
use std::io;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Message, Metadata};
use serde::{Deserialize, Serialize};

use super::endless;
use super::invocation::{self, CHANNEL_OVERRIDE, Invocation};
use super::jobserver::MAKE_FLAGS;
use super::query::{self, Prospect, QueryError, Reply};
use super::scratch::{self, ScratchUnit};
use super::scratch_directory::Scratch;
use super::stand_in::{self, Record};
use super::tools::NO_AUTO_INSTALL;
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

/// One dylib that cargo would build.
#[derive(Debug, Clone)]
pub struct DylibArtifact {
    /// The package's id.
    pub package_id: String,
    /// The package's manifest.
    pub manifest_path: Utf8PathBuf,
    /// The library target's name.
    pub target_name: String,
    /// The file, in the scratch directory.
    pub file: Utf8PathBuf,
}

/// Cargo's unit graph (`--unit-graph`, version 1), as far as it is used.
#[derive(Debug, Default, Deserialize)]
pub struct UnitGraph {
    /// The units; dependencies name them by their place here.
    pub units: Vec<GraphUnit>,
}

/// One unit of the unit graph.
#[derive(Debug, Deserialize)]
pub struct GraphUnit {
    /// The package's id.
    pub pkg_id: String,
    /// Its dependencies.
    pub dependencies: Vec<GraphDependency>,
    /// The target that it is for; `None` for the host.
    #[serde(default)]
    pub platform: Option<String>,
    /// Whether it is a part of the standard library, which is then built along (`-Zbuild-std`).
    #[serde(default)]
    pub is_std: bool,
    /// What is built.
    #[serde(default)]
    pub target: Option<GraphTarget>,
    /// How it is built, such as `check` or `run-custom-build`.
    #[serde(default)]
    pub mode: Option<String>,
    /// Its features.
    #[serde(default)]
    pub features: Vec<String>,
}

/// The target of a unit.
#[derive(Debug, Deserialize)]
pub struct GraphTarget {
    /// Such as `lib`, `proc-macro` or `bin`.
    pub kind: Vec<String>,
    /// The file of its root module.
    pub src_path: Utf8PathBuf,
    /// Its edition.
    pub edition: String,
}

/// One edge of the unit graph.
#[derive(Debug, Deserialize)]
pub struct GraphDependency {
    /// The place of the unit.
    pub index: usize,
    /// The name that it has in the dependent's source.
    #[serde(default)]
    pub extern_crate_name: String,
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
    let dylibs = dylib_artifacts(&reply.stdout);
    let profile_directories = scratch::units(&scratch.target);
    // With `--keep-going`, one package that cannot be built does not hide what cargo expects of the others.
    if profile_directories.is_empty() {
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

    let rustc_info = scratch::rustc_info(&scratch.target);
    Ok(Answer {
        cargo_version,
        dylibs,
        units: profile_directories,
        records: scratch.records(),
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
    "CARGO_INCREMENTAL",
    "CARGO_TERM_QUIET",
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

/// An answer that nobody cut short. Half of one looks like the answer of a smaller workspace.
fn whole(reply: Reply, directory: &Utf8Path) -> Result<Reply, QuestionError> {
    // Cargo's words where a compiler that it started was killed, our stand-in here (cargo 1.95, `cargo-util/src/process_error.rs`).
    let is_of_a_killed_compiler = || reply.stderr.contains("(signal: ");
    if reply.status.code().is_none() || !reply.status.success() && is_of_a_killed_compiler() {
        return Err(QuestionError::Refused {
            directory: directory.to_owned(),
            words: "somebody stopped it before it had answered".to_owned(),
        });
    }
    Ok(reply)
}

fn accepted(reply: Reply, directory: &Utf8Path) -> Result<Reply, QuestionError> {
    let reply = whole(reply, directory)?;
    if reply.status.success() {
        return Ok(reply);
    }
    Err(QuestionError::Refused {
        directory: directory.to_owned(),
        words: words_of_refusal(&reply.stderr),
    })
}

/// Cargo's error without warnings before it and progress lines.
fn words_of_refusal(stderr: &str) -> String {
    let text = match stderr.find("error") {
        Some(start) if stderr[..start].is_empty() || stderr[..start].ends_with('\n') => {
            stderr.get(start..).unwrap_or(stderr)
        }
        _ => stderr,
    };
    let text = text.trim();
    text.strip_prefix("error: ").unwrap_or(text).to_owned()
}

fn dylib_artifacts(stdout: &[u8]) -> Vec<DylibArtifact> {
    let is_dylib = |file: &Utf8PathBuf| {
        file.extension()
            .is_some_and(|extension| matches!(extension, "so" | "dylib" | "dll"))
    };
    Message::parse_stream(stdout)
        .filter_map(Result::ok)
        .filter_map(|message| match message {
            Message::CompilerArtifact(artifact) if artifact.target.is_proc_macro() => {
                Some(artifact)
            }
            _ => None,
        })
        .filter_map(|artifact| {
            let file = artifact.filenames.into_iter().find(is_dylib)?;
            Some(DylibArtifact {
                package_id: artifact.package_id.repr,
                manifest_path: artifact.manifest_path,
                target_name: artifact.target.name,
                file,
            })
        })
        .collect()
}
