//! Counts verdicts, for summaries.

use serde::Serialize;

use super::reason::Verdict;

/// How many macros have which verdict, in the words of the JSON contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // The names are those of the verdicts.
pub struct Tally {
    pub total: usize,
    pub fresh: usize,
    pub missing: usize,
    pub stale: usize,
    pub corrupt: usize,
    pub wrong_rustc: usize,
    pub wrong_platform: usize,
    pub building: usize,
    pub unknown: usize,
}

/// Counts the verdicts.
#[must_use]
pub fn summary<'all>(verdicts: impl IntoIterator<Item = &'all Verdict>) -> Tally {
    let mut tally = Tally::default();
    for verdict in verdicts {
        tally.total += 1;
        let count = match verdict {
            Verdict::Fresh => &mut tally.fresh,
            Verdict::Missing(_) => &mut tally.missing,
            Verdict::Stale(_) => &mut tally.stale,
            Verdict::Corrupt(_) => &mut tally.corrupt,
            Verdict::WrongRustc { .. } => &mut tally.wrong_rustc,
            Verdict::WrongPlatform(_) => &mut tally.wrong_platform,
            Verdict::Building => &mut tally.building,
            Verdict::Unknown(_) => &mut tally.unknown,
        };
        *count += 1;
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Corruption, MissingReason, StaleReason, UnknownReason};

    #[test]
    fn every_verdict_is_counted_once() {
        let verdicts = [
            Verdict::Fresh,
            Verdict::Fresh,
            Verdict::Missing(MissingReason::Deleted),
            Verdict::Corrupt(Corruption::Empty),
            Verdict::Stale(StaleReason::ProfileChanged),
            Verdict::Building,
            Verdict::Unknown(UnknownReason::NoExec),
        ];
        let expected = Tally {
            total: 7,
            fresh: 2,
            missing: 1,
            stale: 1,
            corrupt: 1,
            building: 1,
            unknown: 1,
            ..Tally::default()
        };
        assert_eq!(summary(&verdicts), expected);
    }
}
