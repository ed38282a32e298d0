//! What a build script printed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::observed::build_script;

fuzz_target!(|bytes: &[u8]| {
    let named = build_script::parse(bytes, "/then/out", "/now/out");
    assert!(named.paths.len() + named.variables.len() <= bytes.len());
});
