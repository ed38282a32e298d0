//! The plainest editor: starts a language server, says hello, waits for what it says, and looks at what it costs.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct Editor {
    child: Child,
    input: ChildStdin,
    messages: Receiver<(Instant, Value)>,
    root: String,
    began: Instant,
    next_id: i64,
}

impl Editor {
    pub(crate) fn start(mut server: Command, root: &Path) -> Self {
        let began = Instant::now();
        let mut child = server
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send((Instant::now(), message)).is_err() {
                    return;
                }
            }
        });
        Self {
            input: child.stdin.take().expect("its input"),
            child,
            messages,
            root: format!("file://{}", root.display()),
            began,
            next_id: 0,
        }
    }

    /// Says hello; returns how long it took from the start of the process to the answer.
    pub(crate) fn hello(&mut self) -> Duration {
        let hello = json!({
            "processId": std::process::id(),
            "rootUri": self.root,
            "workspaceFolders": [{"uri": self.root, "name": "large"}],
            "capabilities": {
                "workspace": {"workspaceFolders": true},
                "experimental": {"serverStatusNotification": true},
            },
        });
        let (answered, _) = self.request("initialize", &hello);
        self.send(&json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
        answered - self.began
    }

    pub(crate) fn began(&self) -> Instant {
        self.began
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends a request and does not wait for its answer; returns its number.
    pub(crate) fn ask(&mut self, method: &str, parameters: &Value) -> i64 {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        id
    }

    /// Sends a request; returns when the answer came, and its result.
    pub(crate) fn request(&mut self, method: &str, parameters: &Value) -> (Instant, Value) {
        let id = self.ask(method, parameters);
        let (time, mut answer) =
            self.wait(|message| message["id"] == id && message.get("method").is_none());
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        (time, answer["result"].take())
    }

    pub(crate) fn command(&mut self, name: &str) -> (Instant, Value) {
        let parameters = json!({"command": name, "arguments": [{}]});
        self.request("workspace/executeCommand", &parameters)
    }

    /// Waits until diagnostics of a file have exactly these codes.
    pub(crate) fn wait_for_codes(&mut self, codes: &[&str]) -> Instant {
        self.wait(|message| {
            let diagnostics = message["params"]["diagnostics"].as_array();
            message["method"] == "textDocument/publishDiagnostics"
                && diagnostics.is_some_and(|diagnostics| {
                    diagnostics
                        .iter()
                        .map(|one| one["code"].as_str())
                        .eq(codes.iter().map(|code| Some(*code)))
                })
        })
        .0
    }

    /// Waits until the server says that it waits for nothing.
    pub(crate) fn wait_until_quiescent(&mut self) -> Instant {
        self.wait(|message| {
            message["method"] == "experimental/serverStatus"
                && message["params"]["quiescent"] == true
        })
        .0
    }

    fn wait(&mut self, fits: impl Fn(&Value) -> bool) -> (Instant, Value) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let (time, message) = self.messages.recv_timeout(left).expect("it comes in time");
            if fits(&message) {
                return (time, message);
            }
            if message.get("method").is_some() && message.get("id").is_some() {
                let items = message["params"]["items"].as_array().map(Vec::len);
                let result = items.map(|items| vec![Value::Null; items]);
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}));
            }
        }
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("it listens");
        self.input.flush().expect("it listens");
    }

    /// Resident memory in MiB: all of it, and what is the process's own.
    pub(crate) fn memory(&self) -> (f64, f64) {
        let status = self.proc("status");
        (
            field(&status, "VmRSS:") / 1024.0,
            field(&status, "RssAnon:") / 1024.0,
        )
    }

    /// How many inotify watches it has.
    pub(crate) fn watches(&self) -> usize {
        let directory = PathBuf::from(format!("/proc/{}/fdinfo", self.process()));
        let texts = super::workspace::names(&directory)
            .into_iter()
            .map(|name| fs::read_to_string(directory.join(name)).unwrap_or_default());
        texts
            .map(|text| {
                text.lines()
                    .filter(|line| line.starts_with("inotify"))
                    .count()
            })
            .sum()
    }

    /// Its CPU time: its own, and that of the processes it started and saw end.
    pub(crate) fn cpu(&self) -> (Duration, Duration) {
        cpu(&self.proc("stat"))
    }

    fn proc(&self, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", self.process())).unwrap_or_default()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time by `/proc/<process>/stat`: the process's own, and its ended children's; in ticks of 10 ms.
pub(crate) fn cpu(stat: &str) -> (Duration, Duration) {
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<u64> = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse().ok())
        .collect();
    let of = |one: usize, other: usize| {
        let ticks = ticks.get(one).unwrap_or(&0) + ticks.get(other).unwrap_or(&0);
        Duration::from_millis(ticks * 10)
    };
    (of(0, 1), of(2, 3))
}

#[allow(clippy::cast_precision_loss)]
fn field(status: &str, name: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0) as f64
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some(number) = line.strip_prefix("Content-Length: ") {
            length = number.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
