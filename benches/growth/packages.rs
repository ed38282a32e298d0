//! From 10 packages to 2,000.

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use super::figures::{Series, milliseconds};
use super::made::{Layout, Made};
use sidecargo::inspect::{Coverage, Inspection, Inspector};
use sidecargo::verdict::Verdict;

const ROUNDS: usize = 15;

pub(crate) fn run() {
    println!(
        "{:<8} {:>8} {:>7} {:>14} {:>12} {:>12} {:>12} {:>7} {:>12}",
        "layout",
        "packages",
        "macros",
        "asking cargo",
        "after event",
        "second look",
        "the floor",
        "ratio",
        "per package"
    );
    for (layout, name) in Layout::ALL {
        for packages in [10, 30, 100, 300, 1_000, 2_000] {
            let made = Made::of(&format!("{name}-{packages}"), layout, packages);
            let _ = fs::remove_dir_all(made.root.join("target/.sidecargo"));
            let mut inspector = made.inspector().ready_for_many_looks();
            let began = Instant::now();
            let found = inspector.inspect().expect("a look");
            let asking = began.elapsed();
            let odd = found.macros.iter().find(|it| it.verdict != Verdict::Fresh);
            assert!(odd.is_none(), "all are fresh: {odd:?}");
            let look = Series::of("look", ROUNDS, || {
                inspector.inspect().expect("a look");
            });
            let floor = Series::of("floor", ROUNDS, || {
                made.read_fingerprints();
            });
            let event = after_an_event(&mut inspector, &found);
            let event = milliseconds(event.median());
            let (look, floor) = (milliseconds(look.median()), milliseconds(floor.median()));
            println!(
                "{name:<8} {packages:>8} {:>7} {:>11.0} ms {event:>9.2} ms {look:>9.2} ms {floor:>9.2} ms {:>7.2} {:>9.1} µs",
                found.macros.len(),
                milliseconds(asking),
                look / floor,
                look * 1000.0 / f64::from(packages_as(packages)),
            );
        }
    }
}

/// A dylib is taken away, and the watcher names it.
fn after_an_event(inspector: &mut Inspector, found: &Inspection) -> Series {
    let dylib = found.macros.iter().find_map(|it| it.dylib.clone());
    let dylib = dylib.expect("a macro");
    let aside = dylib.with_extension("aside");
    let changed = BTreeSet::from([dylib.clone()]);
    let mut series = Series::new("after an event");
    for _ in 0..ROUNDS {
        inspector.inspect().expect("a look");
        fs::rename(&dylib, &aside).expect("a dylib");
        let began = Instant::now();
        let seen = inspector.inspect_changed(&changed).expect("a look");
        series.add(began.elapsed());
        assert_eq!(seen.coverage, Coverage::Changes, "nothing else has moved");
        fs::rename(&aside, &dylib).expect("a dylib");
    }
    series
}

fn packages_as(packages: usize) -> u32 {
    u32::try_from(packages).unwrap_or(u32::MAX)
}
