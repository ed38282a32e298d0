//! What is shown when: each table is one session, its times in milliseconds.

mod saves;

use super::*;

/// One thing that happens, and what is to be seen after it.
enum Step {
    /// A look at this time: is a build running, what is found, what is undecided; then what shows, and when to look again.
    Look {
        at: u64,
        build: Build,
        found: Vec<(&'static str, Concern)>,
        undecided: Vec<&'static str>,
        show: Vec<&'static str>,
        again: Option<u64>,
    },
    BuildEnded {
        at: u64,
    },
    Saved {
        at: u64,
    },
    NobodyBuilt {
        at: u64,
    },
    OutputChanged {
        at: u64,
    },
    OwnRunBegan {
        at: u64,
    },
    OwnRunEnded {
        at: u64,
    },
    OwnRunStopped {
        at: u64,
    },
}

fn moment(milliseconds: u64) -> Moment {
    Moment(Duration::from_millis(milliseconds))
}

#[track_caller]
fn session(steps: Vec<Step>) {
    let mut quiet = Quiet::new(Duration::from_secs(10));
    for (number, step) in steps.into_iter().enumerate() {
        match step {
            Step::BuildEnded { at } => {
                quiet.build_ended(moment(at));
            }
            Step::Saved { at } => quiet.input_changed(moment(at)),
            Step::NobodyBuilt { at } => quiet.nobody_built(moment(at)),
            Step::OutputChanged { at } => quiet.output_changed(moment(at)),
            Step::OwnRunBegan { at } => quiet.own_run_began(moment(at)),
            Step::OwnRunEnded { at } => quiet.own_run_ended(moment(at), OwnEnd::Done),
            Step::OwnRunStopped { at } => quiet.own_run_ended(moment(at), OwnEnd::Stopped),
            Step::Look {
                at,
                build,
                found,
                undecided,
                show,
                again,
            } => {
                let sight = Sight {
                    build,
                    concerns: found.into_iter().collect(),
                    undecided: undecided.into_iter().collect(),
                };
                let decision = quiet.looked(moment(at), &sight);
                assert_eq!(
                    (decision.show, decision.look_again),
                    (show.into_iter().collect(), again.map(moment)),
                    "step {number} at {at} ms"
                );
            }
        }
    }
}

fn idle(
    at: u64,
    found: &[(&'static str, Concern)],
    show: &[&'static str],
    again: Option<u64>,
) -> Step {
    Step::Look {
        at,
        build: Build::Idle,
        found: found.to_vec(),
        undecided: vec![],
        show: show.to_vec(),
        again,
    }
}

fn building(
    at: u64,
    found: &[(&'static str, Concern)],
    undecided: &[&'static str],
    show: &[&'static str],
) -> Step {
    Step::Look {
        at,
        build: Build::Running,
        found: found.to_vec(),
        undecided: undecided.to_vec(),
        show: show.to_vec(),
        again: None,
    }
}

/// A look at what a killed build left behind; what was corrupt is undecided.
fn orphaned(at: u64, found: &[(&'static str, Concern)], show: &[&'static str]) -> Step {
    Step::Look {
        at,
        build: Build::Orphaned,
        found: found.to_vec(),
        undecided: vec![CORRUPT.0],
        show: show.to_vec(),
        again: None,
    }
}

const fn concern(prospect: Prospect) -> Concern {
    Concern {
        prospect,
        outputs_changed: None,
    }
}

const CORRUPT: (&str, Concern) = ("corrupt", concern(Prospect::None));
const NEVER_BUILT: (&str, Concern) = ("never built", concern(Prospect::FirstBuild));
const STALE: (&str, Concern) = ("stale", concern(Prospect::Rebuild));

fn corrupt_since(at: u64) -> (&'static str, Concern) {
    let changed = Concern {
        prospect: Prospect::None,
        outputs_changed: Some(moment(at)),
    };
    ("corrupt", changed)
}

#[test]
fn what_is_certain_is_shown_at_once_and_goes_when_mended() {
    session(vec![
        idle(0, &[], &[], None),
        idle(100, &[CORRUPT], &["corrupt"], None),
        idle(200, &[], &[], None),
    ]);
}

#[test]
fn outputs_that_just_changed_must_stand_still_first() {
    session(vec![
        idle(5_000, &[corrupt_since(4_000)], &[], Some(6_000)),
        // Written once more meanwhile.
        idle(6_000, &[corrupt_since(5_900)], &[], Some(7_900)),
        idle(7_900, &[corrupt_since(5_900)], &["corrupt"], None),
        // What is shown stays, even if it is written to.
        idle(8_000, &[corrupt_since(8_000)], &["corrupt"], None),
    ]);
}

#[test]
fn nothing_new_is_shown_during_a_build_and_shortly_after() {
    session(vec![
        building(0, &[CORRUPT], &[], &[]),
        building(5_000, &[CORRUPT], &[], &[]),
        // The look that sees the lock free counts as the end.
        idle(6_000, &[CORRUPT], &[], Some(6_300)),
        idle(6_300, &[CORRUPT], &["corrupt"], None),
    ]);
}

#[test]
fn what_is_shown_stays_during_a_build_until_it_is_mended() {
    session(vec![
        idle(
            0,
            &[CORRUPT, ("foreign", concern(Prospect::None))],
            &["corrupt", "foreign"],
            None,
        ),
        // Both macros are "building" now, so the look finds nothing and knows nothing.
        building(1_000, &[], &["corrupt", "foreign"], &["corrupt", "foreign"]),
        // One of them is fresh already.
        building(2_000, &[], &["corrupt"], &["corrupt"]),
        Step::BuildEnded { at: 3_000 },
        idle(3_300, &[], &[], None),
    ]);
}

#[test]
fn a_short_build_is_known_by_its_end_alone() {
    session(vec![
        idle(0, &[], &[], None),
        Step::BuildEnded { at: 1_000 },
        idle(1_100, &[CORRUPT], &[], Some(1_300)),
        idle(1_300, &[CORRUPT], &["corrupt"], None),
    ]);
}

#[test]
fn what_was_never_built_waits_for_the_end_of_a_build() {
    session(vec![
        idle(0, &[NEVER_BUILT], &[], Some(10_000)),
        // A look during a build calls it "building" and finds nothing.
        building(2_000, &[], &[], &[]),
        building(11_000, &[NEVER_BUILT], &[], &[]),
        Step::BuildEnded { at: 12_000 },
        idle(12_300, &[NEVER_BUILT], &["never built"], None),
    ]);
}

#[test]
fn what_was_never_built_is_shown_when_no_build_comes() {
    session(vec![
        idle(0, &[NEVER_BUILT], &[], Some(10_000)),
        idle(9_999, &[NEVER_BUILT], &[], Some(10_000)),
        idle(10_000, &[NEVER_BUILT], &["never built"], None),
    ]);
}

#[test]
fn a_build_that_ended_before_decides_nothing() {
    session(vec![
        Step::BuildEnded { at: 500 },
        // `cargo clean`, long after.
        idle(60_000, &[NEVER_BUILT], &[], Some(70_000)),
        idle(70_000, &[NEVER_BUILT], &["never built"], None),
    ]);
}

#[test]
fn our_own_run_is_a_build_until_it_is_verified() {
    session(vec![
        idle(0, &[CORRUPT], &["corrupt"], None),
        Step::OwnRunBegan { at: 1_000 },
        // Between two of our commands the lock is free.
        Step::Look {
            at: 2_000,
            build: Build::Idle,
            found: vec![("deleted", concern(Prospect::None))],
            undecided: vec!["corrupt"],
            show: vec!["corrupt"],
            again: None,
        },
        Step::BuildEnded { at: 2_500 },
        Step::Look {
            at: 2_900,
            build: Build::Idle,
            found: vec![("deleted", concern(Prospect::None))],
            undecided: vec![],
            show: vec![],
            again: None,
        },
        Step::OwnRunEnded { at: 5_000 },
        idle(
            5_000,
            &[("deleted", concern(Prospect::None))],
            &[],
            Some(5_300),
        ),
        idle(
            5_300,
            &[("deleted", concern(Prospect::None))],
            &["deleted"],
            None,
        ),
    ]);
}

#[test]
fn what_a_slow_clean_has_left_so_far_waits_for_its_end() {
    session(vec![
        idle(0, &[NEVER_BUILT], &[], Some(10_000)),
        Step::OutputChanged { at: 9_000 },
        idle(10_000, &[NEVER_BUILT], &[], Some(19_000)),
        idle(19_000, &[NEVER_BUILT], &["never built"], None),
    ]);
}

#[test]
fn the_earliest_of_several_decisions_calls_for_the_next_look() {
    session(vec![
        idle(
            20_000,
            &[NEVER_BUILT, corrupt_since(19_500)],
            &[],
            Some(21_500),
        ),
        idle(
            21_500,
            &[NEVER_BUILT, corrupt_since(19_500)],
            &["corrupt"],
            Some(30_000),
        ),
    ]);
}

#[test]
fn no_grace_means_no_wait() {
    let mut quiet = Quiet::new(Duration::ZERO);
    let sight = Sight {
        build: Build::Idle,
        concerns: [NEVER_BUILT].into(),
        undecided: BTreeSet::new(),
    };
    let decision = quiet.looked(moment(0), &sight);
    assert_eq!(decision.show, ["never built"].into());
}
