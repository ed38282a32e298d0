//! What cargo prints while it builds, and its unit graph.
#![no_main]

use camino::Utf8Path;
use libfuzzer_sys::fuzz_target;
use sidecargo::cargo::messages;
use sidecargo::cargo::unit_graph::UnitGraph;

fuzz_target!(|bytes: &[u8]| {
    let _ = serde_json::from_slice::<UnitGraph>(bytes);
    for line in String::from_utf8_lossy(bytes).lines() {
        let _ = messages::read_line(line, Utf8Path::new("/w"));
        let _ = messages::read_status(line);
    }
});
