//! A manifest, whose places lie within its text.
#![no_main]

use camino::Utf8Path;
use libfuzzer_sys::fuzz_target;
use sidecargo::locate::manifest::ManifestIndex;

fuzz_target!(|text: &str| {
    let Ok(index) = ManifestIndex::parse(Utf8Path::new("/w/Cargo.toml"), text) else {
        return;
    };
    let lines = text.lines().count() + 1;
    for dependency in index.dependencies() {
        let location = index.location(dependency);
        assert!(location.line as usize <= lines, "{location:?}");
    }
    let _ = (index.proc_macro_line(), index.package_line());
});
