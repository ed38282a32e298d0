//! Tries Sidecargo's verdicts against two oracles: cargo (would it rebuild?) and the toolchain's own proc-macro server (does the dylib
//! load?). What a verdict must be is asked of them at run time for each fault, layout and toolchain, never written down here.
//!
//! `cargo test --test conformance -- --help` tells the settings; `tests/conformance.sh` runs it all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "../support/mod.rs"]
mod support;

mod faults;
mod foreign;
mod judge;
mod mending;
mod options;
mod ours;
mod reasons;
mod report;
mod run;
mod trial;

use faults::{Depth, Fault};
use options::{Asked, Options};
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
    let faults = faults::all();
    let plans = plans(&options);
    let wanted = |plan: &Plan| {
        faults
            .iter()
            .filter(|f| options.wants(&plan.id(), &f.name, f.depth))
            .count()
    };
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

/// A base that is to be built.
struct Plan {
    toolchain: &'static str,
    layout: Layout,
    company: Company,
}

impl Plan {
    const fn new(toolchain: &'static str, layout: Layout, company: Company) -> Plan {
        Plan {
            toolchain,
            layout,
            company,
        }
    }

    fn id(&self) -> String {
        workspace::id(self.toolchain, self.layout, self.company)
    }
}

fn plans(options: &Options) -> Vec<Plan> {
    use Company::{Alone, Busy};
    use Layout::{Both, V1, V2};
    let all = [
        (Depth::Smoke, Plan::new("stable", V1, Alone)),
        (Depth::Quick, Plan::new("nightly", V2, Alone)),
        (Depth::Full, Plan::new("nightly", V1, Alone)),
        (Depth::Full, Plan::new("nightly", Both, Alone)),
        (Depth::Full, Plan::new("stable", V1, Busy)),
        (Depth::Full, Plan::new("stable", V2, Alone)),
        (Depth::Full, Plan::new("debian-1.63", V1, Alone)),
        (Depth::Full, Plan::new("debian-1.85", V1, Alone)),
        (Depth::Full, Plan::new("debian-1.96", V1, Alone)),
        (Depth::Full, Plan::new("debian-1.97", V1, Alone)),
        (Depth::Full, Plan::new("debian-1.98", V1, Alone)),
        (Depth::Full, Plan::new("debian-1.98", V2, Alone)),
    ];
    all.into_iter()
        .filter(|(depth, plan)| {
            if options.bases.is_empty() {
                *depth <= options.depth
            } else {
                options.bases.iter().any(|b| plan.id().contains(b.as_str()))
            }
        })
        .map(|(_, plan)| plan)
        .collect()
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
    // The registry is asked by the newest of rustup's, or by what there is.
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
    let mut bases: Vec<Base> = Vec::new();
    for plan in plans {
        let Some(toolchain) = toolchains.iter().find(|t| t.name == plan.toolchain) else {
            continue;
        };
        match workspace::made(toolchain, plan.layout, plan.company) {
            Ok(base) => bases.push(base),
            Err(why) => summary.fail(&format!("{}: {why}", plan.id())),
        }
    }
    // Dylibs of another compiler come from another base: have one at hand even when one base is tried alone.
    let mut at_hand = bases.clone();
    if bases.len() == 1 {
        let other = toolchains
            .iter()
            .find(|t| t.name != bases[0].toolchain.name && t.cargo_minor >= 89);
        at_hand.extend(other.and_then(|t| workspace::made(t, Layout::V1, Company::Alone).ok()));
    }
    let ours = ours::is_there();
    if !ours {
        println!("`sidecargo check` is not there yet: the oracles alone");
    }
    for base in &bases {
        let scene = run::Scene {
            options,
            base,
            bases: &at_hand,
            ours,
        };
        let chosen: Vec<&Fault> = faults
            .iter()
            .filter(|f| options.wants(&base.id, &f.name, f.depth))
            .collect();
        report::head(&base.id, base.toolchain.version(), base.macros.len());
        let mut of_base = Summary::default();
        in_parallel(
            options.jobs,
            &chosen,
            |fault| run::attempt(&scene, fault),
            |record| {
                record.print(&mut of_base, options.verbose, options.strict);
            },
        );
        of_base.print(&base.id);
        summary.add(&of_base);
    }
    println!();
    summary.print("all");
    summary
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
