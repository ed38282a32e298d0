//! The way out to the client: the framework's messages and our own ready-made ones, each whole, on one stream.
//!
//! It stands behind `tower-lsp`, which makes a tree of every value before it writes it; where hundreds of marks move with every edit
//! that costs more than all the rest. It knows the frame, not what is in it.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

use super::input::read_message;

/// The bodies of messages that are ready to be sent. Few wait: whoever sends them has the latest.
pub(crate) type Ready = mpsc::Sender<Vec<u8>>;

/// Room for ready-made messages, and their other end.
pub(crate) fn ready() -> (Ready, mpsc::Receiver<Vec<u8>>) {
    mpsc::channel(1)
}

/// Writes what the framework says and what is ready-made, until the framework has said its last.
pub(crate) async fn pump(
    framework: impl AsyncRead + Unpin,
    mut ready: mpsc::Receiver<Vec<u8>>,
    mut client: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let mut framework = BufReader::new(framework);
    loop {
        tokio::select! {
            biased;
            Some(body) = ready.recv() => write(&mut client, &body).await?,
            // Nothing is taken from the stream before there is no way back.
            more = framework.fill_buf() => {
                if more?.is_empty() {
                    return Ok(());
                }
                let body = read_message(&mut framework).await?;
                write(&mut client, &body).await?;
            }
        }
    }
}

async fn write(client: &mut (impl AsyncWrite + Unpin), body: &[u8]) -> io::Result<()> {
    let header = format!("Content-Length: {}\r\n\r\n", body.len());
    client.write_all(header.as_bytes()).await?;
    client.write_all(body).await?;
    client.flush().await
}
