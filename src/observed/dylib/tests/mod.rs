//! Tests of the dylib readers on real dylibs, on damaged ones, and on arbitrary bytes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout
)]

mod arbitrary;
mod corpus;
mod damage;
mod entries;
mod foreign;
mod formats;
mod made;
mod metadata;
mod platforms;

mod real;

use super::observe::examine;
use super::report::{Damage, DylibFacts, Examination};
use super::source::Window;

/// Examines bytes as if they were a file.
fn examine_bytes(bytes: &[u8]) -> Examination {
    examine(Window::whole(bytes, bytes.len() as u64))
}

/// What is wrong with bytes.
fn damage_of(bytes: &[u8]) -> Damage {
    examine_bytes(bytes).content.expect_err("it is damaged")
}

/// What sound bytes say.
fn facts_of(bytes: &[u8]) -> DylibFacts {
    examine_bytes(bytes).content.expect("it is sound")
}

/// Cuts at some 200 places, and each of the last 100 bytes, must all be seen for what they are.
fn assert_every_cut_is_seen(whole: &[u8], smallest_header: usize) {
    let length = whole.len();
    let spread = (1..200).map(|part| length * part / 200);
    let ends = [
        1,
        2,
        3,
        4,
        16,
        32,
        52,
        63,
        64,
        100,
        512,
        4096,
        length * 95 / 100,
    ];
    let last = length.saturating_sub(100)..length;
    for cut in spread
        .chain(ends)
        .chain(last)
        .filter(|cut| (1..length).contains(cut))
    {
        match damage_of(&whole[..cut]) {
            Damage::Truncated { promised, found } => {
                assert_eq!(found, cut as u64);
                assert!(promised > found, "cut at {cut} promises only {promised}");
                if cut >= smallest_header {
                    assert_eq!(promised, length as u64, "cut at {cut} of {length}");
                }
            }
            other => panic!("cut at {cut} of {length}: {other}"),
        }
    }
}
