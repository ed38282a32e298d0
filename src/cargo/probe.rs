//! Asks a proc-macro server, out of process and within time limits, which macros each dylib has.
//!
//! A server that dies or hangs at a dylib is an answer about that dylib; a new one is started for the next. What follows from the answers
//! is the verdict's business.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::{Value, json};

use super::invocation::Invocation;
use super::output::{Line, Stream};
use super::private_directory::PrivateDirectory;
use super::process::{ProcessGroup, Running};

/// Without it the server refuses to run (rust-analyzer `proc-macro-srv-cli/src/main.rs`).
const CONSENT: (&str, &str) = (
    "RUST_ANALYZER_INTERNALS_DO_NOT_USE",
    "sidecargo asks for the names of macros",
);
/// How often the end of a server is looked for while its answer is waited for.
const POLL: Duration = Duration::from_millis(20);
/// How many lines are read after a server's end.
const LAST_LINES: usize = 64;
/// How much of the server's last words is kept, in characters.
const WORDS_LIMIT: usize = 400;

/// How long the probe may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For all dylibs together.
    pub whole: Duration,
    /// For the start of a server, and for each dylib.
    pub each: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            whole: Duration::from_secs(10),
            each: Duration::from_secs(3),
        }
    }
}

/// What is to be asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The program of the server.
    pub server: &'a Utf8Path,
    /// Where it runs: the workspace's root, as under rust-analyzer.
    pub directory: &'a Utf8Path,
    /// `cargo.extraEnv`, which rust-analyzer gives to its server too.
    pub environment: &'a BTreeMap<String, Option<String>>,
    /// The dylibs, absolute. None at all asks for the protocol version alone, and runs no code of the project.
    pub dylibs: &'a [Utf8PathBuf],
    /// How long it may take.
    pub limits: Limits,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// What the server itself proved to be.
    pub server: ServerAnswer,
    /// For each dylib, in the order of the question.
    pub dylibs: Vec<DylibAnswer>,
}

/// What a proc-macro server proved to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerAnswer {
    /// It runs and speaks this version of the protocol.
    Speaks {
        /// The number that rust-analyzer compares with its own.
        protocol: u32,
    },
    /// It could not be started; the system's words.
    CannotStart(String),
    /// It ended, or said something else than a proc-macro server does.
    NotUnderstood(String),
    /// It said nothing within its time.
    Silent,
}

/// What the server said of one dylib.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DylibAnswer {
    /// It loads, and has macros of these names.
    Macros(Vec<String>),
    /// It does not load; the server's words.
    Refused(String),
    /// The server ended while it loaded it; how, and its last words.
    Ended(String),
    /// There was no answer within the time for one dylib.
    Silent,
    /// The time for all was over, or there was no server to ask.
    NotAsked,
}

/// Asks. However it ends, the servers it started are gone afterwards, with all that they started in their group.
#[must_use]
pub fn ask(question: &Question<'_>) -> ProbeAnswer {
    let end = Instant::now() + question.limits.whole;
    let mut answer = ProbeAnswer {
        server: ServerAnswer::Silent,
        dylibs: vec![DylibAnswer::NotAsked; question.dylibs.len()],
    };
    let mut session = match Session::start(question, end) {
        Ok((session, protocol)) => {
            answer.server = ServerAnswer::Speaks { protocol };
            Some(session)
        }
        Err(server) => {
            answer.server = server;
            return answer;
        }
    };
    for (dylib, place) in question.dylibs.iter().zip(&mut answer.dylibs) {
        // A server that has loaded other libraries may have died of them meanwhile; of a fresh one the end is this dylib's doing.
        let is_fresh = session.as_ref().is_none_or(|session| !session.has_loaded);
        *place = ask_in(&mut session, question, dylib, end);
        if !is_fresh && matches!(place, DylibAnswer::Ended(_)) {
            *place = ask_in(&mut session, question, dylib, end);
        }
    }
    answer
}

/// Asks about one dylib, by a new server where the last one did not survive its question.
fn ask_in(
    session: &mut Option<Session>,
    question: &Question<'_>,
    dylib: &Utf8Path,
    end: Instant,
) -> DylibAnswer {
    if Instant::now() >= end {
        return DylibAnswer::NotAsked;
    }
    let started = session
        .take()
        .or_else(|| Session::start(question, end).ok().map(|(new, _)| new));
    let Some(mut asked) = started else {
        return DylibAnswer::NotAsked;
    };
    let answer = asked.list_macros(dylib, end.min(Instant::now() + question.limits.each));
    if matches!(answer, DylibAnswer::Macros(_) | DylibAnswer::Refused(_)) {
        *session = Some(asked);
    }
    answer
}

/// The replies that are asked for (rust-analyzer `proc-macro-api/src/legacy_protocol/msg.rs`).
#[derive(Deserialize)]
enum Reply {
    ApiVersionCheck(u32),
    ListMacros(Result<Vec<(String, Value)>, String>),
    /// Servers before 2023 answer so.
    Error {
        message: String,
    },
}

/// Why there is no reply.
enum NoReply {
    Ended(String),
    NotUnderstood(String),
    Silent,
}

/// One running server. [`Running`] stops it, with all of its group, and waits for it when this is dropped.
struct Session {
    running: Running,
    input: ChildStdin,
    lines: Receiver<Line>,
    last_words: String,
    has_loaded: bool,
    /// The server leaves its copies of dylibs in its temporary directory; this one goes with the session.
    _temporary: Option<PrivateDirectory>,
}

impl Session {
    fn start(question: &Question<'_>, end: Instant) -> Result<(Self, u32), ServerAnswer> {
        let temporary = PrivateDirectory::on_disk().ok();
        let mut invocation = Invocation::new(question.server.as_str(), question.directory)
            .extra_environment(question.environment)
            .environment(CONSENT.0, CONSENT.1);
        if let Some(path) = temporary.as_ref().and_then(|it| it.path().to_str()) {
            // As Unix and Windows name it.
            for name in ["TMPDIR", "TMP", "TEMP"] {
                invocation = invocation.environment(name, path);
            }
        }
        let (mut running, lines) = Running::start(&invocation, ProcessGroup::Own, Stdio::piped())
            .map_err(|error| ServerAnswer::CannotStart(error.to_string()))?;
        let Some(input) = running.take_input() else {
            return Err(ServerAnswer::CannotStart("it has no input".to_owned()));
        };
        let mut session = Self {
            running,
            input,
            lines,
            last_words: String::new(),
            has_loaded: false,
            _temporary: temporary,
        };
        let end = end.min(Instant::now() + question.limits.each);
        match session.request(&json!({"ApiVersionCheck": {}}), end) {
            Ok(Reply::ApiVersionCheck(protocol)) => Ok((session, protocol)),
            Ok(_) => Err(ServerAnswer::NotUnderstood(
                "it gave another answer than was asked for".to_owned(),
            )),
            Err(NoReply::Ended(how) | NoReply::NotUnderstood(how)) => {
                Err(ServerAnswer::NotUnderstood(how))
            }
            Err(NoReply::Silent) => Err(ServerAnswer::Silent),
        }
    }

    fn list_macros(&mut self, dylib: &Utf8Path, end: Instant) -> DylibAnswer {
        let request = json!({"ListMacros": {"dylib_path": dylib}});
        self.has_loaded = true;
        match self.request(&request, end) {
            Ok(Reply::ListMacros(Ok(macros))) => {
                DylibAnswer::Macros(macros.into_iter().map(|(name, _)| name).collect())
            }
            Ok(Reply::ListMacros(Err(words)) | Reply::Error { message: words }) => {
                DylibAnswer::Refused(shortened(&words))
            }
            Ok(Reply::ApiVersionCheck(_)) => {
                DylibAnswer::Ended("it gave another answer than was asked for".to_owned())
            }
            Err(NoReply::Ended(how) | NoReply::NotUnderstood(how)) => DylibAnswer::Ended(how),
            Err(NoReply::Silent) => DylibAnswer::Silent,
        }
    }

    fn request(&mut self, request: &Value, end: Instant) -> Result<Reply, NoReply> {
        // Requests are far shorter than what a pipe holds, and one is sent at a time, so that writing does not block.
        let written = writeln!(self.input, "{request}").and_then(|()| self.input.flush());
        if written.is_err() {
            return Err(self.ended());
        }
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(NoReply::Silent);
            }
            match self.lines.recv_timeout(left.min(POLL)) {
                Ok(line) if line.stream == Stream::Error => self.last_words = line.text,
                // Libraries may print while they are loaded (rust-analyzer `proc-macro-api/src/transport/json.rs` skips it too).
                Ok(line) if !line.text.starts_with('{') => {}
                Ok(line) => {
                    return serde_json::from_str(&line.text).map_err(|_| {
                        NoReply::NotUnderstood(format!("it said {}", shortened(&line.text)))
                    });
                }
                Err(RecvTimeoutError::Timeout) => {
                    if self.running.has_ended().unwrap_or(true) {
                        return self.remaining_reply().ok_or_else(|| self.ended());
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
            }
        }
    }

    /// A reply that came just before the end.
    fn remaining_reply(&mut self) -> Option<Reply> {
        while let Ok(line) = self.lines.try_recv() {
            if line.stream == Stream::Error {
                self.last_words = line.text;
            } else if let Ok(reply) = serde_json::from_str(&line.text) {
                return Some(reply);
            }
        }
        None
    }

    /// How the server ended, with its last words where it had any.
    fn ended(&mut self) -> NoReply {
        let how = match self.running.stop() {
            Ok(status) => format!("it ended ({status})"),
            Err(error) => format!("it ended ({error})"),
        };
        for _ in 0..LAST_LINES {
            let Ok(line) = self.lines.recv_timeout(POLL) else {
                break;
            };
            if line.stream == Stream::Error {
                self.last_words = line.text;
            }
        }
        let words = shortened(self.last_words.trim());
        NoReply::Ended(if words.is_empty() {
            how
        } else {
            format!("{how}: {words}")
        })
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(WORDS_LIMIT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
