//! A Rust source on trial: open in the editor, a member's root, and the crate of proc macros that it leads to.
#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;
use libfuzzer_sys::fuzz_target;
use sidecargo::expected::{SourceCrate, SourceGraph, SourceKind};
use sidecargo::locate::uses::{Crates, outline};
use sidecargo::names::PackageId;

const MACROS: &str = "#[proc_macro_derive(Serialize)] pub fn a() {}\n#[proc_macro] pub fn m() {}\n#[proc_macro_attribute] pub fn main() {}";
const FACADE: &str = "pub mod prelude { pub use serde_derive::*; } pub use prelude::*; pub use serde_derive as again;";

fn graph() -> SourceGraph {
    let krate = |name: &str, kind, known: &[(&str, usize)]| SourceCrate {
        package_id: PackageId::new(name),
        kind,
        root: format!("/{name}/src/lib.rs").into(),
        edition: 2021,
        features: ["on".to_owned()].into(),
        dependencies: known
            .iter()
            .map(|(name, place)| ((*name).to_owned(), [*place].into()))
            .collect::<BTreeMap<_, _>>(),
        member_manifest: (name == "app").then(|| "/app/Cargo.toml".into()),
    };
    SourceGraph {
        crates: vec![
            krate("serde_derive", SourceKind::ProcMacro, &[]),
            krate("serde", SourceKind::Library, &[("serde_derive", 0)]),
            krate("own", SourceKind::ProcMacro, &[]),
            krate("app", SourceKind::Library, &[("serde", 1), ("own", 2)]),
        ],
    }
}

fuzz_target!(|text: &str| {
    let seen = outline(text);
    let crates = Crates::read(&graph(), &mut |path| {
        let text = match path.as_str() {
            "/serde_derive/src/lib.rs" => MACROS,
            "/serde/src/lib.rs" => FACADE,
            "/own/src/lib.rs" | "/app/src/lib.rs" | "/app/src/a.rs" => text,
            _ => return None,
        };
        Some(Arc::new(outline(text).for_others()))
    });
    for file in ["/app/src/lib.rs", "/app/src/b.rs"] {
        for used in crates.uses(Utf8Path::new(file), &seen) {
            assert!(text.get(used.range.clone()).is_some(), "{used:?}");
        }
    }
    let _ = crates.exports().count();
});
