//! The verdict on one macro, from its dylib, its unit's freshness and, where it was never built, its nearest relative. Pure.

use super::freshness::{Dirt, Freshness};
use super::reason::{
    Corruption, MissingReason, PlatformMismatch, RustcPlace, StaleReason, UnknownReason, Verdict,
};
use crate::expected::{Expectation, ExpectedMacro, ExpectedUnit, PackageSource, Toolchain};
use crate::fingerprint::feature_names;
use crate::names::{CrateName, PackageName, RustcVersion};
use crate::observed::dylib::{
    Damage, DylibFacts, DylibObservation, DylibReport, FileKind, GlibcVersion, HostPlatform,
    Metadata,
};
use crate::observed::relative::{Driver, Relative};
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
    /// Whether the directory of the profile is there at all.
    pub profile_directory: Presence,
    /// The C library of this machine.
    pub glibc: Option<GlibcVersion>,
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
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
            (HashFile::Value(_) | HashFile::Damaged, _) => Verdict::Missing(MissingReason::Deleted),
            (HashFile::Empty, _) | (HashFile::Missing, Begun::Once) => {
                Verdict::Missing(MissingReason::Interrupted)
            }
            (HashFile::Missing, Begun::Never) => {
                judge_relatives(expectation, expected, evidence.relatives)
            }
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

fn judge_report(
    toolchain: &Toolchain,
    expected: &ExpectedMacro,
    evidence: &MacroEvidence<'_>,
    report: &DylibReport,
) -> Verdict {
    let host = HostPlatform::of_triple(toolchain.host.as_str());
    if let Some(platform) = &report.platform
        && let Err(mismatch) = host.accepts(platform)
    {
        return Verdict::WrongPlatform(platform_mismatch(&mismatch, platform, toolchain));
    }
    let facts = match &report.content {
        Ok(facts) => facts,
        Err(damage) => return Verdict::Corrupt(corruption(damage)),
    };
    if let Some(corruption) = foreign_crate(expected, facts) {
        return Verdict::Corrupt(corruption);
    }
    if let (Some(needed), Some(present)) = (facts.required_glibc, evidence.glibc)
        && needed > present
    {
        return Verdict::WrongPlatform(PlatformMismatch::LibcTooOld {
            built: format!("glibc {needed}"),
            wanted: format!("glibc {present}"),
        });
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

fn wrong_rustc(toolchain: &Toolchain, built: Option<RustcVersion>, place: RustcPlace) -> Verdict {
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
    toolchain: &Toolchain,
) -> PlatformMismatch {
    let architectures: Vec<String> = platform
        .architectures
        .iter()
        .map(ToString::to_string)
        .collect();
    let built = format!("{} {}", platform.format, architectures.join(" and "));
    let wanted = toolchain.host.to_string();
    match mismatch {
        crate::observed::dylib::PlatformMismatch::Format { .. } => {
            PlatformMismatch::Format { built, wanted }
        }
        crate::observed::dylib::PlatformMismatch::Architecture { .. } => {
            PlatformMismatch::Architecture { built, wanted }
        }
    }
}

/// The expected unit was never built: the nearest relative tells what changed since the last build.
fn judge_relatives(
    expectation: &Expectation,
    expected: &ExpectedMacro,
    relatives: &[(Relative, Option<RustcVersion>)],
) -> Verdict {
    let Some(unit) = expectation.units.get(expected.unit.0) else {
        return Verdict::Missing(MissingReason::NeverBuilt);
    };
    let nearest = relatives
        .iter()
        // A unit that clippy built, or that another macro of the workspace needs, is no earlier state of this one.
        .filter(|(relative, _)| relative.driver == Driver::Rustc)
        .filter(|(relative, _)| {
            !expectation
                .units
                .iter()
                .any(|unit| unit.hash == relative.hash)
        })
        .filter(|(relative, _)| !is_another_package(unit, relative))
        .map(|(relative, built_by)| {
            (
                Differences::between(expectation, unit, relative),
                relative,
                built_by,
            )
        })
        .min_by(|(a, left, _), (b, right, _)| {
            (a.0.len(), right.modified).cmp(&(b.0.len(), left.modified))
        });
    let Some((differences, relative, built_by)) = nearest else {
        return Verdict::Missing(MissingReason::NeverBuilt);
    };
    match differences.0.into_iter().next() {
        Some(Difference::Rustc) => {
            wrong_rustc(&expectation.toolchain, built_by.clone(), RustcPlace::Beside)
        }
        Some(Difference::Reason(reason)) => Verdict::Stale(reason),
        None => Verdict::Stale(StaleReason::VersionChanged {
            built: relative.version.clone(),
            wanted: unit.version.clone(),
        }),
    }
}

/// Whether a relative belongs to another major version of the same package, which can stand beside this one for good.
fn is_another_package(unit: &ExpectedUnit, relative: &Relative) -> bool {
    let parse = |version: &str| semver::Version::parse(version).ok();
    let (Some(found), Some(wanted)) = (
        relative.version.as_deref().and_then(parse),
        parse(&unit.version),
    ) else {
        return false;
    };
    let line = |version: &semver::Version| match (version.major, version.minor) {
        (0, minor) => (0, minor),
        (major, _) => (major, 0),
    };
    unit.source != PackageSource::Path && line(&found) != line(&wanted)
}

enum Difference {
    Rustc,
    Reason(StaleReason),
}

/// What sets a relative apart, the most telling first.
struct Differences(Vec<Difference>);

impl Differences {
    fn between(expectation: &Expectation, unit: &ExpectedUnit, relative: &Relative) -> Self {
        let (built, wanted) = (&relative.fingerprint.fields, &unit.fields);
        let mut differences = Vec::new();
        if built.rustc != wanted.rustc {
            // Another cargo may hash every other field differently, so nothing else can be told.
            return Self(vec![Difference::Rustc]);
        }
        let mut add = |reason| differences.push(Difference::Reason(reason));
        if relative
            .version
            .as_ref()
            .is_some_and(|version| *version != unit.version)
        {
            add(StaleReason::VersionChanged {
                built: relative.version.clone(),
                wanted: unit.version.clone(),
            });
        }
        if built.features != wanted.features {
            add(StaleReason::FeaturesChanged {
                built: feature_names(&built.features),
                wanted: feature_names(&wanted.features),
            });
        }
        if built.rustflags != wanted.rustflags {
            add(StaleReason::RustflagsChanged {
                built: built.rustflags.clone(),
                wanted: wanted.rustflags.clone(),
            });
        }
        if built.profile != wanted.profile {
            add(StaleReason::ProfileChanged);
        }
        if built.target != wanted.target || built.config != wanted.config {
            add(StaleReason::ManifestChanged {
                what: "the edition, the linker or another setting".to_owned(),
            });
        }
        if let Some(dependency) = changed_dependency(expectation, unit, relative) {
            add(StaleReason::DependencyChanged {
                chain: vec![unit.package.clone(), dependency.clone()],
                dependency,
                path: None,
                because: None,
            });
        }
        Self(differences)
    }
}

/// The first dependency whose package (version included, except for packages from a path) is not the one on disk.
fn changed_dependency(
    expectation: &Expectation,
    unit: &ExpectedUnit,
    relative: &Relative,
) -> Option<PackageName> {
    let stored = &relative.fingerprint.dependencies;
    unit.dependencies.iter().find_map(|dependency| {
        let is_known = stored
            .iter()
            .any(|stored| stored.0 == dependency.package_id_hash && stored.1 == dependency.name);
        let target = dependency.units.first()?;
        (!is_known).then(|| {
            expectation
                .units
                .get(target.0)
                .map(|unit| unit.package.clone())
        })?
    })
}
