//! Edits of an open file, at places that need not exist.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use sidecargo::server::on_trial;

#[derive(Debug, Arbitrary)]
struct Session<'a> {
    text: &'a str,
    edits: Vec<(Option<[u32; 4]>, &'a str)>,
}

fuzz_target!(|session: Session<'_>| on_trial::edits(session.text, &session.edits));
