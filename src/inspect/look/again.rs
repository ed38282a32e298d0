//! A look at what is known to have changed since the last whole one; all else is taken over. Whatever it cannot be sure of, it leaves to
//! another whole look.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use camino::Utf8PathBuf;

use super::one_macro::Bench;
use super::{Basis, Look, read_wanting};
use crate::expected::{Expectation, ExpectedInputs, UnitIndex};
use crate::inspect::{BuildActivity, profile_directory};
use crate::observed::lock::{self, LockState};
use crate::observed::unit::{ObservedInputs, ObservedUnit};
use crate::verdict::freshness;
use crate::verdict::{Corruption, StaleReason, Verdict};

/// Where each unit's files lie.
#[derive(Debug)]
pub(in crate::inspect) struct Places {
    /// What builds leave of the units, and the directories of their fingerprints.
    products: BTreeMap<Utf8PathBuf, Vec<UnitIndex>>,
    /// What they are built from: a file that a build leaves may be another's input.
    inputs: BTreeMap<PathBuf, BTreeSet<UnitIndex>>,
}

impl Places {
    fn of(expectation: &Expectation, on_disk: &[ObservedUnit]) -> Self {
        let build_directory = &expectation.workspace.build_directory;
        let mut products: BTreeMap<Utf8PathBuf, Vec<UnitIndex>> = BTreeMap::new();
        for (place, unit) in expectation.units.iter().enumerate() {
            let index = UnitIndex(place);
            let record = match &unit.inputs {
                ExpectedInputs::DepInfo { path, .. } => Some(path),
                ExpectedInputs::BuildScriptOutput { printed, .. } => Some(printed),
                ExpectedInputs::Precalculated(_) => None,
            };
            let own = unit.outputs.iter().chain(record);
            for path in own.chain([&unit.fingerprint_directory]) {
                let path = build_directory.join(path);
                products.entry(path).or_default().push(index);
            }
        }
        let mut places = Self {
            products,
            inputs: BTreeMap::new(),
        };
        for (place, observed) in on_disk.iter().enumerate() {
            places.add_inputs(UnitIndex(place), observed);
        }
        places
    }

    /// What a unit is built from. What it no longer is built from stays: it is then looked at for nothing.
    fn add_inputs(&mut self, unit: UnitIndex, observed: &ObservedUnit) {
        let named: Vec<&Path> = match &observed.inputs {
            ObservedInputs::DepInfo { files, .. } => {
                files.iter().map(|file| file.path.as_path()).collect()
            }
            ObservedInputs::BuildScript { paths, .. } => {
                paths.iter().map(|file| file.path.as_path()).collect()
            }
            ObservedInputs::None | ObservedInputs::DepInfoDamaged(_) => Vec::new(),
        };
        for path in named {
            let readers = self.inputs.entry(path.to_owned()).or_default();
            readers.insert(unit);
        }
    }

    /// The units that these paths belong to; `None` where one is no product of theirs.
    fn units(&self, paths: &BTreeSet<Utf8PathBuf>) -> Option<BTreeSet<UnitIndex>> {
        let mut units = BTreeSet::new();
        for path in paths {
            // Every file in the directory of a fingerprint counts.
            let owners = self.products.get(path);
            let owners = owners.or_else(|| self.products.get(path.parent()?))?;
            units.extend(owners);
            // A build script may name a directory, and means whatever lies in it.
            let readers = path.as_std_path().ancestors();
            units.extend(readers.filter_map(|path| self.inputs.get(path)).flatten());
        }
        Some(units)
    }
}

impl Look {
    pub(in crate::inspect) fn places(&self, expectation: &Expectation) -> Places {
        Places::of(expectation, &self.on_disk)
    }

    /// The same look with what is at these paths now, as cargo would see it: contents are compared with what is remembered by whole looks
    /// alone. `None` where that calls for a whole one: a path is no product of the expected units, a
    /// build is about, something else has moved too, or a macro's state leads beyond its own units.
    pub(in crate::inspect) fn again(
        self,
        basis: Basis<'_>,
        changed: &BTreeSet<Utf8PathBuf>,
        places: &mut Places,
    ) -> Option<Self> {
        let expectation = basis.expectation;
        let anew = places.units(changed)?;
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
            let observed = disk.unit(expectation.units.get(index.0)?);
            places.add_inputs(*index, &observed);
            *on_disk.get_mut(index.0)? = observed;
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
        let is_concerned = |unit: UnitIndex| concerned.get(unit.0) == Some(&true);
        let bench = Bench::new(basis, &on_disk, &assessed, now);
        let mut relatives = Vec::new();
        for inspected in &mut macros {
            if !is_concerned(inspected.expected.unit) {
                continue;
            }
            if is_by_content(&inspected.verdict) {
                return None;
            }
            *inspected = bench.inspect(&inspected.expected, &mut relatives)?;
        }
        if !relatives.is_empty() {
            return None;
        }
        let look = Self::of(
            basis,
            on_disk,
            assessed,
            (macros, relatives),
            LockState::Free,
        );
        (look.build() == BuildActivity::Idle).then_some(look)
    }
}

/// Whether this was found by comparing contents with what is remembered, which takes longer than all else here.
fn is_by_content(verdict: &Verdict) -> bool {
    let is_content = |reason: &StaleReason| matches!(reason, StaleReason::ContentChanged { .. });
    match verdict {
        Verdict::Corrupt(Corruption::ContentAltered { part: None }) => true,
        Verdict::Stale(StaleReason::DependencyChanged { because, .. }) => {
            because.as_deref().is_some_and(is_content)
        }
        Verdict::Stale(reason) => is_content(reason),
        _ => false,
    }
}

/// Which units are among these, or made from them; dependencies come first in an expectation.
fn concerned(expectation: &Expectation, anew: &BTreeSet<UnitIndex>) -> Vec<bool> {
    let mut concerned: Vec<bool> = Vec::with_capacity(expectation.units.len());
    for (place, unit) in expectation.units.iter().enumerate() {
        let mut below = unit
            .dependencies
            .iter()
            .flat_map(|dependency| &dependency.units);
        let is_concerned = anew.contains(&UnitIndex(place))
            || below.any(|index| concerned.get(index.0) == Some(&true));
        concerned.push(is_concerned);
    }
    concerned
}
