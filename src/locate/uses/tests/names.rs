//! What a name leads to: through paths, imports, modules and blocks.

use super::world::check;

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
