//! The verdict on one macro, from its dylib, its unit's freshness and, where it was never built, its nearest relative. Pure.

use super::freshness::{Dirt, Freshness};
use super::reason::{
    Corruption, MissingReason, PlatformMismatch, RustcPlace, UnknownReason, Verdict,
};
use super::relatives;
use crate::expected::{Expectation, ExpectedMacro, Toolchain};
use crate::names::{CrateName, RustcVersion, Triple};
use crate::observed::dylib::{
    Damage, DylibFacts, DylibObservation, DylibReport, FileKind, GlibcVersion, HostPlatform,
    Metadata,
};
use crate::observed::relative::{Relative, UnitsByValue};
use crate::observed::unit::{Begun, HashFile, ObservedUnit};

/// What the disk holds for one macro.
#[derive(Debug)]
pub struct MacroEvidence<'a> {
    /// Its unit.
    pub unit: &'a ObservedUnit,
    /// Whether cargo would build it again.
    pub freshness: &'a Freshness,
    /// Its dylib.
    pub dylib: &'a DylibObservation,
    /// Other units of the package, with the rustc that their dylibs name; looked for only where the expected one was never built.
    pub relatives: &'a [(Relative, Option<RustcVersion>)],
    /// Every unit on disk by its value; empty unless there are relatives.
    pub on_disk: &'a UnitsByValue,
    /// What cargo would say of every unit of the expectation.
    pub assessed: &'a [Freshness],
    /// Whether the directory of the profile is there at all.
    pub profile_directory: Presence,
    /// The C library of this machine.
    pub glibc: Option<GlibcVersion>,
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum Presence {
    Present,
    Absent,
}

/// The verdict on one expected macro. Where several things are wrong, the gravest is named: platform, corruption, rustc, staleness.
#[must_use]
pub fn judge(
    expectation: &Expectation,
    expected: &ExpectedMacro,
    evidence: &MacroEvidence<'_>,
) -> Verdict {
    if evidence.profile_directory == Presence::Absent {
        return Verdict::Missing(MissingReason::BuildDirectoryAbsent);
    }
    let toolchain = &expectation.toolchain;
    match evidence.dylib {
        DylibObservation::Present(report) => judge_report(toolchain, expected, evidence, report),
        DylibObservation::Changing => Verdict::Building,
        DylibObservation::Unreadable { message, .. } => {
            Verdict::Unknown(UnknownReason::Unreadable {
                path: dylib_path(expectation, expected),
                error: message.clone(),
            })
        }
        DylibObservation::Missing(_) => match (evidence.unit.hash_file, evidence.unit.begun) {
            (HashFile::Value(_) | HashFile::Damaged | HashFile::NotAFile, _) => {
                Verdict::Missing(MissingReason::Deleted)
            }
            (HashFile::Empty, _) | (HashFile::Missing, Begun::Once) => {
                Verdict::Missing(MissingReason::Interrupted)
            }
            (HashFile::Missing, Begun::Never) => relatives::judge(expectation, expected, evidence),
        },
    }
}

fn dylib_path(expectation: &Expectation, expected: &ExpectedMacro) -> camino::Utf8PathBuf {
    let output = expectation
        .units
        .get(expected.unit.0)
        .and_then(|unit| unit.outputs.first());
    output.map_or_else(camino::Utf8PathBuf::new, |output| {
        expectation.workspace.build_directory.join(output)
    })
}

/// What a dylib alone shows, without knowing what is expected: another platform, or damage; `None` where it may well serve.
#[must_use]
pub fn of_file_alone(report: &DylibReport, host: &Triple) -> Option<Verdict> {
    if let Some(platform) = &report.platform
        && let Err(mismatch) = HostPlatform::of_triple(host.as_str()).accepts(platform)
    {
        return Some(Verdict::WrongPlatform(platform_mismatch(
            &mismatch, platform, host,
        )));
    }
    let damage = report.content.as_ref().err()?;
    Some(Verdict::Corrupt(corruption(damage)))
}

fn judge_report(
    toolchain: &Toolchain,
    expected: &ExpectedMacro,
    evidence: &MacroEvidence<'_>,
    report: &DylibReport,
) -> Verdict {
    let facts = match (of_file_alone(report, &toolchain.host), &report.content) {
        (None, Ok(facts)) => facts,
        (Some(verdict), _) => return verdict,
        (None, Err(damage)) => return Verdict::Corrupt(corruption(damage)),
    };
    if let (Some(needed), Some(present)) = (facts.required_glibc, evidence.glibc)
        && needed > present
    {
        return Verdict::WrongPlatform(PlatformMismatch::LibcTooOld {
            built: format!("glibc {needed}"),
            wanted: format!("glibc {present}"),
        });
    }
    if let Some(corruption) = foreign_crate(expected, facts) {
        return Verdict::Corrupt(corruption);
    }
    let built_by = facts.built_by().map(RustcVersion::new);
    let is_foreign = built_by
        .as_ref()
        .is_some_and(|built| *built != toolchain.rustc);
    match &evidence.freshness.dirt {
        _ if is_foreign => wrong_rustc(toolchain, built_by, RustcPlace::Expected),
        Some(Dirt::Rustc) => wrong_rustc(toolchain, None, RustcPlace::Expected),
        Some(Dirt::Stale(reason)) => Verdict::Stale(reason.clone()),
        None => Verdict::Fresh,
    }
}

pub(super) fn wrong_rustc(
    toolchain: &Toolchain,
    built: Option<RustcVersion>,
    place: RustcPlace,
) -> Verdict {
    Verdict::WrongRustc {
        built,
        wanted: toolchain.rustc.clone(),
        place,
    }
}

fn foreign_crate(expected: &ExpectedMacro, facts: &DylibFacts) -> Option<Corruption> {
    if facts.metadata == Metadata::Absent {
        return Some(Corruption::ContentAltered {
            part: Some("the crate metadata is gone".to_owned()),
        });
    }
    let found = CrateName::new(facts.crate_name.as_deref()?);
    (found != expected.crate_name).then(|| Corruption::WrongCrate {
        expected: expected.crate_name.clone(),
        found,
    })
}

fn corruption(damage: &Damage) -> Corruption {
    match damage {
        Damage::Empty => Corruption::Empty,
        Damage::Truncated { promised, found } => Corruption::Truncated {
            promised: *promised,
            found: *found,
        },
        Damage::NotAFile(kind) => Corruption::NotAFile {
            is: kind.to_string(),
        },
        Damage::NotADylib(kind) => Corruption::NotADylib {
            looks_like: match kind {
                FileKind::Text { first_line } => format!("{kind} that begins with {first_line:?}"),
                _ => kind.to_string(),
            },
        },
        Damage::NotAProcMacro => Corruption::NotAProcMacro,
        Damage::Altered(part) => Corruption::ContentAltered {
            part: Some(format!("{part} cannot be read")),
        },
    }
}

fn platform_mismatch(
    mismatch: &crate::observed::dylib::PlatformMismatch,
    platform: &crate::observed::dylib::DylibPlatform,
    host: &Triple,
) -> PlatformMismatch {
    let architectures: Vec<String> = platform
        .architectures
        .iter()
        .map(ToString::to_string)
        .collect();
    let built = format!("{} {}", platform.format, architectures.join(" and "));
    let wanted = host.to_string();
    match mismatch {
        crate::observed::dylib::PlatformMismatch::Format { .. } => {
            PlatformMismatch::Format { built, wanted }
        }
        crate::observed::dylib::PlatformMismatch::Architecture { .. } => {
            PlatformMismatch::Architecture { built, wanted }
        }
    }
}
