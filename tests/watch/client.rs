//! Somebody who uses the service all the while: a request every 50 ms, each noted.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const BETWEEN: Duration = Duration::from_millis(50);
const LIMIT: Duration = Duration::from_secs(2);

/// What a request came to.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) at: Instant,
    pub(crate) ended: Instant,
    pub(crate) answer: Option<Answer>,
}

/// What the service said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The versions of its sources: that of `main.rs` and that of the macro.
    pub(crate) versions: (u32, u32),
    pub(crate) process: i32,
}

/// The client; it asks until it is told to stop.
pub(crate) struct Client {
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Client {
    pub(crate) fn start(port: u16) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (asked, stop) = (Arc::clone(&asked), Arc::clone(&stop));
            move || {
                while !stop.load(Ordering::Acquire) {
                    let at = Instant::now();
                    let answer = ask(port);
                    asked.lock().unwrap().push(Asked {
                        at,
                        ended: Instant::now(),
                        answer,
                    });
                    thread::sleep(BETWEEN.saturating_sub(at.elapsed()));
                }
            }
        });
        Self {
            asked,
            stop,
            thread: Some(thread),
        }
    }

    /// Waits until the service answers with these versions.
    pub(crate) fn wait_for(&self, versions: (u32, u32)) -> Answer {
        let begin = Instant::now();
        loop {
            let last = self.asked.lock().unwrap().last().cloned();
            let answer = last.and_then(|asked| asked.answer);
            if let Some(answer) = answer.as_ref().filter(|answer| answer.versions == versions) {
                return answer.clone();
            }
            assert!(
                begin.elapsed() < Duration::from_mins(2),
                "no answer {versions:?}; the last is {answer:?}"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ask(port: u16) -> Option<Answer> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, LIMIT).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (_, body) = text.split_once("\r\n\r\n")?;
    let numbers: Vec<i32> = body
        .split(", ")
        .filter_map(|part| part.rsplit(' ').next()?.parse().ok())
        .collect();
    let [main, macros, process] = numbers.as_slice() else {
        return None;
    };
    Some(Answer {
        versions: (u32::try_from(*main).ok()?, u32::try_from(*macros).ok()?),
        process: *process,
    })
}
