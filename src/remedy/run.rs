//! Runs a plan, step by step, and says what happened. Whether it helped is not for it to say: that takes another look.

use camino::{Utf8Path, Utf8PathBuf};

use super::files::{self, BuildRoot, FileError};
use super::locks::{Asked, BuildLock};
use super::plan::{Plan, Step};
use crate::cargo::invocation::Invocation;
use crate::cargo::messages::{
    BuildEvent, CompilerError, LocalArtifact, StatusLine, read_line, read_status,
};
use crate::cargo::output::{Line, Stream, Tail};
use crate::cargo::process::{self, Cancel, End, ProcessError, ProcessGroup};
use crate::observed::lock::LOCK_FILES;
use crate::observed::process::{Holder, holder_of};

/// How many compiler errors are kept; a broken build can have thousands.
const ERRORS_KEPT: usize = 50;
/// How many artifacts are noted; far more than any workspace has.
const ARTIFACTS_KEPT: usize = 10_000;

/// Where a plan runs and how it is stopped.
#[derive(Debug, Clone)]
pub struct RunContext {
    /// Nothing outside of it is removed.
    pub build_directory: Utf8PathBuf,
    /// Where cargo's locks are.
    pub profile_directory: Utf8PathBuf,
    /// Whom a stop reaches.
    pub group: ProcessGroup,
    /// The switch that stops it.
    pub cancel: Cancel,
}

/// What a run is doing, as it does it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A step begins.
    Step {
        /// Which one, from one.
        number: usize,
        /// Of how many.
        of: usize,
        /// What it does, in a few words.
        what: String,
    },
    /// Cargo has dealt with so many crates.
    Crates {
        /// Crates built or found fresh.
        done: u64,
        /// Crates in all, where cargo has said so.
        total: Option<u64>,
        /// The crate that was done last, where it is known.
        last: Option<String>,
    },
    /// Another build has to end first.
    Waiting {
        /// What it holds, such as `build directory`.
        on: String,
        /// Who holds it, where the system tells.
        holder: Option<Holder>,
    },
}

/// What a run did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The steps that were done to their end, in order.
    pub executed: Vec<Step>,
    /// How it ended.
    pub result: RunResult,
    /// The dylibs that cargo named as built or fresh.
    pub dylibs: Vec<Utf8PathBuf>,
    /// What cargo named as built or fresh of packages on this machine.
    pub local: Vec<LocalArtifact>,
}

/// How a run ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunResult {
    /// All steps were done.
    Succeeded,
    /// A step failed; those after it were not begun.
    Failed(Failure),
    /// It was stopped.
    Cancelled,
}

/// Why a run failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// A command said that it failed. With `--keep-going` it may have built all that was wanted nevertheless.
    Command {
        /// The program and its arguments.
        run: Vec<String>,
        /// Its exit status; `None` where a signal ended it.
        status: Option<i32>,
        /// The end of what it said besides JSON.
        tail: String,
        /// The compiler's errors.
        compiler_errors: Vec<CompilerError>,
    },
    /// A command could not be run.
    Process(ProcessError),
    /// A file could not be removed or touched.
    File(FileError),
}

/// Runs the steps of a plan in their order, up to the first that fails.
pub fn run(plan: &Plan, context: &RunContext, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let mut runner = Runner {
        context,
        root: BuildRoot::of(&context.build_directory),
        progress,
        dylibs: Vec::new(),
        local: Vec::new(),
        removing: None,
    };
    let mut executed = Vec::new();
    let mut result = RunResult::Succeeded;
    for (number, step) in (1..).zip(&plan.steps) {
        (runner.progress)(Progress::Step {
            number,
            of: plan.steps.len(),
            what: describe(step, &context.build_directory),
        });
        match runner.step(step) {
            Stepped::Done => executed.push(step.clone()),
            Stepped::Failed(failure) => {
                result = RunResult::Failed(failure);
                break;
            }
            Stepped::Cancelled => {
                result = RunResult::Cancelled;
                break;
            }
        }
    }
    Outcome {
        executed,
        result,
        dylibs: runner.dylibs,
        local: runner.local,
    }
}

fn describe(step: &Step, build_directory: &Utf8Path) -> String {
    match step {
        Step::Remove { remove } => {
            let path = remove.strip_prefix(build_directory).unwrap_or(remove);
            format!("remove {path}")
        }
        Step::Touch { touch } => format!("touch {touch}"),
        Step::Run { run, .. } => {
            // The options say little to whoever waits; `clean -p NAME` does.
            let words = run.iter().take_while(|word| !word.starts_with("--"));
            words.cloned().collect::<Vec<_>>().join(" ")
        }
    }
}

enum Stepped {
    Done,
    Failed(Failure),
    Cancelled,
}

struct Runner<'run> {
    context: &'run RunContext,
    root: BuildRoot,
    progress: &'run mut dyn FnMut(Progress),
    dylibs: Vec<Utf8PathBuf>,
    local: Vec<LocalArtifact>,
    /// Cargo's lock, while steps that remove follow each other.
    removing: Option<BuildLock>,
}

impl Runner<'_> {
    fn step(&mut self, step: &Step) -> Stepped {
        if self.context.cancel.is_cancelled() {
            return Stepped::Cancelled;
        }
        let done = |result: Result<(), FileError>| match result {
            Ok(()) => Stepped::Done,
            Err(error) => Stepped::Failed(Failure::File(error)),
        };
        match step {
            Step::Remove { remove } => {
                if self.removing.is_none() {
                    match self.hold_build_lock() {
                        Asked::Granted(lock) => self.removing = Some(lock),
                        Asked::Cancelled => return Stepped::Cancelled,
                    }
                }
                done(files::remove(remove, &self.root))
            }
            Step::Touch { touch } => done(files::touch(touch)),
            Step::Run {
                run,
                env,
                unset,
                cwd,
            } => {
                self.removing = None;
                let Some((program, arguments)) = run.split_first() else {
                    return Stepped::Done;
                };
                let mut invocation =
                    Invocation::new(program.as_str(), cwd).arguments(arguments.iter().cloned());
                invocation.environment.clone_from(env);
                invocation.unset.clone_from(unset);
                self.command(invocation)
            }
        }
    }

    fn hold_build_lock(&mut self) -> Asked {
        let progress = &mut *self.progress;
        BuildLock::hold(
            &self.context.profile_directory,
            &self.context.cancel,
            &mut |holder| {
                progress(Progress::Waiting {
                    on: "build directory".to_owned(),
                    holder,
                });
            },
        )
    }

    fn command(&mut self, invocation: Invocation) -> Stepped {
        let told: Vec<String> = std::iter::once(&invocation.program)
            .chain(&invocation.arguments)
            .cloned()
            .collect();
        let invocation = with_progress_bar(invocation);
        let mut listener = Listener {
            directory: invocation.directory.clone(),
            profile_directory: &self.context.profile_directory,
            tail: Tail::default(),
            errors: Vec::new(),
            dylibs: &mut self.dylibs,
            local: &mut self.local,
            done: 0,
            total: None,
            progress: &mut *self.progress,
        };
        let ended = process::run(
            &invocation,
            self.context.group,
            &self.context.cancel,
            &mut |line| listener.hear(&line),
        );
        match ended {
            Ok(End::Exited(status)) if status.success() => Stepped::Done,
            Ok(End::Exited(status)) => Stepped::Failed(Failure::Command {
                run: told,
                status: status.code(),
                tail: listener.tail.text(),
                compiler_errors: listener.errors,
            }),
            Ok(End::Cancelled) => Stepped::Cancelled,
            Err(error) => Stepped::Failed(Failure::Process(error)),
        }
    }
}

/// Lets cargo say how many units there are, which it tells by its progress bar alone; neither variable enters a fingerprint.
fn with_progress_bar(mut invocation: Invocation) -> Invocation {
    for (name, value) in [
        ("CARGO_TERM_PROGRESS_WHEN", "always"),
        ("CARGO_TERM_PROGRESS_WIDTH", "80"),
        ("CARGO_TERM_COLOR", "never"),
    ] {
        invocation
            .environment
            .entry(name.to_owned())
            .or_insert_with(|| value.to_owned());
    }
    invocation
}

/// Makes sense of what a command says.
struct Listener<'run> {
    directory: Utf8PathBuf,
    profile_directory: &'run Utf8Path,
    tail: Tail,
    errors: Vec<CompilerError>,
    dylibs: &'run mut Vec<Utf8PathBuf>,
    local: &'run mut Vec<LocalArtifact>,
    done: u64,
    total: Option<u64>,
    progress: &'run mut dyn FnMut(Progress),
}

impl Listener<'_> {
    fn hear(&mut self, line: &Line) {
        match line.stream {
            Stream::Output => self.hear_output(&line.text),
            Stream::Error => self.hear_error(&line.text),
        }
    }

    fn hear_output(&mut self, text: &str) {
        match read_line(text, &self.directory) {
            Some(BuildEvent::Artifact { name, dylib, local }) => {
                if self.local.len() < ARTIFACTS_KEPT {
                    self.local.extend(local);
                }
                if self.dylibs.len() < ARTIFACTS_KEPT {
                    self.dylibs.extend(dylib);
                }
                // Where cargo shows its bar, that counts, build script runs included.
                if self.total.is_none() {
                    self.done += 1;
                }
                self.tell_crates(Some(name));
            }
            Some(BuildEvent::Error(error)) if self.errors.len() < ERRORS_KEPT => {
                self.errors.push(error);
            }
            Some(BuildEvent::Error(_)) => {}
            // JSON that says nothing here is no text for people either.
            None if text.starts_with('{') => {}
            None => self.tail.push(text),
        }
    }

    fn hear_error(&mut self, text: &str) {
        match read_status(text) {
            StatusLine::Progress { done, total } => {
                if (self.done, self.total) != (done, Some(total)) {
                    (self.done, self.total) = (done, Some(total));
                    self.tell_crates(None);
                }
            }
            StatusLine::Blocked { on } => {
                let holder = on.contains("directory").then(|| self.holder()).flatten();
                (self.progress)(Progress::Waiting {
                    on: on.to_owned(),
                    holder,
                });
            }
            StatusLine::Other => self.tail.push(text),
        }
    }

    fn holder(&self) -> Option<Holder> {
        LOCK_FILES
            .iter()
            .find_map(|name| holder_of(&self.profile_directory.join(name)))
    }

    fn tell_crates(&mut self, last: Option<String>) {
        (self.progress)(Progress::Crates {
            done: self.done,
            total: self.total,
            last,
        });
    }
}

#[cfg(all(test, unix))]
#[path = "run_tests.rs"]
mod tests;
