//! A build that runs while Sidecargo looks.

use super::{Fault, fault};
use crate::ours;
use crate::trial::{Trial, Trouble, append, skip};
use std::collections::BTreeSet;
use std::fs;

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault("building/lock-held", |t| {
            t.select(&[]);
            t.hold_build_lock()
        })
        .beyond_repair()
        .quick(),
        fault("building/lock-held-and-dylib-gone", |t| {
            fs::remove_file(t.dylib("mac")?)?;
            t.hold_build_lock()
        })
        .beyond_repair()
        .quick(),
        fault("building/lock-held-and-hash-empty", |t| {
            crate::trial::cut(&t.unit("mac")?.hash_file(), 0)?;
            t.hold_build_lock()
        })
        .beyond_repair(),
        fault("building/lock-of-release-held", |t| {
            t.cargo(&["check", "--release", "-p", "plain"])?;
            let place = t.path("target/release/.cargo-lock");
            let lock = fs::File::options().append(true).create(true).open(place)?;
            lock.lock()?;
            // Kept open by the process: it has nothing to do with the build that is looked at.
            std::mem::forget(lock);
            Ok(())
        }),
        fault("building/looked-at-all-the-while", look_all_the_while).quick(),
        fault("building/all-anew-looked-at-all-the-while", |t| {
            fs::remove_dir_all(t.path("target"))?;
            look_all_the_while(t)
        }),
    ]
}

/// Builds for real after an edit and looks again and again meanwhile: nothing that the build is about to write may be called damaged.
fn look_all_the_while(t: &mut Trial<'_>) -> Result<(), Trouble> {
    if !ours::is_there() {
        return skip("there is nothing to look with");
    }
    append(&t.path("mcore/src/lib.rs"), "\n// edited\n")?;
    append(&t.path("mac/src/part.rs"), "\n// edited\n")?;
    append(&t.path("early/src/lib.rs"), "\n// edited\n")?;
    let command =
        crate::support::cargo::rust_analyzer_command(&t.base.toolchain, &t.workspace, &t.selection);
    let mut seen = BTreeSet::new();
    std::thread::scope(|scope| {
        let build = scope.spawn(|| command.output());
        while !build.is_finished() {
            for answer in ours::check(t, &[]).macros {
                if ["corrupt", "wrong-rustc", "wrong-platform"].contains(&answer.status.as_str()) {
                    seen.insert(format!(
                        "{} {}: {}",
                        answer.name, answer.status, answer.reason
                    ));
                }
            }
        }
        build.join().is_ok_and(|out| out.success())
    });
    if seen.is_empty() {
        Ok(())
    } else {
        Err(Trouble::Failed(format!("seen during a build: {seen:?}")))
    }
}
