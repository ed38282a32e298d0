//! The head of rustc's metadata, packed or not, in the place of a real dylib's: `SIDECARGO_FUZZ_DYLIB` names it.
#![no_main]

use std::ops::Range;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use object::{Object as _, ObjectSection as _};
use sidecargo::observed::dylib::{self, DylibObservation};

/// A dylib and where in it its metadata lies.
fn template() -> &'static (Vec<u8>, Range<usize>) {
    static TEMPLATE: OnceLock<(Vec<u8>, Range<usize>)> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let path = std::env::var_os("SIDECARGO_FUZZ_DYLIB").expect("SIDECARGO_FUZZ_DYLIB");
        let bytes = std::fs::read(path).expect("the dylib");
        let file = object::File::parse(bytes.as_slice()).expect("an object file");
        let section = file.section_by_name(".rustc").expect("rustc's metadata");
        let (start, length) = section.file_range().expect("its place");
        let start = usize::try_from(start).expect("a place in memory");
        let end = start + usize::try_from(length).expect("a length in memory");
        (bytes, start..end)
    })
}

fuzz_target!(|head: &[u8]| {
    let (whole, place) = template();
    let head = &head[..head.len().min(place.len())];
    let mut bytes = whole.clone();
    bytes[place.start..][..head.len()].copy_from_slice(head);
    let path = sidecargo_fuzz::file("libmac-0123456789abcdef.so", &bytes);
    let DylibObservation::Present(report) = dylib::read(&path) else {
        panic!("the file is there");
    };
    assert_eq!(report.size, bytes.len() as u64);
});
