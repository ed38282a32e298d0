//! This program as a compiler that compiles proc macros and nothing else, so that cargo writes the fingerprints of thousands of units
//! in seconds. A wrapper enters no fingerprint.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::{env, fs};

const SWITCH: &str = "SIDECARGO_BENCHMARK_STAND_IN";

/// The environment that makes cargo call this very program as its compiler.
pub(crate) fn environment() -> [(&'static str, OsString); 2] {
    let own = env::current_exe().expect("this program");
    [("RUSTC_WRAPPER", own.into()), (SWITCH, OsString::from("1"))]
}

/// To be called first: does the compiler's part and ends the process if it was started for that.
pub(crate) fn step_in() {
    if env::var_os(SWITCH).is_none() {
        return;
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (compiler, words) = arguments.split_first().expect("a compiler");
    let value = |option: &str| {
        let mut pairs = words.windows(2);
        pairs.find_map(|pair| (pair[0] == option).then(|| pair[1].clone()))
    };
    let name = value("--crate-name");
    let kind = value("--crate-type");
    match (name, kind.as_deref()) {
        (Some(name), Some("lib")) if name != "___" => leave(words, &name, value("--out-dir")),
        _ => panic!("{}", Command::new(compiler).args(words).exec()),
    }
}

/// Empty outputs, and a dep-info as rustc writes it.
fn leave(words: &[String], name: &str, out: Option<String>) -> ! {
    let with = |start: &str| words.iter().find_map(|word| word.strip_prefix(start));
    let out = PathBuf::from(out.expect("a directory"));
    let stem = format!("{name}{}", with("extra-filename=").unwrap_or_default());
    let source = words
        .iter()
        .find(|word| Path::new(word).extension().is_some_and(|it| it == "rs"));
    let source = source.expect("a source");
    let emitted = with("--emit=").unwrap_or_default();
    for (kind, extension) in [("metadata", "rmeta"), ("link", "rlib")] {
        if emitted.contains(kind) {
            fs::write(out.join(format!("lib{stem}.{extension}")), "").expect("an output");
        }
    }
    let dep_info = out.join(format!("{stem}.d"));
    let text = format!("{}: {source}\n\n{source}:\n", dep_info.display());
    fs::write(dep_info, text).expect("a dep-info");
    process::exit(0)
}
