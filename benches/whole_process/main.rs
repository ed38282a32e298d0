//! Sidecargo against what a person would have to run in its place, side by side in one run, on a real workspace of 200 packages and
//! more; and against the floor, which is reading every fingerprint and doing nothing with it.
//!
//! `cargo bench --bench whole_process [-- ROUNDS] [PART]...` prints medians and ratios; the parts are `processes`, `mending`, `servers`,
//! `inside`, and `building`, which takes many minutes. It asserts nothing: a figure is for people to judge.
//! `tests/tools/benchmarks.sh target/tools` brings ruff and cargo-sweep; without them their lines are left out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing
)]

mod contestants;
#[path = "../support/figures.rs"]
mod figures;
mod workspace;

#[cfg(feature = "lsp")]
mod building;
#[cfg(feature = "lsp")]
mod editor;
mod inside;
#[cfg(feature = "lsp")]
mod servers;

use std::path::Path;

use workspace::Large;

/// Rounds where nothing else is asked for: medians want ten at least.
const ROUNDS: usize = 11;

type Part = fn(&Large, usize);

const PARTS: &[(&str, Part)] = &[
    ("processes", contestants::processes),
    ("mending", contestants::mending),
    #[cfg(feature = "lsp")]
    ("servers", servers::run),
    ("inside", inside::run),
    #[cfg(feature = "lsp")]
    ("building", building::run),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, directory] = arguments.as_slice()
        && contestants::is_floor(mode, Path::new(directory))
    {
        return;
    }
    let rounds = arguments.iter().find_map(|word| word.parse().ok());
    let rounds = rounds.unwrap_or(ROUNDS);
    let is_named = |name: &str| arguments.iter().any(|word| word == name);
    let all = !PARTS.iter().any(|(name, _)| is_named(name));
    let large = Large::prepare();
    println!("{rounds} rounds each, in turn, in {}", large.root.display());
    for (name, part) in PARTS {
        if all || is_named(name) {
            println!("\n{name}");
            part(&large, rounds);
        }
    }
}
