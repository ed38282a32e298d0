//! Real programs: shell scripts that print, hang, ignore signals and leave children.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use camino::{Utf8Path, Utf8PathBuf};

fn shell(script: &str) -> Invocation {
    Invocation::new("sh", Utf8Path::new("/")).arguments(["-c", script])
}

fn collect(script: &str) -> (End, Vec<Line>) {
    let mut lines = Vec::new();
    let end = run(
        &shell(script),
        ProcessGroup::Own,
        &Cancel::default(),
        &mut |line| lines.push(line),
    )
    .unwrap();
    (end, lines)
}

fn code(end: End) -> Option<i32> {
    match end {
        End::Exited(status) => status.code(),
        End::Cancelled => panic!("it was not cancelled"),
    }
}

fn is_alive(id: i32) -> bool {
    // A process that nobody has waited for yet is as good as gone.
    let state = std::fs::read_to_string(format!("/proc/{id}/stat"));
    state.is_ok_and(|stat| !stat.contains(") Z "))
}

/// Cancels as soon as the script has printed the numbers of its processes, and gives these back.
fn cancel_once_it_printed(script: &str, wanted: usize) -> Vec<i32> {
    let cancel = Cancel::default();
    let mut processes: Vec<i32> = Vec::new();
    let end = run(&shell(script), ProcessGroup::Own, &cancel, &mut |line| {
        processes.push(line.text.trim().parse().unwrap());
        if processes.len() == wanted {
            cancel.cancel();
        }
    })
    .unwrap();
    assert_eq!(end, End::Cancelled);
    processes
}

fn assert_gone(processes: &[i32]) {
    // The grandchildren are their new parent's to wait for, which may take a moment.
    let gone = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(5));
        !processes.iter().any(|&process| is_alive(process))
    });
    assert!(gone, "still alive: {processes:?}");
}

#[test]
fn lines_of_both_streams_and_the_status_arrive() {
    let (end, lines) = collect("echo one; echo two >&2; exit 3");
    assert_eq!(code(end), Some(3));
    let of = |stream| {
        lines
            .iter()
            .filter(|line| line.stream == stream)
            .map(|line| line.text.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(Stream::Output), ["one"]);
    assert_eq!(of(Stream::Error), ["two"]);
}

#[test]
fn standard_input_is_empty_and_the_environment_is_as_told() {
    let mut lines = Vec::new();
    let invocation = shell("cat; echo $A-$HOME-$(pwd)")
        .environment("A", "1")
        .extra_environment(&[("HOME".to_owned(), None)].into());
    run(
        &invocation,
        ProcessGroup::Inherited,
        &Cancel::default(),
        &mut |line| lines.push(line.text),
    )
    .unwrap();
    assert_eq!(lines, ["1--/"]);
}

#[test]
fn a_flood_of_output_arrives_whole() {
    let (end, lines) =
        collect("i=0; while [ $i -lt 20000 ]; do echo line $i; echo e >&2; i=$((i+1)); done");
    assert_eq!(code(end), Some(0));
    assert_eq!(lines.len(), 40_000);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let error = run(
        &Invocation::new("no-such-program-here", Utf8Path::new("/")),
        ProcessGroup::Own,
        &Cancel::default(),
        &mut |_| {},
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "run `no-such-program-here` in /");
}

#[test]
fn cancelling_ends_the_program_and_what_it_started() {
    let processes = cancel_once_it_printed("sleep 1000 & echo $!; echo $$; wait", 2);
    assert_gone(&processes);
}

#[test]
fn cancelling_ends_what_ignores_the_request() {
    let processes = cancel_once_it_printed(
        "trap '' TERM; sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & echo $$; while :; do sleep 1; done",
        2,
    );
    assert_gone(&processes);
}

#[test]
fn cancelling_works_while_the_output_floods() {
    let cancel = Cancel::default();
    let mut count = 0;
    let end = run(
        &shell("while :; do echo line; done"),
        ProcessGroup::Own,
        &cancel,
        &mut |_| {
            count += 1;
            if count == 1000 {
                cancel.cancel();
            }
        },
    )
    .unwrap();
    assert_eq!(end, End::Cancelled);
}

#[test]
fn what_was_cancelled_before_never_starts() {
    let directory = tempfile::tempdir().unwrap();
    let mark = Utf8PathBuf::from_path_buf(directory.path().join("mark")).unwrap();
    let cancel = Cancel::default();
    cancel.cancel();
    let script = format!("touch {mark}");
    let end = run(&shell(&script), ProcessGroup::Own, &cancel, &mut |_| {}).unwrap();
    assert_eq!(end, End::Cancelled);
    assert!(!mark.exists());
}

#[test]
fn a_child_left_behind_does_not_hold_up_the_end() {
    let mut left = None;
    let end = run(
        &shell("sleep 1000 & echo $!"),
        ProcessGroup::Own,
        &Cancel::default(),
        &mut |line| left = line.text.parse::<i32>().ok(),
    )
    .unwrap();
    assert_eq!(code(end), Some(0));
    let left = rustix::process::Pid::from_raw(left.unwrap()).unwrap();
    rustix::process::kill_process(left, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn a_child_left_behind_that_prints_for_ever_does_not_hold_up_the_end() {
    let mut left = None;
    let end = run(
        &shell("(while :; do echo more; done) & echo $!"),
        ProcessGroup::Own,
        &Cancel::after(Duration::from_secs(20)),
        &mut |line| left = left.or_else(|| line.text.parse::<i32>().ok()),
    )
    .unwrap();
    let left = rustix::process::Pid::from_raw(left.unwrap()).unwrap();
    // The system may have ended it already: nobody listens to it any more.
    let _ = rustix::process::kill_process(left, rustix::process::Signal::KILL);
    assert_eq!(code(end), Some(0));
}

#[test]
fn the_children_of_a_killed_program_go_with_it() {
    let mut processes = Vec::new();
    let end = run(
        &shell("sleep 1000 & echo $!; kill -KILL $$"),
        ProcessGroup::Own,
        &Cancel::default(),
        &mut |line| processes.push(line.text.parse().unwrap()),
    )
    .unwrap();
    assert_eq!(code(end), None);
    assert_gone(&processes);
}

#[test]
fn a_panic_of_the_listener_leaves_nothing_behind() {
    let (sender, receiver) = mpsc::channel();
    let listener = thread::spawn(move || {
        let _ = run(
            &shell("echo $$; sleep 1000"),
            ProcessGroup::Own,
            &Cancel::default(),
            &mut |line| {
                sender.send(line.text.parse::<i32>().unwrap()).unwrap();
                panic!("as meant");
            },
        );
    });
    let process = receiver.recv().unwrap();
    assert!(listener.join().is_err());
    assert_gone(&[process]);
}
