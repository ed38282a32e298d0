//! The report for people as it reads, for whole inspections.

#![allow(clippy::needless_raw_string_hashes)] // As expect-test writes them.

use expect_test::{Expect, expect};

use super::*;
use crate::cli::report::samples::{self, inspected, plain_context, unhealthy, workspace};
use crate::names::RustcVersion;
use crate::verdict::{
    Corruption, PlatformMismatch, RustcPlace, Severity, StaleReason, UnknownReason, VariableChange,
};

fn check(inspection: &Inspection, expected: &Expect) {
    let counting = Counting::default();
    check_with(inspection, &plain_context(&counting), expected);
}

fn check_with(inspection: &Inspection, context: &Context<'_>, expected: &Expect) {
    let report = render(inspection, context);
    for line in report.lines() {
        assert!(line.chars().count() <= COLUMNS, "too wide: {line}");
        assert_eq!(line.trim_end(), line);
    }
    expected.assert_eq(&report);
}

fn healthy() -> Inspection {
    let mut inspection = workspace();
    inspection.macros = vec![
        inspected(
            "async-stream-impl",
            "0.3.6",
            &["mini-redis", "async-stream"],
            Verdict::Fresh,
        ),
        inspected(
            "tokio-macros",
            "2.5.0",
            &["mini-redis", "tokio"],
            Verdict::Fresh,
        ),
    ];
    inspection
}

#[test]
fn a_healthy_workspace_is_one_line() {
    check(
        &healthy(),
        &expect![[r#"
        ok 2 proc macros fresh (mini-redis, rustc 1.95.0)
    "#]],
    );
}

#[test]
fn a_workspace_without_proc_macros_says_so() {
    check(
        &workspace(),
        &expect![[r#"
        ok no proc macros in this workspace (mini-redis, rustc 1.95.0)
    "#]],
    );
}

#[test]
fn the_healthy_ones_are_listed_when_asked_for() {
    let counting = Counting::default();
    let context = Context {
        detail: Detail::Full,
        ..plain_context(&counting)
    };
    check_with(
        &healthy(),
        &context,
        &expect![[r#"
        ok 2 proc macros fresh (mini-redis, rustc 1.95.0)
            async-stream-impl 0.3.6  built 20 Nov 2026, 18:16 UTC by rustc 1.95.0
            tokio-macros 2.5.0       built 20 Nov 2026, 18:16 UTC by rustc 1.95.0
    "#]],
    );
    check_with(
        &unhealthy(),
        &context,
        &expect![[r#"
            sidecargo 0.1.0-alpha.1 | mini-redis | rustc 1.95.0 (default)
            target/debug (layout v1)

              x corrupt  tokio-macros 2.5.0          cut short: 4,096 of 7,811,224 bytes
                         cargo calls it fresh; removing and rebuilding mends it
                         needed by tokio -> mini-redis
                         target/debug/deps/libtokio_macros-404da065c25ce003.so
              x missing  tracing-attributes 0.1.28   deleted after it was built
                         needed by tracing -> mini-redis   Cargo.toml:24
                         target/debug/deps/libtracing_attributes-404da065c25ce003.so
              ! stale    my-macros 0.1.0
                         crates/my-core/src/lib.rs changed since (my-macros -> my-core)
                         needed by mini-redis          Cargo.toml:25
                         target/debug/deps/libmy_macros-404da065c25ce003.so
              ok 2 fresh
                async-stream-impl 0.3.6  built 20 Nov 2026, 18:16 UTC by rustc 1.95.0
                thiserror-impl 2.0.21    built 20 Nov 2026, 18:16 UTC by rustc 1.95.0

            2 of 5 proc macros will not expand, 1 expands with old code.
            Mend them: sidecargo fix     Why: sidecargo explain dylib-corrupt
        "#]],
    );
}

#[test]
fn each_unhealthy_macro_gets_a_block() {
    check(
        &unhealthy(),
        &expect![[r#"
            sidecargo 0.1.0-alpha.1 | mini-redis | rustc 1.95.0 (default)
            target/debug (layout v1)

              x corrupt  tokio-macros 2.5.0          cut short: 4,096 of 7,811,224 bytes
                         cargo calls it fresh; removing and rebuilding mends it
                         needed by tokio -> mini-redis
                         target/debug/deps/libtokio_macros-404da065c25ce003.so
              x missing  tracing-attributes 0.1.28   deleted after it was built
                         needed by tracing -> mini-redis   Cargo.toml:24
                         target/debug/deps/libtracing_attributes-404da065c25ce003.so
              ! stale    my-macros 0.1.0
                         crates/my-core/src/lib.rs changed since (my-macros -> my-core)
                         needed by mini-redis          Cargo.toml:25
                         target/debug/deps/libmy_macros-404da065c25ce003.so
              ok 2 fresh

            2 of 5 proc macros will not expand, 1 expands with old code.
            Mend them: sidecargo fix     Why: sidecargo explain dylib-corrupt
        "#]],
    );
}

#[test]
fn a_terminal_gets_marks_and_colours() {
    let counting = Counting::default();
    let context = Context {
        look: Look::Rich,
        ..plain_context(&counting)
    };
    let report = render(&unhealthy(), &context);
    let mut bare = String::new();
    let mut rest = report.as_str();
    while let Some((before, escape)) = rest.split_once('\u{1b}') {
        bare.push_str(before);
        rest = escape.split_once('m').unwrap().1;
    }
    bare.push_str(rest);
    assert_ne!(bare, report);
    expect![[r#"
        sidecargo 0.1.0-alpha.1 · mini-redis · rustc 1.95.0 (default)
        target/debug (layout v1)

          ✗ corrupt  tokio-macros 2.5.0          cut short: 4,096 of 7,811,224 bytes
                     cargo calls it fresh; removing and rebuilding mends it
                     needed by tokio → mini-redis
                     target/debug/deps/libtokio_macros-404da065c25ce003.so
          ✗ missing  tracing-attributes 0.1.28   deleted after it was built
                     needed by tracing → mini-redis   Cargo.toml:24
                     target/debug/deps/libtracing_attributes-404da065c25ce003.so
          ! stale    my-macros 0.1.0
                     crates/my-core/src/lib.rs changed since (my-macros → my-core)
                     needed by mini-redis          Cargo.toml:25
                     target/debug/deps/libmy_macros-404da065c25ce003.so
          ✓ 2 fresh

        2 of 5 proc macros will not expand, 1 expands with old code.
        Mend them: sidecargo fix     Why: sidecargo explain dylib-corrupt
    "#]]
    .assert_eq(&bare);
}

#[test]
fn one_cause_with_many_macros_is_one_block() {
    check(
        &samples::nothing_built(),
        &expect![[r#"
            sidecargo 0.1.0-alpha.1 | mini-redis | rustc 1.95.0 (default) | target/debug

              x missing  23 proc macros   nothing is built here yet
                         macro-number-1, macro-number-2, macro-number-3, macro-number-4,
                         macro-number-5, macro-number-6, macro-number-7 and 16 more

            None of the 23 proc macros will expand.
            Mend them: sidecargo fix     Why: sidecargo explain dylib-missing
        "#]],
    );
}

#[test]
fn every_kind_of_fault_reads_well_and_fits() {
    let verdicts = [
        Verdict::Corrupt(Corruption::NotADylib {
            looks_like: "a text file".to_owned(),
        }),
        Verdict::WrongPlatform(PlatformMismatch::Format {
            built: "Mach-O arm64".to_owned(),
            wanted: "Linux x86-64".to_owned(),
        }),
        Verdict::WrongRustc {
            built: Some(RustcVersion::new(
                "rustc 1.97.0-nightly (e50aa6fba 2026-05-19)",
            )),
            wanted: RustcVersion::new("rustc 1.95.0 (59807616e 2026-04-14)"),
            place: RustcPlace::Expected,
        },
        Verdict::Stale(StaleReason::EnvironmentChanged {
            variable: "CARGO_PKG_DESCRIPTION".to_owned(),
            change: VariableChange::Unset,
        }),
        Verdict::Stale(StaleReason::BuildOutputLost {
            path: format!(
                "{}/target/debug/build/mac-65361d2a64b26ba7/out/gen.rs",
                samples::ROOT
            )
            .into(),
        }),
        Verdict::Stale(StaleReason::FeaturesChanged {
            built: vec!["std".to_owned()],
            wanted: vec!["derive".to_owned()],
        }),
        Verdict::Unknown(UnknownReason::Ambiguous),
    ];
    let mut inspection = workspace();
    for (number, verdict) in verdicts.into_iter().enumerate() {
        let name = format!("a-macro-with-quite-a-long-name-{number}");
        let inspected = inspected(&name, "0.1.0", &["mini-redis", "some-library"], verdict);
        inspection.findings.push(samples::finding(
            &[&inspected],
            Severity::Warning,
            Some(7),
            "not shown",
        ));
        inspection.macros.push(inspected);
    }
    check(
        &inspection,
        &expect![[r#"
            sidecargo 0.1.0-alpha.1 | mini-redis | rustc 1.95.0 (default)
            target/debug (layout v1)

              x corrupt         a-macro-with-quite-a-long-name-0 0.1.0
                                a text file, not a dynamic library
                                cargo calls it fresh; removing and rebuilding mends it
                                needed by some-library -> mini-redis   Cargo.toml:7
                                .../liba_macro_with_quite_a_long_name_0-404da065c25ce003.so
              x wrong-platform  a-macro-with-quite-a-long-name-1 0.1.0
                                built for Mach-O arm64; this machine runs Linux x86-64
                                is the target directory shared with another machine or
                                container?
                                needed by some-library -> mini-redis   Cargo.toml:7
                                .../liba_macro_with_quite_a_long_name_1-404da065c25ce003.so
              x wrong-rustc     a-macro-with-quite-a-long-name-2 0.1.0
                                built by rustc 1.97.0-nightly (2026-05-19); wanted is rustc
                                1.95.0
                                cargo calls it fresh; removing and rebuilding mends it
                                needed by some-library -> mini-redis   Cargo.toml:7
                                .../liba_macro_with_quite_a_long_name_2-404da065c25ce003.so
              ! stale           a-macro-with-quite-a-long-name-3 0.1.0
                                CARGO_PKG_DESCRIPTION was set, and is not now
                                needed by some-library -> mini-redis   Cargo.toml:7
                                .../liba_macro_with_quite_a_long_name_3-404da065c25ce003.so
              ! stale           a-macro-with-quite-a-long-name-4 0.1.0
                                target/debug/build/mac-65361d2a64b26ba7/out/gen.rs is gone,
                                which its build script wrote
                                cargo will not bring it back; the package has to be cleaned
                                first
                                needed by some-library -> mini-redis   Cargo.toml:7
                                .../liba_macro_with_quite_a_long_name_4-404da065c25ce003.so
              ! stale           a-macro-with-quite-a-long-name-5 0.1.0
                                features changed: +derive -std
                                needed by some-library -> mini-redis   Cargo.toml:7
                                .../liba_macro_with_quite_a_long_name_5-404da065c25ce003.so
              ? unknown         a-macro-with-quite-a-long-name-6 0.1.0
                                several builds of it fit, and cargo did not say which
                                needed by some-library -> mini-redis   Cargo.toml:7
                                .../liba_macro_with_quite_a_long_name_6-404da065c25ce003.so

            3 of 7 proc macros will not expand, 3 expand with old code.
            Mend them: sidecargo fix     Why: sidecargo explain dylib-corrupt
        "#]],
    );
}

#[test]
fn findings_of_another_kind_show_their_message() {
    let mut inspection = healthy();
    inspection.findings = vec![samples::toolchain_finding()];
    check(
        &inspection,
        &expect![[r#"
            sidecargo 0.1.0-alpha.1 | mini-redis | rustc 1.95.0 (default)
            target/debug (layout v1)

              x toolchain-not-installed   rust-toolchain.toml:2
                rust-toolchain.toml asks for toolchain 1.94.1, which is not installed. Cargo
                and rust-analyzer cannot start until it is.
                1. install toolchain 1.94.1
              ok 2 fresh

            Why: sidecargo explain toolchain-not-installed
        "#]],
    );
}

#[test]
fn what_is_not_known_is_counted_and_not_blamed() {
    let mut inspection = workspace();
    inspection.toolchain = None;
    inspection.macros = vec![
        inspected(
            "mac",
            "",
            &["mini-redis"],
            Verdict::Unknown(UnknownReason::NoExec),
        ),
        inspected("other", "1.0.0", &["mini-redis"], Verdict::Building),
    ];
    inspection.limits = Some("no process was started".to_owned());
    check(
        &inspection,
        &expect![[r#"
        2 proc macros (mini-redis):
          ? 1 being built
          ? 1 not known to be fresh
        Note: no process was started
    "#]],
    );
}

#[test]
fn a_running_build_and_codes_that_do_not_count_are_noted() {
    let mut inspection = unhealthy();
    inspection.build = BuildActivity::Running;
    inspection.macros.push(inspected(
        "serde_derive",
        "1.0.229",
        &["mini-redis"],
        Verdict::Building,
    ));
    inspection.limits = Some("No process was started: what cargo expects is not known.".to_owned());
    let counting = Counting {
        deny: Vec::new(),
        allow: vec![Code::DylibStale],
    };
    let context = Context {
        selection: " ../mini-redis",
        ..plain_context(&counting)
    };
    check_with(
        &inspection,
        &context,
        &expect![[r#"
            sidecargo 0.1.0-alpha.1 | mini-redis | rustc 1.95.0 (default)
            target/debug (layout v1)

              x corrupt  tokio-macros 2.5.0          cut short: 4,096 of 7,811,224 bytes
                         cargo calls it fresh; removing and rebuilding mends it
                         needed by tokio -> mini-redis
                         target/debug/deps/libtokio_macros-404da065c25ce003.so
              x missing  tracing-attributes 0.1.28   deleted after it was built
                         needed by tracing -> mini-redis   Cargo.toml:24
                         target/debug/deps/libtracing_attributes-404da065c25ce003.so
              ! stale    my-macros 0.1.0
                         crates/my-core/src/lib.rs changed since (my-macros -> my-core)
                         needed by mini-redis          Cargo.toml:25
                         target/debug/deps/libmy_macros-404da065c25ce003.so
              ok 2 fresh
              ? 1 being built

            2 of 6 proc macros will not expand, 1 expands with old code.
            Mend them: sidecargo fix ../mini-redis     Why: sidecargo explain dylib-corrupt
            A build is running here; look again when it has ended, or use --wait.
            Not counted, as asked for: dylib-stale.
            Note: No process was started: what cargo expects is not known.
        "#]],
    );
}
