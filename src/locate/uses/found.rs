//! What a name stands for, put together from what several imports of it lead to.

use std::collections::BTreeSet;

use super::crates::Certainty;

/// What a name stands for in the macro namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// A proc macro of this crate.
    ProcMacro(usize),
    /// A macro, but no proc macro of the workspace.
    Other,
    /// Nothing of that name.
    Nothing,
    /// It cannot be told.
    Unknown,
}

/// What several imports of one name lead to.
#[derive(Default)]
pub(super) struct Found {
    proc_macros: BTreeSet<usize>,
    other: Option<Certainty>,
    unknown: Option<Certainty>,
    is_possible: bool,
}

impl Found {
    pub(super) fn add(&mut self, answer: Answer, certainty: Certainty) {
        let note = |slot: &mut Option<Certainty>| {
            if *slot != Some(Certainty::Certain) {
                *slot = Some(certainty);
            }
        };
        match answer {
            Answer::ProcMacro(krate) => {
                self.proc_macros.insert(krate);
                self.is_possible |= certainty == Certainty::Possible;
            }
            Answer::Other => note(&mut self.other),
            Answer::Unknown => note(&mut self.unknown),
            Answer::Nothing => {}
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let mut all = self.proc_macros.iter();
        match (all.next(), all.next()) {
            (Some(krate), None) if self.other.is_none() => {
                // One name is imported once in each namespace: what cannot be told is then no macro, unless only one of them counts.
                if self.unknown.is_some() && self.is_possible {
                    Answer::Unknown
                } else {
                    Answer::ProcMacro(*krate)
                }
            }
            (Some(_), _) => Answer::Unknown,
            (None, _) if self.other.is_some() => Answer::Other,
            (None, _) if self.unknown.is_some() => Answer::Unknown,
            (None, _) => Answer::Nothing,
        }
    }
}
