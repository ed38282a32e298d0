//! Remedies with the real cargo: every fault is mended, success is claimed only where it is so, and a stop leaves nothing running.
#![cfg(test)]

mod bench;
mod besides;
mod faults;

use std::fs;
use std::time::Duration;

use sidecargo::remedy::{ChoiceKind, Failure, MendError, MendResult, Progress, RemedyKind};
use sidecargo::settings::{Processes, Settings};
use sidecargo::verdict::{MissingReason, Verdict};

use bench::{Bench, FILES, inspector};

#[test]
fn every_way_of_mending_works() {
    let mut bench = Bench::new(FILES);
    for kind in [
        ChoiceKind::Rebuild,
        ChoiceKind::CleanAndRebuild,
        ChoiceKind::CleanAll,
    ] {
        if let Some(dylib) = bench
            .macro_named("mac")
            .dylib
            .filter(|dylib| dylib.exists())
        {
            fs::write(dylib, "").unwrap();
        }
        let report = bench.mend(kind);
        assert_eq!(report.result, MendResult::Mended, "{kind:?}: {report:#?}");
    }
    let cleaned = bench.mend(ChoiceKind::CleanPackage);
    assert_eq!(cleaned.result, MendResult::Mended, "{cleaned:#?}");
    assert_eq!(
        bench.macro_named("mac").verdict,
        Verdict::Missing(MissingReason::NeverBuilt)
    );
    assert!(bench.root.join("target/debug/.fingerprint").exists());
}

#[test]
fn a_source_that_does_not_compile_is_told_and_nothing_claimed() {
    let mut bench = Bench::new(FILES);
    assert_eq!(bench.mend(ChoiceKind::Preferred).result, MendResult::Mended);
    let source = bench.root.join("mac/src/lib.rs");
    let good = fs::read_to_string(&source).unwrap();
    fs::write(&source, format!("{good}fn broken( {{\n")).unwrap();
    let report = bench.mend(ChoiceKind::Preferred);
    assert_eq!(report.result, MendResult::Unmended);
    let Some(Failure::Command {
        compiler_errors,
        status,
        ..
    }) = report.failure()
    else {
        panic!("{report:#?}");
    };
    assert_eq!(*status, Some(101));
    let error = compiler_errors.first().unwrap();
    assert_eq!(error.path.as_ref(), Some(&source));
    assert_eq!(error.target, "mac");
    assert!(error.line > 1);
    assert_eq!(report.macros.len(), 1);
    assert_eq!(report.macros[0].next, None);
    let sentence = report.sentence();
    let wanted = format!("mac is still stale: `cargo check` failed with status 101: {source}:");
    assert!(sentence.starts_with(&wanted), "{sentence}");

    fs::write(&source, good).unwrap();
    assert_eq!(bench.mend(ChoiceKind::Preferred).result, MendResult::Mended);
}

#[test]
fn what_a_rebuild_does_not_mend_is_not_tried_for_ever() {
    let mut bench = Bench::new(FILES);
    assert_eq!(bench.mend(ChoiceKind::Preferred).result, MendResult::Mended);
    // A program in cargo's place that says it has done all, as an override or a broken wrapper may.
    let lazy = bench.root.join("lazy-cargo");
    fs::write(&lazy, "#!/bin/sh\nexit 0\n").unwrap();
    let mut settings = Settings::default();
    settings.cargo.override_command = Some(vec!["sh".to_owned(), lazy.to_string()]);
    let dylib = bench.macro_named("mac").dylib.unwrap();
    fs::write(&dylib, "").unwrap();
    bench.inspector = inspector(&bench.root, &settings);
    let report = bench.mend(ChoiceKind::Preferred);
    assert_eq!(report.result, MendResult::Unmended, "{report:#?}");
    assert_eq!(report.rounds.len(), 1);
    assert_eq!(report.macros[0].next, Some(RemedyKind::CleanAndRebuild));
    assert_eq!(
        report.sentence(),
        "mac is still unknown, though the build went through. Clean and rebuild may help."
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_stop_leaves_nothing_running() {
    let mut files = FILES.to_vec();
    let script = "fn main() {\n    let root = std::env::var(\"CARGO_MANIFEST_DIR\").unwrap();\n    std::fs::write(format!(\"{root}/process\"), std::process::id().to_string()).unwrap();\n    std::thread::sleep(std::time::Duration::from_secs(1000));\n}\n";
    files
        .iter_mut()
        .find(|(name, _)| *name == "mac/build.rs")
        .unwrap()
        .1 = script;
    let mut bench = Bench::new(&files);
    let mark = bench.root.join("mac/process");
    let cancel = bench.controls.cancel.clone();
    let waiting = {
        let mark = mark.clone();
        std::thread::spawn(move || {
            while fs::read_to_string(&mark).unwrap_or_default().is_empty() {
                std::thread::sleep(Duration::from_millis(20));
            }
            cancel.cancel();
        })
    };
    let mut told = Vec::new();
    let report = bench
        .mend_with(ChoiceKind::Preferred, &mut |progress| told.push(progress))
        .unwrap();
    waiting.join().unwrap();
    assert_eq!(report.result, MendResult::Cancelled);
    let process = fs::read_to_string(mark).unwrap();
    let is_gone = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        fs::read_to_string(format!("/proc/{process}/stat"))
            .map_or(true, |stat| stat.contains(") Z "))
    });
    assert!(is_gone);
    let knows_the_total = told.iter().any(
        |progress| matches!(progress, Progress::Crates { total: Some(total), .. } if *total > 1),
    );
    assert!(knows_the_total, "{told:?}");
}

#[test]
fn one_remedy_at_a_time_and_none_where_no_process_may_start() {
    let mut bench = Bench::new(FILES);
    fs::create_dir_all(bench.root.join("target/.sidecargo")).unwrap();
    let lock = fs::File::create(bench.root.join("target/.sidecargo/mend.lock")).unwrap();
    lock.lock().unwrap();
    let refused = bench.mend_with(ChoiceKind::Preferred, &mut |_| {});
    assert!(matches!(refused, Err(MendError::SomebodyElse(_))));
    let mut settings = Settings::default();
    settings.processes = Processes::Forbidden;
    bench.inspector = inspector(&bench.root, &settings);
    let refused = bench.mend_with(ChoiceKind::Preferred, &mut |_| {});
    assert!(matches!(refused, Err(MendError::ProcessesForbidden)));
}

#[test]
fn a_running_build_is_waited_for_and_a_full_clean_refused_under_it() {
    let mut bench = Bench::new(FILES);
    assert_eq!(bench.mend(ChoiceKind::Preferred).result, MendResult::Mended);
    let dylib = bench.macro_named("mac").dylib.unwrap();
    fs::write(&dylib, "").unwrap();
    let lock = fs::File::open(bench.root.join("target/debug/.cargo-lock")).unwrap();
    lock.lock().unwrap();
    let refused = bench.mend_with(ChoiceKind::CleanAll, &mut |_| {});
    assert!(matches!(refused, Err(MendError::BuildRunning { .. })));
    let mut lock = Some(lock);
    let mut waits = 0;
    let report = bench
        .mend_with(ChoiceKind::Preferred, &mut |progress| {
            if let Progress::Waiting { .. } = progress {
                waits += 1;
                // By name: a child that another test is just forking holds it beyond a close.
                if let Some(lock) = lock.take() {
                    lock.unlock().unwrap();
                }
            }
        })
        .unwrap();
    assert_eq!(report.result, MendResult::Mended, "{report:#?}");
    assert_eq!(waits, 1);
}
