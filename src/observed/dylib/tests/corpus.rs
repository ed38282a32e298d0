//! Every library of a directory that somebody names: none may be called damaged that its linker left whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;

use crate::observed::dylib::{Damage, DylibObservation, read};

/// Directories with sound libraries, divided as in `PATH`; those named `odd-…` are passed over.
const DIRECTORIES: &str = "SIDECARGO_TEST_LIBRARIES";

#[test]
#[ignore = "reads the directories that SIDECARGO_TEST_LIBRARIES names"]
fn no_sound_library_is_called_damaged() {
    let Some(directories) = std::env::var_os(DIRECTORIES) else {
        println!("skipped: {DIRECTORIES} is not set");
        return;
    };
    let mut outcomes = BTreeMap::<String, usize>::new();
    let mut accused = Vec::new();
    for directory in std::env::split_paths(&directories) {
        for path in libraries_below(&directory) {
            let Ok(path) = Utf8PathBuf::from_path_buf(path) else {
                continue;
            };
            let outcome = match read(&path) {
                DylibObservation::Present(report) => match report.content {
                    Ok(facts) => format!(
                        "{} / {:?} / {:?} / {:?} / needs {:?}",
                        report.platform.unwrap(),
                        facts.metadata,
                        facts.crate_name,
                        facts.proc_macro_symbol,
                        facts.required_glibc.map(|version| version.to_string()),
                    ),
                    Err(Damage::NotAProcMacro) => {
                        format!("{} / not a proc macro", report.platform.unwrap())
                    }
                    Err(damage @ (Damage::Truncated { .. } | Damage::Altered(_))) => {
                        accused.push(format!("{path}: {damage}"));
                        "accused".to_owned()
                    }
                    Err(damage) => damage.to_string(),
                },
                other => format!("{other:?}"),
            };
            *outcomes.entry(outcome).or_default() += 1;
        }
    }
    for (outcome, count) in &outcomes {
        println!("{count:6} {outcome}");
    }
    assert!(!outcomes.is_empty(), "no library found");
    assert!(accused.is_empty(), "{}", accused.join("\n"));
}

fn libraries_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let kind = entry.file_type().unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() && !name.starts_with("odd-") && is_library(&name) {
                found.push(entry.path());
            }
        }
    }
    found
}

fn is_library(name: &str) -> bool {
    let has_ending = |ending: &str| name.ends_with(ending);
    [".so", ".dll", ".dylib", ".pyd"]
        .iter()
        .any(|ending| has_ending(ending))
        || name.contains(".so.")
}
