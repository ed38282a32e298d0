//! What a build moves: read again at the end of a look, it tells whether all was seen in one state. Knows no verdict's reasons.

use std::collections::BTreeSet;
use std::time::SystemTime;

use crate::expected::{Expectation, UnitIndex};
use crate::inspect::{InspectedMacro, profile_directory};
use crate::observed::file;
use crate::observed::lock::{self, LockState};
use crate::observed::unit::ObservedUnit;
use crate::verdict::Verdict;
use crate::witness::contents;

/// What a build moves: lock, hash files, dylibs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marks {
    lock: LockState,
    files: Vec<Option<SystemTime>>,
}

impl Marks {
    /// Those of units that were read one after another: where all are found the same afterwards, they were so at one moment.
    pub(super) fn of(
        units: &BTreeSet<UnitIndex>,
        on_disk: &[ObservedUnit],
        lock: LockState,
    ) -> Self {
        let files = units
            .iter()
            .filter_map(|unit| on_disk.get(unit.0))
            .flat_map(|unit| {
                let outputs = unit.outputs.iter().map(|output| output.modified);
                outputs.chain([unit.hash_written])
            })
            .collect();
        Self { lock, files }
    }

    pub(super) fn read(expectation: &Expectation, units: &BTreeSet<UnitIndex>) -> Self {
        let build_directory = &expectation.workspace.build_directory;
        let files = units
            .iter()
            .filter_map(|unit| expectation.units.get(unit.0))
            .flat_map(|unit| {
                let hash_file = unit.fingerprint_directory.join(&unit.fingerprint_stem);
                unit.outputs.iter().cloned().chain([hash_file])
            })
            .map(|path| file::modified(build_directory.join(path).as_std_path()))
            .collect();
        Self {
            lock: lock::state(&profile_directory(expectation)),
            files,
        }
    }

    pub(super) fn lock(&self) -> LockState {
        self.lock
    }
}

/// The units whose marks tell whether a look holds: the macros', and what those that are not fresh are made from, since that may be why.
pub(super) fn marked(expectation: &Expectation, macros: &[InspectedMacro]) -> BTreeSet<UnitIndex> {
    let not_fresh = macros
        .iter()
        .filter(|inspected| inspected.verdict != Verdict::Fresh);
    not_fresh
        .flat_map(|inspected| contents::units_below(expectation, inspected.expected.unit))
        .chain(macros.iter().map(|inspected| inspected.expected.unit))
        .collect()
}
