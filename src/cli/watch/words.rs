//! What is told, a short line for each change: for people, or as one JSON object a line. Pure.

mod failed;
mod json;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::process::ExitStatus;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::event::Mends;
use super::release::Done;
use super::verdicts::News;
use crate::cli::report::brief;
use crate::cli::terminal::{Look, Tone};
use crate::cli::text;
use crate::inspect::{InspectedMacro, Inspection};
use crate::names::PackageName;
use crate::remedy::{Failure, MendReport, MendResult};
use crate::verdict::{Finding, Verdict};
use crate::watch::Degradation;

/// How it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    Human(Look),
    Json,
}

/// The widest of the words at the beginning of lines.
const FIRST_COLUMN: usize = 10;
/// What is shown of names and paths in one line.
const NAMES: usize = 50;
/// A thing to tell.
#[derive(Debug)]
pub(super) enum Event<'a> {
    /// The first look is done.
    Watching {
        inspection: &'a Inspection,
        /// What happens on an edit, as a person would type it.
        build: Option<String>,
        then: Option<String>,
    },
    News(&'a [News]),
    Built {
        took: Duration,
        edited: &'a [Utf8PathBuf],
        is_new: IsNew,
    },
    BuildFailed {
        took: Duration,
        edited: &'a [Utf8PathBuf],
        failure: &'a Failure,
        kept_running: Option<String>,
    },
    HeldBack {
        broken: Vec<&'a PackageName>,
        kept_running: Option<String>,
        mends: Mends,
    },
    Released(&'a [Done]),
    ServiceEnded {
        command: String,
        status: ExitStatus,
    },
    Mended {
        report: &'a MendReport,
        took: Duration,
        errors: ShowErrors,
    },
    /// Something that was to be done could not be.
    Failed(String),
    /// Not all changes will be told by the system.
    Degraded(&'a Degradation),
}

/// Whether a build made anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IsNew {
    Yes,
    No,
}

/// Whether the compiler's errors were told already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShowErrors {
    Yes,
    No,
}

impl Voice {
    /// How texts of others are to look in it.
    pub(super) fn look(self) -> Look {
        match self {
            Self::Human(look) => look,
            Self::Json => Look::Plain,
        }
    }

    /// The event as lines, each with its end.
    pub(super) fn say(self, event: &Event<'_>, root: &Utf8Path) -> String {
        match self {
            Self::Human(look) => Page {
                look,
                root,
                out: String::new(),
            }
            .event(event),
            Self::Json => {
                let lines = json::lines(event);
                let lines = lines.iter().map(ToString::to_string);
                lines.flat_map(|line| [line, "\n".to_owned()]).collect()
            }
        }
    }
}

struct Page<'a> {
    look: Look,
    root: &'a Utf8Path,
    out: String,
}

/// The sign before a line.
#[derive(Clone, Copy)]
enum Sign {
    Good,
    Bad,
    Doubtful,
    Move,
}

impl Page<'_> {
    fn line(&mut self, sign: Sign, word: &str, rest: &str) {
        let (mark, tone) = match sign {
            Sign::Good => (self.look.either("✓", "ok"), Tone::Good),
            Sign::Bad => (self.look.either("✗", "x"), Tone::Bad),
            Sign::Doubtful => ("!", Tone::Doubtful),
            Sign::Move => (self.look.either("↻", ">"), Tone::Neutral),
        };
        let width = if self.look == Look::Plain { 2 } else { 1 };
        let mark = self.look.paint(tone, &format!("{mark:<width$}"));
        let word = self.look.paint(tone, &format!("{word:<FIRST_COLUMN$}"));
        let rest = self.look.text(rest);
        let _ = writeln!(self.out, "{mark} {word} {rest}");
    }

    /// A line that belongs to the one before.
    fn more(&mut self, text: &str) {
        let text = self.look.text(text);
        let _ = writeln!(self.out, "{}", format!("    {text}").trim_end());
    }

    fn show(&self, path: &Utf8Path) -> String {
        text::elide(text::relative_to(self.root, path), NAMES, "…").into_string()
    }

    fn event(mut self, event: &Event<'_>) -> String {
        match event {
            Event::Watching {
                inspection,
                build,
                then,
            } => self.watching(inspection, build.as_deref(), then.as_deref()),
            Event::News(news) => self.news(news),
            Event::Built {
                took,
                edited,
                is_new,
            } => {
                let what = match is_new {
                    IsNew::Yes => "",
                    IsNew::No => ", nothing new",
                };
                let rest = format!("in {}{what}{}", text::seconds(*took), self.after(edited));
                self.line(Sign::Good, "built", &rest);
            }
            Event::BuildFailed {
                took,
                edited,
                failure,
                kept_running,
            } => {
                let rest = format!("in {}{}", text::seconds(*took), self.after(edited));
                self.line(Sign::Bad, "not built", &rest);
                self.failure(failure);
                self.keeps_running(kept_running.as_deref());
            }
            Event::HeldBack {
                broken,
                kept_running,
                mends,
            } => {
                let names = text::list(broken.iter().map(|name| name.as_str()), NAMES);
                let rest = format!("the build is good, but not fresh: {names}");
                self.line(Sign::Doubtful, "held back", &rest);
                if *mends == Mends::Nothing {
                    self.more("mend it by sidecargo fix, or watch with --fix");
                }
                self.keeps_running(kept_running.as_deref());
            }
            Event::Released(done) => self.released(done),
            Event::ServiceEnded { command, status } => {
                let how = match status.code() {
                    Some(code) => format!("with status {code}"),
                    None => "by a signal".to_owned(),
                };
                let rest = format!("{command}, by itself, {how}; the next good build starts it");
                self.line(Sign::Doubtful, "ended", &rest);
            }
            Event::Mended {
                report,
                took,
                errors,
            } => self.mended(report, *took, *errors),
            Event::Failed(sentence) => self.line(Sign::Bad, "error", sentence),
            Event::Degraded(degradation) => {
                self.line(Sign::Doubtful, "note", &degraded(degradation));
            }
        }
        self.out
    }

    fn watching(&mut self, inspection: &Inspection, build: Option<&str>, then: Option<&str>) {
        let name = inspection.workspace.root.file_name().unwrap_or("/");
        let rustc = inspection
            .toolchain
            .as_ref()
            .map(|toolchain| format!(" ({})", toolchain.rustc.short()))
            .unwrap_or_default();
        let number = text::count(inspection.macros.len(), "proc macro");
        let heading = format!("Watching {name}{rustc}, {number}. Ctrl-C ends it.");
        let _ = writeln!(self.out, "{}", self.look.paint(Tone::Strong, &heading));
        if let Some(build) = build {
            let then = then
                .map(|then| format!(", then {then}"))
                .unwrap_or_default();
            let _ = writeln!(self.out, "On every edit: {build}{then}");
        }
        let is_fresh = |inspected: &&InspectedMacro| inspected.verdict == Verdict::Fresh;
        let fresh = inspection.macros.iter().filter(is_fresh).count();
        if fresh > 0 {
            let number = text::count(fresh, "proc macro");
            self.line(Sign::Good, "fresh", &number);
        }
    }

    /// Macros of one verdict share a line.
    fn news(&mut self, news: &[News]) {
        let mut lines: Vec<(&Verdict, String, Vec<String>)> = Vec::new();
        for one in news {
            let (News::Broken(inspected) | News::Fresh(inspected)) = one else {
                continue;
            };
            let verdict = &inspected.verdict;
            let what = match verdict {
                Verdict::Fresh => String::new(),
                verdict => {
                    let what = brief::what_happened(verdict, &|path| self.show(path));
                    format!(": {what}")
                }
            };
            let name = format!("{} {}", inspected.expected.name, inspected.expected.version);
            let same = lines
                .iter_mut()
                .find(|(known, text, _)| known.status() == verdict.status() && *text == what);
            match same {
                Some((_, _, names)) => names.push(name),
                None => lines.push((verdict, what, vec![name])),
            }
        }
        for (verdict, what, names) in lines {
            let sign = match brief::Mark::of(verdict) {
                brief::Mark::Healthy => Sign::Good,
                brief::Mark::Broken => Sign::Bad,
                brief::Mark::Doubtful | brief::Mark::Unknown => Sign::Doubtful,
            };
            let names = text::list(names.iter().map(String::as_str), NAMES);
            self.line(sign, verdict.status(), &format!("{names}{what}"));
        }
        for one in news {
            match one {
                News::Found(finding) => self.line(Sign::Doubtful, "found", &told(finding)),
                News::Gone(finding) => self.line(Sign::Good, "gone", &told(finding)),
                News::Broken(_) | News::Fresh(_) => {}
            }
        }
    }

    fn released(&mut self, done: &[Done]) {
        for one in done {
            match one {
                Done::Touched(path) => self.line(Sign::Move, "touched", path.as_str()),
                Done::Started(command) => self.line(Sign::Move, "started", command),
                Done::Restarted(command) => self.line(Sign::Move, "restarted", command),
            }
        }
    }

    fn mended(&mut self, report: &MendReport, took: Duration, errors: ShowErrors) {
        match report.result {
            MendResult::Mended => {
                let names = report.macros.iter().map(|one| one.name.as_str());
                let names = text::list(names, NAMES);
                let rest = format!("in {}: {names}", text::seconds(took));
                self.line(Sign::Good, "mended", &rest);
            }
            MendResult::Unmended => {
                let left = report
                    .macros
                    .iter()
                    .filter(|one| one.after.as_ref() != Some(&Verdict::Fresh))
                    .map(|one| one.name.as_str());
                let left = text::list(left, NAMES);
                let rest = format!("{left}; tried again when a source changes");
                self.line(Sign::Bad, "not mended", &rest);
                if let (Some(failure), ShowErrors::Yes) = (report.failure(), errors) {
                    self.failure(failure);
                }
            }
            MendResult::NothingToDo | MendResult::Cancelled => {}
        }
    }

    fn failure(&mut self, failure: &Failure) {
        for line in failed::lines(failure) {
            self.more(&line);
        }
    }

    fn keeps_running(&mut self, command: Option<&str>) {
        if let Some(command) = command {
            self.more(&format!("{command} keeps running"));
        }
    }

    fn after(&self, edited: &[Utf8PathBuf]) -> String {
        let names: Vec<String> = edited.iter().map(|path| self.show(path)).collect();
        match names.as_slice() {
            [] => String::new(),
            names => {
                let names = text::list(names.iter().map(String::as_str), NAMES);
                format!(": {names} changed")
            }
        }
    }
}

/// The finding's first sentence; its page tells the rest.
fn told(finding: &Finding) -> String {
    let sentence = finding.message.split(". ").next().unwrap_or_default();
    format!("{}: {}", finding.code, sentence.trim_end_matches('.'))
}

pub(super) fn degraded(degradation: &Degradation) -> String {
    let because = match degradation {
        Degradation::TooManyWatches => {
            "the system allows no more file watches (fs.inotify.max_user_watches)".to_owned()
        }
        Degradation::TooManyFiles => "the system allows no more open files".to_owned(),
        Degradation::RemoteFileSystem { directory } => {
            format!("{directory} lies on a file system that does not tell of changes")
        }
        Degradation::Panicked => {
            "hearing of their changes failed twice, by a bug of Sidecargo's own".to_owned()
        }
        Degradation::Unsupported { error } => error.clone(),
    };
    format!("files are asked for every second, since {because}")
}
