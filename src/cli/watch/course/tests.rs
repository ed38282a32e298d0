//! What happens on the left, what is done on the right. A job ends where its event says so.

#![allow(clippy::needless_raw_string_hashes)]

mod building;
mod mending;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::pace::quiet::Concern;

const BUILD: Orders = Orders {
    builds: Builds::OnEveryEdit,
    mends: Mends::Nothing,
    releases: Releases::AtOnce,
};
const FIX: Orders = Orders {
    builds: Builds::Never,
    mends: Mends::WhatBreaks,
    releases: Releases::AtOnce,
};
const BOTH: Orders = Orders {
    builds: Builds::OnEveryEdit,
    mends: Mends::WhatBreaks,
    releases: Releases::AtOnce,
};
const NEITHER: Orders = Orders {
    builds: Builds::Never,
    mends: Mends::Nothing,
    releases: Releases::AtOnce,
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
    if words.is_empty() {
        return "nothing".to_owned();
    }
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
        prospect: crate::pace::quiet::Prospect::None,
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
