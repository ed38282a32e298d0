//! What differs between the fingerprint on disk and the expected one, named in cargo's order (cargo 1.95, `Fingerprint::compare`). Pure.

use super::{Assessment, Dirt};
use crate::expected::UnitRole;
use crate::fingerprint::{DependencyFingerprint, Fingerprint, LocalFingerprint, feature_names};
use crate::observed::file::display_path;
use crate::observed::unit::ObservedInputs;
use crate::verdict::reason::{StaleReason, VariableChange};

impl Assessment<'_> {
    /// What differs between the fingerprint on disk and the expected one, in cargo's order (`Fingerprint::compare`).
    pub(super) fn changed_fields(
        &self,
        stored: &Fingerprint,
        local: &[LocalFingerprint],
    ) -> Option<Dirt> {
        let (built, wanted) = (&stored.fields, &self.expected.fields);
        if built.rustc != wanted.rustc {
            return Some(Dirt::Rustc);
        }
        let manifest = |what: &str| StaleReason::ManifestChanged {
            what: what.to_owned(),
        };
        let reason = if built.features != wanted.features {
            StaleReason::FeaturesChanged {
                built: feature_names(&built.features),
                wanted: feature_names(&wanted.features),
            }
        } else if built.declared_features != wanted.declared_features {
            manifest("the list of declared features")
        } else if built.target != wanted.target {
            manifest("the edition or another setting of the target")
        } else if built.path != wanted.path {
            manifest("the path to the source")
        } else if built.profile != wanted.profile {
            StaleReason::ProfileChanged
        } else if built.rustflags != wanted.rustflags {
            StaleReason::RustflagsChanged {
                built: built.rustflags.clone(),
                wanted: wanted.rustflags.clone(),
            }
        } else if built.config != wanted.config {
            manifest("the linker or another setting of cargo's configuration")
        } else if built.compile_kind != wanted.compile_kind {
            manifest("the target platform")
        } else {
            return self
                .changed_local(&stored.local, local)
                .or_else(|| self.changed_dependency(&stored.dependencies))
                .map(Dirt::Stale);
        };
        Some(Dirt::Stale(reason))
    }

    fn changed_local(
        &self,
        stored: &[LocalFingerprint],
        wanted: &[LocalFingerprint],
    ) -> Option<StaleReason> {
        if stored == wanted {
            return None;
        }
        let printed_is_lost = matches!(
            self.observed.inputs,
            ObservedInputs::BuildScript { ran: None, .. }
        );
        if let (true, Some(output)) = (printed_is_lost, self.observed.outputs.first()) {
            return Some(StaleReason::BuildOutputLost {
                path: display_path(&output.path),
            });
        }
        for pair in stored.iter().zip(wanted) {
            match pair {
                (
                    LocalFingerprint::RerunIfEnvChanged { var, val: built },
                    LocalFingerprint::RerunIfEnvChanged {
                        var: wanted_var,
                        val,
                    },
                ) if var == wanted_var => {
                    let change = VariableChange::between(built.as_deref(), val.as_deref());
                    if let Some(change) = change {
                        return Some(StaleReason::EnvironmentChanged {
                            variable: var.clone(),
                            change,
                        });
                    }
                }
                (
                    LocalFingerprint::Precalculated(built),
                    LocalFingerprint::Precalculated(wanted),
                ) if built != wanted => {
                    return Some(StaleReason::BuildScriptChanged {
                        path: newest_file(wanted).map(|file| self.expected.package_root.join(file)),
                    });
                }
                _ => {}
            }
        }
        Some(match self.expected.role {
            UnitRole::BuildScriptRun => StaleReason::BuildScriptChanged { path: None },
            _ => StaleReason::ManifestChanged {
                what: "the way changes are recognised".to_owned(),
            },
        })
    }

    fn changed_dependency(&self, stored: &[DependencyFingerprint]) -> Option<StaleReason> {
        for (place, dependency) in self.expected.dependencies.iter().enumerate() {
            let (unit, freshness) = self.behind(place, dependency)?;
            let wanted = freshness.value;
            let built = stored.get(place);
            let is_same = built.is_some_and(|built| {
                built.1 == dependency.name && (wanted.is_none() || Some(built.3) == wanted)
            });
            if let Some(built) = built
                && built.0 == dependency.package_id_hash
                && built.1 != dependency.name
            {
                return Some(StaleReason::ManifestChanged {
                    what: format!(
                        "the list of dependencies (`{}` is called `{}`)",
                        built.1, dependency.name
                    ),
                });
            }
            if !is_same {
                let because = match &freshness.dirt {
                    Some(Dirt::Stale(reason)) => Some(reason),
                    _ => None,
                };
                return Some(self.through(unit, because));
            }
        }
        (stored.len() != self.expected.dependencies.len()).then(|| StaleReason::ManifestChanged {
            what: "the list of dependencies".to_owned(),
        })
    }
}

/// The file in cargo's summary of a package from a path: `1795199195.112630985s (src/lib.rs)`.
fn newest_file(summary: &str) -> Option<&str> {
    summary.split_once('(')?.1.strip_suffix(')')
}
