//! What stands in the way before any build: wrappers, flags. And what looks like it and is none.

use crate::bench::Bench;

/// The one hazard, with its severity.
fn hazard(bench: &Bench) -> String {
    let findings = bench.findings("environment-hazard");
    let told: Vec<String> = findings
        .iter()
        .map(|finding| {
            format!(
                "{}: {}",
                finding["severity"].as_str().unwrap(),
                finding["message"].as_str().unwrap()
            )
        })
        .collect();
    told.join("\n")
}

#[test]
fn a_wrapper_of_the_configuration_that_is_not_there_is_a_hazard() {
    let mut bench = Bench::new();
    bench.write(
        ".cargo/config.toml",
        "[build]\nrustc-wrapper = \"no-such-wrapper\"\n",
    );
    let told = hazard(&bench);
    assert!(
        told.starts_with(
            "warning: `.cargo/config.toml` sets `build.rustc-wrapper` to `no-such-wrapper`"
        ),
        "{told}"
    );
    // It is so: cargo cannot build here; and what is offered helps.
    assert!(!bench.run("cargo", &["check"]).success());
    let findings = bench.findings("environment-hazard");
    let helped = bench.carry_out(&findings[0]["remedies"][0]);
    assert!(helped[0].success(), "{}", helped[0].stderr);
    // On a terminal it is told with the command to copy.
    let told = bench.sidecargo(&["check"]).stdout;
    assert!(told.contains("1. Build once with RUSTC_WRAPPER="), "{told}");
    assert!(told.contains("RUSTC_WRAPPER='' "), "{told}");
    // A variable, even an empty one, goes before the file.
    bench.set("RUSTC_WRAPPER", "");
    assert_eq!(hazard(&bench), "");
}

#[test]
fn a_wrapper_that_does_not_run_rustc_is_a_hazard() {
    let mut bench = Bench::new();
    let broken = bench.script("bin/broken", "echo 'cannot reach the cache' >&2; exit 3");
    bench.set("RUSTC_WRAPPER", broken.into_os_string());
    let told = hazard(&bench);
    assert!(told.contains("RUSTC_WRAPPER puts"), "{told}");
    assert!(told.contains("cannot reach the cache"), "{told}");
    assert!(!bench.run("cargo", &["check"]).success());

    let works = bench.script("bin/works", "exec \"$@\"");
    bench.set("RUSTC_WRAPPER", works.into_os_string());
    assert_eq!(hazard(&bench), "");
    assert!(bench.run("cargo", &["check"]).success());
}

#[test]
fn a_relative_wrapper_of_the_configuration_is_found_where_cargo_finds_it() {
    let bench = Bench::new();
    bench.write(
        ".cargo/config.toml",
        "[build]\nrustc-wrapper = \"tools/wrap\"\n",
    );
    let script = bench.script("workspace/tools/wrap", "exec \"$@\"");
    assert!(script.is_file());
    assert_eq!(hazard(&bench), "");
    assert!(bench.run("cargo", &["check"]).success());
}

#[test]
fn a_wrapper_that_only_the_workspace_names_is_not_run_by_a_look() {
    let bench = Bench::new();
    bench.write(
        ".cargo/config.toml",
        "[build]\nrustc-wrapper = \"tools/wrap\"\n",
    );
    let script = bench.script("workspace/tools/wrap", "touch \"$0.ran\"; exit 3");
    assert_eq!(hazard(&bench), "");
    assert!(!script.with_extension("ran").exists());
}

#[test]
fn other_flags_than_those_of_the_last_build_are_told_where_macros_differ_by_them() {
    let mut bench = Bench::new();
    let output = bench.run("cargo", &["check", "--workspace", "--all-targets"]);
    assert!(output.success(), "{}", output.stderr);
    assert_eq!(hazard(&bench), "");
    bench.set("RUSTFLAGS", "-Cdebug-assertions=off");
    let told = hazard(&bench);
    assert!(
        told.starts_with("information: The last build here had other compiler flags"),
        "{told}"
    );
    assert!(
        told.contains("set by the environment variable RUSTFLAGS"),
        "{told}"
    );
    let output = bench.run("cargo", &["check", "--workspace", "--all-targets"]);
    assert!(output.success(), "{}", output.stderr);
    // Now both are there, and neither stands in the way of the other.
    assert_eq!(hazard(&bench), "");
    bench.unset("RUSTFLAGS");
    assert_eq!(hazard(&bench), "");
}
