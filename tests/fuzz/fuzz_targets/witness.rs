//! What Sidecargo itself remembered, which anybody may have changed since.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::witness::answers::KeptAnswer;
use sidecargo::witness::contents::Contents;

fuzz_target!(|bytes: &[u8]| {
    sidecargo_fuzz::file(".sidecargo/contents.json", bytes);
    let _ = Contents::recall(sidecargo_fuzz::directory());
    if let Ok(kept) = serde_json::from_slice::<KeptAnswer>(bytes) {
        let written = serde_json::to_vec(&kept).unwrap();
        assert!(serde_json::from_slice::<KeptAnswer>(&written).is_ok());
    }
});
