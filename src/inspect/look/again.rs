//! A look that takes over from another what is known not to have changed since: because the caller vouches for it, or because all that it
//! rests on is found as it was. Whatever it cannot be sure of, it leaves to a look at everything.

use std::collections::{BTreeSet, HashSet};
use std::thread;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use super::one_macro::Bench;
use super::{Basis, Look};
use crate::expected::{Expectation, ExpectedInputs, ExpectedUnit, UnitIndex};
use crate::inspect::{BuildActivity, InspectedMacro, profile_directory};
use crate::observed::identity::{Ground, Reliance, SETTLING};
use crate::observed::lock::{self, LockState};
use crate::observed::unit::{ObservedUnit, Rest};
use crate::verdict::{Verdict, freshness};
use crate::witness::contents::{self, Contents};

/// From so many places on, two threads share them: fewer are looked at sooner than a thread is started.
const SHARED_FROM: usize = 1_000;

impl Look {
    /// The units that these paths belong to; `None` where one is no product of theirs.
    pub(in crate::inspect) fn owners(
        &self,
        expectation: &Expectation,
        changed: &BTreeSet<Utf8PathBuf>,
    ) -> Option<BTreeSet<UnitIndex>> {
        owners(expectation, &self.units.on_disk, changed)
    }

    /// The same look with what is there of these units now. `None` where that calls for a whole one: a build is about, what the macros'
    /// verdicts rest on most has moved elsewhere too, or leads beyond the units.
    ///
    /// The macros that are made from these units rest on nothing that is not looked for; that the others are as they were, the caller vouches.
    pub(in crate::inspect) fn again(
        self,
        basis: Basis<'_>,
        owners: BTreeSet<UnitIndex>,
        contents: &mut Contents,
    ) -> Option<Self> {
        let expectation = basis.expectation;
        if !self.supports_another(expectation) {
            return None;
        }
        let mut anew = owners;
        let mut looked_for = BTreeSet::new();
        loop {
            let concerned = concerned(expectation, &anew);
            let macros = self.macros.iter().map(|inspected| inspected.expected.unit);
            let macros = macros.filter(|unit| concerned.contains(unit));
            let below: BTreeSet<UnitIndex> = macros
                .flat_map(|unit| contents::units_below(expectation, unit))
                .filter(|unit| looked_for.insert(*unit))
                .collect();
            if below.is_empty() {
                break;
            }
            // What has moved unsaid may concern other macros too.
            anew.extend(self.moved(expectation, |unit| below.contains(&unit)));
        }
        let (mut look, looked_at) = self.renewed(basis, &anew, |_| false)?;
        // What is new is remembered by the next whole look, which has to read it for that.
        for index in &anew {
            *look.units.rests.get_mut(index.0)? = Rest::Unclear;
        }
        let is_wanted = |unit| looked_at.contains(&unit);
        let _ = look.compare(is_wanted, expectation, contents);
        Some(look)
    }

    /// A whole look that takes from this one whatever is fresh and rests on nothing that is found otherwise. `None` as for
    /// [`Self::again`].
    pub(in crate::inspect) fn verified(
        self,
        basis: Basis<'_>,
        contents: &mut Contents,
    ) -> Option<Self> {
        let expectation = basis.expectation;
        // Before anything is looked at: a build that ends meanwhile is none that the look's end would show.
        if !self.supports_another(expectation) {
            return None;
        }
        let anew = self.moved(expectation, |_| true);
        let is_doubtful = |inspected: &InspectedMacro| inspected.verdict != Verdict::Fresh;
        let (mut look, looked_at) = self.renewed(basis, &anew, is_doubtful)?;
        look.consult_on(|unit| looked_at.contains(&unit), expectation, contents);
        Some(look)
    }

    /// Those of these units that are not found as they were, or were not up to date.
    fn moved(
        &self,
        expectation: &Expectation,
        is_wanted: impl Fn(UnitIndex) -> bool,
    ) -> BTreeSet<UnitIndex> {
        let known = self.units.rests.iter().zip(&self.assessed).enumerate();
        let wanted = known.map(|(place, known)| (UnitIndex(place), known));
        let wanted = wanted.filter(|(index, _)| is_wanted(*index));
        let (doubtful, rests): (Vec<_>, Vec<_>) =
            wanted.partition(|(_, (_, assessed))| assessed.dirt.is_some());
        let rests: Vec<(UnitIndex, &Rest)> = rests
            .into_iter()
            .map(|(index, (rest, _))| (index, rest))
            .collect();
        let ground = Ground::find(&expectation.workspace.build_directory);
        let places: usize = rests.iter().map(|(_, rest)| rest.places()).sum();
        let own = if places < SHARED_FROM {
            0
        } else {
            rests.len() / 2
        };
        let (others, own) = rests.split_at(own);
        let mut moved: BTreeSet<UnitIndex> = doubtful.into_iter().map(|(index, _)| index).collect();
        thread::scope(|threads| {
            let look = || not_found_again(others, &ground);
            let start = || thread::Builder::new().spawn_scoped(threads, look).ok();
            let other = if others.is_empty() { None } else { start() };
            moved.extend(not_found_again(own, &ground));
            let found = other.and_then(|other| other.join().ok());
            // What no thread could be had for is looked at here.
            moved.extend(found.unwrap_or_else(look));
        });
        moved
    }

    /// Whether another look may rest on this one now: nobody builds, and it told all by the expected units.
    fn supports_another(&self, expectation: &Expectation) -> bool {
        let profile_directory = profile_directory(expectation);
        self.relatives.is_empty()
            && lock::state(&profile_directory) == LockState::Free
            && profile_directory.is_dir()
    }

    /// The same look where these units are looked at anew, and the macros that are among them or made from them or that `is_doubtful` takes.
    /// Returns the units of these macros too. Before it nobody built.
    fn renewed(
        self,
        basis: Basis<'_>,
        anew: &BTreeSet<UnitIndex>,
        is_doubtful: impl Fn(&InspectedMacro) -> bool,
    ) -> Option<(Self, BTreeSet<UnitIndex>)> {
        let expectation = basis.expectation;
        let now = SystemTime::now();
        let Self {
            mut units,
            assessed: before,
            mut macros,
            ..
        } = self;
        let mut disk = basis.observer();
        let mut reliance = Reliance::begin(SETTLING);
        for index in anew {
            let expected = expectation.units.get(index.0)?;
            let (unit, rest) = basis.unit(&mut disk, expected, &mut reliance);
            *units.on_disk.get_mut(index.0)? = unit;
            *units.rests.get_mut(index.0)? = rest;
        }
        let reassess = |on_disk: &[ObservedUnit], anew: &BTreeSet<UnitIndex>| {
            let environment = basis.environment();
            freshness::reassess(expectation, on_disk, environment, now, (&before, anew))
        };
        let mut assessed = reassess(&units.on_disk, anew);
        let wanting = units.read_wanting(&disk, expectation, &assessed);
        if !wanting.is_empty() {
            let anew = anew.iter().copied().chain(wanting).collect();
            assessed = reassess(&units.on_disk, &anew);
        }
        let concerned = concerned(expectation, anew);
        let bench = Bench::new(basis, &units.on_disk, &assessed, now);
        let mut relatives = Vec::new();
        let mut looked_at = BTreeSet::new();
        for inspected in &mut macros {
            if concerned.contains(&inspected.expected.unit) || is_doubtful(inspected) {
                *inspected = bench.inspect(&inspected.expected, &mut relatives)?;
                looked_at.insert(inspected.expected.unit);
            }
        }
        if !relatives.is_empty() {
            return None;
        }
        let macros = (macros, relatives);
        let look = Self::of(basis, units, assessed, macros, LockState::Free);
        (look.build() == BuildActivity::Idle).then_some((look, looked_at))
    }
}

fn not_found_again(rests: &[(UnitIndex, &Rest)], ground: &Ground<'_>) -> Vec<UnitIndex> {
    let moved = rests.iter().filter(|(_, rest)| !rest.holds(ground));
    moved.map(|(index, _)| *index).collect()
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
