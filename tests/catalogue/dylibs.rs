//! Libraries that rustc cannot read: it blames whichever crate it meets, and the cause is the macro's dylib.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::{Bench, on_one_line};
use crate::support::toolchain::{self, Toolchain};

/// The workspace, built, with the macro's dylib.
fn built() -> (Bench, PathBuf) {
    build(Bench::new())
}

fn build(bench: Bench) -> (Bench, PathBuf) {
    let output = bench.run("cargo", &["check", "--workspace", "--all-targets"]);
    assert!(output.success(), "{}", output.stderr);
    let report = bench.check();
    let dylib = PathBuf::from(report["proc_macros"][0]["dylib"].as_str().unwrap());
    (bench, dylib)
}

#[test]
fn the_error_names_a_crate_and_we_name_the_dylib_and_mend_it() {
    type Damage = fn(&PathBuf);
    let damages: [(&str, &str, Damage); 3] = [
        ("cut short", "E0786", |dylib| {
            let file = fs::OpenOptions::new().write(true).open(dylib).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }),
        ("empty", "E0786", |dylib| fs::write(dylib, "").unwrap()),
        ("not a library", "E0786", |dylib| {
            fs::write(dylib, "x".repeat(5000)).unwrap();
        }),
    ];
    for (name, code, damage) in damages {
        let (bench, dylib) = built();
        damage(&dylib);
        // A dependent that is built anew meets it; cargo calls the macro itself fresh.
        bench.write("src/main.rs", "#[mac::plain]\nfn main() { let _ = 1; }\n");
        let output = bench.run("cargo", &["check", "--workspace"]);
        assert!(!output.success(), "{name}");
        assert!(output.stderr.contains(code), "{name}: {}", output.stderr);
        let explained = bench.explain(&output.stderr);
        assert!(
            explained.contains("the built library of `mac` 0.1.0 is at fault (corrupt)"),
            "{name}: {explained}"
        );
        assert!(
            explained.contains(dylib.to_str().unwrap()),
            "{name}: {explained}"
        );
        let fixed = bench.sidecargo(&["fix"]);
        assert_eq!(fixed.status, Some(0), "{name}: {}", fixed.stdout);
        let output = bench.run("cargo", &["check", "--workspace"]);
        assert!(output.success(), "{name}: {}", output.stderr);
    }
}

#[test]
fn another_macros_library_makes_rustc_miss_names_and_we_name_the_dylib() {
    let (bench, dylib) = built();
    let other = Bench::new();
    other.write(
        "mac/Cargo.toml",
        "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n",
    );
    other.write(
        "mac/src/lib.rs",
        "extern crate proc_macro;\n#[proc_macro]\npub fn another(item: proc_macro::TokenStream) -> proc_macro::TokenStream { item }\n",
    );
    other.write("src/main.rs", "fn main() {}\n");
    let manifest = fs::read_to_string(other.root().join("Cargo.toml")).unwrap();
    other.write("Cargo.toml", &manifest.replace("mac = {", "other = {"));
    let output = other.run("cargo", &["check", "--workspace", "--all-targets"]);
    assert!(output.success(), "{}", output.stderr);
    let report = other.check();
    fs::copy(report["proc_macros"][0]["dylib"].as_str().unwrap(), &dylib).unwrap();

    bench.write("src/main.rs", "#[mac::plain]\nfn main() { let _ = 1; }\n");
    let output = bench.run("cargo", &["check", "--workspace"]);
    assert!(output.stderr.contains("E0433"), "{}", output.stderr);
    let explained = bench.explain(&output.stderr);
    assert!(
        explained.contains("the built library of `mac` 0.1.0 is at fault"),
        "{explained}"
    );
    let fixed = bench.sidecargo(&["fix"]);
    assert_eq!(fixed.status, Some(0), "{}", on_one_line(&fixed.stdout));
}

/// A toolchain whose rustc is another one than that which builds here.
fn other_toolchain(bench: &Bench) -> Option<Toolchain> {
    let own = bench.run("rustc", &["-vV"]).stdout;
    let mut others = toolchain::all().into_iter().flatten();
    let found = others.find(|toolchain| toolchain.verbose_version != own);
    if found.is_none() {
        assert!(
            std::env::var_os("SIDECARGO_TEST_SKIP_NOTHING").is_none(),
            "no second toolchain"
        );
        eprintln!("skipped: there is only one toolchain here");
    }
    found
}

/// The same macro as another toolchain builds it.
fn dylib_of(toolchain: &Toolchain) -> (Bench, PathBuf) {
    let mut bench = Bench::new();
    for (name, value) in &toolchain.environment {
        let name = name.to_str().unwrap();
        match value {
            Some(value) => bench.set(name, value.clone()),
            None => bench.unset(name),
        }
    }
    build(bench)
}

/// Puts other bytes into a file that keeps its time, so that nothing that depends on it is built anew for it.
fn change_unseen(path: &Path, bytes: &[u8]) {
    let time = path.metadata().unwrap().modified().unwrap();
    fs::write(path, bytes).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

/// The build fails with this error; it is explained as the work of this dylib with this status, and mended.
fn is_explained_and_mended(bench: &Bench, dylib: &Path, error: &str, blamed: &str, status: &str) {
    let output = bench.run("cargo", &["check", "--workspace"]);
    assert!(!output.success());
    let wanted = format!("error[{error}]: {blamed}");
    assert!(output.stderr.contains(&wanted), "{}", output.stderr);
    // Cargo itself would go on so for ever.
    let again = bench.run("cargo", &["check", "--workspace"]);
    assert!(again.stderr.contains(&wanted), "{}", again.stderr);

    let explained = bench.explain(&output.stderr);
    let wanted = format!(
        "the built library of `mac` 0.1.0 is at fault ({status}), whichever crate the compiler names"
    );
    assert!(explained.contains(&wanted), "{explained}");
    assert!(explained.contains(dylib.to_str().unwrap()), "{explained}");

    let found = bench.check();
    assert_eq!(found["proc_macros"][0]["status"], status);
    let fixed = bench.sidecargo(&["fix"]);
    assert_eq!(fixed.status, Some(0), "{}{}", fixed.stdout, fixed.stderr);
    let output = bench.run("cargo", &["check", "--workspace"]);
    assert!(output.success(), "{}", output.stderr);
}

#[test]
fn a_library_of_another_rustc_is_named_and_mended() {
    let (bench, dylib) = built();
    let Some(toolchain) = other_toolchain(&bench) else {
        return;
    };
    let (_other, foreign) = dylib_of(&toolchain);
    fs::copy(foreign, &dylib).unwrap();
    bench.write("src/main.rs", "#[mac::plain]\nfn main() { let _ = 1; }\n");
    let blamed = "found crate `mac` compiled by an incompatible version of rustc";
    is_explained_and_mended(&bench, &dylib, "E0514", blamed, "wrong-rustc");
}

/// The workspace with a crate that hands the macro on, built.
fn handed_on() -> (Bench, PathBuf) {
    let bench = Bench::new();
    bench.replace("Cargo.toml", "[\"mac\"]", "[\"mac\", \"between\"]");
    bench.replace(
        "Cargo.toml",
        "mac = { path = \"mac\" }",
        "between = { path = \"between\" }",
    );
    bench.write(
        "between/Cargo.toml",
        "[package]\nname = \"between\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nmac = { path = \"../mac\" }\n",
    );
    bench.write("between/src/lib.rs", "pub use mac::plain;\n");
    bench.write("src/main.rs", "#[between::plain]\nfn main() {}\n");
    build(bench)
}

/// rustc says E0463 of the crate that hands the macro on, where that one is not built anew: it is there, and what it needs is not readable.
#[test]
fn a_library_behind_a_crate_that_cannot_be_found_is_named_and_mended() {
    let missed = "can't find crate for `between`";
    let (bench, dylib) = handed_on();
    let whole = fs::read(&dylib).unwrap();
    let damages: [(&str, &[u8]); 3] = [
        ("empty", b""),
        ("cut short", &whole[..whole.len() / 2]),
        ("no library", b"<html>"),
    ];
    for (name, bytes) in damages {
        eprintln!("{name}");
        change_unseen(&dylib, bytes);
        let source = format!("#[between::plain]\nfn main() {{ let _ = \"{name}\"; }}\n");
        bench.write("src/main.rs", &source);
        is_explained_and_mended(&bench, &dylib, "E0463", missed, "corrupt");
    }
    let Some(toolchain) = other_toolchain(&bench) else {
        return;
    };
    let (_other, foreign) = dylib_of(&toolchain);
    change_unseen(&dylib, &fs::read(foreign).unwrap());
    bench.write(
        "src/main.rs",
        "#[between::plain]\nfn main() { let _ = 1; }\n",
    );
    is_explained_and_mended(&bench, &dylib, "E0463", missed, "wrong-rustc");
}

#[cfg(target_os = "linux")]
#[test]
fn a_library_of_another_machine_is_mended_and_how_to_keep_them_apart_is_told() {
    let (bench, dylib) = built();
    let mut bytes = fs::read(&dylib).unwrap();
    // The machine in ELF's header: RISC-V, where no such test runs.
    bytes[18..20].copy_from_slice(&[243, 0]);
    fs::write(&dylib, bytes).unwrap();
    let findings = bench.findings("dylib-wrong-platform");
    let remedies = findings[0]["remedies"].as_array().unwrap();
    assert_eq!(remedies[1]["kind"], "separate-directories");
    let apart = remedies[1]["title"].as_str().unwrap();
    assert!(apart.contains("build"), "{apart}");
    let fixed = bench.sidecargo(&["fix"]);
    assert_eq!(fixed.status, Some(0), "{}{}", fixed.stdout, fixed.stderr);
    let said = on_one_line(&fixed.stdout);
    assert!(
        said.contains(&format!("So that it stays so: {apart}.")),
        "{said}"
    );
}
