//! A look at what is known to have changed since a whole one; all else is taken over. Whatever it cannot be sure of, it leaves to another
//! whole look.

use std::collections::{BTreeSet, HashSet};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use super::one_macro::Bench;
use super::{Basis, Look, read_wanting};
use crate::expected::{Expectation, ExpectedInputs, ExpectedUnit, UnitIndex};
use crate::inspect::{BuildActivity, profile_directory};
use crate::observed::lock::{self, LockState};
use crate::observed::unit::ObservedUnit;
use crate::verdict::freshness;
use crate::witness::contents::Contents;

impl Look {
    /// The same look with what is at these paths now. `None` where that calls for a whole one: a path is no product of the expected units, a
    /// build is about, what the macros' verdicts rest on most has moved elsewhere too, or leads beyond the units.
    ///
    /// What is taken over below macros that are fresh is not looked at again: the caller vouches for it.
    pub(in crate::inspect) fn again(
        self,
        basis: Basis<'_>,
        changed: &BTreeSet<Utf8PathBuf>,
        contents: &mut Contents,
    ) -> Option<Self> {
        let expectation = basis.expectation;
        let anew = owners(expectation, &self.on_disk, changed)?;
        let now = SystemTime::now();
        let profile_directory = profile_directory(expectation);
        if lock::state(&profile_directory) == LockState::Held || !profile_directory.is_dir() {
            return None;
        }
        if !self.relatives.is_empty() {
            return None;
        }
        let Self {
            mut on_disk,
            assessed: before,
            mut macros,
            ..
        } = self;
        let mut disk = basis.observer();
        for index in &anew {
            *on_disk.get_mut(index.0)? = disk.unit(expectation.units.get(index.0)?);
        }
        let reassess = |on_disk: &[ObservedUnit], anew: &BTreeSet<UnitIndex>| {
            let environment = basis.environment();
            freshness::reassess(expectation, on_disk, environment, now, (&before, anew))
        };
        let mut assessed = reassess(&on_disk, &anew);
        let wanting = read_wanting(&disk, expectation, &mut on_disk, &assessed);
        if !wanting.is_empty() {
            let anew = anew.iter().copied().chain(wanting).collect();
            assessed = reassess(&on_disk, &anew);
        }
        let concerned = concerned(expectation, &anew);
        let bench = Bench::new(basis, &on_disk, &assessed, now);
        let mut relatives = Vec::new();
        for inspected in &mut macros {
            if concerned.contains(&inspected.expected.unit) {
                *inspected = bench.inspect(&inspected.expected, &mut relatives)?;
            }
        }
        if !relatives.is_empty() {
            return None;
        }
        let mut look = Self::of(
            basis,
            on_disk,
            assessed,
            (macros, relatives),
            LockState::Free,
        );
        if look.build() == BuildActivity::Running {
            return None;
        }
        // What is new is remembered by the next whole look.
        let _ = look.compare(|unit| concerned.contains(&unit), expectation, contents);
        Some(look)
    }
}

/// The units that these paths belong to; `None` where one is no product of theirs.
fn owners(
    expectation: &Expectation,
    on_disk: &[ObservedUnit],
    changed: &BTreeSet<Utf8PathBuf>,
) -> Option<BTreeSet<UnitIndex>> {
    let build_directory = &expectation.workspace.build_directory;
    let mut unclaimed = HashSet::new();
    for path in changed {
        let inside = path.as_str().strip_prefix(build_directory.as_str())?;
        unclaimed.insert(inside.strip_prefix(std::path::MAIN_SEPARATOR)?);
    }
    // Every file in the directory of a fingerprint counts.
    let parents: HashSet<&str> = unclaimed.iter().copied().filter_map(parent).collect();
    let mut claimed = HashSet::new();
    let mut owners = BTreeSet::new();
    for (place, (unit, observed)) in expectation.units.iter().zip(on_disk).enumerate() {
        let own = products(unit).filter_map(|path| unclaimed.get(path.as_str()).copied());
        let mut own: Vec<&str> = own.collect();
        let fingerprint = unit.fingerprint_directory.as_str();
        if parents.contains(fingerprint) {
            own.extend(
                unclaimed
                    .iter()
                    .filter(|path| parent(path) == Some(fingerprint)),
            );
        }
        // What a build leaves may be another's input; and who names a directory means whatever lies in it.
        let mut inputs = observed.inputs.paths();
        let reads = inputs.any(|input| {
            changed
                .iter()
                .any(|path| path.as_std_path().starts_with(input))
        });
        if reads || !own.is_empty() {
            owners.insert(UnitIndex(place));
        }
        claimed.extend(own);
    }
    (claimed.len() == unclaimed.len()).then_some(owners)
}

fn parent(path: &str) -> Option<&str> {
    Utf8Path::new(path).parent().map(Utf8Path::as_str)
}

/// What a build leaves of a unit, and the directory of its fingerprint, relative to the build directory.
fn products(unit: &ExpectedUnit) -> impl Iterator<Item = &Utf8PathBuf> {
    let record = match &unit.inputs {
        ExpectedInputs::DepInfo { path, .. } => Some(path),
        ExpectedInputs::BuildScriptOutput { printed, .. } => Some(printed),
        ExpectedInputs::Precalculated(_) => None,
    };
    let outputs = unit.outputs.iter();
    outputs.chain(record).chain([&unit.fingerprint_directory])
}

/// The units that are among these, or made from them; dependencies come first in an expectation.
fn concerned(expectation: &Expectation, anew: &BTreeSet<UnitIndex>) -> BTreeSet<UnitIndex> {
    let mut concerned = anew.clone();
    for (place, unit) in expectation.units.iter().enumerate() {
        let dependencies = unit.dependencies.iter();
        let mut below = dependencies.flat_map(|dependency| &dependency.units);
        if below.any(|index| concerned.contains(index)) {
            concerned.insert(UnitIndex(place));
        }
    }
    concerned
}
