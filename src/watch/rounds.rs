//! When all of a workspace is to be looked at though nothing was heard, for what is planned and has no watch. Pure; times come in as data.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::board::WorkspaceKey;

/// How long after something happened.
const FIRST: Duration = Duration::from_secs(2);
/// How long at rest; until then each pause is twice the one before.
const LONGEST: Duration = Duration::from_secs(30);

/// The rounds of all workspaces.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    workspaces: BTreeMap<WorkspaceKey, Round>,
}

/// The last one of a workspace, and how long until the next.
#[derive(Debug, Clone, Copy)]
struct Round {
    last: Instant,
    pause: Duration,
}

impl Round {
    fn due(&self) -> Instant {
        self.last + self.pause
    }
}

impl Rounds {
    /// Makes these workspaces those that have rounds; for one that had none, its plan is what has happened.
    pub(super) fn keep_to(&mut self, workspaces: impl Iterator<Item = WorkspaceKey>, now: Instant) {
        let before = std::mem::take(&mut self.workspaces);
        let round = |key| before.get(&key).copied().unwrap_or(Round::after(now));
        self.workspaces = workspaces.map(|key| (key, round(key))).collect();
    }

    /// When the next one is due, where there are any.
    pub(super) fn due(&self) -> Option<Instant> {
        self.workspaces.values().map(Round::due).min()
    }

    /// Begins those that are due.
    pub(super) fn begin(&mut self, now: Instant) -> Vec<WorkspaceKey> {
        let mut begun = Vec::new();
        for (key, round) in &mut self.workspaces {
            if round.due() <= now {
                round.last = now;
                round.pause = (round.pause * 2).min(LONGEST);
                begun.push(*key);
            }
        }
        begun
    }

    /// Something was heard of a workspace, and a look at it comes.
    pub(super) fn heard(&mut self, workspace: WorkspaceKey, now: Instant) {
        if let Some(round) = self.workspaces.get_mut(&workspace) {
            *round = Round::after(now);
        }
    }

    /// A person works in a workspace: after a rest there is a round soon. Not at once: what is about to be saved and built would be looked
    /// at halfway.
    pub(super) fn attended(&mut self, workspace: WorkspaceKey, now: Instant) {
        if let Some(round) = self.workspaces.get_mut(&workspace)
            && round.due() > now + FIRST
        {
            *round = Round::after(now);
        }
    }
}

impl Round {
    fn after(now: Instant) -> Self {
        Self {
            last: now,
            pause: FIRST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: WorkspaceKey = WorkspaceKey(1);
    const OTHER: WorkspaceKey = WorkspaceKey(2);

    /// The seconds after the start at which rounds of the one begin, until a time, where something happens at some of them.
    fn rounds(until: u64, mut act: impl FnMut(u64, &mut Rounds, Instant)) -> Vec<u64> {
        let start = Instant::now();
        let mut rounds = Rounds::default();
        assert_eq!(rounds.due(), None);
        rounds.keep_to([ONE, OTHER].into_iter(), start);
        let mut begun = Vec::new();
        for second in 0..until {
            let now = start + Duration::from_secs(second);
            act(second, &mut rounds, now);
            let is_due = rounds.due().is_some_and(|due| due <= now);
            let keys = rounds.begin(now);
            assert_eq!(keys.is_empty(), !is_due);
            if keys.contains(&ONE) {
                begun.push(second);
            }
        }
        begun
    }

    #[test]
    fn they_grow_rare_at_rest() {
        let begun = rounds(160, |_, _, _| {});
        assert_eq!(begun, [2, 6, 14, 30, 60, 90, 120, 150]);
    }

    #[test]
    fn who_comes_back_has_one_soon_and_who_stays_has_few() {
        let begun = rounds(116, |second, rounds, now| {
            if (100..106).contains(&second) {
                rounds.attended(ONE, now);
            }
        });
        assert_eq!(begun, [2, 6, 14, 30, 60, 90, 102, 105, 109]);
    }

    #[test]
    fn what_is_heard_is_looked_at_anyway() {
        let begun = rounds(75, |second, rounds, now| {
            if second == 59 {
                rounds.heard(ONE, now);
            }
        });
        assert_eq!(begun, [2, 6, 14, 30, 61, 65, 73]);
    }

    #[test]
    fn what_is_heard_of_another_puts_none_off() {
        let begun = rounds(40, |_, rounds, now| rounds.heard(OTHER, now));
        assert_eq!(begun, [2, 6, 14, 30]);
    }

    #[test]
    fn one_that_comes_to_have_them_has_one_soon() {
        let begun = rounds(40, |second, rounds, now| {
            let keys: &[WorkspaceKey] = if second < 20 { &[OTHER] } else { &[ONE, OTHER] };
            rounds.keep_to(keys.iter().copied(), now);
        });
        assert_eq!(begun, [22, 26, 34]);
    }
}
