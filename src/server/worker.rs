//! The thread of one workspace: everything there that takes time, one thing after the other, so that the actor never waits.

use std::sync::{Arc, mpsc};

use camino::{Utf8Path, Utf8PathBuf};

use super::mending::{self, Ending};
use super::outbox::{Advance, RunToken};
use super::settings::{self, Complaint, ServerSettings, Values};
use super::sighting::Sighting;
use super::sources::SourceReader;
use crate::cargo::process::Cancel;
use crate::causes::with_causes;
use crate::environment;
use crate::expected::SourceGraph;
use crate::inspect::{BuildActivity, Inspection, Inspector};
use crate::locate::uses::Crates;
use crate::locate::{self};
use crate::observed::lock::{self, LockState};
use crate::observed::process::BuildProcess;
use crate::pace::extent::Extent;
use crate::pace::quiet::Moment;
use crate::panics::{self, Panic, Trail};
use crate::remedy::{self, Choice, CleanPreview, Plan, PlanContext};
use crate::settings::rust_analyzer_toml;
use crate::verdict::{Finding, Verdict};

/// What a worker is asked to do.
pub(crate) enum Job {
    /// Look at the workspace, with the client's settings for it, at what may have changed since the last look.
    Look(Values, Extent),
    /// Read the sources that the macros of the last look come through.
    ReadSources,
    /// See whether a build holds the lock of this directory, or one of these goes on without; asked at this time.
    ProbeBuild(Utf8PathBuf, Vec<BuildProcess>, Moment),
    /// Carry out remedies.
    Mend {
        choice: Choice,
        cancel: Cancel,
        progress: Box<dyn Fn(Advance) + Send>,
    },
    /// Carry out a plan that the person agreed to.
    CarryOut {
        plan: Plan,
        cancel: Cancel,
        progress: Box<dyn Fn(Advance) + Send>,
    },
    /// See what a full clean would take away.
    PreviewFullClean(RunToken),
}

/// What a job is, without what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JobKind {
    Look,
    ReadSources,
    ProbeBuild,
    /// Either kind of run.
    Mend,
    PreviewFullClean(RunToken),
}

impl JobKind {
    fn of(job: &Job) -> Self {
        match job {
            Job::Look(..) => Self::Look,
            Job::ReadSources => Self::ReadSources,
            Job::ProbeBuild(..) => Self::ProbeBuild,
            Job::Mend { .. } | Job::CarryOut { .. } => Self::Mend,
            Job::PreviewFullClean(token) => Self::PreviewFullClean(token.clone()),
        }
    }

    /// In words that fit after "failed to".
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Look => "look at the workspace",
            Self::ReadSources => "read the sources that macros come through",
            Self::ProbeBuild => "see whether a build runs",
            Self::Mend => "carry out a remedy",
            Self::PreviewFullClean(_) => "see what a full clean takes away",
        }
    }
}

/// What a worker has to say.
#[derive(Debug)]
pub(crate) enum Report {
    /// What is certain before a first look is done. It is none: only its findings count, until the look comes.
    Glimpsed(Box<Sighting>),
    Looked(Box<Sighting>),
    /// And when it was asked.
    Build(BuildActivity, Moment),
    /// `None` where they are as they were.
    Sources(Option<Arc<Crates>>),
    Mended(Ending),
    /// `None` where cargo could not tell.
    FullCleanPreviewed(RunToken, Option<CleanPreview>),
    /// The job panicked; whatever was kept from earlier ones is forgotten.
    Crashed(JobKind, Box<Panic>),
}

/// Where a worker's reports go; it must not block.
pub(crate) type Post = Box<dyn Fn(Report) + Send>;

/// Starts the worker for the workspace at a directory or a manifest.
pub(crate) type StartWorker = Box<dyn FnMut(Utf8PathBuf, Post) -> std::io::Result<Worker> + Send>;

/// A running worker. It ends when this is dropped and its last job is done.
#[derive(Debug)]
pub(crate) struct Worker {
    jobs: mpsc::Sender<Job>,
}

impl Worker {
    /// Starts the thread for the workspace at `start`, a directory or a manifest.
    pub(crate) fn start(start: Utf8PathBuf, post: Post) -> std::io::Result<Self> {
        let name = format!("workspace {start}");
        let set_up = move || {
            let mut bench = Bench::new(start.clone());
            move |job, post: &Post| bench.work(job, post)
        };
        Self::start_with(name, set_up, post)
    }

    /// Starts a thread that works as `set_up` has it; after a panic in a job it is set up anew.
    pub(crate) fn start_with<Work: FnMut(Job, &Post) -> Report>(
        name: String,
        set_up: impl Fn() -> Work + Send + 'static,
        post: Post,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        std::thread::Builder::new().name(name).spawn(move || {
            let mut work = set_up();
            let mut trail = Trail::default();
            for job in inbox {
                let kind = JobKind::of(&job);
                trail.add(kind.name().to_owned());
                post(panics::catch(|| work(job, &post)).unwrap_or_else(|panic| {
                    work = set_up();
                    Report::Crashed(kind, Box::new(panic.after(&trail)))
                }));
            }
        })?;
        Ok(Self { jobs })
    }

    /// Hands a job over; jobs are done in the order in which they come.
    pub(crate) fn hand(&self, job: Job) {
        // The thread ends only after this is dropped.
        let _ = self.jobs.send(job);
    }
}

struct Bench {
    start: Utf8PathBuf,
    inspector: Option<Inspector>,
    /// The last one that was not empty.
    graph: Arc<SourceGraph>,
    sources: SourceReader,
    /// On the last rebuild that failed, until a look or another run says otherwise.
    failed: Option<Finding>,
}

impl Bench {
    fn new(start: Utf8PathBuf) -> Self {
        Self {
            start,
            inspector: None,
            graph: Arc::default(),
            sources: SourceReader::default(),
            failed: None,
        }
    }

    fn work(&mut self, job: Job, post: &Post) -> Report {
        match job {
            Job::Look(values, extent) => Report::Looked(Box::new(self.look(values, &extent, post))),
            Job::ReadSources => Report::Sources(self.sources.read(&self.graph)),
            Job::ProbeBuild(directory, orphans, asked) => {
                Report::Build(probe_build(&directory, &orphans), asked)
            }
            Job::Mend {
                choice,
                cancel,
                progress,
            } => Report::Mended(match &mut self.inspector {
                Some(inspector) => {
                    mending::mend(inspector, &choice, &cancel, &*progress, &mut self.failed)
                }
                None => Ending::Failed("look at the workspace before mending it".to_owned()),
            }),
            Job::CarryOut {
                plan,
                cancel,
                progress,
            } => Report::Mended(match &mut self.inspector {
                Some(inspector) => mending::carry_out(inspector, &plan, &cancel, &*progress),
                None => Ending::Failed("look at the workspace before that".to_owned()),
            }),
            Job::PreviewFullClean(token) => Report::FullCleanPreviewed(token, self.preview()),
        }
    }

    fn look(&mut self, values: Values, extent: &Extent, post: &Post) -> Sighting {
        let (settings, mut complaints) = self.settings(values);
        let mut inspection = self.inspect(&settings, extent, post);
        if let Ok(inspection) = &mut inspection {
            self.add_failed_build(inspection);
        }
        let problems = self
            .inspector
            .iter()
            .flat_map(Inspector::catalogue_problems);
        complaints.extend(problems.map(|problem| Complaint {
            name: "catalogue.files".to_owned(),
            problem: format!("could not be used in full, since Sidecargo failed to {problem}"),
        }));
        if let Ok(inspection) = &inspection
            && !inspection.sources.crates.is_empty()
            && inspection.sources != self.graph
        {
            self.graph = Arc::clone(&inspection.sources);
        }
        Sighting::of(inspection, settings, complaints)
    }

    fn inspect(
        &mut self,
        settings: &ServerSettings,
        extent: &Extent,
        post: &Post,
    ) -> Result<Inspection, String> {
        let is_first = self.inspector.is_none();
        let kept = self
            .inspector
            .take()
            .filter(|inspector| *inspector.settings() == settings.inspection);
        let inspector = match kept {
            Some(inspector) => inspector,
            None => Inspector::new(&self.start, settings.inspection.clone())
                .map_err(|error| with_causes(&error))?
                .ready_for_many_looks(),
        };
        let inspector = self.inspector.insert(inspector);
        let inspected = match extent {
            Extent::Paths(paths) => inspector.inspect_changed(paths),
            Extent::Everything if is_first => inspector.inspect_telling(&mut |inspection| {
                let sighting = Sighting::of(Ok(inspection), settings.clone(), Vec::new());
                post(Report::Glimpsed(Box::new(sighting)));
            }),
            Extent::Everything => inspector.inspect(),
        };
        inspected.map_err(|error| with_causes(&error))
    }

    /// Adds the finding on the last rebuild as long as one of its macros is not fresh.
    fn add_failed_build(&mut self, inspection: &mut Inspection) {
        let Some(failed) = &self.failed else {
            return;
        };
        let is_open = inspection.macros.iter().any(|inspected| {
            let is_its = failed.package_ids.contains(&inspected.expected.package_id);
            (is_its || failed.package_ids.is_empty()) && inspected.verdict != Verdict::Fresh
        });
        if is_open {
            inspection.findings.insert(0, failed.clone());
        } else {
            self.failed = None;
        }
    }

    fn preview(&mut self) -> Option<CleanPreview> {
        let inspector = self.inspector.as_mut()?;
        let inspection = inspector.inspect().ok()?;
        let context = PlanContext {
            workspace: &inspection.workspace,
            toolchain: inspection.toolchain.as_ref(),
            settings: inspector.settings(),
            cargo: inspector.cargo(),
        };
        let clean = remedy::clean_all_invocation(&context);
        // A full clean takes no lock, so nothing can hold this up.
        remedy::preview_clean(clean, &Cancel::default())
            .map_err(|error| tracing::warn!("failed to {}", with_causes(&error)))
            .ok()
    }

    /// The client's settings over those of rust-analyzer's own file.
    fn settings(&self, values: Values) -> (ServerSettings, Vec<Complaint>) {
        let directory = if self.start.extension() == Some("toml") {
            self.start.parent().unwrap_or(&self.start)
        } else {
            &self.start
        };
        settings::read(&rust_analyzer_toml(directory).overlaid_by(values))
    }
}

fn probe_build(profile_directory: &Utf8Path, orphans: &[BuildProcess]) -> BuildActivity {
    let is_locked = lock::state(profile_directory) != LockState::Free;
    if is_locked || orphans.iter().any(BuildProcess::is_alive) {
        BuildActivity::Running
    } else {
        BuildActivity::Idle
    }
}

/// What rust-analyzer's own files set for the workspace of this directory.
pub(crate) fn rust_analyzer_toml(directory: &Utf8Path) -> Values {
    let root = locate::workspace_root(directory).unwrap_or_else(|| directory.to_owned());
    let (values, complaints) = rust_analyzer_toml::values(&root, &environment::of_this_process());
    for complaint in complaints {
        // rust-analyzer itself tells the person.
        tracing::warn!("rust-analyzer's settings: {complaint}");
    }
    values
}
