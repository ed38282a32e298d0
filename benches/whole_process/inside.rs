//! A look by itself, in one process that has looked before, beside the system calls that it cannot do without.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use camino::Utf8PathBuf;
use sidecargo::cargo::questions::Tools;
use sidecargo::inspect::{Coverage, Inspector};
use sidecargo::settings::Settings;

use super::contestants::{look_at_dylibs, read_fingerprints};
use super::figures::{self, Series};
use super::workspace::{Large, sidecargo};

const FLOOR: &str = "the floor: reading every fingerprint";

pub(crate) fn run(large: &Large, rounds: usize) {
    let rounds = rounds * 10;
    let root = Utf8PathBuf::from_path_buf(large.root.clone()).expect("a plain path");
    let tools = Tools {
        cargo: "cargo".to_owned(),
        stand_in: sidecargo().to_str().expect("a plain path").into(),
    };
    let mut inspector =
        Inspector::with_tools(&root, Settings::default(), tools).ready_for_many_looks();
    let profile_directory = large.profile_directory();
    let found = inspector.inspect().expect("a look");
    println!("{} macros are looked at", found.macros.len());
    let dylib = large.dylib("async_trait");
    let aside = dylib.with_extension("aside");
    let mut look = || {
        inspector.inspect().expect("a look");
    };
    let mut series = vec![
        Series::of("the floor: looking at the dylibs alone", rounds, || {
            look_at_dylibs(&profile_directory);
        }),
        Series::of(FLOOR, rounds, || {
            read_fingerprints(&profile_directory);
        }),
        Series::of("a second look, nothing changed", rounds, &mut look),
    ];
    fs::rename(&dylib, &aside).expect("a dylib");
    series.push(Series::of("a look, one dylib missing", rounds, &mut look));
    fs::rename(&aside, &dylib).expect("a dylib");
    look();
    series.extend(after_events(&mut inspector, (&dylib, &aside), rounds));
    figures::table(&series, FLOOR);
}

/// What the server does when the watcher names a dylib: it was taken away, and it came back.
fn after_events(
    inspector: &mut Inspector,
    (dylib, aside): (&Path, &Path),
    rounds: usize,
) -> [Series; 2] {
    let named = Utf8PathBuf::from_path_buf(dylib.to_owned()).expect("a plain path");
    let changed = BTreeSet::from([named]);
    let mut gone = Series::new("a look after an event: a dylib is gone");
    let mut back = Series::new("a look after an event: it is back, and compared");
    for _ in 0..rounds {
        for (from, to, series) in [(dylib, aside, &mut gone), (aside, dylib, &mut back)] {
            inspector.inspect().expect("a look");
            fs::rename(from, to).expect("a dylib");
            let began = Instant::now();
            let found = inspector.inspect_changed(&changed).expect("a look");
            series.add(began.elapsed());
            assert_eq!(found.coverage, Coverage::Changes, "nothing else has moved");
        }
    }
    [gone, back]
}
