//! When the next look at a workspace is due: many reasons become one look, and at most one waits while one runs.
//!
//! Pure; times come in as data.

use std::time::Duration;

use super::extent::Extent;
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

/// How long a build's own changes wait for the first look beside it; twice as long for each after that.
const FIRST_BESIDE_BUILD: Duration = Duration::from_secs(2);
const MOST_DOUBLINGS: u32 = 4;

/// After a look that nothing called for, the next of this kind waits for so many times as long as it took, and no longer than this.
const REST: u32 = 100;
const LONGEST_REST: Duration = Duration::from_secs(30);

/// The looks at one workspace.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    debounce: Debounce,
    restless: Option<Restlessness>,
    /// A look that was asked for at a time.
    appointed: Option<Moment>,
    /// When what a running build changes is looked at.
    beside_build: Option<Moment>,
    /// How many looks that build has had.
    looks_beside_build: u32,
    looking: Looking,
    /// When a look is taken that nothing calls for.
    suggested: Option<Moment>,
    /// No such look is taken before.
    rests_until: Moment,
}

/// Reasons for a look that waits until it is still.
#[derive(Debug)]
struct Restlessness {
    since: Moment,
    latest: Moment,
    /// All that these reasons are about.
    extent: Extent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Looking {
    #[default]
    No,
    /// Something called for it.
    Called,
    /// Nothing did; since when.
    Suggested(Moment),
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
        self.stir_by(now, Extent::Everything);
    }

    /// The same where it is known what may have changed.
    pub(crate) fn stir_by(&mut self, now: Moment, extent: Extent) {
        match &mut self.restless {
            Some(restless) => {
                restless.latest = now;
                restless.extent.add(extent);
            }
            None => {
                self.restless = Some(Restlessness {
                    since: now,
                    latest: now,
                    extent,
                });
            }
        }
    }

    /// Something happened that calls for a look, while a build runs: nothing new is shown before its end, which brings a look of its own,
    /// so that ever fewer are taken until then.
    pub(crate) fn stir_beside_build(&mut self, now: Moment) {
        let doublings = self.looks_beside_build.min(MOST_DOUBLINGS);
        let pause = FIRST_BESIDE_BUILD * (1 << doublings);
        self.beside_build.get_or_insert(now.after(pause));
    }

    /// No build runs any more.
    pub(crate) fn build_is_over(&mut self) {
        self.looks_beside_build = 0;
    }

    /// A look is wanted at a time, at the latest.
    pub(crate) fn appoint(&mut self, at: Moment) {
        self.appointed = Some(self.appointed.map_or(at, |before| before.min(at)));
    }

    /// A look is taken though nothing calls for it, unless one is coming anyway; later where the last one of this kind was dear.
    pub(crate) fn suggest(&mut self, now: Moment) {
        let at = now.max(self.rests_until);
        let is_still = self.looking == Looking::No && self.restless.is_none();
        if is_still && self.due().is_none_or(|due| due > at) {
            self.suggested = Some(at);
        }
    }

    /// No look is taken before a time that nothing calls for.
    pub(crate) fn rest_until(&mut self, until: Moment) {
        self.suggested = None;
        self.rests_until = until;
    }

    /// When the next look is due; `None` while one runs, and where none is wanted.
    pub(crate) fn due(&self) -> Option<Moment> {
        if self.looking != Looking::No {
            return None;
        }
        let still = self.restless.as_ref().map(|restless| {
            let quiet = restless.latest.after(self.debounce.quiet);
            quiet.min(restless.since.after(self.debounce.at_most))
        });
        // It would come amid what is not still yet.
        let suggested = self.suggested.filter(|_| still.is_none());
        [still, self.appointed, self.beside_build, suggested]
            .into_iter()
            .flatten()
            .min()
    }

    /// A look begins: it answers every reason so far. Returns what it is to look at; who appointed one wants to see everything.
    pub(crate) fn began(&mut self, now: Moment) -> Extent {
        let restless = self.restless.take();
        let is_appointed = self.appointed.take().is_some();
        let is_beside_build = self.beside_build.take().is_some();
        if is_beside_build {
            self.looks_beside_build = self.looks_beside_build.saturating_add(1);
        }
        let is_suggested = self.suggested.take().is_some();
        let is_called_for = restless.is_some() || is_appointed || is_beside_build;
        self.looking = if is_suggested && !is_called_for {
            Looking::Suggested(now)
        } else {
            Looking::Called
        };
        match restless {
            Some(restless) if !is_appointed && !is_beside_build => restless.extent,
            _ => Extent::Everything,
        }
    }

    /// The look ended.
    pub(crate) fn ended(&mut self, now: Moment) {
        if let Looking::Suggested(began) = std::mem::take(&mut self.looking) {
            let took = now.0.saturating_sub(began.0);
            self.rests_until = now.after((took * REST).min(LONGEST_REST));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Reasons = fn(&mut Schedule);

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
    fn looks_beside_a_build_grow_rare_until_it_is_over() {
        let mut schedule = Schedule::default();
        let mut begun = Vec::new();
        for at in (0..150_000).step_by(100) {
            schedule.stir_beside_build(moment(at));
            if schedule.due().is_some_and(|due| due <= moment(at)) {
                schedule.began(moment(at));
                schedule.ended(moment(at));
                begun.push(at / 1_000);
            }
        }
        assert_eq!(begun, [2, 6, 14, 30, 62, 94, 126]);
        // Its end does not wait for any of that.
        schedule.appoint(moment(150_300));
        assert_eq!(schedule.due(), Some(moment(150_300)));
        schedule.began(moment(150_300));
        schedule.ended(moment(150_300));
        schedule.build_is_over();
        schedule.stir_beside_build(moment(200_000));
        assert_eq!(schedule.due(), Some(moment(202_000)));
    }

    #[test]
    fn a_look_is_at_no_less_than_what_every_reason_is_about() {
        let path = |name: &str| Extent::of(name.into());
        let both = || {
            let mut both = path("/a");
            both.add(path("/b"));
            both
        };
        let table: [(&str, Reasons, Extent); 5] = [
            ("known paths", |_| {}, both()),
            (
                "one of unknown extent",
                |it| it.stir(moment(3)),
                Extent::Everything,
            ),
            (
                "an appointment",
                |it| it.appoint(moment(3)),
                Extent::Everything,
            ),
            (
                "one for later",
                |it| it.appoint(moment(9_000)),
                Extent::Everything,
            ),
            (
                "a build's changes",
                |it| it.stir_beside_build(moment(3)),
                Extent::Everything,
            ),
        ];
        for (what, add, wanted) in table {
            let mut schedule = Schedule::default();
            schedule.stir_by(moment(1), path("/a"));
            schedule.stir_by(moment(2), path("/b"));
            add(&mut schedule);
            assert_eq!(schedule.began(moment(4)), wanted, "{what}");
        }
    }

    #[test]
    fn while_one_look_runs_all_reasons_become_one_more() {
        let mut schedule = Schedule::default();
        schedule.appoint(moment(0));
        schedule.began(moment(0));
        assert_eq!(schedule.due(), None);
        schedule.stir(moment(10));
        schedule.stir(moment(20));
        schedule.appoint(moment(30));
        assert_eq!(schedule.due(), None);
        schedule.ended(moment(40));
        assert_eq!(schedule.due(), Some(moment(30)));
        schedule.began(moment(40));
        schedule.ended(moment(50));
        assert_eq!(schedule.due(), None);
    }

    #[test]
    fn what_nothing_calls_for_is_left_out_where_a_look_comes_anyway_and_waits_where_it_is_dear() {
        let mut schedule = Schedule::default();
        schedule.stir(moment(0));
        schedule.suggest(moment(1));
        assert_eq!(schedule.due(), Some(moment(300)), "it is not hastened");
        schedule.began(moment(300));
        schedule.suggest(moment(305));
        schedule.ended(moment(60_000));
        assert_eq!(schedule.due(), None, "one was under way");
        schedule.suggest(moment(60_001));
        assert_eq!(
            schedule.due(),
            Some(moment(60_001)),
            "it counts by its kind"
        );
        schedule.began(moment(60_001));
        schedule.ended(moment(60_011));
        schedule.suggest(moment(60_500));
        assert_eq!(schedule.due(), Some(moment(61_011)), "a hundred times ten");
        schedule.began(moment(61_011));
        schedule.ended(moment(65_000));
        schedule.suggest(moment(65_000));
        assert_eq!(schedule.due(), Some(moment(95_000)), "at most");
    }

    #[test]
    fn one_that_is_far_off_stands_in_the_way_of_none_and_a_rest_does() {
        let mut schedule = Schedule::default();
        schedule.appoint(moment(60_000));
        schedule.suggest(moment(2_000));
        assert_eq!(schedule.due(), Some(moment(2_000)));
        schedule.stir(moment(1_900));
        assert_eq!(schedule.due(), Some(moment(2_200)), "it is not hastened");
        schedule.began(moment(2_200));
        schedule.ended(moment(2_201));
        schedule.appoint(moment(60_000));
        schedule.rest_until(moment(50_000));
        assert_eq!(schedule.due(), Some(moment(60_000)));
        schedule.suggest(moment(4_000));
        assert_eq!(schedule.due(), Some(moment(50_000)));
    }
}
