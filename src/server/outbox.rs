//! Notifications on their way to the client: posted without waiting, sent by a task of their own.
//!
//! A client that reads slowly gets fewer of them: of a file's diagnostics, of the status and of a run's progress the latest wins.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::Notify;
use tower_lsp::Client;

use super::convert::{self, ReloadProcMacros, ServerStatus};
use super::message::{Inbox, Message};
use super::model::{Encoding, Gravity, LineTexts, Mark, Status};
use super::output::Ready;
use crate::panics;

/// A notification.
#[derive(Debug, Clone)]
pub(crate) enum Notice {
    Diagnostics(Utf8PathBuf, Diagnostics),
    Status(Status),
    Message(Gravity, String),
    /// To a client that makes rust-analyzer reload its proc macros.
    Reload {
        workspace: Utf8PathBuf,
    },
    Progress(RunToken, ProgressStep),
}

/// All that one file shows.
#[derive(Debug, Clone)]
pub(crate) struct Diagnostics {
    /// What the client calls the file.
    pub(crate) name: Utf8PathBuf,
    pub(crate) marks: Vec<Mark>,
    /// Of each workspace that shows something here.
    pub(crate) lines: Vec<Arc<LineTexts>>,
    pub(crate) encoding: Encoding,
}

/// The name of a run, and of its progress.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunToken {
    Name(String),
    /// One that a client chose.
    Number(i32),
}

impl RunToken {
    /// As a command returns it and takes it back.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// One step of a run's progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProgressStep {
    Begin { title: String },
    Report(Advance),
    End { message: Option<String> },
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advance {
    pub(crate) words: String,
    /// Of a hundred, where that is known.
    pub(crate) percentage: Option<u32>,
}

/// Where notifications are posted. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    posted: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// By file, so that the latest wins.
    diagnostics: BTreeMap<Utf8PathBuf, Diagnostics>,
    status: Option<Status>,
    in_order: VecDeque<Notice>,
}

impl Outbox {
    /// Posts a notification; never waits.
    pub(crate) fn post(&self, notice: Notice) {
        let mut waiting = self
            .shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.add(notice);
        drop(waiting);
        self.shared.posted.notify_one();
    }

    /// Sends what is posted, for as long as the session lasts. A notice that cannot be put into words must not keep back those after it.
    pub(crate) async fn deliver(self, client: Client, ready: Ready, inbox: Inbox) {
        loop {
            let next = self
                .shared
                .waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next();
            match next {
                Some(notice) => {
                    if let Err(panic) = panics::catch_in(send(&client, &ready, notice)).await {
                        // Fails only when the session is over.
                        let _ = inbox.send(Message::Crashed("tell the editor", Box::new(panic)));
                    }
                }
                None => self.shared.posted.notified().await,
            }
        }
    }
}

impl Waiting {
    fn add(&mut self, notice: Notice) {
        match notice {
            Notice::Diagnostics(path, diagnostics) => {
                self.diagnostics.insert(path, diagnostics);
            }
            Notice::Status(status) => self.status = Some(status),
            Notice::Progress(token, step @ ProgressStep::Report(_)) => {
                let last_of_run = self
                    .in_order
                    .iter_mut()
                    .rev()
                    .find_map(|before| match before {
                        Notice::Progress(of, step) if *of == token => Some(step),
                        _ => None,
                    });
                match last_of_run {
                    Some(before @ ProgressStep::Report(_)) => *before = step,
                    _ => self.in_order.push_back(Notice::Progress(token, step)),
                }
            }
            other => self.in_order.push_back(other),
        }
    }

    fn next(&mut self) -> Option<Notice> {
        // Diagnostics first: when a message says that all is mended, they should be gone.
        if let Some((path, diagnostics)) = self.diagnostics.pop_first() {
            return Some(Notice::Diagnostics(path, diagnostics));
        }
        self.status
            .take()
            .map(Notice::Status)
            .or_else(|| self.in_order.pop_front())
    }
}

async fn send(client: &Client, ready: &Ready, notice: Notice) {
    match notice {
        Notice::Diagnostics(_, diagnostics) => {
            let text = |path: &Utf8Path, line: u32| {
                let key = (path.to_owned(), line);
                let mut known = diagnostics.lines.iter();
                known.find_map(|lines| lines.get(&key)).cloned()
            };
            let Diagnostics {
                name,
                marks,
                encoding,
                ..
            } = &diagnostics;
            if let Some(message) = convert::published(name, marks, &text, *encoding) {
                // Fails only when the session is over.
                let _ = ready.send(message).await;
            }
        }
        Notice::Status(status) => {
            let status = convert::status(status);
            client.send_notification::<ServerStatus>(status).await;
        }
        Notice::Message(gravity, text) => {
            client
                .show_message(convert::message_type(gravity), text)
                .await;
        }
        Notice::Reload { workspace } => {
            let params = convert::reload(&workspace);
            client.send_notification::<ReloadProcMacros>(params).await;
        }
        Notice::Progress(token, step) => {
            let params = convert::progress(&token, step);
            client.send_notification::<convert::Progress>(params).await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]

    use super::*;

    fn token(name: &str) -> RunToken {
        RunToken::Name(name.to_owned())
    }

    fn report(name: &str, message: &str) -> Notice {
        let advance = Advance {
            words: message.to_owned(),
            percentage: None,
        };
        Notice::Progress(token(name), ProgressStep::Report(advance))
    }

    fn drain(waiting: &mut Waiting) -> Vec<String> {
        std::iter::from_fn(|| waiting.next())
            .map(|notice| match notice {
                Notice::Diagnostics(path, shown) => format!("{path}: {}", shown.marks.len()),
                Notice::Status(status) => format!("{:?}", status.health),
                Notice::Message(_, text) => text,
                Notice::Reload { workspace } => format!("reload {workspace}"),
                Notice::Progress(token, ProgressStep::Report(advance)) => {
                    format!("{} {}", token.id(), advance.words)
                }
                Notice::Progress(token, step) => format!("{} {step:?}", token.id()),
            })
            .collect()
    }

    #[test]
    fn the_latest_wins_and_the_order_of_the_rest_holds() {
        use crate::server::model::Health;
        let status = |health| {
            Notice::Status(Status {
                health,
                quiescent: true,
                message: None,
            })
        };
        let diagnostics = |path: &str| {
            let nothing = Diagnostics {
                name: path.into(),
                marks: Vec::new(),
                lines: Vec::new(),
                encoding: Encoding::Utf16,
            };
            Notice::Diagnostics(path.into(), nothing)
        };
        let mut waiting = Waiting::default();
        for notice in [
            Notice::Message(Gravity::Information, "one".to_owned()),
            status(Health::Error),
            report("a", "1"),
            report("b", "1"),
            report("a", "2"),
            diagnostics("/x"),
            Notice::Progress(token("a"), ProgressStep::End { message: None }),
            diagnostics("/x"),
            status(Health::Ok),
            report("a", "3"),
        ] {
            waiting.add(notice);
        }
        assert_eq!(
            drain(&mut waiting),
            [
                "/x: 0",
                "Ok",
                "one",
                "a 2",
                "b 1",
                "a End { message: None }",
                "a 3",
            ]
        );
    }
}
