#![allow(clippy::unwrap_used, clippy::needless_raw_string_hashes)]

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::locate::uses::condition::{Condition, Configuration, Holds, all};
use crate::locate::uses::outline::{ExportName, Leaf, Visibility};

/// The uses in a text, each as it stands there; in brackets under a condition that does not hold or cannot be told.
fn sites(text: &str) -> String {
    let outline = outline(text);
    let configuration = Configuration {
        features: ["on".to_owned()].into(),
        ..Configuration::default()
    };
    let said: Vec<String> = outline
        .sites
        .iter()
        .map(|site| {
            let written = text.get(site.range.clone()).unwrap();
            match all(&site.conditions, &configuration) {
                Holds::Yes => written.to_owned(),
                Holds::No => format!("(never {written})"),
                Holds::Unclear => format!("(perhaps {written})"),
            }
        })
        .collect();
    said.join(" ")
}

#[test]
fn uses_are_found_where_code_is() {
    for (text, expected) in [
        ("#[derive(A, b::C, ::d::E)] struct S;", "A b::C ::d::E"),
        ("#[derive(A,)]\n#[b::c(d = \"e\")]\nfn f() {}", "A b::c"),
        ("#[a] #[b()] fn f() {}", "a b"),
        ("#![a] fn f() {}", ""),
        ("fn f() { a!(); b::c! {} ::d::e![] }", "a! b::c! ::d::e!"),
        (
            "fn f() { if !(a) { return !(b) } while ! { c } {} a != (b) }",
            "",
        ),
        (
            "// #[a]\n/* #[b] */ /// #[c]\n//! d!()\n/** e!() */ fn f() {}",
            "",
        ),
        (
            r##"const S: &str = "#[a] b!()"; const R: &str = r#"#[c] "d!()" "#;"##,
            "",
        ),
        (
            "fn f<'a>() { let c = '\"'; a!('\\'', \"x\"); let d = '\"'; b!() }",
            "a! b!",
        ),
        ("#[doc = \"#[a]\"] fn f() {}", "doc"),
        ("#[ a :: b ] fn f() {}", "a :: b"),
        ("#[r#a] fn f() { r#b!() }", "a b!"),
        // What is in the arguments of a macro only that macro knows.
        ("fn f() { quote! { #[a] struct S; b!() } }", "quote!"),
        (
            "fn f() { println!(\"{}\", a!(b)); vec![c!(), d!(e!())] }",
            "println! a! vec! c! d!",
        ),
        (
            "fn f() { assert!(matches!(x, Some(#[a] _))) }",
            "assert! matches!",
        ),
        ("macro_rules! m { () => { #[a] struct S; b!() } }", ""),
        ("macro_rules! m ( () => { a!() } ); b!();", "b!"),
        ("macro m($x:ident) { a!() } fn f() { b!() }", "b!"),
        (
            "cfg_rt! { #[a] fn f() { b!() } } #[c] fn g() {}",
            "cfg_rt! c",
        ),
        ("trait T { #[a] fn f() -> impl X + use<'_, T>; }", "a"),
        ("enum E { #[a(\"{0}\")] X(#[b] Y), #[c] Z }", "a b c"),
        ("#[unsafe(no_mangle)] fn f() {}", "unsafe"),
        ("#!/usr/bin/env run\n#[a] fn f() {}", "a"),
    ] {
        assert_eq!(sites(text), expected, "{text}");
    }
}

#[test]
fn conditions_hold_for_what_they_stand_before() {
    for (text, expected) in [
        (
            "#[cfg_attr(feature = \"on\", derive(A), b)] struct S;",
            "A b",
        ),
        (
            "#[cfg_attr(feature = \"off\", derive(A))] struct S;",
            "(never A)",
        ),
        (
            "#[cfg_attr(all(feature = \"on\", odd), derive(A))] struct S;",
            "(perhaps A)",
        ),
        (
            "#[cfg_attr(feature = \"on\", cfg_attr(not(feature = \"off\"), a))] struct S;",
            "a",
        ),
        (
            "#[a] #[cfg(feature = \"off\")] #[b] fn f() { c!() } #[d] fn g() {}",
            "(never a) (never b) (never c!) d",
        ),
        (
            "#[cfg(feature = \"off\")] mod m { #[a] fn f() {} } b!();",
            "(never a) b!",
        ),
        (
            "mod m { #![cfg(feature = \"off\")] #[a] fn f() {} } b!();",
            "(never a) b!",
        ),
        (
            "#![cfg(feature = \"off\")] #[a] fn f() {} b!();",
            "(never a) (never b!)",
        ),
        ("#[cfg(test)] mod m { #[a] fn f() {} }", "a"),
        ("#[cfg(feature = \"off\")] use a::b; #[c] fn f() {}", "c"),
        (
            "struct S { #[cfg(feature = \"off\")] #[a] b: C, #[d] e: F }",
            "(never a) d",
        ),
        (
            "#[cfg(feature = \"off\")] pub(crate) struct S<A, B> { #[a] b: C }",
            "(never a)",
        ),
        (
            "fn f() { #[cfg(feature = \"off\")] let a = if b!() {} else { c!() }; d!() }",
            "(never b!) (never c!) d!",
        ),
        (
            "fn f() { match x { #[cfg(feature = \"off\")] Y { .. } => a!(), Z => b!() } }",
            "(never a!) b!",
        ),
        (
            "#[cfg_attr(feature = \"off\", cfg(odd))] #[a] fn f() {}",
            "a",
        ),
    ] {
        assert_eq!(sites(text), expected, "{text}");
    }
}

/// An editor holds unfinished text most of the time.
#[test]
fn unfinished_text_hides_no_more_than_it_must() {
    for (text, expected) in [
        ("#[derive(A)] struct S { #[a] fn f() { b!() }", "A a b!"),
        ("fn f() { #[derive( } #[a] fn g() {}", "a"),
        ("fn f() { foo( } #[a] fn g() {}", "a"),
        ("fn f() { a!( } #[b] fn g() {}", "a! b"),
        ("fn f() { let x = [1, } #[b] fn g() {}", "b"),
        ("fn f() { println!(x } #[b] fn g() {}", "println! b"),
        ("a!(x #[b] fn g() {}", "a! b"),
        ("} ) ] #[a] fn f() {}", "a"),
        ("use a::\n#[b] fn f() {}", "b"),
        ("use a::{b, c\n#[d] fn f() {}", "d"),
        ("#[", ""),
        ("#[a", ""),
        ("a!", ""),
        ("mod", ""),
        ("use", ""),
        ("extern crate", ""),
        ("macro_rules! m", ""),
    ] {
        assert_eq!(sites(text), expected, "{text}");
    }
}

fn names(text: &str) -> String {
    let outline = outline(text);
    let mut said = String::new();
    for (index, scope) in outline.scopes.iter().enumerate() {
        let parent = scope
            .parent
            .map_or(String::new(), |parent| format!(" in {parent}"));
        writeln!(said, "{index}{parent}: {:?}", scope.kind).unwrap();
        for import in &scope.imports {
            let visibility = match import.visibility {
                Visibility::Private => "",
                Visibility::Restricted => "pub(…) ",
                Visibility::Public => "pub ",
            };
            let start = match import.path.start {
                PathStart::Here => "",
                PathStart::Crates => "::",
            };
            let path = import.path.names.join("::");
            let leaf = match &import.leaf {
                Leaf::All => "*".to_owned(),
                Leaf::Named(name) => name.clone(),
                Leaf::ModuleNamed(name) => format!("{name} (module)"),
                Leaf::Crate(name) => format!("{name} (crate)"),
                Leaf::CrateWithMacros(name) => format!("{name} (crate with macros)"),
            };
            let perhaps = if import.conditions.contains(&Condition::Unclear) {
                " perhaps"
            } else if import.conditions.is_empty() {
                ""
            } else {
                " under conditions"
            };
            writeln!(said, "  {visibility}{leaf} = {start}{path}{perhaps}").unwrap();
        }
        for file in &scope.files {
            writeln!(said, "  mod {} {:?}", file.name, file.path).unwrap();
        }
        for name in &scope.macros {
            writeln!(said, "  macro {name}").unwrap();
        }
    }
    for export in &outline.exports {
        writeln!(said, "exports {:?} {:?}", export.kind, export.name).unwrap();
    }
    said
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&names(text));
}

#[test]
fn imports_are_taken_apart() {
    check(
        "use a;\nuse a::b as c;\npub use a::{self, b, c::{d as e, *}};\npub(crate) use ::a::*;\npub(in crate::x) use {a::b, ::c::d};\n\
         use a::_x as _;\nextern crate a;\n#[macro_use]\nextern crate b as c;\n#[cfg(unix)]\npub use self::d;\nuse super::super::e;\n\
         use a::{self as z};\n",
        &expect![[r#"
            0: File
              a = a
              c = a::b
              pub a (module) = a
              pub b = a::b
              pub e = a::c::d
              pub * = a::c
              pub(…) * = ::a
              pub(…) b = a::b
              pub(…) d = c::d
              _ = a::_x
              a (crate) = ::a
              c (crate with macros) = ::b
              pub d = self::d under conditions
              e = super::super::e
              z (module) = a
        "#]],
    );
}

#[test]
fn modules_blocks_and_macros_have_their_scopes() {
    check(
        "mod a;\n#[path = \"x/y.rs\"]\nmod b;\nmod c { use d; fn f() { use e; struct S { a: u8 } } mod g; }\n#[macro_use] mod h { macro_rules! i { () => { use j; } } }\n\
         cfg_x! { pub use k::l; mod m; mod n { pub use o; } }\nfn f() { quote! { use p; } }\nextern crate q;\n",
        &expect![[r#"
            0: File
              pub l = k::l perhaps
              q (crate) = ::q
              mod a None
              mod b Some("x/y.rs")
              mod m None
            1 in 0: Module { name: "c", path: None }
              d = d
              mod g None
            2 in 1: Block
              e = e
            3 in 2: Block
            4 in 0: Module { name: "h", path: None }
              macro i
            5 in 0: Module { name: "n", path: None }
              pub o = o perhaps
            6 in 0: Block
        "#]],
    );
}

#[test]
fn a_macro_crate_tells_what_it_exports() {
    check(
        "#[proc_macro]\npub fn a(i: TokenStream) -> TokenStream { i }\n#[allow(x)]\n#[proc_macro_attribute]\n#[doc = \"y\"]\npub fn b() {}\n\
         #[proc_macro_derive(C, attributes(d))]\npub fn e() {}\nfn helper() {}\n\
         macro_rules! make { ($n:ident) => { #[proc_macro_derive($n)] pub fn $n() {} } }\nmake!(Made);\n#[proc_macro]\npub unsafe extern \"C\" fn z() {}\n",
        &expect![[r#"
            0: File
              macro make
            1 in 0: Block
            2 in 0: Block
            3 in 0: Block
            4 in 0: Block
            5 in 0: Block
            exports Bang Known("a")
            exports Attribute Known("b")
            exports Derive Known("C")
            exports Derive Known("Made")
            exports Bang Known("z")
        "#]],
    );
}

#[test]
fn what_macros_make_is_told_where_their_calls_fit() {
    let made = |text: &str| {
        let outline = outline(text);
        let said: Vec<String> = outline
            .exports
            .iter()
            .map(|export| match &export.name {
                ExportName::Known(name) if export.conditions.is_empty() => {
                    format!("{:?} {name}", export.kind)
                }
                ExportName::Known(name) => {
                    format!("{:?} {name} {:?}", export.kind, export.conditions)
                }
                ExportName::MadeBy(name) => format!("? {name}"),
            })
            .collect();
        said.join(", ")
    };
    for (text, expected) in [
        (
            "macro_rules! create(($feature:literal, $m:ident $(:: $r:ident)*, $t:ident, $f: ident $(,$a:ident)* $(,)?) => { #[cfg(feature = $feature)] \
             #[proc_macro_derive($t, attributes($($a),*))] pub fn $f() {} });\ncreate!(\"add\", r#as::r#mut, Add, add_derive);\ncreate!(\"sub\", m, Sub, s, a, b,);",
            "Derive Add [Feature(\"add\")], Derive Sub [Feature(\"sub\")]",
        ),
        (
            "macro_rules! derive { ($trait:ident => $outer:ident => $inner:path) => { #[proc_macro_derive($trait, attributes(z))] pub fn $outer() {} } }\n\
             derive!(KnownLayout => derive_known => known::derive);",
            "Derive KnownLayout",
        ),
        (
            "macro_rules! route { ($name:ident => $method:expr) => ( #[doc = \"x\"] #[proc_macro_attribute] pub fn $name() {} ) }\nroute!(get => Method::Get);\nroute!(put => None);",
            "Attribute get, Attribute put",
        ),
        (
            "macro_rules! many { ($($v:vis $n:ident),+ $(,)?) => { $( #[proc_macro] $v fn $n() {} )+ } ; () => {} }\nmany!(pub a, b);",
            "Bang a, Bang b",
        ),
        (
            "macro_rules! one { () => { #[proc_macro] pub fn fixed() {} } }\none! {}",
            "Bang fixed",
        ),
        (
            "macro_rules! one { ($n:ident) => { #[proc_macro] pub fn $n() {} } }\none!(a b);",
            "? one",
        ),
        (
            "macro_rules! one { ($n:ident) => { #[proc_macro] pub fn $n() {} } }",
            "",
        ),
        ("macro_rules! one { ($", ""),
    ] {
        assert_eq!(made(text), expected, "{text}");
    }
}

/// Whatever it is given, ranges are of whole characters and scopes have parents that come before them.
fn holds_together(text: &str) {
    let outline = outline(text);
    for site in &outline.sites {
        assert!(
            text.get(site.range.clone())
                .is_some_and(|text| !text.is_empty())
        );
        assert!(site.scope < outline.scopes.len());
    }
    for (index, scope) in outline.scopes.iter().enumerate() {
        assert!(scope.parent.map_or(index == 0, |parent| parent < index));
    }
}

proptest! {
    #[test]
    fn any_text_has_an_outline(text in any::<String>()) {
        holds_together(&text);
    }

    #[test]
    fn any_mixture_of_words_has_an_outline(words in proptest::collection::vec(prop::sample::select(vec![
        "use ", "mod ", "a", "::", "b ", "{", "}", "(", ")", "[", "]", "#", "!", "#[", "derive", "cfg", "cfg_attr", "feature = \"on\"", ",", ";", "*", "as ",
        "pub ", "extern ", "crate ", "macro_rules", "macro ", "fn ", "$", "self", "super", "\"", "'", "//", "/*", "*/", "\n", "ä🦀", "r#", "<", "=", "else ", ".",
    ]), 0..80)) {
        holds_together(&words.concat());
    }
}
