#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_raw_string_hashes,
    clippy::format_collect
)]

use std::fmt::Write as _;

use super::*;
use crate::expected::SelectedBy;
use crate::names::RustcVersion;
use crate::settings::{Settings, TargetDirectory};
use crate::verdict::fixtures::{inspected, package, toolchain, workspace};
use crate::verdict::{Corruption, PlatformMismatch};
use expect_test::{Expect, expect};

pub(crate) fn with_context<Answer>(
    settings: &Settings,
    ask: impl FnOnce(&PlanContext<'_>) -> Answer,
) -> Answer {
    let mut workspace = workspace();
    if settings.cargo.target_directory == TargetDirectory::RustAnalyzerSubdirectory {
        // As cargo's answer has it then.
        workspace.target_directory.push("rust-analyzer");
    }
    ask(&PlanContext {
        workspace: &workspace,
        toolchain: Some(&toolchain(SelectedBy::Default)),
        settings,
        cargo: "cargo",
    })
}

/// A plan as a person would type it.
pub(crate) fn show(plan: &Plan) -> String {
    let mut text = format!("{:?}: {}\n", plan.kind, plan.title);
    for step in &plan.steps {
        match step {
            Step::Remove { remove } => writeln!(text, "    rm {remove}").unwrap(),
            Step::Touch { touch } => writeln!(text, "    touch {touch}").unwrap(),
            Step::Run {
                run,
                env,
                unset,
                cwd,
            } => {
                let env: String = env
                    .iter()
                    .map(|(name, value)| format!("{name}={value} "))
                    .chain(unset.iter().map(|name| format!("-u {name} ")))
                    .collect();
                writeln!(text, "    {cwd}$ {env}{}", run.join(" ")).unwrap();
            }
        }
    }
    text
}

pub(crate) fn show_all(plans: &[Plan]) -> String {
    plans.iter().map(show).collect()
}

/// The preferred plan for one macro with each verdict.
fn check(verdicts: impl IntoIterator<Item = Verdict>, wanted: &Expect) {
    let mut text = String::new();
    for verdict in verdicts {
        let one = inspected(&["mac"], verdict);
        let plan = with_context(&Settings::default(), |context| preferred(&[&one], context));
        text += &show(&plan).replace(BUILD_COMMAND, "BUILD");
    }
    wanted.assert_eq(&text);
}

pub(crate) const BUILD_COMMAND: &str = "/w$ __CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS=nightly cargo check --workspace --keep-going --message-format=json --all-targets --compile-time-deps -Zunstable-options";

fn through(because: StaleReason) -> StaleReason {
    StaleReason::DependencyChanged {
        dependency: package("my-core"),
        chain: vec![package("mac"), package("my-core")],
        path: None,
        because: Some(Box::new(because)),
    }
}

fn wrong_rustc(place: RustcPlace) -> Verdict {
    Verdict::WrongRustc {
        built: None,
        wanted: RustcVersion::new("rustc 1.95.0 (59807616e 2026-04-14)"),
        place,
    }
}

fn lost() -> StaleReason {
    StaleReason::BuildOutputLost {
        path: "/w/target/debug/build/mac-65361d2a64b26ba7/out/gen.rs".into(),
    }
}

#[test]
fn the_kinds_offered_and_their_order() {
    let platform = Verdict::WrongPlatform(PlatformMismatch::Format {
        built: "Mach-O arm64".to_owned(),
        wanted: "Linux".to_owned(),
    });
    let settings = Settings::default();
    let mut text = String::new();
    for (code, verdict) in [
        (Code::DylibMissing, Verdict::Missing(MissingReason::Deleted)),
        (Code::DylibCorrupt, Verdict::Corrupt(Corruption::Empty)),
        (Code::DylibWrongPlatform, platform),
        (Code::DylibStale, Verdict::Stale(lost())),
        (
            Code::DylibUnknown,
            Verdict::Unknown(UnknownReason::Ambiguous),
        ),
        (
            Code::DylibUnknown,
            Verdict::Unknown(UnknownReason::Overridden),
        ),
        (Code::DylibUnknown, Verdict::Unknown(UnknownReason::NoExec)),
    ] {
        let one = inspected(&["mac"], verdict);
        let plans = with_context(&settings, |context| plan_for(code, &[&one], context));
        let kinds: Vec<RemedyKind> = plans.iter().map(|plan| plan.kind).collect();
        writeln!(text, "{code}: {kinds:?}").unwrap();
    }
    expect![[r#"
        dylib-missing: [Rebuild, CleanAndRebuild, CleanPackage]
        dylib-corrupt: [Rebuild, CleanAndRebuild, CleanPackage]
        dylib-wrong-platform: [Rebuild, SeparateDirectories, CleanAndRebuild, CleanPackage]
        dylib-stale: [CleanAndRebuild, Rebuild, CleanPackage]
        dylib-unknown: [Rebuild, CleanAndRebuild, CleanPackage]
        dylib-unknown: []
        dylib-unknown: []
    "#]]
    .assert_eq(&text);
}

#[test]
fn all_plans_of_one_finding() {
    let one = inspected(&["mac"], Verdict::Corrupt(Corruption::Empty));
    let plans = with_context(&Settings::default(), |context| {
        plan_for(Code::DylibCorrupt, &[&one], context)
    });
    expect![[r#"
        Rebuild: Rebuild mac
            rm /w/target/debug/deps/libmac-0123456789abcdef.so
            /w$ __CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS=nightly cargo check --workspace --keep-going --message-format=json --all-targets --compile-time-deps -Zunstable-options
        CleanAndRebuild: Clean and rebuild mac
            /w$ cargo clean -p mac
            /w$ __CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS=nightly cargo check --workspace --keep-going --message-format=json --all-targets --compile-time-deps -Zunstable-options
        CleanPackage: Clean mac
            /w$ cargo clean -p mac
    "#]].assert_eq(&show_all(&plans));
}

#[test]
fn what_cargo_would_call_fresh_goes_first() {
    check(
        [
            Verdict::Corrupt(Corruption::Empty),
            Verdict::Corrupt(Corruption::NotAFile {
                is: "a directory".to_owned(),
            }),
            Verdict::WrongPlatform(PlatformMismatch::LibcTooOld {
                built: "glibc 2.38".to_owned(),
                wanted: "glibc 2.31".to_owned(),
            }),
            wrong_rustc(RustcPlace::Expected),
            Verdict::Stale(StaleReason::ContentChanged {
                path: "/w/mac/src/lib.rs".into(),
            }),
        ],
        &expect![[r#"
            Rebuild: Rebuild mac
                rm /w/target/debug/deps/libmac-0123456789abcdef.so
                BUILD
            Rebuild: Rebuild mac
                rm /w/target/debug/deps/libmac-0123456789abcdef.so
                BUILD
            Rebuild: Rebuild mac
                rm /w/target/debug/deps/libmac-0123456789abcdef.so
                BUILD
            Rebuild: Rebuild mac
                rm /w/target/debug/deps/libmac-0123456789abcdef.so
                BUILD
            Rebuild: Rebuild mac
                rm /w/target/debug/deps/libmac-0123456789abcdef.so
                BUILD
        "#]],
    );
}

#[test]
fn what_cargo_sees_by_itself_stays() {
    check(
        [
            Verdict::Missing(MissingReason::NeverBuilt),
            Verdict::Missing(MissingReason::BuildDirectoryAbsent),
            Verdict::Missing(MissingReason::Deleted),
            Verdict::Missing(MissingReason::Interrupted),
            wrong_rustc(RustcPlace::Beside),
            Verdict::Stale(StaleReason::SourceChanged {
                path: "/w/mac/src/lib.rs".into(),
            }),
            Verdict::Stale(StaleReason::ProfileChanged),
            Verdict::Stale(StaleReason::BuildOutputLost {
                path: "/w/target/debug/deps/libmy_core-5037f4f8ddd53fa9.rlib".into(),
            }),
            Verdict::Stale(StaleReason::FingerprintLost {
                path: "/w/target/debug/.fingerprint/mac-13fcfd5ed6224eb3/lib-mac".into(),
            }),
        ],
        &expect![[r#"
            Rebuild: Build mac
                BUILD
            Rebuild: Build mac
                BUILD
            Rebuild: Rebuild mac
                BUILD
            Rebuild: Rebuild mac
                BUILD
            Rebuild: Rebuild mac
                BUILD
            Rebuild: Rebuild mac
                BUILD
            Rebuild: Rebuild mac
                BUILD
            Rebuild: Rebuild mac
                BUILD
            Rebuild: Rebuild mac
                BUILD
        "#]],
    );
}

#[test]
fn what_cargo_cannot_see_or_stumbles_over() {
    let in_future = || StaleReason::SourceInFuture {
        path: "/w/mac/src/lib.rs".into(),
    };
    let damaged = |path: &str| StaleReason::DepInfoDamaged { path: path.into() };
    let content = StaleReason::ContentChanged {
        path: "/w/my-core/src/lib.rs".into(),
    };
    let fingerprint = "/w/target/debug/.fingerprint/my-core-13fcfd5ed6224eb3/dep-lib-my_core";
    check(
        [
            Verdict::Stale(in_future()),
            Verdict::Stale(through(in_future())),
            Verdict::Stale(through(content)),
            Verdict::Stale(damaged(
                "/w/target/debug/.fingerprint/mac-13fcfd5ed6224eb3/dep-lib-mac",
            )),
            Verdict::Stale(through(damaged(fingerprint))),
            Verdict::Stale(damaged("/elsewhere/dep-lib-mac")),
            Verdict::Stale(lost()),
            Verdict::Stale(through(lost())),
        ],
        &expect![[r#"
            Rebuild: Rebuild mac
                touch /w/mac/src/lib.rs
                BUILD
            Rebuild: Rebuild mac
                touch /w/mac/src/lib.rs
                BUILD
            Rebuild: Rebuild mac
                touch /w/my-core/src/lib.rs
                BUILD
            Rebuild: Rebuild mac
                rm /w/target/debug/.fingerprint/mac-13fcfd5ed6224eb3
                BUILD
            Rebuild: Rebuild mac
                rm /w/target/debug/.fingerprint/my-core-13fcfd5ed6224eb3
                BUILD
            Rebuild: Rebuild mac
                BUILD
            CleanAndRebuild: Clean and rebuild mac
                /w$ cargo clean -p mac
                BUILD
            CleanAndRebuild: Clean and rebuild mac
                /w$ cargo clean -p mac -p my-core
                BUILD
        "#]],
    );
}

#[test]
fn nothing_outside_the_build_directory_is_removed() {
    for outside in [
        "/elsewhere/libmac.so",
        "/w/target",
        "/w/target/../src/libmac.so",
    ] {
        let mut one = inspected(&["mac"], Verdict::Corrupt(Corruption::Empty));
        one.dylib = Some(outside.into());
        let plan = with_context(&Settings::default(), |context| rebuild(&[&one], context));
        assert_eq!(plan.steps.len(), 1, "{outside}");
    }
}

#[test]
fn many_macros_make_one_run() {
    let broken = inspected(&["a"], Verdict::Corrupt(Corruption::Empty));
    let gone = inspected(&["b"], Verdict::Missing(MissingReason::Deleted));
    let lost = inspected(&["mac"], Verdict::Stale(lost()));
    let text = with_context(&Settings::default(), |context| {
        show(&preferred(&[&broken, &gone], context))
            + &show(&preferred(&[&broken, &gone, &lost], context))
            + &show(&clean_and_rebuild(&[&broken, &gone, &lost], context))
    });
    expect![[r#"
        Rebuild: Rebuild a and b
            rm /w/target/debug/deps/liba-0123456789abcdef.so
            BUILD
        CleanAndRebuild: Clean and rebuild 3 proc macros
            /w$ cargo clean -p mac
            rm /w/target/debug/deps/liba-0123456789abcdef.so
            BUILD
        CleanAndRebuild: Clean and rebuild 3 proc macros
            /w$ cargo clean -p a -p b -p mac
            BUILD
    "#]]
    .assert_eq(&text.replace(BUILD_COMMAND, "BUILD"));
}

#[test]
fn a_persons_settings_are_in_every_command() {
    let mut settings = Settings::default();
    settings.cargo.profile = Some("custom".to_owned());
    settings.cargo.target_directory = TargetDirectory::RustAnalyzerSubdirectory;
    settings.cargo.extra_arguments = ["--offline", "--config", "net.retry=0", "--bins", "-Zscript"]
        .map(str::to_owned)
        .to_vec();
    settings.cargo.extra_environment = [
        ("A".to_owned(), Some("1".to_owned())),
        ("B".to_owned(), None),
    ]
    .into();
    let one = inspected(&["mac"], Verdict::Corrupt(Corruption::Empty));
    let text = with_context(&settings, |context| {
        show(&clean_and_rebuild(&[&one], context)) + &show(&clean_all(context))
    });
    expect![[r#"
        CleanAndRebuild: Clean and rebuild mac
            /w$ A=1 -u B cargo clean --target-dir /w/target/rust-analyzer --offline --config net.retry=0 -Zscript -p mac --profile custom
            /w$ A=1 __CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS=nightly -u B cargo check --workspace --keep-going --message-format=json --target-dir /w/target/rust-analyzer --profile custom --offline --config net.retry=0 --bins -Zscript --all-targets --compile-time-deps -Zunstable-options
        CleanAll: Clean the whole build directory
            /w$ A=1 -u B cargo clean --target-dir /w/target/rust-analyzer --offline --config net.retry=0 -Zscript
    "#]].assert_eq(&text);
}

#[test]
fn a_build_command_of_the_persons_own_is_used() {
    let mut settings = Settings::default();
    settings.cargo.override_command = Some(vec![
        "bazel".to_owned(),
        "build".to_owned(),
        "//...".to_owned(),
    ]);
    let one = inspected(&["mac"], Verdict::Corrupt(Corruption::Empty));
    let text = with_context(&settings, |context| show(&rebuild(&[&one], context)));
    expect![[r#"
        Rebuild: Rebuild mac
            rm /w/target/debug/deps/libmac-0123456789abcdef.so
            /w$ bazel build //...
    "#]]
    .assert_eq(&text);
}

/// Rustc would refuse to write where the old one lies.
#[test]
fn what_may_not_be_written_over_goes_first() {
    let mut one = inspected(
        &["mac"],
        Verdict::Stale(through(StaleReason::SourceChanged {
            path: "/w/my-core/src/lib.rs".into(),
        })),
    );
    one.access = Some(FileAccess::ReadOnly);
    let plan = with_context(&Settings::default(), |context| preferred(&[&one], context));
    expect![[r#"
        Rebuild: Rebuild mac
            rm /w/target/debug/deps/libmac-0123456789abcdef.so
            BUILD
    "#]]
    .assert_eq(
        &show(&plan)
            .replace(BUILD_COMMAND, "BUILD")
            .replace("/w$ BUILD", "BUILD"),
    );
}
