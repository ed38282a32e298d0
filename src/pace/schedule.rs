//! When the next look at a workspace is due: many reasons become one look, and at most one waits while one runs.
//!
//! Pure; times come in as data.

use std::time::Duration;

use super::quiet::Moment;

/// How long it must be still before a look, and how long a restless time may put it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Debounce {
    pub(crate) quiet: Duration,
    pub(crate) at_most: Duration,
}

impl Default for Debounce {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(300),
            at_most: Duration::from_secs(2),
        }
    }
}

/// The looks at one workspace.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    debounce: Debounce,
    /// Since when there has been a reason, and the latest one.
    restless: Option<(Moment, Moment)>,
    /// A look that was asked for at a time.
    appointed: Option<Moment>,
    looking: Looking,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Looking {
    #[default]
    No,
    Yes,
}

impl Schedule {
    /// One that waits otherwise than looks do.
    pub(crate) fn with(debounce: Debounce) -> Self {
        Self {
            debounce,
            ..Self::default()
        }
    }

    /// Something happened that calls for a look when it is still again.
    pub(crate) fn stir(&mut self, now: Moment) {
        let since = self.restless.map_or(now, |(since, _)| since);
        self.restless = Some((since, now));
    }

    /// A look is wanted at a time, at the latest.
    pub(crate) fn appoint(&mut self, at: Moment) {
        self.appointed = Some(self.appointed.map_or(at, |before| before.min(at)));
    }

    /// When the next look is due; `None` while one runs, and where none is wanted.
    pub(crate) fn due(&self) -> Option<Moment> {
        if self.looking == Looking::Yes {
            return None;
        }
        let still = self.restless.map(|(since, latest)| {
            let quiet = Moment(latest.0 + self.debounce.quiet);
            quiet.min(Moment(since.0 + self.debounce.at_most))
        });
        match (still, self.appointed) {
            (Some(still), Some(appointed)) => Some(still.min(appointed)),
            (still, appointed) => still.or(appointed),
        }
    }

    /// A look begins: it answers every reason so far.
    pub(crate) fn began(&mut self) {
        self.restless = None;
        self.appointed = None;
        self.looking = Looking::Yes;
    }

    /// The look ended.
    pub(crate) fn ended(&mut self) {
        self.looking = Looking::No;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(milliseconds: u64) -> Moment {
        Moment(Duration::from_millis(milliseconds))
    }

    #[test]
    fn a_look_waits_until_it_is_still() {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.due(), None);
        schedule.stir(moment(0));
        assert_eq!(schedule.due(), Some(moment(300)));
        schedule.stir(moment(250));
        assert_eq!(schedule.due(), Some(moment(550)));
    }

    #[test]
    fn a_restless_time_puts_it_off_no_longer_than_the_limit() {
        let mut schedule = Schedule::default();
        for at in (0..3_000).step_by(100) {
            schedule.stir(moment(at));
        }
        assert_eq!(schedule.due(), Some(moment(2_000)));
    }

    #[test]
    fn the_earlier_of_two_appointments_holds() {
        let mut schedule = Schedule::default();
        schedule.appoint(moment(5_000));
        schedule.appoint(moment(1_000));
        schedule.appoint(moment(9_000));
        assert_eq!(schedule.due(), Some(moment(1_000)));
        schedule.stir(moment(100));
        assert_eq!(schedule.due(), Some(moment(400)));
    }

    #[test]
    fn while_one_look_runs_all_reasons_become_one_more() {
        let mut schedule = Schedule::default();
        schedule.appoint(moment(0));
        schedule.began();
        assert_eq!(schedule.due(), None);
        schedule.stir(moment(10));
        schedule.stir(moment(20));
        schedule.appoint(moment(30));
        assert_eq!(schedule.due(), None);
        schedule.ended();
        assert_eq!(schedule.due(), Some(moment(30)));
        schedule.began();
        schedule.ended();
        assert_eq!(schedule.due(), None);
    }
}
