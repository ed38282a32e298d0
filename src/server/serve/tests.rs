//! A whole session in this process, parts of which panic.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};

use super::*;
use crate::server::input::read_message;
use crate::server::model::LineTexts;
use crate::server::settings::ServerSettings;
use crate::server::sighting::Sighting;
use crate::server::worker::{Job, Post, Report};

struct Editor {
    input: BufReader<ReadHalf<DuplexStream>>,
    output: WriteHalf<DuplexStream>,
}

impl Editor {
    async fn send(&mut self, message: Value) {
        let body = message.to_string();
        let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.output.write_all(frame.as_bytes()).await.unwrap();
    }

    /// The first message that fits, which has to come within a minute.
    async fn wait(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let awaited = async {
            loop {
                let message: Value =
                    serde_json::from_slice(&read_message(&mut self.input).await.unwrap()).unwrap();
                if fits(&message) {
                    return message;
                }
            }
        };
        timeout(Duration::from_mins(1), awaited)
            .await
            .unwrap_or_else(|_| panic!("{what} in vain"))
    }

    /// What the next message to the person says, and the report that it names.
    async fn told_of_crash(&mut self) -> (String, String) {
        let told = self
            .wait("the news of a crash", |message| {
                message["method"] == "window/showMessage"
            })
            .await;
        let words = told["params"]["message"].as_str().unwrap().to_owned();
        let path = words.split('`').nth(1).unwrap();
        (words.clone(), std::fs::read_to_string(path).unwrap())
    }
}

/// What a look says when it does not panic.
fn sighting() -> Sighting {
    Sighting {
        inspection: Err("find anything: but it was tried".to_owned()),
        lines: LineTexts::new(),
        places: BTreeMap::new(),
        edits: Vec::new(),
        channel: None,
        settings: ServerSettings::default(),
        complaints: Vec::new(),
    }
}

/// Panics in the actor at the first start, then in the worker at the first look.
fn start_worker() -> StartWorker {
    let starts = AtomicU32::new(0);
    let looks = Arc::new(AtomicU32::new(0));
    Box::new(move |start, post| {
        let number = starts.fetch_add(1, Ordering::Relaxed);
        assert!(number > 0, "no worker for the first time");
        let looks = Arc::clone(&looks);
        let set_up = move || {
            let looks = Arc::clone(&looks);
            move |job, _: &Post| match job {
                Job::Look(..) => {
                    let number = looks.fetch_add(1, Ordering::Relaxed);
                    assert!(number > 0, "no look for the first time");
                    Report::Looked(Box::new(sighting()))
                }
                _ => Report::Sources(None),
            }
        };
        Worker::start_with(start.into_string(), set_up, post)
    })
}

async fn session(root: &Utf8Path, reports: Utf8PathBuf) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(ours);
    let crashes = Crashes::new(vec![reports]);
    let server = tokio::spawn(serve(
        input,
        output,
        start_worker(),
        crashes,
        std::future::pending(),
    ));
    let (input, output) = tokio::io::split(theirs);
    let mut editor = Editor {
        input: BufReader::new(input),
        output,
    };
    let folder = json!({"uri": format!("file://{root}"), "name": "w"});
    let hello = json!({"capabilities": {}, "workspaceFolders": [folder]});
    editor
        .send(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}))
        .await;
    editor
        .wait("an answer to the hello", |message| message["id"] == 1)
        .await;
    editor
        .send(json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}))
        .await;

    let (words, report) = editor.told_of_crash().await;
    assert!(words.contains("failed to take a workspace in"), "{words}");
    assert!(report.contains("no worker for the first time"), "{report}");
    assert!(report.contains("s: look for workspaces\n"), "{report}");
    let (words, report) = editor.told_of_crash().await;
    assert!(words.contains("failed to look at the workspace"), "{words}");
    assert!(report.contains("no look for the first time"), "{report}");
    // It went on, and looked anew.
    editor
        .wait("a look", |message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message.to_string().contains("but it was tried")
        })
        .await;
    editor
        .send(json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"}))
        .await;
    editor
        .wait("an answer to the goodbye", |message| message["id"] == 2)
        .await;
    editor
        .send(json!({"jsonrpc": "2.0", "method": "exit"}))
        .await;
    assert_eq!(server.await.unwrap(), SessionEnd::Regular);
}

#[test]
fn a_session_survives_panics_of_its_parts() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
    std::fs::write(root.join("Cargo.toml"), "").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(session(&root, root.join("reports")));
}
