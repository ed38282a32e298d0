//! When a finding may be shown: a false alarm is worse than a late one.
//!
//! Pure: looks and the ends of builds come in with their times, and out comes what to show now and when to look again. It
//! knows findings only by their keys, and neither why they are there nor how they are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A point in time, counted from the start of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Moment(pub(crate) Duration);

impl Moment {
    pub(crate) fn after(self, pause: Duration) -> Self {
        Self(self.0.saturating_add(pause))
    }
}

/// How long after a build nothing new is shown: cargo writes the last fingerprints when the lock is nearly free.
pub(crate) const AFTER_BUILD: Duration = Duration::from_millis(300);

/// How long the news of a build's end may be under way: what comes so soon after an end, of a build that no look saw, is the same end.
const SAME_END: Duration = Duration::from_secs(1);

/// How long a unit's outputs must have stood still.
pub(crate) const AFTER_OUTPUT: Duration = Duration::from_secs(2);

/// What rust-analyzer is about to do about a finding by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prospect {
    /// Nothing: it is shown as soon as it is certain.
    None,
    /// It builds what was never built; any build that ends decides.
    FirstBuild,
    /// It rebuilds what was saved or reconfigured; a build that began before that does not count.
    Rebuild,
}

/// One finding of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Concern {
    pub(crate) prospect: Prospect,
    /// When the outputs of the units it is about last changed, as far as that is known.
    pub(crate) outputs_changed: Option<Moment>,
}

/// What a look found.
#[derive(Debug, Clone)]
pub(crate) struct Sight<Key> {
    pub(crate) build: Build,
    pub(crate) concerns: BTreeMap<Key, Concern>,
    /// Findings that were shown, are not among the concerns, and may be back when the build ends.
    pub(crate) undecided: BTreeSet<Key>,
}

/// Whether somebody builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    Idle,
    Running,
    /// Of a build that seemed to have ended, some processes go on.
    Orphaned,
}

/// How a run of our own ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnEnd {
    /// By itself, whatever came of it.
    Done,
    Stopped,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision<Key> {
    /// What is to be seen from now on.
    pub(crate) show: BTreeSet<Key>,
    /// What is found and held back.
    pub(crate) held_back: BTreeSet<Key>,
    /// What is certain, and held back only because rust-analyzer is about to mend it.
    pub(crate) left_to_others: BTreeSet<Key>,
    /// When more of that will be certain.
    pub(crate) certain_at: Option<Moment>,
    /// What is shown, and was left so by a build that began after the change.
    pub(crate) outlived_a_build: BTreeSet<Key>,
    /// When another look will decide what this one could not, if nothing happens until then.
    pub(crate) look_again: Option<Moment>,
}

/// What is remembered from look to look.
#[derive(Debug)]
pub(crate) struct Quiet<Key> {
    grace: Duration,
    shown: BTreeSet<Key>,
    seen: BTreeMap<Key, Seen>,
    /// When a look last told all there was to find, which it cannot during a build.
    last_full_look: Moment,
    /// After when the build that is running began, for all that is known.
    running_since: Option<Moment>,
    /// When it was last known that no build was running.
    last_idle: Moment,
    /// When something that builds read last changed.
    last_input: Moment,
    /// When something that builds make last changed.
    last_output: Moment,
    own_run: Build,
    last_build: Option<Span>,
}

/// Since when a finding is known.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// The first look that found it.
    first: Moment,
    /// The change that it came from, where one was told since the look before; else the same.
    cause: Moment,
}

/// A build that was seen to end.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// No sooner than this: when it was last known that none was running. What was saved later it may not have read.
    began: Moment,
    ended: Moment,
}

impl<Key: Clone + Ord> Quiet<Key> {
    /// `grace`: how long rust-analyzer gets to begin what it does by itself.
    pub(crate) fn new(grace: Duration) -> Self {
        Self {
            grace,
            shown: BTreeSet::new(),
            seen: BTreeMap::new(),
            last_full_look: Moment::default(),
            running_since: None,
            last_idle: Moment::default(),
            last_input: Moment::default(),
            last_output: Moment::default(),
            own_run: Build::Idle,
            last_build: None,
        }
    }

    /// Takes another grace from now on.
    pub(crate) fn set_grace(&mut self, grace: Duration) {
        self.grace = grace;
    }

    /// Our own run begins: a build like any other, until [`Self::own_run_ended`].
    pub(crate) fn own_run_began(&mut self, now: Moment) {
        self.own_run = Build::Running;
        self.running_since.get_or_insert(now);
    }

    /// Our own run has ended, and whatever it consisted of; one that was stopped has decided nothing.
    pub(crate) fn own_run_ended(&mut self, now: Moment, how: OwnEnd) {
        self.own_run = Build::Idle;
        if how == OwnEnd::Stopped {
            self.running_since = Some(Moment::default());
        }
        self.build_ended(now);
    }

    /// Something that builds read changed: what rust-analyzer does about it begins only now.
    pub(crate) fn input_changed(&mut self, now: Moment) {
        self.last_input = now;
    }

    /// At this moment nobody built, as a look at the lock alone has shown. Asked right after a save, it tells that a build that
    /// ends before the next look began after the save.
    pub(crate) fn nobody_built(&mut self, then: Moment) {
        if !self.is_building() {
            self.last_idle = self.last_idle.max(then);
        }
    }

    /// Something that builds make changed: while somebody cleans, what is gone says little.
    pub(crate) fn output_changed(&mut self, now: Moment) {
        self.last_output = now;
    }

    /// A build was seen to end. Returns when to look.
    pub(crate) fn build_ended(&mut self, now: Moment) -> Moment {
        if self.own_run == Build::Running {
            // One of the builds that our run consists of; or the end of what it waited for.
            return now.after(AFTER_BUILD);
        }
        let same = self
            .last_build
            .filter(|build| now < build.ended.after(SAME_END));
        let began = match (self.running_since.take(), same) {
            (Some(running_since), _) => running_since,
            (None, Some(build)) => build.began,
            (None, None) => self.last_idle,
        };
        self.last_build = Some(Span { began, ended: now });
        self.last_idle = now;
        now.after(AFTER_BUILD)
    }

    /// Takes in a look and decides.
    pub(crate) fn looked(&mut self, now: Moment, sight: &Sight<Key>) -> Decision<Key> {
        self.note_build(now, sight.build);
        let cause = if self.last_input > self.last_full_look {
            self.last_input
        } else {
            now
        };
        if !self.is_building() {
            // During a build a look cannot tell what is gone from what is being decided.
            self.seen.retain(|key, _| sight.concerns.contains_key(key));
            self.last_full_look = now;
        }
        let mut decision = Decision {
            show: BTreeSet::new(),
            held_back: BTreeSet::new(),
            left_to_others: BTreeSet::new(),
            certain_at: None,
            outlived_a_build: BTreeSet::new(),
            look_again: None,
        };
        if self.is_building() {
            let stay = |key: &&Key| sight.undecided.contains(*key);
            decision
                .show
                .extend(self.shown.iter().filter(stay).cloned());
        }
        for (key, concern) in &sight.concerns {
            let seen = *self
                .seen
                .entry(key.clone())
                .or_insert(Seen { first: now, cause });
            let decides = if self.shown.contains(key) {
                Some(now)
            } else {
                self.decides_at(concern, seen)
            };
            let is_left = concern.prospect == Prospect::Rebuild && !self.is_building();
            if decides.is_some_and(|moment| moment <= now) {
                if is_left && self.had_its_build(concern, seen) {
                    decision.outlived_a_build.insert(key.clone());
                }
                decision.show.insert(key.clone());
            } else {
                let certain = self.settles_at(concern);
                if is_left && certain <= now {
                    decision.left_to_others.insert(key.clone());
                } else if is_left {
                    decision.certain_at = earlier(decision.certain_at, Some(certain));
                }
                decision.held_back.insert(key.clone());
                decision.look_again = earlier(decision.look_again, decides);
            }
        }
        self.shown.clone_from(&decision.show);
        decision
    }

    /// Takes in what is certain before a look is done: less than all that there is.
    pub(crate) fn glimpsed(&mut self, now: Moment, sight: &Sight<Key>) -> Decision<Key> {
        let last_full_look = self.last_full_look;
        let decision = self.looked(now, sight);
        self.last_full_look = last_full_look;
        decision
    }

    /// What was certain before a look counts no more: the look decides by itself what shows.
    pub(crate) fn glimpse_is_over(&mut self) {
        self.shown.clear();
    }

    /// Whether a build is known to run, somebody's or our own.
    pub(crate) fn is_building(&self) -> bool {
        self.running_since.is_some()
    }

    fn note_build(&mut self, now: Moment, build: Build) {
        match (build, self.own_run) {
            (Build::Running, _) => {
                self.running_since.get_or_insert(self.last_idle);
            }
            (Build::Orphaned, _) => {
                let last = self.last_build.map(|build| build.began);
                self.running_since
                    .get_or_insert(last.unwrap_or(self.last_idle));
            }
            (Build::Idle, Build::Idle) => {
                if self.running_since.is_some() {
                    self.build_ended(now);
                }
                self.last_idle = now;
            }
            (Build::Idle, Build::Running | Build::Orphaned) => {}
        }
    }

    /// When the outputs will have stood still long enough, and long enough after a build.
    fn settles_at(&self, concern: &Concern) -> Moment {
        let still = concern
            .outputs_changed
            .map_or(Moment::default(), |changed| changed.after(AFTER_OUTPUT));
        self.last_build
            .map_or(still, |build| still.max(build.ended.after(AFTER_BUILD)))
    }

    /// Whether the build that might have mended it has ended.
    fn had_its_build(&self, concern: &Concern, seen: Seen) -> bool {
        self.last_build.is_some_and(|build| match concern.prospect {
            Prospect::None => true,
            Prospect::FirstBuild => build.ended >= seen.first,
            Prospect::Rebuild => build.began >= seen.cause.max(self.last_input),
        })
    }

    /// When something that builds read last changed.
    pub(crate) fn last_input(&self) -> Moment {
        self.last_input
    }

    /// When a finding may be shown, if nothing happens until then; `None` where only the end of a build decides.
    fn decides_at(&self, concern: &Concern, seen: Seen) -> Option<Moment> {
        if self.is_building() {
            return None;
        }
        let settled = self.settles_at(concern);
        if concern.prospect == Prospect::None || self.had_its_build(concern, seen) {
            return Some(settled);
        }
        // The build that was running meanwhile kept rust-analyzer from beginning its own.
        let waits_since = seen.first.max(match concern.prospect {
            Prospect::None => Moment::default(),
            Prospect::FirstBuild => self.last_output,
            Prospect::Rebuild => self.last_input,
        });
        let waits_since = self
            .last_build
            .map_or(waits_since, |build| waits_since.max(build.ended));
        Some(settled.max(waits_since.after(self.grace)))
    }
}

fn earlier(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests;
