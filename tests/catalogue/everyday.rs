//! What goes wrong every day: each failure as cargo, rustc, rustup or the system really words it, and that what is said helps.

use std::fs;

use crate::bench::{Bench, host, on_one_line};

/// A rebuild that must fail, in words on one line.
fn failed_fix(bench: &Bench) -> String {
    let output = bench.sidecargo(&["fix"]);
    let said = on_one_line(&output.stdout);
    assert_eq!(output.status, Some(1), "{said}{}", output.stderr);
    assert!(
        said.contains("The rebuild failed, so `mac` stays as it is:"),
        "{said}"
    );
    said
}

fn is_mended(bench: &Bench) {
    let output = bench.sidecargo(&["fix"]);
    assert_eq!(output.status, Some(0), "{}{}", output.stdout, output.stderr);
}

/// Whether a process may have mounts of its own here.
fn can_mount(bench: &Bench) -> bool {
    let output = bench.run("unshare", &["-Urm", "true"]);
    if !output.success() {
        eprintln!(
            "skipped: no mounts of one's own here: {}",
            output.stderr.trim()
        );
    }
    output.success()
}

fn fix_with_mount(bench: &Bench, mount: &str) -> String {
    let script = format!("{mount} && exec \"$0\" fix");
    let program = env!("CARGO_BIN_EXE_sidecargo");
    let output = bench.run("unshare", &["-Urm", "sh", "-c", &script, program]);
    let said = on_one_line(&output.stdout);
    assert_eq!(output.status, Some(1), "{said}{}", output.stderr);
    said
}

#[test]
fn a_full_disk_is_told() {
    let bench = Bench::new();
    fs::create_dir(bench.root().join("target")).unwrap();
    if !can_mount(&bench) {
        return;
    }
    let said = fix_with_mount(&bench, "mount -t tmpfs -o size=200k none target");
    assert!(
        said.contains("The disk with the build directory is full."),
        "{said}"
    );
    is_mended(&bench);
}

#[test]
fn a_directory_that_may_not_be_written_is_told() {
    let bench = Bench::new();
    fs::create_dir(bench.root().join("target")).unwrap();
    if !can_mount(&bench) {
        return;
    }
    let said = fix_with_mount(
        &bench,
        "mount --bind target target && mount -o remount,ro,bind target",
    );
    assert!(
        said.contains("may not be written or started by you"),
        "{said}"
    );
    is_mended(&bench);
}

#[test]
fn a_missing_linker_is_told_by_its_name() {
    let mut bench = Bench::new();
    bench.write(
        ".cargo/config.toml",
        &format!("[target.{}]\nlinker = \"our-linker\"\n", host()),
    );
    let said = failed_fix(&bench);
    assert!(
        said.contains("rustc needs the program `our-linker` to link"),
        "{said}"
    );
    assert!(said.contains("1. Install it:"), "{said}");
    bench.script("bin/our-linker", "exec cc \"$@\"");
    bench.path_begins_with(&bench.outside("bin"));
    is_mended(&bench);
}

#[test]
fn a_compiler_that_the_system_ended_is_told() {
    let mut bench = Bench::new();
    let wrapper = bench.script(
        "bin/wrapper",
        "case \" $* \" in *' --crate-name mac '*) [ \"$CARGO_BUILD_JOBS\" = 1 ] || kill -9 $$ ;; esac\nexec \"$@\"",
    );
    bench.set("RUSTC_WRAPPER", wrapper.into_os_string());
    let said = failed_fix(&bench);
    assert!(said.contains("mostly because memory ran out"), "{said}");
    assert!(
        said.contains("1. Build once with CARGO_BUILD_JOBS=1 CARGO_BUILD_JOBS=1 "),
        "{said}"
    );
    bench.set("CARGO_BUILD_JOBS", "1");
    is_mended(&bench);
}

#[test]
fn a_target_without_its_standard_library_is_told_before_and_after() {
    let bench = Bench::new();
    let target = "riscv64gc-unknown-linux-musl";
    let output = bench.run("cargo", &["check", "--target", target]);
    assert!(
        output.stderr.contains("may not be installed"),
        "{}",
        output.stderr
    );
    let explained = bench.explain(&output.stderr);
    let cure = format!("rustup target add {target}");
    assert!(explained.contains(&cure), "{explained}");
    // Nothing is said of a target that nobody chose for the workspace.
    assert!(bench.findings("target-not-installed").is_empty());
}

#[test]
fn a_lock_file_behind_its_manifests_is_told_and_brought_up_to_date() {
    let bench = Bench::new();
    bench.run("cargo", &["generate-lockfile", "--offline"]);
    let lock = fs::read_to_string(bench.root().join("Cargo.lock")).unwrap();
    bench.write(
        "Cargo.lock",
        &lock.replace("dependencies = [\n \"mac\",\n]\n", ""),
    );
    let output = bench.run("cargo", &["check", "--locked", "--offline"]);
    assert!(!output.success());
    let explained = bench.explain(&output.stderr);
    assert!(
        explained.contains("cargo update --workspace"),
        "{explained}"
    );
    let findings = bench.findings("lockfile-outdated");
    assert_eq!(findings.len(), 1, "{findings:#?}\n{}", output.stderr);
    bench.carry_out(&findings[0]["remedies"][0]);
    let output = bench.run("cargo", &["check", "--locked", "--offline"]);
    assert!(output.success(), "{}", output.stderr);
}

#[test]
fn a_crate_that_cannot_be_fetched_is_told() {
    let mut bench = Bench::new();
    bench.set("CARGO_HOME", bench.outside("home").into_os_string());
    bench.write(
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n\n[dependencies]\nitoa = \"1\"\n",
    );
    bench.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"mac\",\n]\n\n[[package]]\nname = \"itoa\"\nversion = \"1.0.15\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"4a5f13b858c8d314ee3e8f639011f7ccefe71f97f96e50151fb991f267928e2c\"\n\n[[package]]\nname = \"mac\"\nversion = \"0.1.0\"\ndependencies = [\n \"itoa\",\n]\n",
    );
    let output = bench.run("cargo", &["check", "--offline"]);
    assert!(!output.success());
    let explained = bench.explain(&output.stderr);
    assert!(
        explained.contains("is not on this machine yet"),
        "{explained}\n{}",
        output.stderr
    );
    assert!(explained.contains("cargo fetch"), "{explained}");
    // No network at all: a proxy that nobody answers at.
    bench.set("CARGO_HTTP_PROXY", "http://127.0.0.1:9");
    bench.set("CARGO_NET_RETRY", "0");
    bench.unset("CARGO_NET_OFFLINE");
    let output = bench.run("cargo", &["check"]);
    assert!(!output.success());
    let explained = bench.explain(&output.stderr);
    assert!(
        explained.contains("there is no network"),
        "{explained}\n{}",
        output.stderr
    );
}

#[test]
fn versions_that_do_not_fit_are_told() {
    let bench = Bench::new();
    let manifest = fs::read_to_string(bench.root().join("mac/Cargo.toml")).unwrap();
    for (line, wanted) in [
        ("rust-version = \"1.999\"", "needs a newer rustc"),
        ("edition = \"2099\"", "toolchain"),
    ] {
        let text = manifest.replace("edition = \"2021\"\n", "");
        let edition = if line.starts_with("edition") {
            ""
        } else {
            "edition = \"2021\"\n"
        };
        let text = text.replace("\n\n[lib]", &format!("\n{edition}{line}\n\n[lib]"));
        bench.write("mac/Cargo.toml", &text);
        let output = bench.run("cargo", &["check", "--offline"]);
        assert!(!output.success(), "{line}");
        let explained = bench.explain(&output.stderr);
        assert!(
            explained.contains(wanted),
            "{line}: {explained}\n{}",
            output.stderr
        );
    }
}

#[test]
fn a_toolchain_or_component_that_is_not_installed_is_told() {
    let mut bench = Bench::new();
    if !bench.run("rustup", &["--version"]).success() {
        eprintln!("skipped: no rustup here");
        return;
    }
    bench.set("RUSTUP_TOOLCHAIN", "1.31.0");
    let output = bench.run("cargo", &["check"]);
    if output.success() {
        eprintln!("skipped: this cargo does not go through rustup");
        return;
    }
    let explained = bench.explain(&output.stderr);
    assert!(
        explained.contains("rustup toolchain install 1.31.0"),
        "{explained}"
    );
    bench.unset("RUSTUP_TOOLCHAIN");
    let output = bench.run("rustup", &["which", "miri"]);
    if !output.success() {
        let explained = bench.explain(&output.stderr);
        assert!(
            explained.contains("lacks the component"),
            "{explained}\n{}",
            output.stderr
        );
    }
}

#[test]
fn who_holds_the_file_lock_is_told() {
    let bench = Bench::new();
    bench.write(
        "build.rs",
        "fn main() { while !std::path::Path::new(\"go\").exists() { std::thread::sleep(std::time::Duration::from_millis(50)); } }\n",
    );
    let mut builder = bench
        .prepared("cargo", &["check"])
        .command()
        .spawn()
        .unwrap();
    let held = || bench.explain("Blocking waiting for file lock on build directory");
    let wanted = format!("(process {})", builder.id());
    let mut said = held();
    for _ in 0..200 {
        if said.contains(&wanted) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        said = held();
    }
    bench.write("go", "");
    assert!(builder.wait().unwrap().success());
    assert!(said.contains("Nothing is broken"), "{said}");
    assert!(said.contains(&wanted), "{said}");
    assert!(!held().contains("(process "));
}
