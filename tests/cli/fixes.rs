//! `sidecargo fix` on a workspace that is broken.

use std::fs;

use crate::bench::{assert_could_not, built_workspace, dylib, run, sidecargo, write};
use crate::support;
use crate::support::process::Run;

#[test]
fn fix_mends_and_its_dry_run_does_not() {
    let root = built_workspace();
    let dylib = dylib(root.path());
    fs::write(&dylib, "not a library").unwrap();

    let dry = sidecargo(root.path(), &["fix", "--dry-run"]);
    assert_eq!(dry.status, Some(1), "{}{}", dry.stdout, dry.stderr);
    assert!(dry.stdout.contains("rm -r target/debug/"), "{}", dry.stdout);
    assert!(dry.stdout.contains(" check --workspace "), "{}", dry.stdout);
    assert_eq!(fs::read_to_string(&dylib).unwrap(), "not a library");
    assert_could_not(
        &sidecargo(root.path(), &["fix", "--package", "nobody"]),
        "it is no proc macro of this workspace, which has mac",
    );

    let mended = sidecargo(root.path(), &["fix", "--package", "mac"]);
    assert_eq!(mended.status, Some(0), "{}{}", mended.stdout, mended.stderr);
    assert!(
        mended.stdout.contains("ok mac  was corrupt"),
        "{}",
        mended.stdout
    );
    assert_eq!(sidecargo(root.path(), &["check"]).status, Some(0));
    let again = sidecargo(root.path(), &["fix"]);
    assert_eq!(again.status, Some(0));
    assert!(
        again.stdout.starts_with("ok 1 proc macro fresh"),
        "{}",
        again.stdout
    );
}

/// Cargo before 1.74 has no `clean --dry-run`.
#[cfg(unix)]
#[test]
fn a_full_clean_needs_no_preview() {
    use std::os::unix::fs::PermissionsExt as _;

    let root = built_workspace();
    let cargo = support::toolchain::on_path("cargo", &support::process::Environment::new());
    let old = format!(
        "#!/bin/sh\ncase \" $* \" in *\" --dry-run \"*) echo 'error: unexpected argument' >&2; exit 1;; esac\nexec {} \"$@\"\n",
        cargo.display()
    );
    write(root.path(), "bin/cargo", &old);
    let program = root.path().join("bin/cargo");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::iter::once(root.path().join("bin")).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(path).unwrap();
    let cleaned = run(root.path(), &["fix", "--clean-all"])
        .env("PATH", path)
        .output();
    assert_eq!(
        cleaned.status,
        Some(0),
        "{}{}",
        cleaned.stdout,
        cleaned.stderr
    );
    assert!(
        cleaned.stdout.contains("How much `cargo clean` removes"),
        "{}",
        cleaned.stdout
    );
    assert!(
        cleaned.stdout.contains("Rebuilt 1 proc macro"),
        "{}",
        cleaned.stdout
    );
}

#[cfg(unix)]
#[test]
fn the_steps_of_a_dry_run_mend_in_a_shell() {
    let root = built_workspace();
    fs::write(dylib(root.path()), "").unwrap();
    let steps = sidecargo(root.path(), &["fix", "--dry-run"]).stdout;
    let shell = Run::new("sh", root.path())
        .args(["-e", "-c", &steps])
        .output();
    assert!(shell.success(), "{steps}{}", shell.stderr);
    assert_eq!(sidecargo(root.path(), &["check"]).status, Some(0));
}

#[test]
fn a_fix_that_cannot_compile_says_why() {
    let root = built_workspace();
    write(root.path(), "mac/src/lib.rs", "fn broken( {\n");
    let output = sidecargo(root.path(), &["fix"]);
    assert_eq!(output.status, Some(1), "{}{}", output.stdout, output.stderr);
    for words in [
        "unclosed delimiter",
        "mac/src/lib.rs:1",
        "sidecargo explain build-failed",
    ] {
        assert!(output.stdout.contains(words), "{words}: {}", output.stdout);
    }
}

#[test]
fn a_build_script_that_no_longer_names_what_it_watches_is_mended_at_once() {
    let root = built_workspace();
    let names_itself = "fn main() { println!(\"cargo:rerun-if-changed=build.rs\"); }\n";
    for script in [names_itself, "fn main() {}\n", names_itself] {
        write(root.path(), "mac/build.rs", script);
        let mended = sidecargo(root.path(), &["fix"]);
        assert_eq!(
            mended.status,
            Some(0),
            "{script}{}{}",
            mended.stdout,
            mended.stderr
        );
    }
}
