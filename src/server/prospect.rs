//! What rust-analyzer is about to mend by itself. Pure.
//!
//! It builds at the start, when a manifest, the lock file or cargo's configuration changes, and when a source of a macro is
//! saved (rust-analyzer `reload.rs`, `should_refresh_for_change`; `handlers/notification.rs`, 2026-08). It notices neither
//! the build directory nor the toolchain. What a clean leaves for a moment is counted among what its first build mends.

use crate::inspect::{InspectedMacro, Inspection};
use crate::verdict::{Finding, MissingReason, StaleReason, Verdict};

use crate::pace::quiet::Prospect;

/// The prospect of a finding: that of its macros, where they share it.
pub(crate) fn of_finding(finding: &Finding, inspection: &Inspection) -> Prospect {
    let mut prospects = inspection
        .macros
        .iter()
        .filter(|inspected| finding.package_ids.contains(&inspected.expected.package_id))
        .map(|inspected: &InspectedMacro| of_verdict(&inspected.verdict));
    let Some(first) = prospects.next() else {
        return Prospect::None;
    };
    prospects.fold(first, |one, other| match (one, other) {
        (one, other) if one == other => one,
        (Prospect::None, _) | (_, Prospect::None) => Prospect::None,
        _ => Prospect::Rebuild,
    })
}

fn of_verdict(verdict: &Verdict) -> Prospect {
    match verdict {
        Verdict::Missing(MissingReason::NeverBuilt | MissingReason::BuildDirectoryAbsent) => {
            Prospect::FirstBuild
        }
        Verdict::Stale(reason) => of_change(reason),
        _ => Prospect::None,
    }
}

fn of_change(reason: &StaleReason) -> Prospect {
    match reason {
        StaleReason::DependencyChanged { because, .. } => {
            because.as_deref().map_or(Prospect::Rebuild, of_change)
        }
        StaleReason::SourceChanged { .. }
        | StaleReason::SourceMissing { .. }
        | StaleReason::BuildScriptChanged { .. }
        | StaleReason::WatchedFileMissing { .. }
        | StaleReason::VersionChanged { .. }
        | StaleReason::FeaturesChanged { .. }
        | StaleReason::RustflagsChanged { .. }
        | StaleReason::ProfileChanged
        | StaleReason::ManifestChanged { .. } => Prospect::Rebuild,
        // So it looks in the middle of a full clean, which takes no lock, removes these before the dylibs, and may take seconds.
        StaleReason::FingerprintLost { .. }
        | StaleReason::DepInfoDamaged { .. }
        | StaleReason::BuildOutputLost { .. } => Prospect::FirstBuild,
        _ => Prospect::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::PackageName;

    #[test]
    fn what_rust_analyzer_notices_it_mends() {
        let source = || StaleReason::SourceChanged {
            path: "/w/src/lib.rs".into(),
        };
        let lost = || StaleReason::BuildOutputLost {
            path: "/w/out".into(),
        };
        let damaged = || StaleReason::DepInfoDamaged {
            path: "/w/dep-lib-mac".into(),
        };
        let chain = |because: Option<StaleReason>| StaleReason::DependencyChanged {
            dependency: PackageName::new("core"),
            chain: vec![],
            path: None,
            because: because.map(Box::new),
        };
        for (verdict, expected) in [
            (
                Verdict::Missing(MissingReason::NeverBuilt),
                Prospect::FirstBuild,
            ),
            (
                Verdict::Missing(MissingReason::BuildDirectoryAbsent),
                Prospect::FirstBuild,
            ),
            (Verdict::Missing(MissingReason::Deleted), Prospect::None),
            (Verdict::Stale(source()), Prospect::Rebuild),
            (Verdict::Stale(chain(Some(source()))), Prospect::Rebuild),
            (Verdict::Stale(chain(None)), Prospect::Rebuild),
            (Verdict::Stale(chain(Some(lost()))), Prospect::FirstBuild),
            (Verdict::Stale(lost()), Prospect::FirstBuild),
            (Verdict::Stale(damaged()), Prospect::FirstBuild),
            (Verdict::Stale(StaleReason::Interrupted), Prospect::None),
            (Verdict::Fresh, Prospect::None),
        ] {
            assert_eq!(of_verdict(&verdict), expected, "{verdict:?}");
        }
    }
}
