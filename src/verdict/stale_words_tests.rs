//! Every message on stale macros, for one macro and for many, and where the change is in a dependency.
#![allow(clippy::needless_raw_string_hashes)]

use super::*;
use crate::verdict::fixtures::{check, check_many, through};
use crate::verdict::{VariableChange, Verdict};
use expect_test::expect;

fn stale() -> Vec<StaleReason> {
    let path = || "/w/crates/my-core/src/lib.rs".into();
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let environment = |change| StaleReason::EnvironmentChanged {
        variable: "MAC_ENV".to_owned(),
        change,
    };
    let version = |built: Option<&str>| StaleReason::VersionChanged {
        built: built.map(str::to_owned),
        wanted: "1.0.2".to_owned(),
    };
    vec![
        StaleReason::SourceChanged { path: path() },
        StaleReason::SourceMissing { path: path() },
        StaleReason::SourceInFuture { path: path() },
        StaleReason::ContentChanged { path: path() },
        environment(VariableChange::OtherValue),
        environment(VariableChange::Set),
        environment(VariableChange::Unset),
        version(Some("1.0.1")),
        version(Some("1.0.2")),
        version(None),
        StaleReason::FeaturesChanged {
            built: texts(&["std", "old"]),
            wanted: texts(&["std", "full", "extra"]),
        },
        StaleReason::RustflagsChanged {
            built: Vec::new(),
            wanted: texts(&["-C", "opt-level=1"]),
        },
        StaleReason::ProfileChanged,
        StaleReason::ManifestChanged {
            what: "the edition, the linker or another setting".to_owned(),
        },
        StaleReason::BuildScriptChanged { path: None },
        StaleReason::BuildScriptChanged { path: Some(path()) },
        StaleReason::WatchedFileMissing { path: path() },
        StaleReason::BuildOutputLost {
            path: "/w/target/debug/build/mac-65361d2a64b26ba7/out/gen.rs".into(),
        },
        StaleReason::BuildOutputLost {
            path: "/w/target/debug/deps/libmy_core-5037f4f8ddd53fa9.rlib".into(),
        },
        StaleReason::DepInfoDamaged {
            path: "/w/target/debug/.fingerprint/mac-13fcfd5ed6224eb3/dep-lib-mac".into(),
        },
        StaleReason::FingerprintLost {
            path: "/w/target/debug/.fingerprint/mac-13fcfd5ed6224eb3/lib-mac".into(),
        },
        StaleReason::Interrupted,
        through(None),
    ]
}

#[test]
fn stale_ones() {
    check(
        stale().into_iter().map(Verdict::Stale),
        &expect![[r#"
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: `crates/my-core/src/lib.rs` changed after it was built. Rebuild it.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `crates/my-core/src/lib.rs` changed after it was built
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: its source `crates/my-core/src/lib.rs` is gone. Bring it back, or rebuild without it.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: its source `crates/my-core/src/lib.rs` is gone
            Warning dylib-stale: Cargo rebuilds `tracing-attributes` 1.0.2, needed by `tracing`, on every run: `crates/my-core/src/lib.rs` is dated in the future. Set the file's time to now (`touch`) and rebuild.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `crates/my-core/src/lib.rs` is dated in the future
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code, and cargo will not notice: `crates/my-core/src/lib.rs` differs from what was built, though its time does not show it. Remove it and rebuild.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `crates/my-core/src/lib.rs` differs from what was built, though its time does not show it
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: the environment variable `MAC_ENV`, which the build reads, has another value now. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: the environment variable `MAC_ENV`, which the build reads, was not set then and is now. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: the environment variable `MAC_ENV`, which the build reads, was set then and is not now. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, is not built as this workspace now wants it: 1.0.1 is built, 1.0.2 is wanted. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, is not built as this workspace now wants it: only another variant of 1.0.2 is built. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, is not built as this workspace now wants it: another version or variant than 1.0.2 is built. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, is not built as this workspace now wants it: its features changed (now also `full` and `extra`, no longer `old`). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, is not built as this workspace now wants it: the compiler flags changed from none to `-C opt-level=1`. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: the profile or the lint settings changed after it was built. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: the edition, the linker or another setting changed after it was built. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: its build script, or what it watches, changed. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: `crates/my-core/src/lib.rs`, which its build script is made from or watches, changed. Rebuild it.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `crates/my-core/src/lib.rs`, which its build script is made from or watches, changed
            Warning dylib-stale: Cargo rebuilds `tracing-attributes` 1.0.2, needed by `tracing`, on every run: `crates/my-core/src/lib.rs`, which its build script watches, is not there. Bring the file back, or take it out of the build script.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `crates/my-core/src/lib.rs`, which its build script watches, is not there
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, cannot be rebuilt: `target/debug/build/mac-65361d2a64b26ba7/out/gen.rs`, which its build script wrote, is gone, and cargo will not write it again by itself. Clean the package and rebuild.
                /w/target/debug/build/mac-65361d2a64b26ba7/out/gen.rs:1 tracing-attributes: `target/debug/build/mac-65361d2a64b26ba7/out/gen.rs`, which its build script wrote, is gone
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, has to be rebuilt: `target/debug/deps/libmy_core-5037f4f8ddd53fa9.rlib`, which its build left for later steps, is gone. Rebuild it.
                /w/target/debug/deps/libmy_core-5037f4f8ddd53fa9.rlib:1 tracing-attributes: `target/debug/deps/libmy_core-5037f4f8ddd53fa9.rlib`, which its build left for later steps, is gone
            Warning dylib-stale: Whether `tracing-attributes` 1.0.2, needed by `tracing`, is up to date cannot be known: cargo's list of its sources cannot be read (`target/debug/.fingerprint/mac-13fcfd5ed6224eb3/dep-lib-mac`). Rebuild it.
                /w/target/debug/.fingerprint/mac-13fcfd5ed6224eb3/dep-lib-mac:1 tracing-attributes: cargo's list of its sources cannot be read (`target/debug/.fingerprint/mac-13fcfd5ed6224eb3/dep-lib-mac`)
            Warning dylib-stale: Whether `tracing-attributes` 1.0.2, needed by `tracing`, is up to date cannot be known: cargo's record of its build is gone or does not fit (`target/debug/.fingerprint/mac-13fcfd5ed6224eb3/lib-mac`). Rebuild it.
                /w/target/debug/.fingerprint/mac-13fcfd5ed6224eb3/lib-mac:1 tracing-attributes: cargo's record of its build is gone or does not fit (`target/debug/.fingerprint/mac-13fcfd5ed6224eb3/lib-mac`)
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: its last rebuild stopped before it was done. Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: `my-core` changed or was rebuilt since (tracing-attributes → my-core). Rebuild it.
        "#]],
    );
}

#[test]
fn many_stale_ones() {
    check_many(
        stale().into_iter().map(Verdict::Stale),
        &expect![[r#"
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: `crates/my-core/src/lib.rs` changed after they were built. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: their source `crates/my-core/src/lib.rs` is gone. Bring it back, or rebuild without it.
            dylib-stale: Cargo rebuilds `d`, `a`, `c` and `b` on every run: `crates/my-core/src/lib.rs` is dated in the future. Set the file's time to now (`touch`) and rebuild.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code, and cargo will not notice: `crates/my-core/src/lib.rs` differs from what was built, though its time does not show it. Remove them and rebuild.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: the environment variable `MAC_ENV`, which the build reads, has another value now. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: the environment variable `MAC_ENV`, which the build reads, was not set then and is now. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: the environment variable `MAC_ENV`, which the build reads, was set then and is not now. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` are not built as this workspace now wants them: other versions are built than are wanted. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` are not built as this workspace now wants them: other versions are built than are wanted. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` are not built as this workspace now wants them: other versions are built than are wanted. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` are not built as this workspace now wants them: their features changed. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` are not built as this workspace now wants them: the compiler flags changed from none to `-C opt-level=1`. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: the profile or the lint settings changed after they were built. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: the edition, the linker or another setting changed after they were built. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: their build scripts, or what these watch, changed. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: `crates/my-core/src/lib.rs`, which their build script is made from or watches, changed. Rebuild them.
            dylib-stale: Cargo rebuilds `d`, `a`, `c` and `b` on every run: `crates/my-core/src/lib.rs`, which their build script watches, is not there. Bring the file back, or take it out of the build script.
            dylib-stale: `d`, `a`, `c` and `b` cannot be rebuilt: `target/debug/build/mac-65361d2a64b26ba7/out/gen.rs`, which their build script wrote, is gone, and cargo will not write it again by itself. Clean the package and rebuild.
            dylib-stale: `d`, `a`, `c` and `b` have to be rebuilt: `target/debug/deps/libmy_core-5037f4f8ddd53fa9.rlib`, which their build left for later steps, is gone. Rebuild them.
            dylib-stale: Whether `d`, `a`, `c` and `b` are up to date cannot be known: cargo's list of their sources cannot be read (`target/debug/.fingerprint/mac-13fcfd5ed6224eb3/dep-lib-mac`). Rebuild them.
            dylib-stale: Whether `d`, `a`, `c` and `b` are up to date cannot be known: cargo's record of their build is gone or does not fit (`target/debug/.fingerprint/mac-13fcfd5ed6224eb3/lib-mac`). Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: their last rebuild stopped before it was done. Rebuild them.
            dylib-stale: `d`, `a`, `c` and `b` expand with old code: `my-core` changed or was rebuilt since. Rebuild them.
        "#]],
    );
}

#[test]
fn stale_ones_through_a_dependency() {
    let reasons = stale()
        .into_iter()
        .map(|reason| Verdict::Stale(through(Some(reason))));
    check(
        reasons,
        &expect![[r#"
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: `crates/my-core/src/lib.rs` changed after it was built (tracing-attributes → my-core). Rebuild it.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `crates/my-core/src/lib.rs` changed after it was built (tracing-attributes → my-core)
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: `my-core`'s source `crates/my-core/src/lib.rs` is gone (tracing-attributes → my-core). Bring it back, or rebuild without it.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `my-core`'s source `crates/my-core/src/lib.rs` is gone (tracing-attributes → my-core)
            Warning dylib-stale: Cargo rebuilds `tracing-attributes` 1.0.2, needed by `tracing`, on every run: `crates/my-core/src/lib.rs` is dated in the future (tracing-attributes → my-core). Set the file's time to now (`touch`) and rebuild.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `crates/my-core/src/lib.rs` is dated in the future (tracing-attributes → my-core)
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code, and cargo will not notice: `crates/my-core/src/lib.rs` differs from what was built, though its time does not show it (tracing-attributes → my-core). Remove it and rebuild.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `crates/my-core/src/lib.rs` differs from what was built, though its time does not show it (tracing-attributes → my-core)
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: the environment variable `MAC_ENV`, which the build reads, has another value now (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: the environment variable `MAC_ENV`, which the build reads, was not set then and is now (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: the environment variable `MAC_ENV`, which the build reads, was set then and is not now (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, is not built as this workspace now wants it: `my-core` 1.0.1 is built, 1.0.2 is wanted (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, is not built as this workspace now wants it: only another variant of `my-core` 1.0.2 is built (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, is not built as this workspace now wants it: another version or variant than `my-core` 1.0.2 is built (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, is not built as this workspace now wants it: `my-core`'s features changed (now also `full` and `extra`, no longer `old`) (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, is not built as this workspace now wants it: the compiler flags changed from none to `-C opt-level=1` (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: the profile or the lint settings changed after it was built (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: the edition, the linker or another setting changed after it was built (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: `my-core`'s build script, or what it watches, changed (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: `crates/my-core/src/lib.rs`, which `my-core`'s build script is made from or watches, changed (tracing-attributes → my-core). Rebuild it.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `crates/my-core/src/lib.rs`, which `my-core`'s build script is made from or watches, changed (tracing-attributes → my-core)
            Warning dylib-stale: Cargo rebuilds `tracing-attributes` 1.0.2, needed by `tracing`, on every run: `crates/my-core/src/lib.rs`, which `my-core`'s build script watches, is not there (tracing-attributes → my-core). Bring the file back, or take it out of the build script.
                /w/crates/my-core/src/lib.rs:1 tracing-attributes: `crates/my-core/src/lib.rs`, which `my-core`'s build script watches, is not there (tracing-attributes → my-core)
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, cannot be rebuilt: `target/debug/build/mac-65361d2a64b26ba7/out/gen.rs`, which `my-core`'s build script wrote, is gone (tracing-attributes → my-core), and cargo will not write it again by itself. Clean the package and rebuild.
                /w/target/debug/build/mac-65361d2a64b26ba7/out/gen.rs:1 tracing-attributes: `target/debug/build/mac-65361d2a64b26ba7/out/gen.rs`, which `my-core`'s build script wrote, is gone (tracing-attributes → my-core)
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, has to be rebuilt: `target/debug/deps/libmy_core-5037f4f8ddd53fa9.rlib`, which `my-core`'s build left for later steps, is gone (tracing-attributes → my-core). Rebuild it.
                /w/target/debug/deps/libmy_core-5037f4f8ddd53fa9.rlib:1 tracing-attributes: `target/debug/deps/libmy_core-5037f4f8ddd53fa9.rlib`, which `my-core`'s build left for later steps, is gone (tracing-attributes → my-core)
            Warning dylib-stale: Whether `tracing-attributes` 1.0.2, needed by `tracing`, is up to date cannot be known: cargo's list of `my-core`'s sources cannot be read (`target/debug/.fingerprint/mac-13fcfd5ed6224eb3/dep-lib-mac`) (tracing-attributes → my-core). Rebuild it.
                /w/target/debug/.fingerprint/mac-13fcfd5ed6224eb3/dep-lib-mac:1 tracing-attributes: cargo's list of `my-core`'s sources cannot be read (`target/debug/.fingerprint/mac-13fcfd5ed6224eb3/dep-lib-mac`) (tracing-attributes → my-core)
            Warning dylib-stale: Whether `tracing-attributes` 1.0.2, needed by `tracing`, is up to date cannot be known: cargo's record of `my-core`'s build is gone or does not fit (`target/debug/.fingerprint/mac-13fcfd5ed6224eb3/lib-mac`) (tracing-attributes → my-core). Rebuild it.
                /w/target/debug/.fingerprint/mac-13fcfd5ed6224eb3/lib-mac:1 tracing-attributes: cargo's record of `my-core`'s build is gone or does not fit (`target/debug/.fingerprint/mac-13fcfd5ed6224eb3/lib-mac`) (tracing-attributes → my-core)
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: `my-core`'s last rebuild stopped before it was done (tracing-attributes → my-core). Rebuild it.
            Warning dylib-stale: `tracing-attributes` 1.0.2, needed by `tracing`, expands with old code: `my-core` changed or was rebuilt since (tracing-attributes → my-core). Rebuild it.
        "#]],
    );
}
