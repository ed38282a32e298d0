//! A live server in chaos: random faults, builds, kills, edits and switches, one after the other. After each quiet moment what the server
//! says must be what a look says that remembers nothing, and what cargo and the proc-macro server say.
//!
//! `tests/chaos.sh STEPS [SEED]` runs it; the seed is printed and brings the same steps again. Linux only: the fresh look is taken in a
//! mount namespace.
#![cfg(test)]
#![cfg_attr(
    not(all(target_os = "linux", feature = "lsp")),
    allow(dead_code, unused_imports)
)]
#![allow(clippy::too_many_lines)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../conformance/answers.rs"]
#[allow(dead_code)]
mod answers;
#[path = "../lsp/client.rs"]
#[allow(dead_code)] // each test target uses its own part of these
mod client;
#[path = "../conformance/faults/mod.rs"]
#[allow(dead_code)]
mod faults;
#[path = "../conformance/foreign.rs"]
mod foreign;
#[path = "../conformance/judge/mod.rs"]
#[allow(dead_code)]
mod judge;
#[path = "../conformance/ours.rs"]
#[allow(dead_code)]
mod ours;
#[path = "../conformance/reasons.rs"]
mod reasons;
#[path = "../days/day/shown.rs"]
#[allow(dead_code)]
mod shown;
#[path = "../conformance/trial.rs"]
#[allow(dead_code)]
mod trial;

mod builds;
mod compare;
mod options;
mod oracle;
mod run;
mod steps;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    support::stand_in::step_in();
    if let Some(end) = oracle::step_in() {
        return end;
    }
    let Some(options) = options::read() else {
        return ExitCode::SUCCESS;
    };
    if let Some(why) = oracle::obstacle() {
        println!("skipped: {why}");
        return if std::env::var_os("SIDECARGO_TEST_SKIP_NOTHING").is_some() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    let end = run::run(&options);
    if end == ExitCode::SUCCESS || options.keeping == options::Keeping::Nothing {
        support::workspace::clean_up();
    }
    end
}
