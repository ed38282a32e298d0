//! Without builds: verdicts as they change, and what breaks mended. With them: what is wrong is told once.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::project::{Health, Project, Source};
use crate::watching::Watching;

fn dylib(project: &Project, name: &str) -> PathBuf {
    let arguments = ["check", "--format", "json"];
    let report = crate::support::process::Run::new(env!("CARGO_BIN_EXE_sidecargo"), project.root())
        .args(arguments)
        .output();
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    let macros = report["proc_macros"].as_array().unwrap();
    let found = macros.iter().find(|one| one["name"] == name).unwrap();
    found["dylib"].as_str().unwrap().into()
}

fn checked() -> Project {
    let project = Project::new(Duration::ZERO);
    assert!(project.check());
    project
}

#[test]
fn each_change_of_verdict_is_told() {
    let project = checked();
    let dylib = dylib(&project, "macros");
    let mut watching = Watching::start(&project, &[]);
    assert_eq!(watching.wait_for("watching")["proc_macros"], 1);
    fs::rename(&dylib, dylib.with_extension("away")).unwrap();
    assert_eq!(
        watching.wait_for_status("missing")["reason"]["kind"],
        "deleted"
    );
    fs::rename(dylib.with_extension("away"), &dylib).unwrap();
    watching.wait_for_status("fresh");
    project.edit(Source::Macro, 1, Health::Good);
    watching.wait_for_status("stale");
    assert!(project.check());
    watching.wait_for_status("fresh");
    assert_eq!(watching.count("verdict"), 4);
}

#[test]
fn a_deleted_dylib_is_mended() {
    let project = checked();
    let dylib = dylib(&project, "macros");
    let mut watching = Watching::start(&project, &["--fix"]);
    watching.wait_for("watching");
    for _ in 0..2 {
        fs::remove_file(&dylib).unwrap();
        watching.wait_for_status("missing");
        watching.wait_for("mended");
        watching.wait_for_status("fresh");
        assert!(dylib.is_file());
    }
}

#[test]
fn what_does_not_compile_is_tried_once() {
    let project = checked();
    let mut watching = Watching::start(&project, &["--fix"]);
    watching.wait_for("watching");
    project.edit(Source::Macro, 1, Health::Broken);
    let told = watching.wait_for("not-mended");
    assert_eq!(
        told["errors"][0]["path"],
        project.root().join("macros/src/lib.rs").to_str().unwrap()
    );
    // Somebody builds, in vain: everything is looked at again.
    assert!(!project.check());
    thread::sleep(Duration::from_secs(3));
    assert_eq!(watching.count("not-mended"), 1);
    project.edit(Source::Macro, 2, Health::Good);
    watching.wait_for("mended");
    watching.wait_for_status("fresh");
    assert_eq!(watching.count("not-mended"), 1);
}

#[test]
fn a_broken_edit_prints_its_error_once() {
    let project = Project::new(Duration::ZERO);
    let mut watching =
        Watching::start_plainly(&project, &["watch", "--build", "--fix", "--then", "true"]);
    watching.wait_for_line("start", |line| line.contains("started"));
    project.edit(Source::Macro, 1, Health::Broken);
    watching.wait_for_line("stale verdict", |line| line.contains("stale"));
    assert!(!project.check());
    thread::sleep(Duration::from_secs(3));
    project.edit(Source::Macro, 1, Health::Good);
    watching.wait_for_line("restart", |line| line.starts_with(">  "));
    let errors = |line: &&String| line.contains("cannot find value `no_such_name`");
    let text = watching.heard.join("\n");
    assert_eq!(watching.heard.iter().filter(errors).count(), 1, "{text}");
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn a_damaged_dylib_that_stops_the_build_is_mended_first() {
    let project = checked();
    let mut watching = Watching::start(&project, &["--build", "--fix", "--then", "true"]);
    watching.wait_for("started");
    let dylib = dylib(&project, "macros");
    let modified = fs::metadata(&dylib).unwrap().modified().unwrap();
    let file = fs::File::options().write(true).open(&dylib).unwrap();
    file.set_len(4096).unwrap();
    file.set_modified(modified).unwrap();
    drop(file);
    watching.wait_for_status("corrupt");
    watching.wait_for("mended");
    watching.wait_for("built");
    watching.wait_for_status("fresh");
}

#[test]
fn a_good_build_beside_a_broken_macro_is_held_back() {
    let project = Project::new(Duration::ZERO);
    project.add_foreign_macro();
    assert!(project.check());
    let foreign = dylib(&project, "foreign");
    let mut watching = Watching::start(&project, &["--build", "--trigger", "good-build"]);
    watching.wait_for("touched");
    fs::remove_file(&foreign).unwrap();
    watching.wait_for_status("missing");
    // The service is built without that macro.
    project.edit(Source::Main, 1, Health::Good);
    assert_eq!(watching.wait_for("held-back")["packages"][0], "foreign");
    assert_eq!(watching.count("touched"), 1);
    assert!(project.check());
    watching.wait_for("touched");
}
