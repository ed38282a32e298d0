//! Whether the files of a unit are up to date: its outputs, its dependencies' and its inputs, in cargo's order (cargo 1.95,
//! `Fingerprint::check_filesystem`). Pure.

use std::time::{Duration, SystemTime};

use super::Assessment;
use crate::expected::{ExpectedInputs, ExpectedUnit, UnitIndex, UnitRole};
use crate::observed::checksum::ChecksumState;
use crate::observed::file::display_path;
use crate::observed::unit::{InputPlace, ObservedInput, ObservedInputs};
use crate::verdict::reason::{StaleReason, VariableChange};

/// Clocks of machines that share files differ a little; a time this far ahead is no accident of that kind.
const CLOCK_SLACK: Duration = Duration::from_secs(2);

impl Assessment<'_> {
    /// Whether the files are up to date, in cargo's order (`Fingerprint::check_filesystem`).
    pub(super) fn files(&self, newest_output: Option<SystemTime>) -> Option<StaleReason> {
        if let Some(lost) = self
            .observed
            .outputs
            .iter()
            .find(|output| output.modified.is_none())
        {
            return Some(StaleReason::BuildOutputLost {
                path: display_path(&lost.path),
            });
        }
        // Without outputs it is an overridden build script, and always up to date.
        let newest_output = newest_output?;
        for (place, dependency) in self.expected.dependencies.iter().enumerate() {
            let Some((unit, freshness)) = self.behind(place, dependency) else {
                continue;
            };
            if let Some(reason) = &freshness.files {
                return Some(self.through(unit, Some(reason)));
            }
            let newest = if self.needs_only_metadata(unit) {
                freshness.newest_metadata
            } else {
                freshness.newest_output
            };
            if newest.is_some_and(|newest| newest > newest_output) {
                return Some(self.through(unit, None));
            }
        }
        self.inputs()
    }

    /// Whether only the metadata of a dependency counts: where neither side is linked (cargo 1.95, `only_requires_rmeta`).
    fn needs_only_metadata(&self, dependency: UnitIndex) -> bool {
        let is_plain_library = |unit: &ExpectedUnit| {
            unit.role == UnitRole::Library
                && unit
                    .outputs
                    .iter()
                    .all(|output| matches!(output.extension(), Some("rlib" | "rmeta")))
        };
        is_plain_library(self.expected)
            && self
                .expectation
                .units
                .get(dependency.0)
                .is_some_and(is_plain_library)
    }

    fn inputs(&self) -> Option<StaleReason> {
        match &self.observed.inputs {
            ObservedInputs::None => None,
            ObservedInputs::DepInfoDamaged(path) => {
                Some(StaleReason::DepInfoDamaged { path: path.clone() })
            }
            ObservedInputs::DepInfo {
                built,
                files,
                variables,
            } => variables
                .iter()
                .find_map(|(name, value)| self.changed_variable(name, value.as_deref()))
                .or_else(|| {
                    files
                        .iter()
                        .find_map(|file| self.changed_input(file, *built))
                }),
            ObservedInputs::BuildScript { ran, paths, .. } => {
                let ran = (*ran)?;
                let changed = paths
                    .iter()
                    .find(|path| path.modified.is_none_or(|modified| modified > ran))?;
                let path = display_path(&changed.path);
                Some(match changed.modified {
                    None => StaleReason::WatchedFileMissing { path },
                    Some(modified) if self.is_in_future(modified) => {
                        StaleReason::SourceInFuture { path }
                    }
                    Some(_) => StaleReason::BuildScriptChanged { path: Some(path) },
                })
            }
        }
    }

    fn changed_variable(&self, name: &str, built: Option<&str>) -> Option<StaleReason> {
        let is_of_package = name.starts_with("CARGO_PKG_");
        let wanted = if is_of_package {
            // What comes from a registry or a commit cannot change under the same hash.
            if self.expected.package_environment.is_empty() {
                return None;
            }
            self.expected
                .package_environment
                .get(name)
                .map(String::as_str)
        } else if name == "CARGO" {
            Some(self.environment.cargo.cargo_program.as_str())
        } else {
            self.environment.variable(name)
        };
        let change = VariableChange::between(built, wanted)?;
        Some(StaleReason::EnvironmentChanged {
            variable: name.to_owned(),
            change,
        })
    }

    fn changed_input(&self, input: &ObservedInput, built: SystemTime) -> Option<StaleReason> {
        let path = || display_path(&input.path);
        let Some(modified) = input.modified else {
            return Some(match input.place {
                InputPlace::Source => StaleReason::SourceMissing { path: path() },
                InputPlace::BuildDirectory => StaleReason::BuildOutputLost { path: path() },
            });
        };
        let goes_by_checksum = matches!(
            self.expected.inputs,
            ExpectedInputs::DepInfo { checksum: true, .. }
        );
        let is_unchanged = if goes_by_checksum {
            input.checksum == ChecksumState::Same
        } else {
            modified <= built
        };
        if is_unchanged {
            return None;
        }
        Some(if !goes_by_checksum && self.is_in_future(modified) {
            StaleReason::SourceInFuture { path: path() }
        } else {
            StaleReason::SourceChanged { path: path() }
        })
    }

    fn is_in_future(&self, time: SystemTime) -> bool {
        time.duration_since(self.now)
            .is_ok_and(|ahead| ahead > CLOCK_SLACK)
    }
}
