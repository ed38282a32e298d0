//! What a person asked to be mended, and the one plan that does it. Pure: `--dry-run` prints what a run would do.

use super::commands::PlanContext;
use super::other_plans::reload_with_new_times;
use super::plan::Plan;
use super::planning::{
    clean_all_and_rebuild, clean_and_rebuild, clean_package, preferred, rebuild,
};
use crate::inspect::InspectedMacro;
use crate::names::PackageId;
use crate::verdict::{UnknownReason, Verdict};

/// What is to be mended, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// How.
    pub kind: ChoiceKind,
    /// Which macros; empty for all.
    pub packages: Vec<PackageId>,
}

/// How to mend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChoiceKind {
    /// Each macro in the way preferred for it.
    #[default]
    Preferred,
    /// By removing what cargo would call fresh, and a build.
    Rebuild,
    /// By `cargo clean -p` and a build; macros that are named are cleaned even where they are fresh.
    CleanAndRebuild,
    /// `cargo clean -p` alone; nothing is built.
    CleanPackage,
    /// A full `cargo clean` and a build.
    CleanAll,
    /// By a new time for the dylibs of macros that are fresh, so that rust-analyzer forgets what it keeps against them.
    RenewTimes,
}

impl Choice {
    /// The macros that this choice is about.
    #[must_use]
    pub fn targets<'all>(&self, macros: &'all [InspectedMacro]) -> Vec<&'all InspectedMacro> {
        macros
            .iter()
            .filter(|inspected| {
                let is_named = self.packages.contains(&inspected.expected.package_id);
                match self.kind {
                    ChoiceKind::CleanAll => true,
                    ChoiceKind::CleanPackage => is_named || self.packages.is_empty(),
                    ChoiceKind::CleanAndRebuild if is_named => true,
                    ChoiceKind::RenewTimes => is_named && inspected.verdict == Verdict::Fresh,
                    _ => (is_named || self.packages.is_empty()) && is_to_mend(&inspected.verdict),
                }
            })
            .collect()
    }

    /// The plan for these targets; `None` where there is nothing to do.
    #[must_use]
    pub fn plan(&self, targets: &[&InspectedMacro], context: &PlanContext<'_>) -> Option<Plan> {
        if targets.is_empty() && self.kind != ChoiceKind::CleanAll {
            return None;
        }
        Some(match self.kind {
            ChoiceKind::Preferred => preferred(targets, context),
            ChoiceKind::Rebuild => rebuild(targets, context),
            ChoiceKind::CleanAndRebuild => clean_and_rebuild(targets, context),
            ChoiceKind::CleanPackage => clean_package(targets, context),
            ChoiceKind::CleanAll => clean_all_and_rebuild(context),
            ChoiceKind::RenewTimes => reload_with_new_times(targets),
        })
    }

    /// Whether a fresh verdict is what this choice is to lead to.
    #[must_use]
    pub fn aims_at_fresh(&self) -> bool {
        self.kind != ChoiceKind::CleanPackage
    }
}

fn is_to_mend(verdict: &Verdict) -> bool {
    !matches!(
        verdict,
        Verdict::Fresh | Verdict::Unknown(UnknownReason::NoExec)
    )
}

#[cfg(test)]
mod tests {
    use super::ChoiceKind::{
        CleanAll, CleanAndRebuild, CleanPackage, Preferred, Rebuild, RenewTimes,
    };
    use super::*;
    use crate::verdict::fixtures::inspected;
    use crate::verdict::{Corruption, MissingReason};

    #[test]
    fn named_macros_are_cleaned_and_broken_ones_mended() {
        let macros = [
            inspected(&["broken"], Verdict::Corrupt(Corruption::Empty)),
            inspected(&["fresh"], Verdict::Fresh),
            inspected(&["gone"], Verdict::Missing(MissingReason::Deleted)),
            inspected(&["unknown"], Verdict::Unknown(UnknownReason::NoExec)),
        ];
        let targets = |kind, named: &[&str]| {
            let packages = named
                .iter()
                .map(|name| PackageId::new(format!("{name}@1.0.2")))
                .collect();
            Choice { kind, packages }
                .targets(&macros)
                .iter()
                .map(|target| target.expected.name.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(targets(Preferred, &[]), "broken gone");
        assert_eq!(targets(Preferred, &["fresh", "gone"]), "gone");
        assert_eq!(targets(Rebuild, &["fresh"]), "");
        assert_eq!(targets(CleanAndRebuild, &["fresh"]), "fresh");
        assert_eq!(targets(CleanAndRebuild, &[]), "broken gone");
        assert_eq!(targets(CleanPackage, &["fresh"]), "fresh");
        assert_eq!(targets(RenewTimes, &["fresh", "gone"]), "fresh");
        assert_eq!(targets(RenewTimes, &[]), "");
        assert_eq!(targets(CleanAll, &["fresh"]), "broken fresh gone unknown");
    }
}
