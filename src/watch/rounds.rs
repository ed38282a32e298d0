//! When all is to be looked at though nothing was heard, for what is planned and has no watch. Pure; times come in as data.

use std::time::{Duration, Instant};

/// How long after something happened.
const FIRST: Duration = Duration::from_secs(2);
/// How long at rest; until then each pause is twice the one before.
const LONGEST: Duration = Duration::from_secs(30);

/// The last round, and how long until the next.
#[derive(Debug)]
pub(super) struct Rounds {
    last: Instant,
    pause: Duration,
}

impl Rounds {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            last: now,
            pause: FIRST,
        }
    }

    /// When the next one is due.
    pub(super) fn due(&self) -> Instant {
        self.last + self.pause
    }

    /// Everybody was called to look.
    pub(super) fn began(&mut self, now: Instant) {
        self.last = now;
        self.pause = (self.pause * 2).min(LONGEST);
    }

    /// Something was heard, and a look at it comes.
    pub(super) fn heard(&mut self, now: Instant) {
        *self = Self::new(now);
    }

    /// The person is there: after a rest the next round is due at once.
    pub(super) fn attended(&mut self) {
        self.pause = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds after the start at which rounds begin, until a time, where somebody does something at some of them.
    fn rounds(until: u64, mut act: impl FnMut(u64, &mut Rounds, Instant)) -> Vec<u64> {
        let start = Instant::now();
        let mut rounds = Rounds::new(start);
        let mut begun = Vec::new();
        for second in 0..until {
            let now = start + Duration::from_secs(second);
            act(second, &mut rounds, now);
            if rounds.due() <= now {
                rounds.began(now);
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
    fn who_comes_back_has_one_at_once_and_who_stays_has_few() {
        let begun = rounds(110, |second, rounds, _| {
            if (100..105).contains(&second) {
                rounds.attended();
            }
        });
        assert_eq!(begun, [2, 6, 14, 30, 60, 90, 100, 102, 104, 108]);
    }

    #[test]
    fn what_is_heard_is_looked_at_anyway() {
        let begun = rounds(75, |second, rounds, now| {
            if second == 59 {
                rounds.heard(now);
            }
        });
        assert_eq!(begun, [2, 6, 14, 30, 61, 65, 73]);
    }
}
