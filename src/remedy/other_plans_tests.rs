#![allow(clippy::needless_raw_string_hashes, clippy::format_collect)]

use expect_test::expect;

use super::*;
use crate::remedy::plan_for;
use crate::remedy::planning::tests::{BUILD_COMMAND, show, show_all, with_context};
use crate::settings::Settings;
use crate::verdict::Verdict;
use crate::verdict::fixtures::{inspected, package};

#[test]
fn what_is_about_no_macro() {
    let mut settings = Settings::default();
    settings.cargo.target = Some("thumbv7em-none-eabihf".to_owned());
    let text = with_context(&settings, |context| {
        let of_codes: String = [
            Code::ToolchainNotInstalled,
            Code::TargetNotInstalled,
            Code::ToolchainComponentMissing,
            Code::ToolchainTooOld,
            Code::RustAnalyzerTooOld,
            Code::LockfileOutdated,
            Code::ToolchainChanged,
            Code::WatchDegraded,
        ]
        .into_iter()
        .map(|code| format!("{code}\n{}", show_all(&plan_for(code, &[], context))))
        .collect();
        of_codes
            + &show(&pin(&package("time"), "0.3.36", context))
            + &show(&with_variable("SQLX_OFFLINE", Some("true"), context))
            + &show(&with_variable("RUSTC_WRAPPER", None, context))
            + &show(&separate_directories(None))
            + &show(&install_toolchain(Some("1.94.1"), context))
            + &show(&reload_with_new_times(&[&inspected(
                &["mac"],
                Verdict::Fresh,
            )]))
    });
    expect![[r#"
        toolchain-not-installed
        Install: Install the workspace's toolchain
            /w$ rustup toolchain install
        target-not-installed
        Install: Add the target thumbv7em-none-eabihf
            /w$ rustup target add thumbv7em-none-eabihf
        toolchain-component-missing
        Install: Add the component rust-src
            /w$ rustup component add rust-src
        toolchain-too-old
        UpdateTools: Update the toolchains
            /w$ rustup update
        rust-analyzer-too-old
        Install: Add the component rust-analyzer
            /w$ rustup component add rust-analyzer
        lockfile-outdated
        UpdateLock: Bring Cargo.lock up to date
            /w$ cargo update --workspace
            /w$ cargo fetch
        toolchain-changed
        Reload: Reload rust-analyzer's proc macros
        watch-degraded
        Pin: Pin time to 0.3.36
            /w$ cargo update -p time --precise 0.3.36
            /w$ cargo fetch
        SetEnv: Build once with SQLX_OFFLINE=true
            /w$ SQLX_OFFLINE=true __CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS=nightly cargo check --workspace --keep-going --message-format=json --target thumbv7em-none-eabihf --all-targets --compile-time-deps -Zunstable-options
        SetEnv: Build once without RUSTC_WRAPPER
            /w$ __CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS=nightly -u RUSTC_WRAPPER cargo check --workspace --keep-going --message-format=json --target thumbv7em-none-eabihf --all-targets --compile-time-deps -Zunstable-options
        SeparateDirectories: Keep the machines apart: CARGO_TARGET_DIR set to a directory of its own on one of them
        Install: Install 1.94.1
            /w$ rustup toolchain install 1.94.1
        Reload: Give mac a new file time and reload rust-analyzer (what is built from it is then rebuilt)
            touch /w/target/debug/deps/libmac-0123456789abcdef.so
    "#]].assert_eq(&text.replace(BUILD_COMMAND, "BUILD"));
}

#[test]
fn a_plan_carries_the_variable_that_it_changes() {
    with_context(&Settings::default(), |context| {
        for (name, value) in [("A", Some("b=c")), ("RUSTC_WRAPPER", Some("")), ("A", None)] {
            let wanted = VariableChange {
                name: name.to_owned(),
                value: value.map(str::to_owned),
            };
            let plan = with_variable(name, value, context);
            assert_eq!(plan.variable, Some(wanted));
            let Some(Step::Run { env, unset, .. }) = plan.steps.first() else {
                panic!("{plan:?} runs nothing");
            };
            assert_eq!(env.get(name).map(String::as_str), value);
            assert_eq!(unset.iter().any(|unset| unset == name), value.is_none());
        }
        assert_eq!(update_lock(context).variable, None);
    });
}
