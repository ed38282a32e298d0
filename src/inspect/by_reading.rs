//! A look that may start no process and has no kept answer: the newest dylib of each package says whether it is damaged or foreign, and
//! nothing more is claimed.

use std::collections::BTreeMap;
use std::env::consts;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    BuildActivity, Coverage, InspectError, InspectedMacro, Inspection, Inspector, LastBuild,
    manifest_directory,
};
use crate::expected::{self, ExpectedMacro, PackageSource, UnitIndex, Workspace};
use crate::names::{
    CrateName, Layout, PackageId, PackageName, RustcVersion, Triple, UnitHash, is_dylib,
};
use crate::observed::dylib::{self, Damage, DylibObservation};
use crate::observed::file;
use crate::observed::lock::{self, LockState};
use crate::verdict::{Code, Context, UnknownReason, Verdict, gather, judge};

impl Inspector {
    /// What can be said without starting a process where no kept answer fits.
    pub(super) fn read_alone(
        &self,
        environment: &BTreeMap<String, String>,
    ) -> Result<Inspection, InspectError> {
        let directory = manifest_directory(&self.start)?;
        let root = directory
            .ancestors()
            .filter(|ancestor| ancestor.join("Cargo.toml").is_file())
            .find(|ancestor| ancestor.join("Cargo.lock").is_file())
            .unwrap_or(&directory);
        let possible =
            expected::possible_build_directories(root, &self.settings.cargo, environment);
        let build_directory = possible
            .iter()
            .find(|directory| directory.is_dir())
            .or(possible.last())
            .cloned()
            .unwrap_or_else(|| root.join("target"));
        let profile = self.profile();
        let reading = read(root, &build_directory, &profile);
        let context = Context {
            workspace: &reading.workspace,
            profile_directory: &reading.profile_directory,
            toolchain: None,
            settings: &self.settings,
        };
        let findings = gather(&reading.macros, &context)
            .into_iter()
            .filter(|finding| finding.code != Code::DylibUnknown)
            .collect();
        Ok(Inspection {
            findings,
            layout: reading.layout,
            profile,
            profile_directory: reading.profile_directory,
            toolchain: None,
            rust_analyzer: None,
            workspace: Arc::new(reading.workspace),
            build: reading.build,
            orphans: Vec::new(),
            macros: reading.macros,
            inputs: Vec::new(),
            footing: Arc::default(),
            sources: Arc::default(),
            coverage: Coverage::Whole,
            limits: Some(
                "no process was started and no kept answer of cargo fits: damaged dylibs and those of another platform are shown; \
                 missing and stale ones cannot be known"
                    .to_owned(),
            ),
        })
    }
}

/// What reading alone finds in a build directory.
struct Reading {
    workspace: Workspace,
    profile_directory: Utf8PathBuf,
    layout: Option<Layout>,
    build: BuildActivity,
    macros: Vec<InspectedMacro>,
}

/// A dylib on disk, with the unit that it belongs to.
struct Candidate {
    package: String,
    hash: UnitHash,
    dylib: Utf8PathBuf,
    fingerprint_directory: Utf8PathBuf,
    layout: Layout,
}

/// Reads the dylibs in the profile's directory of a build directory.
fn read(root: &Utf8Path, build_directory: &Utf8Path, profile: &str) -> Reading {
    let profile_directory = build_directory.join(directory_of_profile(profile));
    let build = match lock::state(&profile_directory) {
        LockState::Free => BuildActivity::Idle,
        LockState::Held => BuildActivity::Running,
    };
    let newest = newest_of_each(candidates(&profile_directory));
    let macros: Vec<(Layout, InspectedMacro)> = newest
        .into_iter()
        .filter_map(|candidate| Some((candidate.layout, inspect(candidate)?)))
        .collect();
    Reading {
        workspace: Workspace {
            root: root.to_owned(),
            target_directory: build_directory.to_owned(),
            build_directory: build_directory.to_owned(),
            members: Vec::new(),
        },
        layout: macros.first().map(|(layout, _)| *layout),
        macros: macros.into_iter().map(|(_, inspected)| inspected).collect(),
        profile_directory,
        build,
    }
}

/// The directory of a profile (cargo reference, "Profiles"): `debug` and `release` serve two each.
pub(super) fn directory_of_profile(profile: &str) -> &str {
    match profile {
        "dev" | "test" => "debug",
        "bench" => "release",
        name => name,
    }
}

fn candidates(profile_directory: &Utf8Path) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let dependencies = profile_directory.join("deps");
    let by_hash: BTreeMap<UnitHash, Utf8PathBuf> = file::names(&dependencies)
        .iter()
        .filter_map(|name| Some((hash_of_dylib(name)?, dependencies.join(name))))
        .collect();
    let fingerprints = profile_directory.join(".fingerprint");
    for name in file::names(&fingerprints) {
        if let Some((package, hash)) = UnitHash::split_from(&name)
            && let Some(dylib) = by_hash.get(&hash)
        {
            candidates.push(Candidate {
                package: package.to_owned(),
                hash,
                dylib: dylib.clone(),
                fingerprint_directory: fingerprints.join(&name),
                layout: Layout::V1,
            });
        }
    }
    let build = profile_directory.join("build");
    for package in file::names(&build) {
        for name in file::names(&build.join(&package)) {
            let directory = build.join(&package).join(&name);
            let outputs = directory.join("out");
            let dylib = file::names(&outputs)
                .into_iter()
                .find(|name| hash_of_dylib(name).is_some());
            if let (Some(hash), Some(dylib)) = (UnitHash::parse(&name), dylib) {
                candidates.push(Candidate {
                    package: package.clone(),
                    hash,
                    dylib: outputs.join(dylib),
                    fingerprint_directory: directory.join("fingerprint"),
                    layout: Layout::V2,
                });
            }
        }
    }
    candidates
}

/// The hash in the name of a dylib, whatever machine it was built for.
fn hash_of_dylib(name: &str) -> Option<UnitHash> {
    let name = Utf8Path::new(name);
    is_dylib(name).then_some(())?;
    let (_, hash) = UnitHash::split_from(name.file_stem()?)?;
    Some(hash)
}

/// Older units of a package are leftovers of other commands and toolchains, and no business of anybody's.
fn newest_of_each(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut newest = BTreeMap::new();
    for candidate in candidates {
        let modified = file::modified(candidate.dylib.as_std_path());
        match newest.get(&candidate.package) {
            Some((other, _)) if *other >= modified => {}
            _ => {
                newest.insert(candidate.package.clone(), (modified, candidate));
            }
        }
    }
    newest
        .into_values()
        .map(|(_, candidate)| candidate)
        .collect()
}

fn inspect(candidate: Candidate) -> Option<InspectedMacro> {
    let observation = dylib::read(&candidate.dylib);
    let DylibObservation::Present(report) = &observation else {
        return None;
    };
    if report.content == Err(Damage::NotAProcMacro) {
        return None;
    }
    let verdict = judge::of_file_alone(report, &own_platform());
    let facts = report.content.as_ref().ok();
    let name = PackageName::new(candidate.package);
    Some(InspectedMacro {
        verdict: verdict.unwrap_or(Verdict::Unknown(UnknownReason::NoExec)),
        unit: Some(candidate.hash),
        built_by: facts
            .and_then(|facts| facts.built_by())
            .map(RustcVersion::new),
        built_at: file::modified(candidate.dylib.as_std_path()),
        size: Some(report.size),
        access: Some(report.access),
        exports: None,
        fingerprint_directory: Some(candidate.fingerprint_directory),
        last_build: LastBuild::Complete,
        dylib: Some(candidate.dylib),
        expected: ExpectedMacro {
            version: String::new(),
            package_id: PackageId::new(name.as_str()),
            crate_name: facts
                .and_then(|facts| facts.crate_name.as_deref())
                .map_or_else(|| name.crate_name(), CrateName::new),
            source: PackageSource::Registry,
            manifest_path: Utf8PathBuf::new(),
            ways: Vec::new(),
            unit: UnitIndex(usize::MAX),
            name,
        },
    })
}

/// The platform that this program itself was built for: the host, unless somebody cross-compiles on an emulator.
fn own_platform() -> Triple {
    let system = match consts::OS {
        "linux" => "unknown-linux-gnu",
        "macos" => "apple-darwin",
        "windows" => "pc-windows-msvc",
        other => other,
    };
    Triple::new(format!("{}-{system}", consts::ARCH))
}
