//! A compiler's error, its message in the first line: which libraries it blames.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::remedy::on_trial;

fuzz_target!(|text: &str| {
    let message = text.lines().next().unwrap_or_default();
    on_trial::blame(message, text);
});
