//! What rustc says it left of a proc macro whose dylib is gone, in both layouts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::observed::gone;

const HASH: &str = "0123456789abcdef";

fuzz_target!(|bytes: &[u8]| {
    let [v1, v2] = ["v1/debug", "v2/debug"];
    sidecargo_fuzz::file(&format!("{v1}/.fingerprint/mac-{HASH}/lib-mac"), HASH.as_bytes());
    sidecargo_fuzz::file(&format!("{v1}/.fingerprint/mac-{HASH}/lib-mac.json"), bytes);
    sidecargo_fuzz::file(&format!("{v1}/deps/mac-{HASH}.d"), bytes);
    sidecargo_fuzz::file(&format!("{v2}/build/mac/{HASH}/out/mac-{HASH}.d"), bytes);
    for layout in ["v1", "v2"] {
        let _ = gone::find(&sidecargo_fuzz::directory().join(layout), "debug");
    }
});
