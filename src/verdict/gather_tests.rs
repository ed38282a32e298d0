#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_raw_string_hashes,
    clippy::many_single_char_names
)]

use std::fmt::Write as _;

use super::*;
use crate::names::RustcVersion;
use crate::verdict::fixtures::{findings, findings_with, inspected, package, report, through};
use crate::verdict::{Corruption, MissingReason, StaleReason, UnknownReason};
use expect_test::expect;

#[test]
fn healthy_ones_say_nothing() {
    let macros = [
        inspected(&["a"], Verdict::Fresh),
        inspected(&["b"], Verdict::Building),
    ];
    assert_eq!(findings(&macros), Vec::new());
}

#[test]
fn one_changed_file_is_one_finding_and_different_ones_are_told_apart() {
    let changed = |path: &str| StaleReason::SourceChanged { path: path.into() };
    let core = "/w/my-core/src/lib.rs";
    let macros = [
        inspected(&["a"], Verdict::Stale(through(Some(changed(core))))),
        inspected(&["b"], Verdict::Stale(changed("/w/b/src/lib.rs"))),
        inspected(&["c"], Verdict::Stale(changed(core))),
    ];
    expect![[r#"
        Warning dylib-stale: `a` and `c` expand with old code: `my-core/src/lib.rs` changed after they were built. Rebuild them.
            /w/my-core/src/lib.rs:1 a: `my-core/src/lib.rs` changed after it was built (tracing-attributes → my-core)
        Warning dylib-stale: `b` 1.0.2 expands with old code: `b/src/lib.rs` changed after it was built. Rebuild it.
            /w/b/src/lib.rs:1 b: `b/src/lib.rs` changed after it was built
    "#]].assert_eq(&report(&findings(&macros)));
}

#[test]
fn many_of_one_kind_are_told_at_once() {
    let macros: Vec<InspectedMacro> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| {
            let path = format!("/w/{name}/src/lib.rs").into();
            inspected(&[name], Verdict::Stale(StaleReason::SourceChanged { path }))
        })
        .collect();
    assert_eq!(findings(macros.get(..3).unwrap()).len(), 3);
    expect![[r#"
        Warning dylib-stale: `a`, `b`, `c` and `d` expand with old code: their sources changed after they were built. Rebuild them.
            /w/a/src/lib.rs:1 a: `a/src/lib.rs` changed after it was built
            /w/b/src/lib.rs:1 b: `b/src/lib.rs` changed after it was built
            /w/c/src/lib.rs:1 c: `c/src/lib.rs` changed after it was built
            /w/d/src/lib.rs:1 d: `d/src/lib.rs` changed after it was built
    "#]].assert_eq(&report(&findings(&macros)));
}

#[test]
fn the_gravest_comes_first() {
    let macros = [
        inspected(&["z"], Verdict::Unknown(UnknownReason::Ambiguous)),
        inspected(&["b"], Verdict::Missing(MissingReason::Deleted)),
        inspected(&["a"], Verdict::Missing(MissingReason::Deleted)),
        inspected(&["y"], Verdict::Corrupt(Corruption::Empty)),
    ];
    let order: Vec<String> = findings(&macros)
        .iter()
        .map(|finding| format!("{:?} {:?}", finding.severity, finding.packages))
        .collect();
    expect![[r#"
        Error [PackageName("y")]
        Warning [PackageName("a")]
        Warning [PackageName("b")]
        Information [PackageName("z")]"#]]
    .assert_eq(&order.join("\n"));
}

#[test]
fn a_persons_severities_count_and_off_silences() {
    let mut settings = Settings::default();
    settings.severity.insert(Code::DylibMissing, None);
    settings
        .severity
        .insert(Code::DylibCorrupt, Some(Severity::Hint));
    let macros = [
        inspected(&["a"], Verdict::Missing(MissingReason::Deleted)),
        inspected(&["b"], Verdict::Corrupt(Corruption::Empty)),
    ];
    let found: Vec<(Code, Severity)> = findings_with(&macros, &settings)
        .iter()
        .map(|finding| (finding.code, finding.severity))
        .collect();
    assert_eq!(found, [(Code::DylibCorrupt, Severity::Hint)]);
}

#[test]
fn what_rust_analyzer_will_not_expand_is_not_told() {
    let mut broken = inspected(&["my-mac"], Verdict::Corrupt(Corruption::Empty));
    broken.exports = Some(vec!["one".to_owned(), "two".to_owned()]);
    let mut settings = Settings::default();
    let ignore = |settings: &mut Settings, names: &[&str]| {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        settings
            .proc_macro
            .ignored
            .insert("my_mac".to_owned(), names);
    };
    ignore(&mut settings, &["one"]);
    assert_eq!(findings_with(&[broken.clone()], &settings).len(), 1);
    ignore(&mut settings, &["one", "two"]);
    assert_eq!(findings_with(&[broken.clone()], &settings).len(), 0);
    let mut off = Settings::default();
    off.proc_macro.expansion = Expansion::Disabled;
    assert_eq!(findings_with(&[broken], &off).len(), 0);
}

fn place(path: &str, line: u32, way: &[&str]) -> Place {
    Place {
        location: Location {
            path: path.into(),
            line,
            column: 1,
            end_column: 4,
        },
        way: way.iter().map(|&name| package(name)).collect(),
        inherited_from: None,
    }
}

#[test]
fn places_and_remedies_are_attached() {
    let wrong = || Verdict::WrongRustc {
        built: None,
        wanted: RustcVersion::new("rustc 1.95.0 (59807616e 2026-04-14)"),
        place: RustcPlace::Beside,
    };
    let macros = [
        inspected(&["far", "a"], wrong()),
        inspected(&["b"], wrong()),
        inspected(&["c"], Verdict::Corrupt(Corruption::Empty)),
        inspected(&["d"], Verdict::Missing(MissingReason::Deleted)),
    ];
    let mut inherited = place("/w/Cargo.toml", 9, &["app", "c"]);
    inherited.inherited_from = Some(place("/w/Cargo.toml", 3, &[]).location);
    let places = BTreeMap::from([
        (
            PackageId::new("a@1.0.2"),
            place("/w/Cargo.toml", 7, &["app", "far", "a"]),
        ),
        (
            PackageId::new("b@1.0.2"),
            place("/w/Cargo.toml", 8, &["app", "b"]),
        ),
        (PackageId::new("c@1.0.2"), inherited),
    ]);
    let channel = place("/w/rust-toolchain.toml", 2, &[]).location;
    let mut text = String::new();
    for switch in [None, Some(&channel)] {
        for finding in attach(findings(&macros), &places, switch, |_| Vec::new()) {
            let shown = finding.location.as_ref().map_or_else(
                || "nowhere".to_owned(),
                |location| format!("{}:{}", location.path, location.line),
            );
            writeln!(text, "{} at {shown}", finding.code).unwrap();
            for place in &finding.related {
                let Location { path, line, .. } = &place.location;
                writeln!(text, "    {path}:{line} {}", place.message).unwrap();
            }
        }
    }
    expect![[r#"
        dylib-corrupt at /w/Cargo.toml:9
            /w/target/debug/deps/libc-0123456789abcdef.so:1 c is an empty file
            /w/Cargo.toml:3 c is inherited from here
        dylib-missing at nowhere
            /w/target/debug/deps/libd-0123456789abcdef.so:1 d belongs here
        dylib-wrong-rustc at /w/Cargo.toml:8
            /w/Cargo.toml:7 a comes in here (app → far → a)
        dylib-corrupt at /w/Cargo.toml:9
            /w/target/debug/deps/libc-0123456789abcdef.so:1 c is an empty file
            /w/Cargo.toml:3 c is inherited from here
        dylib-missing at nowhere
            /w/target/debug/deps/libd-0123456789abcdef.so:1 d belongs here
        dylib-wrong-rustc at /w/rust-toolchain.toml:2
            /w/Cargo.toml:7 a comes in here (app → far → a)
            /w/Cargo.toml:8 b comes in here (app → b)
    "#]]
    .assert_eq(&text);
}
