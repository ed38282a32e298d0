//! An error that somebody pasted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::recognise;

fuzz_target!(|text: &str| {
    let _ = recognise::recognise(text);
});
