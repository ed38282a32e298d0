//! One look at a build directory: everything is read once, judged, and then it is seen whether a build moved things meanwhile.

mod again;
mod marks;
mod one_macro;

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use camino::Utf8PathBuf;

use super::standing::Readiness;
use super::{BuildActivity, InspectedMacro, orphans, profile_directory};
use crate::expected::{Expectation, ExpectedUnit, UnitIndex};
use crate::observed::dylib::GlibcVersion;
use crate::observed::file;
use crate::observed::identity::{Reliance, SETTLING};
use crate::observed::lock::{self, LockState};
use crate::observed::process::BuildProcess;
use crate::observed::unit::{ObservedUnit, Observer, Rest};
use crate::verdict::chain;
use crate::verdict::freshness::{self, Environment, Freshness};
use crate::verdict::{Corruption, StaleReason, Verdict};
use crate::witness::contents::{self, Contents, Difference};
use marks::{Marks, marked};
use one_macro::Bench;

/// One look at the build directory, with what tells whether it stood still meanwhile.
#[derive(Debug)]
pub(super) struct Look {
    units: Units,
    assessed: Vec<Freshness>,
    pub(super) lock: LockState,
    pub(super) macros: Vec<InspectedMacro>,
    pub(super) orphans: Vec<BuildProcess>,
    pub(super) inputs: Vec<Utf8PathBuf>,
    /// What tells of macros that were never built: dylibs and directories of fingerprints.
    pub(super) relatives: Vec<(Utf8PathBuf, Utf8PathBuf)>,
    marks: (Marks, Marks),
}

/// The expected units as they were observed, in their order.
#[derive(Debug)]
struct Units {
    on_disk: Vec<ObservedUnit>,
    /// What each of these observations rests on.
    rests: Vec<Rest>,
}

/// What a look goes by besides the disk.
#[derive(Clone, Copy)]
pub(super) struct Basis<'a> {
    pub(super) expectation: &'a Expectation,
    /// This process's own variables.
    pub(super) own: &'a BTreeMap<String, String>,
    pub(super) glibc: Option<GlibcVersion>,
    pub(super) readiness: Readiness,
}

impl<'a> Basis<'a> {
    fn observer(self) -> Observer<'a> {
        let cargo_home = self.expectation.environment.cargo_home.as_deref();
        Observer::new(&self.expectation.workspace.build_directory, cargo_home)
    }

    /// One unit, and what it rests on where another look may want to know.
    fn unit(
        self,
        disk: &mut Observer<'_>,
        expected: &ExpectedUnit,
        reliance: &mut Reliance,
    ) -> (ObservedUnit, Rest) {
        match self.readiness {
            Readiness::ForOneLook => (disk.unit(expected), Rest::Unclear),
            Readiness::ForManyLooks => disk.unit_and_rest(expected, reliance),
        }
    }

    fn environment(self) -> Environment<'a> {
        Environment {
            own: self.own,
            cargo: &self.expectation.environment,
        }
    }
}

impl Look {
    pub(super) fn take(basis: Basis<'_>) -> Self {
        let now = SystemTime::now();
        let expectation = basis.expectation;
        let lock_before = lock::state(&profile_directory(expectation));
        let (units, assessed) = observe(basis, now);
        let bench = Bench::new(basis, &units.on_disk, &assessed, now);
        let mut relatives = Vec::new();
        let macros: Vec<InspectedMacro> = expectation
            .macros
            .iter()
            .filter_map(|expected| bench.inspect(expected, &mut relatives))
            .collect();
        Self::of(basis, units, assessed, (macros, relatives), lock_before)
    }

    /// Sees whether things stood still while the units and macros were looked at.
    fn of(
        basis: Basis<'_>,
        units: Units,
        assessed: Vec<Freshness>,
        (macros, relatives): (Vec<InspectedMacro>, Vec<(Utf8PathBuf, Utf8PathBuf)>),
        lock_before: LockState,
    ) -> Self {
        let expectation = basis.expectation;
        let on_disk = &units.on_disk;
        // Before the marks: what one that has just ended wrote shows there.
        let orphans = match lock_before {
            LockState::Free => orphans::of_macros(expectation, on_disk, &macros),
            LockState::Held => Vec::new(),
        };
        let marked = marked(expectation, &macros);
        let before = Marks::of(&marked, on_disk, lock_before);
        let after = Marks::read(expectation, &marked);
        Self {
            lock: after.lock(),
            macros,
            // What a build that has begun meanwhile started is none.
            orphans: if after.lock() == LockState::Held {
                Vec::new()
            } else {
                orphans
            },
            inputs: local_inputs(on_disk),
            relatives,
            units,
            assessed,
            marks: (before, after),
        }
    }

    /// Whether a build was about while this was looked at.
    pub(super) fn build(&self) -> BuildActivity {
        match (self.lock, self.is_steady()) {
            (LockState::Free, true) if self.orphans.is_empty() => BuildActivity::Idle,
            _ => BuildActivity::Running,
        }
    }

    /// Whether nothing that a build moves has moved during the look.
    pub(super) fn is_steady(&self) -> bool {
        self.marks.0 == self.marks.1
    }

    /// Compares what is fresh with what is remembered of its build, and remembers what is new. Only for a look that stood still while
    /// nobody was building.
    pub(super) fn consult(&mut self, expectation: &Expectation, contents: &mut Contents) {
        self.consult_on(|_| true, expectation, contents);
    }

    /// The same for the macros of these units.
    fn consult_on(
        &mut self,
        is_wanted: impl Fn(UnitIndex) -> bool,
        expectation: &Expectation,
        contents: &mut Contents,
    ) {
        let unremembered = self.compare(is_wanted, expectation, contents);
        let build_directory = &expectation.workspace.build_directory;
        for (expected, observed) in unremembered
            .iter()
            .filter_map(|unit| self.known(expectation, *unit))
        {
            let cargo_home = expectation.environment.cargo_home.as_deref();
            let observe_again = || Observer::new(build_directory, cargo_home).unit(expected);
            contents.learn(build_directory, expected, observed, observe_again);
        }
        contents.remember(build_directory);
    }

    /// Compares the macros of these units, where they are fresh, with what is remembered of their builds. Returns the units of which there
    /// is something to remember: those that nothing differs in.
    fn compare(
        &mut self,
        is_wanted: impl Fn(UnitIndex) -> bool,
        expectation: &Expectation,
        contents: &mut Contents,
    ) -> BTreeSet<UnitIndex> {
        let build_directory = &expectation.workspace.build_directory;
        let mut compared: BTreeMap<UnitIndex, Option<Difference>> = BTreeMap::new();
        let mut the_same = BTreeSet::new();
        let mut macros = std::mem::take(&mut self.macros);
        let fresh = macros
            .iter_mut()
            .filter(|it| it.verdict == Verdict::Fresh && is_wanted(it.expected.unit));
        for inspected in fresh {
            let top = inspected.expected.unit;
            let units = contents::units_below(expectation, top);
            let difference = units.iter().find_map(|index| {
                // Macros are made of much the same units: each is compared once.
                let difference = compared.entry(*index).or_insert_with(|| {
                    let (expected, observed) = self.known(expectation, *index)?;
                    contents.difference(build_directory, expected, observed)
                });
                Some((*index, difference.clone()?))
            });
            match difference {
                // The dylib of another macro is that one's finding.
                Some((index, Difference::Dylib)) if index != top => {}
                Some((_, Difference::Dylib)) => {
                    inspected.verdict = Verdict::Corrupt(Corruption::ContentAltered { part: None });
                }
                Some((index, Difference::Input(path))) => {
                    let changed = StaleReason::ContentChanged { path };
                    let reason = chain::seen_from(expectation, top, index, changed);
                    inspected.verdict = Verdict::Stale(reason);
                }
                None => the_same.extend(units),
            }
        }
        self.macros = macros;
        the_same
    }

    fn known<'a>(
        &'a self,
        expectation: &'a Expectation,
        index: UnitIndex,
    ) -> Option<(&'a ExpectedUnit, &'a ObservedUnit)> {
        Some((
            expectation.units.get(index.0)?,
            self.units.on_disk.get(index.0)?,
        ))
    }
}

/// Reads every unit, and of those whose value is another than it should be the fingerprint JSON too, which names what changed.
fn observe(basis: Basis<'_>, now: SystemTime) -> (Units, Vec<Freshness>) {
    let mut disk = basis.observer();
    let mut reliance = Reliance::begin(SETTLING);
    let expectation = basis.expectation;
    let (on_disk, rests) = expectation
        .units
        .iter()
        .map(|unit| basis.unit(&mut disk, unit, &mut reliance))
        .unzip();
    let mut units = Units { on_disk, rests };
    let assessed = freshness::assess(expectation, &units.on_disk, basis.environment(), now);
    if units.read_wanting(&disk, expectation, &assessed).is_empty() {
        return (units, assessed);
    }
    let assessed = freshness::assess(expectation, &units.on_disk, basis.environment(), now);
    (units, assessed)
}

impl Units {
    /// Reads the fingerprint JSON of the units that want it, and returns them.
    fn read_wanting(
        &mut self,
        disk: &Observer<'_>,
        expectation: &Expectation,
        assessed: &[Freshness],
    ) -> Vec<UnitIndex> {
        let wanting = freshness::wanting_fingerprints(&self.on_disk, assessed);
        for index in &wanting {
            let unit = expectation.units.get(index.0);
            let rest = self.rests.get_mut(index.0);
            if let (Some(expected), Some(observed), Some(rest)) =
                (unit, self.on_disk.get_mut(index.0), rest)
            {
                observed.fingerprint = disk.fingerprint(expected);
                *rest = Rest::Unclear;
            }
        }
        wanting
    }
}

fn local_inputs(units: &[ObservedUnit]) -> Vec<Utf8PathBuf> {
    let mut inputs: Vec<Utf8PathBuf> = units
        .iter()
        .flat_map(|unit| unit.inputs.paths().map(file::display_path))
        .collect();
    inputs.sort();
    inputs.dedup();
    inputs
}
