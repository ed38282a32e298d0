//! What came of a remedy, for people. Pure: report in, text out.

use std::fmt::Write as _;
use std::time::Duration;

use crate::cli::failure;
use crate::cli::remedies::numbered;
use crate::cli::report::{self, Context};
use crate::cli::terminal::{COLUMNS, Tone};
use crate::cli::text;
use crate::remedy::{Failure, MendReport, MendResult, MendedMacro, other_plans};
use crate::verdict::{Code, Finding, Verdict};

/// How much of a compiler's error is shown; the rest is for `cargo check` to show.
const LINES_OF_AN_ERROR: usize = 30;
const LINES_OF_OUTPUT: usize = 12;

/// The text, with a line end.
pub(super) fn render(report: &MendReport, took: Duration, context: &Context<'_>) -> String {
    let mut out = String::new();
    if let Some(besides) = report.besides() {
        paragraph(&mut out, &besides);
        out.push('\n');
    }
    match report.result {
        MendResult::NothingToDo => {}
        MendResult::Mended => mended(&mut out, report, took, context),
        MendResult::Unmended => unmended(&mut out, report, context),
        MendResult::Cancelled => out.push_str("Stopped before the end.\n\n"),
    }
    out.push_str(&report::human::render(&report.after, context));
    if report.result == MendResult::Mended {
        stay_mended(&mut out, report);
        let advice = "If rust-analyzer still shows an error, it remembers it: have it rebuild its proc macros, or restart it.";
        paragraph(&mut out, advice);
    }
    out
}

fn mended(out: &mut String, report: &MendReport, took: Duration, context: &Context<'_>) {
    let look = context.look;
    let took = text::seconds(took);
    let mended: Vec<&MendedMacro> = report
        .macros
        .iter()
        .filter(|one| one.before != Verdict::Fresh)
        .collect();
    if mended.is_empty() {
        let number = text::count(report.macros.len(), "proc macro");
        let _ = writeln!(out, "Rebuilt {number} in {took}.");
        return;
    }
    let number = text::count(mended.len(), "proc macro");
    let _ = writeln!(out, "Mended {number} in {took}:");
    let longest = mended
        .iter()
        .map(|one| text::width(one.name.as_str()))
        .max()
        .unwrap_or(0);
    for one in mended {
        let mark = look.paint(Tone::Good, look.either("✓", "ok"));
        let name = format!("{:<longest$}", one.name.as_str());
        let _ = writeln!(out, "  {mark} {name}  was {}", one.before.status());
    }
    out.push('\n');
}

/// What keeps another machine from breaking them again.
fn stay_mended(out: &mut String, report: &MendReport) {
    let is_foreign = |one: &MendedMacro| matches!(one.before, Verdict::WrongPlatform(_));
    if report.macros.iter().any(is_foreign) {
        let apart = other_plans::separate_directories(report.after.toolchain.as_ref());
        paragraph(out, &format!("So that it stays so: {}.", apart.title));
    }
}

fn unmended(out: &mut String, report: &MendReport, context: &Context<'_>) {
    if let Some(failure) = report.failure() {
        what_failed(out, failure, context);
        if let Some(finding) = &report.failed {
            out.push('\n');
            paragraph(out, &finding.message);
            what_helps(out, finding, report, context);
        }
        let again = format!("{} fix{}", context.program, context.selection);
        let _ = writeln!(out, "Mend this first, then run `{again}` again.");
        let why = format!("{} explain {}", context.program, Code::BuildFailed);
        let _ = writeln!(out, "Why: {}\n", context.look.paint(Tone::Code, &why));
    }
    // Where it is known what failed, a clean would only fail in the same way.
    let is_known = report
        .failed
        .as_ref()
        .is_some_and(|finding| !finding.remedies.is_empty());
    if !is_known && report.macros.iter().any(|one| one.next.is_some()) {
        let command = format!("{} fix{} --clean", context.program, context.selection);
        let _ = writeln!(
            out,
            "The rebuild did not mend all. Try it with a clean: {}\n",
            context.look.paint(Tone::Code, &command)
        );
    }
}

/// What mends a failure, with the commands to copy.
fn what_helps(out: &mut String, finding: &Finding, report: &MendReport, context: &Context<'_>) {
    if !finding.remedies.is_empty() {
        let root = &report.after.workspace.root;
        out.push_str("\nWhat helps:\n");
        out.push_str(&numbered(&finding.remedies, root, context.look, "  "));
    }
    out.push('\n');
}

/// Says what failed.
fn what_failed(out: &mut String, failure: &Failure, context: &Context<'_>) {
    match failure {
        Failure::Command {
            run,
            status,
            tail,
            compiler_errors,
        } => {
            let status = status.map_or_else(
                || "was ended by a signal".to_owned(),
                |status| format!("failed with status {status}"),
            );
            let program = run
                .iter()
                .take(2)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" ");
            let _ = writeln!(
                out,
                "{} {status}.",
                context.look.paint(Tone::Code, &program)
            );
            let (said, lines) = match compiler_errors.first() {
                Some(error) => (
                    error.rendered.as_ref().unwrap_or(&error.message),
                    LINES_OF_AN_ERROR,
                ),
                None => (tail, LINES_OF_OUTPUT),
            };
            let all = said.trim_end().lines().count();
            // The beginning of an error says most, and the end of other output.
            let skipped = if compiler_errors.is_empty() {
                all.saturating_sub(lines)
            } else {
                0
            };
            for line in said.trim_end().lines().skip(skipped).take(lines) {
                let _ = writeln!(out, "  {line}");
            }
            if compiler_errors.len() > 1 {
                let others = text::count(compiler_errors.len() - 1, "more error");
                let _ = writeln!(out, "  {} and {others}", context.look.either("…", "..."));
            }
        }
        Failure::Process(error) => paragraph(out, &failure::sentence_of(error)),
        Failure::File(error) => paragraph(out, &failure::sentence_of(error)),
    }
}

fn paragraph(out: &mut String, text: &str) {
    for line in text::wrap(text, COLUMNS) {
        let _ = writeln!(out, "{line}");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_raw_string_hashes)] // As expect-test writes them.

    use expect_test::expect;

    use super::*;
    use crate::cargo::messages::CompilerError;
    use crate::cli::report::{Counting, samples};
    use crate::remedy::{Outcome, Plan, RemedyKind, Round, RunResult, Step};

    const UNUSABLE: &str =
        "/home/me/space/mini-redis/target/debug/deps/libcore-0123456789abcdef.rlib";

    fn failed(message: &str) -> CompilerError {
        CompilerError {
            target: "mac".to_owned(),
            package_id: "mac 0.1.0".to_owned(),
            message: message.to_owned(),
            rendered: Some(format!("error: {message}\n --> src/lib.rs:3:1\n")),
            path: None,
            line: 0,
            column: 0,
        }
    }

    #[test]
    fn what_failed_is_told_with_how_to_go_on() {
        let failure = Failure::Command {
            run: ["cargo", "check", "--workspace"]
                .map(str::to_owned)
                .to_vec(),
            status: Some(101),
            tail: String::new(),
            compiler_errors: vec![failed("no such name"), failed("no such type")],
        };
        let report = MendReport {
            rounds: vec![Round {
                plan: Plan::new(RemedyKind::Rebuild, "Rebuild mac", Vec::new()),
                outcome: Outcome {
                    executed: vec![Step::Remove {
                        remove: UNUSABLE.into(),
                    }],
                    result: RunResult::Failed(failure),
                    dylibs: Vec::new(),
                    local: Vec::new(),
                },
                unusable: vec![UNUSABLE.into()],
            }],
            macros: Vec::new(),
            failed: None,
            after: samples::workspace(),
            result: MendResult::Unmended,
        };
        let counting = Counting::default();
        let context = Context {
            program: "cargo run --",
            selection: " ../app",
            ..samples::plain_context(&counting)
        };
        let text = render(&report, Duration::from_secs(1), &context);
        expect![[r#"
            The build could not use debug/deps/libcore-0123456789abcdef.rlib in
            /home/me/space/mini-redis/target, so it was removed to be built anew.

            cargo check failed with status 101.
              error: no such name
               --> src/lib.rs:3:1
              ... and 1 more error
            Mend this first, then run `cargo run -- fix ../app` again.
            Why: cargo run -- explain build-failed

            ok no proc macros in this workspace (mini-redis, rustc 1.95.0)
        "#]]
        .assert_eq(&text);
    }
}
