//! What the proc-macro server's answer on a dylib adds to the verdict. Pure.
//!
//! Our own reading says more of a file than the server does, so the server has the word only where we found nothing wrong with the file.

use camino::Utf8Path;

use super::reason::{Corruption, PlatformMismatch, RustcPlace, UnknownReason, Verdict};
use crate::cargo::probe::DylibAnswer;
use crate::inspect::InspectedMacro;
use crate::names::{RustcVersion, Triple};
use crate::observed::dylib::GlibcVersion;
use crate::recognise::{self, Complaint, LoadFailure};

/// The machine and the tools that the server's words are measured by.
#[derive(Debug, Clone, Copy)]
pub struct Measure<'a> {
    /// The rustc that builds the workspace.
    pub rustc: &'a RustcVersion,
    /// Its host platform.
    pub host: &'a Triple,
    /// The C library of this machine.
    pub glibc: Option<GlibcVersion>,
    /// Where the server comes from.
    pub origin: ServerOrigin,
}

/// Where a proc-macro server comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerOrigin {
    /// From the sysroot of the active toolchain.
    Toolchain,
    /// `procMacro.server` names it.
    Setting,
}

/// What an answer says of the server itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerFit {
    /// Nothing against it.
    Fits,
    /// It belongs to another rustc than the one that builds here, and refuses what is rightly built; its rustc, where it named it.
    OtherRustc(Option<RustcVersion>),
}

/// Whether the server is to be asked about a macro: only where there is a file with nothing wrong in it.
#[must_use]
pub fn is_worth_asking(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Fresh | Verdict::Stale(_))
}

/// Puts the server's answer into the macro: the names that it exports, or the verdict that follows from the refusal.
pub fn merge(
    inspected: &mut InspectedMacro,
    answer: &DylibAnswer,
    measure: &Measure<'_>,
) -> ServerFit {
    let words = match answer {
        DylibAnswer::Macros(names) => {
            inspected.exports = Some(names.clone());
            return ServerFit::Fits;
        }
        DylibAnswer::NotAsked => return ServerFit::Fits,
        DylibAnswer::Refused(words) => words.clone(),
        DylibAnswer::Ended(how) => how.clone(),
        DylibAnswer::Silent => "it gave no answer in time".to_owned(),
    };
    if !is_worth_asking(&inspected.verdict) {
        return ServerFit::Fits;
    }
    let refusal = match answer {
        DylibAnswer::Refused(_) => read(&words, inspected, measure),
        _ => Refusal::Unclear(words),
    };
    match refusal {
        Refusal::OtherServer(rustc) => return ServerFit::OtherRustc(rustc),
        Refusal::Verdict(verdict) => inspected.verdict = *verdict,
        // A stale macro is to be rebuilt anyway, and that may well be the cure.
        Refusal::Unclear(words) if inspected.verdict == Verdict::Fresh => {
            inspected.verdict = Verdict::Unknown(UnknownReason::Refused { words });
        }
        Refusal::Unclear(_) => {}
    }
    ServerFit::Fits
}

/// What a refusal comes to.
enum Refusal {
    Verdict(Box<Verdict>),
    OtherServer(Option<RustcVersion>),
    Unclear(String),
}

fn read(words: &str, inspected: &InspectedMacro, measure: &Measure<'_>) -> Refusal {
    let verdict = |verdict| Refusal::Verdict(Box::new(verdict));
    let failure = match recognise::recognise(words).map(|recognised| recognised.complaint) {
        Some(Complaint::CannotLoad { failure, .. }) => Some(failure),
        _ => None,
    };
    let reason = reason_of(words, inspected.dylib.as_deref());
    let unclear = || Refusal::Unclear(without_path(reason, inspected.dylib.as_deref()));
    let is_of_this_rustc = inspected.built_by.as_ref() == Some(measure.rustc);
    match failure {
        Some(LoadFailure::OtherRustc { expected, found }) => {
            if found == measure.rustc.as_str() {
                return Refusal::OtherServer(Some(RustcVersion::new(expected)));
            }
            verdict(wrong_rustc(Some(RustcVersion::new(found)), measure))
        }
        Some(LoadFailure::OtherMetadata) if is_of_this_rustc => Refusal::OtherServer(None),
        Some(LoadFailure::OtherMetadata) => {
            verdict(wrong_rustc(inspected.built_by.clone(), measure))
        }
        // The newer servers say so of damage and of another rustc's metadata alike; which it is, what we read of the rustc decides.
        _ if reason.contains("invalid metadata version found") => {
            if is_of_this_rustc && measure.origin == ServerOrigin::Toolchain {
                verdict(altered("the crate metadata cannot be read"))
            } else {
                unclear()
            }
        }
        _ => other_platform(reason, inspected, measure)
            .map(Verdict::WrongPlatform)
            .or_else(|| damage(reason).map(Verdict::Corrupt))
            .map_or_else(unclear, verdict),
    }
}

/// The words after the path that the server begins with.
fn reason_of<'text>(words: &'text str, dylib: Option<&Utf8Path>) -> &'text str {
    let after = dylib.and_then(|dylib| {
        words
            .strip_prefix("Cannot create expander for ")?
            .strip_prefix(dylib.as_str())?
            .strip_prefix(": ")
    });
    after.unwrap_or(words)
}

/// The loader repeats the path before each of its sentences; the report shows it anyway.
fn without_path(reason: &str, dylib: Option<&Utf8Path>) -> String {
    match dylib {
        Some(dylib) => reason.replace(&format!("{dylib}: "), ""),
        None => reason.to_owned(),
    }
}

fn wrong_rustc(built: Option<RustcVersion>, measure: &Measure<'_>) -> Verdict {
    Verdict::WrongRustc {
        built,
        wanted: measure.rustc.clone(),
        place: RustcPlace::Expected,
    }
}

fn altered(part: &str) -> Verdict {
    Verdict::Corrupt(Corruption::ContentAltered {
        part: Some(part.to_owned()),
    })
}

/// The loader's words for a library of another platform.
fn other_platform(
    reason: &str,
    inspected: &InspectedMacro,
    measure: &Measure<'_>,
) -> Option<PlatformMismatch> {
    if let Some((_, after)) = reason.split_once("version `GLIBC_")
        && let Some((version, _)) = after.split_once("' not found")
    {
        return Some(PlatformMismatch::LibcTooOld {
            built: format!("glibc {version}"),
            wanted: measure
                .glibc
                .map_or_else(|| "an older one".to_owned(), |own| format!("glibc {own}")),
        });
    }
    // Of a library for another processor glibc says that it is not there (its `elf/dl-load.c` goes on searching); of a library that is
    // really missing it says so with that library's name.
    let names_itself = inspected
        .dylib
        .as_ref()
        .is_some_and(|dylib| reason.contains(&format!("{dylib}: cannot open shared object file")));
    let is_foreign = names_itself
        || [
            "wrong ELF class",
            "incompatible architecture",
            "not a valid Win32 application",
        ]
        .iter()
        .any(|text| reason.contains(text));
    is_foreign.then(|| PlatformMismatch::Architecture {
        built: "another platform".to_owned(),
        wanted: measure.host.to_string(),
    })
}

/// The words of both families of servers for a file that cannot be read as a proc-macro dylib.
fn damage(reason: &str) -> Option<Corruption> {
    let part = |part: &str| Corruption::ContentAltered {
        part: Some(part.to_owned()),
    };
    let headers = "its headers cannot be read";
    let signs: &[(&str, Corruption)] = &[
        ("memory map must have a non-zero length", Corruption::Empty),
        (
            "No such device",
            Corruption::NotAFile {
                is: "a directory or a device".to_owned(),
            },
        ),
        ("Could not read file magic", part(headers)),
        ("Unknown file magic", part(headers)),
        ("Invalid ELF", part(headers)),
        ("invalid ELF header", part(headers)),
        ("file too short", part(headers)),
        ("Invalid Mach-O", part(headers)),
        ("Invalid PE", part(headers)),
        ("Invalid COFF", part(headers)),
        ("section read error", part("the crate metadata is gone")),
        ("no `.rustc` section", part("the crate metadata is gone")),
        (
            "unknown metadata magic",
            part("the crate metadata cannot be read"),
        ),
        ("Cannot find registrar symbol", Corruption::NotAProcMacro),
        ("__rustc_proc_macro_decls_", Corruption::NotAProcMacro),
    ];
    signs
        .iter()
        .find(|(text, _)| reason.contains(text))
        .map(|(_, corruption)| corruption.clone())
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
