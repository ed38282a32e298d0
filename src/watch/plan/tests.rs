//! Plans as lists of directories and names that a person can read.

#![allow(clippy::needless_raw_string_hashes)]

use std::sync::Arc;

use expect_test::{Expect, expect};

use super::*;
use crate::expected::PackageSource;
use crate::expected::{Deciding, ExpectedMacro, Member, UnitIndex, Workspace};
use crate::inspect::Inspection;
use crate::inspect::{BuildActivity, Coverage, Footing, InspectedMacro, LastBuild};
use crate::names::Layout;
use crate::names::{CrateName, PackageId, PackageName};
use crate::verdict::Verdict;
use crate::watch::Surroundings;

fn inspection(layout: Layout, build_directory: &str) -> Inspection {
    Inspection {
        workspace: Arc::new(Workspace {
            root: "/home/me/ws".into(),
            target_directory: "/home/me/ws/target".into(),
            build_directory: build_directory.into(),
            members: vec![Member {
                name: PackageName::new("app"),
                id: PackageId::new("app"),
                manifest_path: "/home/me/ws/crates/app/Cargo.toml".into(),
            }],
        }),
        layout: Some(layout),
        profile: "dev".to_owned(),
        profile_directory: Utf8Path::new(build_directory).join("debug"),
        toolchain: None,
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

pub(in crate::watch) fn inspected(
    source: PackageSource,
    manifest: &str,
    dylib: &str,
    fingerprint: &str,
) -> InspectedMacro {
    InspectedMacro {
        expected: ExpectedMacro {
            name: PackageName::new("mac"),
            version: "1.0.0".to_owned(),
            package_id: PackageId::new("mac"),
            crate_name: CrateName::new("mac"),
            source,
            manifest_path: manifest.into(),
            ways: Vec::new(),
            unit: UnitIndex(0),
        },
        unit: None,
        dylib: Some(dylib.into()),
        verdict: Verdict::Fresh,
        built_by: None,
        built_at: None,
        size: None,
        access: None,
        exports: None,
        fingerprint_directory: Some(fingerprint.into()),
        last_build: LastBuild::Complete,
    }
}

fn check(plan: &WatchPlan, expected: &Expect) {
    let lines: Vec<String> = plan
        .directories()
        .map(|(directory, names)| {
            let exact = names
                .exact()
                .map(|(name, topic)| format!("{name} {topic:?}"));
            let others = names.others.map(|topic| format!("* {topic:?}"));
            let names: Vec<String> = exact.chain(others).collect();
            let watched = if plan.is_interior(directory) {
                " (interior)"
            } else {
                ""
            };
            format!("{directory}{watched}: {}\n", names.join(", "))
        })
        .collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn layout_v1_inside_the_workspace() {
    let mut inspection = inspection(Layout::V1, "/home/me/ws/target");
    inspection.macros = vec![
        inspected(
            PackageSource::Registry,
            "/home/me/.cargo/registry/src/index/mac-1.0.0/Cargo.toml",
            "/home/me/ws/target/debug/deps/libmac-0123456789abcdef.so",
            "/home/me/ws/target/debug/.fingerprint/mac-0123456789abcdef",
        ),
        inspected(
            PackageSource::Path,
            "/home/me/ws/crates/own/Cargo.toml",
            "/home/me/ws/target/debug/deps/libown-0123456789abcdef.so",
            "/home/me/ws/target/debug/.fingerprint/own-0123456789abcdef",
        ),
    ];
    inspection.inputs = vec![
        "/home/me/ws/crates/own/src/lib.rs".into(),
        "/home/me/ws/crates/own/templates".into(),
        "/home/me/shared/grammar.txt".into(),
    ];
    check(
        &WatchPlan::of(&inspection, &Surroundings::default()),
        &expect![[r#"
            /home: .cargo Step, Cargo.toml Input, rust-toolchain Input, rust-toolchain.toml Input
            /home/.cargo: config Input, config.toml Input
            /home/me: .cargo Step, Cargo.toml Input, rust-toolchain Input, rust-toolchain.toml Input
            /home/me/.cargo: config Input, config.toml Input
            /home/me/shared: grammar.txt Input
            /home/me/ws: .cargo Step, Cargo.lock Input, Cargo.toml Input, crates Step, rust-analyzer.toml Input, rust-toolchain Input, rust-toolchain.toml Input, target Step
            /home/me/ws/.cargo: config Input, config.toml Input
            /home/me/ws/crates: app Step, own Step
            /home/me/ws/crates/app: Cargo.toml Input
            /home/me/ws/crates/own: Cargo.toml Input, src Step, templates Input
            /home/me/ws/crates/own/src: lib.rs Input
            /home/me/ws/crates/own/templates: * Input
            /home/me/ws/target (interior): debug Step
            /home/me/ws/target/debug: .cargo-build-lock Lock, .cargo-lock Lock, .fingerprint Step, deps Step
            /home/me/ws/target/debug/.fingerprint: mac-0123456789abcdef Output, own-0123456789abcdef Output
            /home/me/ws/target/debug/deps: libmac-0123456789abcdef.so Output, libown-0123456789abcdef.so Output
        "#]],
    );
}

#[test]
fn what_lies_below_the_macros_and_what_decides_which_there_are() {
    let mut inspection = inspection(Layout::V1, "/home/me/ws/target");
    *Arc::make_mut(&mut inspection.footing) = Footing {
        products: vec!["/home/me/ws/target/debug/deps/libsyn-01.rlib".into()],
        fingerprints: vec!["/home/me/ws/target/debug/.fingerprint/syn-01".into()],
        deciding: Deciding {
            files: vec![
                "/home/me/ws/.cargo/config.toml".into(),
                "/home/me/ws/.cargo/more.toml".into(),
                "/home/me/rust-toolchain.toml".into(),
                "/home/me/beside/Cargo.toml".into(),
                // Above the root: with what lies around it.
                "/home/me/Cargo.toml".into(),
                "/Cargo.toml".into(),
            ],
            presences: vec!["/home/me/ws/crates/app/build.rs".into()],
            names: vec!["/home/me/ws/crates/app/tests".into()],
            trees: vec!["/home/me/ws/crates/bare".into()],
        },
    };
    check(
        &WatchPlan::of(&inspection, &Surroundings::default()),
        &expect![[r#"
            /home: .cargo Step, Cargo.toml Input, rust-toolchain Input, rust-toolchain.toml Input
            /home/.cargo: config Input, config.toml Input
            /home/me: .cargo Step, Cargo.toml Input, rust-toolchain Input, rust-toolchain.toml Input
            /home/me/.cargo: config Input, config.toml Input
            /home/me/beside: Cargo.toml Input
            /home/me/ws: .cargo Step, Cargo.lock Input, Cargo.toml Input, crates Step, rust-analyzer.toml Input, rust-toolchain Input, rust-toolchain.toml Input, target Step
            /home/me/ws/.cargo: config Input, config.toml Input, more.toml Input
            /home/me/ws/crates: app Step, bare Step
            /home/me/ws/crates/app: Cargo.toml Input, build.rs Presence, tests Step
            /home/me/ws/crates/app/tests: * Presence
            /home/me/ws/crates/bare: * Input
            /home/me/ws/target (interior): debug Step
            /home/me/ws/target/debug: .cargo-build-lock Lock, .cargo-lock Lock, .fingerprint Step, deps Step
            /home/me/ws/target/debug/.fingerprint: syn-01 Output
            /home/me/ws/target/debug/.fingerprint/syn-01 (interior): * Output
            /home/me/ws/target/debug/deps: libsyn-01.rlib Output
        "#]],
    );
}

#[test]
fn layout_v2_outside_the_workspace() {
    let mut inspection = inspection(Layout::V2, "/var/build/ws");
    inspection.macros = vec![inspected(
        PackageSource::Path,
        "/home/me/other/Cargo.toml",
        "/var/build/ws/debug/build/mac/0123456789abcdef/out/libmac-0123456789abcdef.so",
        "/var/build/ws/debug/build/mac/0123456789abcdef/fingerprint",
    )];
    let surroundings = Surroundings {
        cargo_home: Some("/home/me/.cargo".into()),
        rustup_home: Some("/home/me/.rustup".into()),
    };
    check(
        &WatchPlan::of(&inspection, &surroundings),
        &expect![[r#"
            /home: .cargo Step, Cargo.toml Input, rust-toolchain Input, rust-toolchain.toml Input
            /home/.cargo: config Input, config.toml Input
            /home/me: .cargo Step, Cargo.toml Input, rust-toolchain Input, rust-toolchain.toml Input
            /home/me/.cargo: config Input, config.toml Input
            /home/me/.rustup: settings.toml Input
            /home/me/.rustup/toolchains: * Input
            /home/me/.rustup/update-hashes: * Input
            /home/me/other: Cargo.toml Input
            /home/me/ws: .cargo Step, Cargo.lock Input, Cargo.toml Input, crates Step, rust-analyzer.toml Input, rust-toolchain Input, rust-toolchain.toml Input
            /home/me/ws/.cargo: config Input, config.toml Input
            /home/me/ws/crates: app Step
            /home/me/ws/crates/app: Cargo.toml Input
            /var/build: ws Step
            /var/build/ws (interior): debug Step
            /var/build/ws/debug: .cargo-build-lock Lock, .cargo-lock Lock, build Step
            /var/build/ws/debug/build: mac Step
            /var/build/ws/debug/build/mac (interior): 0123456789abcdef Step
            /var/build/ws/debug/build/mac/0123456789abcdef (interior): fingerprint Output, out Step
            /var/build/ws/debug/build/mac/0123456789abcdef/out: libmac-0123456789abcdef.so Output
        "#]],
    );
}

#[test]
fn a_workspace_that_cannot_be_read_is_watched_for_its_repair() {
    check(
        &WatchPlan::of_start(Utf8Path::new("/w/Cargo.toml"), &Surroundings::default()),
        &expect![[r#"
            /w: .cargo Step, Cargo.lock Input, Cargo.toml Input, rust-toolchain Input, rust-toolchain.toml Input
            /w/.cargo: config Input, config.toml Input
        "#]],
    );
}

#[test]
fn sources_count_by_any_name_and_files_elsewhere_by_their_own() {
    let root = Utf8Path::new("/home/me/ws");
    let directories = ["/home/me/ws", "/home/me/ws/src"].map(Utf8Path::new);
    let files = ["/home/me/words.txt", "/home/me/ws/assets/style.css"].map(Utf8Path::new);
    let plan = WatchPlan::of_sources(root, directories, files);
    check(
        &plan,
        &expect![[r#"
        /home/me: words.txt Input
        /home/me/ws: assets Step, src Step, * Input
        /home/me/ws/assets: style.css Input
        /home/me/ws/src: * Input
    "#]],
    );
    let inputs: Vec<Utf8PathBuf> = plan.inputs().collect();
    assert_eq!(inputs, files);
}

#[test]
fn two_plans_together_watch_for_both() {
    let start = |root: &str| WatchPlan::of_start(Utf8Path::new(root), &Surroundings::default());
    let both = start("/a/b").and(&start("/a"));
    check(
        &both,
        &expect![[r#"
            /a: .cargo Step, Cargo.lock Input, Cargo.toml Input, rust-toolchain Input, rust-toolchain.toml Input
            /a/.cargo: config Input, config.toml Input
            /a/b: .cargo Step, Cargo.lock Input, Cargo.toml Input, rust-toolchain Input, rust-toolchain.toml Input
            /a/b/.cargo: config Input, config.toml Input
        "#]],
    );
    assert!(start("/a/b").is_around(Utf8Path::new("/a")));
    assert!(!both.is_around(Utf8Path::new("/a")));
}

#[test]
fn a_directory_that_is_read_and_makes_targets_counts_for_the_stronger_reason() {
    let mut inspection = inspection(Layout::V1, "/home/me/ws/target");
    let directory = Utf8Path::new("/home/me/ws/crates/app/tests");
    inspection.inputs = vec![directory.to_owned()];
    Arc::make_mut(&mut inspection.footing).deciding.names = vec![directory.to_owned()];
    let plan = WatchPlan::of(&inspection, &Surroundings::default());
    let topic = |plan: &WatchPlan| plan.names(directory)?.topic("data.txt");
    assert_eq!(topic(&plan), Some(Topic::Input));
    inspection.inputs.clear();
    let weaker = WatchPlan::of(&inspection, &Surroundings::default());
    assert_eq!(topic(&weaker), Some(Topic::Presence));
    assert_eq!(topic(&plan.and(&weaker)), Some(Topic::Input));
}

/// The directories of a plan that need no watch.
fn interior(inspection: &Inspection) -> Vec<String> {
    let plan = WatchPlan::of(inspection, &Surroundings::default());
    let directories = plan.directories().map(|(directory, _)| directory);
    let interior = directories.filter(|directory| plan.is_interior(directory));
    interior.map(ToString::to_string).collect()
}

#[test]
fn what_is_the_workspaces_own_is_watched_though_builds_leave_their_things_around_it() {
    // `CARGO_TARGET_DIR` is a directory above the workspace.
    let mut inspection = inspection(Layout::V1, "/home/me");
    inspection.inputs = vec![
        "/home/me/ws/crates/own/src/lib.rs".into(),
        "/home/me/debug/build/own-01/out/made.rs".into(),
    ];
    let builds = ["/home/me/debug/build", "/home/me/debug/build/own-01"];
    let out = "/home/me/debug/build/own-01/out";
    assert_eq!(interior(&inspection), [&builds[..], &[out]].concat());
    // The workspace itself lies where builds leave their things.
    inspection.profile_directory = "/home/me/ws".into();
    Arc::make_mut(&mut inspection.workspace).build_directory = "/home/me".into();
    Arc::make_mut(&mut inspection.workspace).root = "/home/me/ws/deeper".into();
    inspection.inputs = vec![
        "/home/me/ws/deeper/src/lib.rs".into(),
        "/home/me/ws/build/own-01/out/made.rs".into(),
    ];
    let builds = ["/home/me/ws/build", "/home/me/ws/build/own-01"];
    let out = "/home/me/ws/build/own-01/out";
    assert_eq!(interior(&inspection), [&builds[..], &[out]].concat());
}
