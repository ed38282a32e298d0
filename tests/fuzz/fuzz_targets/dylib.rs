//! Whatever lies in a dylib's place, of any format, is told or called damaged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::observed::dylib::{self, DylibObservation};

fuzz_target!(|bytes: &[u8]| {
    let path = sidecargo_fuzz::file("libmac-0123456789abcdef.so", bytes);
    if let DylibObservation::Present(report) = dylib::read(&path) {
        assert_eq!(report.size, bytes.len() as u64);
    }
});
