//! A verdict in brief: the few words that it gets in a list, and its mark. The full sentence, for those who see one finding at a time, is
//! `verdict::words`'.

use camino::Utf8Path;

use crate::cli::terminal::{Look, Tone};
use crate::names::RustcVersion;
use crate::verdict::script_output::run_directory_of;
use crate::verdict::{
    Corruption, MissingReason, PlatformMismatch, RustcPlace, StaleReason, UnknownReason,
    VariableChange, Verdict, rustc_names, thousands, way,
};

const CARGO_CALLS_IT_FRESH: &str = "cargo calls it fresh; removing and rebuilding mends it";

/// The sign before a verdict: whether the macro expands, expands with old code, or is not known to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It expands.
    Healthy,
    /// It will not expand.
    Broken,
    /// It expands with old code, or something else asks for a look.
    Doubtful,
    /// It is not known.
    Unknown,
}

impl Mark {
    /// The mark of a verdict.
    pub(crate) fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Fresh => Self::Healthy,
            Verdict::Missing(_)
            | Verdict::Corrupt(_)
            | Verdict::WrongPlatform(_)
            | Verdict::WrongRustc { .. } => Self::Broken,
            Verdict::Stale(_) => Self::Doubtful,
            Verdict::Building | Verdict::Unknown(_) => Self::Unknown,
        }
    }

    /// The tone it is painted in.
    pub(super) fn tone(self) -> Tone {
        match self {
            Self::Healthy => Tone::Good,
            Self::Broken => Tone::Bad,
            Self::Doubtful => Tone::Doubtful,
            Self::Unknown => Tone::Neutral,
        }
    }

    /// The sign itself.
    pub(super) fn sign(self, look: Look) -> &'static str {
        match self {
            Self::Healthy => look.either("✓", "ok"),
            Self::Broken => look.either("✗", "x"),
            Self::Doubtful => "!",
            Self::Unknown => "?",
        }
    }
}

/// What happened, in a few words without a full stop; paths are shown by `show`.
pub(crate) fn what_happened(verdict: &Verdict, show: &dyn Fn(&Utf8Path) -> String) -> String {
    match verdict {
        Verdict::Fresh => "fresh".to_owned(),
        Verdict::Missing(reason) => missing(reason).to_owned(),
        Verdict::Corrupt(damage) => corrupt(damage),
        Verdict::WrongPlatform(mismatch) => wrong_platform(mismatch),
        Verdict::WrongRustc { built, wanted, .. } => wrong_rustc(built.as_ref(), wanted),
        Verdict::Stale(reason) => stale(reason, show),
        Verdict::Building => "a build is at work on it".to_owned(),
        Verdict::Unknown(reason) => unknown(reason, show),
    }
}

/// What happened to all of them alike, or `None` where it differs.
pub(super) fn common_cause<'all>(
    verdicts: impl IntoIterator<Item = &'all Verdict>,
    show: &dyn Fn(&Utf8Path) -> String,
) -> Option<String> {
    let mut causes = verdicts.into_iter().map(|verdict| match verdict {
        // The ways to one changed file may differ; the file is the cause.
        Verdict::Stale(reason) => stale(reason.root(), show),
        other => what_happened(other, show),
    });
    let first = causes.next()?;
    causes.all(|other| other == first).then_some(first)
}

/// What it means beyond that, where cargo alone will not come to see it or the cause lies elsewhere.
pub(super) fn what_it_means(verdict: &Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Corrupt(_)
        | Verdict::WrongRustc {
            place: RustcPlace::Expected,
            ..
        }
        | Verdict::Stale(StaleReason::ContentChanged { .. }) => Some(CARGO_CALLS_IT_FRESH),
        Verdict::WrongPlatform(_) => {
            Some("is the target directory shared with another machine or container?")
        }
        Verdict::Stale(StaleReason::BuildOutputLost { path })
            if run_directory_of(path).is_some() =>
        {
            Some("cargo will not bring it back; the package has to be cleaned first")
        }
        Verdict::Stale(StaleReason::SourceInFuture { .. }) => {
            Some("cargo rebuilds it on every run until that time has come")
        }
        Verdict::Stale(reason)
            if matches!(reason.root(), StaleReason::WatchedFileMissing { .. }) =>
        {
            Some("cargo rebuilds it on every run as long as that file is not there")
        }
        _ => None,
    }
}

fn missing(reason: &MissingReason) -> &'static str {
    match reason {
        MissingReason::NeverBuilt => "not built yet",
        MissingReason::Deleted => "deleted after it was built",
        MissingReason::Interrupted => "its build began and did not end",
        MissingReason::BuildDirectoryAbsent => "nothing is built here yet",
    }
}

fn corrupt(damage: &Corruption) -> String {
    match damage {
        Corruption::Empty => "empty: the file has 0 bytes".to_owned(),
        Corruption::Truncated { promised, found } => {
            format!(
                "cut short: {} of {} bytes",
                thousands(*found),
                thousands(*promised)
            )
        }
        Corruption::NotADylib { looks_like } => {
            format!("{looks_like}, not a dynamic library")
        }
        Corruption::NotAProcMacro => "a dynamic library, but not one of a proc macro".to_owned(),
        Corruption::WrongCrate { expected, found } => {
            format!("the dylib of `{found}` lies where `{expected}` belongs")
        }
        Corruption::NotAFile { is } => format!("not a file: it is {is}"),
        Corruption::ContentAltered { part: None } => "altered after it was built".to_owned(),
        Corruption::ContentAltered { part: Some(part) } => {
            format!("altered after it was built, in {part}")
        }
    }
}

fn wrong_platform(mismatch: &PlatformMismatch) -> String {
    match mismatch {
        PlatformMismatch::Format { built, wanted }
        | PlatformMismatch::Architecture { built, wanted } => {
            format!("built for {built}; this machine runs {wanted}")
        }
        PlatformMismatch::LibcTooOld { built, wanted } => {
            format!("needs {built}; this machine has {wanted}")
        }
    }
}

fn wrong_rustc(built: Option<&RustcVersion>, wanted: &RustcVersion) -> String {
    let (built, wanted) = rustc_names(built, wanted);
    format!("built by {built}; wanted is {wanted}")
}

fn stale(reason: &StaleReason, show: &dyn Fn(&Utf8Path) -> String) -> String {
    match reason {
        StaleReason::SourceChanged { path } => format!("{} changed since", show(path)),
        StaleReason::SourceMissing { path } => format!("{} is gone since", show(path)),
        StaleReason::SourceInFuture { path } => {
            format!("{} has a modification time in the future", show(path))
        }
        StaleReason::ContentChanged { path } => {
            format!(
                "{} is not what was built, though its time says so",
                show(path)
            )
        }
        StaleReason::DependencyChanged {
            dependency,
            chain,
            path,
            because,
        } => {
            let change = match (because, path) {
                (Some(because), _) => stale(because, show),
                (None, Some(path)) => format!("{} changed since", show(path)),
                (None, None) => format!("{dependency} changed since"),
            };
            if chain.len() < 2 {
                change
            } else {
                format!("{change} ({})", way(chain))
            }
        }
        StaleReason::EnvironmentChanged { variable, change } => match change {
            VariableChange::Set => format!("{variable} was not set, and is now"),
            VariableChange::Unset => format!("{variable} was set, and is not now"),
            VariableChange::OtherValue => format!("{variable} has another value now"),
        },
        StaleReason::VersionChanged { built, wanted } => match built {
            Some(built) => format!("version {built} is built, {wanted} is wanted"),
            None => format!("another version or variant than {wanted} is built"),
        },
        StaleReason::FeaturesChanged { built, wanted } => {
            format!("features changed: {}", difference(built, wanted))
        }
        StaleReason::RustflagsChanged { built, wanted } => {
            format!("compiler flags changed: {}", difference(built, wanted))
        }
        StaleReason::ProfileChanged => "the profile or the lints changed".to_owned(),
        StaleReason::ManifestChanged { what } => format!("{what} changed"),
        StaleReason::BuildScriptChanged { path: None } => {
            "its build script, or what that watches, changed".to_owned()
        }
        StaleReason::BuildScriptChanged { path: Some(path) } => {
            format!("{} changed, which its build script watches", show(path))
        }
        StaleReason::WatchedFileMissing { path } => {
            format!(
                "{} is not there, which its build script watches",
                show(path)
            )
        }
        StaleReason::BuildOutputLost { path } if run_directory_of(path).is_some() => {
            format!("{} is gone, which its build script wrote", show(path))
        }
        StaleReason::BuildOutputLost { path } => {
            format!("{} is gone, which an earlier build left", show(path))
        }
        StaleReason::DepInfoDamaged { .. } => {
            "cargo's list of its sources cannot be read".to_owned()
        }
        StaleReason::FingerprintLost { .. } => "cargo's record of its build is gone".to_owned(),
        StaleReason::Interrupted => "a rebuild began and did not end".to_owned(),
    }
}

fn unknown(reason: &UnknownReason, show: &dyn Fn(&Utf8Path) -> String) -> String {
    match reason {
        UnknownReason::Unreadable { path, error } => {
            format!("{} cannot be read: {error}", show(path))
        }
        UnknownReason::Ambiguous => {
            "several builds of it fit, and cargo did not say which".to_owned()
        }
        UnknownReason::Overridden => "rust-analyzer builds it by a command of your own".to_owned(),
        UnknownReason::NoExec => "reading alone does not tell".to_owned(),
        UnknownReason::Refused { words } => {
            format!("the proc-macro server cannot load it: {words}")
        }
    }
}

/// What came and what went, as `+new -old`; the order of what is in both does not show.
fn difference(built: &[String], wanted: &[String]) -> String {
    let added = wanted
        .iter()
        .filter(|name| !built.contains(name))
        .map(|name| format!("+{name}"));
    let removed = built
        .iter()
        .filter(|name| !wanted.contains(name))
        .map(|name| format!("-{name}"));
    let changes: Vec<String> = added.chain(removed).collect();
    if changes.is_empty() {
        "their order".to_owned()
    } else {
        changes.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_what_came_and_what_went() {
        let texts = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            difference(&texts(&["std", "a"]), &texts(&["a", "b"])),
            "+b -std"
        );
        assert_eq!(
            difference(&texts(&["a", "b"]), &texts(&["b", "a"])),
            "their order"
        );
    }

    #[test]
    fn equal_short_versions_are_told_apart_by_the_full_text() {
        let built =
            RustcVersion::new("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)");
        let wanted = RustcVersion::new("rustc 1.96.0 (ac68faa20 2026-05-25)");
        assert!(wrong_rustc(Some(&built), &wanted).contains("source tarball"));
    }
}
