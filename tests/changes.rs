//! A look that rests on the one before finds what a look at everything finds: walks through random damage.
#![cfg(test)]

#[path = "remedies/bench.rs"]
#[allow(dead_code)] // each test target uses its own part
mod bench;
#[path = "support/dice.rs"]
#[allow(dead_code)]
mod dice;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use bench::{Bench, FILES, inspector};
use camino::{Utf8Path, Utf8PathBuf};
use dice::Dice;
use sidecargo::inspect::{Coverage, Inspection, Inspector};
use sidecargo::remedy::ChoiceKind;
use sidecargo::settings::Settings;
use sidecargo::verdict::{StaleReason, Verdict};

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
    fn of(path: Utf8PathBuf) -> Self {
        Self {
            content: fs::read(&path).unwrap(),
            modified: path.metadata().unwrap().modified().unwrap(),
            path,
        }
    }

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
            found.push(Original::of(path));
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

fn look(root: &Utf8Path) -> Inspection {
    inspector(root, &Settings::default()).inspect().unwrap()
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
    let root = bench.root.clone();
    let mut inspector = bench.inspector.ready_for_many_looks();
    let mut dice = Dice::of_seed(SEED);
    let mut damaged: Vec<usize> = Vec::new();
    let (mut by_changes, mut not_fresh) = (0, 0);
    for step in 0..STEPS {
        inspector.inspect().unwrap();
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
        let partial = inspector.inspect_changed(&changed).unwrap();
        let whole = look(&root);
        // Young files count as being written until just now, or just no more.
        if words(&partial).contains("Building") || words(&whole).contains("Building") {
            continue;
        }
        assert_eq!(words(&partial), words(&whole), "step {step}: {deeds:?}");
        by_changes += usize::from(partial.coverage == Coverage::Changes);
        let verdicts = whole.macros.iter().map(|inspected| &inspected.verdict);
        not_fresh += verdicts.filter(|it| **it != Verdict::Fresh).count();
    }
    assert!(by_changes > STEPS / 4, "{by_changes} of {STEPS}");
    assert!(not_fresh > STEPS / 4, "{not_fresh} in {STEPS}");
}

/// What changed so lately may change again under the same time, and is read each time.
const UNSETTLED: Duration = Duration::from_millis(2_100);

#[test]
fn a_whole_look_that_rests_on_another_finds_what_one_on_its_own_finds() {
    let mut bench = Bench::new(FILES);
    bench.mend(ChoiceKind::Preferred);
    let root = bench.root.clone();
    let mut files = Vec::new();
    for place in ["target/debug/deps", "target/debug/.fingerprint"] {
        originals(&root.join(place), &mut files);
    }
    let products = files.len();
    for place in ["target/debug/build", "mac", "other"] {
        originals(&root.join(place), &mut files);
    }
    assert!(files.len() > products + 5, "there are sources");
    let mut inspector = bench.inspector.ready_for_many_looks();
    let mut before = inspector.inspect().unwrap();
    let mut dice = Dice::of_seed(SEED);
    let mut damaged: Vec<usize> = Vec::new();
    let (mut rested, mut not_fresh) = (0, 0);
    for step in 0..STEPS {
        if step % 30 == 0 {
            thread::sleep(UNSETTLED);
            before = inspector.inspect().unwrap();
        }
        let number = if !damaged.is_empty() && dice.below(5) < 3 {
            damaged.swap_remove(dice.below(damaged.len()))
        } else {
            files.len()
        };
        let name = if let Some(file) = files.get(number) {
            file.put_back();
            file.path.clone()
        } else {
            let number = dice.below(files.len());
            files[number].damage(&mut dice);
            damaged.push(number);
            files[number].path.clone()
        };
        match dice.below(6) {
            // A look at the change alone may come between.
            0 | 1 => drop(inspector.inspect_changed(&BTreeSet::from([name.clone()]))),
            2 => {
                let made = root.join(format!("mac/src/made-{step}"));
                fs::create_dir(made).unwrap();
            }
            _ => {}
        }
        let (Ok(resting), Ok(alone)) = (
            inspector.inspect(),
            crate::inspector(&root, &Settings::default()).inspect(),
        ) else {
            // A manifest that cargo cannot read.
            continue;
        };
        if words(&resting).contains("Building") || words(&alone).contains("Building") {
            continue;
        }
        assert_eq!(words(&resting), words(&alone), "step {step}: {name}");
        rested += usize::from(Arc::ptr_eq(&resting.footing, &before.footing));
        let verdicts = alone.macros.iter().map(|inspected| &inspected.verdict);
        not_fresh += verdicts.filter(|it| **it != Verdict::Fresh).count();
        before = resting;
    }
    assert!(rested > STEPS / 4, "{rested} of {STEPS}");
    assert!(not_fresh > STEPS / 4, "{not_fresh} in {STEPS}");
}

/// The coverage of a look at one path, after a whole look.
fn coverage(inspector: &mut Inspector, path: &Utf8Path) -> Coverage {
    let changed = BTreeSet::from([path.to_owned()]);
    let coverage = inspector.inspect_changed(&changed).unwrap().coverage;
    inspector.inspect().unwrap();
    coverage
}

#[test]
fn what_reaches_beyond_the_products_calls_for_a_whole_look() {
    let mut bench = Bench::new(FILES);
    bench.mend(ChoiceKind::Preferred);
    let dylib = bench.macro_named("mac").dylib.unwrap();
    let other = bench.macro_named("other").dylib.unwrap();
    assert_eq!(
        coverage(&mut bench.inspector, &dylib),
        Coverage::Whole,
        "not asked to be ready"
    );
    let root = bench.root.clone();
    let mut inspector = bench.inspector.ready_for_many_looks();
    inspector.inspect().unwrap();
    assert_eq!(coverage(&mut inspector, &dylib), Coverage::Changes);
    for path in ["mac/src/lib.rs", "Cargo.toml", "target/debug/deps/other.so"] {
        assert_eq!(
            coverage(&mut inspector, &root.join(path)),
            Coverage::Whole,
            "{path}"
        );
    }
    // Another dylib moved too, of which nothing was said.
    fs::remove_file(&other).unwrap();
    assert_eq!(coverage(&mut inspector, &dylib), Coverage::Whole);
    assert_eq!(coverage(&mut inspector, &dylib), Coverage::Changes);
    let lock = File::open(root.join("target/debug/.cargo-lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(coverage(&mut inspector, &dylib), Coverage::Whole);
    drop(lock);
    inspector.inspect().unwrap();
    assert_eq!(coverage(&mut inspector, &dylib), Coverage::Changes);
    fs::remove_dir_all(root.join("target/debug")).unwrap();
    assert_eq!(coverage(&mut inspector, &dylib), Coverage::Whole);
}

/// Why a whole look follows: what nobody spoke of, below a macro that was fresh, is taken over.
#[test]
fn a_whole_look_finds_what_no_event_told() {
    let mut bench = Bench::new(FILES);
    bench.mend(ChoiceKind::Preferred);
    let other = bench.macro_named("other").dylib.unwrap();
    let root = bench.root.clone();
    let mut inspector = bench.inspector.ready_for_many_looks();
    inspector.inspect().unwrap();
    let mut products = root.join("target/debug/deps").read_dir_utf8().unwrap();
    let below = products.find_map(|entry| {
        let path = entry.unwrap().into_path();
        (path.as_str().contains("core_of_mac") && path.extension() == Some("rlib")).then_some(path)
    });
    fs::remove_file(below.unwrap()).unwrap();
    fs::remove_file(&other).unwrap();
    let not_fresh = |inspection: &Inspection| -> Vec<String> {
        let macros = inspection.macros.iter();
        let not_fresh = macros.filter(|inspected| inspected.verdict != Verdict::Fresh);
        not_fresh
            .map(|inspected| inspected.expected.name.to_string())
            .collect()
    };
    let partial = inspector.inspect_changed(&BTreeSet::from([other])).unwrap();
    assert_eq!(partial.coverage, Coverage::Changes);
    assert_eq!(not_fresh(&partial), ["other"]);
    assert_eq!(not_fresh(&inspector.inspect().unwrap()), ["mac", "other"]);
}

/// A dylib that came back as another file of the same content is the state to remember; a source altered under its old time later on is
/// seen by it.
#[test]
fn what_a_look_at_changes_found_fresh_is_remembered_by_the_next_whole_one() {
    let mut bench = Bench::new(FILES);
    bench.mend(ChoiceKind::Preferred);
    let root = bench.root.clone();
    let dylib = bench.macro_named("other").dylib.unwrap();
    let source = Original::of(root.join("other/src/lib.rs"));
    let original = Original::of(dylib.clone());
    let mut inspector = bench.inspector.ready_for_many_looks();
    inspector.inspect().unwrap();
    // Its inode is not given to the next.
    fs::rename(&dylib, root.join("aside")).unwrap();
    inspector.inspect().unwrap();
    original.put_back();
    thread::sleep(UNSETTLED);
    let changes = inspector.inspect_changed(&BTreeSet::from([dylib])).unwrap();
    assert_eq!(changes.coverage, Coverage::Changes);
    inspector.inspect().unwrap();
    write(&source.path, b"// another one\n");
    date(&source.path, source.modified);
    let verdict = |inspection: &Inspection| {
        let mut macros = inspection.macros.iter();
        let other = macros.find(|it| it.expected.name.to_string() == "other");
        other.unwrap().verdict.clone()
    };
    let found = verdict(&inspector.inspect().unwrap());
    assert!(
        matches!(found, Verdict::Stale(StaleReason::ContentChanged { .. })),
        "{found:?}"
    );
}
