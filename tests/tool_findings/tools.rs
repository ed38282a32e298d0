//! Tools that are missing, old, or one too many.

use std::fs;
use std::os::unix::fs::symlink;

use crate::bench::Bench;

#[test]
fn a_healthy_workspace_shows_nothing_and_asks_no_tool() {
    let mut bench = Bench::built();
    let asked = bench.outside("asked");
    bench.script(
        "bin/rust-analyzer",
        &format!(
            "echo asked >> {}; echo rust-analyzer 1.0.0",
            asked.display()
        ),
    );
    bench.only_tools_of(&["bin"]);
    let report = bench.check(&[]);
    assert_eq!((report.exit, report.codes()), (Some(0), vec![]));
    assert_eq!(
        report.json["toolchain"]["rust_analyzer"],
        serde_json::Value::Null
    );
    assert!(!asked.exists());
}

#[test]
fn the_rust_analyzer_on_path_is_named() {
    let mut bench = Bench::built();
    let program = bench.script("bin/rust-analyzer", "echo 'rust-analyzer 1.97.1'");
    bench.only_tools_of(&["bin"]);
    let report = bench.check(&["--probe"]);
    assert_eq!(
        report.json["toolchain"]["rust_analyzer"],
        serde_json::json!({"path": program.to_str().unwrap(), "version": "1.97.1"})
    );
    assert_eq!(report.exit, Some(0), "{:?}", report.codes());
}

#[test]
fn two_different_ones_are_ambiguous() {
    let mut bench = Bench::built();
    bench.script("one/rust-analyzer", "echo 'rust-analyzer 1.97.1'");
    bench.script(
        "two/rust-analyzer",
        "echo 'rust-analyzer 1.95.0 (59807616 2026-04-14)'",
    );
    bench.only_tools_of(&["one", "two"]);
    let report = bench.check(&["--probe"]);
    let message = report.message("rust-analyzer-ambiguous");
    assert!(
        message.contains("1.97.1") && message.contains("1.95.0"),
        "{message}"
    );
    assert_eq!(report.exit, Some(0));

    // One program under two names is one.
    fs::remove_file(bench.outside("two/rust-analyzer")).unwrap();
    symlink(
        bench.outside("one/rust-analyzer"),
        bench.outside("two/rust-analyzer"),
    )
    .unwrap();
    let codes = bench.check(&["--probe"]).codes();
    assert!(
        !codes.contains(&"information rust-analyzer-ambiguous".to_owned()),
        "{codes:?}"
    );
}

#[test]
fn rustups_stand_in_without_the_component_is_recognised() {
    let mut bench = Bench::built();
    bench.script(
        "bin/rust-analyzer",
        "echo \"error: Unknown binary 'rust-analyzer' in official toolchain 'stable-x86_64-unknown-linux-gnu'.\" >&2; exit 1",
    );
    bench.only_tools_of(&["bin"]);
    let report = bench.check(&["--probe"]);
    let message = report.message("toolchain-component-missing");
    assert!(message.contains("`rust-analyzer`"), "{message}");
    assert_eq!(
        report.json["toolchain"]["rust_analyzer"],
        serde_json::Value::Null
    );

    bench.script("later/rust-analyzer", "echo 'rust-analyzer 1.97.1'");
    bench.only_tools_of(&["bin", "later"]);
    let report = bench.check(&["--probe"]);
    let message = report.message("rust-analyzer-ambiguous");
    assert!(message.contains("stand-in"), "{message}");
}

#[test]
fn a_rust_analyzer_that_gives_no_answer_holds_nothing_up_for_ever() {
    let mut bench = Bench::built();
    bench.script("bin/rust-analyzer", "sleep 1000");
    bench.only_tools_of(&["bin"]);
    let report = bench.check(&["--probe"]);
    assert_eq!(report.exit, Some(0));
    assert_eq!(
        report.json["toolchain"]["rust_analyzer"],
        serde_json::Value::Null
    );
}

#[test]
fn a_rust_analyzer_older_than_the_servers_protocol() {
    let mut bench = Bench::built();
    let server = bench.sysroot().join("libexec/rust-analyzer-proc-macro-srv");
    if !server.is_file() {
        eprintln!("skipped: the toolchain has no proc-macro server");
        return;
    }
    bench.script(
        "bin/rust-analyzer",
        "echo 'rust-analyzer 0.3.1800-standalone (1234567 2024-01-15)'",
    );
    bench.only_tools_of(&["bin"]);
    let report = bench.check(&["--probe"]);
    assert!(
        report
            .message("rust-analyzer-too-old")
            .contains("up to version 4")
    );
    assert_eq!(report.exit, Some(0));
}

/// A rustc that takes a directory for its sysroot that has the libraries and nothing else.
fn bare_sysroot(bench: &mut Bench) {
    let real = bench.sysroot();
    let bare = bench.outside("sysroot");
    fs::create_dir_all(&bare).unwrap();
    symlink(real.join("lib"), bare.join("lib")).unwrap();
    let text = format!(
        "exec {}/bin/rustc \"$@\" --sysroot {}",
        real.display(),
        bare.display()
    );
    let rustc = bench.script("bare/rustc", &text);
    bench.set("RUSTC", rustc);
    bench.cargo(&["check", "--workspace", "--all-targets", "--offline"]);
}

#[test]
fn a_toolchain_without_the_proc_macro_server() {
    let mut bench = Bench::built();
    bare_sysroot(&mut bench);
    let report = bench.check(&[]);
    assert_eq!(report.codes(), ["information proc-macro-server-missing"]);
    assert_eq!(report.exit, Some(0));
    assert_eq!(
        report.json["toolchain"]["proc_macro_server"],
        serde_json::Value::Null
    );
    // It is looked for anew each time, whatever cargo answered before.
    fs::create_dir_all(bench.outside("sysroot/libexec")).unwrap();
    bench.script("sysroot/libexec/rust-analyzer-proc-macro-srv", "exit 1");
    assert_eq!(bench.check(&[]).codes(), [""; 0]);
    let probed = bench.check(&["--probe"]);
    assert!(
        probed
            .message("proc-macro-server-incompatible")
            .contains("exit status: 1")
    );
}

#[test]
fn a_target_whose_library_is_not_installed() {
    let bench = Bench::built();
    let target = "thumbv7em-none-eabihf";
    if bench.sysroot().join("lib/rustlib").join(target).exists() {
        eprintln!("skipped: {target} is installed");
        return;
    }
    bench.write(
        ".cargo/config.toml",
        &format!("[build]\ntarget = \"{target}\"\n"),
    );
    let report = bench.check(&[]);
    assert_eq!(report.exit, Some(1));
    assert!(report.message("target-not-installed").contains(target));
    // The host itself is always there.
    let host = report.json["toolchain"]["host"]
        .as_str()
        .unwrap()
        .to_owned();
    bench.write(
        ".cargo/config.toml",
        &format!("[build]\ntarget = \"{host}\"\n"),
    );
    bench.cargo(&["check", "--workspace", "--all-targets", "--offline"]);
    assert_eq!(bench.check(&[]).codes(), [""; 0]);
}

#[test]
fn a_lock_file_behind_the_manifests() {
    let bench = Bench::built();
    bench.replace("Cargo.toml", "version = \"0.1.0\"", "version = \"0.2.0\"");
    let before = fs::read(bench.root().join("Cargo.lock")).unwrap();
    let report = bench.check(&[]);
    assert_eq!(report.codes(), ["information lockfile-outdated"]);
    assert_eq!(report.exit, Some(0));
    assert_eq!(
        report.commands("lockfile-outdated"),
        ["cargo update --workspace", "cargo fetch"]
    );
    assert_eq!(fs::read(bench.root().join("Cargo.lock")).unwrap(), before);
    bench.cargo(&["update", "--workspace", "--offline"]);
    assert_eq!(bench.check(&[]).codes(), [""; 0]);
    // Where there is none yet, none is behind.
    fs::remove_file(bench.root().join("Cargo.lock")).unwrap();
    assert_eq!(bench.check(&[]).codes(), [""; 0]);
}

#[test]
fn rustc_bootstrap_is_worth_a_word() {
    let mut bench = Bench::built();
    bench.set("RUSTC_BOOTSTRAP", "1");
    let report = bench.check(&[]);
    assert_eq!(report.codes(), ["information environment-hazard"]);
    assert_eq!(report.exit, Some(0));
}

#[test]
fn the_toolchain_is_known_where_cargo_is_to_keep_no_notes_of_it() {
    let mut bench = Bench::built();
    let usual = bench.check(&[]);
    fs::remove_dir_all(bench.root().join("target/.sidecargo")).unwrap();
    bench.set("CARGO_CACHE_RUSTC_INFO", "0");
    let report = bench.check(&[]);
    assert_eq!(report.codes(), usual.codes());
    assert_eq!(report.json["toolchain"], usual.json["toolchain"]);
}

/// Cargo keeps no notes of rustc where it finds no toolchain of the name that the variable has.
#[test]
fn the_toolchain_is_known_where_rustup_has_none_of_its_name() {
    let mut bench = Bench::built();
    let usual = bench.check(&[]);
    fs::remove_dir_all(bench.root().join("target/.sidecargo")).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::iter::once(bench.sysroot().join("bin")).chain(std::env::split_paths(&path));
    bench.set("PATH", std::env::join_paths(path).unwrap());
    bench.set("RUSTUP_HOME", bench.outside("rustup"));
    bench.set("RUSTUP_TOOLCHAIN", "none-of-this-name");
    let report = bench.check(&[]);
    assert_eq!(report.codes(), usual.codes());
    assert_eq!(
        report.json["toolchain"]["rustc"],
        usual.json["toolchain"]["rustc"]
    );
}
