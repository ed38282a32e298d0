//! A running `sidecargo watch`: its events as they come, its end.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

use crate::project::Project;
use crate::support::process::Run;

/// Longer than anything here takes, on a machine that is busy with other things.
const LIMIT: Duration = Duration::from_mins(3);

/// The process; it is ended when this is dropped.
pub(crate) struct Watching {
    child: Child,
    lines: Receiver<String>,
    /// Every line so far.
    pub(crate) heard: Vec<String>,
    errors: Arc<Mutex<String>>,
    is_closed: Arc<AtomicBool>,
}

impl Watching {
    /// Starts it in the project with `--format json`.
    pub(crate) fn start(project: &Project, arguments: &[&str]) -> Self {
        let format = ["watch", "--format", "json"];
        Self::start_plainly(project, &[&format, arguments].concat())
    }

    /// Starts `sidecargo` with just these arguments.
    pub(crate) fn start_plainly(project: &Project, arguments: &[&str]) -> Self {
        let mut child = Run::new(env!("CARGO_BIN_EXE_sidecargo"), project.root())
            .args(arguments)
            .command()
            // As a shell gives each of its jobs one.
            .process_group(0)
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let output = child.stdout.take().unwrap();
        let is_closed = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&is_closed);
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = sender.send(line);
                if closed.load(Ordering::Acquire) {
                    break;
                }
            }
        });
        let errors = Arc::new(Mutex::new(String::new()));
        let (mut pipe, kept) = (child.stderr.take().unwrap(), Arc::clone(&errors));
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = pipe.read(&mut chunk) {
                let text = String::from_utf8_lossy(&chunk[..read]);
                kept.lock().unwrap().push_str(&text);
            }
        });
        Self {
            child,
            lines,
            heard: Vec::new(),
            errors,
            is_closed,
        }
    }

    /// Takes one line more and then closes the pipe.
    pub(crate) fn close_output(&self) {
        self.is_closed.store(true, Ordering::Release);
    }

    /// Takes lines up to one that fits.
    pub(crate) fn wait_for_line(&mut self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + LIMIT;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                let errors = self.errors.lock().unwrap();
                panic!("no {what} in\n{}\n{errors}", self.heard.join("\n"));
            };
            self.heard.push(line.clone());
            if fits(&line) {
                return line;
            }
        }
    }

    /// Takes events up to one of this kind.
    pub(crate) fn wait_for(&mut self, event: &str) -> Value {
        let parse = |line: &str| -> Value { serde_json::from_str(line).unwrap() };
        let line = self.wait_for_line(event, |line| parse(line)["event"] == event);
        parse(&line)
    }

    /// Takes events up to this verdict.
    pub(crate) fn wait_for_status(&mut self, status: &str) -> Value {
        loop {
            let verdict = self.wait_for("verdict");
            if verdict["status"] == status {
                return verdict;
            }
        }
    }

    /// Takes what is there.
    pub(crate) fn take_rest(&mut self) {
        self.heard.extend(self.lines.try_iter());
    }

    /// How many events of this kind came so far.
    pub(crate) fn count(&mut self, event: &str) -> usize {
        self.take_rest();
        let sign = format!("\"event\":\"{event}\"");
        self.heard
            .iter()
            .filter(|line| line.contains(&sign))
            .count()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let until = Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::TERM);
            let _ = self.child.wait();
        }
    }
}

/// Whether there is such a process, one that nobody has waited for yet aside.
pub(crate) fn is_alive(process: i32) -> bool {
    let is_there = Pid::from_raw(process).is_some_and(|process| test_kill_process(process).is_ok());
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    is_there && !state.contains(") Z ")
}

/// Waits until a process is gone.
pub(crate) fn assert_ends(process: i32, what: &str) {
    let until = Instant::now() + Duration::from_secs(10);
    while is_alive(process) {
        assert!(Instant::now() < until, "{what} is still alive: {process}");
        thread::sleep(Duration::from_millis(10));
    }
}
