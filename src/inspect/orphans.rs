//! Compilers and build scripts that a killed cargo left behind: they go on without its lock, and what they write decides. Processes are
//! looked for only where a build began and did not end.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::InspectedMacro;
use crate::expected::{Expectation, ExpectedUnit, UnitRole};
use crate::observed::process::{self, BuildProcess, Work};
use crate::observed::unit::{Begun, HashFile, ObservedUnit};
use crate::verdict::Verdict;
use crate::witness::contents;

/// Those that are at work on macros that are not fresh, or on what these are made from.
pub(super) fn of_macros(
    expectation: &Expectation,
    on_disk: &[ObservedUnit],
    macros: &[InspectedMacro],
) -> Vec<BuildProcess> {
    let units: BTreeSet<usize> = macros
        .iter()
        .filter(|inspected| inspected.verdict != Verdict::Fresh)
        .flat_map(|inspected| contents::units_below(expectation, inspected.expected.unit))
        .map(|unit| unit.0)
        .collect();
    let works: Vec<Work> = units
        .into_iter()
        .filter_map(|place| {
            let unit = expectation.units.get(place)?;
            is_interrupted(expectation, unit, on_disk.get(place)?)
                .then(|| work(expectation, unit))?
        })
        .collect();
    process::at_work_on(&works)
}

/// Cargo marks the begin of a build in the unit's fingerprint, that of a build script's run beside what the script prints.
fn is_interrupted(expectation: &Expectation, unit: &ExpectedUnit, observed: &ObservedUnit) -> bool {
    match (observed.hash_file, observed.begun) {
        (HashFile::Empty, _) | (HashFile::Missing, Begun::Once) => true,
        (HashFile::Missing, Begun::Never) => {
            let build_directory = &expectation.workspace.build_directory;
            unit.role == UnitRole::BuildScriptRun
                && unit.outputs.first().is_some_and(|printed| {
                    let began = printed.with_file_name("invoked.timestamp");
                    build_directory.join(began).is_file()
                })
        }
        (HashFile::Damaged | HashFile::NotAFile | HashFile::Value(_), _) => false,
    }
}

fn work(expectation: &Expectation, unit: &ExpectedUnit) -> Option<Work> {
    let build_directory = &expectation.workspace.build_directory;
    if unit.role != UnitRole::BuildScriptRun {
        return Some(Work::Compilation {
            output: build_directory.join(unit.outputs.first()?),
        });
    }
    let script = unit
        .dependencies
        .iter()
        .flat_map(|dependency| &dependency.units)
        .filter_map(|index| expectation.units.get(index.0))
        .find(|other| other.role == UnitRole::BuildScript && other.package == unit.package)?;
    let directory = script.outputs.first().and_then(|output| output.parent());
    Some(Work::ScriptRun {
        directory: build_directory.join(directory.unwrap_or(Utf8Path::new(""))),
    })
}
