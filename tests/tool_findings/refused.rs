//! Workspaces that cargo, or rustup before it, refuses: always a finding; "could not check" only where cargo cannot read the workspace.

use crate::bench::Bench;

#[test]
fn a_toolchain_that_is_not_installed() {
    let mut bench = Bench::built();
    if !Bench::real("rustup").is_absolute() {
        eprintln!("skipped: no rustup");
        return;
    }
    bench.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.23.0\"\n");
    let report = bench.check(&[]);
    assert_eq!(report.exit, Some(1));
    assert_eq!(report.codes(), ["error toolchain-not-installed"]);
    assert!(
        report
            .message("toolchain-not-installed")
            .contains("`rust-toolchain.toml`")
    );
    let location = &report.finding("toolchain-not-installed")["location"];
    assert_eq!(location["line"], 2, "{location}");
    assert!(report.commands("toolchain-not-installed")[0].starts_with("rustup toolchain install"));
    assert_eq!(report.json["toolchain"]["rustc"], serde_json::Value::Null);

    bench.set("RUSTUP_TOOLCHAIN", "1.22.0");
    let report = bench.check(&[]);
    assert_eq!(report.codes(), ["error toolchain-not-installed"]);
    assert!(
        report
            .message("toolchain-not-installed")
            .contains("RUSTUP_TOOLCHAIN")
    );
    assert_eq!(
        report.finding("toolchain-not-installed")["location"],
        serde_json::Value::Null
    );
}

#[test]
fn a_manifest_that_does_not_parse_is_shown_at_its_place() {
    let bench = Bench::built();
    bench.replace("mac/Cargo.toml", "edition = \"2021\"", "edition = \"2021");
    let report = bench.check(&[]);
    assert_eq!(report.exit, Some(2));
    assert_eq!(report.codes(), ["warning workspace-unreadable"]);
    let location = &report.finding("workspace-unreadable")["location"];
    assert!(
        location["path"]
            .as_str()
            .unwrap()
            .ends_with("/mac/Cargo.toml"),
        "{location}"
    );
    assert_eq!(location["line"], 4, "{location}");
}

#[test]
fn a_package_that_needs_a_newer_rustc() {
    let bench = Bench::built();
    bench.replace(
        "mac/Cargo.toml",
        "edition",
        "rust-version = \"1.9999\"\nedition",
    );
    let report = bench.check(&[]);
    assert_eq!(report.exit, Some(1));
    assert_eq!(report.codes(), ["warning toolchain-too-old"]);
    assert_eq!(
        report.finding("toolchain-too-old")["packages"],
        serde_json::json!(["mac"])
    );
    assert!(report.message("toolchain-too-old").contains("1.9999"));
}

#[test]
fn a_cargo_that_is_too_old_leaves_reading() {
    let mut bench = Bench::built();
    let words =
        "error: the `--keep-going` flag is unstable, pass `-Z unstable-options` to enable it";
    let text = format!(
        "case $1 in --version) echo 'cargo 1.65.0 (4bc8f24d3 2022-10-20)' ;; check) cat >&2 <<'END'\n{words}\nEND\nexit 101 ;; *) exec {} \"$@\" ;; esac",
        Bench::real("cargo").display()
    );
    bench.script("old/cargo", &text);
    bench.only_tools_of(&["old"]);
    let report = bench.check(&[]);
    assert_eq!(report.exit, Some(1));
    assert_eq!(report.codes(), ["warning toolchain-too-old"]);
    assert!(
        report
            .message("toolchain-too-old")
            .starts_with("Cargo 1.65.0 is too old")
    );
    assert_eq!(report.the_macro()["name"], "mac");
    assert_eq!(report.the_macro()["status"], "unknown");
}

#[test]
fn a_dependency_that_was_never_downloaded() {
    let bench = Bench::built();
    bench.replace(
        "Cargo.toml",
        "[dependencies]",
        "[dependencies]\nsidecargo-never-heard-of = \"1\"",
    );
    let report = bench.check(&[]);
    assert_eq!(report.exit, Some(2));
    assert_eq!(report.codes(), ["warning workspace-unreadable"]);
    assert_eq!(report.commands("workspace-unreadable"), ["cargo fetch"]);
}

#[test]
fn variables_that_name_programs_that_are_not_there() {
    for variable in ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTC"] {
        let mut bench = Bench::built();
        bench.set(variable, "no-such-program");
        let report = bench.check(&[]);
        assert_eq!(report.exit, Some(1), "{variable}");
        assert_eq!(report.codes(), ["warning environment-hazard"], "{variable}");
        assert!(report.message("environment-hazard").contains(variable));
    }
}

#[test]
fn a_cargo_that_drops_the_wrapper_is_no_healthy_workspace() {
    let mut bench = Bench::built();
    let text = format!(
        "unset RUSTC_WRAPPER; exec {} \"$@\"",
        Bench::real("cargo").display()
    );
    bench.script("dropping/cargo", &text);
    bench.only_tools_of(&["dropping"]);
    let report = bench.check(&[]);
    assert_eq!(report.exit, Some(2));
    assert_eq!(report.codes(), ["warning workspace-unreadable"]);
    assert!(
        report
            .message("workspace-unreadable")
            .contains("RUSTC_WRAPPER")
    );
}
