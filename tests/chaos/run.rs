//! The course of a run: steps, quiet moments, and what to say of a difference.

use crate::compare;
use crate::faults::Fault;
use crate::options::{Options, Shrinking};
use crate::oracle::{self, Answer};
use crate::steps;
use crate::support::dice::Dice;
use crate::support::toolchain::{self, Toolchain};
use crate::support::workspace::{self, Base, BuiltMacro, Company, Layout};
use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Outputs of the last two seconds may be those of a compiler that still writes: every look says so, and says something else after.
const DUST: Duration = Duration::from_millis(2_300);
/// How long the server has been still when it is taken to be done.
const STILL: Duration = Duration::from_millis(700);
/// Whatever the server has not noticed by then it has missed: its own rounds, which make up for lost events, come later.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often a fresh look is taken anew because the server was at work meanwhile. One that never rests fails.
const MORE_LOOKS: usize = 5;

/// What two looks that must agree differ in.
struct Difference {
    /// After this step.
    step: usize,
    lines: Vec<String>,
    report: Value,
    fresh: Option<Answer>,
    /// Whether a look that was asked for saw it right.
    after_refresh: Option<Vec<String>>,
}

#[derive(Default)]
struct Tally {
    moments: usize,
    macros: usize,
    unhealthy: usize,
    cargo_failed: usize,
    latest: Duration,
    log: Vec<String>,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    println!(
        "chaos: {} steps on {}, seed {}, {:?}",
        options.steps, options.base, options.seed, options.watching
    );
    let (base, others) = match bases(&options.base) {
        Ok(bases) => bases,
        Err(why) => {
            println!("chaos: {why}");
            return ExitCode::FAILURE;
        }
    };
    let faults = steps::faults(options.watching);
    let all: Vec<usize> = (1..=options.steps)
        .filter(|step| options.only.as_ref().is_none_or(|only| only.contains(step)))
        .collect();
    let mut tally = Tally::default();
    let started = Instant::now();
    let ended = course(
        options,
        &base,
        &others,
        &faults,
        &all,
        Moments::Drawn,
        &mut tally,
    );
    println!(
        "chaos: {} quiet moments, {} verdicts compared, {} of them not fresh, {} moments in which cargo failed; the latest agreement came after {:.1} s; took {:.0} s",
        tally.moments,
        tally.macros,
        tally.unhealthy,
        tally.cargo_failed,
        tally.latest.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
    let Err(difference) = ended else {
        println!("chaos: no difference");
        return ExitCode::SUCCESS;
    };
    tell(options, &difference, &tally.log);
    if options.shrinking == Shrinking::Tried {
        let until = all
            .iter()
            .copied()
            .filter(|step| *step <= difference.step)
            .collect();
        let fewer = shrink(options, &base, &others, &faults, until);
        println!("chaos: fewer steps that lead to a difference: {fewer:?}");
    }
    ExitCode::FAILURE
}

/// When it is looked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moments {
    Drawn,
    LastAlone,
}

fn course(
    options: &Options,
    base: &Base,
    others: &[Base],
    faults: &[Fault],
    steps: &[usize],
    moments: Moments,
    tally: &mut Tally,
) -> Result<(), Box<Difference>> {
    let mut world = World::new(base, others, "chaos", options.watching);
    world.server().wait_for_report();
    for step in steps {
        let mut dice = Dice::of_step(options.seed, *step);
        let is_quiet_after = dice.is_one_in(2);
        let pause = dice.below(800);
        let what = steps::take(&mut world, faults, &mut dice);
        world.last_stir = Instant::now();
        let line = format!("{step}: {what}");
        println!("  {line}");
        tally.log.push(line);
        let is_last = Some(step) == steps.last();
        if is_last || is_quiet_after && moments == Moments::Drawn {
            agree(&mut world, *step, tally)?;
        } else {
            std::thread::sleep(Duration::from_millis(u64::try_from(pause).unwrap()));
        }
    }
    world.end_server();
    Ok(())
}

/// Waits for a quiet moment and compares.
fn agree(world: &mut World, step: usize, tally: &mut Tally) -> Result<(), Box<Difference>> {
    world.wait_for_builds();
    // Builds that went on beside have only just ended.
    world.last_stir = Instant::now();
    world.wait_until_quiet(STILL);
    std::thread::sleep(DUST.saturating_sub(world.last_stir.elapsed()));
    let mut said = world.server().place();
    let mut fresh = look_fresh(world, step)?;
    tally.moments += 1;
    world.is_broken = fresh.cargo_error.is_some();
    tally.cargo_failed += usize::from(fresh.cargo_error.is_some());
    let macros = fresh.report["proc_macros"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    tally.macros += macros.len();
    tally.unhealthy += macros
        .iter()
        .filter(|entry| entry["status"] != "fresh")
        .count();
    let mut deadline = Instant::now() + PATIENCE;
    let mut more_looks = MORE_LOOKS;
    loop {
        world.wait_until_quiet(STILL);
        let (report, lines) = differences(world, &fresh);
        if lines.is_empty() {
            tally.latest = tally.latest.max(world.last_stir.elapsed());
            expect_from_now_on(world, &fresh);
            if !compare::says_toolchain_changed(&report)
                && let Some(rustc) = report["toolchain"]["rustc"].as_str()
            {
                world.baseline = Some(rustc.to_owned());
            }
            return Ok(());
        }
        // A rebuild that the settings want may have begun under the fresh look or after it, and then it is of another state.
        let has_worked = world.server().heard(said, "experimental/serverStatus");
        if !has_worked.is_empty() && more_looks > 0 {
            more_looks -= 1;
            world.wait_until_quiet(STILL);
            std::thread::sleep(DUST);
            said = world.server().place();
            fresh = look_fresh(world, step)?;
            // However long it took, the server has its time from here.
            deadline = Instant::now() + PATIENCE;
            continue;
        }
        if Instant::now() > deadline {
            let refresh = json!({"command": "sidecargo.refresh", "arguments": [{}]});
            world.server().ask("workspace/executeCommand", &refresh);
            std::thread::sleep(Duration::from_secs(2));
            world.wait_until_quiet(STILL);
            let (_, after) = differences(world, &fresh);
            return Err(Box::new(Difference {
                step,
                lines,
                report,
                fresh: Some(fresh),
                after_refresh: Some(after),
            }));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A fresh look in which both oracles agree with it.
fn look_fresh(world: &World, step: usize) -> Result<Answer, Box<Difference>> {
    let (lines, fresh) = match oracle::ask(world) {
        Ok(fresh) if fresh.differences.is_empty() => return Ok(fresh),
        Ok(fresh) => (fresh.differences.clone(), Some(fresh)),
        Err(why) => (vec![why], None),
    };
    Err(Box::new(Difference {
        step,
        lines,
        report: Value::Null,
        fresh,
        after_refresh: None,
    }))
}

fn differences(world: &mut World, fresh: &Answer) -> (Value, Vec<String>) {
    let command = json!({"command": "sidecargo.report", "arguments": [{}]});
    let report = world.server().ask("workspace/executeCommand", &command)["result"].clone();
    let published = world.server().heard(0, "textDocument/publishDiagnostics");
    let mut lines = compare::differences(&report, &published, fresh);
    lines.extend(compare::toolchain_told(&report, world.baseline.as_deref()));
    (report, lines)
}

/// Faults from now on hit the dylibs that cargo expects now.
fn expect_from_now_on(world: &mut World, fresh: &Answer) {
    for (name, version, dylib, _) in &fresh.expected {
        let relative = dylib
            .strip_prefix(&world.workspace)
            .map_or_else(|_| dylib.clone(), std::path::Path::to_path_buf);
        let is_it = |built: &&mut BuiltMacro| {
            let package = &built.artifact.package;
            package.name == *name && package.version == *version
        };
        if let Some(built) = world.base.macros.iter_mut().find(is_it) {
            built.relative = relative;
        }
    }
}

fn tell(options: &Options, difference: &Difference, log: &[String]) {
    println!(
        "\nchaos: after step {} they differ (seed {}):",
        difference.step, options.seed
    );
    for line in &difference.lines {
        println!("  {line}");
    }
    match &difference.after_refresh {
        None => println!("  (the fresh look and the oracles)"),
        Some(after) if after.is_empty() => {
            println!("  A look that was asked for saw it right: a change was not noticed.");
        }
        Some(after) => {
            println!("  After a look that was asked for:");
            for line in after {
                println!("    {line}");
            }
        }
    }
    println!("steps so far:");
    for line in log {
        println!("  {line}");
    }
    let place = std::env::temp_dir().join(format!("sidecargo-chaos-{}.json", std::process::id()));
    let fresh = difference.fresh.as_ref();
    let both = json!({
        "server": difference.report,
        "fresh": fresh.map(|fresh| &fresh.report),
        "stderr": fresh.map(|fresh| &fresh.stderr),
        "cargo": fresh.map(|fresh| &fresh.expected),
        "cargo_error": fresh.map(|fresh| &fresh.cargo_error),
    });
    if std::fs::write(&place, format!("{both:#}")).is_ok() {
        println!("both reports: {}", place.display());
    }
    println!("again: tests/chaos.sh {} {}", options.steps, options.seed);
}

/// Leaves steps out, by halves and then fewer, as long as a difference is still there at the end.
fn shrink(
    options: &Options,
    base: &Base,
    others: &[Base],
    faults: &[Fault],
    mut steps: Vec<usize>,
) -> Vec<usize> {
    let differs = |steps: &[usize]| {
        println!("chaos: with {steps:?}");
        let moments = Moments::LastAlone;
        course(
            options,
            base,
            others,
            faults,
            steps,
            moments,
            &mut Tally::default(),
        )
        .is_err()
    };
    let mut size = steps.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < steps.len() && steps.len() > 1 {
            let rest: BTreeSet<usize> = steps.iter().copied().skip(at).take(size).collect();
            let fewer: Vec<usize> = steps
                .iter()
                .copied()
                .filter(|it| !rest.contains(it))
                .collect();
            if !fewer.is_empty() && differs(&fewer) {
                steps = fewer;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    steps
}

/// The workspace to begin with, and ones of other compilers for faults that bring foreign dylibs in.
fn bases(id: &str) -> Result<(Base, Vec<Base>), String> {
    let mut toolchains = Vec::new();
    for name in ["stable", "nightly"] {
        toolchains.push(toolchain::named(name)?);
    }
    workspace::fetch(&toolchains[0])?;
    let (name, layout) = id.split_once('-').ok_or("a base is such as stable-v1")?;
    let layout = match layout {
        "v1" => Layout::V1,
        "v2" => Layout::V2,
        _ => return Err(format!("there is no layout {layout}")),
    };
    let (own, other): (Vec<Toolchain>, Vec<Toolchain>) = toolchains
        .into_iter()
        .partition(|toolchain| toolchain.name == name);
    let own = own
        .first()
        .ok_or_else(|| format!("there is no toolchain {name}"))?;
    let base = workspace::made(own, layout, Company::Alone)?;
    let others = other
        .iter()
        .map(|toolchain| workspace::made(toolchain, Layout::V1, Company::Alone))
        .collect::<Result<Vec<Base>, String>>()?;
    Ok((base, others))
}
