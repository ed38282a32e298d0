//! What cargo, a compiler or a build script said: recognised or not.
#![no_main]

use camino::Utf8Path;
use libfuzzer_sys::fuzz_target;
use sidecargo::remedy::catalogue::{Catalogue, Facts};
use sidecargo::verdict::unavailable;

fuzz_target!(|text: &str| {
    if let Some(known) = Catalogue::built_in().recognise(text, &Facts::default()) {
        let _ = known.meaning();
    }
    let _ = unavailable::read(text, Utf8Path::new("/w"));
});
