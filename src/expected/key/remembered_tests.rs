//! What is remembered is what is read: held to a fresh reading after each of many deeds.
#![allow(clippy::unwrap_used)]

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::symlink;

use camino::Utf8PathBuf;

use super::*;
use crate::verdict::fixtures;

/// Longer than the ticks of what is under the tests, and short enough to have things settle many times.
const SETTLING: Duration = Duration::from_millis(50);

fn settle() {
    std::thread::sleep(SETTLING + Duration::from_millis(5));
}

struct Scene {
    _directory: tempfile::TempDir,
    root: Utf8PathBuf,
    workspace: Workspace,
    items: Vec<Item>,
    remembered: Remembered,
}

impl Scene {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap().to_owned();
        let mut items = vec![
            Item::Names(root.clone()),
            Item::File(root.join(".cargo/config.toml")),
        ];
        for package in ["p", "q"] {
            let package = root.join(package);
            items.push(Item::File(package.join("Cargo.toml")));
            items.push(Item::Program(package.join("Cargo.lock")));
            items.push(Item::Tree(package.join("src")));
            for name in [
                "build.rs",
                "src/lib.rs",
                "src/main.rs",
                "tests/deep/main.rs",
            ] {
                items.push(Item::Presence(package.join(name)));
            }
            for name in ["src/bin", "tests", "examples"] {
                items.push(Item::Names(package.join(name)));
            }
            fs::create_dir_all(package.join("src/bin")).unwrap();
            fs::create_dir_all(package.join("tests/deep")).unwrap();
            for name in ["Cargo.toml", "src/lib.rs"] {
                fs::write(package.join(name), "1").unwrap();
            }
        }
        let mut scene = Self {
            _directory: directory,
            workspace: workspace_in(&root),
            root,
            items,
            remembered: Remembered {
                settling: SETTLING,
                ..Remembered::default()
            },
        };
        scene.look();
        scene
    }

    /// Looks, and holds what is found to what somebody finds who remembers nothing.
    fn look(&mut self) -> Digest {
        let found = self.remembered.digest(&self.items, &self.workspace);
        let fresh = Remembered::default().digest(&self.items, &self.workspace);
        assert_eq!(found, fresh);
        found
    }

    /// How many items were not read again in the last look.
    fn spared(&self) -> usize {
        let anchors = self.remembered.parts.iter().map(|part| {
            let is_spared = |known: &&Known| match &known.rests_on {
                Rest::Anchor(index) => part.anchors.holds(*index),
                Rest::Tree(tree) => tree.is_unmoved(&Ground::find(&self.root)),
                Rest::Nothing => false,
            };
            part.known.iter().filter(is_spared).count()
        });
        anchors.sum()
    }
}

fn workspace_in(root: &Utf8Path) -> Workspace {
    Workspace {
        root: root.to_owned(),
        build_directory: root.join("target"),
        ..fixtures::workspace()
    }
}

/// Writes other content of the same size, and sets the time back to what it was.
fn alter_and_date_back(path: &Utf8Path, content: &str) {
    let before = fs::metadata(path).unwrap().modified().unwrap();
    fs::write(path, content).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_times(FileTimes::new().set_modified(before))
        .unwrap();
}

fn set_modified(path: &Utf8Path, like: &Utf8Path) {
    let time = fs::metadata(like).unwrap().modified().unwrap();
    let file = File::open(path).unwrap();
    file.set_times(FileTimes::new().set_modified(time)).unwrap();
}

type Deed = fn(&Utf8Path);

/// What people, editors and version control do, each on its own; what leads nowhere in the present state does nothing.
const DEEDS: &[(&str, Deed)] = &[
    ("edits a manifest in place", |root| {
        fs::write(root.join("p/Cargo.toml"), "2").unwrap();
    }),
    ("edits it and dates it back", |root| {
        alter_and_date_back(&root.join("p/Cargo.toml"), "3");
    }),
    ("replaces it by another with its time", |root| {
        let (old, new) = (root.join("p/Cargo.toml"), root.join("p/new"));
        fs::write(&new, "4").unwrap();
        set_modified(&new, &old);
        fs::rename(new, old).unwrap();
    }),
    ("makes a link of it", |root| {
        fs::write(root.join("elsewhere.toml"), "5").unwrap();
        fs::remove_file(root.join("p/Cargo.toml")).unwrap();
        symlink(root.join("elsewhere.toml"), root.join("p/Cargo.toml")).unwrap();
    }),
    ("edits what a link may lead to", |root| {
        fs::write(root.join("elsewhere.toml"), "6").unwrap();
    }),
    ("makes a manifest of it again", |root| {
        let _ = fs::remove_file(root.join("p/Cargo.toml"));
        fs::write(root.join("p/Cargo.toml"), "1").unwrap();
    }),
    ("makes a library a link", |root| {
        let library = root.join("p/src/lib.rs");
        let _ = fs::remove_file(&library);
        symlink(root.join("far.rs"), library).unwrap();
    }),
    ("makes a link's target", |root| {
        fs::write(root.join("far.rs"), "").unwrap();
    }),
    ("takes a link's target away", |root| {
        let _ = fs::remove_file(root.join("far.rs"));
    }),
    ("makes a directory of a library", |root| {
        let library = root.join("p/src/lib.rs");
        let _ = fs::remove_file(&library);
        let _ = fs::create_dir(library);
    }),
    ("makes a library again", |root| {
        let library = root.join("p/src/lib.rs");
        let _ = fs::remove_file(&library);
        let _ = fs::remove_dir(&library);
        fs::write(library, "1").unwrap();
    }),
    ("adds a program", |root| {
        fs::write(root.join("p/src/bin/one.rs"), "").unwrap();
    }),
    ("takes a program away", |root| {
        let _ = fs::remove_file(root.join("p/src/bin/one.rs"));
    }),
    ("touches a program", |root| {
        let program = root.join("p/src/bin/one.rs");
        if program.exists() {
            fs::write(program, "").unwrap();
        }
    }),
    ("adds a test of a directory", |root| {
        fs::write(root.join("p/tests/deep/main.rs"), "").unwrap();
    }),
    ("swaps two directories, and their times", |root| {
        set_modified(&root.join("q/tests"), &root.join("p/tests"));
        fs::rename(root.join("p/tests"), root.join("swap")).unwrap();
        fs::rename(root.join("q/tests"), root.join("p/tests")).unwrap();
        fs::rename(root.join("swap"), root.join("q/tests")).unwrap();
    }),
    ("moves the packages round", |root| {
        fs::rename(root.join("p"), root.join("swap")).unwrap();
        fs::rename(root.join("q"), root.join("p")).unwrap();
        fs::rename(root.join("swap"), root.join("q")).unwrap();
    }),
    ("takes a package away", |root| {
        fs::rename(root.join("q"), root.join("gone")).unwrap();
    }),
    ("brings it back as a link", |root| {
        symlink(root.join("gone"), root.join("q")).unwrap();
    }),
    ("brings it back itself", |root| {
        fs::remove_file(root.join("q")).unwrap();
        fs::rename(root.join("gone"), root.join("q")).unwrap();
    }),
    ("makes a configuration", |root| {
        let _ = fs::create_dir(root.join(".cargo"));
        fs::write(root.join(".cargo/config.toml"), "").unwrap();
    }),
    ("takes the configuration away", |root| {
        let _ = fs::remove_dir_all(root.join(".cargo"));
    }),
    ("makes examples a file", |root| {
        let _ = fs::remove_dir_all(root.join("p/examples"));
        fs::write(root.join("p/examples"), "").unwrap();
    }),
    ("makes examples a directory", |root| {
        let _ = fs::remove_file(root.join("p/examples"));
        fs::create_dir_all(root.join("p/examples/one")).unwrap();
    }),
    ("locks a package's lock file", |root| {
        fs::write(root.join("p/Cargo.lock"), "1").unwrap();
    }),
];

#[test]
fn each_deed_is_seen_at_once_by_who_has_settled() {
    let mut scene = Scene::new();
    settle();
    scene.look();
    scene.look();
    // Every item: nothing here lies behind a link yet.
    assert_eq!(scene.spared(), scene.items.len());
    for (what, deed) in DEEDS {
        println!("{what}");
        deed(&scene.root);
        scene.look();
        settle();
        scene.look();
    }
}

#[test]
fn deeds_in_any_order_are_seen_at_once() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    let mut scene = Scene::new();
    let mut done = Vec::new();
    for step in 0..500 {
        let (what, deed) = DEEDS[next(DEEDS.len())];
        done.push(what);
        // A deed may find its ground taken away by another.
        let root = scene.root.clone();
        let is_possible = std::panic::catch_unwind(|| deed(&root)).is_ok();
        if !is_possible {
            done.pop();
        }
        if next(3) > 0 {
            scene.look();
        }
        // Now and then things settle, so that what is remembered is used.
        if step % 10 == 0 {
            settle();
            scene.look();
        }
    }
    scene.look();
}

/// Newer kernels give a time of its own to each change that somebody saw; on others a second change may have the time of the first.
#[test]
fn what_has_not_settled_is_read_again() {
    let mut scene = Scene::new();
    settle();
    scene.look();
    scene.remembered.settling = Duration::from_hours(1);
    fs::write(scene.root.join("p/Cargo.toml"), "2").unwrap();
    scene.look();
    scene.look();
    assert_eq!(scene.spared(), scene.items.len() - 1);
    scene.remembered.settling = SETTLING;
    settle();
    scene.look();
    scene.look();
    assert_eq!(scene.spared(), scene.items.len());
}

#[test]
fn two_edits_within_a_tick_are_both_seen() {
    let mut scene = Scene::new();
    let manifest = scene.root.join("p/Cargo.toml");
    let mut before = scene.look();
    for round in 0..200 {
        fs::write(&manifest, (round % 10).to_string()).unwrap();
        let now = scene.look();
        assert_ne!(before, now, "{round}");
        before = now;
    }
}

#[test]
fn many_items_are_shared_by_two_and_come_to_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(directory.path()).unwrap();
    let items: Vec<Item> = (0..SHARED_FROM)
        .map(|number| Item::Presence(root.join(number.to_string())))
        .collect();
    let workspace = workspace_in(root);
    let mut remembered = Remembered::default();
    let before = remembered.digest(&items, &workspace);
    assert_eq!(remembered.parts.len(), 2);
    assert_eq!(before, remembered.digest(&items, &workspace));
    let last = SHARED_FROM - 1;
    for number in [0, last] {
        fs::write(root.join(number.to_string()), "").unwrap();
        assert_ne!(before, remembered.digest(&items, &workspace), "{number}");
    }
}
