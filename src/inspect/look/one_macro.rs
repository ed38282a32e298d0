//! One macro of a look: its dylib is read and judged with what was observed of its unit. Knows nothing of whether things stand still.

use std::cell::OnceCell;
use std::time::{Duration, SystemTime};

use camino::Utf8PathBuf;

use super::Basis;
use crate::expected::{Expectation, ExpectedMacro, UnitIndex};
use crate::inspect::{InspectedMacro, LastBuild, profile_directory};
use crate::names::RustcVersion;
use crate::observed::dylib::{self, DylibObservation};
use crate::observed::relative::{self, Relative, UnitsByValue};
use crate::observed::unit::{Begun, HashFile, ObservedUnit};
use crate::verdict::Verdict;
use crate::verdict::freshness::Freshness;
use crate::verdict::judge::{self, MacroEvidence, Presence};
use crate::witness::contents;

/// A compiler may outlive a cargo that was killed, and then writes without a lock: files this young are still being written.
const YOUNG: Duration = Duration::from_secs(2);

/// Where macros are looked at, once their units were.
pub(super) struct Bench<'a> {
    basis: Basis<'a>,
    on_disk: &'a [ObservedUnit],
    assessed: &'a [Freshness],
    profile_directory: Utf8PathBuf,
    presence: Presence,
    now: SystemTime,
    /// Every unit on disk, read where a macro was never built.
    units_by_value: OnceCell<UnitsByValue>,
    no_units: UnitsByValue,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        basis: Basis<'a>,
        on_disk: &'a [ObservedUnit],
        assessed: &'a [Freshness],
        now: SystemTime,
    ) -> Self {
        let profile_directory = profile_directory(basis.expectation);
        let presence = if profile_directory.is_dir() {
            Presence::Present
        } else {
            Presence::Absent
        };
        Self {
            basis,
            on_disk,
            assessed,
            profile_directory,
            presence,
            now,
            units_by_value: OnceCell::new(),
            no_units: UnitsByValue::new(),
        }
    }

    /// The verdict on one macro. The places of what tells of it where it was never built go into `relatives`.
    pub(super) fn inspect(
        &self,
        expected: &ExpectedMacro,
        relatives: &mut Vec<(Utf8PathBuf, Utf8PathBuf)>,
    ) -> Option<InspectedMacro> {
        let place = expected.unit.0;
        let expectation = self.basis.expectation;
        let build_directory = &expectation.workspace.build_directory;
        let observed = self.on_disk.get(place)?;
        let unit = expectation.units.get(place)?;
        let path = build_directory.join(unit.outputs.first()?);
        let dylib = dylib::read(&path);
        let own_relatives = self.relatives(expected, observed, &dylib);
        relatives.extend(own_relatives.iter().map(|(relative, _)| {
            let fingerprint = relative.fingerprint_directory.clone();
            (relative.dylib.clone(), fingerprint)
        }));
        let evidence = MacroEvidence {
            unit: observed,
            freshness: self.assessed.get(place)?,
            dylib: &dylib,
            on_disk: if own_relatives.is_empty() {
                &self.no_units
            } else {
                self.units_by_value
                    .get_or_init(|| relative::by_value(&self.profile_directory))
            },
            assessed: self.assessed,
            relatives: &own_relatives,
            profile_directory: self.presence,
            glibc: self.basis.glibc,
        };
        let verdict = if self.is_being_written(observed) {
            Verdict::Building
        } else {
            judge::judge(expectation, expected, &evidence)
        };
        let report = match &dylib {
            DylibObservation::Present(report) => Some(report),
            _ => None,
        };
        Some(InspectedMacro {
            verdict,
            expected: expected.clone(),
            unit: Some(unit.hash),
            built_by: built_by(&dylib),
            built_at: observed.outputs.first().and_then(|output| output.modified),
            size: report.map(|report| report.size),
            access: report.map(|report| report.access),
            exports: None,
            fingerprint_directory: Some(build_directory.join(&unit.fingerprint_directory)),
            last_build: last_build(expectation, expected.unit, self.on_disk),
            dylib: Some(path),
        })
    }

    fn is_being_written(&self, observed: &ObservedUnit) -> bool {
        let newest = observed
            .outputs
            .iter()
            .filter_map(|output| output.modified)
            .max();
        let age = newest.and_then(|time| self.now.duration_since(time).ok());
        observed.hash_file == HashFile::Empty && age.is_some_and(|age| age < YOUNG)
    }

    /// Other units of the package; needed only where the expected one was never built.
    fn relatives(
        &self,
        expected: &ExpectedMacro,
        observed: &ObservedUnit,
        dylib: &DylibObservation,
    ) -> Vec<(Relative, Option<RustcVersion>)> {
        let was_never_built = matches!(dylib, DylibObservation::Missing(_))
            && observed.hash_file == HashFile::Missing
            && observed.begun == Begun::Never;
        if !was_never_built {
            return Vec::new();
        }
        relative::find(
            &self.profile_directory,
            &expected.name,
            &expected.crate_name,
        )
        .into_iter()
        .map(|relative| {
            let built_by = built_by(&dylib::read(&relative.dylib));
            (relative, built_by)
        })
        .collect()
    }
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
