//! What happens on the left, what is done on the right. A job ends where its event says so.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;

const BUILD: Orders = Orders {
    builds: Builds::OnEveryEdit,
    mends: Mends::Nothing,
};
const FIX: Orders = Orders {
    builds: Builds::Never,
    mends: Mends::WhatBreaks,
};
const BOTH: Orders = Orders {
    builds: Builds::OnEveryEdit,
    mends: Mends::WhatBreaks,
};
const NEITHER: Orders = Orders {
    builds: Builds::Never,
    mends: Mends::Nothing,
};

struct Play {
    course: Course,
    now: Moment,
    out: String,
}

impl Play {
    fn new(orders: Orders) -> Self {
        Self {
            course: Course::new(orders),
            now: Moment(Duration::from_secs(100)),
            out: String::new(),
        }
    }

    /// Started, looked at, and, where builds are ordered, built for the first time.
    fn begun(orders: Orders) -> Self {
        let mut play = Self::new(orders);
        play.now("started", Event::Started).now("fresh", fresh());
        if orders.builds == Builds::OnEveryEdit {
            play.now("good", good(0)).now("fresh", fresh());
        }
        play.out.clear();
        play
    }

    fn now(&mut self, words: &str, event: Event) -> &mut Self {
        let actions = self.course.on(event, self.now);
        let _ = writeln!(self.out, "{words}: {}", told(&actions));
        self
    }

    /// Lets the time pass until something falls due.
    fn wait(&mut self) -> &mut Self {
        match self.course.due() {
            None => self.out.push_str("nothing falls due\n"),
            Some(due) => {
                let waited = due.0.saturating_sub(self.now.0);
                self.now = due.max(self.now);
                let words = format!("after {} ms", waited.as_millis());
                self.now(&words, Event::Due);
            }
        }
        self
    }

    fn pass(&mut self, milliseconds: u64) -> &mut Self {
        self.now = self.now.after(Duration::from_millis(milliseconds));
        self
    }

    /// An edit, up to what it leads to.
    fn edit(&mut self) -> &mut Self {
        self.now("an event", Event::Inputs)
            .wait()
            .now("edited", Event::Compared(Difference::Edited))
    }

    fn check(&self, expected: &Expect) {
        expected.assert_eq(&self.out);
    }
}

fn told(actions: &[Action]) -> String {
    let words: Vec<String> = actions
        .iter()
        .map(|action| match action {
            Action::Show { certain } if certain.is_empty() => "show nothing wrong".to_owned(),
            Action::Show { certain } => {
                let names: Vec<&str> = certain.iter().map(name).collect();
                format!("show {}", names.join(" "))
            }
            Action::Mend(packages) => format!("mend {}", packages.len()),
            Action::Compare => "compare".to_owned(),
            Action::Look => "look".to_owned(),
            Action::Build => "build".to_owned(),
            Action::Cancel => "cancel".to_owned(),
            Action::Release => "release".to_owned(),
            Action::HoldBack => "hold back".to_owned(),
        })
        .collect();
    words.join(", ")
}

fn name(trouble: &Trouble) -> &str {
    match trouble {
        Trouble::Macro { verdict, .. } => verdict,
        Trouble::Other { message, .. } => message,
    }
}

fn view(health: Health) -> View {
    View {
        health,
        build: Build::Idle,
        troubles: BTreeMap::new(),
        fresh: BTreeSet::new(),
        mendable: BTreeMap::new(),
    }
}

fn fresh() -> Event {
    Event::Looked(View {
        fresh: [PackageId::new("mac")].into(),
        ..view(Health::Fresh)
    })
}

fn unreadable() -> Event {
    Event::Looked(view(Health::Unreadable))
}

fn busy() -> Event {
    Event::Looked(View {
        build: Build::Running,
        ..view(Health::Busy)
    })
}

fn broken(verdict: &str, remediable: Remediable) -> Event {
    let trouble = Trouble::Macro {
        package: PackageId::new("mac"),
        verdict: verdict.to_owned(),
    };
    let concern = Concern {
        prospect: crate::server::quiet::Prospect::None,
        outputs_changed: None,
    };
    Event::Looked(View {
        troubles: [(trouble.clone(), concern)].into(),
        mendable: [(trouble, remediable)].into(),
        ..view(Health::Broken)
    })
}

fn deleted() -> Event {
    broken("deleted", Remediable::Always)
}

fn stale() -> Event {
    broken("stale", Remediable::UnlessSourcesAreBroken)
}

fn good(number: u64) -> Event {
    Event::Built(Built::Good(Products::numbered(number)))
}

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
            an event: 
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
            an event: 
            after 120 ms: compare
            alike: 
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
            an event: 
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
            ended: 
            nothing falls due
            an event: 
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
            an event: 
            after 120 ms: compare
            edited: build
            an event: 
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
            an event: 
            after 120 ms: compare
            edited: build
            an event: 
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
            an event: 
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
            an event: 
            after 120 ms: compare
            edited: build
            good: look
            deleted: show nothing wrong
            after 300 ms: look
            deleted: show deleted, hold back
            an output: 
            after 300 ms: look
            deleted: show deleted
            an output: 
            after 300 ms: look
            fresh: show nothing wrong, release
        "#]]);
}

#[test]
fn another_build_is_waited_for() {
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
            an event: 
            after 120 ms: compare
            edited: build
            good: look
            busy: show nothing wrong
            after 2000 ms: look
            busy: show nothing wrong
            ended: 
            after 300 ms: look
            fresh: show nothing wrong, release
        "#]]);
}

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
            an output: 
            after 300 ms: look
            deleted: show deleted, mend 1
            not mended: look
            deleted: show deleted
            nothing falls due
            deleted: show deleted
            nothing falls due
            an event: 
            after 120 ms: compare
            edited: 
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
            an output: 
            after 300 ms: look
            deleted: show deleted, mend 1
            mended: look
            fresh: show nothing wrong
            an output: 
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
            an output: 
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
            an event: 
            after 120 ms: compare
            edited: build
            failed: look
            stale: show stale
            an output: 
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
            an output: 
            after 300 ms: look
            deleted: show deleted, mend 1
            an event: 
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
            an output: 
            after 300 ms: look
            busy: show nothing wrong
            ended: 
            after 300 ms: look
            fresh: show nothing wrong
            nothing falls due
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
            an event: 
            after 120 ms: compare
            edited: build
            failed: look
            unreadable: show nothing wrong
            an event: 
            after 120 ms: compare
            edited: build
            good: look
            fresh: show nothing wrong, release
        "#]]);
}
