//! Which macros fail for one cause, so that a person is told once. Pure, and silent about how it is told.

use std::mem::{Discriminant, discriminant};

use super::finding::Code;
use super::reason::{Corruption, MissingReason, RustcPlace, StaleReason, UnknownReason, Verdict};
use crate::inspect::InspectedMacro;

/// Macros with different causes of one kind are told of each by itself up to this many.
const TOLD_APART: usize = 3;

/// Macros that make one finding; never empty.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) code: Code,
    pub(super) macros: Vec<&'a InspectedMacro>,
    pub(super) sharing: Sharing,
}

/// What the macros of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// The very cause, in all details. A macro alone shares it with itself.
    Cause,
    /// The kind of cause: too many to be told of each.
    Kind,
}

/// The code of a verdict; `None` where there is nothing to tell.
pub(crate) fn code_of(verdict: &Verdict) -> Option<Code> {
    match verdict {
        Verdict::Fresh | Verdict::Building => None,
        Verdict::Missing(_) => Some(Code::DylibMissing),
        Verdict::Corrupt(_) => Some(Code::DylibCorrupt),
        Verdict::WrongPlatform(_) => Some(Code::DylibWrongPlatform),
        Verdict::WrongRustc { .. } => Some(Code::DylibWrongRustc),
        Verdict::Stale(_) => Some(Code::DylibStale),
        Verdict::Unknown(_) => Some(Code::DylibUnknown),
    }
}

/// Puts together what has one cause, and many of one kind.
pub(super) fn groups<'a>(macros: impl IntoIterator<Item = &'a InspectedMacro>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for inspected in macros {
        let Some(code) = code_of(&inspected.verdict) else {
            continue;
        };
        let shared = groups.iter_mut().find(|group| {
            group
                .macros
                .iter()
                .any(|other| same_cause(&other.verdict, &inspected.verdict))
        });
        match shared {
            Some(group) => group.macros.push(inspected),
            None => groups.push(Group {
                code,
                macros: vec![inspected],
                sharing: Sharing::Cause,
            }),
        }
    }
    put_together_by_kind(groups)
}

fn put_together_by_kind(groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    let (alone, mut done): (Vec<_>, Vec<_>) = groups
        .into_iter()
        .partition(|group| group.macros.len() == 1);
    let mut by_kind: Vec<(Kind, Vec<Group<'_>>)> = Vec::new();
    for group in alone {
        let Some(kind) = group.macros.first().map(|first| kind(&first.verdict)) else {
            continue;
        };
        match by_kind.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, groups)) => groups.push(group),
            None => by_kind.push((kind, vec![group])),
        }
    }
    for (_, mut groups) in by_kind {
        if groups.len() > TOLD_APART
            && let Some(code) = groups.first().map(|group| group.code)
        {
            done.push(Group {
                code,
                macros: groups.into_iter().flat_map(|group| group.macros).collect(),
                sharing: Sharing::Kind,
            });
        } else {
            done.append(&mut groups);
        }
    }
    done
}

/// Whether one cause, such as a switched toolchain or one changed file, made both verdicts.
fn same_cause(one: &Verdict, other: &Verdict) -> bool {
    match (one, other) {
        // What happened to one dylib says nothing of another.
        (Verdict::Corrupt(_) | Verdict::Missing(MissingReason::Deleted), _) => false,
        (Verdict::Stale(one), Verdict::Stale(other)) => match one.root() {
            StaleReason::VersionChanged { .. }
            | StaleReason::FeaturesChanged { .. }
            | StaleReason::BuildScriptChanged { path: None } => false,
            root => root == other.root(),
        },
        _ => one == other,
    }
}

#[derive(Debug, PartialEq)]
enum Kind {
    Missing(Discriminant<MissingReason>),
    Corrupt(Discriminant<Corruption>),
    WrongRustc(RustcPlace),
    Stale(Discriminant<StaleReason>),
    Unknown(Discriminant<UnknownReason>),
    Other(Discriminant<Verdict>),
}

fn kind(verdict: &Verdict) -> Kind {
    match verdict {
        Verdict::Missing(reason) => Kind::Missing(discriminant(reason)),
        Verdict::Corrupt(reason) => Kind::Corrupt(discriminant(reason)),
        Verdict::WrongRustc { place, .. } => Kind::WrongRustc(*place),
        Verdict::Stale(reason) => Kind::Stale(discriminant(reason.root())),
        Verdict::Unknown(reason) => Kind::Unknown(discriminant(reason)),
        other => Kind::Other(discriminant(other)),
    }
}
