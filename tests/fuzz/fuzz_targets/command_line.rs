//! A process's arguments, the first file that they name behind `\n\n`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::observed::process::on_trial;

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n");
    let (line, file) = match end {
        Some(end) => (&bytes[..end], Some(&bytes[end + 2..])),
        None => (bytes, None),
    };
    on_trial::command_line(line, file);
});
