//! What is said at a place where a macro is used: the effect there, and its cause in one sentence. Pure text out of verdicts.

use super::group::Sharing;
use super::phrases::{Subject, damage, rustc_names, with_version};
use super::reason::{MissingReason, PlatformMismatch, Verdict};
use crate::inspect::{InspectedMacro, LastBuild};
use crate::names::RustcVersion;

/// What becomes of a macro where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// rust-analyzer cannot load it.
    NotExpanded,
    /// It is expanded as it was before its last rebuild failed.
    OldCode,
}

impl Effect {
    /// In words that stand behind the macro's name.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::NotExpanded => "will not expand",
            Self::OldCode => "expands with old code",
        }
    }
}

/// What to say where a macro is used; `None` where nothing is: a merely stale one shows in the manifest alone.
pub(crate) fn at_use(inspected: &InspectedMacro) -> Option<(Effect, String)> {
    let name = with_version(inspected);
    let cause = match &inspected.verdict {
        Verdict::Missing(reason) => missing(reason, &name),
        Verdict::Corrupt(corruption) => {
            let alone = Subject::of(&[inspected], Sharing::Cause);
            format!("the built {name} {}", damage(corruption, &alone))
        }
        Verdict::WrongPlatform(
            PlatformMismatch::Format { built, wanted }
            | PlatformMismatch::Architecture { built, wanted },
        ) => format!("{name} is built for {built}, but this machine runs {wanted}"),
        Verdict::WrongPlatform(PlatformMismatch::LibcTooOld { built, wanted }) => {
            format!("{name} needs {built}, but this machine has {wanted}")
        }
        Verdict::WrongRustc { built, wanted, .. } => wrong_rustc(built.as_ref(), wanted, &name),
        Verdict::Stale(_) if inspected.last_build == LastBuild::Stopped => {
            let cause = format!(
                "the last build of {name} stopped before it was done; what was saved last may not compile"
            );
            return Some((Effect::OldCode, cause));
        }
        Verdict::Fresh | Verdict::Building | Verdict::Stale(_) | Verdict::Unknown(_) => {
            return None;
        }
    };
    Some((Effect::NotExpanded, cause))
}

fn missing(reason: &MissingReason, name: &str) -> String {
    match reason {
        MissingReason::Deleted => format!("the built {name} is gone"),
        MissingReason::NeverBuilt | MissingReason::BuildDirectoryAbsent => {
            format!("{name} is not built yet")
        }
        MissingReason::Interrupted => {
            format!("the last build stopped before {name} was done")
        }
    }
}

fn wrong_rustc(built: Option<&RustcVersion>, wanted: &RustcVersion, name: &str) -> String {
    let (built, wanted) = rustc_names(built, wanted);
    format!("{name} was built by {built}, but this workspace uses {wanted}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_raw_string_hashes)]

    use expect_test::expect;

    use super::*;
    use crate::names::RustcVersion;
    use crate::verdict::fixtures::inspected;
    use crate::verdict::{Corruption, RustcPlace, StaleReason, UnknownReason};

    #[test]
    fn one_sentence_for_each_cause() {
        let rustc =
            |version: &str| RustcVersion::new(format!("rustc {version} (0123abc 2026-01-01)"));
        let source_changed = || {
            Verdict::Stale(StaleReason::SourceChanged {
                path: "/w/src/lib.rs".into(),
            })
        };
        let mut said = Vec::new();
        for (verdict, last_build) in [
            (
                Verdict::Missing(MissingReason::Deleted),
                LastBuild::Complete,
            ),
            (
                Verdict::Missing(MissingReason::NeverBuilt),
                LastBuild::Complete,
            ),
            (
                Verdict::Missing(MissingReason::BuildDirectoryAbsent),
                LastBuild::Complete,
            ),
            (
                Verdict::Missing(MissingReason::Interrupted),
                LastBuild::Stopped,
            ),
            (
                Verdict::Corrupt(Corruption::Truncated {
                    promised: 9_321_448,
                    found: 4_096,
                }),
                LastBuild::Complete,
            ),
            (
                Verdict::WrongPlatform(PlatformMismatch::Architecture {
                    built: "ARM64".to_owned(),
                    wanted: "x86-64".to_owned(),
                }),
                LastBuild::Complete,
            ),
            (
                Verdict::WrongPlatform(PlatformMismatch::LibcTooOld {
                    built: "glibc 2.41".to_owned(),
                    wanted: "glibc 2.36".to_owned(),
                }),
                LastBuild::Complete,
            ),
            (
                Verdict::WrongRustc {
                    built: Some(rustc("1.94.1")),
                    wanted: rustc("1.95.0"),
                    place: RustcPlace::Expected,
                },
                LastBuild::Complete,
            ),
            (
                Verdict::WrongRustc {
                    built: None,
                    wanted: rustc("1.95.0"),
                    place: RustcPlace::Beside,
                },
                LastBuild::Complete,
            ),
            (source_changed(), LastBuild::Stopped),
            (source_changed(), LastBuild::Complete),
            (Verdict::Fresh, LastBuild::Complete),
            (Verdict::Building, LastBuild::Stopped),
            (Verdict::Unknown(UnknownReason::NoExec), LastBuild::Complete),
        ] {
            let mut inspected = inspected(&["serde_derive"], verdict);
            inspected.last_build = last_build;
            said.push(match at_use(&inspected) {
                Some((effect, cause)) => format!("{}: {cause}", effect.in_words()),
                None => "-".to_owned(),
            });
        }
        expect![[r#"
            will not expand: the built `serde_derive` 1.0.2 is gone
            will not expand: `serde_derive` 1.0.2 is not built yet
            will not expand: `serde_derive` 1.0.2 is not built yet
            will not expand: the last build stopped before `serde_derive` 1.0.2 was done
            will not expand: the built `serde_derive` 1.0.2 is cut short (4,096 of 9,321,448 bytes)
            will not expand: `serde_derive` 1.0.2 is built for ARM64, but this machine runs x86-64
            will not expand: `serde_derive` 1.0.2 needs glibc 2.41, but this machine has glibc 2.36
            will not expand: `serde_derive` 1.0.2 was built by rustc 1.94.1, but this workspace uses rustc 1.95.0
            will not expand: `serde_derive` 1.0.2 was built by another rustc, but this workspace uses rustc 1.95.0
            expands with old code: the last build of `serde_derive` 1.0.2 stopped before it was done; what was saved last may not compile
            -
            -
            -
            -"#]].assert_eq(&said.join("\n"));
    }
}
