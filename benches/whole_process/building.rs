//! What the server costs while all is built from nothing: builds with it and without it, in turn, in a directory of their own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::editor::{self, Editor};
use super::figures::{self, Series};
use super::servers::server;
use super::workspace::{Large, benchmarks, copy, source};

/// A build takes minutes: so many pairs at most.
const PAIRS: usize = 3;

pub(crate) fn run(_: &Large, rounds: usize) {
    let root = benchmarks().join("cold");
    let _ = fs::remove_dir_all(&root);
    copy(&source(), &root);
    let mut alone = Series::new("cargo build from nothing");
    let mut beside = Series::new("the same beside the server");
    for pair in 0..rounds.min(PAIRS) {
        // Who goes first changes, since machines grow warm and caches full.
        let mut turns: [(&mut Series, Turn); 2] =
            [(&mut alone, build_alone), (&mut beside, build_beside)];
        if pair % 2 == 1 {
            turns.reverse();
        }
        for (series, turn) in turns {
            let cost = turn(&root);
            println!(
                "{:<54} {:>7.1} s, {:.1} s of CPU",
                series.name,
                cost.took.as_secs_f64(),
                cost.cpu.as_secs_f64()
            );
            series.add(cost.took);
            let _ = fs::remove_dir_all(root.join("target"));
        }
    }
    figures::table(&[alone, beside], "cargo build from nothing");
    let _ = fs::remove_dir_all(&root);
}

type Turn = fn(&Path) -> Cost;

fn build_alone(root: &Path) -> Cost {
    build(root)
}

fn build_beside(root: &Path) -> Cost {
    let mut editor = Editor::start(server(), root);
    editor.hello();
    editor.command("sidecargo.refresh");
    std::thread::sleep(Duration::from_secs(5));
    let (own, children) = editor.cpu();
    let beside = build(root);
    // What it does when the build has ended is its cost too.
    std::thread::sleep(Duration::from_secs(3));
    let (own_after, children_after) = editor.cpu();
    let own = own_after.saturating_sub(own);
    let children = children_after.saturating_sub(children);
    let cost = own + children;
    println!(
        "the server: {:.2} s of CPU, {:.2} s of them in what it starts: {:.2} % of the build's; {} watches afterwards",
        cost.as_secs_f64(),
        children.as_secs_f64(),
        cost.as_secs_f64() / beside.cpu.as_secs_f64() * 100.0,
        editor.watches(),
    );
    beside
}

#[derive(Clone, Copy)]
struct Cost {
    took: Duration,
    cpu: Duration,
}

fn build(root: &Path) -> Cost {
    let children = || {
        let stat = fs::read_to_string("/proc/self/stat").expect("Linux's word on this process");
        editor::cpu(&stat).1
    };
    let before = children();
    let began = Instant::now();
    let status = Command::new("cargo")
        .args(["build", "--offline"])
        .current_dir(root)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()));
    Cost {
        took: began.elapsed(),
        cpu: children().saturating_sub(before),
    }
}
