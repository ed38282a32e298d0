//! The settings in a rust-analyzer.toml.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::settings::rust_analyzer_toml;
use std::collections::BTreeMap;

fuzz_target!(|bytes: &[u8]| {
    sidecargo_fuzz::file("rust-analyzer.toml", bytes);
    let _ = rust_analyzer_toml::read(sidecargo_fuzz::directory(), &BTreeMap::new());
});
