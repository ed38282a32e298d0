#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_raw_string_hashes
)]

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::remedy::Step;
use crate::settings::Settings;
use crate::verdict::fixtures::workspace;

const QUIET: Circumstances<'static> = Circumstances {
    hazards: &[],
    chosen_by: None,
    choice: ToolchainChoice::Default,
    channel: None,
    rustup: Rustup::Present,
    cargo_version: None,
};

fn told(words: &str, circumstances: &Circumstances<'_>) -> String {
    let context = PlanContext {
        workspace: &workspace(),
        toolchain: None,
        settings: &Settings::default(),
        cargo: "cargo",
    };
    let unavailable = read(words, Utf8Path::new("/w/mac"));
    let finding = finding(&unavailable, circumstances, &context).unwrap();
    let mut text = format!(
        "{:?} {}: {}\n",
        finding.severity, finding.code, finding.message
    );
    if let Some(Location {
        path, line, column, ..
    }) = &finding.location
    {
        writeln!(text, "    at {path}:{line}:{column}").unwrap();
    }
    for plan in &finding.remedies {
        let runs = plan.steps.iter().filter_map(|step| match step {
            Step::Run { run, .. } => Some(run.join(" ")),
            _ => None,
        });
        writeln!(
            text,
            "    {}: {}",
            plan.title,
            runs.collect::<Vec<_>>().join("; ")
        )
        .unwrap();
    }
    text
}

fn check(words: &str, expected: &Expect) {
    expected.assert_eq(&told(words, &QUIET));
}

#[test]
fn a_toolchain_that_rustup_does_not_have() {
    let channel = Location {
        path: "/w/rust-toolchain.toml".into(),
        line: 2,
        column: 1,
        end_column: 20,
    };
    let named = Circumstances {
        chosen_by: Some("`rust-toolchain.toml`"),
        choice: ToolchainChoice::Named,
        channel: Some(&channel),
        ..QUIET
    };
    let hint = "toolchain '1.93.0-x86_64-unknown-linux-gnu' is not installed\nhelp: run `rustup toolchain install` to install it\n\nStack backtrace:\n   0: anyhow::error";
    expect![[r#"
        Error toolchain-not-installed: The toolchain `1.93.0-x86_64-unknown-linux-gnu`, which `rust-toolchain.toml` names, is not installed, so neither cargo nor rust-analyzer can work here. Install it: `rustup toolchain install`.
            at /w/rust-toolchain.toml:2:1
            Install the workspace's toolchain: rustup toolchain install
    "#]].assert_eq(&told(hint, &named));
    // Before rustup 1.28 there is no advice, and no install without a name.
    check(
        "toolchain '1.70.0' is not installed",
        &expect![[r#"
        Error toolchain-not-installed: The toolchain `1.70.0` is not installed, so neither cargo nor rust-analyzer can work here. Install it: `rustup toolchain install 1.70.0`.
            Install 1.70.0: rustup toolchain install 1.70.0
    "#]],
    );
    check(
        "override toolchain 'nightly-2026-01-01-x86_64-unknown-linux-gnu' is not installed",
        &expect![[r#"
            Error toolchain-not-installed: The toolchain `nightly-2026-01-01-x86_64-unknown-linux-gnu` is not installed, so neither cargo nor rust-analyzer can work here. Install it: `rustup toolchain install nightly-2026-01-01-x86_64-unknown-linux-gnu`.
                Install nightly-2026-01-01-x86_64-unknown-linux-gnu: rustup toolchain install nightly-2026-01-01-x86_64-unknown-linux-gnu
        "#]],
    );
    check(
        "custom toolchain 'stage1' specified in override file '/w/rust-toolchain.toml' is not installed",
        &expect![[r#"
            Error toolchain-not-installed: The toolchain `stage1` is not installed, so neither cargo nor rust-analyzer can work here. Link or build it, or name another one.
        "#]],
    );
    check(
        "invalid toolchain: the path '/opt/rust' has no bin/ directory",
        &expect![[r#"
            Error toolchain-not-installed: The toolchain `/opt/rust` is not installed, so neither cargo nor rust-analyzer can work here. Link or build it, or name another one.
        "#]],
    );
    check(
        "rustup could not choose a version of cargo to run, because one wasn't specified explicitly, and no default is configured.",
        &expect![[r#"
            Error toolchain-not-installed: Rustup has no default toolchain and this workspace names none, so neither cargo nor rust-analyzer can work here. Choose one: `rustup default stable`.
                Choose the stable toolchain: rustup default stable
        "#]],
    );
    check(
        "the 'cargo' binary, normally provided by the 'cargo' component, is not applicable to the 'stable-x86_64-unknown-linux-gnu' toolchain",
        &expect![[r#"
            Error toolchain-component-missing: The active toolchain has no `cargo`, so it cannot be asked which proc macros this workspace needs, and rust-analyzer cannot load it. Add it: `rustup component add cargo`.
                Add the component cargo: rustup component add cargo
        "#]],
    );
    check(
        "'cargo' is not installed for the custom toolchain 'stage1'.\nnote: this is a custom toolchain, which cannot use `rustup component add`",
        &expect![[r#"
            Error toolchain-not-installed: The toolchain `stage1` is not installed, so neither cargo nor rust-analyzer can work here. Link or build it, or name another one.
        "#]],
    );
    check(
        "'cargo' is not installed for the toolchain '1.70.0-x86_64-unknown-linux-gnu'.\nTo install, run `rustup component add cargo --toolchain 1.70.0-x86_64-unknown-linux-gnu`",
        &expect![[r#"
            Error toolchain-component-missing: The active toolchain has no `cargo`, so it cannot be asked which proc macros this workspace needs, and rust-analyzer cannot load it. Add it: `rustup component add cargo`.
                Add the component cargo: rustup component add cargo
        "#]],
    );
}

#[test]
fn a_toolchain_that_is_too_old() {
    let new = "rustc 1.95.0 is not supported by the following packages:\n  mac@0.1.0 requires rustc 1.99\n  mac@0.1.0 requires rustc 1.99\n  serde@2.0.0 requires rustc 1.98.1\n";
    check(
        new,
        &expect![[r#"
        Warning toolchain-too-old: `mac` needs rustc 1.99 and `serde` needs rustc 1.98.1, but this workspace is built by rustc 1.95.0, so cargo refuses to build it. Update the toolchain, or take older versions (`cargo update -p NAME --precise VERSION`).
            Update the toolchains: rustup update
    "#]],
    );
    let named = Circumstances {
        choice: ToolchainChoice::Named,
        ..QUIET
    };
    let old = "package `clap v4.5.0` cannot be built because it requires rustc 1.74 or newer, while the currently active rustc version is 1.65.0\nEither upgrade to rustc 1.74 or newer, or use\ncargo update -p clap@4.5.0 --precise ver\n";
    expect![[r#"
        Warning toolchain-too-old: `clap` needs rustc 1.74, but this workspace is built by rustc 1.65.0, so cargo refuses to build it. Name a newer toolchain, or take older versions (`cargo update -p NAME --precise VERSION`).
    "#]].assert_eq(&told(old, &named));
    let unstable = "the `--keep-going` flag is unstable, pass `-Z unstable-options` to enable it\nSee https://github.com/rust-lang/cargo/issues/10496 for more information about the `--keep-going` flag.";
    let asked = Circumstances {
        cargo_version: Some("1.65.0"),
        rustup: Rustup::Absent,
        ..QUIET
    };
    expect![[r#"
        Warning toolchain-too-old: Cargo 1.65.0 is too old to be asked as rust-analyzer asks it, so which proc macros this workspace needs is not known. Use a newer toolchain. Cargo says: the `--keep-going` flag is unstable, pass `-Z unstable-options` to enable it.
    "#]].assert_eq(&told(unstable, &asked));
    check(
        "failed to parse manifest at `/w/Cargo.toml`\n\nCaused by:\n  failed to parse the `edition` key\n\nCaused by:\n  this version of Cargo is older than the `2027` edition, and only supports `2015`, `2018`, `2021`, and `2024` editions.",
        &expect![[r#"
            Warning toolchain-too-old: This cargo is too old for this workspace, so which proc macros this workspace needs is not known. Use a newer toolchain. Cargo says: failed to parse manifest at `Cargo.toml`: failed to parse the `edition` key: this version of Cargo is older than the `2027` edition, and only supports `2015`, `2018`, `2021`, and `2024` editions.
                Update the toolchains: rustup update
        "#]],
    );
    check(
        "failed to parse lock file at: /w/Cargo.lock\n\nCaused by:\n  lock file version `99` was found, but this version of Cargo does not understand this lock file, perhaps Cargo needs to be updated?",
        &expect![[r#"
            Warning toolchain-too-old: This cargo is too old for this workspace, so which proc macros this workspace needs is not known. Use a newer toolchain. Cargo says: failed to parse lock file at: Cargo.lock: lock file version `99` was found, but this version of Cargo does not understand this lock file, perhaps Cargo needs to be updated?
                Update the toolchains: rustup update
        "#]],
    );
}

#[test]
fn a_workspace_that_cannot_be_read() {
    check(
        "invalid basic string, expected `\"`\n --> ../Cargo.toml:4:16\n  |\n4 | edition = \"2021\n  |                ^",
        &expect![[r#"
            Warning workspace-unreadable: Cargo cannot read this workspace, so which proc macros it needs is not known, and rust-analyzer cannot load it either: invalid basic string, expected `"`.
                at /w/Cargo.toml:4:16
        "#]],
    );
    check(
        "failed to parse manifest at `/w/Cargo.toml`\n\nCaused by:\n  TOML parse error at line 3, column 9\n    |\n  3 | name = \n    |        ^\n  invalid string",
        &expect![[r#"
            Warning workspace-unreadable: Cargo cannot read this workspace, so which proc macros it needs is not known, and rust-analyzer cannot load it either: failed to parse manifest at `Cargo.toml`: TOML parse error at line 3, column 9: invalid string.
                at /w/Cargo.toml:3:9
        "#]],
    );
    check(
        "failed to load manifest for workspace member `/w/nope`\nreferenced by workspace at `/w/Cargo.toml`\n\nCaused by:\n  failed to read `/w/nope/Cargo.toml`\n\nCaused by:\n  No such file or directory (os error 2)",
        &expect![[r#"
            Warning workspace-unreadable: Cargo cannot read this workspace, so which proc macros it needs is not known, and rust-analyzer cannot load it either: failed to load manifest for workspace member `nope`: referenced by workspace at `Cargo.toml`: failed to read `nope/Cargo.toml`: No such file or directory (os error 2).
        "#]],
    );
    check(
        "could not parse override file: '/w/rust-toolchain.toml'\n\nCaused by:\n    0: error parsing override file\n    1: TOML parse error at line 1, column 11\n         |\n       1 | [toolchain\n         |           ^\n       unclosed table, expected `]`",
        &expect![[r#"
            Warning workspace-unreadable: Cargo cannot read this workspace, so which proc macros it needs is not known, and rust-analyzer cannot load it either: could not parse override file: 'rust-toolchain.toml': error parsing override file: TOML parse error at line 1, column 11: unclosed table, expected `]`.
                at /w/rust-toolchain.toml:1:11
        "#]],
    );
    check(
        "failed to run `rustc` to learn about target-specific information\n\nCaused by:\n  process didn't exit successfully: `/bin/sidecargo rustc - --crate-name ___` (exit status: 1)\n  --- stderr\n  error: error loading target specification: could not find specification for target \"nosuch\"\n    |\n    = help: run `rustc --print target-list` for a list of built-in targets",
        &expect![[r#"
            Warning workspace-unreadable: Cargo cannot read this workspace, so which proc macros it needs is not known, and rust-analyzer cannot load it either: failed to run `rustc` to learn about target-specific information: error loading target specification: could not find specification for target "nosuch".
        "#]],
    );
    check(
        "",
        &expect![[r#"
            Warning workspace-unreadable: Cargo cannot read this workspace, so which proc macros it needs is not known, and rust-analyzer cannot load it either: it gave no reason.
        "#]],
    );
}

#[test]
fn what_network_or_an_update_mends() {
    check(
        "no matching package named `zzzqq` found\nlocation searched: crates.io index\nrequired by package `a v0.1.0 (/w)`\nAs a reminder, you're using offline mode (--offline) which can sometimes cause surprising resolution failures, if this error is too confusing you may wish to retry without `--offline`.",
        &expect![[r#"
            Warning workspace-unreadable: Something that this workspace needs was never downloaded, so which proc macros it needs is not known. Run `cargo fetch`. Cargo says: no matching package named `zzzqq` found: location searched: crates.io index: required by package `a v0.1.0 (/w)`.
                Download what the workspace needs: cargo fetch
        "#]],
    );
    check(
        "failed to get `mac` as a dependency of package `a v0.1.0 (/w)`\n\nCaused by:\n  failed to load source for dependency `mac`\n\nCaused by:\n  unable to update file:///mac\n\nCaused by:\n  can't checkout from 'file:///mac': you are in the offline mode (--offline)",
        &expect![[r#"
            Warning workspace-unreadable: Something that this workspace needs was never downloaded, so which proc macros it needs is not known. Run `cargo fetch`. Cargo says: failed to get `mac` as a dependency of package `a v0.1.0 (/w)`: failed to load source for dependency `mac`: unable to update file:///mac: can't checkout from 'file:///mac': you are in the offline mode (--offline).
                Download what the workspace needs: cargo fetch
        "#]],
    );
    check(
        "cannot update the lock file /w/Cargo.lock because --locked was passed to prevent this\nhelp: to generate the lock file without accessing the network, remove the --locked flag and use --offline instead.",
        &expect![[r#"
            Warning lockfile-outdated: `Cargo.lock` does not have what the manifests ask for, so which proc macros this workspace needs is not settled. Run `cargo update --workspace`.
                Bring Cargo.lock up to date: cargo update --workspace; cargo fetch
        "#]],
    );
    check(
        "the lock file /w/Cargo.lock needs to be updated but --locked was passed to prevent this\nIf you want to try to generate the lock file without accessing the network, remove the --locked flag and use --offline instead.",
        &expect![[r#"
            Warning lockfile-outdated: `Cargo.lock` does not have what the manifests ask for, so which proc macros this workspace needs is not settled. Run `cargo update --workspace`.
                Bring Cargo.lock up to date: cargo update --workspace; cargo fetch
        "#]],
    );
}

#[test]
fn a_missing_wrapper_is_the_cause_whatever_cargo_says() {
    let hazards = [Hazard::MissingProgram {
        variable: "RUSTC_WORKSPACE_WRAPPER".to_owned(),
        program: "nosuch".to_owned(),
    }];
    let circumstances = Circumstances {
        hazards: &hazards,
        ..QUIET
    };
    let words = "could not execute process `nosuch /rust/bin/rustc -vV` (never executed)\n\nCaused by:\n  No such file or directory (os error 2)";
    expect![[r#"
        Warning environment-hazard: The environment variable `RUSTC_WORKSPACE_WRAPPER` names the program `nosuch`, which is not there, so no build works here. Unset it, or install that program.
            Build once without RUSTC_WORKSPACE_WRAPPER: cargo check --workspace --keep-going --message-format=json --all-targets
    "#]].assert_eq(&told(words, &circumstances));
}

#[test]
fn what_downloads_and_installs_sees_the_environment_of_the_persons_settings() {
    let mut settings = Settings::default();
    let proxy = ("HTTPS_PROXY".to_owned(), Some("http://proxy".to_owned()));
    settings.cargo.extra_environment = [proxy].into();
    let context = PlanContext {
        workspace: &workspace(),
        toolchain: None,
        settings: &settings,
        cargo: "cargo",
    };
    for unavailable in [
        Unavailable::NotDownloaded {
            words: String::new(),
        },
        Unavailable::ComponentMissing {
            component: "cargo".to_owned(),
        },
        Unavailable::ToolchainNotInstalled {
            name: None,
            install: Install::Default,
        },
    ] {
        let finding = finding(&unavailable, &QUIET, &context).unwrap();
        let Some(Step::Run { env, .. }) = finding.remedies[0].steps.first() else {
            unreachable!("{finding:?}");
        };
        assert_eq!(env["HTTPS_PROXY"], "http://proxy");
    }
}
