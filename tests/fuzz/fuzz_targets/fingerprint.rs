//! A fingerprint, which hashes alike before and after it is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::observed::unit;

fuzz_target!(|bytes: &[u8]| {
    let path = sidecargo_fuzz::file("lib-mac.json", bytes);
    if let Some(fingerprint) = unit::fingerprint(&path) {
        let _ = fingerprint.hash();
    }
});
