//! The crates that the tests look at macros from.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;

use crate::expected::{SourceCrate, SourceGraph, SourceKind};
use crate::locate::uses::{Crates, outline};
use crate::names::PackageId;

/// Crates that hand macros on in the ways that the well-known ones do; the member is `app`.
pub(super) const FILES: &[(&str, &str)] = &[
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
pub(super) fn graph() -> SourceGraph {
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

pub(super) fn crates() -> Crates {
    read(&graph(), &FILES.iter().copied().collect())
}

pub(super) fn read(graph: &SourceGraph, files: &BTreeMap<&str, &str>) -> Crates {
    Crates::read(graph, &mut |path| {
        let text = files.get(path.as_str())?;
        Some(Arc::new(outline(text).for_others()))
    })
}

pub(super) fn uses_in(crates: &Crates, file: &str, text: &str) -> String {
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
pub(super) fn check(cases: &[(&str, &str)]) {
    let crates = crates();
    for (text, expected) in cases {
        assert_eq!(
            uses_in(&crates, "/app/src/parts/one.rs", text),
            *expected,
            "{text}"
        );
    }
}
