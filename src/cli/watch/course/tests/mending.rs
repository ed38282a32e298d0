//! What breaks, and is mended.

use super::*;

#[test]
fn what_breaks_is_mended_once() {
    let mut play = Play::begun(FIX);
    play.now("an output", Event::Outputs)
        .wait()
        .now("deleted", deleted())
        .now("not mended", Event::Mended(Mended::NotDone))
        .now("deleted", deleted())
        .wait()
        .now("deleted", deleted())
        .wait()
        .edit()
        .wait()
        .now("deleted", deleted())
        .now("mended", Event::Mended(Mended::Done))
        .now("fresh", fresh())
        .check(&expect![[r#"
            an output: nothing
            after 300 ms: look
            deleted: show deleted, mend 1
            not mended: look
            deleted: show deleted
            nothing falls due
            deleted: show deleted
            nothing falls due
            an event: nothing
            after 120 ms: compare
            edited: nothing
            after 300 ms: look
            deleted: show deleted, mend 1
            mended: look
            fresh: show nothing wrong
        "#]]);
}

#[test]
fn what_breaks_again_is_mended_again() {
    let mut play = Play::begun(FIX);
    play.now("an output", Event::Outputs)
        .wait()
        .now("deleted", deleted())
        .now("mended", Event::Mended(Mended::Done))
        .now("fresh", fresh())
        .now("an output", Event::Outputs)
        .pass(300)
        .wait()
        .now("deleted", deleted())
        .check(&expect![[r#"
            an output: nothing
            after 300 ms: look
            deleted: show deleted, mend 1
            mended: look
            fresh: show nothing wrong
            an output: nothing
            after 0 ms: look
            deleted: show deleted, mend 1
        "#]]);
}

#[test]
fn nothing_is_mended_unasked() {
    let mut play = Play::begun(NEITHER);
    play.now("an output", Event::Outputs)
        .wait()
        .now("deleted", deleted())
        .wait()
        .check(&expect![[r#"
            an output: nothing
            after 300 ms: look
            deleted: show deleted
            nothing falls due
        "#]]);
}

#[test]
fn sources_that_do_not_compile_are_not_mended_a_broken_dylib_is() {
    let mut play = Play::begun(BOTH);
    play.edit()
        .now("failed", Event::Built(Built::Failed))
        .pass(300)
        .now("stale", stale())
        .now("an output", Event::Outputs)
        .wait()
        .now("deleted", deleted())
        .now("mended", Event::Mended(Mended::Done))
        .now("good", good(1))
        .now("fresh", fresh())
        .check(&expect![[r#"
            an event: nothing
            after 120 ms: compare
            edited: build
            failed: look
            stale: show stale
            an output: nothing
            after 300 ms: look
            deleted: show deleted, mend 1
            mended: build
            good: look
            fresh: show nothing wrong, release
        "#]]);
}

#[test]
fn an_edit_stops_the_mending() {
    let mut play = Play::begun(BOTH);
    play.now("an output", Event::Outputs)
        .wait()
        .now("deleted", deleted())
        .edit()
        .now("cancelled", Event::Mended(Mended::Cancelled))
        .check(&expect![[r#"
            an output: nothing
            after 300 ms: look
            deleted: show deleted, mend 1
            an event: nothing
            after 120 ms: compare
            edited: cancel
            cancelled: build
        "#]]);
}

#[test]
fn nothing_new_is_shown_while_somebody_builds() {
    let mut play = Play::begun(NEITHER);
    play.now("an output", Event::Outputs)
        .wait()
        .now("busy", busy())
        .pass(100)
        .now("ended", Event::BuildEnded)
        .wait()
        .now("fresh", fresh())
        .wait()
        .check(&expect![[r#"
            an output: nothing
            after 300 ms: look
            busy: show nothing wrong
            ended: nothing
            after 300 ms: look
            fresh: show nothing wrong
            nothing falls due
        "#]]);
}

#[test]
fn what_a_round_finds_is_mended_and_one_that_finds_nothing_is_silent() {
    let mut play = Play::begun(FIX);
    play.now("a round", Event::Round)
        .now("nothing", fresh())
        .now("a round", Event::Round)
        .now("deleted", deleted());
    play.check(&expect![[r#"
        a round: look
        nothing: show nothing wrong
        a round: look
        deleted: show deleted, mend 1
    "#]]);
}
