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

#[cfg(target_os = "linux")]
#[test]
fn three_directories_of_a_build_are_watched_and_others_while_they_are_gone() {
    let project = Project::built();
    let target = project.path("target");
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    let wait_for_watches = |client: &mut Client, wanted: &[&str]| {
        let wanted: Vec<PathBuf> = wanted.iter().map(|name| project.path(name)).collect();
        let deadline = std::time::Instant::now() + PATIENCE;
        while watched(client.process_id(), &target) != wanted {
            let found = watched(client.process_id(), &target);
            assert!(std::time::Instant::now() < deadline, "{found:#?}");
            client.command("sidecargo.report", &json!({}));
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    };
    let built = [
        "target/debug",
        "target/debug/.fingerprint",
        "target/debug/deps",
    ];
    wait_for_watches(&mut client, &built);
    fs::remove_dir_all(project.path("target/debug")).unwrap();
    wait_for_watches(&mut client, &["target"]);
    project.check();
    wait_for_watches(&mut client, &built);
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
