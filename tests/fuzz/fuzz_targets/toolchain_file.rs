//! A toolchain file.
#![no_main]

use camino::Utf8Path;
use libfuzzer_sys::fuzz_target;
use sidecargo::locate::toolchain_file;

fuzz_target!(|text: &str| {
    let _ = toolchain_file::channel_in(Utf8Path::new("/w/rust-toolchain.toml"), text);
});
