//! Tries Sidecargo's verdicts against two oracles: cargo (would it rebuild?) and the toolchain's own proc-macro server (does the dylib
//! load?). What a verdict must be is asked of them at run time for each fault, layout and toolchain, never written down here.
//!
//! `cargo test --test conformance -- --help` tells the settings; `tests/conformance.sh` runs it all.
#![cfg(test)]
#![allow(clippy::too_many_lines)] // The lists of faults are data, however long.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod faults;
mod foreign;
mod judge;
mod mending;
mod options;
mod ours;
mod plans;
mod real;
mod reasons;
mod report;
mod run;
mod trial;

use faults::Fault;
use options::{Asked, Options, Workspaces};
use plans::Plan;
use report::{Record, Summary};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use support::toolchain::{self, Toolchain};
use support::workspace::{self, Base, Company, Layout};

fn main() -> ExitCode {
    support::stand_in::step_in();
    let options = match options::read() {
        Asked::Run(options) => options,
        Asked::List => {
            println!("conformance: test");
            return ExitCode::SUCCESS;
        }
        Asked::Nothing(text) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
    };
    let started = Instant::now();
    let faults = match (options.workspaces, options.draw) {
        (Workspaces::Made, Some(draw)) => faults::combined::faults(draw),
        (Workspaces::Made, None) => faults::all(),
        (Workspaces::Real, _) => faults::for_real_workspaces(),
    };
    let plans = plans::of(&options);
    let wanted = |plan: &Plan| faults.iter().filter(|f| plan.wants(&options, f)).count();
    let total = faults.len() * plans.len();
    let count: usize = plans.iter().map(wanted).sum();
    println!("\nrunning {count} conformance trials");
    let mut summary = Summary::default();
    if count > 0 {
        summary = run_all(&options, &plans, &faults);
    }
    workspace::clean_up();
    summary.close(total - count, started.elapsed());
    if summary.is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn run_all(options: &Options, plans: &[Plan], faults: &[Fault]) -> Summary {
    let mut summary = Summary::default();
    let mut toolchains: Vec<Toolchain> = Vec::new();
    for found in toolchain::all() {
        match found {
            Ok(toolchain) => toolchains.push(toolchain),
            Err(why) => println!("skipped: {why}"),
        }
    }
    // The registry is asked by a cargo that knows today's index.
    let Some(modern) = toolchains.iter().find(|t| t.cargo_minor >= 70) else {
        println!("skipped: no toolchain that can fetch");
        return summary;
    };
    if let Err(why) = workspace::fetch(modern) {
        summary.fail(&format!(
            "the made workspace's packages cannot be had: {why}"
        ));
        return summary;
    }
    let ours = ours::is_there();
    if !ours {
        println!("`sidecargo check` is not there yet: the oracles alone");
    }
    let mut others = Vec::new();
    for plan in plans {
        let Some(toolchain) = toolchains.iter().find(|t| t.name == plan.toolchain) else {
            continue;
        };
        let base = match plan.build(toolchain) {
            Ok(base) => base,
            Err(why) => {
                summary.fail(&format!("{}: {why}", plan.id()));
                continue;
            }
        };
        if !others.iter().any(|b: &Base| differs(b, toolchain)) {
            others.extend(of_another_rustc(&toolchains, toolchain));
        }
        let scene = run::Scene {
            options,
            plan,
            base: &base,
            others: &others,
            ours,
        };
        let chosen: Vec<&Fault> = faults.iter().filter(|f| plan.wants(options, f)).collect();
        if chosen.is_empty() {
            continue;
        }
        if ours && let Some(why) = run::refusal(&scene) {
            println!(
                "{}: Sidecargo refuses it, as rust-analyzer does: {why}",
                base.id
            );
            continue;
        }
        report::head(&base.id, base.toolchain.version(), base.macros.len());
        let mut of_base = Summary::default();
        in_parallel(
            options.jobs,
            &chosen,
            |fault| run::attempt(&scene, fault),
            |record| record.print(&mut of_base, options.printing),
        );
        of_base.print(&base.id);
        summary.add(&of_base);
    }
    println!();
    summary.print("all");
    summary
}

fn differs(base: &Base, toolchain: &Toolchain) -> bool {
    base.toolchain.verbose_version != toolchain.verbose_version
}

/// The made workspace built by some other rustc, for faults that bring foreign dylibs in.
fn of_another_rustc(toolchains: &[Toolchain], toolchain: &Toolchain) -> Option<Base> {
    let other = toolchains
        .iter()
        .find(|t| t.verbose_version != toolchain.verbose_version && t.cargo_minor >= 89)?;
    workspace::made(other, Layout::V1, Company::Alone).ok()
}

/// Works on several items at once and hands the results on in the items' order.
fn in_parallel(
    jobs: usize,
    items: &[&Fault],
    work: impl Fn(&Fault) -> Record + Sync,
    mut done: impl FnMut(&Record),
) {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Record>>> = items.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(item) = items.get(at) else { return };
                        let record = work(item);
                        *results[at].lock().unwrap() = Some(record);
                    }
                })
            })
            .collect();
        let mut printed = 0;
        while printed < items.len() {
            let ready = results[printed].lock().unwrap().take();
            if let Some(record) = ready {
                done(&record);
                printed += 1;
            } else if workers
                .iter()
                .all(std::thread::ScopedJoinHandle::is_finished)
            {
                return; // a worker panicked: the scope passes it on
            } else {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
    });
}
