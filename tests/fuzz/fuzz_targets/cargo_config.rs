//! Cargo's configuration, as it is read where no process may be started.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use sidecargo::expected::{configured_wrappers, possible_build_directories};
use sidecargo::settings::CargoSettings;

fuzz_target!(|bytes: &[u8]| {
    sidecargo_fuzz::file(".cargo/config.toml", bytes);
    let root = sidecargo_fuzz::directory();
    let _ = possible_build_directories(root, &CargoSettings::default(), &BTreeMap::new());
    let _ = configured_wrappers(root, &BTreeMap::new());
});
