//! A look at what is known to have changed finds what a look at everything finds: a walk through random damage to what a build left.
#![cfg(test)]

#[path = "remedies/bench.rs"]
#[allow(dead_code)] // each test target uses its own part
mod bench;
#[path = "support/dice.rs"]
#[allow(dead_code)]
mod dice;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use bench::{Bench, FILES, inspector};
use camino::{Utf8Path, Utf8PathBuf};
use dice::Dice;
use sidecargo::inspect::{Coverage, Inspection, Inspector};
use sidecargo::remedy::ChoiceKind;
use sidecargo::settings::Settings;
use sidecargo::verdict::Verdict;

const STEPS: usize = 150;
/// Another one each time would fail for somebody who changed nothing.
const SEED: u64 = 2026;

/// A file as the build left it.
struct Original {
    path: Utf8PathBuf,
    content: Vec<u8>,
    modified: SystemTime,
}

impl Original {
    fn put_back(&self) {
        let _ = fs::create_dir_all(self.path.parent().unwrap());
        let _ = fs::remove_dir(&self.path);
        fs::write(&self.path, &self.content).unwrap();
        date(&self.path, self.modified);
    }

    fn damage(&self, dice: &mut Dice) {
        let old = self.modified - Duration::from_hours(1);
        let half = &self.content[..self.content.len() / 2];
        match dice.below(9) {
            0 | 1 => drop(fs::remove_file(&self.path)),
            2 => write(&self.path, b""),
            3 => write(&self.path, half),
            4 => {
                write(&self.path, half);
                date(&self.path, self.modified);
            }
            5 => write(&self.path, b"0123456789abcdef"),
            6 => {
                let other: Vec<u8> = self.content.iter().map(|byte| byte ^ 1).collect();
                write(&self.path, &other);
                date(&self.path, self.modified);
            }
            7 => date(&self.path, old),
            _ => date(&self.path, SystemTime::now()),
        }
    }
}

fn write(path: &Utf8Path, content: &[u8]) {
    if path.parent().is_some_and(Utf8Path::is_dir) {
        fs::write(path, content).unwrap();
    }
}

fn date(path: &Utf8Path, time: SystemTime) {
    if let Ok(file) = File::options().write(true).open(path) {
        file.set_modified(time).unwrap();
    }
}

fn originals(directory: &Utf8Path, found: &mut Vec<Original>) {
    let mut entries: Vec<_> = directory
        .read_dir_utf8()
        .unwrap()
        .filter_map(Result::ok)
        .collect();
    entries.sort_by(|one, other| one.path().cmp(other.path()));
    for entry in entries {
        let path = entry.path().to_owned();
        if path.is_dir() {
            originals(&path, found);
        } else {
            found.push(Original {
                content: fs::read(&path).unwrap(),
                modified: path.metadata().unwrap().modified().unwrap(),
                path,
            });
        }
    }
}

/// What counts of a look, in words.
fn words(inspection: &Inspection) -> String {
    format!(
        "{:#?}\n{:#?}\n{:#?}\n{:?}\n{:?}",
        inspection.macros,
        inspection.findings,
        inspection.inputs,
        inspection.build,
        inspection.footing
    )
}

/// What was altered and dated back is whole looks' alone to find.
fn tells_of_contents(inspection: &Inspection) -> bool {
    let verdicts = format!("{:?}", inspection.macros);
    verdicts.contains("ContentAltered { part: None }") || verdicts.contains("ContentChanged")
}

/// Looks both ways. What is being written is so for two seconds: where that may have ended between the two, they are tried again.
fn both(
    standing: &mut Inspector,
    root: &Utf8Path,
    changed: &BTreeSet<Utf8PathBuf>,
) -> (Inspection, Inspection) {
    for _ in 0..3 {
        let partial = standing.inspect_changed(changed).unwrap();
        let whole = inspector(root, &Settings::default()).inspect().unwrap();
        if words(&partial) == words(&whole) {
            return (partial, whole);
        }
    }
    let partial = standing.inspect_changed(changed).unwrap();
    (
        partial,
        inspector(root, &Settings::default()).inspect().unwrap(),
    )
}

#[test]
fn a_look_at_what_changed_finds_what_a_whole_one_finds() {
    let mut bench = Bench::new(FILES);
    bench.mend(ChoiceKind::Preferred);
    let debug = bench.root.join("target/debug");
    let mut files = Vec::new();
    for place in ["deps", ".fingerprint", "build"] {
        originals(&debug.join(place), &mut files);
    }
    assert!(files.len() > 30, "it is built");
    let Bench {
        root,
        mut inspector,
        ..
    } = bench;
    inspector.inspect().unwrap();
    let mut dice = Dice::of_seed(SEED);
    let mut damaged: Vec<usize> = Vec::new();
    let (mut by_changes, mut not_fresh) = (0, 0);
    for step in 0..STEPS {
        let mut changed = BTreeSet::new();
        let mut deeds = Vec::new();
        for _ in 0..=dice.below(3) {
            let number = if !damaged.is_empty() && dice.below(5) < 3 {
                let number = damaged.swap_remove(dice.below(damaged.len()));
                files[number].put_back();
                number
            } else {
                let number = dice.below(files.len());
                files[number].damage(&mut dice);
                damaged.push(number);
                number
            };
            changed.insert(files[number].path.clone());
            deeds.push(files[number].path.file_name().unwrap().to_owned());
        }
        let (mut partial, whole) = both(&mut inspector, &root, &changed);
        if tells_of_contents(&whole) {
            partial = inspector.inspect().unwrap();
        }
        assert_eq!(words(&partial), words(&whole), "step {step}: {deeds:?}");
        by_changes += usize::from(partial.coverage == Coverage::Changes);
        let is_broken = |it: &&_| **it != Verdict::Fresh;
        let verdicts = whole.macros.iter().map(|inspected| &inspected.verdict);
        not_fresh += verdicts.filter(is_broken).count();
        if partial.coverage == Coverage::Whole {
            inspector.inspect().unwrap();
        }
    }
    assert!(by_changes > STEPS / 4, "{by_changes} of {STEPS}");
    assert!(not_fresh > STEPS / 4, "{not_fresh} in {STEPS}");
}

#[test]
fn what_reaches_beyond_the_products_calls_for_a_whole_look() {
    let mut bench = Bench::new(FILES);
    bench.mend(ChoiceKind::Preferred);
    let coverage = |bench: &mut Bench, path: &str| {
        let changed = BTreeSet::from([bench.root.join(path)]);
        bench.inspector.inspect_changed(&changed).unwrap().coverage
    };
    let dylib = bench.macro_named("mac").dylib.unwrap();
    let dylib = dylib.strip_prefix(&bench.root).unwrap().to_owned();
    assert_eq!(coverage(&mut bench, dylib.as_str()), Coverage::Changes);
    for path in ["mac/src/lib.rs", "Cargo.toml", "target/debug/deps/other.so"] {
        assert_eq!(coverage(&mut bench, path), Coverage::Whole, "{path}");
        assert_eq!(coverage(&mut bench, dylib.as_str()), Coverage::Changes);
    }
    // Another file moved too, of which nothing was said.
    let other = bench.macro_named("other").dylib.unwrap();
    fs::remove_file(other).unwrap();
    assert_eq!(coverage(&mut bench, dylib.as_str()), Coverage::Whole);
    assert_eq!(coverage(&mut bench, dylib.as_str()), Coverage::Changes);
    // A directory of the profile that is gone, and a build lock that is held.
    let lock = File::open(bench.root.join("target/debug/.cargo-lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(coverage(&mut bench, dylib.as_str()), Coverage::Whole);
    drop(lock);
    bench.inspector.inspect().unwrap();
    assert_eq!(coverage(&mut bench, dylib.as_str()), Coverage::Changes);
    fs::remove_dir_all(bench.root.join("target/debug")).unwrap();
    assert_eq!(coverage(&mut bench, dylib.as_str()), Coverage::Whole);
}
