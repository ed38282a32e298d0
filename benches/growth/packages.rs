//! From 10 packages to 2,000.

use std::time::Instant;

use super::figures::{Series, milliseconds};
use super::made::{Layout, Made};
use sidecargo::verdict::Verdict;

const ROUNDS: usize = 15;

pub(crate) fn run() {
    println!(
        "{:<8} {:>8} {:>7} {:>14} {:>12} {:>12} {:>7} {:>12}",
        "layout",
        "packages",
        "macros",
        "asking cargo",
        "second look",
        "the floor",
        "ratio",
        "per package"
    );
    for (layout, name) in Layout::ALL {
        for packages in [10, 30, 100, 300, 1_000, 2_000] {
            let made = Made::of(&format!("{name}-{packages}"), layout, packages);
            let _ = std::fs::remove_dir_all(made.root.join("target/.sidecargo"));
            let mut inspector = made.inspector();
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
            let (look, floor) = (milliseconds(look.median()), milliseconds(floor.median()));
            println!(
                "{name:<8} {packages:>8} {:>7} {:>11.0} ms {look:>9.2} ms {floor:>9.2} ms {:>7.2} {:>9.1} µs",
                found.macros.len(),
                milliseconds(asking),
                look / floor,
                look * 1000.0 / f64::from(packages_as(packages)),
            );
        }
    }
}

fn packages_as(packages: usize) -> u32 {
    u32::try_from(packages).unwrap_or(u32::MAX)
}
