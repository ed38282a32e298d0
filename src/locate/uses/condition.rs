//! `cfg` conditions, and what is known of them without asking the compiler.

use std::collections::BTreeSet;

/// A condition under which a part of a text counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// `feature = "…"`
    Feature(String),
    /// A single word, such as `test` or `unix`.
    Flag(String),
    /// Such as `target_os = "linux"`.
    Pair(String, String),
    /// What a macro makes of it, or what cannot be read.
    Unclear,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
    Unclear,
}

/// What a crate is built with, as far as that decides conditions.
#[derive(Debug, Clone, Default)]
pub(super) struct Configuration {
    pub(super) features: BTreeSet<String>,
    pub(super) side: Side,
}

/// Whose crate it is: rust-analyzer sets `test` and `debug_assertions` for the workspace's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Side {
    #[default]
    Workspace,
    Dependency,
}

impl Condition {
    pub(super) fn holds(&self, configuration: &Configuration) -> Holds {
        match self {
            Self::All(parts) => all(parts, configuration),
            Self::Any(parts) => {
                let mut found = Holds::No;
                for part in parts {
                    match part.holds(configuration) {
                        Holds::Yes => return Holds::Yes,
                        Holds::Unclear => found = Holds::Unclear,
                        Holds::No => {}
                    }
                }
                found
            }
            Self::Not(part) => match part.holds(configuration) {
                Holds::Yes => Holds::No,
                Holds::No => Holds::Yes,
                Holds::Unclear => Holds::Unclear,
            },
            Self::Feature(name) => yes_or_no(configuration.features.contains(name)),
            Self::Flag(name) => match (name.as_str(), configuration.side) {
                ("test" | "debug_assertions", Side::Workspace)
                | ("debug_assertions", Side::Dependency)
                | ("true", _) => Holds::Yes,
                ("test" | "doctest", Side::Dependency) | ("docsrs" | "doc" | "false", _) => {
                    Holds::No
                }
                ("unix", _) => yes_or_no(cfg!(unix)),
                ("windows", _) => yes_or_no(cfg!(windows)),
                _ => Holds::Unclear,
            },
            Self::Pair(name, value) => {
                // The host's; macros of code for another target are rare enough to be left unmarked.
                let known = match name.as_str() {
                    "target_os" => std::env::consts::OS,
                    "target_family" => std::env::consts::FAMILY,
                    "target_arch" => std::env::consts::ARCH,
                    _ => return Holds::Unclear,
                };
                yes_or_no(known == value)
            }
            Self::Unclear => Holds::Unclear,
        }
    }
}

/// Whether all of these conditions hold.
pub(super) fn all(conditions: &[Condition], configuration: &Configuration) -> Holds {
    let mut found = Holds::Yes;
    for condition in conditions {
        match condition.holds(configuration) {
            Holds::No => return Holds::No,
            Holds::Unclear => found = Holds::Unclear,
            Holds::Yes => {}
        }
    }
    found
}

fn yes_or_no(holds: bool) -> Holds {
    if holds { Holds::Yes } else { Holds::No }
}
