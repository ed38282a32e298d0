//! The test program as a stand-in compiler: cargo decides what is fresh before it compiles anything, so that its decisions can be had
//! in a blink by a `RUSTC_WRAPPER` (which enters no hash) that leaves empty outputs.

use super::process::Environment;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, process};

const SWITCH: &str = "SIDECARGO_TEST_STAND_IN";

/// What the stand-in does with a compilation.
pub(crate) enum Part<'a> {
    /// Leaves empty outputs at once.
    CompileNothing,
    /// Compiles with the real compiler, but never ends on this crate.
    HangOn(&'a str),
}

/// The environment that makes cargo call this very program as its compiler.
pub(crate) fn environment(part: &Part<'_>) -> Environment {
    let value = match part {
        Part::CompileNothing => "nothing".to_owned(),
        Part::HangOn(name) => format!("hang:{name}"),
    };
    let me = env::current_exe().unwrap().into_os_string();
    Environment::from([
        (OsString::from("RUSTC_WRAPPER"), Some(me)),
        (OsString::from(SWITCH), Some(OsString::from(value))),
    ])
}

/// To be called first in `main`: does the compiler's part and ends the process if it was started for that.
pub(crate) fn step_in() {
    let Some(part) = env::var(SWITCH).ok() else {
        return;
    };
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let Some((compiler, rest)) = arguments.split_first() else {
        process::exit(0); // started as a build script
    };
    let name = value_of(rest, "--crate-name");
    let is_query = name.as_deref().is_none_or(|n| n == "___");
    match part.strip_prefix("hang:") {
        _ if is_query => pass_on(compiler, rest),
        Some(crate_name) if name.as_deref() == Some(crate_name) => loop {
            std::thread::sleep(std::time::Duration::from_mins(1));
        },
        Some(_) => pass_on(compiler, rest),
        None => leave_outputs(rest, &name.unwrap()),
    }
}

fn pass_on(compiler: &OsStr, arguments: &[OsString]) -> ! {
    let status = Command::new(compiler).args(arguments).status().unwrap();
    process::exit(status.code().unwrap_or(1))
}

fn value_of(arguments: &[OsString], name: &str) -> Option<String> {
    let at = arguments.iter().position(|a| a == name)?;
    Some(arguments.get(at + 1)?.to_string_lossy().into_owned())
}

fn leave_outputs(arguments: &[OsString], name: &str) -> ! {
    let find = |prefix: &str| {
        arguments
            .iter()
            .find_map(|a| a.to_str()?.strip_prefix(prefix).map(str::to_owned))
            .unwrap_or_default()
    };
    let out = PathBuf::from(value_of(arguments, "--out-dir").unwrap_or_default());
    let stem = format!("{name}{}", find("extra-filename="));
    let linked = find("--emit=").contains("link");
    let write = |file: String| {
        // What is there may be a directory or a FIFO that a test has put in the dylib's place.
        let path = out.join(file);
        if fs::symlink_metadata(&path).is_ok_and(|m| m.is_dir()) {
            let _ = fs::remove_dir_all(&path);
        } else {
            let _ = fs::remove_file(&path);
        }
        fs::write(path, b"").unwrap();
    };
    match value_of(arguments, "--crate-type").as_deref() {
        Some("proc-macro") if linked => write(format!("lib{stem}.so")),
        Some("lib" | "rlib") => {
            write(format!("lib{stem}.rmeta"));
            if linked {
                write(format!("lib{stem}.rlib"));
            }
        }
        Some("bin") if linked => {
            let (me, to) = (env::current_exe().unwrap(), out.join(&stem));
            let _ = fs::remove_file(&to);
            if fs::hard_link(&me, &to).is_err() {
                fs::copy(me, to).unwrap();
            }
        }
        _ => {}
    }
    process::exit(0)
}
