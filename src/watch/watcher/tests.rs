//! Real files and real events: what is removed and made again must never go unwatched.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod unwatched;

use std::fs;
use std::io::Write as _;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::*;
use crate::expected::Workspace;
use crate::inspect::{BuildActivity, Coverage, Inspection};
use crate::names::Layout;
use crate::watch::Surroundings;
use crate::watch::worker::SHORTEST_POLL_INTERVAL;

const KEY: WorkspaceKey = WorkspaceKey(7);

/// Long enough for a machine under load; nothing waits so long when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

struct Fixture {
    root: Utf8PathBuf,
    signals: mpsc::Receiver<Signal>,
    watcher: Watcher,
    _directory: tempfile::TempDir,
}

fn fixture(backend: Backend) -> Fixture {
    fixture_beside(backend, |_| {}).0
}

/// One whose watcher has something else done at every signal, and what it said until its plan was in force.
fn fixture_beside(
    backend: Backend,
    mut beside: impl FnMut(&Signal) + Send + 'static,
) -> (Fixture, Vec<Signal>) {
    let directory = tempfile::tempdir().unwrap();
    let above = Utf8PathBuf::from_path_buf(directory.path().canonicalize().unwrap()).unwrap();
    let root = above.join("workspace");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("Cargo.toml"), "").unwrap();
    fs::write(root.join("linked"), "").unwrap();
    build(&root);
    let (sender, signals) = mpsc::channel();
    let options = WatchOptions {
        backend,
        poll_interval: SHORTEST_POLL_INTERVAL,
    };
    let watcher = Watcher::start(options, move |signal| {
        beside(&signal);
        let _ = sender.send(signal);
    })
    .unwrap();
    let fixture = Fixture {
        root,
        signals,
        watcher,
        _directory: directory,
    };
    fixture.watcher.watch(KEY, plan(&fixture.root));
    let mut said = Vec::new();
    // The plan arrives on another thread; it is in force once a change is noticed.
    loop {
        fixture.toggle_toolchain_file();
        let deadline = Instant::now() + Duration::from_millis(300);
        while let Ok(signal) = fixture
            .signals
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            if signal == TOOLCHAIN_FILE_TOGGLED {
                return (fixture, said);
            }
            said.push(signal);
        }
    }
}

fn plan(root: &Utf8Path) -> WatchPlan {
    let inspection = Inspection {
        workspace: Arc::new(Workspace {
            root: root.to_owned(),
            target_directory: root.join("target"),
            build_directory: root.join("target"),
            members: Vec::new(),
        }),
        layout: Some(Layout::V1),
        profile: "dev".to_owned(),
        profile_directory: root.join("target/debug"),
        toolchain: None,
        rust_analyzer: None,
        build: BuildActivity::Idle,
        orphans: Vec::new(),
        macros: vec![super::super::plan::tests::inspected(
            crate::expected::PackageSource::Registry,
            "/registry/mac/Cargo.toml",
            root.join("target/debug/deps/libmac-0123456789abcdef.so")
                .as_str(),
            root.join("target/debug/.fingerprint/mac-0123456789abcdef")
                .as_str(),
        )],
        findings: Vec::new(),
        inputs: Vec::new(),
        footing: Arc::default(),
        sources: Arc::default(),
        coverage: Coverage::Whole,
        limits: None,
    };
    WatchPlan::of(&inspection, &Surroundings::default())
}

fn build(root: &Utf8Path) {
    fs::create_dir_all(root.join("target/debug/deps")).unwrap();
    fs::create_dir_all(root.join("target/debug/.fingerprint")).unwrap();
    fs::write(root.join("target/debug/.cargo-lock"), "").unwrap();
    fs::write(dylib(root), "dylib").unwrap();
}

fn dylib(root: &Utf8Path) -> Utf8PathBuf {
    root.join("target/debug/deps/libmac-0123456789abcdef.so")
}

impl Fixture {
    /// Rounds come with time alone.
    fn next(&self) -> Signal {
        loop {
            let signal = self.signals.recv_timeout(PATIENCE).expect("a signal");
            if signal != ROUND {
                return signal;
            }
        }
    }

    #[track_caller]
    fn wait_for(&self, cause: Cause) {
        let is_wanted = |signal: &Signal| {
            matches!(signal, Signal::Look { workspace, cause: called, .. }
                if *workspace == KEY && *called == cause)
        };
        while !is_wanted(&self.next()) {}
    }

    /// Makes one change that is noticed by one event, and returns what was said before it.
    fn said_so_far(&self) -> Vec<Signal> {
        self.toggle_toolchain_file();
        let mut said = Vec::new();
        loop {
            match self.next() {
                signal if signal == TOOLCHAIN_FILE_TOGGLED => return said,
                signal => said.push(signal),
            }
        }
    }

    fn toggle_toolchain_file(&self) {
        let file = self.root.join("rust-toolchain.toml");
        if file.exists() {
            fs::remove_file(&file).unwrap();
        } else {
            // A link comes into being by one event, a written file by three.
            fs::hard_link(self.root.join("linked"), &file).unwrap();
        }
    }
}

const ROUND: Signal = Signal::Look {
    workspace: KEY,
    cause: Cause::Round,
    extent: Extent::Everything,
};

const TOOLCHAIN_FILE_TOGGLED: Signal = Signal::Look {
    workspace: KEY,
    cause: Cause::InputChanged,
    extent: Extent::Everything,
};

#[test]
fn a_build_directory_that_comes_and_goes_stays_watched() {
    let fixture = fixture(Backend::Native);
    for round in 0..20 {
        let target = fixture.root.join("target");
        match round % 3 {
            0 => fs::remove_dir_all(&target).unwrap(),
            1 => fs::remove_dir_all(target.join("debug/deps")).unwrap(),
            _ => fs::rename(&target, fixture.root.join(format!("old-{round}"))).unwrap(),
        }
        if round % 2 == 0 {
            fixture.wait_for(Cause::AnythingChanged);
        }
        build(&fixture.root);
        // However the events and the watches came to cross, a look finds the dylib or a later event tells of it.
        fixture.wait_for(Cause::AnythingChanged);
        fixture.said_so_far();
        fs::write(dylib(&fixture.root), format!("rebuilt {round}")).unwrap();
        fixture.wait_for(Cause::OutputChanged);
        fixture.said_so_far();
    }
}

#[test]
fn reading_what_is_watched_calls_for_nothing() {
    let fixture = fixture(Backend::Native);
    for _ in 0..10 {
        fs::read(dylib(&fixture.root)).unwrap();
        fs::read_dir(fixture.root.join("target/debug/deps"))
            .unwrap()
            .for_each(drop);
        let lock = fs::File::open(fixture.root.join("target/debug/.cargo-lock")).unwrap();
        lock.lock_shared().unwrap();
        lock.unlock().unwrap();
    }
    assert_eq!(fixture.said_so_far(), []);
}

#[test]
fn a_released_build_lock_is_the_end_of_a_build() {
    let fixture = fixture(Backend::Native);
    let lock = fs::File::options()
        .write(true)
        .open(fixture.root.join("target/debug/.cargo-lock"))
        .unwrap();
    lock.lock().unwrap();
    assert_eq!(fixture.said_so_far(), []);
    drop(lock);
    fixture.wait_for(Cause::BuildEnded);
}

#[test]
fn other_files_beside_the_watched_ones_call_for_nothing() {
    let fixture = fixture(Backend::Native);
    fs::write(fixture.root.join("notes.txt"), "").unwrap();
    fs::write(fixture.root.join("target/debug/deps/liblib-1.rlib"), "").unwrap();
    assert_eq!(fixture.said_so_far(), []);
}

#[test]
fn asking_notices_the_same_changes() {
    let fixture = fixture(Backend::Poll);
    let mut file = fs::File::options()
        .append(true)
        .open(dylib(&fixture.root))
        .unwrap();
    file.write_all(b"more").unwrap();
    fixture.wait_for(Cause::OutputChanged);
    fs::remove_dir_all(fixture.root.join("target")).unwrap();
    fixture.wait_for(Cause::OutputChanged);
}

#[test]
fn a_forgotten_workspace_hears_nothing() {
    let fixture = fixture(Backend::Native);
    fixture.watcher.forget(KEY);
    let other = WorkspaceKey(8);
    fixture.watcher.watch(other, plan(&fixture.root));
    fs::write(dylib(&fixture.root), "rebuilt").unwrap();
    loop {
        match fixture.next() {
            Signal::Look {
                workspace, cause, ..
            } => {
                // What was on its way when it was forgotten may still arrive; the write may not.
                if workspace == other && cause == Cause::OutputChanged {
                    break;
                }
            }
            Signal::Degraded(_) | Signal::Panicked(_) => {}
        }
    }
    fs::write(dylib(&fixture.root), "rebuilt again").unwrap();
    assert!(matches!(
        fixture.next(),
        Signal::Look { workspace, .. } if workspace == other
    ));
}

#[test]
fn a_noisy_directory_above_still_chooses_the_tools() {
    let fixture = fixture(Backend::Native);
    let above = fixture.root.parent().unwrap();
    for number in 0..200 {
        let file = above.join(format!("noise-{number}"));
        fs::write(&file, "").unwrap();
        fs::remove_file(&file).unwrap();
    }
    // Asked instead of watched by now, and heard of all the same; asked for the first time it may not be known yet.
    let file = above.join("rust-toolchain.toml");
    let deadline = Instant::now() + PATIENCE;
    for round in 0.. {
        fs::write(&file, format!("{round}")).unwrap();
        let said = fixture.signals.recv_timeout(SHORTEST_POLL_INTERVAL * 3);
        if said.is_ok_and(|signal| signal == TOOLCHAIN_FILE_TOGGLED) {
            break;
        }
        assert!(Instant::now() < deadline, "nothing was noticed");
    }
}

#[test]
fn a_workspace_that_another_takes_the_place_of_is_looked_at() {
    let fixture = fixture(Backend::Native);
    let aside = fixture.root.with_file_name("aside");
    fs::create_dir(&aside).unwrap();
    fs::write(aside.join("linked"), "").unwrap();
    build(&aside);
    assert_eq!(fixture.said_so_far(), []);
    fs::rename(&fixture.root, fixture.root.with_file_name("before")).unwrap();
    fs::rename(&aside, &fixture.root).unwrap();
    fixture.wait_for(Cause::AnythingChanged);
    fixture.said_so_far();
    fs::write(dylib(&fixture.root), "rebuilt").unwrap();
    fixture.wait_for(Cause::OutputChanged);
}

#[test]
fn a_panic_is_told_and_all_is_watched_anew() {
    for (panics, expected) in [
        (1, &["panicked: no look 1"][..]),
        (
            2,
            &[
                "panicked: no look 1",
                "panicked: no look 2",
                "asked instead",
            ],
        ),
    ] {
        let mut looks = 0;
        let (fixture, said) = fixture_beside(Backend::Auto, move |signal| {
            if let Signal::Look { .. } = signal {
                looks += 1;
                assert!(looks > panics, "no look {looks}");
            }
        });
        let told: Vec<String> = said
            .into_iter()
            .filter_map(|signal| match signal {
                Signal::Look { .. } => None,
                Signal::Panicked(panic) => Some(format!("panicked: {}", panic.words)),
                Signal::Degraded(Degradation::Panicked) => Some("asked instead".to_owned()),
                Signal::Degraded(other) => Some(format!("{other:?}")),
            })
            .collect();
        assert_eq!(told, expected);
        fs::write(dylib(&fixture.root), "rebuilt").unwrap();
        fixture.wait_for(Cause::OutputChanged);
    }
}

#[test]
fn pauses_grow_to_a_limit() {
    let seconds = |panics| pause_after(panics).as_secs();
    assert_eq!(
        [1, 2, 3, 9, 10, u32::MAX].map(seconds),
        [1, 2, 4, 256, 300, 300]
    );
}

#[test]
fn what_a_build_makes_is_told_by_its_path() {
    let fixture = fixture(Backend::Native);
    fixture.said_so_far();
    fs::write(dylib(&fixture.root), "rebuilt").unwrap();
    assert_eq!(
        fixture.next(),
        Signal::Look {
            workspace: KEY,
            cause: Cause::OutputChanged,
            extent: Extent::of(dylib(&fixture.root)),
        }
    );
}
