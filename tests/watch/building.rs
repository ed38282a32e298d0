//! What counts as an edit: all that the build reads, wherever it lies, and nothing else.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::project::{Health, Project, Source};
use crate::support::process::Run;
use crate::watching::Watching;

fn edited(event: &Value) -> Vec<&str> {
    let paths = event["edited"].as_array().unwrap().iter();
    paths
        .map(|path| path.as_str().unwrap().rsplit('/').next().unwrap())
        .collect()
}

fn main_with(project: &Project, item: &str) {
    let text = fs::read_to_string(project.root().join("src/main.rs")).unwrap();
    project.write("src/main.rs", &format!("{item}\n{text}"));
}

#[test]
fn a_new_directory_of_sources_is_noticed() {
    let project = Project::new(Duration::ZERO);
    let mut watching = Watching::start(&project, &["--build"]);
    watching.wait_for("built");
    main_with(&project, "mod deep;");
    watching.wait_for("build-failed");
    project.write("src/deep/mod.rs", "mod er;");
    let failed = watching.wait_for("build-failed");
    assert_eq!(edited(&failed), ["mod.rs"]);
    project.write("src/deep/er.rs", "");
    assert_eq!(edited(&watching.wait_for("built")), ["er.rs"]);
}

#[test]
fn included_files_and_packages_elsewhere_are_noticed() {
    let elsewhere = Project::new(Duration::ZERO);
    elsewhere.write(
        "library/Cargo.toml",
        "[package]\nname = \"library\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n",
    );
    elsewhere.write("library/src/lib.rs", "pub const N: u32 = 1;");
    elsewhere.write("words.txt", "one");
    let project = Project::new(Duration::ZERO);
    let words = elsewhere.root().join("words.txt");
    main_with(
        &project,
        &format!("const _: (u32, &str) = (library::N, include_str!({words:?}));"),
    );
    let manifest = fs::read_to_string(project.root().join("Cargo.toml")).unwrap();
    let library = format!(
        "[dependencies]\nlibrary = {{ path = {:?} }}\n",
        elsewhere.root().join("library")
    );
    project.write(
        "Cargo.toml",
        &manifest.replace("[dependencies]\n", &library),
    );

    let mut watching = Watching::start(&project, &["--build"]);
    watching.wait_for("built");
    elsewhere.write("words.txt", "two");
    assert_eq!(edited(&watching.wait_for("built")), ["words.txt"]);
    elsewhere.write("library/src/lib.rs", "pub const N: u32 = 2;");
    assert_eq!(edited(&watching.wait_for("built")), ["lib.rs"]);
}

#[test]
fn what_editors_leave_beside_a_source_is_no_edit() {
    let project = Project::new(Duration::ZERO);
    let mut watching = Watching::start(&project, &["--build", "--then", "true"]);
    watching.wait_for("started");
    for path in [
        "src/.main.rs.swp",
        "src/4913",
        "src/main.rs~",
        "src/#main.rs#",
        "notes.txt",
    ] {
        project.write(path, "");
    }
    std::os::unix::fs::symlink("nobody@nowhere.1", project.root().join("src/.#main.rs")).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    project.edit(Source::Main, 1, Health::Good);
    assert_eq!(edited(&watching.wait_for("built")), ["main.rs"]);
    assert_eq!(watching.count("built"), 2);
}

#[test]
fn a_directory_that_a_build_script_watches_counts_with_all_in_it() {
    let project = Project::new(Duration::ZERO);
    let script = "fn main() { println!(\"cargo::rerun-if-changed=words\"); }";
    project.write("build.rs", script);
    project.write("words/one.txt", "");
    let mut watching = Watching::start(&project, &["--build"]);
    watching.wait_for("built");
    project.write("words/.one.txt.swp", "");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(watching.count("built"), 1);
    project.write("words/deep/two.txt", "");
    assert_eq!(edited(&watching.wait_for("built")), ["two.txt"]);
}

/// Where `cargo build` builds a macro for its own sake too, it makes another unit of it than the one rust-analyzer expects.
#[test]
fn in_a_virtual_workspace_the_macros_are_built_as_rust_analyzer_wants_them() {
    let project = Project::new(Duration::ZERO);
    let service = fs::read_to_string(project.root().join("Cargo.toml")).unwrap();
    let (service, _) = service.split_once("[workspace]").unwrap();
    let elsewhere = service.replace("\"macros\" }", "\"../macros\" }");
    project.write("service/Cargo.toml", &elsewhere);
    fs::rename(
        project.root().join("src"),
        project.root().join("service/src"),
    )
    .unwrap();
    project.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"service\", \"macros\"]\nresolver = \"2\"\n",
    );

    let mut watching = Watching::start(&project, &["--build", "--trigger", "good-build"]);
    watching.wait_for("touched");
    project.edit(Source::Macro, 1, Health::Good);
    watching.wait_for("touched");
    let check = Run::new(env!("CARGO_BIN_EXE_sidecargo"), project.root()).args(["check"]);
    assert_eq!(check.output().status, Some(0));
    assert_eq!(watching.count("verdict"), 0, "{:?}", watching.heard);
}

#[test]
fn a_build_that_makes_nothing_new_restarts_nothing() {
    let project = Project::new(Duration::ZERO);
    let mut watching = Watching::start(&project, &["--build", "--then", "sleep", "1000"]);
    watching.wait_for("started");
    // No part of the service.
    project.write("examples/shown.rs", "fn main() {}");
    let built = watching.wait_for("built");
    assert_eq!(
        (edited(&built), &built["new"]),
        (vec!["shown.rs"], &Value::Bool(false))
    );
    project.edit(Source::Main, 1, Health::Good);
    watching.wait_for("restarted");
    assert_eq!(watching.count("restarted"), 1);
}

#[test]
fn a_build_that_writes_a_source_as_it_was_is_not_repeated() {
    let project = Project::new(Duration::ZERO);
    project.write(
        "build.rs",
        "fn main() { std::fs::write(\"src/made.rs\", \"pub const N: u32 = 1;\").unwrap(); }",
    );
    main_with(&project, "mod made;");
    let mut watching = Watching::start(&project, &["--build", "--then", "true"]);
    watching.wait_for("started");
    std::thread::sleep(Duration::from_secs(3));
    // The file that the first build made is new to it; what later ones write is not.
    assert!(watching.count("built") <= 2, "{:?}", watching.heard);
}

#[test]
fn a_manifest_that_cannot_be_read_is_told_and_mended() {
    let project = Project::new(Duration::ZERO);
    let mut watching = Watching::start(&project, &["--build"]);
    watching.wait_for("built");
    let manifest = fs::read_to_string(project.root().join("Cargo.toml")).unwrap();
    project.write("Cargo.toml", "[package\n");
    watching.wait_for("found");
    project.write("Cargo.toml", &manifest);
    watching.wait_for("gone");
    project.edit(Source::Main, 1, Health::Good);
    watching.wait_for("built");
}
