//! A clock that was wrong, or is: times of tomorrow and of long ago. A server that has been there all the time says what a look says that
//! begins now.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use crate::client::{Client, Manners, PATIENCE};
use crate::project::Project;
use crate::{settled_status, status};

const DAY: Duration = Duration::from_hours(24);

fn set_time(path: &Path, time: SystemTime) {
    let file = File::options().read(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

/// Sets the time of every file below.
fn shift_all(directory: &Path, time: SystemTime) {
    for entry in fs::read_dir(directory).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            shift_all(&entry.path(), time);
        } else {
            set_time(&entry.path(), time);
        }
    }
}

/// Waits until the server's verdict is that of a look that begins now.
#[track_caller]
fn agrees(client: &mut Client, project: &Project, what: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = client.report();
        let ours = seen["proc_macros"][0].clone();
        let theirs = crate::report(project.root())["proc_macros"][0].clone();
        let told = |of: &serde_json::Value| (of["status"].clone(), of["reason"].clone());
        if told(&ours) == told(&theirs) && ours["status"] != "building" {
            return ours["status"].as_str().unwrap_or_default().to_owned();
        }
        assert!(
            Instant::now() < deadline,
            "{what}: the server says {:?}, a look now {:?}",
            told(&ours),
            told(&theirs)
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_server_under_a_wrong_clock_says_what_a_new_look_says() {
    let project = Project::built();
    let mut client = Client::hello(project.root(), Manners::Answers);
    client.wait_for_report();
    let now = SystemTime::now();
    let source = project.path("macros/src/lib.rs");
    let text = fs::read_to_string(&source).unwrap();

    fs::write(&source, format!("{text}// tomorrow\n")).unwrap();
    set_time(&source, now + DAY);
    let said = agrees(&mut client, &project, "a source of tomorrow");
    assert_eq!(said, "stale");

    project.check();
    set_time(&source, now - DAY);
    agrees(&mut client, &project, "built while it was tomorrow");
    project.write("macros/src/lib.rs", &text);
    project.check();
    assert_eq!(agrees(&mut client, &project, "built today"), "fresh");

    // The manifest is changed while the clock stands ten years back.
    let manifest = project.path("macros/Cargo.toml");
    let words = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, words.replace("0.1.0", "0.2.0")).unwrap();
    set_time(&manifest, now - 3650 * DAY);
    let said = agrees(&mut client, &project, "a manifest of ten years ago");
    assert_ne!(said, "fresh");
    fs::write(&manifest, &words).unwrap();
    set_time(&manifest, now - 3650 * DAY);
    project.check();
    agrees(&mut client, &project, "a manifest put back");

    // All of the build directory was written while the clock stood a day ahead.
    shift_all(&project.path("target"), now + DAY);
    agrees(&mut client, &project, "a build of tomorrow");
    fs::remove_file(project.dylib()).unwrap();
    let said = agrees(&mut client, &project, "a dylib that is gone");
    assert_eq!(said, "missing");
    project.check();
    agrees(&mut client, &project, "a build today");
    client.goodbye();
}

#[test]
fn what_was_remembered_tomorrow_hides_nothing_today() {
    let project = Project::built();
    assert_eq!(settled_status(project.root()), "fresh");
    let tomorrow = SystemTime::now() + DAY;
    shift_all(&project.path("target/.sidecargo"), tomorrow);
    let manifest = fs::read_to_string(project.path("macros/Cargo.toml")).unwrap();
    project.write(
        "macros/Cargo.toml",
        &format!("{manifest}\n[features]\nnew = []\ndefault = [\"new\"]\n"),
    );
    assert_eq!(status(project.root()), "stale");
    project.check();
    assert_eq!(settled_status(project.root()), "fresh");
    project.truncate_dylib();
    assert_eq!(status(project.root()), "corrupt");
}
