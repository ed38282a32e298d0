//! Lets events gather while many come, so that a build's thousands are taken by the dozen. Pure; times come in as data.

use std::time::{Duration, Instant};

/// How long events gather. What is told later for it has a longer pause before it anyway, until it is still.
const GATHER: Duration = Duration::from_millis(20);
/// How long what has gathered is taken without another pause.
const TAKE: Duration = Duration::from_millis(2);
/// An event that comes so soon after another is one of many.
const CLOSE: Duration = Duration::from_millis(100);

/// When events came lately.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last_event: Option<Instant>,
    last_pause: Option<Instant>,
}

impl Pace {
    /// How long to let others gather before an event that comes now is taken; `None` where it is to be taken at once.
    pub(super) fn pause(&mut self, now: Instant) -> Option<Duration> {
        let since = |time: Option<Instant>| time.map(|time| now.saturating_duration_since(time));
        let is_one_of_many = since(self.last_event).is_some_and(|ago| ago < CLOSE);
        let is_being_taken = since(self.last_pause).is_some_and(|ago| ago < TAKE);
        let pause = (is_one_of_many && !is_being_taken).then_some(GATHER);
        let taken = now + pause.unwrap_or_default();
        self.last_event = Some(taken);
        if pause.is_some() {
            self.last_pause = Some(taken);
        }
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_event_is_taken_at_once_and_many_gather() {
        let mut pace = Pace::default();
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        for (milliseconds, pause) in [
            (0, None),
            (5, Some(GATHER)),
            // What gathered meanwhile.
            (25, None),
            (26, None),
            // More of it.
            (30, Some(GATHER)),
            (50, None),
            // Long after.
            (500, None),
        ] {
            assert_eq!(pace.pause(at(milliseconds)), pause, "{milliseconds}");
        }
    }
}
