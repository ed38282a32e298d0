//! The way in from the client: hands whole, well-formed messages on, and tells at once when the client is gone.
//!
//! It stands before `tower-lsp`, whose reader ends for good at the first malformed message, and does not read at all while
//! a handler hangs: neither the end of input nor `exit` would be noticed then. It knows the frame, not what is in it.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

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
/// Messages wait in memory when the service is slow, so that the end is seen whatever the service does.
pub(crate) async fn pump(
    client: impl AsyncRead + Unpin,
    service: impl AsyncWrite + Unpin + Send + 'static,
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
        let Some(message) = Message::parse(&body) else {
            continue;
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
        let header = format!("Content-Length: {}\r\n\r\n", body.len());
        let written = async {
            service.write_all(header.as_bytes()).await?;
            service.write_all(&body).await
        };
        if written.await.is_err() {
            return;
        }
    }
}

struct Message {
    method: Option<String>,
    body: Vec<u8>,
}

impl Message {
    /// `None` for what is no message of the protocol: it is passed over, with a word in the log.
    fn parse(body: &[u8]) -> Option<Self> {
        let mut value: Value = match serde_json::from_slice(body) {
            Ok(value) => value,
            Err(error) => {
                tracing::warn!(%error, "the client sent a message that is not JSON");
                return None;
            }
        };
        let is_message = value.get("jsonrpc").and_then(Value::as_str) == Some("2.0")
            && has_valid_id(&value)
            && (value.get("method").is_some_and(Value::is_string)
                || value.get("result").is_some()
                || value.get("error").is_some_and(Value::is_object));
        let Some(object) = value.as_object_mut().filter(|_| is_message) else {
            tracing::warn!("the client sent JSON that is not a message");
            return None;
        };
        let method = object
            .get("method")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let mut body = body.to_vec();
        if matches!(method.as_deref(), Some("shutdown" | "exit")) {
            // Some clients send an empty object here, which the service would refuse.
            object.remove("params");
            body = serde_json::to_vec(&value).ok()?;
        }
        Some(Self { method, body })
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
