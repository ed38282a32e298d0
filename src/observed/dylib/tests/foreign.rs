//! Proc macros that this machine's rustc compiled for other systems, linked by linkers that run here: `tests/fit.sh portability` makes them.

use std::path::Path;
use std::process::Command;

use super::{assert_every_cut_is_seen, examine_bytes};
use crate::observed::dylib::report::ProcMacroSymbol;

/// The directory in which they lie.
const DIRECTORY: &str = "SIDECARGO_TEST_FOREIGN_DYLIBS";

/// No shorter part of a file tells how long the whole is.
const HEADERS: usize = 4096;

#[test]
#[ignore = "reads the dylibs in the directory that SIDECARGO_TEST_FOREIGN_DYLIBS names"]
fn real_dylibs_of_other_systems_are_understood() {
    let directory = std::env::var_os(DIRECTORY).expect("it is set");
    let version = Command::new("rustc").arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let mut seen = 0;
    for (name, platform) in [
        ("libtiny_macros.dylib", "Mach-O arm64"),
        ("tiny_macros.dll", "PE x86-64"),
    ] {
        let Ok(bytes) = std::fs::read(Path::new(&directory).join(name)) else {
            println!("skipped: {name} is not there");
            continue;
        };
        let examination = examine_bytes(&bytes);
        let found = examination.platform.expect("it has a platform");
        assert_eq!(found.to_string(), platform);
        let facts = examination.content.expect(name);
        assert_eq!(facts.crate_name.as_deref(), Some("tiny_macros"), "{name}");
        assert_eq!(facts.built_by(), Some(version.trim()), "{name}");
        assert_eq!(facts.proc_macro_symbol, ProcMacroSymbol::Exported, "{name}");
        assert_every_cut_is_seen(&bytes, HEADERS);
        seen += 1;
    }
    assert!(seen > 0, "no dylib was there");
}
