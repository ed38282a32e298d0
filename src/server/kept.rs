//! Which of rust-analyzer's errors outlive a reload. It knows a dylib by path and time, so one that is whole again under the time that it
//! had is to it the one that failed; only another time makes it forget. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use crate::inspect::InspectedMacro;
use crate::names::PackageId;
use crate::verdict::Verdict;

/// What was seen of each dylib since the session began.
#[derive(Debug, Default)]
pub(crate) struct KeptErrors {
    dylibs: BTreeMap<PackageId, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The time that it has, or had when it was last there.
    time: Option<SystemTime>,
    is_fresh: bool,
    /// The time under which it was seen to fail.
    failed: Option<SystemTime>,
    /// The time under which a person had rust-analyzer load it anew.
    reloaded: Option<SystemTime>,
}

impl KeptErrors {
    /// Takes in a look.
    pub(crate) fn looked(&mut self, macros: &[InspectedMacro]) {
        for inspected in macros {
            let id = inspected.expected.package_id.clone();
            let seen = self.dylibs.entry(id).or_default();
            seen.time = inspected.built_at.or(seen.time);
            seen.is_fresh = inspected.verdict == Verdict::Fresh;
            if cannot_be_loaded(&inspected.verdict) {
                seen.failed = seen.time;
            }
        }
    }

    /// Takes in that a person had rust-analyzer load its proc macros anew.
    pub(crate) fn reloaded(&mut self) {
        for seen in self.dylibs.values_mut() {
            seen.reloaded = seen.time;
        }
    }

    /// The macros that are built, and whose errors rust-analyzer keeps for as long as their dylibs have the time that they have.
    pub(crate) fn outliving_a_reload(&self) -> BTreeSet<PackageId> {
        let outlives = |seen: &Seen| {
            let is_known = |time: Option<SystemTime>| time.is_some() && time == seen.time;
            seen.is_fresh && (is_known(seen.failed) || is_known(seen.reloaded))
        };
        self.dylibs
            .iter()
            .filter(|(_, seen)| outlives(seen))
            .map(|(id, _)| id.clone())
            .collect()
    }
}

fn cannot_be_loaded(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Missing(_)
            | Verdict::Corrupt(_)
            | Verdict::WrongPlatform(_)
            | Verdict::WrongRustc { .. }
    )
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::verdict::fixtures::inspected;
    use crate::verdict::{Corruption, MissingReason};

    /// A look at one macro whose dylib has this time, or is not there.
    fn look(kept: &mut KeptErrors, verdict: Verdict, time: Option<u64>) -> usize {
        let mut one = inspected(&["one"], verdict);
        one.built_at = time.map(|time| UNIX_EPOCH + Duration::from_secs(time));
        kept.looked(&[one]);
        kept.outliving_a_reload().len()
    }

    #[test]
    fn an_error_outlives_a_reload_where_the_time_is_as_it_was() {
        let gone = || Verdict::Missing(MissingReason::Deleted);
        let cut = || Verdict::Corrupt(Corruption::Empty);
        let mut kept = KeptErrors::default();
        assert_eq!(look(&mut kept, Verdict::Fresh, Some(1)), 0);
        assert_eq!(look(&mut kept, gone(), None), 0);
        // Restored as it was, rebuilt, cut short under the time of the build, restored, cut short at a time of its own, restored.
        assert_eq!(look(&mut kept, Verdict::Fresh, Some(1)), 1);
        assert_eq!(look(&mut kept, Verdict::Fresh, Some(2)), 0);
        assert_eq!(look(&mut kept, cut(), Some(2)), 0);
        assert_eq!(look(&mut kept, Verdict::Fresh, Some(2)), 1);
        assert_eq!(look(&mut kept, cut(), Some(3)), 0);
        assert_eq!(look(&mut kept, Verdict::Fresh, Some(2)), 0);
    }

    #[test]
    fn what_a_reload_did_not_help_another_will_not() {
        let mut kept = KeptErrors::default();
        kept.reloaded();
        assert_eq!(look(&mut kept, Verdict::Fresh, Some(1)), 0);
        kept.reloaded();
        assert_eq!(look(&mut kept, Verdict::Fresh, Some(1)), 1);
        assert_eq!(look(&mut kept, Verdict::Building, Some(1)), 0);
        assert_eq!(look(&mut kept, Verdict::Fresh, Some(2)), 0);
    }
}
