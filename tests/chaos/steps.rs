//! What can happen in a step: drawn by the step's own dice, carried out on whatever is there, and told in a few words. What cannot
//! happen just now (the dylib to cut is gone already) is no failure: then nothing happens.

use crate::builds;
use crate::client::uri;
use crate::faults::{self, Fault};
use crate::options::Watching;
use crate::support::dice::Dice;
use crate::support::process::Run;
use crate::trial::Trouble;
use crate::world::World;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Faults that take the workspace away from under the server, reach what other tests share, or pretend a compiler to which no server
/// belongs. What holds a build lock for good has no quiet moment, and a build that is to write into a pipe waits for ever.
const LEFT_OUT: &[&str] = &[
    "building/",
    "dylib/fifo",
    "dylib/unreadable",
    "harmless/registry-source-touched",
    "programs/rustc-by-environment",
    "programs/rustc-gone",
    "toolchain/other-commit-same-release",
    "toolchain/updated-in-place",
    "workspace/",
];

/// The faults that can be let loose on a live workspace, and be noticed there.
pub(crate) fn faults(watching: Watching) -> Vec<Fault> {
    let is_fit = |fault: &Fault| {
        let is_quiet = fault.name.contains("quietly") || fault.name.starts_with("restored/");
        let is_noticed = watching == Watching::Events || !is_quiet;
        is_noticed
            && !LEFT_OUT
                .iter()
                .any(|left_out| fault.name.starts_with(left_out))
    };
    faults::all().into_iter().filter(is_fit).collect()
}

/// Takes a step and says which.
pub(crate) fn take(world: &mut World, faults: &[Fault], dice: &mut Dice) -> String {
    // A person mends what does not even load before long.
    let lot = dice.below(100);
    if world.is_broken && !lot.is_multiple_of(3) {
        return restore_all(world, dice);
    }
    match lot {
        0..42 => fault(world, faults, dice),
        42..58 => builds::build(world, dice),
        58..68 => edit(world, dice),
        68..74 => mend(world, dice),
        74..78 => settings(world, dice),
        78..82 => server(world, dice),
        82..84 => folders(world, dice),
        84..86 => away_and_back(world, dice),
        86..88 => look_beside(world, dice),
        88..94 => format!("restore one: {}", world.restore(dice, false)),
        94..98 => restore_all(world, dice),
        _ => backup(world),
    }
}

fn fault(world: &mut World, faults: &[Fault], dice: &mut Dice) -> String {
    // The groups differ in size, and a group's size says nothing of how often it happens.
    let mut groups: Vec<&str> = faults.iter().map(group).collect();
    groups.dedup();
    let chosen = if dice.is_one_in(2) {
        *dice.pick(&groups)
    } else {
        group(dice.pick(faults))
    };
    let of_group: Vec<&Fault> = faults
        .iter()
        .filter(|fault| group(fault) == chosen)
        .collect();
    let fault = *dice.pick(&of_group);
    match world.apply(&fault.apply) {
        Ok(()) => {
            if fault.evident {
                world
                    .evident
                    .extend(fault.altered.iter().map(|name| (*name).to_owned()));
            }
            fault.name.clone()
        }
        Err(Trouble::Skip(why) | Trouble::Failed(why)) => {
            let why = why.lines().next().unwrap_or_default().to_owned();
            format!("{} (not quite: {why})", fault.name)
        }
    }
}

fn group(fault: &Fault) -> &str {
    fault
        .name
        .split_once('/')
        .map_or(&*fault.name, |(group, _)| group)
}

const EDITED: &[&str] = &[
    "mac/src/part.rs",
    "mac/src/lib.rs",
    "mdep/src/lib.rs",
    "early/src/lib.rs",
    "tracked/src/lib.rs",
    "app/src/lib.rs",
    "app/Cargo.toml",
    "mac/Cargo.toml",
];

/// What a person does to a file in the editor.
fn edit(world: &mut World, dice: &mut Dice) -> String {
    let relative = *dice.pick(EDITED);
    let path = world.path(relative);
    let is_source = path.extension().is_some_and(|extension| extension == "rs");
    let Ok(text) = fs::read_to_string(&path) else {
        return format!("edit {relative} (it is gone)");
    };
    let document = json!({"uri": uri(&path)});
    if !world.documents.contains_key(&path) {
        world.documents.insert(path.clone(), 0);
        let language = if is_source { "rust" } else { "toml" };
        world.server().notify(
            "textDocument/didOpen",
            &json!({"textDocument": {"uri": uri(&path), "languageId": language, "version": 0, "text": text}}),
        );
    }
    let comment = if is_source { "//" } else { "#" };
    let (what, text) = match dice.below(5) {
        0 => ("so that it is broken", format!("{text}\nfn {{")),
        1 => {
            let whole = text.replace("\nfn {", "");
            ("so that it is whole", whole)
        }
        _ => {
            let number = dice.below(1_000_000);
            ("a comment", format!("{text}\n{comment} {number}\n"))
        }
    };
    let version = world.documents.get_mut(&path).unwrap();
    *version += 1;
    let changed = json!({"uri": uri(&path), "version": *version});
    world.server().notify(
        "textDocument/didChange",
        &json!({"textDocument": changed, "contentChanges": [{"text": text}]}),
    );
    let saved = if dice.is_one_in(5) {
        "not saved"
    } else {
        fs::write(&path, &text).unwrap();
        world
            .server()
            .notify("textDocument/didSave", &json!({"textDocument": document}));
        "saved"
    };
    let closed = if dice.is_one_in(3) {
        world.documents.remove(&path);
        world
            .server()
            .notify("textDocument/didClose", &json!({"textDocument": document}));
        ", closed"
    } else {
        ""
    };
    format!("edit {relative} {what}, {saved}{closed}")
}

/// Our own remedies: by the command line, or as the server's commands, some of them taken back.
fn mend(world: &mut World, dice: &mut Dice) -> String {
    let is_selected = !world.selection.arguments.is_empty();
    if dice.is_one_in(3) && !is_selected {
        let run = Run::new(crate::client::program(), &world.workspace)
            .args(["fix"])
            .env("CARGO_NET_OFFLINE", "true")
            .envs(&world.base.toolchain.environment)
            .envs(&world.selection.environment)
            .limit(Duration::from_mins(5))
            .output();
        assert!(!run.timed_out, "sidecargo fix does not end");
        assert!(
            matches!(run.status, Some(0..=2)),
            "sidecargo fix ended with {:?}: {}",
            run.status,
            run.stderr
        );
        return format!("sidecargo fix: {:?}", run.status);
    }
    let command = *dice.pick(&[
        "sidecargo.cleanAndRebuild",
        "sidecargo.fixAll",
        "sidecargo.rebuild",
        "sidecargo.clean",
    ]);
    let packages = match dice.below(3) {
        0 => json!([]),
        _ => some_macro(world, dice).map_or(json!([]), |package| json!([package])),
    };
    let answer = command_of(world, command, &json!({"package_ids": packages}));
    let end = if dice.is_one_in(2) {
        std::thread::sleep(Duration::from_millis(
            u64::try_from(dice.below(4000)).unwrap(),
        ));
        command_of(world, "sidecargo.cancel", &json!({}));
        ", cancelled"
    } else {
        ""
    };
    format!("{command} {packages}{end}: {answer}")
}

fn command_of(world: &mut World, command: &str, argument: &Value) -> Value {
    // Where there is no workspace just now, that is said.
    world.server().ask(
        "workspace/executeCommand",
        &json!({"command": command, "arguments": [argument]}),
    )["result"]
        .clone()
}

fn some_macro(world: &mut World, dice: &mut Dice) -> Option<Value> {
    let report = command_of(world, "sidecargo.report", &json!({}));
    let macros = report["proc_macros"].as_array()?;
    (!macros.is_empty()).then(|| dice.pick(macros)["package_id"].clone())
}

fn settings(world: &mut World, dice: &mut Dice) -> String {
    // Asking in intervals tells less than the system's events do, so a run that does keeps to it.
    let (name, value) = match dice.below(6) {
        2 | 3 if world.watching == Watching::Polling => {
            let pause = *dice.pick(&[200, 300, 700]);
            ("watch", json!({"backend": "poll", "pollInterval": pause}))
        }
        0 => ("diagnostics", json!({"grace": 300})),
        1 => ("diagnostics", json!({"grace": 2000})),
        2 => ("watch", json!({"backend": "auto"})),
        3 => ("watch", json!({"backend": "native"})),
        4 => ("nobody", json!({"knows": "this"})),
        _ => (
            "rebuild",
            json!({"automatic": *dice.pick(&["never", "workspaceMacros"])}),
        ),
    };
    world.settings[name] = value.clone();
    world.change_settings();
    format!("setting {name} {value}")
}

fn server(world: &mut World, dice: &mut Dice) -> String {
    let what = if dice.is_one_in(2) {
        world.kill_server();
        "server killed and started"
    } else {
        world.end_server();
        "server ended and started"
    };
    world.start_server();
    what.to_owned()
}

/// The folder goes from the editor, and comes back.
fn folders(world: &mut World, dice: &mut Dice) -> String {
    let folder = json!([{"uri": uri(&world.workspace), "name": "project"}]);
    world.baseline = None;
    let pause = dice.below(1500);
    let change = |world: &mut World, added: &Value, removed: &Value| {
        world.server().notify(
            "workspace/didChangeWorkspaceFolders",
            &json!({"event": {"added": added, "removed": removed}}),
        );
    };
    change(world, &json!([]), &folder);
    std::thread::sleep(Duration::from_millis(u64::try_from(pause).unwrap()));
    change(world, &folder, &json!([]));
    // It asks for the settings of each folder.
    std::thread::sleep(Duration::from_millis(100));
    world.server().pay_owed();
    format!("folder removed, and added after {pause} ms")
}

/// A directory is renamed and renamed back: what is below it comes back without an event of its own.
fn away_and_back(world: &mut World, dice: &mut Dice) -> String {
    let relative = *dice.pick(&[
        "target",
        "target/debug",
        "target/debug/deps",
        "target/debug/.fingerprint",
        "mac",
        "mac/src",
        "mdep",
        ".cargo",
    ]);
    let (place, away) = (world.path(relative), world.root.join("away"));
    let pause = dice.below(3000);
    if fs::rename(&place, &away).is_err() {
        return format!("{relative} renamed (it is gone)");
    }
    std::thread::sleep(Duration::from_millis(u64::try_from(pause).unwrap()));
    // Somebody may have made it anew meanwhile.
    if fs::rename(&away, &place).is_err() {
        let _ = fs::remove_dir_all(&away);
    }
    format!("{relative} renamed, and back after {pause} ms")
}

/// Others look at the same workspace at the same time, and share what is remembered.
fn look_beside(world: &mut World, dice: &mut Dice) -> String {
    let command = *dice.pick(&["check", "check", "fix"]);
    let arguments: &[&str] = if command == "fix" {
        &["--dry-run"]
    } else {
        &[]
    };
    let out = Run::new(crate::client::program(), &world.workspace)
        .args([command])
        .args(arguments)
        .args(&world.selection.arguments)
        .env("CARGO_NET_OFFLINE", "true")
        .envs(&world.base.toolchain.environment)
        .envs(&world.selection.environment)
        .output();
    assert!(
        matches!(out.status, Some(0..=2)),
        "sidecargo {command} ended with {:?}: {}",
        out.status,
        out.stderr
    );
    format!("sidecargo {command} beside: {:?}", out.status)
}

fn restore_all(world: &mut World, dice: &mut Dice) -> String {
    let files = world.restore(dice, true);
    if dice.is_one_in(2) {
        world.select(crate::support::cargo::Selection::default());
        return format!("restore all: {files}, and the environment");
    }
    format!("restore all: {files}")
}

/// The build directory of the beginning comes back from a backup, with its times.
fn backup(world: &mut World) -> String {
    let (from, to) = (
        world.original.workspace.join("target"),
        world.path("target"),
    );
    let aside: PathBuf = world.root.join("old-target");
    let _ = fs::rename(&to, &aside);
    let copied = crate::support::tree::copy(&from, &to);
    remove(&aside);
    match copied {
        Ok(()) => "build directory from the backup".to_owned(),
        Err(error) => format!("build directory from the backup (not quite: {error})"),
    }
}

fn remove(path: &Path) {
    let _ = fs::remove_dir_all(path).or_else(|_| fs::remove_file(path));
}
