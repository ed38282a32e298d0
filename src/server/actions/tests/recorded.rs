//! Errors of rust-analyzer and rustc as they were recorded, at uses of macros, and the action that comes first for each.

use super::*;

/// A source of `app` with a use of each macro, as rust-analyzer saw it when the messages below were recorded.
fn uses() -> Vec<PlacedUse> {
    use crate::locate::uses::MacroKind::{Attribute, Bang, Derive};
    [
        (Attribute, "instrument", "tracing-attributes", 62, 6..16),
        (Attribute, "tokio::main", "tokio-macros", 70, 2..13),
        (Derive, "Serialize", "serde_derive", 80, 16..25),
        (Derive, "Parser", "clap_derive", 80, 27..33),
        (Bang, "indoc", "indoc", 90, 12..18),
    ]
    .into_iter()
    .map(|(kind, path, package, line, columns)| PlacedUse {
        kind,
        path: path.to_owned(),
        range: (
            Point {
                line,
                units: columns.start,
            },
            Point {
                line,
                units: columns.end,
            },
        ),
        package_id: crate::names::PackageId::new(format!("{package}@1.0.2")),
    })
    .collect()
}

/// A message with the place that rust-analyzer gives it: first and last line, first and last column.
type Recorded<'a> = (&'a str, (u32, u32), (u32, u32));

/// What comes first for a recorded diagnostic of rust-analyzer's, where the macro named is broken and all others are fresh, and where
/// all are fresh.
#[track_caller]
fn first_action(broken: &str, verdict: &Verdict, (message, lines, columns): Recorded<'_>) {
    let packages = [
        "tracing-attributes",
        "tokio-macros",
        "serde_derive",
        "clap_derive",
        "indoc",
    ];
    let inspection_of = |broken: Option<&str>| {
        let macros: Vec<InspectedMacro> = packages
            .iter()
            .map(|package| {
                let verdict = if broken == Some(*package) {
                    verdict.clone()
                } else {
                    Verdict::Fresh
                };
                inspected(
                    &[package.split(['-', '_']).next().unwrap_or(package), package],
                    verdict,
                )
            })
            .collect();
        let mut inspection = inspection(Verdict::Fresh);
        inspection.findings = findings(&macros);
        for finding in &mut inspection.findings {
            let title = format!("Rebuild {}", finding.packages[0]);
            finding.remedies = vec![Plan::new(RemedyKind::Rebuild, title, Vec::new())];
        }
        inspection.macros = macros;
        inspection
    };
    let range = (
        Point {
            line: lines.0,
            units: columns.0,
        },
        Point {
            line: lines.1,
            units: columns.1,
        },
    );
    let request = ActionRequest {
        path: "/w/src/main.rs".into(),
        range,
        diagnostics: vec![SentDiagnostic {
            source: Some("rust-analyzer".to_owned()),
            code: Some("macro-error".to_owned()),
            message: message.to_owned(),
            range,
        }],
        only: Vec::new(),
    };
    let first = |broken: Option<&str>| {
        let inspection = inspection_of(broken);
        let shown: Vec<&Finding> = inspection.findings.iter().collect();
        let view = View {
            inspection: &inspection,
            shown: &shown,
            uses: &uses(),
            kept: &BTreeSet::new(),
            edits: &[],
        };
        let actions = actions(&request, &[view]);
        let first = actions.first().map(|first| {
            assert_eq!(first.preference, Preference::Preferred, "{message}");
            assert_eq!(first.answers, [0], "{message}");
            first.title.clone()
        });
        first.unwrap_or_default()
    };
    assert_eq!(
        first(Some(broken)),
        format!("Rebuild {broken}"),
        "{message}"
    );
    assert_eq!(
        first(None),
        "Reload rust-analyzer's proc macros (they are built)",
        "{message}"
    );
}

#[test]
fn the_right_action_comes_first_for_every_form_of_rust_analyzers_errors() {
    let reasons = [
        "No such file or directory (os error 2)",
        "mismatched ABI expected: `rustc 1.95.0 (59807616e 2026-04-14)`, got `rustc 1.97.0-nightly (e50aa6fba 2026-05-19)`",
        "rustc version mismatch. expected rustc 1.99.1 (58cf8f9c3 2026-10-13), found rustc 1.95.0 (59807616e 2026-04-14)",
        "unsupported metadata version 11",
        "invalid metadata version found: {dylib}",
        "Could not read file magic",
        "failed to mmap file '{dylib}': memory map must have a non-zero length",
        "Invalid ELF section header offset/size/alignment",
        "section read error",
        "no `.rustc` section in '{dylib}'",
        "{dylib}: dlopen failed: {dylib}: cannot open shared object file: No such file or directory",
    ];
    let corrupt = Verdict::Corrupt(Corruption::Empty);
    let dylib = |krate: &str| format!("/w/target/debug/deps/lib{krate}-0123456789abcdef.so");
    // At expansion time an attribute's insides are marked, a derive's path, a function-like macro's last segment; at load time an
    // attribute's whole item, documentation and body included.
    let places = [
        (
            "tracing-attributes",
            "instrument: ",
            (62, 62),
            (6, 37),
            (58, 75),
        ),
        ("serde_derive", "", (80, 80), (16, 25), (80, 80)),
        ("clap_derive", "", (80, 80), (27, 33), (80, 80)),
        ("indoc", "", (90, 90), (12, 17), (90, 90)),
    ];
    for reason in reasons {
        for (package, prefix, lines, columns, item) in places {
            let dylib = dylib(&package.replace('-', "_"));
            let reason = reason.replace("{dylib}", &dylib);
            let expanding = format!(
                "proc-macro panicked: failed to load macro: Cannot create expander for {dylib}: {reason}"
            );
            first_action(package, &corrupt, (&expanding, lines, columns));
            let loading = format!(
                "{prefix}proc macro server error: Cannot create expander for {dylib}: {reason}"
            );
            let columns = if prefix.is_empty() { columns } else { (0, 1) };
            first_action(package, &corrupt, (&loading, item, columns));
        }
    }
    // Where no dylib is named, the place tells which macro is meant.
    for text in [
        "proc-macro not yet built",
        "proc-macro has not been built yet",
        "proc-macro failed to build",
        "proc-macro crate did not build proc-macro artifact",
        "proc-macro crate built but the dylib path is missing, this indicates a problem with your build system.",
        "internal error: proc-macro map is missing error entry for crate Crate(Id(2255))",
        "No proc-macros present for crate",
        "Proc-macro dylib loading failed: UnsupportedABI",
        "internal error: proc-macro index out of bounds: the length is 1 but the index is 2",
    ] {
        for (package, prefix, _, columns, item) in places {
            let columns = if prefix.is_empty() { columns } else { (0, 1) };
            first_action(
                package,
                &deleted(),
                (&format!("{prefix}{text}"), item, columns),
            );
        }
        // Another attribute of the same item.
        let message = format!("tokio::main: {text}");
        first_action("tokio-macros", &deleted(), (&message, (60, 75), (0, 1)));
    }
    let old = "Failed to get file metadata for /w/target/debug/deps/libserde_derive-0123456789abcdef.so: No such file or directory (os error 2)";
    first_action("serde_derive", &deleted(), (old, (80, 80), (16, 25)));
}

#[test]
fn rustc_where_a_bad_dylib_hides_a_crate() {
    let other = "found crate `tracing_attributes` compiled by an incompatible version of rustc";
    let hidden = "can't find crate for `tracing`";
    for (code, message) in [("E0514", other), ("E0463", hidden)] {
        check(
            Verdict::Corrupt(Corruption::Empty),
            ("/registry/tracing/src/lib.rs", 923),
            vec![sent("rustc", code, message)],
            &["quickfix"],
            &expect![[r#"
                quickfix preferred: Rebuild tracing-attributes -> sidecargo.rebuild ["tracing-attributes@1.0.2"] for [0]
                quickfix: Clean and rebuild tracing-attributes -> sidecargo.cleanAndRebuild ["tracing-attributes@1.0.2"] for [0]
                quickfix: Keep them apart -> sidecargo.remedy ["tracing-attributes@1.0.2"] for [0]
            "#]],
        );
    }
    // A crate that nobody depends on, and one whose macro is in order.
    let absent = sent("rustc", "E0463", "can't find crate for `absent`");
    check(
        Verdict::Corrupt(Corruption::Empty),
        ("/w/src/lib.rs", 3),
        vec![absent],
        &[],
        &expect![[""]],
    );
    let fresh = sent("rustc", "E0463", hidden);
    check(
        Verdict::Fresh,
        ("/w/src/lib.rs", 3),
        vec![fresh],
        &[],
        &expect![[""]],
    );
}
