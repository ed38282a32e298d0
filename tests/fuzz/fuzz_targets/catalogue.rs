//! A person's own catalogue of known failures, whatever it holds; and what its entries make of an output.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::remedy::catalogue::{Catalogue, Facts, read};

const OUTPUT: &str = "error: failed to run custom build command for `prost-build v0.11.9`\n  protoc: command not found: protoc\n";

fuzz_target!(|text: &str| {
    let (entries, problems) = read(text);
    let lines = text.lines().count() + 1;
    for problem in problems {
        assert!(problem.line as usize <= lines, "{problem:?}");
    }
    let catalogue = Catalogue::beginning_with(entries);
    let facts = Facts::default();
    let _ = (catalogue.foresee(&facts), catalogue.questions(&facts));
    if let Some(known) = catalogue.recognise(OUTPUT, &facts) {
        let _ = known.meaning();
    }
});
