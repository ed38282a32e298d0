//! The report for people: one line when all is well, else a block for each cause and what to type next.

mod blocks;

use camino::Utf8Path;

use super::Counting;
use super::brief::Mark;
use crate::cli::terminal::{COLUMNS, Look, Tone};
use crate::cli::{text, time};
use crate::expected::{Member, SelectedBy};
use crate::inspect::{BuildActivity, InspectedMacro, Inspection};
use crate::names::{Layout, Location};
use crate::observed::process::BuildProcess;
use crate::verdict::{Code, Verdict};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The healthy ones as a number.
    Brief,
    /// The healthy ones by name, with built when and by what.
    Full,
}

/// What the report needs to know besides the inspection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// How it looks.
    pub(crate) look: Look,
    /// How much is shown.
    pub(crate) detail: Detail,
    /// How to call this program, such as `sidecargo`.
    pub(crate) program: &'a str,
    /// What to add to `sidecargo fix` to mean the same workspace, as it was typed; empty for the current directory.
    pub(crate) selection: &'a str,
    /// Which findings count.
    pub(crate) counting: &'a Counting,
}

/// The whole report, with a line end after its last line.
pub(crate) fn render(inspection: &Inspection, context: &Context<'_>) -> String {
    let mut report = Report {
        inspection,
        context,
        look: context.look,
        out: String::new(),
    };
    let is_quiet = |inspected: &InspectedMacro| {
        matches!(Mark::of(&inspected.verdict), Mark::Healthy | Mark::Unknown)
    };
    if inspection.findings.is_empty() && inspection.macros.iter().all(is_quiet) {
        report.quiet();
    } else {
        report.header();
        report.blocks();
        report.others();
        report.closing();
    }
    report.notes();
    report.out
}

/// The longest name and version that a column is made wide enough for.
const LONGEST_NAME: usize = 28;

struct Report<'a> {
    inspection: &'a Inspection,
    context: &'a Context<'a>,
    look: Look,
    out: String,
}

impl Report<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// A line or two where there is nothing to tell of single macros.
    fn quiet(&mut self) {
        let about = self.about();
        if self.inspection.macros.is_empty() {
            let mark = self.mark(Mark::Healthy);
            self.line(&format!(
                "{mark} no proc macros in this workspace ({about})"
            ));
            return;
        }
        let all_fresh = self.inspection.macros.iter().all(is_fresh);
        if all_fresh {
            let mark = self.mark(Mark::Healthy);
            let number = text::count(self.inspection.macros.len(), "proc macro");
            self.line(&format!("{mark} {number} fresh ({about})"));
            if self.context.detail == Detail::Full {
                self.list_fresh();
            }
        } else {
            let number = text::count(self.inspection.macros.len(), "proc macro");
            self.line(&format!("{number} ({about}):"));
            self.others();
        }
    }

    /// The workspace and the compiler, as far as it is known.
    fn about(&self) -> String {
        let name = workspace_name(self.inspection);
        match &self.inspection.toolchain {
            Some(toolchain) => format!("{name}, {}", toolchain.rustc.short()),
            None => name.to_owned(),
        }
    }

    fn header(&mut self) {
        let inspection = self.inspection;
        let directory = self.show(&inspection.profile_directory);
        let layout = match inspection.layout {
            Some(Layout::V1) => " (layout v1)",
            Some(Layout::V2) => " (layout v2)",
            None => "",
        };
        let mut parts = vec![
            concat!("sidecargo ", env!("CARGO_PKG_VERSION")).to_owned(),
            workspace_name(inspection).to_owned(),
        ];
        if let Some(toolchain) = &inspection.toolchain {
            let selected_by = selected_by(toolchain.selected_by);
            parts.push(format!("{} ({selected_by})", toolchain.rustc.short()));
        }
        parts.push(format!("{directory}{layout}"));
        let divider = self.look.either(" · ", " | ");
        let mut line = String::new();
        for part in parts {
            if line.is_empty() {
                line = part;
            } else if text::width(&line) + text::width(divider) + text::width(&part) <= COLUMNS {
                line = format!("{line}{divider}{part}");
            } else {
                let full = std::mem::replace(&mut line, part);
                self.line(&full);
            }
        }
        self.line(&line);
        self.line("");
    }

    /// How many macros are not spoken of one by one: fresh, in the making, not known.
    fn others(&mut self) {
        let findings = &self.inspection.findings;
        let is_told = |inspected: &InspectedMacro| {
            let id = &inspected.expected.package_id;
            findings
                .iter()
                .any(|finding| finding.package_ids.contains(id))
        };
        let number = |wanted: &dyn Fn(&InspectedMacro) -> bool| {
            let macros = self.inspection.macros.iter();
            macros.filter(|inspected| wanted(inspected)).count()
        };
        let unknown = |inspected: &InspectedMacro| {
            matches!(inspected.verdict, Verdict::Unknown(_)) && !is_told(inspected)
        };
        let building = |inspected: &InspectedMacro| inspected.verdict == Verdict::Building;
        let counts = [
            (Mark::Healthy, number(&is_fresh), "fresh"),
            (Mark::Unknown, number(&building), "being built"),
            (Mark::Unknown, number(&unknown), "not known to be fresh"),
        ];
        for (mark, number, what) in counts {
            if number > 0 {
                let sign = self.mark(mark);
                self.line(&format!("  {sign} {number} {what}"));
            }
            if mark == Mark::Healthy && self.context.detail == Detail::Full {
                self.list_fresh();
            }
        }
    }

    fn list_fresh(&mut self) {
        let fresh: Vec<&InspectedMacro> = self
            .inspection
            .macros
            .iter()
            .filter(|inspected| is_fresh(inspected))
            .collect();
        let longest = fresh
            .iter()
            .map(|inspected| text::width(&title(&[inspected])))
            .max()
            .unwrap_or(0)
            .min(LONGEST_NAME);
        for inspected in fresh {
            let built_at = inspected.built_at.and_then(time::in_words);
            let built_by = inspected
                .built_by
                .as_ref()
                .map(|rustc| format!("by {}", rustc.short()));
            let built: Vec<String> = built_at.into_iter().chain(built_by).collect();
            let built = if built.is_empty() {
                String::new()
            } else {
                format!("built {}", built.join(" "))
            };
            self.line(&format!("    {:<longest$}  {built}", title(&[inspected])));
        }
    }

    fn closing(&mut self) {
        let sentence = self.outcome();
        if sentence.is_empty() && self.inspection.findings.is_empty() {
            return;
        }
        self.line("");
        if !sentence.is_empty() {
            self.line(&sentence);
        }
        let Context {
            program, selection, ..
        } = self.context;
        let mendable = self.mendable();
        let mend = match mendable {
            0 => None,
            1 => Some(("Mend it: ", format!("{program} fix{selection}"))),
            _ => Some(("Mend them: ", format!("{program} fix{selection}"))),
        };
        let gravest = self.inspection.findings.first();
        let why = gravest.map(|finding| ("Why: ", format!("{program} explain {}", finding.code)));
        let commands: Vec<(&str, String)> = mend.into_iter().chain(why).collect();

        let gap = " ".repeat(5);
        let widths = commands
            .iter()
            .map(|(label, command)| text::width(label) + text::width(command));
        let fits = widths.sum::<usize>() + gap.len() <= COLUMNS;
        let painted: Vec<String> = commands
            .iter()
            .map(|(label, command)| format!("{label}{}", self.look.paint(Tone::Code, command)))
            .collect();
        if fits {
            self.line(&painted.join(&gap));
        } else {
            for line in painted {
                self.line(&line);
            }
        }
    }

    /// How many macros `fix` would do something about.
    fn mendable(&self) -> usize {
        let marks = self
            .inspection
            .macros
            .iter()
            .map(|inspected| Mark::of(&inspected.verdict));
        marks
            .filter(|mark| matches!(mark, Mark::Broken | Mark::Doubtful))
            .count()
    }

    /// What it comes to, in one sentence.
    fn outcome(&self) -> String {
        let macros = &self.inspection.macros;
        let number = |mark| {
            macros
                .iter()
                .filter(|inspected| Mark::of(&inspected.verdict) == mark)
                .count()
        };
        let (broken, old) = (number(Mark::Broken), number(Mark::Doubtful));
        let of_all = format!("of {}", text::count(macros.len(), "proc macro"));
        let expand = if old == 1 { "expands" } else { "expand" };
        match (broken, old) {
            (0, 0) => String::new(),
            (0, old) => format!("{old} {of_all} {expand} with old code."),
            (1, 0) if macros.len() == 1 => "The only proc macro will not expand.".to_owned(),
            (broken, 0) if broken == macros.len() => {
                format!("None of the {broken} proc macros will expand.")
            }
            (broken, 0) => format!("{broken} {of_all} will not expand."),
            (broken, old) => {
                format!("{broken} {of_all} will not expand, {old} {expand} with old code.")
            }
        }
    }

    /// What limits the report: a running build, codes that do not count, what could not be known.
    fn notes(&mut self) {
        let mut notes = Vec::new();
        if self.inspection.build == BuildActivity::Running {
            let orphan = self.inspection.orphans.first().map(BuildProcess::named);
            let who = orphan.map_or_else(
                || "A build is running here".to_owned(),
                |orphan| {
                    format!(
                        "A build is running here, though no cargo holds its lock: {orphan} is at work"
                    )
                },
            );
            notes.push(format!(
                "{who}; look again when it has ended, or use --wait."
            ));
        }
        let codes: Vec<&str> = self
            .context
            .counting
            .left_out(&self.inspection.findings)
            .map(Code::as_str)
            .collect();
        if !codes.is_empty() {
            notes.push(format!("Not counted, as asked for: {}.", codes.join(", ")));
        }
        notes.extend(
            self.inspection
                .limits
                .as_ref()
                .map(|limits| format!("Note: {limits}")),
        );
        for note in notes {
            let note = self.look.text(&note).into_owned();
            for line in text::wrap(&note, COLUMNS) {
                self.line(&line);
            }
        }
    }

    fn mark(&self, mark: Mark) -> String {
        self.look.paint(mark.tone(), mark.sign(self.look))
    }

    fn place(&self, location: &Location) -> String {
        format!("{}:{}", self.show(&location.path), location.line)
    }

    fn show(&self, path: &Utf8Path) -> String {
        text::relative_to(&self.inspection.workspace.root, path).to_string()
    }
}

fn is_fresh(inspected: &InspectedMacro) -> bool {
    inspected.verdict == Verdict::Fresh
}

/// The name of the root package or of the only member, else that of the workspace's directory.
fn workspace_name(inspection: &Inspection) -> &str {
    let workspace = &inspection.workspace;
    let is_root = |member: &&Member| member.manifest_path.parent() == Some(&workspace.root);
    match workspace.members.as_slice() {
        [only] => only.name.as_str(),
        members => members.iter().find(is_root).map_or_else(
            || workspace.root.file_name().unwrap_or("workspace"),
            |member| member.name.as_str(),
        ),
    }
}

fn selected_by(selected_by: SelectedBy) -> &'static str {
    match selected_by {
        SelectedBy::ToolchainFile => "rust-toolchain.toml",
        SelectedBy::Environment => "RUSTUP_TOOLCHAIN",
        SelectedBy::Override => "rustup override",
        SelectedBy::Default => "default",
        SelectedBy::Path => "from PATH",
    }
}

/// `serde_derive 1.0.229`, or how many.
fn title(macros: &[&InspectedMacro]) -> String {
    match macros {
        [] => String::new(),
        [only] => {
            // Without asking cargo the version is not known.
            let title = format!("{} {}", only.expected.name, only.expected.version);
            title.trim_end().to_owned()
        }
        several => text::count(several.len(), "proc macro"),
    }
}

#[cfg(test)]
mod tests;
