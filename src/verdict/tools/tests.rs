#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_raw_string_hashes
)]

use expect_test::{Expect, expect};

use super::*;
use crate::cargo::tools::VersionAnswer;
use crate::names::RustcVersion;
use crate::settings::Settings;
use crate::verdict::fixtures::{report, toolchain, workspace};

const RUSTUP: &str = "/home/me/.cargo/bin/rust-analyzer";
const SYSTEM: &str = "/usr/bin/rust-analyzer";

/// A machine where nothing is wrong.
struct Machine {
    toolchain: Toolchain,
    facts: fn(&mut ToolFacts<'_>),
    rust_analyzers: Option<Vec<FoundRustAnalyzer>>,
    targets: Vec<Triple>,
    hazards: Vec<Hazard>,
    settings: Settings,
}

fn machine() -> Machine {
    Machine {
        toolchain: toolchain(SelectedBy::Default),
        facts: |_| {},
        rust_analyzers: None,
        targets: Vec::new(),
        hazards: Vec::new(),
        settings: Settings::default(),
    }
}

impl Machine {
    fn with(mut self, change: fn(&mut ToolFacts<'_>)) -> Self {
        self.facts = change;
        self
    }

    fn rust_analyzers(mut self, found: &[(&str, VersionAnswer)]) -> Self {
        let found = found.iter().map(|(path, answer)| FoundRustAnalyzer {
            path: (*path).into(),
            answer: answer.clone(),
        });
        self.rust_analyzers = Some(found.collect());
        self
    }

    fn rustc(mut self, version: &str) -> Self {
        self.toolchain.rustc = RustcVersion::new(version);
        self
    }

    fn of_the_system(mut self) -> Self {
        self.toolchain.selected_by = SelectedBy::Path;
        self
    }

    fn in_session(mut self) -> Self {
        self.settings.tool_questions = ToolQuestions::AskedForSession;
        self
    }

    fn findings(&self) -> Vec<Finding> {
        let mut facts = ToolFacts {
            toolchain: &self.toolchain,
            choice: ToolchainChoice::Default,
            macros: Presence::Present,
            server: ServerState {
                origin: ServerOrigin::Toolchain,
                path: Some("/sysroot/libexec/rust-analyzer-proc-macro-srv".into()),
                presence: Presence::Present,
                answer: Some(ServerAnswer::Speaks { protocol: 6 }),
                fit: ServerFit::Fits,
            },
            rust_analyzers: self.rust_analyzers.as_deref(),
            own_rust_analyzer: Presence::Absent,
            sources: Presence::Present,
            missing_targets: &self.targets,
            lock_file: LockFile::Settled,
            hazards: &self.hazards,
        };
        (self.facts)(&mut facts);
        let context = PlanContext {
            workspace: &workspace(),
            toolchain: Some(&self.toolchain),
            settings: &self.settings,
            cargo: "cargo",
        };
        findings(&facts, &context)
    }

    fn check(&self, expected: &Expect) {
        let findings = self.findings();
        let mut text = report(&findings);
        for plan in findings.iter().flat_map(|finding| &finding.remedies) {
            text.push_str("    ");
            text.push_str(&plan.title);
            for step in &plan.steps {
                if let crate::remedy::Step::Run { run, .. } = step {
                    text.push_str(": ");
                    text.push_str(&run.join(" "));
                }
            }
            text.push('\n');
        }
        expected.assert_eq(&text);
    }
}

fn version(text: &str) -> VersionAnswer {
    VersionAnswer::Version(text.to_owned())
}

#[test]
fn a_machine_in_order_has_nothing_to_tell() {
    let own = version("1.95.0 (59807616 2026-04-14)");
    machine()
        .rust_analyzers(&[(RUSTUP, own.clone()), (SYSTEM, own)])
        .check(&expect![""]);
    // Nothing that only macros need is told of a workspace without any.
    machine()
        .with(|facts| {
            facts.macros = Presence::Absent;
            facts.server.presence = Presence::Absent;
        })
        .check(&expect![""]);
}

#[test]
fn nothing_is_told_where_rust_analyzer_expands_nothing() {
    let mut machine = machine().with(|facts| {
        facts.server.presence = Presence::Absent;
        facts.lock_file = LockFile::Outdated;
    });
    machine.settings.proc_macro.expansion = Expansion::Disabled;
    machine.check(&expect![""]);
}

#[test]
fn a_server_that_is_not_there() {
    let absent: fn(&mut ToolFacts<'_>) = |facts| {
        facts.server.presence = Presence::Absent;
        facts.server.path = None;
        facts.server.answer = None;
    };
    machine().with(absent).check(&expect![[r#"
        Information proc-macro-server-missing: rustc 1.95.0 has no `rust-analyzer-proc-macro-srv` (looked for in `/sysroot/libexec` and `/sysroot/lib`), so rust-analyzer cannot expand any macro. It comes with every toolchain since 1.64: install this one anew, or a newer one.
            Update the toolchains: rustup update
    "#]]);
    machine()
        .of_the_system()
        .with(absent)
        .in_session()
        .check(&expect![[r#"
            Warning proc-macro-server-missing: rustc 1.95.0 has no `rust-analyzer-proc-macro-srv` (looked for in `/sysroot/libexec` and `/sysroot/lib`), so rust-analyzer cannot expand any macro. Install the package of your system that has it, or use a toolchain of rustup's.
        "#]]);
    machine()
        .with(|facts| {
            facts.server.origin = ServerOrigin::Setting;
            facts.server.presence = Presence::Absent;
            facts.server.path = Some("/opt/server".into());
        })
        .check(&expect![[r#"
            Information proc-macro-server-missing: rust-analyzer's setting `procMacro.server` names `/opt/server`, and no such program is there, so no macro expands. Correct it, or take it out: the toolchain's own then serves.
        "#]]);
}

#[test]
fn a_server_that_does_not_fit() {
    machine()
        .with(|facts| {
            facts.server.origin = ServerOrigin::Setting;
            facts.server.fit = ServerFit::OtherRustc(Some(RustcVersion::new(
                "rustc 1.94.0 (4a4ef493e 2026-03-02)",
            )));
        })
        .check(&expect![[r#"
            Information proc-macro-server-incompatible: The proc-macro server `/sysroot/libexec/rust-analyzer-proc-macro-srv` belongs to `rustc 1.94.0 (4a4ef493e 2026-03-02)`, but this workspace is built by `rustc 1.95.0 (59807616e 2026-04-14)`, so it refuses the macros built here. Take `procMacro.server` out of rust-analyzer's settings; the toolchain's own then serves.
        "#]]);
    machine()
        .with(|facts| {
            facts.server.answer = Some(ServerAnswer::NotUnderstood(
                "it ended (exit status: 122)".to_owned(),
            ));
        })
        .in_session()
        .check(&expect![[r#"
            Warning proc-macro-server-incompatible: The proc-macro server `/sysroot/libexec/rust-analyzer-proc-macro-srv` does not answer as a proc-macro server does (it ended (exit status: 122)), so no macro expands. Install the toolchain anew, or another one.
                Update the toolchains: rustup update
        "#]]);
    machine()
        .with(|facts| facts.server.answer = Some(ServerAnswer::Silent))
        .check(&expect![[r#"
            Information proc-macro-server-incompatible: The proc-macro server `/sysroot/libexec/rust-analyzer-proc-macro-srv` gives no answer, so no macro expands. Install the toolchain anew, or another one.
                Update the toolchains: rustup update
        "#]]);
}

#[test]
fn two_rust_analyzers() {
    machine()
        .rust_analyzers(&[
            (RUSTUP, version("1.95.0 (59807616 2026-04-14)")),
            (SYSTEM, version("1.97.1")),
        ])
        .check(&expect![[r#"
            Information rust-analyzer-ambiguous: PATH has rust-analyzers of different versions: `/home/me/.cargo/bin/rust-analyzer` (1.95.0) comes before `/usr/bin/rust-analyzer` (1.97.1). Which one an editor starts depends on how the editor was started; keep one, or name it in the editor's settings.
        "#]]);
    machine()
        .rust_analyzers(&[
            (RUSTUP, VersionAnswer::ComponentMissing),
            (SYSTEM, version("1.97.1")),
        ])
        .in_session()
        .check(&expect![[r#"
            Warning rust-analyzer-ambiguous: The first rust-analyzer on PATH, `/home/me/.cargo/bin/rust-analyzer`, is rustup's stand-in for a component that this toolchain does not have, and hides `/usr/bin/rust-analyzer` (1.97.1). Name the one that works in the editor's settings, or remove the first.
        "#]]);
    // The one behind is never started.
    machine()
        .rust_analyzers(&[
            (SYSTEM, version("1.97.1")),
            (RUSTUP, VersionAnswer::ComponentMissing),
        ])
        .check(&expect![""]);
}

#[test]
fn components_that_are_missing() {
    let without_sources: fn(&mut ToolFacts<'_>) = |facts| facts.sources = Presence::Absent;
    machine()
        .with(without_sources)
        .rust_analyzers(&[(RUSTUP, VersionAnswer::ComponentMissing)])
        .in_session()
        .check(&expect![[r#"
            Warning toolchain-component-missing: The toolchain of rustc 1.95.0 lacks `rust-analyzer` and `rust-src`, so an editor that starts `rust-analyzer` from PATH gets none. Add what is missing: `rustup component add rust-analyzer rust-src`.
                Add the rust-analyzer and rust-src of the toolchain: rustup component add rust-analyzer: rustup component add rust-src
        "#]]);
    machine()
        .with(without_sources)
        .of_the_system()
        .rust_analyzers(&[(SYSTEM, version("1.97.1"))])
        .in_session()
        .check(&expect![[r#"
            Information toolchain-component-missing: The toolchain of rustc 1.95.0 lacks `rust-src`, so rust-analyzer knows nothing of the standard library; macros expand all the same. Install the package that your system has for it.
        "#]]);
    // A plain check does not ask, and macros expand without.
    machine().with(without_sources).check(&expect![""]);
}

#[test]
fn versions_that_do_not_fit() {
    let old = "0.3.1950-standalone (3a0dcf8 2024-05-05)";
    machine()
        .rust_analyzers(&[(SYSTEM, version(old))])
        .in_session()
        .check(&expect![[r#"
            Warning rust-analyzer-too-old: rust-analyzer 0.3.1950-standalone of 2024-05-05 (`/usr/bin/rust-analyzer`) is too old for rustc 1.95.0: it speaks the proc-macro server's protocol up to version 4, and the server has version 6, so no macro expands. Update it where it came from, or use the toolchain's own (`rustup component add rust-analyzer`).
                Add the component rust-analyzer: rustup component add rust-analyzer
        "#]]);
    machine()
        .rustc("rustc 1.90.0 (1159e78c4 2025-09-14)")
        .rust_analyzers(&[(SYSTEM, version("0.4.2900-standalone (d2e55da 2026-08-21)"))])
        .check(&expect![[r#"
            Warning toolchain-too-old: This workspace uses rustc 1.90.0, and rust-analyzer 0.4.2900-standalone of 2026-08-21 (`/usr/bin/rust-analyzer`) supports only 1.94 and newer, so its macros may not expand although they are well built. Use a newer toolchain, or have the editor start the rust-analyzer of this one (`rustup component add rust-analyzer`).
                Add the component rust-analyzer: rustup component add rust-analyzer
                Update the toolchains: rustup update
        "#]]);
    machine()
        .rustc("rustc 1.90.0 (1159e78c4 2025-09-14)")
        .check(&expect![[r#"
            Information toolchain-too-old: This workspace uses rustc 1.90.0, and today's rust-analyzer supports only 1.94 and newer, so its macros may not expand although they are well built. Use a newer toolchain, or have the editor start the rust-analyzer of this one (`rustup component add rust-analyzer`).
                Add the component rust-analyzer: rustup component add rust-analyzer
                Update the toolchains: rustup update
        "#]]);
    machine()
        .rustc("rustc 1.90.0 (1159e78c4 2025-09-14)")
        .with(|facts| facts.own_rust_analyzer = Presence::Present)
        .check(&expect![""]);
}

#[test]
fn what_keeps_builds_from_working() {
    let mut machine = machine().with(|facts| facts.lock_file = LockFile::Outdated);
    machine.targets = vec![Triple::new("thumbv7em-none-eabihf")];
    machine.hazards = vec![
        Hazard::MissingProgram {
            variable: "RUSTC_WRAPPER".to_owned(),
            program: "sccache".to_owned(),
        },
        Hazard::Bootstrap {
            scope: HazardScope::Environment,
        },
        Hazard::Bootstrap {
            scope: HazardScope::Editor,
        },
    ];
    machine.check(&expect![[r#"
        Warning environment-hazard: The environment variable `RUSTC_WRAPPER` names the program `sccache`, which is not there, so no build works here. Unset it, or install that program.
        Information environment-hazard: The environment variable RUSTC_BOOTSTRAP is set here. Several proc-macro crates are rebuilt whenever it changes, so have the editor and every terminal agree on it.
        Warning environment-hazard: rust-analyzer's setting `cargo.extraEnv` sets RUSTC_BOOTSTRAP, which several proc-macro crates are rebuilt for: editor and terminal undo each other's builds. Set it for both, or take it out.
        Information lockfile-outdated: `Cargo.lock` does not have what the manifests ask for; the next cargo command will change it, and with it perhaps the versions of macros. Run `cargo update --workspace` and commit the file; commands with `--locked` fail until then.
        Warning target-not-installed: This workspace is built for `thumbv7em-none-eabihf`, and rustc 1.95.0 does not have the standard library of that target, so builds fail ("can't find crate for `std`"). Add it: `rustup target add thumbv7em-none-eabihf`.
            Build once without RUSTC_WRAPPER: cargo check --workspace --keep-going --message-format=json --all-targets --compile-time-deps -Zunstable-options
            Build once without RUSTC_BOOTSTRAP: cargo check --workspace --keep-going --message-format=json --all-targets --compile-time-deps -Zunstable-options
            Bring Cargo.lock up to date: cargo update --workspace: cargo fetch
            Add the target thumbv7em-none-eabihf: rustup target add thumbv7em-none-eabihf
    "#]]);
}

#[test]
fn a_build_without_a_broken_wrapper_is_without_that_one() {
    let mut machine = machine();
    machine.hazards = vec![Hazard::BrokenWrapper {
        named_by: "`build.rustc-wrapper` in `/home/me/workspace/.cargo/config.toml`".to_owned(),
        variable: "RUSTC_WRAPPER".to_owned(),
        program: "/usr/bin/wrap".to_owned(),
        said: "no such option".to_owned(),
    }];
    let titles: Vec<String> = machine
        .findings()
        .iter()
        .flat_map(|finding| &finding.remedies)
        .map(|plan| plan.title.clone())
        .collect();
    assert_eq!(titles, ["Build once with RUSTC_WRAPPER="]);
}

#[test]
fn a_person_decides_how_much_it_matters() {
    let mut machine = machine().with(|facts| facts.lock_file = LockFile::Outdated);
    machine
        .settings
        .severity
        .insert(Code::LockfileOutdated, Some(Severity::Error));
    let severities: Vec<Severity> = machine
        .findings()
        .iter()
        .map(|finding| finding.severity)
        .collect();
    assert_eq!(severities, [Severity::Error]);
    machine
        .settings
        .severity
        .insert(Code::LockfileOutdated, None);
    assert_eq!(machine.findings(), []);
}
