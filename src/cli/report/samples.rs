//! Inspections built by hand for the tests of the reports.

#![allow(clippy::duration_suboptimal_units)] // A point in time, in seconds since 1970.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use camino::Utf8PathBuf;

use super::Counting;
use super::human::{Context, Detail};
use crate::cli::terminal::Look;
use crate::expected::{
    ExpectedMacro, Member, PackageSource, SelectedBy, Toolchain, UnitIndex, Way, Workspace,
};
use crate::inspect::{BuildActivity, Coverage, InspectedMacro, Inspection, LastBuild};
use crate::names::{Layout, Location, PackageId, PackageName, RustcVersion, Triple, UnitHash};
use crate::remedy::{Plan, RemedyKind, Step};
use crate::verdict::{
    Code, Corruption, Finding, MissingReason, Severity, StaleReason, Verdict, code_of,
};

pub(crate) const ROOT: &str = "/home/me/space/mini-redis";

/// ASCII, brief, in the current directory.
pub(crate) fn plain_context(counting: &Counting) -> Context<'_> {
    Context {
        look: Look::Plain,
        program: "sidecargo",
        detail: Detail::Brief,
        selection: "",
        counting,
    }
}

/// A workspace of one member with no proc macros yet.
pub(crate) fn workspace() -> Inspection {
    let root = Utf8PathBuf::from(ROOT);
    Inspection {
        workspace: Arc::new(Workspace {
            target_directory: root.join("target"),
            build_directory: root.join("target"),
            members: vec![Member {
                name: PackageName::new("mini-redis"),
                id: PackageId::new("path+file:///home/me/space/mini-redis#0.4.1"),
                manifest_path: root.join("Cargo.toml"),
            }],
            root: root.clone(),
        }),
        layout: Some(Layout::V1),
        profile: "dev".to_owned(),
        profile_directory: root.join("target/debug"),
        toolchain: Some(Toolchain {
            rustc: RustcVersion::new("rustc 1.95.0 (59807616e 2026-04-14)"),
            host: Triple::new("x86_64-unknown-linux-gnu"),
            cargo: "1.95.0".to_owned(),
            selected_by: SelectedBy::Default,
            sysroot: "/rust".into(),
            proc_macro_server: Some("/rust/libexec/rust-analyzer-proc-macro-srv".into()),
        }),
        rust_analyzer: None,
        build: BuildActivity::Idle,
        orphans: Vec::new(),
        macros: Vec::new(),
        findings: Vec::new(),
        inputs: Vec::new(),
        footing: Arc::default(),
        sources: Arc::default(),
        coverage: Coverage::Whole,
        limits: None,
    }
}

/// A macro with its verdict, needed by way of `users`, the member first.
pub(crate) fn inspected(
    name: &str,
    version: &str,
    users: &[&str],
    verdict: Verdict,
) -> InspectedMacro {
    let name = PackageName::new(name);
    let hash = "404da065c25ce003";
    let dylib = format!(
        "{ROOT}/target/debug/deps/lib{}-{hash}.so",
        name.crate_name()
    );
    let way = users
        .iter()
        .map(|&user| PackageName::new(user))
        .chain([name.clone()])
        .collect();
    InspectedMacro {
        unit: UnitHash::parse(hash),
        dylib: Some(dylib.into()),
        verdict,
        built_by: Some(RustcVersion::new("rustc 1.95.0 (59807616e 2026-04-14)")),
        built_at: Some(UNIX_EPOCH + Duration::from_secs(1_795_198_560)),
        size: Some(7_811_224),
        access: None,
        exports: None,
        fingerprint_directory: None,
        last_build: LastBuild::Complete,
        expected: ExpectedMacro {
            package_id: id_of(&name, version),
            crate_name: name.crate_name(),
            name,
            version: version.to_owned(),
            source: PackageSource::Registry,
            manifest_path: "/registry/Cargo.toml".into(),
            ways: vec![Way {
                packages: way,
                manifest_path: format!("{ROOT}/Cargo.toml").into(),
                first_step: None,
            }],
            unit: UnitIndex(0),
        },
    }
}

fn id_of(name: &PackageName, version: &str) -> PackageId {
    PackageId::new(format!(
        "registry+https://github.com/rust-lang/crates.io-index#{name}@{version}"
    ))
}

/// The finding that a verdict would lead to, with a rebuild as its remedy.
pub(crate) fn finding(
    macros: &[&InspectedMacro],
    severity: Severity,
    line: Option<u32>,
    message: &str,
) -> Finding {
    let first = macros.first().expect("a finding is about something");
    Finding {
        code: code_of(&first.verdict).expect("the verdict is one that is reported"),
        severity,
        message: message.to_owned(),
        packages: macros.iter().map(|one| one.expected.name.clone()).collect(),
        package_ids: macros
            .iter()
            .map(|one| one.expected.package_id.clone())
            .collect(),
        location: line.map(|line| Location {
            path: format!("{ROOT}/Cargo.toml").into(),
            line,
            column: 1,
            end_column: 8,
        }),
        remedies: vec![Plan::new(
            RemedyKind::Rebuild,
            format!("Rebuild {}", first.expected.name),
            vec![
                Step::Remove {
                    remove: first.dylib.clone().unwrap(),
                },
                Step::Touch {
                    touch: format!("{ROOT}/src/lib.rs").into(),
                },
                Step::Run {
                    run: vec![
                        "cargo".to_owned(),
                        "check".to_owned(),
                        "--workspace".to_owned(),
                    ],
                    env: BTreeMap::from([("KEY".to_owned(), "value".to_owned())]),
                    unset: vec!["RUSTC_WRAPPER".to_owned()],
                    cwd: ROOT.into(),
                },
            ],
        )],
        related: Vec::new(),
    }
}

/// One macro is gone, one cut short, one old; two are fresh.
pub(crate) fn unhealthy() -> Inspection {
    let gone = inspected(
        "tracing-attributes",
        "0.1.28",
        &["mini-redis", "tracing"],
        Verdict::Missing(MissingReason::Deleted),
    );
    let cut = inspected(
        "tokio-macros",
        "2.5.0",
        &["mini-redis", "tokio"],
        Verdict::Corrupt(Corruption::Truncated {
            promised: 7_811_224,
            found: 4_096,
        }),
    );
    let old = inspected(
        "my-macros",
        "0.1.0",
        &["mini-redis"],
        Verdict::Stale(StaleReason::DependencyChanged {
            dependency: PackageName::new("my-core"),
            chain: vec![PackageName::new("my-macros"), PackageName::new("my-core")],
            path: Some(format!("{ROOT}/crates/my-core/src/lib.rs").into()),
            because: Some(Box::new(StaleReason::SourceChanged {
                path: format!("{ROOT}/crates/my-core/src/lib.rs").into(),
            })),
        }),
    );
    let mut inspection = workspace();
    inspection.findings = vec![
        finding(
            &[&cut],
            Severity::Error,
            None,
            "The built proc macro `tokio-macros` 2.5.0 is cut short (4,096 of 7,811,224 bytes). Cargo takes it for fresh and will not mend it; remove it and rebuild.",
        ),
        finding(
            &[&gone],
            Severity::Warning,
            Some(24),
            "The built proc macro `tracing-attributes` 0.1.28 is gone, so rust-analyzer cannot expand it. Rebuild it.",
        ),
        finding(
            &[&old],
            Severity::Warning,
            Some(25),
            "`my-macros` expands with old code: `crates/my-core/src/lib.rs` changed after it was built.",
        ),
    ];
    inspection.macros = vec![
        inspected(
            "async-stream-impl",
            "0.3.6",
            &["mini-redis", "async-stream"],
            Verdict::Fresh,
        ),
        old,
        inspected(
            "thiserror-impl",
            "2.0.21",
            &["mini-redis", "thiserror"],
            Verdict::Fresh,
        ),
        cut,
        gone,
    ];
    inspection
}

/// Nothing is built at all: one finding for every macro.
pub(crate) fn nothing_built() -> Inspection {
    let mut inspection = workspace();
    inspection.layout = None;
    inspection.macros = (1..=23)
        .map(|number| {
            inspected(
                &format!("macro-number-{number}"),
                "1.0.0",
                &["mini-redis"],
                Verdict::Missing(MissingReason::BuildDirectoryAbsent),
            )
        })
        .collect();
    let all: Vec<&InspectedMacro> = inspection.macros.iter().collect();
    inspection.findings = vec![finding(
        &all,
        Severity::Warning,
        None,
        "No proc macro of this workspace is built: `target/debug` does not exist. Build the 23 of them once (`cargo check`).",
    )];
    inspection
}

/// A finding that is about no single macro.
pub(crate) fn toolchain_finding() -> Finding {
    Finding {
        code: Code::ToolchainNotInstalled,
        severity: Severity::Error,
        message: "rust-toolchain.toml asks for toolchain 1.94.1, which is not installed. Cargo and rust-analyzer cannot start until it is.".to_owned(),
        packages: Vec::new(),
        package_ids: Vec::new(),
        location: Some(Location {
            path: format!("{ROOT}/rust-toolchain.toml").into(),
            line: 2,
            column: 11,
            end_column: 19,
        }),
        remedies: vec![Plan::new(RemedyKind::Install, "install toolchain 1.94.1", Vec::new())],
        related: Vec::new(),
    }
}
