//! What is said of stale macros: what changed since they were built, and what that asks for. Pure text.

use super::group::Sharing;
use super::phrases::{Subject, chain, environment, feature_changes, flags};
use super::reason::StaleReason;
use super::script_output::run_directory_of;
use super::words::Words;
use crate::inspect::InspectedMacro;

impl Words<'_> {
    /// The message for stale macros.
    pub(super) fn stale(&self, reason: &StaleReason, subject: &Subject) -> String {
        let them = subject.them();
        let is = subject.verb("is", "are");
        let expands = subject.verb("expands", "expand");
        let what = self.what_changed(reason, subject);
        match reason.root() {
            StaleReason::SourceInFuture { .. } => format!(
                "Cargo rebuilds {subject} on every run: {what}. Set the file's time to now (`touch`) and rebuild."
            ),
            StaleReason::WatchedFileMissing { .. } => format!(
                "Cargo rebuilds {subject} on every run: {what}. Bring the file back, or take it out of the build script."
            ),
            StaleReason::DepInfoDamaged { .. } | StaleReason::FingerprintLost { .. } => format!(
                "Whether {subject} {is} up to date cannot be known: {what}. Rebuild {them}."
            ),
            StaleReason::ContentChanged { .. } => format!(
                "{subject} {expands} with old code, and cargo will not notice: {what}. Remove {them} and rebuild."
            ),
            StaleReason::BuildOutputLost { path } if run_directory_of(path).is_none() => {
                format!(
                    "{subject} {} to be rebuilt: {what}. Rebuild {them}.",
                    subject.verb("has", "have")
                )
            }
            StaleReason::BuildOutputLost { .. } => format!(
                "{subject} cannot be rebuilt: {what}, and cargo will not write it again by itself. Clean the package and rebuild."
            ),
            StaleReason::SourceMissing { .. } => format!(
                "{subject} {expands} with old code: {what}. Bring it back, or rebuild without it."
            ),
            StaleReason::VersionChanged { .. }
            | StaleReason::FeaturesChanged { .. }
            | StaleReason::RustflagsChanged { .. } => format!(
                "{subject} {is} not built as this workspace now wants {them}: {what}. Rebuild {them}."
            ),
            _ => format!("{subject} {expands} with old code: {what}. Rebuild {them}."),
        }
    }

    /// A note at the file that changed, for one stale macro.
    pub(super) fn change_note(&self, inspected: &InspectedMacro, reason: &StaleReason) -> String {
        let name = &inspected.expected.name;
        let alone = Subject::of(&[inspected], Sharing::Cause);
        format!("{name}: {}", self.what_changed(reason, &alone))
    }

    fn what_changed(&self, reason: &StaleReason, subject: &Subject) -> String {
        if subject.is_of_a_kind() {
            return changes_of_a_kind(reason.root()).to_owned();
        }
        // What is told of a dependency's features, script or record is told of it, not of the macro.
        let owner = reason
            .changed_package()
            .map(|package| subject.called(package));
        let change = self.change(reason.root(), owner.as_ref().unwrap_or(subject), subject);
        format!("{change}{}", chain(reason, subject))
    }

    fn change(&self, root: &StaleReason, who: &Subject, built: &Subject) -> String {
        let its = who.its();
        let since = format!("changed after {} built", built.verb("it was", "they were"));
        match root {
            StaleReason::SourceChanged { path } => format!("{} {since}", self.path(path)),
            StaleReason::SourceMissing { path } => {
                format!("{its} source {} is gone", self.path(path))
            }
            StaleReason::SourceInFuture { path } => {
                format!("{} is dated in the future", self.path(path))
            }
            StaleReason::ContentChanged { path } => format!(
                "{} differs from what was built, though its time does not show it",
                self.path(path)
            ),
            StaleReason::DependencyChanged { path, .. } => match path {
                Some(path) => format!("{} {since}", self.path(path)),
                None => format!("{who} changed or was rebuilt since"),
            },
            StaleReason::EnvironmentChanged { variable, change } => environment(variable, *change),
            StaleReason::VersionChanged { built, wanted } => match built {
                Some(built) if built == wanted => {
                    format!(
                        "only another variant of {}{wanted} is built",
                        who.name_first()
                    )
                }
                Some(built) => format!("{}{built} is built, {wanted} is wanted", who.name_first()),
                None => format!(
                    "another version or variant than {}{wanted} is built",
                    who.name_first()
                ),
            },
            StaleReason::FeaturesChanged { built, wanted } => {
                format!("{its} features changed{}", feature_changes(built, wanted))
            }
            StaleReason::RustflagsChanged { built, wanted } => format!(
                "the compiler flags changed from {} to {}",
                flags(built),
                flags(wanted)
            ),
            StaleReason::ProfileChanged => format!("the profile or the lint settings {since}"),
            StaleReason::ManifestChanged { what } => format!("{what} {since}"),
            StaleReason::BuildScriptChanged { path } => match path {
                Some(path) => format!(
                    "{}, which {its} build script is made from or watches, changed",
                    self.path(path)
                ),
                None => format!("{its} build script, or what it watches, changed"),
            },
            StaleReason::WatchedFileMissing { path } => format!(
                "{}, which {its} build script watches, is not there",
                self.path(path)
            ),
            StaleReason::BuildOutputLost { path } => {
                let writer = match run_directory_of(path) {
                    Some(_) => "build script wrote",
                    None => "build left for later steps",
                };
                format!("{}, which {its} {writer}, is gone", self.path(path))
            }
            StaleReason::DepInfoDamaged { path } => format!(
                "cargo's list of {its} sources cannot be read ({})",
                self.path(path)
            ),
            StaleReason::FingerprintLost { path } => format!(
                "cargo's record of {its} build is gone or does not fit ({})",
                self.path(path)
            ),
            StaleReason::Interrupted => format!("{its} last rebuild stopped before it was done"),
        }
    }
}

/// What changed for many macros, each in its own place.
fn changes_of_a_kind(root: &StaleReason) -> &'static str {
    match root {
        StaleReason::SourceChanged { .. } => "their sources changed after they were built",
        StaleReason::SourceMissing { .. } => "sources of theirs are gone",
        StaleReason::SourceInFuture { .. } => "sources of theirs are dated in the future",
        StaleReason::ContentChanged { .. } => {
            "their sources differ from what was built, though the files' times do not show it"
        }
        StaleReason::DependencyChanged { .. } => "their dependencies changed or were rebuilt since",
        StaleReason::EnvironmentChanged { .. } => {
            "environment variables that their builds read have other values now"
        }
        StaleReason::VersionChanged { .. } => "other versions are built than are wanted",
        StaleReason::FeaturesChanged { .. } => "their features changed",
        StaleReason::RustflagsChanged { .. } => "the compiler flags changed",
        StaleReason::ProfileChanged => {
            "the profile or the lint settings changed after they were built"
        }
        StaleReason::ManifestChanged { .. } => {
            "their manifests or cargo's configuration changed after they were built"
        }
        StaleReason::BuildScriptChanged { .. } => {
            "their build scripts, or what these watch, changed"
        }
        StaleReason::WatchedFileMissing { .. } => {
            "files that their build scripts watch are not there"
        }
        StaleReason::BuildOutputLost { .. } => {
            "files that their builds left for later steps are gone"
        }
        StaleReason::DepInfoDamaged { .. } => "cargo's lists of their sources cannot be read",
        StaleReason::FingerprintLost { .. } => {
            "cargo's records of their builds are gone or do not fit"
        }
        StaleReason::Interrupted => "their last rebuild stopped before it was done",
    }
}

#[cfg(test)]
#[path = "stale_words_tests.rs"]
mod tests;
