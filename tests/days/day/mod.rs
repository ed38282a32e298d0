//! The days there are, and their run one after the other: what one costs must not fall on another.

#[path = "../../lsp/client.rs"]
#[allow(dead_code)] // each test target uses its own part
mod client;
#[path = "../../lsp/project.rs"]
#[allow(dead_code)]
mod project;
#[path = "../../support/mod.rs"]
mod support;

mod beside;
mod builds;
mod cycles;
mod endings;
mod figures;
mod idle;
mod latency;
mod limits;
mod moves;
mod pair;
mod repairs;
#[allow(dead_code)] // another test target has the rest of its uses
mod shown;
mod soak;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use crate::options::Options;

/// What a day leaves: the figures in sentences.
type Figures = Vec<String>;

type Day = fn(&Options) -> Figures;

const DAYS: &[(&str, Day)] = &[
    ("latency", latency::run),
    ("moves", moves::run),
    ("limits", limits::run),
    ("idle", idle::run),
    ("endings", endings::run),
    ("beside", beside::run),
    ("repairs", repairs::run),
    ("cycles", cycles::run),
    ("builds", builds::run),
    ("soak", soak::run),
];

pub(crate) fn run_all(options: &Options) -> ExitCode {
    let mut failed = Vec::new();
    for (name, day) in DAYS {
        let is_wanted = options.words.is_empty() || options.words.iter().any(|word| word == name);
        if !is_wanted {
            continue;
        }
        let started = Instant::now();
        println!("{name}");
        match catch_unwind(AssertUnwindSafe(|| day(options))) {
            Ok(figures) => figures.iter().for_each(|line| println!("    {line}")),
            // Why was printed when it panicked.
            Err(_) => failed.push(*name),
        }
        println!("    took {:.1} s", started.elapsed().as_secs_f64());
    }
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        println!("failed: {}", failed.join(", "));
        ExitCode::FAILURE
    }
}
