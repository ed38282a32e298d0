//! Puts the server together and ends it with its client, within a second, whatever is going on.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use tower_lsp::{LspService, Server};

use super::actor::Actor;
use super::client::Desk;
use super::crash::{self, Crashes};
use super::guard::Guard;
use super::handlers::{self, Handlers};
use super::input::{InputEnd, pump};
use super::message::Message;
use super::outbox::Outbox;
use super::output;
use super::session::Session;
use super::worker::{StartWorker, Worker};
use crate::cargo::asked;
use crate::cli::signals;

/// How long the last answers may take to reach a client that has said `exit`.
const LAST_ANSWERS: Duration = Duration::from_millis(200);

/// How long our cargo runs may take to stop.
const STOPPING: Duration = Duration::from_millis(700);

/// How many of the client's requests are worked on at a time. The actor answers at once, so that a few would do; but the
/// framework does not read on while all places are taken.
const REQUESTS_AT_A_TIME: usize = 64;

/// Bytes between the client's input and the framework.
const PIPE: usize = 64 << 10;

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEnd {
    /// The client said `exit`, or closed our input, or is gone, or a signal said to end.
    Regular,
    /// The client said `exit` without `shutdown`.
    ExitWithoutShutdown,
}

impl From<SessionEnd> for ExitCode {
    /// 1 for `exit` without `shutdown`, as the protocol has it.
    fn from(end: SessionEnd) -> Self {
        match end {
            SessionEnd::Regular => Self::SUCCESS,
            SessionEnd::ExitWithoutShutdown => Self::FAILURE,
        }
    }
}

/// Serves one client on standard input and output until it is gone.
///
/// # Errors
/// When the system gives no event loop.
pub fn run() -> io::Result<SessionEnd> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let told_to_end = Arc::new(Notify::new());
    let teller = Arc::clone(&told_to_end);
    if let Err(error) = signals::listen(move || teller.notify_one()) {
        tracing::warn!(%error, "signals to end are not heard");
    }
    let end = runtime.block_on(serve(
        tokio::io::stdin(),
        tokio::io::stdout(),
        Box::new(Worker::start),
        Crashes::new(crash::directories()),
        told_to_end.notified(),
    ));
    // A client may hold our input open for ever; the thread that reads it must not keep us.
    runtime.shutdown_background();
    Ok(end)
}

/// Serves one client on these streams until it is gone or `told_to_end` says so; the process ends after it.
async fn serve(
    input: impl AsyncRead + Unpin + Send + 'static,
    output: impl AsyncWrite + Unpin + Send + 'static,
    start_worker: StartWorker,
    crashes: Crashes,
    told_to_end: impl Future<Output = ()>,
) -> SessionEnd {
    let (inbox, messages) = mpsc::unbounded_channel();
    let (alive, mut all_gone) = mpsc::channel(1);
    let session = Session::default();
    let outbox = Outbox::default();
    let (ready, ready_made) = output::ready();
    let mut actor = None;
    let make_actor =
        |desk, outbox| Actor::new(desk, outbox, messages, alive, start_worker, crashes);
    let builder = LspService::build(|client| {
        let desk = Desk {
            client: client.clone(),
            inbox: inbox.clone(),
        };
        tokio::spawn(outbox.clone().deliver(client, ready.clone(), inbox.clone()));
        actor = Some(make_actor(desk, outbox));
        Handlers {
            inbox: inbox.clone(),
            session: session.clone(),
        }
    });
    let (service, socket) = handlers::with_custom_methods(builder);
    if let Some(actor) = actor {
        tokio::spawn(actor.run());
    }

    let refuse = output::refusals(ready);
    let (framework_side, our_side) = tokio::io::duplex(PIPE);
    let (framework_output, our_output) = tokio::io::duplex(PIPE);
    let server = Server::new(framework_side, framework_output, socket)
        .concurrency_level(REQUESTS_AT_A_TIME)
        .serve(Guard::around(service, inbox.clone()));
    let mut server = tokio::spawn(async move {
        let written = async {
            if let Err(error) = output::pump(our_output, ready_made, output).await {
                tracing::info!(%error, "the client takes no more messages");
            }
        };
        tokio::join!(server, written);
    });
    let end = tokio::select! {
        end = pump(input, our_side, refuse) => {
            // The answer to `shutdown` may still be on its way.
            let _ = timeout(LAST_ANSWERS, &mut server).await;
            match end {
                InputEnd::ExitWithoutShutdown => SessionEnd::ExitWithoutShutdown,
                InputEnd::Exit | InputEnd::Closed => SessionEnd::Regular,
            }
        }
        () = session.overdue() => SessionEnd::Regular,
        () = told_to_end => {
            tracing::info!("a signal to end");
            SessionEnd::Regular
        }
    };
    server.abort();
    // Fails only when the actor is gone already.
    let _ = inbox.send(Message::End);
    asked::stop_all();
    let _ = timeout(STOPPING, all_gone.recv()).await;
    end
}

#[cfg(test)]
mod tests;
