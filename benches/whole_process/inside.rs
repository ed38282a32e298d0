//! A look by itself, in one process that has looked before, beside the system calls that it cannot do without.

use std::fs;

use camino::Utf8PathBuf;
use sidecargo::cargo::questions::Tools;
use sidecargo::inspect::Inspector;
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
    let mut inspector = Inspector::with_tools(&root, Settings::default(), tools);
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
    figures::table(&series, FLOOR);
}
