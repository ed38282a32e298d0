//! Prints what a run found: a table for each base, a summary, and a last line like cargo test's.

use crate::answers::Tried;
use crate::judge::{Memory, Outcome, Row};
use crate::options::Printing;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// What one fault on one base came to.
pub(crate) struct Record {
    pub(crate) fault: String,
    pub(crate) result: Tried,
    pub(crate) took: Duration,
}

/// Counts over a run.
#[derive(Debug, Default, Clone)]
pub(crate) struct Summary {
    trials: usize,
    skipped: usize,
    failed: usize,
    compared: usize,
    agreed: usize,
    false_alarms: usize,
    missed: usize,
    other_class: usize,
    not_listed: usize,
    ahead: usize,
    reasons: usize,
    reason_mismatches: usize,
}

const WIDTHS: [usize; 5] = [44, 22, 46, 30, 26];

fn line(cells: [&str; 5], end: &str) {
    let mut text = String::new();
    for (cell, width) in cells.iter().zip(WIDTHS) {
        let short: String = if cell.chars().count() > width {
            cell.chars().take(width - 1).chain(['…']).collect()
        } else {
            (*cell).to_owned()
        };
        let _ = write!(text, "{short:<width$}  ");
    }
    println!("{}", format!("{text}{end}").trim_end());
}

/// The head of a base's table.
pub(crate) fn head(base: &str, version: &str, macros: usize) {
    println!("\n== {base}: {version}, {macros} proc macros");
    line(
        ["fault", "macro", "cargo", "server", "ours (cold / warm)"],
        "ok?",
    );
}

impl Record {
    /// Prints the rows and adds them to a summary.
    pub(crate) fn print(&self, summary: &mut Summary, printing: Printing) {
        summary.trials += 1;
        if self.fault.chars().count() > WIDTHS[0] {
            println!("{}:", self.fault);
        }
        match &self.result {
            Tried::Skipped(why) => {
                summary.skipped += 1;
                println!("{:<44}  skipped: {why}", self.fault);
            }
            Tried::Failed(why) => {
                summary.failed += 1;
                println!("{:<44}  FAILED: {}", self.fault, why.trim());
            }
            Tried::CargoError {
                error,
                said,
                failures,
            } => {
                let ok = failures.is_empty();
                summary.compared += 1;
                summary.agreed += usize::from(ok);
                summary.failed += usize::from(!ok);
                line(
                    [&self.fault, "(all)", &format!("fails: {error}"), "", said],
                    if ok { "ok" } else { "FAILED" },
                );
                print_all(failures);
            }
            Tried::Judged {
                rows,
                failures,
                healthy,
            } => {
                self.print_rows(rows, *healthy, printing);
                print_all(failures);
                let mismatches = count(summary, rows);
                for mismatch in &mismatches {
                    println!("    reason: {mismatch}");
                }
                let wrong = rows
                    .values()
                    .flatten()
                    .any(|r| !matches!(r.outcome, Outcome::Agrees | Outcome::Ahead));
                summary.failed += usize::from(
                    wrong || !failures.is_empty() || printing.strict && !mismatches.is_empty(),
                );
            }
        }
        if printing.verbose {
            println!("    {:.1} s", self.took.as_secs_f64());
        }
    }

    fn print_rows(&self, rows: &BTreeMap<Memory, Vec<Row>>, healthy: usize, printing: Printing) {
        let mut name = self.fault.as_str();
        let cold = rows
            .get(&Memory::Cold)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let warm = rows
            .get(&Memory::Warm)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut quiet = 0;
        let mut printed: Vec<(String, usize)> = Vec::new();
        for at in 0..cold.len().max(warm.len()) {
            let pair = [cold.get(at), warm.get(at)];
            let Some(row) = pair.into_iter().flatten().next() else {
                continue;
            };
            let fine = |r: &&Row| r.outcome == Outcome::Agrees && r.expectation.is_healthy();
            if pair.iter().flatten().all(fine) {
                quiet += 1;
                if !printing.verbose {
                    continue;
                }
            }
            let said = pair.map(|r| r.map_or("-", |r| r.said.as_str()));
            let said = if said[0] == said[1] {
                said[0].to_owned()
            } else {
                said.join(" / ")
            };
            let expectation = &row.expectation;
            let ok = word(pair);
            // Many macros with one and the same fate make one line.
            let alike = format!("{} {} {said} {ok}", expectation.cargo, expectation.server);
            if let Some((_, times)) = printed.iter_mut().find(|(text, _)| *text == alike) {
                *times += 1;
                if *times > 2 && ok == "ok" && !printing.verbose {
                    continue;
                }
            } else {
                printed.push((alike, 1));
            }
            let package = format!(
                "{} {}",
                expectation.package.name, expectation.package.version
            );
            line(
                [
                    name,
                    &package,
                    &expectation.cargo,
                    &expectation.server,
                    &said,
                ],
                &ok,
            );
            name = "";
        }
        let more: usize = printed
            .iter()
            .map(|(_, times)| times.saturating_sub(2))
            .sum();
        if more > 0 && !printing.verbose {
            line([name, &format!("… {more} more alike"), "", "", ""], "ok");
            name = "";
        }
        if quiet > 0 && !name.is_empty() {
            let said = if cold.is_empty() && warm.is_empty() {
                "-"
            } else {
                "fresh"
            };
            line(
                [name, &format!("(all {quiet})"), "fresh", "loads", said],
                "ok",
            );
        }
        if cold.is_empty() && warm.is_empty() {
            line(
                [name, &format!("(all {healthy})"), "fresh", "loads", "-"],
                "",
            );
        }
    }
}

fn word(pair: [Option<&Row>; 2]) -> String {
    let one = |outcome: &Outcome| match outcome {
        Outcome::Agrees => "ok",
        Outcome::Ahead => "ahead of cargo",
        Outcome::FalseAlarm => "FALSE ALARM",
        Outcome::Missed => "MISSED",
        Outcome::OtherClass => "OTHER CLASS",
        Outcome::NotListed => "NOT LISTED",
    };
    let words: Vec<&str> = pair.iter().flatten().map(|r| one(&r.outcome)).collect();
    match words.as_slice() {
        [a, b] if a == b => (*a).to_owned(),
        words => words.join(" / "),
    }
}

fn print_all(failures: &[String]) {
    for failure in failures {
        println!("    FAILED: {failure}");
    }
}

/// Counts rows and returns the reasons that do not fit, each once.
fn count(summary: &mut Summary, rows: &BTreeMap<Memory, Vec<Row>>) -> Vec<String> {
    let mut mismatches = Vec::new();
    for row in rows.values().flatten() {
        summary.compared += 1;
        match row.outcome {
            Outcome::Agrees => summary.agreed += 1,
            Outcome::Ahead => summary.ahead += 1,
            Outcome::FalseAlarm => summary.false_alarms += 1,
            Outcome::Missed => summary.missed += 1,
            Outcome::OtherClass => summary.other_class += 1,
            Outcome::NotListed => summary.not_listed += 1,
        }
        summary.reasons += usize::from(row.said.starts_with("stale"));
        if let Some(mismatch) = &row.reason_mismatch {
            summary.reason_mismatches += 1;
            let text = format!(
                "{} {}: {mismatch}",
                row.expectation.package.name, row.expectation.package.version
            );
            if !mismatches.contains(&text) {
                mismatches.push(text);
            }
        }
    }
    mismatches
}

impl Summary {
    /// Counts and prints a failure of the suite itself.
    pub(crate) fn fail(&mut self, why: &str) {
        self.trials += 1;
        self.failed += 1;
        println!("FAILED: {why}");
    }

    pub(crate) fn is_success(&self) -> bool {
        self.failed == 0
    }

    /// Adds another's counts.
    pub(crate) fn add(&mut self, other: &Summary) {
        self.trials += other.trials;
        self.skipped += other.skipped;
        self.failed += other.failed;
        self.compared += other.compared;
        self.agreed += other.agreed;
        self.false_alarms += other.false_alarms;
        self.missed += other.missed;
        self.other_class += other.other_class;
        self.not_listed += other.not_listed;
        self.ahead += other.ahead;
        self.reasons += other.reasons;
        self.reason_mismatches += other.reason_mismatches;
    }

    /// One line for a base or for all.
    pub(crate) fn print(&self, what: &str) {
        println!(
            "{what}: agreement {}/{}, false alarms {}, missed {}, other class {}, not listed {}, ahead of cargo {}, reasons {}/{}",
            self.agreed + self.ahead,
            self.compared,
            self.false_alarms,
            self.missed,
            self.other_class,
            self.not_listed,
            self.ahead,
            self.reasons - self.reason_mismatches,
            self.reasons,
        );
    }

    /// The last line.
    pub(crate) fn close(&self, filtered: usize, took: Duration) {
        let word = if self.is_success() { "ok" } else { "FAILED" };
        println!(
            "\ntest result: {word}. {} passed; {} failed; {} ignored; 0 measured; {filtered} filtered out; finished in {:.2}s\n",
            self.trials - self.failed - self.skipped,
            self.failed,
            self.skipped,
            took.as_secs_f64(),
        );
    }
}
