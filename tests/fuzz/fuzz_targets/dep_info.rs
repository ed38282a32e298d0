//! A dep-info of either version, or damage; never more files than its bytes can hold.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::observed::dep_info;

fuzz_target!(|bytes: &[u8]| {
    if let Some(info) = dep_info::parse(bytes) {
        assert!(info.files.len() + info.variables.len() <= bytes.len());
    }
});
