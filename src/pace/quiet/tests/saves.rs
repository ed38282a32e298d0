//! What becomes of a saved source: which build decides whether it is shown.

use super::*;

#[test]
fn a_saved_source_waits_for_its_own_rebuild() {
    session(vec![
        building(0, &[], &[], &[]),
        // Saved while another build runs: that one does not read it any more.
        building(1_000, &[STALE], &[], &[]),
        Step::BuildEnded { at: 2_000 },
        idle(2_300, &[STALE], &[], Some(12_000)),
        building(2_500, &[], &[], &[]),
        Step::BuildEnded { at: 4_000 },
        idle(4_300, &[STALE], &["stale"], None),
    ]);
}

#[test]
fn a_failed_build_between_two_looks_is_that_of_the_save() {
    session(vec![
        idle(0, &[], &[], None),
        Step::Saved { at: 5_000 },
        Step::NobodyBuilt { at: 5_000 },
        Step::BuildEnded { at: 5_200 },
        idle(5_500, &[STALE], &[STALE.0], None),
    ]);
}

#[test]
fn a_look_during_the_failed_build_makes_no_difference() {
    session(vec![
        idle(0, &[], &[], None),
        Step::Saved { at: 5_000 },
        Step::NobodyBuilt { at: 5_000 },
        building(5_300, &[], &[], &[]),
        Step::BuildEnded { at: 5_400 },
        idle(5_700, &[STALE], &[STALE.0], None),
    ]);
}

#[test]
fn a_build_that_was_running_at_the_save_decides_nothing() {
    session(vec![
        idle(0, &[], &[], None),
        Step::Saved { at: 5_000 },
        // The lock was held: nothing is said of that moment.
        Step::BuildEnded { at: 5_200 },
        idle(5_500, &[STALE], &[], Some(15_500)),
    ]);
}

#[test]
fn what_a_build_left_behind_began_with_it() {
    session(vec![
        idle(0, &[], &[], None),
        building(1_000, &[], &[], &[]),
        // Saved during the build, whose cargo is then killed; its compiler goes on.
        Step::Saved { at: 1_500 },
        Step::BuildEnded { at: 2_000 },
        orphaned(2_300, &[STALE], &[]),
        orphaned(6_000, &[STALE], &[]),
        Step::BuildEnded { at: 8_000 },
        idle(8_300, &[STALE], &[], Some(18_000)),
    ]);
    session(vec![
        idle(0, &[CORRUPT], &[CORRUPT.0], None),
        // What is shown stays, and nothing else shows before the end.
        orphaned(2_300, &[NEVER_BUILT], &[CORRUPT.0]),
        Step::BuildEnded { at: 8_000 },
        idle(8_300, &[NEVER_BUILT], &[NEVER_BUILT.0], None),
    ]);
}

#[test]
fn what_comes_from_no_save_is_dated_by_the_look() {
    session(vec![
        Step::Saved { at: 1_000 },
        idle(2_000, &[], &[], None),
        Step::NobodyBuilt { at: 5_000 },
        Step::BuildEnded { at: 5_200 },
        idle(5_500, &[STALE], &[], Some(15_500)),
    ]);
}

#[test]
fn a_source_that_is_saved_again_waits_again() {
    session(vec![
        Step::Saved { at: 0 },
        idle(300, &[STALE], &[], Some(10_300)),
        building(600, &[], &[], &[]),
        // Between the end of that build and the look after it.
        Step::BuildEnded { at: 2_000 },
        Step::Saved { at: 2_200 },
        idle(2_300, &[STALE], &[], Some(12_200)),
        building(4_000, &[], &[], &[]),
        // While the build runs: it may not have read this.
        Step::Saved { at: 4_500 },
        Step::BuildEnded { at: 6_000 },
        idle(6_300, &[STALE], &[], Some(16_000)),
        // A build too short to be seen running, but begun after all that.
        Step::BuildEnded { at: 8_000 },
        idle(8_300, &[STALE], &["stale"], None),
    ]);
}

#[test]
fn a_rebuild_that_mends_it_is_never_heard_of() {
    session(vec![
        idle(0, &[STALE], &[], Some(10_000)),
        building(500, &[STALE], &[], &[]),
        Step::BuildEnded { at: 3_000 },
        idle(3_300, &[], &[], None),
        // Saved again: a new wait.
        idle(20_000, &[STALE], &[], Some(30_000)),
    ]);
}

#[test]
fn one_end_that_is_told_twice_is_no_build_that_came_after_the_save() {
    session(vec![
        idle(0, &[STALE], &[], Some(10_000)),
        Step::OwnRunBegan { at: 300 },
        // Saved again: the run is stopped, and its lock is heard of before its end, and later than that.
        Step::Saved { at: 1_000 },
        Step::BuildEnded { at: 1_005 },
        Step::OwnRunStopped { at: 1_010 },
        idle(1_020, &[STALE], &[], Some(11_010)),
        Step::BuildEnded { at: 1_050 },
        idle(1_350, &[STALE], &[], Some(11_050)),
        // Nobody saves: what comes of the next run is shown, if it was not stopped too.
        Step::OwnRunBegan { at: 2_000 },
        Step::OwnRunStopped { at: 3_000 },
        idle(3_010, &[STALE], &[], Some(13_000)),
        Step::OwnRunBegan { at: 4_000 },
        Step::OwnRunEnded { at: 5_000 },
        idle(5_010, &[STALE], &[], Some(5_300)),
        idle(5_300, &[STALE], &["stale"], None),
    ]);
    session(vec![
        idle(0, &[], &[], None),
        building(1_000, &[], &[], &[]),
        // Saved during a build, whose end a look sees before the event comes.
        Step::Saved { at: 1_500 },
        idle(2_000, &[STALE], &[], Some(12_000)),
        Step::BuildEnded { at: 2_100 },
        idle(2_400, &[STALE], &[], Some(12_100)),
    ]);
}
