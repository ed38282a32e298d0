//! How a look grows with the workspace and with what else lies in its build directory, in both layouts, beside the system calls that
//! it cannot do without. Ratios of two things measured in turn are the point, so no harness of single functions serves.
//!
//! `cargo bench --bench growth [-- packages|files]` prints medians and ratios, and plots the files. It makes workspaces of up to 2,000 packages once, in
//! `target/benchmarks/growth`: cargo itself writes their fingerprints, proc macros are compiled, all else is left empty.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing
)]

#[path = "../support/figures.rs"]
mod figures;
mod files;
mod made;
mod packages;
mod plot;
mod stand_in;

fn main() {
    stand_in::step_in();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_named = |name: &str| arguments.iter().any(|word| word == name);
    let all = !is_named("packages") && !is_named("files");
    if all || is_named("packages") {
        packages::run();
    }
    if all || is_named("files") {
        files::run();
    }
}
