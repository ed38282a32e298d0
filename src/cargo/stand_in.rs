//! The stand-in compiler: our own program as `RUSTC_WRAPPER`, so that cargo tells which units it expects while nothing is compiled.
//!
//! It passes queries on to the real rustc, leaves empty outputs for each compilation, and is the "build script" too, which then does
//! nothing. What it was asked is kept in records that [`super::questions`] reads.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use serde::{Deserialize, Serialize};

use crate::environment;

/// Names the directory for the records; where it is set, this program is the stand-in and nothing else.
pub const RECORDS_VARIABLE: &str = "SIDECARGO_STAND_IN";

/// The record of cargo's own environment, as its first question to rustc shows it.
pub const CARGO_ENVIRONMENT: &str = "cargo-environment.json";
/// The record of a compilation's environment.
pub const COMPILATION_ENVIRONMENT: &str = "compilation-environment.json";
/// The records of all compilations and build script runs, one JSON object a line.
pub const UNITS: &str = "units.jsonl";

/// What rustc printed when cargo asked it about itself, one JSON string a line.
pub const RUSTC_ANSWERS: &str = "rustc-answers.jsonl";

/// The crate name that cargo's queries use for no crate at all (cargo 1.95, `target_info.rs`).
const QUERY_CRATE_NAME: &str = "___";

/// What is read of a file of arguments at most.
const ARGUMENTS_LIMIT: u64 = 64 << 20;

/// What the stand-in was called for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "was", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Record {
    /// A compilation.
    Compilation(CompilationRecord),
    /// The run of a build script.
    BuildScriptRun {
        /// The program that was run: the link that the compilation left.
        program: PathBuf,
        /// Its `OUT_DIR`.
        out_dir: PathBuf,
    },
}

/// One compilation that cargo asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompilationRecord {
    /// `--crate-name`.
    pub crate_name: String,
    /// `-C extra-filename`, with its leading dash; empty where there is none.
    pub extra_filename: String,
    /// `--out-dir`.
    pub out_directory: PathBuf,
    /// The files left, by name.
    pub outputs: Vec<String>,
    /// `--extern` by name and file, where it names a file.
    pub externs: Vec<(String, PathBuf)>,
    /// `OUT_DIR` of the package's build script, where it has one.
    pub build_script_out_dir: Option<PathBuf>,
    /// `CARGO_MANIFEST_DIR`.
    pub package_root: PathBuf,
    /// Every `CARGO_PKG_*`.
    pub package_environment: BTreeMap<String, String>,
}

/// Whether this process was started as the stand-in.
#[must_use]
pub fn is_called() -> bool {
    env::var_os(RECORDS_VARIABLE).is_some()
}

/// Does the stand-in's work for this process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let Some(records) = env::var_os(RECORDS_VARIABLE).map(PathBuf::from) else {
        return ExitCode::FAILURE;
    };
    let arguments: Vec<OsString> = env::args_os().collect();
    match serve(&records, &arguments) {
        Ok(code) => code,
        Err(error) => {
            // Cargo shows it as the compiler's own words, and `questions` reports them.
            let _ = writeln!(io::stderr(), "error: the stand-in compiler failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(records: &Path, arguments: &[OsString]) -> io::Result<ExitCode> {
    let Some((program, rest)) = arguments.split_first() else {
        return Ok(ExitCode::FAILURE);
    };
    let Some((compiler, compiler_arguments)) = rest.split_first() else {
        return run_as_build_script(records, Path::new(program));
    };
    let words = words_of(compiler_arguments)?;
    match value_of(&words, "--crate-name") {
        Some(crate_name) if crate_name != QUERY_CRATE_NAME => {
            compile(records, crate_name, &words)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            if words.iter().any(|word| word == "-vV") {
                record_environment(&records.join(CARGO_ENVIRONMENT))?;
            }
            pass_on(records, compiler, compiler_arguments)
        }
    }
}

/// The arguments as text. Where a command line would be too long, cargo puts them into a file, one a line, and names that (cargo 1.95,
/// `cargo-util/src/process_builder.rs`, `build_command_with_argfile`).
fn words_of(arguments: &[OsString]) -> io::Result<Vec<String>> {
    let mut words = Vec::new();
    for argument in arguments {
        let word = argument.to_string_lossy();
        if let Some(path) = word.strip_prefix('@') {
            let mut text = String::new();
            let file = File::open(path)?;
            file.take(ARGUMENTS_LIMIT).read_to_string(&mut text)?;
            words.extend(text.lines().map(str::to_owned));
        } else {
            words.push(word.into_owned());
        }
    }
    Ok(words)
}

/// Has rustc answer, keeps what it prints and hands it on.
fn pass_on(records: &Path, compiler: &OsString, arguments: &[OsString]) -> io::Result<ExitCode> {
    let answer = Command::new(compiler)
        .args(arguments)
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()?;
    record(
        &records.join(RUSTC_ANSWERS),
        &String::from_utf8_lossy(&answer.stdout),
    )?;
    io::stdout().write_all(&answer.stdout)?;
    end_likewise(answer.status);
    let code = answer
        .status
        .code()
        .and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Ends by the signal that ended rustc, if any: cargo tells the one that was killed from the one that failed.
#[cfg(unix)]
fn end_likewise(status: ExitStatus) {
    use rustix::process::{Signal, getpid, kill_process};
    use std::os::unix::process::ExitStatusExt;
    if let Some(signal) = status.signal().and_then(Signal::from_named_raw) {
        let _ = kill_process(getpid(), signal);
    }
}

#[cfg(not(unix))]
fn end_likewise(_: ExitStatus) {}

fn run_as_build_script(records: &Path, program: &Path) -> io::Result<ExitCode> {
    if let Some(out_dir) = env::var_os("OUT_DIR") {
        record(
            &records.join(UNITS),
            &Record::BuildScriptRun {
                program: program.to_owned(),
                out_dir: PathBuf::from(out_dir),
            },
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn compile(records: &Path, crate_name: &str, words: &[String]) -> io::Result<()> {
    let out_directory = PathBuf::from(value_of(words, "--out-dir").unwrap_or("."));
    // Empty files in place of a real build's products would be the very damage that we look for.
    if !records
        .parent()
        .is_some_and(|scratch| out_directory.starts_with(scratch))
    {
        return Err(io::Error::other(format!(
            "cargo was to build in a directory of its own, not in {}",
            out_directory.display()
        )));
    }
    let extra_filename = words
        .iter()
        .find_map(|word| word.strip_prefix("extra-filename="))
        .unwrap_or_default();
    let outputs = output_names(crate_name, extra_filename, words);
    for output in &outputs {
        leave(&out_directory.join(output), is_program(words))?;
    }
    record_environment(&records.join(COMPILATION_ENVIRONMENT))?;
    record(
        &records.join(UNITS),
        &Record::Compilation(CompilationRecord {
            crate_name: crate_name.to_owned(),
            extra_filename: extra_filename.to_owned(),
            out_directory,
            outputs,
            externs: externs(words),
            build_script_out_dir: env::var_os("OUT_DIR").map(PathBuf::from),
            package_root: env::var_os("CARGO_MANIFEST_DIR")
                .map(PathBuf::from)
                .unwrap_or_default(),
            package_environment: environment::of_this_process()
                .into_iter()
                .filter(|(name, _)| name.starts_with("CARGO_PKG_"))
                .collect(),
        }),
    )
}

/// What kind of file stands in for the output of a compilation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Product {
    /// Something that cargo only looks at.
    File,
    /// Something that cargo may run.
    Program,
}

fn is_program(words: &[String]) -> Product {
    let is_library = words
        .windows(2)
        .any(|pair| matches!(pair, [option, kind] if option == "--crate-type" && kind != "bin"));
    if is_library {
        Product::File
    } else {
        Product::Program
    }
}

fn leave(output: &Path, product: Product) -> io::Result<()> {
    match product {
        Product::File => File::create(output).map(drop),
        Product::Program => {
            let this_program = env::current_exe()?;
            let _ = fs::remove_file(output);
            link(&this_program, output).or_else(|_| fs::copy(&this_program, output).map(drop))
        }
    }
}

#[cfg(unix)]
fn link(program: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(program, link)
}

#[cfg(not(unix))]
fn link(program: &Path, link: &Path) -> io::Result<()> {
    fs::hard_link(program, link)
}

/// The names that rustc would give to the outputs that cargo looks at (rustc `rustc_session/src/output.rs`).
fn output_names(crate_name: &str, extra_filename: &str, words: &[String]) -> Vec<String> {
    let emitted = words
        .iter()
        .find_map(|word| word.strip_prefix("--emit="))
        .unwrap_or_default();
    let emits = |kind: &str| emitted.split(',').any(|emitted| emitted == kind);
    let stem = format!("{crate_name}{extra_filename}");
    let mut names = Vec::new();
    let mut is_library = false;
    for pair in words.windows(2) {
        let [option, kind] = pair else { continue };
        if option != "--crate-type" {
            continue;
        }
        match kind.as_str() {
            "lib" | "rlib" => {
                is_library = true;
                if emits("link") {
                    names.push(format!("lib{stem}.rlib"));
                }
            }
            "proc-macro" | "dylib" | "cdylib" if emits("link") => names.push(format!(
                "{}{stem}{}",
                env::consts::DLL_PREFIX,
                env::consts::DLL_SUFFIX
            )),
            "bin" if emits("link") => names.push(format!("{stem}{}", env::consts::EXE_SUFFIX)),
            _ => {}
        }
    }
    let only_metadata = emits("metadata") && !emits("link");
    if emits("metadata") && (is_library || only_metadata) {
        names.push(format!("lib{stem}.rmeta"));
    }
    names
}

fn externs(words: &[String]) -> Vec<(String, PathBuf)> {
    words
        .windows(2)
        .filter_map(|pair| match pair {
            [option, value] if option == "--extern" => value.split_once('='),
            _ => None,
        })
        // Modifiers come before the name, as in `priv,noprelude:name=path`.
        .map(|(name, path)| {
            let name = name.rsplit_once(':').map_or(name, |(_, name)| name);
            (name.to_owned(), PathBuf::from(path))
        })
        .collect()
}

fn value_of<'a>(words: &'a [String], option: &str) -> Option<&'a str> {
    words.windows(2).find_map(|pair| match pair {
        [name, value] if name == option => Some(value.as_str()),
        _ => None,
    })
}

/// The first call writes the environment; later ones find the file there and leave it.
fn record_environment(path: &Path) -> io::Result<()> {
    let file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error),
    };
    Ok(serde_json::to_writer(
        file,
        &environment::of_this_process(),
    )?)
}

/// One write per record: appended writes of several processes do not mix.
fn record(file: &Path, record: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)?
        .write_all(&line)
}

#[cfg(test)]
#[path = "stand_in_tests.rs"]
mod tests;
