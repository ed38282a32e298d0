//! The server through whole days: builds by the dozen, directories that come and go, limits reached, hours of rest. Each day runs the
//! real program on real pipes with real cargo, fails where it must never, and prints what it cost.
//!
//! `cargo test --test days` runs a slice of each; `tests/days.sh` runs them in full. Linux tells what a process costs; elsewhere
//! there is nothing to run.
#![cfg(test)]
#![cfg_attr(
    not(all(target_os = "linux", feature = "lsp")),
    allow(dead_code, unused_imports)
)]

mod options;

#[cfg(all(target_os = "linux", feature = "lsp"))]
mod day;

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(options) = options::read() else {
        return ExitCode::SUCCESS;
    };
    #[cfg(all(target_os = "linux", feature = "lsp"))]
    return day::run_all(&options);
    #[cfg(not(all(target_os = "linux", feature = "lsp")))]
    {
        println!("skipped: they need Linux and the server; {options:?}");
        ExitCode::SUCCESS
    }
}
