#![allow(clippy::unwrap_used, clippy::needless_raw_string_hashes)]

mod names;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::expect;

use super::*;
use crate::expected::SourceKind;
use crate::locate::Lines;
use world::{FILES, crates, graph, read, uses_in};

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
