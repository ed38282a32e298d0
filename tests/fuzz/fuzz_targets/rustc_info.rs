//! What rustc told cargo of itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::cargo::{rustc_info, stand_in};

fuzz_target!(|bytes: &[u8]| {
    sidecargo_fuzz::file(stand_in::RUSTC_ANSWERS, bytes);
    let _ = rustc_info::read(sidecargo_fuzz::directory());
});
