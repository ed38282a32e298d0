//! The second oracle: a toolchain's own `rust-analyzer-proc-macro-srv`, asked to load dylibs and list their macros.

use super::process::wait;
use super::toolchain::Toolchain;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// What the server said of one dylib.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Its macros, as `name/Kind`, sorted.
    Loads(Vec<String>),
    /// Why not, without the path; or that the server died or hung over it.
    Refuses(String),
}

struct Session {
    child: Child,
    lines: mpsc::Receiver<String>,
}

/// Asks for each dylib. A server that dies or hangs over one is started anew for the next.
pub(crate) fn ask(
    toolchain: &Toolchain,
    server: &Path,
    dylibs: &[PathBuf],
) -> BTreeMap<PathBuf, Answer> {
    let mut session: Option<Session> = None;
    let mut answers = BTreeMap::new();
    for dylib in dylibs {
        let current = session.get_or_insert_with(|| start(toolchain, server));
        let request = json!({"ListMacros": {"dylib_path": dylib}});
        let answer = if let Some(reply) = current.request(&request) {
            read(&reply, dylib)
        } else {
            session = None;
            Answer::Refuses("the server died or hung".to_owned())
        };
        answers.insert(dylib.clone(), answer);
    }
    answers
}

fn start(toolchain: &Toolchain, server: &Path) -> Session {
    let mut command = Command::new(server);
    command
        .env_remove("LD_LIBRARY_PATH")
        .env("RUST_ANALYZER_INTERNALS_DO_NOT_USE", "this is a test");
    for (name, value) in &toolchain.environment {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts");
    let stdout = child.stdout.take().unwrap();
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // A macro library may print while it is loaded.
            if line.starts_with('{') && sender.send(line).is_err() {
                return;
            }
        }
    });
    Session { child, lines }
}

impl Session {
    fn request(&mut self, request: &Value) -> Option<Value> {
        let stdin = self.child.stdin.as_mut()?;
        writeln!(stdin, "{request}").ok()?;
        stdin.flush().ok()?;
        let line = self.lines.recv_timeout(Duration::from_secs(5)).ok()?;
        serde_json::from_str(&line).ok()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        wait(&mut self.child, Instant::now() + Duration::from_millis(500));
    }
}

fn read(reply: &Value, dylib: &Path) -> Answer {
    let reply = &reply["ListMacros"];
    if let Some(list) = reply["Ok"].as_array() {
        let text = |v: &Value| v.as_str().unwrap_or("?").to_owned();
        let mut macros: Vec<String> = list
            .iter()
            .map(|m| format!("{}/{}", text(&m[0]), text(&m[1])))
            .collect();
        macros.sort();
        return Answer::Loads(macros);
    }
    let error = reply["Err"].as_str().unwrap_or("no answer");
    let prefix = format!("Cannot create expander for {}: ", dylib.display());
    Answer::Refuses(error.strip_prefix(&prefix).unwrap_or(error).to_owned())
}
