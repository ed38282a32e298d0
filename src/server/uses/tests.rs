#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::expected::{SourceCrate, SourceGraph, SourceKind};
use crate::inspect::LastBuild;
use crate::locate::uses::outline;
use crate::server::documents::{Documents, Edit};
use crate::verdict::fixtures::inspected;
use crate::verdict::{MissingReason, StaleReason};

fn crates() -> Crates {
    let source =
        |name: &str, kind, dependencies: &[(&str, usize)], member: Option<&str>| SourceCrate {
            package_id: PackageId::new(format!("{name}@1.0.2")),
            kind,
            root: format!("/w/{name}.rs").into(),
            edition: 2021,
            features: [].into(),
            dependencies: dependencies
                .iter()
                .map(|(name, place)| ((*name).to_owned(), [*place].into()))
                .collect(),
            member_manifest: member.map(Into::into),
        };
    let graph = SourceGraph {
        crates: vec![
            source("macros", SourceKind::ProcMacro, &[], None),
            source(
                "app",
                SourceKind::Library,
                &[("macros", 0)],
                Some("/w/Cargo.toml"),
            ),
        ],
    };
    Crates::read(&graph, &mut |path| {
        let text = match path.as_str() {
            "/w/macros.rs" => {
                "#[proc_macro_attribute] pub fn note() {} #[proc_macro_derive(Noted)] pub fn n() {} #[proc_macro] pub fn noting() {}"
            }
            "/w/app.rs" => "",
            _ => return None,
        };
        Some(Arc::new(outline(text)))
    })
}

/// Pieces of a text: what stands before a use, the use, what stands after it. Without a use all is noise.
const PIECES: &[(&str, &str, &str)] = &[
    ("#[", "macros::note", "(a)]\nfn f() {}\n"),
    ("/* ä🦀 */ #[derive(Debug, ", "Noted", ")]\r\nstruct S;\r\n"),
    (
        "fn g() { let größe = \"🦀\"; ",
        "m::noting!",
        "(größe, '\"'); }\n",
    ),
    (
        "mod n { use super::*; #[cfg_attr(test, ",
        "note",
        ")] fn h() {} }\n",
    ),
    ("// #[macros::note] 🦀\n", "", ""),
    (
        "const T: &str = r#\"#[note] \" m::noting!()\"#;\r\n",
        "",
        "",
    ),
    ("/* #[note] /* ä */ */ const C: char = '\\'';\n", "", ""),
    ("\n", "", ""),
    (
        "fn k<'a>(x: &'a str) { println!(\"{}\", #[other] x); }\n",
        "",
        "",
    ),
    (
        "#[other::note] #[test] fn l() { quote!(#[note] x) }\n",
        "",
        "",
    ),
];

const HEAD: &str = "use macros::{self as m, Noted, note};\n";

fn text_of(pieces: &[usize]) -> String {
    let mut text = HEAD.to_owned();
    for piece in pieces {
        let (before, used, after) = PIECES[*piece];
        text.extend([before, used, after]);
    }
    text
}

/// Where the uses are, as one who put the pieces together knows it.
fn expected(pieces: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut at = HEAD.len();
    let mut ranges = Vec::new();
    for piece in pieces {
        let (before, used, after) = PIECES[*piece];
        let start = at + before.len();
        if !used.is_empty() {
            ranges.push(start..start + used.len());
        }
        at = start + used.len() + after.len();
    }
    ranges
}

/// The place of a byte, as a client counts.
fn point(text: &str, offset: usize, encoding: Encoding) -> Point {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = &before[line_start..];
    let units = match encoding {
        Encoding::Utf8 => line.len(),
        Encoding::Utf16 => line.encode_utf16().count(),
        Encoding::Utf32 => line.chars().count(),
    };
    Point {
        line: u32::try_from(before.matches('\n').count()).unwrap(),
        units: u32::try_from(units).unwrap(),
    }
}

proptest! {
    /// After any edits the uses are where they are in a text that was put together anew.
    #[test]
    fn uses_stay_with_the_text(
        start in proptest::collection::vec(0..PIECES.len(), 0..12),
        edits in proptest::collection::vec((0..12_usize, 0..3_usize, proptest::collection::vec(0..PIECES.len(), 0..3)), 1..8),
        encoding in prop::sample::select(vec![Encoding::Utf8, Encoding::Utf16, Encoding::Utf32]),
    ) {
        let path = Utf8Path::new("/w/app.rs");
        let crates = crates();
        let mut pieces = start;
        let mut documents = Documents::new(encoding);
        documents.open(path.to_owned(), text_of(&pieces));
        for (at, removed, added) in edits {
            let at = at.min(pieces.len());
            let end = (at + removed).min(pieces.len());
            let text = documents.text(path).unwrap().to_owned();
            let from = text_of(&pieces[..at]).len();
            let to = text_of(&pieces[..end]).len();
            let edit = Edit {
                range: Some((point(&text, from, encoding), point(&text, to, encoding))),
                text: text_of(&added)[HEAD.len()..].to_owned(),
            };
            documents.edit(path, vec![edit]);
            pieces.splice(at..end, added);

            let text = documents.text(path).unwrap();
            prop_assert_eq!(text, text_of(&pieces));
            let placed = placed_uses(&crates, path, text, &outline(text), encoding);
            let found: Vec<(Point, Point)> = placed.iter().map(|used| used.range).collect();
            let expected: Vec<(Point, Point)> = expected(&pieces)
                .into_iter()
                .map(|range| (point(text, range.start, encoding), point(text, range.end, encoding)))
                .collect();
            prop_assert_eq!(found, expected, "{}", text);
        }
    }

    /// Edits that break words, strings and brackets never make it fail.
    #[test]
    fn any_edits_are_taken(
        edits in proptest::collection::vec((0..400_usize, 0..40_usize, "[\"'#\\[\\]{}()/*a ä🦀\r\n]{0,4}"), 1..30),
    ) {
        let crates = crates();
        let mut text = text_of(&[0, 1, 2, 3, 4, 5, 6, 8, 9]);
        for (at, removed, added) in edits {
            let boundary = |wanted: usize| (0..=wanted.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let range = boundary(at)..boundary(at + removed);
            text.replace_range(range, &added);
            let placed = placed_uses(&crates, Utf8Path::new("/w/app.rs"), &text, &outline(&text), Encoding::Utf16);
            for used in placed {
                prop_assert!(used.range.0.line <= used.range.1.line);
            }
        }
    }
}

fn used(kind: MacroKind, path: &str, package: &str) -> PlacedUse {
    let point = |units| Point { line: 2, units };
    PlacedUse {
        kind,
        path: path.to_owned(),
        range: (point(2), point(8)),
        package_id: PackageId::new(format!("{package}@1.0.2")),
    }
}

fn inspection(macros: Vec<crate::inspect::InspectedMacro>) -> Inspection {
    Inspection::of_macros(macros)
}

fn shown(inspection: &Inspection) -> BTreeMap<FindingKey, Finding> {
    let findings = inspection.findings.iter();
    findings
        .map(|finding| (FindingKey::of(finding), finding.clone()))
        .collect()
}

#[test]
fn what_is_said_at_a_use_names_the_macro_and_its_cause() {
    let deleted = Verdict::Missing(MissingReason::Deleted);
    let mut stopped = inspected(
        &["mine"],
        Verdict::Stale(StaleReason::SourceChanged {
            path: "/w/mine/src/lib.rs".into(),
        }),
    );
    stopped.last_build = LastBuild::Stopped;
    let stale = inspected(
        &["other"],
        Verdict::Stale(StaleReason::SourceChanged {
            path: "/w/other/src/lib.rs".into(),
        }),
    );
    let gone = inspected(&["tracing", "tracing-attributes"], deleted);
    let fresh = inspected(&["serde", "serde_derive"], Verdict::Fresh);
    let inspection = inspection(vec![gone, fresh, stopped, stale]);
    let key = Location {
        path: "/w/Cargo.toml".into(),
        line: 7,
        column: 1,
        end_column: 8,
    };
    let places = [(PackageId::new("tracing-attributes@1.0.2"), key)].into();
    let findings = use_findings(&shown(&inspection), &inspection, &places, BTreeMap::new());
    let mut settings = ProcMacroSettings::default();
    let (file, root) = (Utf8Path::new("/w/src/main.rs"), Utf8Path::new("/w"));
    let said = |used: PlacedUse, settings: &ProcMacroSettings| {
        let (used, file, root) = ([used], file.into(), root.into());
        let mark = marks(&used, &file, &findings, &root, settings).next()?;
        assert_eq!(mark.file(), Some(&*file));
        let related: Vec<String> = mark
            .finding
            .related
            .iter()
            .map(|place| format!("{}: {}", place.location.path, place.message))
            .collect();
        Some(format!("{}\n{}", mark.finding.message, related.join("\n")))
    };
    let attribute = || {
        used(
            MacroKind::Attribute,
            "tracing::instrument",
            "tracing-attributes",
        )
    };
    assert_eq!(
        said(attribute(), &settings).unwrap(),
        "`#[tracing::instrument]` will not expand: the built `tracing-attributes` 1.0.2 is gone.\n\
         /w/Cargo.toml: tracing-attributes comes in here\n\
         /w/target/debug/deps/libtracing_attributes-0123456789abcdef.so: tracing-attributes belongs here"
    );
    let own = said(used(MacroKind::Derive, "Mine", "mine"), &settings).unwrap();
    assert!(
        own.starts_with("`Mine` expands with old code: the last build of `mine` 1.0.2 stopped"),
        "{own}"
    );
    assert_eq!(
        said(
            used(MacroKind::Derive, "Serialize", "serde_derive"),
            &settings
        ),
        None
    );
    assert_eq!(
        said(used(MacroKind::Bang, "other", "other"), &settings),
        None
    );
    let ignored = (
        "tracing_attributes".to_owned(),
        ["instrument".to_owned()].into(),
    );
    settings.ignored.extend([ignored]);
    assert_eq!(said(attribute(), &settings), None);
}

/// A build that runs decides; until then what was said stays.
#[test]
fn a_build_takes_nothing_away_before_it_has_ended() {
    let gone = |verdict| inspection(vec![inspected(&["m"], verdict)]);
    let before = gone(Verdict::Missing(MissingReason::Deleted));
    let shown = shown(&before);
    let said = use_findings(&shown, &before, &BTreeMap::new(), BTreeMap::new());
    assert_eq!(said.len(), 1);
    let building = gone(Verdict::Building);
    let during = use_findings(&shown, &building, &BTreeMap::new(), said.clone());
    assert_eq!(during, said);
    let mended = gone(Verdict::Fresh);
    assert!(use_findings(&BTreeMap::new(), &mended, &BTreeMap::new(), during).is_empty());
}
