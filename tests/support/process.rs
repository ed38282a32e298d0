//! Runs one program with a clean environment and a time limit, and keeps what it said.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Variables to set (`Some`) or to take away (`None`) for a process.
pub(crate) type Environment = BTreeMap<OsString, Option<OsString>>;

/// What a program left behind.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// `None` when a signal or the time limit ended it.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) timed_out: bool,
    pub(crate) took: Duration,
}

impl Output {
    pub(crate) fn success(&self) -> bool {
        self.status == Some(0)
    }
}

/// One run of a program, still to be made.
pub(crate) struct Run {
    program: PathBuf,
    arguments: Vec<OsString>,
    directory: PathBuf,
    environment: Environment,
    limit: Duration,
}

impl Run {
    pub(crate) fn new(program: impl AsRef<OsStr>, directory: &Path) -> Run {
        Run {
            program: PathBuf::from(program.as_ref()),
            arguments: Vec::new(),
            directory: directory.to_path_buf(),
            environment: Environment::new(),
            limit: Duration::from_mins(10),
        }
    }

    pub(crate) fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, arguments: I) -> Run {
        self.arguments
            .extend(arguments.into_iter().map(|a| a.as_ref().to_os_string()));
        self
    }

    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Run {
        self.environment.insert(
            name.as_ref().to_os_string(),
            Some(value.as_ref().to_os_string()),
        );
        self
    }

    pub(crate) fn envs(mut self, environment: &Environment) -> Run {
        self.environment
            .extend(environment.iter().map(|(k, v)| (k.clone(), v.clone())));
        self
    }

    pub(crate) fn limit(mut self, limit: Duration) -> Run {
        self.limit = limit;
        self
    }

    /// The command with its environment, for a caller that must hold the child itself.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.directory);
        for (name, _) in std::env::vars_os() {
            if is_of_this_build(&name) {
                command.env_remove(name);
            }
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn output(&self) -> Output {
        let started = Instant::now();
        let mut child = self
            .command()
            .spawn()
            .unwrap_or_else(|e| panic!("failed to start {}: {e}", self.program.display()));
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let status = wait(&mut child, started + self.limit);
        // A grandchild that outlives a stopped child may hold the pipes open: do not wait for it for long.
        let rest = Duration::from_secs(2);
        Output {
            status: status.and_then(|s| s.code()),
            timed_out: status.is_none(),
            stdout: stdout.recv_timeout(rest).unwrap_or_default(),
            stderr: stderr.recv_timeout(rest).unwrap_or_default(),
            took: started.elapsed(),
        }
    }
}

/// Waits for a child until the deadline and then stops it.
pub(crate) fn wait(child: &mut Child, deadline: Instant) -> Option<std::process::ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// How much of a build is killed.
#[cfg(unix)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Killed {
    /// Everything that it started, with it.
    WithAll,
    /// It alone; the compilers go on for a while.
    Alone,
}

/// Kills a child that leads a process group of its own, and waits until the last of the group is gone.
#[cfg(unix)]
pub(crate) fn kill(child: &mut Child, what: Killed) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
    let group = Pid::from_child(child);
    // It may have ended by itself.
    let _ = match what {
        Killed::WithAll => kill_process_group(group, Signal::KILL),
        Killed::Alone => kill_process(group, Signal::KILL),
    };
    child.wait().unwrap();
    while test_kill_process_group(group).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn drain<R: Read + Send + 'static>(pipe: Option<R>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// What `cargo test` and the person's shell set and what would reach into a build under test. The rest (proxies, certificates, the
/// registry's settings) stays.
fn is_of_this_build(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let kept = ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_AUTO_INSTALL"];
    let ours = [
        "CARGO_HTTP_",
        "CARGO_NET_",
        "CARGO_REGISTR",
        "CARGO_SOURCE_",
    ];
    if kept.contains(&&*name) || ours.iter().any(|p| name.starts_with(p)) {
        return false;
    }
    [
        "CARGO",
        "__CARGO",
        "RUST",
        "LD_LIBRARY_PATH",
        "DYLD_",
        "OUT_DIR",
        "MAKEFLAGS",
        "CLIPPY",
        "SIDECARGO",
    ]
    .iter()
    .any(|p| name.starts_with(p))
}
