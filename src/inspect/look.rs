//! One look at a build directory: everything is read once, judged, and then it is seen whether a build moved things meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use super::{BuildActivity, InspectedMacro, LastBuild, orphans, profile_directory};
use crate::expected::{Expectation, ExpectedMacro, UnitIndex};
use crate::names::RustcVersion;
use crate::observed::dylib::{self, DylibObservation, GlibcVersion};
use crate::observed::file;
use crate::observed::lock::{self, LockState};
use crate::observed::process::BuildProcess;
use crate::observed::relative::{self, Relative, UnitsByValue};
use crate::observed::unit::{Begun, HashFile, ObservedInputs, ObservedUnit, Observer};
use crate::verdict::chain;
use crate::verdict::freshness::{self, Environment, Freshness};
use crate::verdict::judge::{self, MacroEvidence, Presence};
use crate::verdict::{Corruption, StaleReason, Verdict};
use crate::witness::contents::{self, Contents, Difference};

/// One look at the build directory, with what tells whether it stood still meanwhile.
pub(super) struct Look {
    on_disk: Vec<ObservedUnit>,
    pub(super) lock: LockState,
    pub(super) macros: Vec<InspectedMacro>,
    pub(super) orphans: Vec<BuildProcess>,
    pub(super) inputs: Vec<Utf8PathBuf>,
    /// What tells of macros that were never built: dylibs and directories of fingerprints.
    pub(super) relatives: Vec<(Utf8PathBuf, Utf8PathBuf)>,
    marks: (Marks, Marks),
}

/// A compiler may outlive a cargo that was killed, and then writes without a lock: files this young are still being written.
const YOUNG: Duration = Duration::from_secs(2);

/// What a build moves: lock, hash files, dylibs.
#[derive(PartialEq, Eq)]
struct Marks {
    lock: LockState,
    files: Vec<Option<SystemTime>>,
}

impl Marks {
    /// Those of units that were read one after another: where all are found the same afterwards, they were so at one moment.
    fn of(units: &BTreeSet<UnitIndex>, on_disk: &[ObservedUnit], lock: LockState) -> Self {
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

    fn read(expectation: &Expectation, units: &BTreeSet<UnitIndex>) -> Self {
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
}

impl Look {
    pub(super) fn take(
        expectation: &Expectation,
        own: &BTreeMap<String, String>,
        glibc: Option<GlibcVersion>,
    ) -> Self {
        let now = SystemTime::now();
        let profile_directory = profile_directory(expectation);
        let lock_before = lock::state(&profile_directory);
        let build_directory = &expectation.workspace.build_directory;
        let mut disk = Observer::new(
            build_directory,
            expectation.environment.cargo_home.as_deref(),
        );
        let environment = Environment {
            own,
            cargo: &expectation.environment,
        };
        let (on_disk, assessed) = observe(expectation, &mut disk, environment, now);
        let presence = if profile_directory.is_dir() {
            Presence::Present
        } else {
            Presence::Absent
        };
        let no_units = UnitsByValue::new();
        let mut units_by_value = None;
        let mut all_relatives = Vec::new();
        let macros: Vec<InspectedMacro> = expectation
            .macros
            .iter()
            .filter_map(|expected| {
                let place = expected.unit.0;
                let observed = on_disk.get(place)?;
                let unit = expectation.units.get(place)?;
                let path = build_directory.join(unit.outputs.first()?);
                let dylib = dylib::read(&path);
                let relatives = relatives(expected, observed, &dylib, &profile_directory);
                all_relatives.extend(relatives.iter().map(|(relative, _)| {
                    let fingerprint = relative.fingerprint_directory.clone();
                    (relative.dylib.clone(), fingerprint)
                }));
                let evidence = MacroEvidence {
                    unit: observed,
                    freshness: assessed.get(place)?,
                    dylib: &dylib,
                    on_disk: if relatives.is_empty() {
                        &no_units
                    } else {
                        units_by_value.get_or_insert_with(|| relative::by_value(&profile_directory))
                    },
                    assessed: &assessed,
                    relatives: &relatives,
                    profile_directory: presence,
                    glibc,
                };
                let verdict = if is_being_written(observed, now) {
                    Verdict::Building
                } else {
                    judge::judge(expectation, expected, &evidence)
                };
                Some(InspectedMacro {
                    verdict,
                    expected: expected.clone(),
                    unit: Some(unit.hash),
                    built_by: built_by(&dylib),
                    built_at: observed.outputs.first().and_then(|output| output.modified),
                    size: match &dylib {
                        DylibObservation::Present(report) => Some(report.size),
                        _ => None,
                    },
                    access: match &dylib {
                        DylibObservation::Present(report) => Some(report.access),
                        _ => None,
                    },
                    exports: None,
                    fingerprint_directory: Some(build_directory.join(&unit.fingerprint_directory)),
                    last_build: last_build(expectation, expected.unit, &on_disk),
                    dylib: Some(path),
                })
            })
            .collect();
        // Before the marks: what one that has just ended wrote shows there.
        let orphans = match lock_before {
            LockState::Free => orphans::of_macros(expectation, &on_disk, &macros),
            LockState::Held => Vec::new(),
        };
        let marked = marked(expectation, &macros);
        let before = Marks::of(&marked, &on_disk, lock_before);
        let after = Marks::read(expectation, &marked);
        Self {
            lock: after.lock,
            macros,
            // What a build that has begun meanwhile started is none.
            orphans: if after.lock == LockState::Held {
                Vec::new()
            } else {
                orphans
            },
            inputs: local_inputs(&on_disk),
            relatives: all_relatives,
            on_disk,
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
        let build_directory = &expectation.workspace.build_directory;
        let mut compared: BTreeMap<UnitIndex, Option<Difference>> = BTreeMap::new();
        let mut learnt = BTreeSet::new();
        for inspected in &mut self.macros {
            if inspected.verdict != Verdict::Fresh {
                continue;
            }
            let units = contents::units_below(expectation, inspected.expected.unit);
            let known = |index: &UnitIndex| {
                Some((expectation.units.get(index.0)?, self.on_disk.get(index.0)?))
            };
            let top = inspected.expected.unit;
            let difference = units.iter().find_map(|index| {
                // Macros are made of much the same units: each is compared once.
                let difference = compared.entry(*index).or_insert_with(|| {
                    let (expected, observed) = known(index)?;
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
                None => {
                    let unlearnt = units.iter().filter(|index| learnt.insert(**index));
                    for (expected, observed) in unlearnt.filter_map(known) {
                        let cargo_home = expectation.environment.cargo_home.as_deref();
                        let observe_again =
                            || Observer::new(build_directory, cargo_home).unit(expected);
                        contents.learn(build_directory, expected, observed, observe_again);
                    }
                }
            }
        }
        contents.remember(build_directory);
    }
}

/// The units whose marks tell whether a look holds: the macros', and what those that are not fresh are made from, since that may be why.
fn marked(expectation: &Expectation, macros: &[InspectedMacro]) -> BTreeSet<UnitIndex> {
    let not_fresh = macros
        .iter()
        .filter(|inspected| inspected.verdict != Verdict::Fresh);
    not_fresh
        .flat_map(|inspected| contents::units_below(expectation, inspected.expected.unit))
        .chain(macros.iter().map(|inspected| inspected.expected.unit))
        .collect()
}

/// Reads every unit, and of those whose value is another than it should be the fingerprint JSON too, which names what changed.
fn observe(
    expectation: &Expectation,
    disk: &mut Observer<'_>,
    environment: Environment<'_>,
    now: SystemTime,
) -> (Vec<ObservedUnit>, Vec<Freshness>) {
    let mut on_disk: Vec<ObservedUnit> = expectation
        .units
        .iter()
        .map(|unit| disk.unit(unit))
        .collect();
    let assessed = freshness::assess(expectation, &on_disk, environment, now);
    let wanting = freshness::wanting_fingerprints(&on_disk, &assessed);
    if wanting.is_empty() {
        return (on_disk, assessed);
    }
    for index in wanting {
        let unit = expectation.units.get(index.0);
        if let (Some(expected), Some(observed)) = (unit, on_disk.get_mut(index.0)) {
            observed.fingerprint = disk.fingerprint(expected);
        }
    }
    let assessed = freshness::assess(expectation, &on_disk, environment, now);
    (on_disk, assessed)
}

/// Cargo empties a unit's hash file before it builds and fills it after.
fn last_build(expectation: &Expectation, top: UnitIndex, on_disk: &[ObservedUnit]) -> LastBuild {
    let is_stopped = |index: &UnitIndex| {
        on_disk
            .get(index.0)
            .is_some_and(|unit| unit.hash_file == HashFile::Empty)
    };
    if contents::units_below(expectation, top)
        .iter()
        .any(is_stopped)
    {
        LastBuild::Stopped
    } else {
        LastBuild::Complete
    }
}

fn is_being_written(observed: &ObservedUnit, now: SystemTime) -> bool {
    let newest = observed
        .outputs
        .iter()
        .filter_map(|output| output.modified)
        .max();
    let is_young = newest.is_some_and(|time| now.duration_since(time).is_ok_and(|age| age < YOUNG));
    observed.hash_file == HashFile::Empty && is_young
}

fn built_by(dylib: &DylibObservation) -> Option<RustcVersion> {
    match dylib {
        DylibObservation::Present(report) => report
            .content
            .as_ref()
            .ok()?
            .built_by()
            .map(RustcVersion::new),
        _ => None,
    }
}

/// Other units of the package; needed only where the expected one was never built.
fn relatives(
    expected: &ExpectedMacro,
    observed: &ObservedUnit,
    dylib: &DylibObservation,
    profile_directory: &Utf8Path,
) -> Vec<(Relative, Option<RustcVersion>)> {
    let was_never_built = matches!(dylib, DylibObservation::Missing(_))
        && observed.hash_file == HashFile::Missing
        && observed.begun == Begun::Never;
    if !was_never_built {
        return Vec::new();
    }
    relative::find(profile_directory, &expected.name, &expected.crate_name)
        .into_iter()
        .map(|relative| {
            let built_by = built_by(&dylib::read(&relative.dylib));
            (relative, built_by)
        })
        .collect()
}

fn local_inputs(units: &[ObservedUnit]) -> Vec<Utf8PathBuf> {
    let mut inputs: Vec<Utf8PathBuf> = units
        .iter()
        .flat_map(|unit| match &unit.inputs {
            ObservedInputs::DepInfo { files, .. } => files
                .iter()
                .map(|file| file::display_path(&file.path))
                .collect(),
            ObservedInputs::BuildScript { paths, .. } => paths
                .iter()
                .map(|file| file::display_path(&file.path))
                .collect(),
            ObservedInputs::None | ObservedInputs::DepInfoDamaged(_) => Vec::new(),
        })
        .collect();
    inputs.sort();
    inputs.dedup();
    inputs
}
