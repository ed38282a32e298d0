//! The blocks of the report for people: one for each finding, with what happened, who needs the macro and where it lies.

use std::fmt::Write as _;

use camino::Utf8Path;

use super::{LONGEST_NAME, Report, title};
use crate::cli::report::brief::{self, Mark};
use crate::cli::report::macros_of;
use crate::cli::terminal::{COLUMNS, Tone};
use crate::cli::{remedies, text};
use crate::expected::Way;
use crate::inspect::InspectedMacro;
use crate::names::{Location, PackageName};
use crate::verdict::{Finding, Severity};

/// The columns that the blocks of one report share.
struct Columns {
    status: usize,
    name: usize,
}

impl Columns {
    const INDENT: usize = 2;
    const AFTER_STATUS: usize = 2;
    const AFTER_NAME: usize = 3;

    fn of(findings: &[(&Finding, Vec<&InspectedMacro>)]) -> Self {
        let longest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        Self {
            status: longest(&mut findings.iter().filter_map(|(_, macros)| {
                macros
                    .first()
                    .map(|inspected| text::width(inspected.verdict.status()))
            })),
            name: longest(
                &mut findings
                    .iter()
                    .map(|(_, macros)| text::width(&title(macros))),
            )
            .min(LONGEST_NAME),
        }
    }

    /// Where details below a block's first line begin: under the name.
    fn detail(&self) -> usize {
        Self::INDENT + 2 + self.status + Self::AFTER_STATUS
    }

    /// Where the phrase on a block's first line begins.
    fn phrase(&self) -> usize {
        self.detail() + self.name + Self::AFTER_NAME
    }
}

impl Report<'_> {
    /// A block for each finding, in their order.
    pub(super) fn blocks(&mut self) {
        let findings: Vec<(&Finding, Vec<&InspectedMacro>)> = self
            .inspection
            .findings
            .iter()
            .map(|finding| (finding, macros_of(self.inspection, finding)))
            .collect();
        let columns = Columns::of(&findings);
        for (finding, macros) in &findings {
            match macros.as_slice() {
                [] => self.general_block(finding),
                [inspected] => self.macro_block(finding, inspected, &columns),
                several => self.shared_block(finding, several, &columns),
            }
        }
    }

    fn macro_block(&mut self, finding: &Finding, inspected: &InspectedMacro, columns: &Columns) {
        let show = |path: &Utf8Path| self.show(path);
        let phrase = brief::what_happened(&inspected.verdict, &show);
        self.first_line(inspected, &title(&[inspected]), &phrase, columns);
        if let Some(meaning) = brief::what_it_means(&inspected.verdict) {
            self.detail(meaning, columns);
        }
        self.origin(inspected, finding.location.as_ref(), columns);
        if let Some(dylib) = &inspected.dylib {
            let room = COLUMNS - columns.detail();
            let shown = text::elide(
                text::relative_to(&self.inspection.workspace.root, dylib),
                room,
                self.look.either("…", "..."),
            );
            self.detail_in(Tone::Faint, shown.as_str(), columns);
        }
    }

    /// Many macros: the few words of their common cause and their names, or else the message, which has the names.
    fn shared_block(&mut self, finding: &Finding, several: &[&InspectedMacro], columns: &Columns) {
        let Some(first) = several.first() else { return };
        let show = |path: &Utf8Path| self.show(path);
        let verdicts = several.iter().map(|inspected| &inspected.verdict);
        let Some(cause) = brief::common_cause(verdicts, &show) else {
            self.first_line(first, &title(several), "", columns);
            self.detail(&finding.message, columns);
            return;
        };
        self.first_line(first, &title(several), &cause, columns);
        if let Some(meaning) = brief::what_it_means(&first.verdict) {
            self.detail(meaning, columns);
        }
        let room = 2 * (COLUMNS - columns.detail());
        let mut names: Vec<&str> = several
            .iter()
            .map(|inspected| inspected.expected.name.as_str())
            .collect();
        names.dedup();
        self.detail_in(Tone::Faint, &text::list(names, room), columns);
        // Of the manifests one line would be as good as another; the toolchain file is the cause itself.
        let place = finding.location.as_ref();
        if let Some(place) = place.filter(|place| place.path.file_name() != Some("Cargo.toml")) {
            let place = self.place(place);
            self.detail(&place, columns);
        }
    }

    fn general_block(&mut self, finding: &Finding) {
        let mark = match finding.severity {
            Severity::Error => Mark::Broken,
            Severity::Warning => Mark::Doubtful,
            Severity::Information | Severity::Hint => Mark::Unknown,
        };
        let code = self.look.paint(Tone::Strong, finding.code.as_str());
        let place = match &finding.location {
            Some(location) => format!("   {}", self.place(location)),
            None => String::new(),
        };
        self.line(&format!("  {} {code}{place}", self.mark(mark)));
        let message = self.look.text(&finding.message).into_owned();
        for line in text::wrap(&message, COLUMNS - 4) {
            self.line(&format!("    {line}"));
        }
        let root = &self.inspection.workspace.root;
        let helps = remedies::numbered(&finding.remedies, root, self.look, "    ");
        for line in helps.lines() {
            self.line(line);
        }
    }

    fn first_line(
        &mut self,
        inspected: &InspectedMacro,
        title: &str,
        phrase: &str,
        columns: &Columns,
    ) {
        let mark = Mark::of(&inspected.verdict);
        let phrase = self.look.text(phrase).into_owned();
        let status = format!(
            "{:<width$}",
            inspected.verdict.status(),
            width = columns.status
        );
        let fits = text::width(title) <= columns.name
            && columns.phrase() + text::width(&phrase) <= COLUMNS;
        let padding =
            " ".repeat((columns.name + Columns::AFTER_NAME).saturating_sub(text::width(title)));
        let mut line = format!(
            "{}{} {}{}{}",
            " ".repeat(Columns::INDENT),
            self.mark(mark),
            self.look.paint(mark.tone(), &status),
            " ".repeat(Columns::AFTER_STATUS),
            self.look.paint(Tone::Strong, title),
        );
        if fits {
            line.push_str(&padding);
            line.push_str(&phrase);
        }
        self.line(&line);
        if !fits {
            self.detail(&phrase, columns);
        }
    }

    /// Who needs it, and where that is written.
    fn origin(&mut self, inspected: &InspectedMacro, place: Option<&Location>, columns: &Columns) {
        let needed = needed_by(&inspected.expected.ways);
        let place = place
            .map(|location| self.place(location))
            .unwrap_or_default();
        if needed.is_empty() {
            self.detail(&place, columns);
            return;
        }
        let needed = self.look.text(&needed).into_owned();
        let used = columns.detail() + text::width(&needed);
        if !place.is_empty() && used + 3 + text::width(&place) <= COLUMNS {
            let gap = (columns.phrase() + 2).saturating_sub(used).max(3);
            let gap = gap.min(COLUMNS - used - text::width(&place));
            self.detail(&format!("{needed}{}{place}", " ".repeat(gap)), columns);
        } else {
            self.detail(&needed, columns);
            self.detail(&place, columns);
        }
    }

    fn detail(&mut self, text: &str, columns: &Columns) {
        let text = self.look.text(text).into_owned();
        let room = COLUMNS - columns.detail();
        let lines = if text::width(&text) <= room {
            vec![text]
        } else {
            text::wrap(&text, room)
        };
        for line in lines.iter().filter(|line| !line.is_empty()) {
            self.line(&format!("{}{line}", " ".repeat(columns.detail())));
        }
    }

    fn detail_in(&mut self, tone: Tone, text: &str, columns: &Columns) {
        for line in text::wrap(text, COLUMNS - columns.detail()) {
            let painted = self.look.paint(tone, &line);
            self.line(&format!("{}{painted}", " ".repeat(columns.detail())));
        }
    }
}

/// `needed by tracing → mini-redis`; nothing for a member that only its own workspace's editor needs.
fn needed_by(ways: &[Way]) -> String {
    let mut steps = ways.iter().map(|way| {
        let users = way.packages.iter().rev().skip(1);
        users
            .map(PackageName::as_str)
            .collect::<Vec<_>>()
            .join(" → ")
    });
    let Some(first) = steps.find(|way| !way.is_empty()) else {
        return String::new();
    };
    let others = steps.filter(|way| !way.is_empty()).count();
    let mut text = format!("needed by {first}");
    if others > 0 {
        let _ = write!(text, " and {}", text::count(others, "other"));
    }
    text
}
