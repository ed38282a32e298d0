//! The way in from the client: hands whole, well-formed messages on, and tells at once when the client is gone.
//!
//! It stands before `tower-lsp`, whose reader ends for good at the first malformed message, and does not read at all while
//! a handler hangs: neither the end of input nor `exit` would be noticed then. It knows the frame, and what makes a message one.

use std::io;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, BufReader};
use tokio::sync::mpsc;

use super::output;

/// No message is larger; a file that is opened comes whole, and nobody edits one of this size.
const LARGEST_MESSAGE: usize = 64 << 20;
/// No header line is longer.
const LONGEST_HEADER: u64 = 8 << 10;

/// How the client's side ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputEnd {
    /// `exit` after `shutdown`.
    Exit,
    /// `exit` without `shutdown`, which the protocol calls an error.
    ExitWithoutShutdown,
    /// The input ended, or could not be read any more.
    Closed,
}

/// Reads messages from `client` and writes them to `service` until the client's side ends.
///
/// Messages wait in memory when the service is slow, so that the end is seen whatever the service does. What is no message is answered with
/// a refusal.
pub(crate) async fn pump(
    client: impl AsyncRead + Unpin,
    service: impl AsyncWrite + Unpin + Send + 'static,
    refusals: mpsc::Sender<Vec<u8>>,
) -> InputEnd {
    let (queue, waiting) = mpsc::unbounded_channel();
    tokio::spawn(forward(waiting, service));
    let mut reader = BufReader::new(client);
    let mut seen_shutdown = false;
    loop {
        let body = match read_message(&mut reader).await {
            Ok(body) => body,
            Err(error) => {
                if error.kind() != io::ErrorKind::UnexpectedEof {
                    tracing::error!(%error, "the client's messages cannot be read any more");
                }
                return InputEnd::Closed;
            }
        };
        let message = match Message::parse(&body) {
            Ok(message) => message,
            Err(refusal) => {
                tracing::warn!("the client sent {}", refusal.what);
                if let Some(answer) = refusal.answer() {
                    // A client that sends nonsense and reads nothing gets no more of them.
                    let _ = refusals.try_send(answer);
                }
                continue;
            }
        };
        let end = match message.method.as_deref() {
            Some("shutdown") => {
                seen_shutdown = true;
                None
            }
            Some("exit") if seen_shutdown => Some(InputEnd::Exit),
            Some("exit") => Some(InputEnd::ExitWithoutShutdown),
            _ => None,
        };
        // Fails only when the service is gone already.
        let _ = queue.send(message.body);
        if let Some(end) = end {
            return end;
        }
    }
}

async fn forward(
    mut waiting: mpsc::UnboundedReceiver<Vec<u8>>,
    mut service: impl AsyncWrite + Unpin,
) {
    while let Some(body) = waiting.recv().await {
        if output::write(&mut service, &body).await.is_err() {
            return;
        }
    }
}

struct Message {
    method: Option<String>,
    body: Vec<u8>,
}

/// What is no message of the protocol, or one that the framework leaves unanswered.
struct Refusal {
    what: String,
    /// As JSON-RPC numbers errors.
    code: i64,
    /// The request's, where it can be read; `None` for what looks like an answer, which nobody answers.
    id: Option<Value>,
}

const PARSE_ERROR: i64 = -32_700;
const INVALID_REQUEST: i64 = -32_600;
const METHOD_NOT_FOUND: i64 = -32_601;

impl Refusal {
    /// All that the protocol has under `$/` is said, not asked: as a request there is none of it, and the client must be told.
    fn of_asked_notice(value: &Value) -> Option<Self> {
        let method = value.get("method").and_then(Value::as_str)?;
        let id = value.get("id").filter(|id| !id.is_null())?;
        method.starts_with("$/").then(|| Self {
            what: format!("a request `{method}`, which there is not"),
            code: METHOD_NOT_FOUND,
            id: Some(id.clone()),
        })
    }

    fn of(value: &Value) -> Self {
        let is_answer = value.get("method").is_none()
            && (value.get("result").is_some() || value.get("error").is_some());
        let id = value.get("id").filter(|_| has_valid_id(value));
        Self {
            what: "JSON that is not a message".to_owned(),
            code: INVALID_REQUEST,
            id: (!is_answer).then(|| id.cloned().unwrap_or_default()),
        }
    }

    fn answer(&self) -> Option<Vec<u8>> {
        let id = self.id.as_ref()?;
        let message = format!("Sidecargo was sent {}", self.what);
        let error = json!({ "code": self.code, "message": message });
        serde_json::to_vec(&json!({ "jsonrpc": "2.0", "id": id, "error": error })).ok()
    }
}

impl Message {
    fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let mut value: Value = serde_json::from_slice(body).map_err(|error| Refusal {
            what: format!("a message that is not JSON ({error})"),
            code: PARSE_ERROR,
            id: Some(Value::Null),
        })?;
        let is_message = value.get("jsonrpc").and_then(Value::as_str) == Some("2.0")
            && has_valid_id(&value)
            && (value.get("method").is_some_and(Value::is_string)
                || value.get("result").is_some()
                || value.get("error").is_some_and(Value::is_object));
        if !is_message {
            return Err(Refusal::of(&value));
        }
        if let Some(refusal) = Refusal::of_asked_notice(&value) {
            return Err(refusal);
        }
        let Some(object) = value.as_object_mut() else {
            return Err(Refusal::of(&value));
        };
        let method = object
            .get("method")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let mut body = body.to_vec();
        if matches!(method.as_deref(), Some("shutdown" | "exit")) {
            // Some clients send an empty object here, which the service would refuse.
            object.remove("params");
            body = value.to_string().into_bytes();
        }
        Ok(Self { method, body })
    }
}

fn has_valid_id(value: &Value) -> bool {
    match value.get("id") {
        None | Some(Value::Null | Value::String(_)) => true,
        Some(Value::Number(number)) => number.is_i64(),
        Some(_) => false,
    }
}

/// The body of the next message. What cannot be a header is passed over until one begins.
pub(super) async fn read_message(
    reader: &mut (impl AsyncBufReadExt + Unpin),
) -> io::Result<Vec<u8>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        let read = (&mut *reader)
            .take(LONGEST_HEADER)
            .read_until(b'\n', &mut line)
            .await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            if let Some(length) = length.take() {
                return read_body(reader, length).await;
            }
        } else if let Some(value) = header_value(line, "content-length") {
            length = value.parse().ok();
            if length.is_none() {
                tracing::warn!("the client sent a message of no readable length");
            }
        }
    }
}

fn header_value<'line>(line: &'line str, wanted: &str) -> Option<&'line str> {
    let (name, value) = line.split_once(':')?;
    name.trim()
        .eq_ignore_ascii_case(wanted)
        .then_some(value.trim())
}

async fn read_body(
    reader: &mut (impl AsyncBufReadExt + Unpin),
    length: usize,
) -> io::Result<Vec<u8>> {
    if length > LARGEST_MESSAGE {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message of {length} bytes"),
        ));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await?;
    Ok(body)
}

#[cfg(test)]
mod tests;
