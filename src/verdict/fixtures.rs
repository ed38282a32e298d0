//! Inspected macros and a workspace for tests of what is made of verdicts.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_raw_string_hashes,
    clippy::many_single_char_names
)]

use std::fmt::Write as _;

use camino::Utf8Path;
use expect_test::Expect;

use super::{Context, Finding, StaleReason, Verdict, gather};
use crate::expected::{
    CargoEnvironment, Expectation, ExpectedMacro, HashMirror, LockFile, PackageSource, SelectedBy,
    SourceGraph, Toolchain, UnitIndex, Way, Workspace,
};
use crate::inspect::{InspectedMacro, LastBuild};
use crate::names::{CrateName, Layout, Location, PackageId, PackageName, RustcVersion, Triple};
use crate::settings::Settings;

pub(crate) fn package(name: &str) -> PackageName {
    PackageName::new(name)
}

/// A macro that the member `app` needs by `way`; the last name is the macro's.
pub(crate) fn inspected(way: &[&str], verdict: Verdict) -> InspectedMacro {
    let name = *way.last().unwrap();
    let crate_name = name.replace('-', "_");
    let packages = std::iter::once("app").chain(way.iter().copied());
    InspectedMacro {
        expected: ExpectedMacro {
            name: package(name),
            version: "1.0.2".to_owned(),
            package_id: PackageId::new(format!("{name}@1.0.2")),
            crate_name: CrateName::new(&*crate_name),
            source: PackageSource::Registry,
            manifest_path: format!("/registry/{name}/Cargo.toml").into(),
            ways: vec![Way {
                packages: packages.map(package).collect(),
                manifest_path: "/w/Cargo.toml".into(),
                first_step: None,
            }],
            unit: UnitIndex(0),
        },
        unit: None,
        dylib: Some(format!("/w/target/debug/deps/lib{crate_name}-0123456789abcdef.so").into()),
        verdict,
        built_by: None,
        built_at: None,
        size: None,
        access: None,
        exports: None,
        fingerprint_directory: None,
        last_build: LastBuild::Complete,
    }
}

pub(crate) fn workspace() -> Workspace {
    Workspace {
        root: "/w".into(),
        target_directory: "/w/target".into(),
        build_directory: "/w/target".into(),
        members: Vec::new(),
    }
}

pub(crate) fn toolchain(selected_by: SelectedBy) -> Toolchain {
    Toolchain {
        rustc: RustcVersion::new("rustc 1.95.0 (59807616e 2026-04-14)"),
        host: Triple::new("x86_64-unknown-linux-gnu"),
        cargo: "1.95.0".to_owned(),
        selected_by,
        sysroot: "/sysroot".into(),
        proc_macro_server: None,
    }
}

pub(crate) fn findings_with(macros: &[InspectedMacro], settings: &Settings) -> Vec<Finding> {
    let context = Context {
        workspace: &workspace(),
        profile_directory: Utf8Path::new("/w/target/debug"),
        toolchain: Some(&toolchain(SelectedBy::ToolchainFile)),
        settings,
    };
    gather(macros, &context)
}

pub(crate) fn findings(macros: &[InspectedMacro]) -> Vec<Finding> {
    findings_with(macros, &Settings::default())
}

pub(crate) fn report(findings: &[Finding]) -> String {
    let mut report = String::new();
    for finding in findings {
        writeln!(
            report,
            "{:?} {}: {}",
            finding.severity, finding.code, finding.message
        )
        .unwrap();
        for place in &finding.related {
            let Location { path, line, .. } = &place.location;
            writeln!(report, "    {path}:{line} {}", place.message).unwrap();
        }
    }
    report
}

/// The findings on one macro for each verdict, beside a fresh one.
pub(crate) fn check(verdicts: impl IntoIterator<Item = Verdict>, wanted: &Expect) {
    let fresh = || inspected(&["fresh"], Verdict::Fresh);
    let mut text = String::new();
    for verdict in verdicts {
        let one = inspected(&["tracing", "tracing-attributes"], verdict.clone());
        text += &report(&findings(&[fresh(), one]));
    }
    wanted.assert_eq(&text);
}

/// The findings on four macros for each verdict.
pub(crate) fn check_many(verdicts: impl IntoIterator<Item = Verdict>, wanted: &Expect) {
    let mut text = String::new();
    for verdict in verdicts {
        let mut macros: Vec<InspectedMacro> = ["d", "a", "c", "b"]
            .iter()
            .map(|name| inspected(&[name], verdict.clone()))
            .collect();
        macros.push(inspected(&["fresh"], Verdict::Fresh));
        for finding in findings(&macros) {
            writeln!(text, "{}: {}", finding.code, finding.message).unwrap();
        }
    }
    wanted.assert_eq(&text);
}

/// A change in `my-core`, as a macro made of it tells it.
pub(crate) fn through(because: Option<StaleReason>) -> StaleReason {
    StaleReason::DependencyChanged {
        dependency: package("my-core"),
        chain: vec![package("tracing-attributes"), package("my-core")],
        path: because.as_ref().and_then(|because| because.path().cloned()),
        because: because.map(Box::new),
    }
}

/// An expectation of nothing.
pub(crate) fn expectation() -> Expectation {
    Expectation {
        workspace: workspace(),
        toolchain: toolchain(SelectedBy::Default),
        layout: Layout::V1,
        profile_directory: "debug".to_owned(),
        units: Vec::new(),
        macros: Vec::new(),
        local_packages: Vec::new(),
        environment: CargoEnvironment::default(),
        hash_mirror: HashMirror::Proven,
        lock_file: LockFile::default(),
        targets: Vec::new(),
        sources: SourceGraph::default(),
        features: std::collections::BTreeMap::new(),
    }
}
