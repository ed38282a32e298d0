//! Beside a real rust-analyzer: a fresh clone opened, a macro edited and saved twenty times, once so that it does not compile.
//! What rust-analyzer mends by itself is no news; what it cannot mend is told in a sentence.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use super::Figures;
use super::figures::spread;
use super::pair::{Pair, SOURCE, rust_analyzer};
use super::project::Project;
use super::shown::{self, wait_until_quiet};
use crate::options::Options;

pub(crate) fn run(options: &Options) -> Figures {
    let Some(rust_analyzer) = rust_analyzer() else {
        return vec![super::pair::SKIPPED.to_owned()];
    };
    let saves = options.rounds(3, 20);
    let mut pair = Pair::open(&rust_analyzer, Project::new());
    let mut figures = Figures::new();

    let started = Instant::now();
    pair.wait_for_build(None);
    wait_until_quiet(&mut pair.theirs, Duration::from_secs(3));
    wait_until_quiet(&mut pair.ours, Duration::from_secs(3));
    let report = pair.ours.report();
    assert_eq!(report["summary"]["fresh"], 1, "{report:#}");
    assert_eq!(pair.published(), 0, "a fresh clone");
    figures.push(format!(
        "a fresh clone, built by rust-analyzer after {:.1} s: 0 diagnostics",
        started.elapsed().as_secs_f64()
    ));

    let good = fs::read_to_string(pair.project.path(SOURCE)).unwrap();
    let mut times = Vec::new();
    for number in 0..saves {
        let since = SystemTime::now();
        let began = Instant::now();
        pair.save(SOURCE, &format!("{good}// {number}\n"));
        pair.wait_for_build(Some(since));
        times.push(began.elapsed());
    }
    wait_until_quiet(&mut pair.ours, Duration::from_secs(3));
    assert_eq!(pair.published(), 0, "saves that compile");
    figures.push(format!(
        "{saves} saves of the macro: 0 diagnostics; rebuilt after {}",
        spread(&mut times)
    ));

    let began = Instant::now();
    pair.save(SOURCE, &format!("{good}const BROKEN: u8 = \"\";\n"));
    let manifest = pair.project.path("macros/Cargo.toml");
    let (place, diagnostics) = pair.ours.wait_for_codes(0, &manifest, &["dylib-stale"]);
    let message = diagnostics[0]["message"].as_str().unwrap().to_owned();
    figures.push(format!(
        "a save that does not compile, told after {:.1} s: {message}",
        began.elapsed().as_secs_f64()
    ));
    assert!(
        message.contains("your last save does not compile"),
        "{message}"
    );
    wait_until_quiet(&mut pair.ours, Duration::from_secs(12));
    assert_eq!(pair.told_in(&manifest), 1, "one sentence, once");

    pair.save(SOURCE, &format!("{good}// mended\n"));
    pair.ours.wait_for_codes(place, &manifest, &[]);
    wait_until_quiet(&mut pair.ours, Duration::from_secs(3));
    assert_eq!(pair.told_in(&manifest), 2, "told, and taken back");
    assert!(shown::now(&pair.ours).is_empty());
    pair.ours.goodbye();
    figures
}
