#![allow(clippy::unwrap_used, clippy::needless_raw_string_hashes)]

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::expect;

use super::*;
use crate::expected::{SourceCrate, SourceGraph, SourceKind};
use crate::locate::Lines;

/// Crates that hand macros on in the ways that the well-known ones do; the member is `app`.
const FILES: &[(&str, &str)] = &[
    (
        "/serde_derive/src/lib.rs",
        "#[proc_macro_derive(Serialize, attributes(serde))]\npub fn a() {}\n#[proc_macro_derive(Deserialize)]\npub fn b() {}",
    ),
    (
        "/serde/src/lib.rs",
        "#[macro_use] mod macros;\npub mod ser;\npub use crate::ser::Serialize;\n#[cfg(feature = \"derive\")]\nextern crate serde_derive;\n#[cfg(feature = \"derive\")]\npub use serde_derive::{Deserialize, Serialize};",
    ),
    ("/serde/src/ser/mod.rs", "pub trait Serialize {}"),
    ("/serde/src/macros.rs", "macro_rules! forward { () => {} }"),
    (
        "/tracing-attributes/src/lib.rs",
        "#[proc_macro_attribute]\npub fn instrument() {}",
    ),
    (
        "/tracing/src/lib.rs",
        "pub mod instrument;\npub use self::instrument::Instrument;\n#[doc(inline)]\n#[cfg(feature = \"attributes\")]\npub use tracing_attributes::instrument;\n#[macro_use] mod macros;\n#[macro_export] macro_rules! info { () => {} }",
    ),
    ("/tracing/src/instrument.rs", "pub trait Instrument {}"),
    ("/tracing/src/macros.rs", ""),
    (
        "/tokio-macros/src/lib.rs",
        "#[proc_macro_attribute]\npub fn main() {}\n#[proc_macro_attribute]\npub fn main_rt() {}\n#[proc_macro_attribute]\npub fn test() {}\n#[proc_macro]\n#[doc(hidden)]\npub fn select_priv() {}",
    ),
    (
        "/tokio/src/lib.rs",
        "#[macro_use] mod macros;\ncfg_macros! {\n    #[doc(hidden)]\n    pub use tokio_macros::select_priv;\n    cfg_rt! {\n        #[cfg(feature = \"rt-multi-thread\")]\n        #[doc(inline)]\n        pub use tokio_macros::main;\n        cfg_not_rt_multi_thread! {\n            pub use tokio_macros::main_rt as main;\n        }\n        pub use tokio_macros::test;\n    }\n}\ncfg_rt! { pub mod net; }",
    ),
    (
        "/tokio/src/macros/mod.rs",
        "macro_rules! cfg_rt { ($($item:item)*) => { $($item)* } }",
    ),
    ("/tokio/src/net.rs", ""),
    (
        "/thiserror-impl/src/lib.rs",
        "#[proc_macro_derive(Error, attributes(backtrace, error, from, source))]\npub fn derive_error() {}",
    ),
    (
        "/thiserror/src/lib.rs",
        "mod aserror;\npub use thiserror_impl::*;\n#[doc(hidden)]\npub mod __private { pub use core::error::Error; }",
    ),
    ("/thiserror/src/aserror.rs", ""),
    (
        "/clap_derive/src/lib.rs",
        "#[proc_macro_derive(Parser)]\npub fn p() {}\n#[proc_macro_derive(Args)]\npub fn a() {}",
    ),
    (
        "/clap/src/lib.rs",
        "pub use clap_builder::*;\n#[cfg(feature = \"derive\")]\n#[doc(hidden)]\npub use clap_derive::{self, Args, Parser};",
    ),
    (
        "/indoc/src/lib.rs",
        "#[proc_macro]\npub fn indoc() {}\n#[proc_macro]\npub fn formatdoc() {}",
    ),
    (
        "/made/src/lib.rs",
        "macro_rules! derive { ($n:ident) => { #[proc_macro_derive($n)] pub fn $n() {} } }\nderive!(Made other);",
    ),
    (
        "/facade/src/lib.rs",
        "pub mod prelude { pub use serde::*; pub use made::Made; pub(crate) use indoc::indoc; use indoc::formatdoc; }\npub use prelude as all;\npub mod knot { pub use super::knot2::*; }\npub mod knot2 { pub use super::knot::*; pub use tracing as log; }",
    ),
    (
        "/app/src/lib.rs",
        "pub mod prelude;\nmod parts;\npub(crate) use tracing::instrument as traced;\nuse serde::Serialize as Hidden;\n",
    ),
    (
        "/app/src/prelude.rs",
        "pub use serde::{Deserialize, Serialize};\npub use crate::traced;\n",
    ),
    ("/app/src/parts/mod.rs", "mod one;\n"),
    ("/app/src/parts/one.rs", ""),
];

#[allow(clippy::type_complexity)]
fn graph() -> SourceGraph {
    let crates: &[(&str, SourceKind, &[&str], &[(&str, &str)])] = &[
        ("serde_derive", SourceKind::ProcMacro, &[], &[]),
        (
            "serde",
            SourceKind::Library,
            &["derive"],
            &[("serde_derive", "serde_derive")],
        ),
        ("tracing-attributes", SourceKind::ProcMacro, &[], &[]),
        (
            "tracing",
            SourceKind::Library,
            &["attributes"],
            &[("tracing_attributes", "tracing-attributes")],
        ),
        ("tokio-macros", SourceKind::ProcMacro, &[], &[]),
        (
            "tokio",
            SourceKind::Library,
            &["rt-multi-thread"],
            &[("tokio_macros", "tokio-macros")],
        ),
        ("thiserror-impl", SourceKind::ProcMacro, &[], &[]),
        (
            "thiserror",
            SourceKind::Library,
            &[],
            &[("thiserror_impl", "thiserror-impl")],
        ),
        ("clap_derive", SourceKind::ProcMacro, &[], &[]),
        (
            "clap",
            SourceKind::Library,
            &["derive"],
            &[("clap_derive", "clap_derive")],
        ),
        ("indoc", SourceKind::ProcMacro, &[], &[]),
        ("made", SourceKind::ProcMacro, &[], &[]),
        (
            "facade",
            SourceKind::Library,
            &[],
            &[
                ("serde", "serde"),
                ("made", "made"),
                ("indoc", "indoc"),
                ("tracing", "tracing"),
            ],
        ),
        (
            "app",
            SourceKind::Library,
            &["on"],
            &[
                ("serde", "serde"),
                ("serde_derive", "serde_derive"),
                ("tracing", "tracing"),
                ("tokio", "tokio"),
                ("thiserror", "thiserror"),
                ("clap", "clap"),
                ("indoc", "indoc"),
                ("facade", "facade"),
                ("made", "made"),
                ("log2", "tracing"),
            ],
        ),
    ];
    let place = |name: &str| crates.iter().position(|(own, ..)| *own == name).unwrap();
    SourceGraph {
        crates: crates
            .iter()
            .map(|(name, kind, features, dependencies)| SourceCrate {
                package_id: PackageId::new(*name),
                kind: *kind,
                root: format!("/{name}/src/lib.rs").into(),
                edition: 2021,
                features: features.iter().map(ToString::to_string).collect(),
                dependencies: dependencies
                    .iter()
                    .map(|(known_as, name)| ((*known_as).to_owned(), [place(name)].into()))
                    .collect(),
                member_manifest: (*name == "app").then(|| "/app/Cargo.toml".into()),
            })
            .collect(),
    }
}

fn crates() -> Crates {
    read(&graph(), &FILES.iter().copied().collect())
}

fn read(graph: &SourceGraph, files: &BTreeMap<&str, &str>) -> Crates {
    Crates::read(graph, &mut |path| {
        let text = files.get(path.as_str())?;
        Some(Arc::new(outline(text).for_others()))
    })
}

fn uses_in(crates: &Crates, file: &str, text: &str) -> String {
    let outline = outline(text);
    let said: Vec<String> = crates
        .uses(Utf8Path::new(file), &outline)
        .iter()
        .map(|used| {
            format!(
                "{} = {}",
                text.get(used.range.clone()).unwrap(),
                used.package_id.as_str()
            )
        })
        .collect();
    said.join(", ")
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let crates = crates();
    for (text, expected) in cases {
        assert_eq!(
            uses_in(&crates, "/app/src/parts/one.rs", text),
            *expected,
            "{text}"
        );
    }
}

#[test]
fn paths_lead_to_the_crate_that_defines_the_macro() {
    check(&[
        (
            "#[derive(serde::Serialize)] struct S;",
            "serde::Serialize = serde_derive",
        ),
        (
            "#[derive(::serde::Serialize, serde_derive::Deserialize)] struct S;",
            "::serde::Serialize = serde_derive, serde_derive::Deserialize = serde_derive",
        ),
        (
            "#[tokio::main] async fn main() {}",
            "tokio::main = tokio-macros",
        ),
        (
            "#[::tracing::instrument(skip(self))] fn f() {}",
            "::tracing::instrument = tracing-attributes",
        ),
        ("fn f() { indoc::indoc!(\"x\") }", "indoc::indoc! = indoc"),
        (
            "#[derive(thiserror::Error)] struct E;",
            "thiserror::Error = thiserror-impl",
        ),
        (
            "#[derive(clap::Parser, clap::clap_derive::Args)] struct A;",
            "clap::Parser = clap_derive, clap::clap_derive::Args = clap_derive",
        ),
        (
            "#[derive(facade::prelude::Serialize, facade::all::Deserialize)] struct S;",
            "facade::prelude::Serialize = serde_derive, facade::all::Deserialize = serde_derive",
        ),
        (
            "#[facade::knot::log::instrument] fn f() {}",
            "facade::knot::log::instrument = tracing-attributes",
        ),
        // A crate under another name in the manifest.
        (
            "#[log2::instrument] fn f() {}",
            "log2::instrument = tracing-attributes",
        ),
        // A trait, a module and a function-like macro of the same names.
        (
            "#[derive(serde::ser::Serialize)] struct S; fn f() { tracing::info!(); tokio::main!() }",
            "",
        ),
        (
            "#[tokio::spawn] fn f() {} #[derive(serde::De)] struct S; #[derive(thiserror::__private::Error)] struct E;",
            "",
        ),
        // What is not handed on to others.
        (
            "fn f() { facade::prelude::indoc!(); facade::prelude::formatdoc!() }",
            "",
        ),
        (
            "#[derive(other::Serialize)] struct S; #[unknown::main] fn f() {}",
            "",
        ),
    ]);
}

#[test]
fn imports_bring_names_in() {
    check(&[
        (
            "use serde::Serialize; #[derive(Debug, Clone, Serialize)] struct S;",
            "Serialize = serde_derive",
        ),
        (
            "use serde::{Deserialize, Serialize as Ser}; #[derive(Ser, Deserialize, Serialize)] struct S;",
            "Ser = serde_derive, Deserialize = serde_derive",
        ),
        (
            "use serde as s; #[derive(s::Serialize)] struct S;",
            "s::Serialize = serde_derive",
        ),
        (
            "use serde::{self}; #[derive(serde::Serialize)] struct S;",
            "serde::Serialize = serde_derive",
        ),
        (
            "extern crate serde as s; #[derive(s::Serialize)] struct S;",
            "s::Serialize = serde_derive",
        ),
        (
            "use serde::*; #[derive(Serialize)] struct S;",
            "Serialize = serde_derive",
        ),
        (
            "use thiserror::*; #[derive(Debug, Error)] enum E { #[error(\"x\")] A(#[from] B) }",
            "Error = thiserror-impl",
        ),
        (
            "use facade::prelude::*; #[derive(Serialize, Made)] struct S;",
            "Serialize = serde_derive, Made = made",
        ),
        (
            "use facade::knot::*; #[log::instrument] fn f() {}",
            "log::instrument = tracing-attributes",
        ),
        (
            "use tokio::test; #[test] async fn f() {}",
            "test = tokio-macros",
        ),
        ("#[test] fn f() {} #[inline] fn g() {}", ""),
        (
            "use indoc::{formatdoc, indoc as i}; fn f() { println!(\"{}\", i!(\"x\")); formatdoc! {\"\"} }",
            "i! = indoc, formatdoc! = indoc",
        ),
        (
            "use clap::Parser; #[derive(Parser)] #[command(version)] struct A { #[arg(long)] b: u8 }",
            "Parser = clap_derive",
        ),
        (
            "use tracing::instrument; #[instrument] fn f() {}",
            "instrument = tracing-attributes",
        ),
        ("use tracing::Instrument; #[instrument] fn f() {}", ""),
        (
            "use serde::Serialize; use serde_derive::Serialize; #[derive(Serialize)] struct S;",
            "Serialize = serde_derive",
        ),
        (
            "use serde::ser::Serialize; use serde_derive::*; #[derive(Serialize)] struct S;",
            "Serialize = serde_derive",
        ),
        ("use made::Made; #[derive(Made)] struct S;", "Made = made"),
    ]);
}

#[test]
fn the_same_name_from_elsewhere_is_another_macro() {
    check(&[
        ("use other::Serialize; #[derive(Serialize)] struct S;", ""),
        ("use std::fmt::Debug; #[derive(Debug)] struct S;", ""),
        (
            "use serde::Serialize as _; #[derive(Serialize)] struct S;",
            "",
        ),
        (
            "#[derive(Serialize)] struct S; #[instrument] fn f() {} fn g() { indoc!(\"\") }",
            "",
        ),
        (
            "use indoc::indoc; macro_rules! indoc { () => {} } fn f() { indoc!() }",
            "",
        ),
        (
            "use self::local::indoc; mod local { macro_rules! m { () => {} } pub(crate) use m as indoc; } fn f() { indoc!() }",
            "",
        ),
        (
            "#[cfg(odd)] use tracing::instrument; #[cfg(not(odd))] use other::instrument; #[instrument] fn f() {}",
            "",
        ),
        (
            "#[cfg(feature = \"on\")] use tracing::instrument; #[cfg(not(feature = \"on\"))] use other::instrument; #[instrument] fn f() {}",
            "instrument = tracing-attributes",
        ),
        (
            "#[cfg(feature = \"off\")] use tracing::instrument; #[instrument] fn f() {}",
            "",
        ),
        (
            "use serde::*; use clap::*; #[derive(Serialize)] struct S;",
            "Serialize = serde_derive",
        ),
        ("use made::*; #[derive(Made)] struct S;", ""),
    ]);
}

#[test]
fn names_belong_to_their_modules_and_blocks() {
    check(&[
        (
            "use serde::Serialize; mod m { #[derive(Serialize)] struct S; }",
            "",
        ),
        (
            "use serde::Serialize; mod m { use super::*; #[derive(Serialize)] struct S; }",
            "Serialize = serde_derive",
        ),
        (
            "use serde::Serialize; mod m { use super::Serialize; #[derive(Serialize)] struct S; }",
            "Serialize = serde_derive",
        ),
        (
            "mod m { pub use serde::Serialize; } #[derive(m::Serialize)] struct S;",
            "m::Serialize = serde_derive",
        ),
        (
            "mod m { use serde::Serialize; } #[derive(m::Serialize)] struct S;",
            "",
        ),
        (
            "mod serde { pub use other::Serialize; } #[derive(serde::Serialize, ::serde::Serialize)] struct S;",
            "::serde::Serialize = serde_derive",
        ),
        (
            "fn f() { use serde::Serialize; #[derive(Serialize)] struct S; } #[derive(Serialize)] struct T;",
            "Serialize = serde_derive",
        ),
        (
            "use tracing::instrument; fn f() { use other::instrument; #[instrument] fn g() {} } #[instrument] fn h() {}",
            "instrument = tracing-attributes",
        ),
        (
            "use serde::Serialize; fn f() { if true { #[derive(Serialize)] struct S; } }",
            "Serialize = serde_derive",
        ),
        (
            "use crate::traced; #[traced] fn f() {} #[crate::traced] fn g() {}",
            "traced = tracing-attributes, crate::traced = tracing-attributes",
        ),
        (
            "use crate::prelude::*; #[derive(Serialize)] struct S; #[traced] fn g() {}",
            "Serialize = serde_derive, traced = tracing-attributes",
        ),
        (
            "use super::super::prelude::Serialize; #[derive(Serialize)] struct S;",
            "Serialize = serde_derive",
        ),
        (
            "use crate::Hidden; #[derive(Hidden)] struct S;",
            "Hidden = serde_derive",
        ),
        (
            "use crate::absent::Serialize; #[derive(Serialize)] struct S;",
            "",
        ),
        (
            "mod later; use later::Serialize; #[derive(Serialize)] struct S;",
            "",
        ),
    ]);
}

#[test]
fn macros_of_macro_use_crates_are_everywhere() {
    let crates = crates();
    let root = "#[macro_use] extern crate serde_derive;\n#[derive(Serialize)] struct S; mod m { #[derive(Deserialize)] struct S; use other::Serialize; #[derive(Serialize)] struct T; }";
    assert_eq!(
        uses_in(&crates, "/app/src/lib.rs", root),
        "Serialize = serde_derive, Deserialize = serde_derive"
    );
}

#[test]
fn the_open_file_counts_as_it_stands() {
    let crates = crates();
    // On disk the root hands `traced` on; in the editor it does so no longer.
    for (text, expected) in [
        (
            "pub mod prelude; pub(crate) use tracing::instrument as traced; mod m { use crate::prelude::*; #[traced] fn f() {} }",
            "traced = tracing-attributes",
        ),
        (
            "pub mod prelude; mod m { use crate::prelude::*; #[traced] fn f() {} }",
            "",
        ),
        (
            "mod m { use crate::n::*; #[derive(A)] struct S; } mod n { pub use serde::Serialize as A; }",
            "A = serde_derive",
        ),
    ] {
        assert_eq!(
            uses_in(&crates, "/app/src/lib.rs", text),
            expected,
            "{text}"
        );
    }
    // A new file: what it is called is not known yet, and its crate's names are.
    let new =
        "use serde::Serialize; #[derive(Serialize)] struct S; use super::*; #[traced] fn f() {}";
    assert_eq!(
        uses_in(&crates, "/app/src/new.rs", new),
        "Serialize = serde_derive"
    );
    assert_eq!(uses_in(&crates, "/elsewhere/src/new.rs", new), "");
}

#[test]
fn a_file_of_two_crates_is_marked_where_they_agree() {
    let mut graph = graph();
    let mut program = graph.crates.last().unwrap().clone();
    program.kind = SourceKind::Program;
    program.root = "/app/src/main.rs".into();
    // Here the name is another crate's.
    program.dependencies.insert("log2".to_owned(), [8].into());
    program.dependencies.insert("app".to_owned(), [13].into());
    graph.crates.push(program);
    let mut files: BTreeMap<&str, &str> = FILES.iter().copied().collect();
    files.insert("/app/src/main.rs", "mod parts;");
    let crates = read(&graph, &files);
    let text =
        "#[tokio::main] fn f() {} #[derive(log2::Parser)] struct S; #[log2::instrument] fn g() {}";
    assert_eq!(
        uses_in(&crates, "/app/src/parts/one.rs", text),
        "tokio::main = tokio-macros, log2::Parser = clap_derive, log2::instrument = tracing-attributes"
    );
    let main =
        "use app::prelude::*; mod parts; #[derive(Serialize)] struct S; #[app::traced] fn f() {}";
    assert_eq!(
        uses_in(&crates, "/app/src/main.rs", main),
        "Serialize = serde_derive"
    );
}

#[test]
fn files_of_modules_are_where_the_compiler_looks() {
    let mut graph = graph();
    graph.crates.last_mut().unwrap().edition = 2015;
    let files: BTreeMap<&str, &str> = FILES
        .iter()
        .copied()
        .chain([
            ("/app/src/lib.rs", "extern crate serde; pub mod a; #[path = \"odd/place.rs\"] pub mod b; pub mod inline { pub mod c; } #[path = \"lib.rs\"] mod again;"),
            ("/app/src/a.rs", "pub mod deep;"),
            ("/app/src/a/deep.rs", "pub use serde::Serialize as A;"),
            ("/app/src/odd/place.rs", "pub mod beside;"),
            ("/app/src/odd/beside.rs", "pub use serde::Serialize as B;"),
            ("/app/src/inline/c.rs", "pub use serde::Serialize as C;"),
        ])
        .collect();
    let crates = read(&graph, &files);
    let text = "#[derive(a::deep::A, b::beside::B, inline::c::C)] struct S;";
    assert_eq!(
        uses_in(
            &crates,
            "/app/src/lib.rs",
            &format!(
                "extern crate serde; pub mod a; pub mod b; pub mod inline {{ pub mod c; }} {text}"
            )
        ),
        "a::deep::A = serde_derive, b::beside::B = serde_derive, inline::c::C = serde_derive"
    );
    // Paths of imports begin at the root in the first edition.
    let old = "use a::deep::A; #[derive(A)] struct S; #[derive(::serde::Serialize)] struct T;";
    assert_eq!(
        uses_in(&crates, "/app/src/inline/c.rs", old),
        "A = serde_derive, ::serde::Serialize = serde_derive"
    );
}

#[test]
fn what_others_cannot_see_is_not_kept() {
    let text = "use a; fn f() { use b; macro_rules! c { () => {} } mod d { use e; } } mod g { mod h { pub use i; } fn j() {} } #[k] struct L;";
    let kept = outline(text).for_others();
    let parents: Vec<_> = kept.scopes.iter().map(|scope| scope.parent).collect();
    assert_eq!(parents, [None, Some(0), Some(1)]);
    assert_eq!(kept.macros_in_blocks, ["c"]);
    assert!(kept.sites.is_empty());
    let imports: usize = kept.scopes.iter().map(|scope| scope.imports.len()).sum();
    assert_eq!(imports, 2);
}

#[test]
fn exports_are_told_by_their_crates() {
    let crates = crates();
    let said: Vec<String> = crates
        .exports()
        .map(|(package, names)| format!("{}: {}", package.as_str(), names.join(", ")))
        .collect();
    expect![[r#"
        serde_derive: Serialize, Deserialize
        tracing-attributes: instrument
        tokio-macros: main, main_rt, test, select_priv
        thiserror-impl: Error
        clap_derive: Parser, Args
        indoc: indoc, formatdoc
        made: "#]]
    .assert_eq(&said.join("\n"));
}

/// Each reading takes in all imports again: of a file that leads back to itself by two ways there would be as many as memory holds.
#[test]
fn a_file_that_leads_to_itself_is_taken_in_a_few_times() {
    let text = "use serde::Serialize;\n#[path = \"again.rs\"] mod one;\n#[path = \"again.rs\"] mod other;\n";
    let mut graph = graph();
    graph
        .crates
        .retain(|krate| krate.package_id == PackageId::new("app"));
    for krate in &mut graph.crates {
        krate.dependencies.clear();
    }
    let mut readings = 0;
    let crates = Crates::read(&graph, &mut |_| {
        readings += 1;
        Some(Arc::new(outline(text).for_others()))
    });
    assert!(readings < 50, "{readings}");
    assert!(!crates.is_empty());
}

/// Each has a directory of its own for the files of its modules, with a path as long as the way to it.
#[test]
fn modules_in_modules_are_taken_in_only_so_deep() {
    let text = format!("{}{}", "mod a {".repeat(3_000), "}".repeat(3_000));
    let mut graph = graph();
    graph
        .crates
        .retain(|krate| krate.package_id == PackageId::new("app"));
    for krate in &mut graph.crates {
        krate.dependencies.clear();
    }
    let crates = Crates::read(&graph, &mut |_| Some(Arc::new(outline(&text).for_others())));
    let modules = crates.all.first().map(|krate| krate.modules.len());
    assert!(modules.is_some_and(|modules| modules < 100), "{modules:?}");
}

#[test]
fn places_are_right_in_any_text() {
    let text = "use serde::Serialize;\r\n// 🦀 ä\r\n/* ä */ #[derive(Debug, /* 🦀 */ Serialize)]\r\nstruct Größe;\r\n";
    let outline = outline(text);
    let crates = crates();
    let uses = crates.uses(Utf8Path::new("/app/src/parts/one.rs"), &outline);
    let location = Lines::new(text).location(Utf8Path::new("/f"), &uses.first().unwrap().range);
    assert_eq!(
        (location.line, location.column, location.end_column),
        (3, 33, 42)
    );
}
