//! What is watched of a build directory, and what is found in rounds.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::client::{Client, Manners, PATIENCE};
use crate::project::Project;

fn below(directory: &Path, found: &mut Vec<PathBuf>) {
    found.push(directory.to_owned());
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            below(&entry.path(), found);
        }
    }
}

/// The directories at and below this one that a process watches, from the kernel's own list (`man proc_pid_fdinfo`).
#[cfg(target_os = "linux")]
fn watched(process: u32, directory: &Path) -> Vec<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let mut lists = String::new();
    for descriptor in fs::read_dir(format!("/proc/{process}/fdinfo")).unwrap() {
        lists += &fs::read_to_string(descriptor.unwrap().path()).unwrap_or_default();
    }
    let inodes: Vec<u64> = lists
        .lines()
        .filter(|line| line.starts_with("inotify "))
        .filter_map(|line| {
            line.split_whitespace()
                .find_map(|word| word.strip_prefix("ino:"))
        })
        .map(|inode| u64::from_str_radix(inode, 16).unwrap())
        .collect();
    let mut found = Vec::new();
    below(directory, &mut found);
    found.retain(|path| inodes.contains(&fs::metadata(path).unwrap().ino()));
    found.sort();
    found
}

/// Waits until these directories below the project's build directory are watched, and no others.
#[cfg(target_os = "linux")]
fn wait_for_watches(client: &mut Client, project: &Project, wanted: &[PathBuf]) {
    use std::time::{Duration, Instant};
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = watched(client.process_id(), &project.path("target"));
        if found == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "{found:#?}, not {wanted:#?}");
        client.command("sidecargo.report", &json!({}));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn three_directories_of_a_build_are_watched_and_others_while_they_are_gone() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    let built =
        ["", "/.fingerprint", "/deps"].map(|name| project.path(&format!("target/debug{name}")));
    wait_for_watches(&mut client, &project, &built);
    fs::remove_dir_all(project.path("target/debug")).unwrap();
    wait_for_watches(&mut client, &project, &[project.path("target")]);
    project.check();
    wait_for_watches(&mut client, &project, &built);
    client.goodbye();
}

#[cfg(target_os = "linux")]
#[test]
fn in_the_newer_layout_two_are_watched_and_one_for_each_macro() {
    let project = Project::new();
    let config = "[unstable]\nbuild-dir-new-layout = true\n";
    project.write(".cargo/config.toml", config);
    let build = || {
        let mut cargo = project.cargo(&["check", "--workspace", "--all-targets", "--offline"]);
        // Cargo's own tests open the unstable doors so.
        cargo.env("__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS", "nightly");
        assert!(cargo.output().unwrap().status.success());
    };
    build();
    let dylib = project.dylib();
    let wanted = |project: &Project| {
        let own = dylib.parent().unwrap().to_owned();
        vec![
            project.path("target/debug"),
            project.path("target/debug/build"),
            own,
        ]
    };
    let mut client = Client::hello(project.root(), Manners::Answers);
    let report = client.wait_for_report();
    assert_eq!(report["summary"]["fresh"], 1, "{report:#}");
    wait_for_watches(&mut client, &project, &wanted(&project));
    let place = client.place();
    let manifest = project.path("macros/Cargo.toml");
    let of_unit = dylib.parent().and_then(Path::parent).unwrap();
    fs::remove_dir_all(of_unit).unwrap();
    let (place, _) = client.wait_for_codes(place, &manifest, &["dylib-missing"]);
    build();
    client.wait_for_codes(place, &manifest, &[]);
    wait_for_watches(&mut client, &project, &wanted(&project));
    client.goodbye();
}

#[test]
fn what_no_event_tells_is_found_in_a_round() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    let dylib = project.dylib();
    let hash = dylib.file_stem().unwrap().to_str().unwrap();
    let hash = hash.rsplit_once('-').unwrap().1;
    let directory = project.path(&format!("target/debug/.fingerprint/macros-{hash}"));
    let place = client.place();
    fs::remove_file(directory.join("lib-macros")).unwrap();
    let manifest = project.path("macros/Cargo.toml");
    let (place, _) = client.wait_for_codes(place, &manifest, &["dylib-stale"]);
    project.check();
    client.wait_for_codes(place, &manifest, &[]);
    client.goodbye();
}
