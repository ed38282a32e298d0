//! Builds of every kind: to their end, beside what else happens, two at once, and killed in the middle.

use crate::support::cargo::rust_analyzer_command;
use crate::support::dice::Dice;
use crate::support::process::{Killed, Run, kill};
use crate::world::{LONGEST_BUILD, World};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const COMMANDS: &[&[&str]] = &[
    &["check"],
    &["check", "--workspace", "--all-targets"],
    &["build", "-p", "app"],
    &["build", "-p", "mac"],
    &["clippy", "-p", "app"],
    &["test", "-p", "app", "--no-run"],
    &["check", "--release", "-p", "early"],
    &["clean", "-p", "mac"],
    &["clean", "-p", "serde_derive"],
];

/// Begins one, and brings it to one end or another.
pub(crate) fn build(world: &mut World, dice: &mut Dice) -> String {
    let (name, mut child) = begin(world, dice);
    match dice.below(6) {
        0 => {
            let after = u64::try_from(dice.below(1500)).unwrap();
            std::thread::sleep(Duration::from_millis(after));
            let (what, how) = if dice.is_one_in(2) {
                (Killed::WithAll, "with all its children")
            } else {
                (Killed::Alone, "alone")
            };
            kill(&mut child, what);
            format!("{name}, killed {how} after {after} ms")
        }
        1 => {
            world.builds.push(child);
            format!("{name}, beside")
        }
        2 => {
            let (other, second) = begin(world, dice);
            let ends = [wait(child), wait(second)];
            format!("{name} and {other} at once: {ends:?}")
        }
        _ => format!("{name}: {:?}", wait(child)),
    }
}

fn begin(world: &World, dice: &mut Dice) -> (String, Child) {
    let toolchain = &world.base.toolchain;
    let (name, run) = if dice.is_one_in(2) {
        let run = rust_analyzer_command(toolchain, &world.workspace, &world.selection);
        ("rust-analyzer's build".to_owned(), run)
    } else {
        let arguments = *dice.pick(COMMANDS);
        let run: Run = toolchain
            .cargo(&world.workspace)
            .args(arguments)
            .envs(&world.selection.environment);
        (format!("cargo {}", arguments.join(" ")), run)
    };
    let child = run
        .command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    (name, child)
}

fn wait(mut child: Child) -> Option<i32> {
    let ended = crate::support::process::wait(&mut child, Instant::now() + LONGEST_BUILD);
    assert!(ended.is_some(), "cargo does not end");
    ended.and_then(|status| status.code())
}
