//! What comes from the client's side of the pipe: frames, and what looks like some.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::server::on_trial;

fuzz_target!(|bytes: &[u8]| on_trial::messages(bytes));
