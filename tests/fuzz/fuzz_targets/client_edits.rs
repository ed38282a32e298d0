//! Edits of an open file, at places that need not exist.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidecargo::server::on_trial;

type Session<'a> = (&'a str, Vec<(Option<[u32; 4]>, &'a str)>);

fuzz_target!(|session: Session<'_>| on_trial::edits(session.0, &session.1));
