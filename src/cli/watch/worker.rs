//! The thread that does what takes time, one thing after the other, so that the session always listens.

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::products::{self, Products};
use crate::cargo::process::{Cancel, ProcessGroup};
use crate::cli::failure::sentence_of;
use crate::cli::progress::ProgressLine;
use crate::cli::terminal::Look;
use crate::cli::text;
use crate::inspect::{InspectError, Inspection, Inspector};
use crate::names::PackageId;
use crate::remedy::{
    self, Choice, ChoiceKind, Controls, Failure, MendError, MendReport, MendResult, Plan,
    RemedyKind, RunContext, RunResult, Step,
};
use crate::verdict::{MissingReason, Verdict};

/// Something to do.
#[derive(Debug)]
pub(super) enum Job {
    Look,
    Build(Place, Cancel),
    Mend(Vec<PackageId>, Cancel),
}

/// Where a build runs and writes, as the last look found it.
#[derive(Debug)]
pub(super) struct Place {
    root: Utf8PathBuf,
    build_directory: Utf8PathBuf,
    profile_directory: Utf8PathBuf,
}

impl Place {
    pub(super) fn of(inspection: &Inspection) -> Self {
        Self {
            root: inspection.workspace.root.clone(),
            build_directory: inspection.workspace.build_directory.clone(),
            profile_directory: inspection.profile_directory.clone(),
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Report {
    Looked(Box<Result<Inspection, InspectError>>),
    Built(Box<BuildReport>),
    Mended(Box<MendingReport>),
}

/// What a build came to.
#[derive(Debug)]
pub(super) struct BuildReport {
    pub(super) fate: Fate,
    pub(super) took: Duration,
    /// The directories of the packages on this machine that it met.
    pub(super) packages: BTreeSet<Utf8PathBuf>,
    /// The files that went into what it made.
    pub(super) sources: BTreeSet<Utf8PathBuf>,
    /// How building the macros went, where that did not help.
    pub(super) macros: Option<MendReport>,
}

/// How a build ended.
#[derive(Debug)]
pub(super) enum Fate {
    Good(Products),
    Failed(Failure),
    Cancelled,
}

/// What mending came to.
#[derive(Debug)]
pub(super) struct MendingReport {
    pub(super) result: Result<MendReport, MendError>,
    pub(super) took: Duration,
}

/// How cargo is to be called for a build.
#[derive(Debug, Clone)]
pub(super) struct BuildCommand {
    /// What follows `cargo build`.
    pub(super) arguments: Vec<String>,
    /// The manifest of the package that is meant, where it is not the workspace's.
    pub(super) manifest: Option<Utf8PathBuf>,
    /// How the compiler's words are to look.
    pub(super) look: Look,
}

/// Whether somebody sees what takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShowProgress {
    Yes,
    No,
}

/// The thread; it ends when this is dropped and its last job is done.
#[derive(Debug)]
pub(super) struct Worker {
    jobs: mpsc::Sender<Job>,
}

impl Worker {
    /// Starts the thread. `post` is called on it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(
        inspector: Inspector,
        command: BuildCommand,
        show: ShowProgress,
        post: impl Fn(Report) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        std::thread::Builder::new()
            .name("worker".to_owned())
            .spawn(move || {
                let mut bench = Bench {
                    inspector,
                    command,
                    show,
                };
                for job in inbox {
                    post(bench.work(job));
                }
            })?;
        Ok(Self { jobs })
    }

    pub(super) fn hand(&self, job: Job) {
        // The thread ends only after this is dropped.
        let _ = self.jobs.send(job);
    }
}

struct Bench {
    inspector: Inspector,
    command: BuildCommand,
    show: ShowProgress,
}

impl Bench {
    fn work(&mut self, job: Job) -> Report {
        let begin = Instant::now();
        match job {
            Job::Look => Report::Looked(Box::new(self.inspector.inspect())),
            Job::Build(place, cancel) => Report::Built(Box::new(self.build(place, cancel, begin))),
            Job::Mend(packages, cancel) => {
                let choice = Choice {
                    kind: ChoiceKind::Preferred,
                    packages,
                };
                let controls = Controls {
                    group: ProcessGroup::Own,
                    cancel,
                };
                let line = self.progress("Mending");
                let result =
                    remedy::mend(&mut self.inspector, &choice, &controls, &mut |progress| {
                        show(line.as_ref(), "Mending", &progress);
                    });
                Report::Mended(Box::new(MendingReport {
                    result,
                    took: begin.elapsed(),
                }))
            }
        }
    }

    /// `cargo build`, and then what it leaves out: where a macro is a member, rust-analyzer's unit of it is not the one that
    /// `cargo build` makes (other debug information), and without that unit no verdict would ever be fresh.
    fn build(&mut self, place: Place, cancel: Cancel, begin: Instant) -> BuildReport {
        let context = RunContext {
            build_directory: place.build_directory,
            profile_directory: place.profile_directory,
            group: ProcessGroup::Own,
            cancel: cancel.clone(),
        };
        let line = self.progress("Building");
        let plan = self.command.plan(self.inspector.cargo(), &place.root);
        let outcome = remedy::run(&plan, &context, &mut |progress| {
            show(line.as_ref(), "Building", &progress);
        });
        let macros = match outcome.result {
            RunResult::Succeeded => self.build_macros(cancel, line.as_ref()),
            RunResult::Failed(_) | RunResult::Cancelled => None,
        };
        drop(line);
        BuildReport {
            macros,
            packages: outcome
                .local
                .iter()
                .map(|made| made.package_root.clone())
                .collect(),
            sources: products::sources(&outcome.local),
            fate: match outcome.result {
                RunResult::Succeeded => Fate::Good(Products::of(&outcome.local)),
                RunResult::Failed(failure) => Fate::Failed(failure),
                RunResult::Cancelled => Fate::Cancelled,
            },
            took: begin.elapsed(),
        }
    }

    /// Builds the macros that only wait for a build; what else is wrong with others is not for a build to mend.
    fn build_macros(&mut self, cancel: Cancel, line: Option<&ProgressLine>) -> Option<MendReport> {
        let inspection = self.inspector.inspect().ok()?;
        let packages: Vec<PackageId> = inspection
            .macros
            .into_iter()
            .filter(|inspected| waits_for_a_build(&inspected.verdict))
            .map(|inspected| inspected.expected.package_id)
            .collect();
        if packages.is_empty() {
            return None;
        }
        let choice = Choice {
            kind: ChoiceKind::Rebuild,
            packages,
        };
        let controls = Controls {
            group: ProcessGroup::Own,
            cancel,
        };
        let built = remedy::mend(&mut self.inspector, &choice, &controls, &mut |progress| {
            show(line, "Building macros", &progress);
        });
        // What could not even be tried shows in the verdict.
        built
            .inspect_err(|error| tracing::info!("{}", sentence_of(error)))
            .ok()
            .filter(|report| report.result == MendResult::Unmended)
    }

    fn progress(&self, text: &str) -> Option<ProgressLine> {
        (self.show == ShowProgress::Yes).then(|| ProgressLine::start(text))
    }
}

impl BuildCommand {
    /// As a person would type it.
    pub(super) fn as_typed(&self) -> String {
        let words = self.arguments.iter().map(|word| text::shell_word(word));
        let words = std::iter::once("cargo build".to_owned()).chain(words);
        words.collect::<Vec<_>>().join(" ")
    }

    fn plan(&self, cargo: &str, root: &Utf8Path) -> Plan {
        let mut run = vec![cargo.to_owned(), "build".to_owned()];
        run.push(match self.look {
            Look::Rich => "--message-format=json-diagnostic-rendered-ansi".to_owned(),
            Look::Plain => "--message-format=json".to_owned(),
        });
        let is_other = |manifest: &&Utf8PathBuf| **manifest != root.join("Cargo.toml");
        if let Some(manifest) = self.manifest.as_ref().filter(is_other) {
            run.extend(["--manifest-path".to_owned(), manifest.to_string()]);
        }
        run.extend(self.arguments.iter().cloned());
        Plan::new(
            RemedyKind::Rebuild,
            "cargo build",
            vec![Step::Run {
                run,
                env: std::collections::BTreeMap::new(),
                unset: Vec::new(),
                cwd: root.to_owned(),
            }],
        )
    }
}

fn waits_for_a_build(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Stale(_)
        | Verdict::Missing(
            MissingReason::NeverBuilt
            | MissingReason::BuildDirectoryAbsent
            | MissingReason::Interrupted,
        ) => true,
        Verdict::Missing(MissingReason::Deleted)
        | Verdict::Fresh
        | Verdict::Corrupt(_)
        | Verdict::WrongPlatform(_)
        | Verdict::WrongRustc { .. }
        | Verdict::Building
        | Verdict::Unknown(_) => false,
    }
}

fn show(line: Option<&ProgressLine>, what: &str, progress: &remedy::Progress) {
    if let Some(line) = line {
        line.set(match progress {
            remedy::Progress::Step { .. } => what.to_owned(),
            other => format!("{what}: {other}"),
        });
    }
}
