//! rust-analyzer's own settings files decide what is looked at and what is told.

use std::fs;
use std::path::Path;

use crate::bench::Bench;

/// The person's own file.
fn person(bench: &Bench, text: &str) {
    let file = bench.outside("config/rust-analyzer/rust-analyzer.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

#[test]
fn nothing_is_told_where_expansion_is_switched_off() {
    let bench = Bench::built();
    fs::remove_file(bench.dylib()).unwrap();
    assert_eq!(bench.check(&[]).codes(), ["warning dylib-missing"]);
    person(&bench, "[procMacro]\nenable = false\n");
    let report = bench.check(&[]);
    assert_eq!((report.exit, report.codes()), (Some(0), vec![]));
}

#[test]
fn building_scripts_or_not_makes_no_difference_while_macros_expand() {
    let bench = Bench::built();
    fs::remove_file(bench.dylib()).unwrap();
    bench.write(
        "rust-analyzer.toml",
        "[cargo]\nbuildScripts.enable = false\n",
    );
    assert_eq!(bench.check(&[]).codes(), ["warning dylib-missing"]);
}

#[test]
fn ignored_macros_are_told_of_by_none() {
    let bench = Bench::built();
    if !bench
        .sysroot()
        .join("libexec/rust-analyzer-proc-macro-srv")
        .is_file()
    {
        eprintln!("skipped: the toolchain has no proc-macro server");
        return;
    }
    bench.replace(
        "mac/src/lib.rs",
        "{ item }",
        "{ item.into_iter().collect() }",
    );
    let dylib_codes = || -> Vec<String> {
        let codes = bench.check(&["--probe"]).codes();
        codes
            .into_iter()
            .filter(|code| code.contains("dylib"))
            .collect()
    };
    assert_eq!(dylib_codes(), ["warning dylib-stale"]);
    bench.write(
        "rust-analyzer.toml",
        "[procMacro.ignored]\nmac = [\"plain\"]\n",
    );
    assert_eq!(dylib_codes(), ["warning dylib-stale"]);
    bench.write(
        "rust-analyzer.toml",
        "[procMacro.ignored]\nmac = [\"plain\", \"Nothing\"]\n",
    );
    assert_eq!(dylib_codes(), [""; 0]);
}

#[test]
fn with_a_command_of_the_persons_own_nothing_is_claimed() {
    let bench = Bench::built();
    fs::remove_file(bench.dylib()).unwrap();
    bench.write(
        "rust-analyzer.toml",
        "[cargo.buildScripts]\noverrideCommand = [\"make\", \"macros\"]\n",
    );
    let report = bench.check(&[]);
    assert_eq!(report.codes(), ["information dylib-unknown"]);
    assert_eq!(report.the_macro()["reason"]["kind"], "overridden");
}

#[test]
fn the_target_directory_of_the_file_gives_way_to_the_command_line() {
    let bench = Bench::built();
    bench.write("rust-analyzer.toml", "[cargo]\ntargetDir = true\n");
    let report = bench.check(&["mac"]);
    assert_eq!(
        report.the_macro()["reason"]["kind"],
        "build-directory-absent"
    );
    assert!(
        report.json["target_directory"]
            .as_str()
            .unwrap()
            .ends_with("/target/rust-analyzer")
    );
    let report = bench.check(&["--target-dir", "target"]);
    assert_eq!((report.exit, report.codes()), (Some(0), vec![]));
}

#[test]
fn a_server_of_the_persons_own_that_is_not_there() {
    let bench = Bench::built();
    person(&bench, "[procMacro]\nserver = \"/nowhere/server\"\n");
    let report = bench.check(&[]);
    assert_eq!(report.codes(), ["information proc-macro-server-missing"]);
    assert!(
        report
            .message("proc-macro-server-missing")
            .contains("/nowhere/server")
    );
}

#[test]
fn what_is_wrong_in_a_file_is_said_and_stops_nothing() {
    let bench = Bench::built();
    bench.write("rust-analyzer.toml", "[cargo]\nallTargets = \"yes\"\n");
    let report = bench.check(&[]);
    assert_eq!((report.exit, report.codes()), (Some(0), vec![]));
    assert!(
        report
            .stderr
            .contains("rust-analyzer.toml: `cargo.allTargets` must be true or false"),
        "{}",
        report.stderr
    );
}

/// The dylib that is looked at, relative to the workspace, with its status and its size.
fn looked_at(bench: &Bench) -> (String, String, u64) {
    let report = bench.check(&[]);
    let seen = report.the_macro();
    let dylib = Path::new(seen["dylib"].as_str().unwrap());
    let directory = dylib.strip_prefix(bench.root()).unwrap();
    let directory = directory.ancestors().find(|place| place.ends_with("debug"));
    let size = fs::metadata(dylib).map_or(0, |metadata| metadata.len());
    (
        directory.unwrap().to_str().unwrap().to_owned(),
        seen["status"].as_str().unwrap().to_owned(),
        size,
    )
}

fn fix(bench: &Bench) {
    let fixed = bench.run(env!("CARGO_BIN_EXE_sidecargo"), &["fix"]);
    assert!(fixed.success(), "{}{}", fixed.stdout, fixed.stderr);
}

#[test]
fn a_target_directory_of_rust_analyzers_own_is_looked_at_and_built_in() {
    for settings in [
        "cargo.targetDir = true\n",
        "cargo.extraArgs = [\"--target-dir=target/rust-analyzer\"]\n",
        "cargo.extraArgs = [\"--target-dir\", \"target/rust-analyzer\"]\n",
    ] {
        let bench = Bench::built();
        bench.write("rust-analyzer.toml", settings);
        let own = "target/rust-analyzer/debug".to_owned();
        assert_eq!(
            looked_at(&bench),
            (own.clone(), "missing".to_owned(), 0),
            "{settings}"
        );
        fix(&bench);
        let (directory, status, _) = looked_at(&bench);
        assert_eq!((directory, status.as_str()), (own, "fresh"), "{settings}");
    }
}

#[test]
fn a_build_directory_that_arguments_configure_is_looked_at_and_not_written_to() {
    let bench = Bench::built();
    bench.replace(
        "mac/src/lib.rs",
        "{ item }",
        "{ item.into_iter().collect() }",
    );
    let (_, _, size) = looked_at(&bench);
    for directory in ["target", "elsewhere"] {
        let argument = format!("build.build-dir='{directory}'");
        bench.write(
            "rust-analyzer.toml",
            &format!("cargo.extraArgs = [\"--config\", \"{argument}\"]\n"),
        );
        let status = if directory == "target" {
            ("stale".to_owned(), size)
        } else {
            ("missing".to_owned(), 0)
        };
        let (place, seen, size) = looked_at(&bench);
        assert_eq!(place, format!("{directory}/debug"));
        assert_eq!((seen, size), status);
    }
}

#[test]
fn the_cargo_of_the_persons_variables_is_the_one_that_tells_its_version() {
    let mut bench = Bench::built();
    let real = Bench::real("cargo");
    bench.script(
        "tools/cargo",
        &format!(
            "[ \"$1$OTHER\" = --version ] && {{ echo 'cargo 1.60.0 (d1fd9fe 2022-03-01)'; exit; }}\nexec {} \"$@\"",
            real.display()
        ),
    );
    bench.path_begins_with(&bench.outside("tools"));
    let version = |bench: &Bench| bench.check(&[]).json["toolchain"]["cargo"].clone();
    assert_eq!(version(&bench), "1.60.0");
    bench.write("rust-analyzer.toml", "cargo.extraEnv = { OTHER = \"1\" }\n");
    assert_ne!(version(&bench), "1.60.0");
}
