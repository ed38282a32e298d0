//! Edits, builds, releases.

use super::*;

#[test]
fn the_first_good_build_is_released() {
    let mut play = Play::new(BUILD);
    play.now("started", Event::Started)
        .now("missing", broken("never built", Remediable::Always))
        .now("good", good(1))
        .now("fresh", fresh())
        .wait()
        .check(&expect![[r#"
            started: look
            missing: build
            good: look
            fresh: show nothing wrong, release
            nothing falls due
        "#]]);
}

#[test]
fn an_edit_is_built_and_released() {
    let mut play = Play::begun(BUILD);
    play.edit()
        .now("good", good(1))
        .now("fresh", fresh())
        .wait()
        .check(&expect![[r#"
            an event: nothing
            after 120 ms: compare
            edited: build
            good: look
            fresh: show nothing wrong, release
            nothing falls due
        "#]]);
}

#[test]
fn a_swap_file_leads_to_a_look_and_no_build() {
    let mut play = Play::begun(BUILD);
    play.now("an event", Event::Inputs)
        .wait()
        .now("alike", Event::Compared(Difference::None))
        .wait()
        .now("fresh", fresh())
        .wait()
        .check(&expect![[r#"
            an event: nothing
            after 120 ms: compare
            alike: nothing
            after 180 ms: look
            fresh: show nothing wrong
            nothing falls due
        "#]]);
}

#[test]
fn a_build_that_made_nothing_new_releases_nothing() {
    let mut play = Play::begun(BUILD);
    play.edit()
        .now("good", good(0))
        .now("fresh", fresh())
        .check(&expect![[r#"
            an event: nothing
            after 120 ms: compare
            edited: build
            good: look
            fresh: show nothing wrong
        "#]]);
}

#[test]
fn after_the_service_ended_any_good_build_starts_it() {
    let mut play = Play::begun(BUILD);
    play.now("ended", Event::ServiceEnded)
        .wait()
        .edit()
        .now("good", good(0))
        .now("fresh", fresh())
        .check(&expect![[r#"
            ended: nothing
            nothing falls due
            an event: nothing
            after 120 ms: compare
            edited: build
            good: look
            fresh: show nothing wrong, release
        "#]]);
}

#[test]
fn a_newer_edit_stops_the_build_and_begins_another() {
    let mut play = Play::begun(BUILD);
    play.edit()
        .edit()
        .now("cancelled", Event::Built(Built::Cancelled))
        .now("good", good(1))
        .now("fresh", fresh())
        .check(&expect![[r#"
            an event: nothing
            after 120 ms: compare
            edited: build
            an event: nothing
            after 120 ms: compare
            edited: cancel
            cancelled: build
            good: look
            fresh: show nothing wrong, release
        "#]]);
}

#[test]
fn a_build_that_ended_before_it_could_be_stopped_is_not_released() {
    let mut play = Play::begun(BUILD);
    play.edit()
        .edit()
        .now("good", good(1))
        .now("good", good(2))
        .now("fresh", fresh())
        .check(&expect![[r#"
            an event: nothing
            after 120 ms: compare
            edited: build
            an event: nothing
            after 120 ms: compare
            edited: cancel
            good: build
            good: look
            fresh: show nothing wrong, release
        "#]]);
}

#[test]
fn a_failed_build_releases_nothing_and_is_not_repeated() {
    let mut play = Play::begun(BUILD);
    play.edit()
        .now("failed", Event::Built(Built::Failed))
        .now("stale", stale())
        .wait()
        .now("stale", stale())
        .wait()
        .check(&expect![[r#"
            an event: nothing
            after 120 ms: compare
            edited: build
            failed: look
            stale: show nothing wrong
            after 300 ms: look
            stale: show stale
            nothing falls due
        "#]]);
}

#[test]
fn a_good_build_with_a_broken_macro_is_held_back_until_that_is_mended() {
    let mut play = Play::begun(BUILD);
    play.edit()
        .now("good", good(1))
        .now("deleted", deleted())
        .wait()
        .now("deleted", deleted())
        .now("an output", Event::Outputs)
        .wait()
        .now("deleted", deleted())
        .now("an output", Event::Outputs)
        .wait()
        .now("fresh", fresh())
        .check(&expect![[r#"
            an event: nothing
            after 120 ms: compare
            edited: build
            good: look
            deleted: show nothing wrong
            after 300 ms: look
            deleted: show deleted, hold back
            an output: nothing
            after 300 ms: look
            deleted: show deleted
            an output: nothing
            after 300 ms: look
            fresh: show nothing wrong, release
        "#]]);
}

#[test]
fn another_build_is_waited_for_where_cargo_will_be_called() {
    let busy_but_fresh = || {
        Event::Looked(View {
            build: Build::Running,
            ..view(Health::Fresh)
        })
    };
    for (releases, expected) in [
        (
            Releases::AtOnce,
            expect![[r#"
                an event: nothing
                after 120 ms: compare
                edited: build
                good: look
                fresh, but busy: show nothing wrong, release
                ended: nothing
                after 300 ms: look
                fresh: show nothing wrong
            "#]],
        ),
        (
            Releases::WhenNobodyBuilds,
            expect![[r#"
                an event: nothing
                after 120 ms: compare
                edited: build
                good: look
                fresh, but busy: show nothing wrong
                ended: nothing
                after 300 ms: look
                fresh: show nothing wrong, release
            "#]],
        ),
    ] {
        let mut play = Play::begun(Orders { releases, ..BUILD });
        play.edit()
            .now("good", good(1))
            .now("fresh, but busy", busy_but_fresh())
            .now("ended", Event::BuildEnded)
            .wait()
            .now("fresh", fresh())
            .check(&expected);
    }
}

#[test]
fn the_end_of_another_build_is_waited_for_where_it_decides() {
    let mut play = Play::begun(BUILD);
    play.edit()
        .now("good", good(1))
        .now("busy", busy())
        .wait()
        .now("busy", busy())
        .pass(50)
        .now("ended", Event::BuildEnded)
        .wait()
        .now("fresh", fresh())
        .check(&expect![[r#"
            an event: nothing
            after 120 ms: compare
            edited: build
            good: look
            busy: show nothing wrong
            after 2000 ms: look
            busy: show nothing wrong
            ended: nothing
            after 300 ms: look
            fresh: show nothing wrong, release
        "#]]);
}

#[test]
fn a_workspace_that_cannot_be_read_is_built_when_it_can() {
    let mut play = Play::new(BUILD);
    play.now("started", Event::Started)
        .now("unreadable", unreadable())
        .wait()
        .edit()
        .now("failed", Event::Built(Built::Failed))
        .now("unreadable", unreadable())
        .edit()
        .now("good", good(1))
        .now("fresh", fresh())
        .check(&expect![[r#"
            started: look
            unreadable: show nothing wrong
            nothing falls due
            an event: nothing
            after 120 ms: compare
            edited: build
            failed: look
            unreadable: show nothing wrong
            an event: nothing
            after 120 ms: compare
            edited: build
            good: look
            fresh: show nothing wrong, release
        "#]]);
}
