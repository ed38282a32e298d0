//! Libraries that rustc cannot read: it blames whichever crate it meets, and the cause is the macro's dylib.

use std::fs;
use std::path::PathBuf;

use crate::bench::{Bench, on_one_line};

/// The workspace, built, with the macro's dylib.
fn built() -> (Bench, PathBuf) {
    let bench = Bench::new();
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
