//! What a client says at the beginning, and the settings that it sends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::server::on_trial;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = serde_json::from_slice(bytes) {
        on_trial::settings(&value);
        on_trial::greeting(value);
    }
});
