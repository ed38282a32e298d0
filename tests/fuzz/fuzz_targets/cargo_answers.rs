//! Cargo's whole answer, put together: `cargo metadata`, the unit graph, the stand-in's records and the scratch directory's fingerprint,
//! and `rustc -vV`, one a line. Where a line cannot be read, a plain one stands in, so that the others are tried nevertheless.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use sidecargo::cargo::messages::DylibArtifact;
use sidecargo::cargo::questions::{Answer, LockFile};
use sidecargo::cargo::scratch::{self, ScratchUnit};
use sidecargo::cargo::unit_graph::UnitGraph;
use sidecargo::expected::assemble;

const METADATA: &str = r#"{"packages":[],"workspace_members":[],"resolve":null,"target_directory":"/w/target","version":1,"workspace_root":"/w","metadata":null}"#;
const HASH: &str = "0123456789abcdef";

fn unit(json: &[u8]) -> Vec<ScratchUnit> {
    let place = format!("scratch/debug/.fingerprint/mac-{HASH}");
    sidecargo_fuzz::file(&format!("{place}/lib-mac"), HASH.as_bytes());
    sidecargo_fuzz::file(&format!("{place}/lib-mac.json"), json);
    scratch::units(&sidecargo_fuzz::directory().join("scratch"))
}

fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let metadata = serde_json::from_slice(line())
        .or_else(|_| serde_json::from_str(METADATA))
        .expect("plain metadata");
    let unit_graph: UnitGraph = serde_json::from_slice(line()).unwrap_or_default();
    let records = serde_json::from_slice(line()).unwrap_or_default();
    let units = unit(line());
    let text = String::from_utf8_lossy(line()).replace('|', "\n");
    let dylibs = unit_graph
        .units
        .iter()
        .map(|unit| DylibArtifact {
            package_id: unit.pkg_id.clone(),
            manifest_path: "/w/mac/Cargo.toml".into(),
            target_name: "mac".to_owned(),
            file: format!("/s/debug/deps/libmac-{HASH}.so").into(),
        })
        .take(8)
        .collect();
    let environment = BTreeMap::from([("CARGO_HOME".to_owned(), text.clone())]);
    let answer = Answer {
        cargo_version: semver::Version::new(1, 95, 0),
        metadata,
        dylibs,
        units,
        records,
        scratch: "/s".into(),
        started_in: environment.clone(),
        cargo_environment: environment.clone(),
        compilation_environment: environment,
        rustc_verbose_version: text,
        sysroot: None,
        unit_graph,
        lock_file: LockFile::Settled,
    };
    let expectation = assemble(&answer);
    for expected in &expectation.macros {
        let _ = serde_json::to_vec(&expected.ways).expect("what is kept can be written");
    }
});
