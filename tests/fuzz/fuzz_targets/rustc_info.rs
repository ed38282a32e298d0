//! What cargo noted of rustc.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::cargo::scratch;

fuzz_target!(|bytes: &[u8]| {
    sidecargo_fuzz::file(".rustc_info.json", bytes);
    let _ = scratch::rustc_info(sidecargo_fuzz::directory());
});
