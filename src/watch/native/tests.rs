//! Real directories, real watches.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, Instant};

use super::*;

fn planned<'a>(watched: &[&'a str]) -> Planned<'a> {
    Planned {
        watched: watched.iter().copied().collect(),
        interior: BTreeSet::new(),
    }
}

#[test]
fn a_directory_made_anew_is_watched_anew_whatever_its_number() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(directory.path()).unwrap().join("deps");
    let planned = planned(&[root.as_str()]);
    // Nobody takes the event that it went: as if events were lost.
    let mut native = NativeWatches::new(|_| {}).unwrap();
    for _ in 0..5 {
        std::fs::create_dir(&root).unwrap();
        assert_eq!(native.rearm(&planned).fresh, 1);
        assert_eq!(native.rearm(&planned).fresh, 0);
        // Times of files advance with the kernel's clock tick, ten milliseconds at most.
        std::thread::sleep(Duration::from_millis(20));
        std::fs::remove_dir(&root).unwrap();
    }
}

#[test]
fn the_end_of_notifys_thread_harms_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(directory.path()).unwrap();
    let mut native = NativeWatches::new(|_| panic!("as if notify itself had a bug")).unwrap();
    assert_eq!(native.rearm(&planned(&[root.as_str()])).fresh, 1);
    assert!(native.is_listening());
    std::fs::write(root.join("file"), "").unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while native.is_listening() {
        assert!(Instant::now() < deadline, "its thread is still there");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(native.rearm(&planned(&[root.as_str(), "/"])).fresh, 0);
    native.rearm(&planned(&[]));
    drop(native);
}

#[test]
fn the_way_to_what_is_missing_or_linked_is_watched_and_else_it_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(directory.path().canonicalize().unwrap()).unwrap();
    let [target, debug] = ["target", "target/debug"].map(|name| root.join(name));
    let planned = Planned {
        watched: [&root, &debug].map(|it| it.as_str()).into(),
        interior: [target.as_str()].into(),
    };
    let mut native = NativeWatches::new(|_| {}).unwrap();
    let mut watched = || {
        native.rearm(&planned);
        assert_eq!(native.rearm(&planned).fresh, 0, "else looks never end");
        assert_eq!(native.rearm_new(&planned).fresh, 0);
        let mut watched: Vec<String> = native.armed.keys().map(ToString::to_string).collect();
        watched.sort();
        let inside = |it: String| it.strip_prefix(root.as_str()).unwrap().to_owned();
        watched.into_iter().map(inside).collect::<Vec<String>>()
    };
    assert_eq!(watched(), [""]);
    std::fs::create_dir(&target).unwrap();
    assert_eq!(watched(), ["", "/target"]);
    std::fs::create_dir(&debug).unwrap();
    assert_eq!(watched(), ["", "/target/debug"]);
    std::fs::rename(&debug, root.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(root.join("elsewhere"), &debug).unwrap();
    assert_eq!(watched(), ["", "/elsewhere", "/target"]);
}
