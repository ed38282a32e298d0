//! What a finding says: what happened, what it means, what to do. Pure text out of verdicts; one template for one macro and for many.

use camino::Utf8Path;

use super::gather::Context;
use super::group::Sharing;
use super::phrases::{Subject, code, damage, expanded, path_below, rustc_names};
use super::reason::{MissingReason, PlatformMismatch, RustcPlace, UnknownReason, Verdict};
use crate::expected::SelectedBy;
use crate::inspect::InspectedMacro;
use crate::names::RustcVersion;

/// How the dylibs of a workspace are built once, in words a person can run.
const BUILD: &str = "`cargo check --workspace --all-targets`";

/// Says what there is to say, with paths as a person of this workspace knows them.
pub(super) struct Words<'a> {
    context: &'a Context<'a>,
    /// How many macros the workspace has.
    total: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(context: &'a Context<'a>, total: usize) -> Self {
        Self { context, total }
    }

    /// The message for macros with one cause, or of one kind.
    pub(super) fn message(&self, macros: &[&InspectedMacro], sharing: Sharing) -> String {
        let Some(&first) = macros.first() else {
            return String::new();
        };
        let subject = Subject::of(macros, sharing);
        match &first.verdict {
            Verdict::Missing(reason) => self.missing(reason, first, &subject),
            Verdict::Corrupt(corruption) => {
                let path = self.dylib_in_words(first, &subject);
                format!(
                    "The built {} {}{path}. Cargo takes {} for fresh and will not mend {}; remove {} and rebuild.",
                    subject.with_noun("proc macro"),
                    damage(corruption, &subject),
                    subject.them(),
                    subject.them(),
                    subject.them(),
                )
            }
            Verdict::WrongPlatform(mismatch) => self.wrong_platform(mismatch, &subject),
            Verdict::WrongRustc {
                built,
                wanted,
                place,
            } => self.wrong_rustc(built.as_ref(), wanted, *place, &subject),
            Verdict::Stale(reason) => self.stale(reason, &subject),
            Verdict::Unknown(reason) => self.unknown(reason, &subject),
            Verdict::Fresh => format!("{subject} {} fresh.", subject.verb("is", "are")),
            Verdict::Building => {
                format!("{subject} {} being built.", subject.verb("is", "are"))
            }
        }
    }

    fn missing(&self, reason: &MissingReason, first: &InspectedMacro, subject: &Subject) -> String {
        let them = subject.them();
        let is = subject.verb("is", "are");
        let cannot = format!(
            "so rust-analyzer cannot expand {}",
            expanded(first, subject)
        );
        let is_all = subject.count() == self.total;
        match reason {
            MissingReason::BuildDirectoryAbsent => format!(
                "No proc macro of this workspace is built: {} does not exist. Build {} once ({BUILD}).",
                self.path(self.context.profile_directory),
                subject.all_of_them(),
            ),
            MissingReason::NeverBuilt if is_all && self.total > 1 => format!(
                "No proc macro of this workspace is built yet in {}, so rust-analyzer cannot expand any. Build {} once ({BUILD}).",
                self.path(self.context.profile_directory),
                subject.all_of_them(),
            ),
            MissingReason::NeverBuilt => {
                format!("{subject} {is} not built yet, {cannot}. Build {them} once ({BUILD}).")
            }
            MissingReason::Deleted => {
                let path = match (&first.dylib, subject.count()) {
                    (Some(path), 1) => format!(" ({})", self.path(path)),
                    _ => String::new(),
                };
                format!(
                    "The built {} {is} gone{path}, {cannot}. Rebuild {them}.",
                    subject.with_noun("proc macro"),
                )
            }
            MissingReason::Interrupted => format!(
                "The last build stopped before {subject} {} done, {cannot}. Build {them} again; an error that stopped it will show then.",
                subject.verb("was", "were"),
            ),
        }
    }

    fn wrong_platform(&self, mismatch: &PlatformMismatch, subject: &Subject) -> String {
        let what = match mismatch {
            PlatformMismatch::Format { built, wanted }
            | PlatformMismatch::Architecture { built, wanted } => format!(
                "{} built for {built}, but this machine runs {wanted}",
                subject.verb("is", "are")
            ),
            PlatformMismatch::LibcTooOld { built, wanted } => format!(
                "{} {built}, but this machine has {wanted}",
                subject.verb("needs", "need")
            ),
        };
        format!(
            "{subject} {what}. Remove {} and rebuild; if {} is shared with another machine or container, give each its own.",
            subject.them(),
            self.path(&self.context.workspace.build_directory),
        )
    }

    fn wrong_rustc(
        &self,
        built: Option<&RustcVersion>,
        wanted: &RustcVersion,
        place: RustcPlace,
        subject: &Subject,
    ) -> String {
        let was = subject.verb("was", "were");
        let (built, wanted) = rustc_names(built, wanted);
        let chosen = match self
            .context
            .toolchain
            .map(|toolchain| toolchain.selected_by)
        {
            Some(SelectedBy::ToolchainFile) => " (chosen by the toolchain file)",
            Some(SelectedBy::Environment) => " (chosen by `RUSTUP_TOOLCHAIN`)",
            Some(SelectedBy::Override) => " (chosen by `rustup override`)",
            Some(SelectedBy::Default) => " (rustup's default)",
            Some(SelectedBy::Path) | None => "",
        };
        let them = subject.them();
        let cure = match place {
            RustcPlace::Expected => {
                format!("rust-analyzer cannot load {them}; remove {them} and rebuild")
            }
            RustcPlace::Beside => format!("Rebuild {them} with that one"),
        };
        let link = match place {
            RustcPlace::Expected => ", so ",
            RustcPlace::Beside => ". ",
        };
        format!(
            "{subject} {was} built by {built}, but this workspace uses {wanted}{chosen}{link}{cure}."
        )
    }

    fn unknown(&self, reason: &UnknownReason, subject: &Subject) -> String {
        let is = subject.verb("is", "are");
        match reason {
            UnknownReason::Unreadable { .. } if subject.is_of_a_kind() => format!(
                "Whether {subject} {is} in order cannot be known: their dylibs cannot be read. Check the permissions."
            ),
            UnknownReason::Unreadable { path, error } => format!(
                "Whether {subject} {is} in order cannot be known: {} cannot be read ({error}). Check its permissions.",
                self.path(path)
            ),
            UnknownReason::Ambiguous => format!(
                "Whether {subject} {is} in order cannot be known: several builds fit, and cargo could not be asked which one counts. One build ({BUILD}) settles it."
            ),
            UnknownReason::Overridden => format!(
                "Whether {subject} {is} in order cannot be known: rust-analyzer builds by a command of your own (`cargo.buildScripts.overrideCommand`), so another file may be the one it loads. Without that setting it can be told."
            ),
            UnknownReason::Refused { .. } if subject.is_of_a_kind() => format!(
                "{subject} {is} in order by all that can be read, but the proc-macro server cannot load them. Rebuild them; if that does not help, they need something that this machine lacks."
            ),
            UnknownReason::Refused { words } => format!(
                "{subject} {is} in order by all that can be read, but the proc-macro server cannot load {}: {words}. Rebuild {}; if that does not help, {} something that this machine lacks.",
                subject.them(),
                subject.them(),
                subject.verb("it needs", "they need"),
            ),
            UnknownReason::NoExec => format!(
                "Whether {subject} {is} in order cannot be known without asking cargo, and no process may be started here. A check where that is allowed settles it."
            ),
        }
    }

    pub(super) fn path(&self, path: &Utf8Path) -> String {
        code(path_below(path, &self.context.workspace.root))
    }

    fn dylib_in_words(&self, first: &InspectedMacro, subject: &Subject) -> String {
        match &first.dylib {
            Some(path) if subject.count() == 1 => format!(": {}", self.path(path)),
            _ => String::new(),
        }
    }
}

/// What is to be seen at the dylib's place; `None` where looking there does not help.
pub(super) fn dylib_note(inspected: &InspectedMacro) -> Option<String> {
    let name = &inspected.expected.name;
    let alone = Subject::of(&[inspected], Sharing::Cause);
    match &inspected.verdict {
        Verdict::Missing(MissingReason::Deleted) => Some(format!("{name} belongs here")),
        Verdict::Corrupt(corruption) => Some(format!("{name} {}", damage(corruption, &alone))),
        Verdict::WrongPlatform(_)
        | Verdict::WrongRustc {
            place: RustcPlace::Expected,
            ..
        } => Some(format!("the built {name}")),
        _ => None,
    }
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
