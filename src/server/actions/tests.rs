//! What is offered where, for what each client sends along.

#![allow(
    clippy::needless_raw_string_hashes,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]

mod kept;
mod recorded;

use std::sync::Arc;

use expect_test::{Expect, expect};

use super::*;
use crate::inspect::{BuildActivity, Coverage};
use crate::names::Location;
use crate::remedy::Plan;
use crate::verdict::fixtures::{findings, inspected, workspace};
use crate::verdict::{Corruption, MissingReason};

const MESSAGE: &str = "proc-macro panicked: failed to load macro: Cannot create expander for /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so: No such file or directory (os error 2)";

/// `tracing-attributes` deleted, `tokio-macros` fresh; marked at line 7 of the manifest.
fn inspection(of_tracing: Verdict) -> Inspection {
    let macros = vec![
        inspected(&["tracing", "tracing-attributes"], of_tracing),
        inspected(&["tokio", "tokio-macros"], Verdict::Fresh),
    ];
    let mut findings = findings(&macros);
    for finding in &mut findings {
        finding.location = Some(Location {
            path: "/w/Cargo.toml".into(),
            line: 7,
            column: 1,
            end_column: 8,
        });
        let plan = |kind, title: &str| Plan::new(kind, title.to_owned(), Vec::new());
        finding.remedies = vec![
            plan(RemedyKind::Rebuild, "Rebuild tracing-attributes"),
            plan(
                RemedyKind::CleanAndRebuild,
                "Clean and rebuild tracing-attributes",
            ),
            plan(RemedyKind::SeparateDirectories, "Keep them apart"),
        ];
    }
    Inspection {
        workspace: Arc::new(workspace()),
        layout: None,
        profile: "dev".to_owned(),
        profile_directory: "/w/target/debug".into(),
        toolchain: None,
        rust_analyzer: None,
        build: BuildActivity::Idle,
        orphans: Vec::new(),
        macros,
        findings,
        inputs: Vec::new(),
        footing: Arc::default(),
        sources: Arc::default(),
        coverage: Coverage::Whole,
        limits: None,
    }
}

/// The whole of a line, from one.
fn on_line(line: u32) -> (Point, Point) {
    let point = |units| Point {
        line: line - 1,
        units,
    };
    (point(0), point(80))
}

fn sent(source: &str, code: &str, message: &str) -> SentDiagnostic {
    SentDiagnostic {
        source: Some(source.to_owned()),
        code: Some(code.to_owned()),
        message: message.to_owned(),
        range: on_line(3),
    }
}

#[track_caller]
fn check(
    verdict: Verdict,
    (path, line): (&str, u32),
    diagnostics: Vec<SentDiagnostic>,
    only: &[&str],
    expected: &Expect,
) {
    let inspection = inspection(verdict);
    let shown: Vec<&Finding> = inspection.findings.iter().collect();
    let view = View {
        inspection: &inspection,
        shown: &shown,
        uses: &[],
        kept: &BTreeSet::new(),
        edits: &[],
    };
    let request = ActionRequest {
        path: path.into(),
        range: on_line(line),
        diagnostics,
        only: only.iter().map(|kind| (*kind).to_owned()).collect(),
    };
    let lines: Vec<String> = actions(&request, &[view])
        .iter()
        .map(|action| {
            let preferred = match action.preference {
                Preference::Preferred => " preferred",
                Preference::Other => "",
            };
            format!(
                "{}{preferred}: {} -> {} {:?} for {:?}\n",
                action.kind.as_str(),
                action.title,
                effect(action),
                action
                    .target
                    .package_ids
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>(),
                action.answers,
            )
        })
        .collect();
    expected.assert_eq(&lines.concat());
}

fn effect(action: &Action) -> String {
    match &action.effect {
        Effect::Command(name) => name.as_str().to_owned(),
        Effect::Edit(edit) => format!("{} in {}", edit.text, edit.place.path),
    }
}

fn deleted() -> Verdict {
    Verdict::Missing(MissingReason::Deleted)
}

#[test]
fn at_our_diagnostic_by_its_line_where_the_client_sends_none() {
    check(
        deleted(),
        ("/w/Cargo.toml", 7),
        vec![],
        &[],
        &expect![[r#"
            quickfix preferred: Rebuild tracing-attributes -> sidecargo.rebuild ["tracing-attributes@1.0.2"] for []
            quickfix: Clean and rebuild tracing-attributes -> sidecargo.cleanAndRebuild ["tracing-attributes@1.0.2"] for []
            quickfix: Keep them apart -> sidecargo.remedy ["tracing-attributes@1.0.2"] for []
            source.fixAll.sidecargo: Mend all proc macros of this workspace -> sidecargo.fixAll [] for []
        "#]],
    );
    check(deleted(), ("/w/Cargo.toml", 8), vec![], &[], &expect![[""]]);
    check(
        deleted(),
        ("/w/app/Cargo.toml", 7),
        vec![],
        &[],
        &expect![[""]],
    );
}

#[test]
fn at_our_diagnostic_by_its_text_where_an_edit_moved_it() {
    let inspection = inspection(deleted());
    let message = inspection
        .findings
        .iter()
        .map(|finding| finding.message.clone());
    let ours = message
        .map(|message| sent("sidecargo", "dylib-missing", &message))
        .collect();
    check(
        deleted(),
        ("/w/Cargo.toml", 9),
        ours,
        &["quickfix"],
        &expect![[r#"
            quickfix preferred: Rebuild tracing-attributes -> sidecargo.rebuild ["tracing-attributes@1.0.2"] for [0]
            quickfix: Clean and rebuild tracing-attributes -> sidecargo.cleanAndRebuild ["tracing-attributes@1.0.2"] for [0]
            quickfix: Keep them apart -> sidecargo.remedy ["tracing-attributes@1.0.2"] for [0]
        "#]],
    );
}

#[test]
fn at_rust_analyzers_own_error() {
    let theirs = || {
        vec![
            sent("rust-analyzer", "E0308", "expected u32, found ()"),
            sent("rust-analyzer", "macro-error", MESSAGE),
        ]
    };
    check(
        deleted(),
        ("/w/src/lib.rs", 3),
        theirs(),
        &[],
        &expect![[r#"
            quickfix preferred: Rebuild tracing-attributes -> sidecargo.rebuild ["tracing-attributes@1.0.2"] for [1]
            quickfix: Clean and rebuild tracing-attributes -> sidecargo.cleanAndRebuild ["tracing-attributes@1.0.2"] for [1]
            quickfix: Keep them apart -> sidecargo.remedy ["tracing-attributes@1.0.2"] for [1]
            source.fixAll.sidecargo: Mend all proc macros of this workspace -> sidecargo.fixAll [] for []
        "#]],
    );
    // Mended outside: only its memory is at fault.
    check(
        Verdict::Fresh,
        ("/w/src/lib.rs", 3),
        theirs(),
        &[],
        &expect![[r#"
            quickfix preferred: Reload rust-analyzer's proc macros (they are built) -> sidecargo.reloadRustAnalyzer [] for [1]
            quickfix: Clean and rebuild tracing-attributes -> sidecargo.cleanAndRebuild ["tracing-attributes@1.0.2"] for [1]
        "#]],
    );
    // A build is deciding.
    check(
        Verdict::Building,
        ("/w/src/lib.rs", 3),
        theirs(),
        &[],
        &expect![[""]],
    );
}

#[test]
fn where_rust_analyzer_hides_the_cause_the_broken_ones_are_meant() {
    let hidden = "instrument: internal error: proc-macro map is missing error entry for crate Crate(Id(2255))";
    check(
        Verdict::Corrupt(Corruption::Empty),
        ("/w/src/lib.rs", 3),
        vec![sent("rust-analyzer", "macro-error", hidden)],
        &["quickfix"],
        &expect![[r#"
            quickfix preferred: Rebuild tracing-attributes -> sidecargo.rebuild ["tracing-attributes@1.0.2"] for [0]
            quickfix: Clean and rebuild tracing-attributes -> sidecargo.cleanAndRebuild ["tracing-attributes@1.0.2"] for [0]
            quickfix: Keep them apart -> sidecargo.remedy ["tracing-attributes@1.0.2"] for [0]
        "#]],
    );
    // The message names the crate that hands the macro on.
    check(
        deleted(),
        ("/w/src/lib.rs", 3),
        vec![sent(
            "rust-analyzer",
            "macro-error",
            "tokio::main: proc-macro not yet built",
        )],
        &["quickfix"],
        &expect![[r#"
            quickfix preferred: Reload rust-analyzer's proc macros (they are built) -> sidecargo.reloadRustAnalyzer [] for [0]
            quickfix: Clean and rebuild tokio-macros -> sidecargo.cleanAndRebuild ["tokio-macros@1.0.2"] for [0]
        "#]],
    );
}

#[test]
fn rustc_on_a_corrupt_dylib() {
    check(
        Verdict::Corrupt(Corruption::Empty),
        ("/registry/tracing/src/lib.rs", 923),
        vec![sent(
            "rustc",
            "E0786",
            "found invalid metadata files for crate `tracing_attributes`\ninvalid metadata version found: /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so",
        )],
        &["quickfix"],
        &expect![[r#"
            quickfix preferred: Rebuild tracing-attributes -> sidecargo.rebuild ["tracing-attributes@1.0.2"] for [0]
            quickfix: Clean and rebuild tracing-attributes -> sidecargo.cleanAndRebuild ["tracing-attributes@1.0.2"] for [0]
            quickfix: Keep them apart -> sidecargo.remedy ["tracing-attributes@1.0.2"] for [0]
        "#]],
    );
}

#[test]
fn what_others_say_is_left_to_them() {
    for diagnostic in [
        sent("bacon", "macro-error", MESSAGE),
        sent(
            "rust-analyzer",
            "macro-error",
            "proc-macro panicked: no field `id`",
        ),
        sent(
            "rust-analyzer",
            "proc-macro-disabled",
            "instrument: proc-macro is explicitly disabled",
        ),
        sent(
            "rust-analyzer",
            "macro-error",
            "proc-macro expansion is disabled",
        ),
        sent("taplo", "dylib-missing", "x"),
    ] {
        check(
            deleted(),
            ("/w/src/lib.rs", 3),
            vec![diagnostic],
            &[],
            &expect![[""]],
        );
    }
}

#[test]
fn only_the_kinds_that_are_wanted() {
    let at = ("/w/Cargo.toml", 7);
    check(
        deleted(),
        at,
        vec![],
        &["source.fixAll"],
        &expect![[r#"
        source.fixAll.sidecargo: Mend all proc macros of this workspace -> sidecargo.fixAll [] for []
    "#]],
    );
    check(
        deleted(),
        at,
        vec![],
        &["source"],
        &expect![[r#"
        source.fixAll.sidecargo: Mend all proc macros of this workspace -> sidecargo.fixAll [] for []
    "#]],
    );
    check(
        deleted(),
        at,
        vec![],
        &["refactor", "source.organizeImports"],
        &expect![[""]],
    );
}

#[test]
fn what_mends_all_is_offered_anywhere_in_the_file_to_those_who_ask_for_it() {
    let all = expect![[r#"
        source.fixAll.sidecargo: Mend all proc macros of this workspace -> sidecargo.fixAll [] for []
    "#]];
    for kind in ["source", "source.fixAll", "source.fixAll.sidecargo"] {
        check(deleted(), ("/w/Cargo.toml", 1), Vec::new(), &[kind], &all);
    }
    let nothing = expect![[""]];
    for (path, only) in [
        ("/w/Cargo.toml", vec![]),
        ("/w/Cargo.toml", vec![""]),
        ("/w/Cargo.toml", vec!["quickfix"]),
        ("/w/src/main.rs", vec!["source.fixAll"]),
    ] {
        check(deleted(), (path, 1), Vec::new(), &only, &nothing);
    }
}

#[test]
fn clients_may_ask_for_all_of_a_file_by_the_largest_numbers_there_are() {
    let inspection = inspection(deleted());
    let finding = inspection.findings.first().unwrap();
    let end = Point {
        line: u32::MAX,
        units: u32::MAX,
    };
    let (start, _) = on_line(1);
    assert!(is_at(finding, "/w/Cargo.toml".into(), (start, end)));
    assert!(!is_at(finding, "/w/Cargo.toml".into(), (end, end)));
}
