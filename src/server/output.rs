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

/// Refusals that wait; of a client that sends nonsense without reading, the rest is dropped.
pub(crate) const REFUSALS: usize = 16;

/// Room for refusals of what never reaches the framework, which wait their turn among what is ready-made.
pub(crate) fn refusals(ready: Ready) -> mpsc::Sender<Vec<u8>> {
    let (refuse, mut refused) = mpsc::channel(REFUSALS);
    tokio::spawn(async move {
        while let Some(refusal) = refused.recv().await {
            if ready.send(refusal).await.is_err() {
                return;
            }
        }
    });
    refuse
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

/// In one piece: the standard output has a thread of its own, and each piece is a way there and back.
pub(super) async fn write(client: &mut (impl AsyncWrite + Unpin), body: &[u8]) -> io::Result<()> {
    let mut message = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    message.extend_from_slice(body);
    client.write_all(&message).await?;
    client.flush().await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::duplex;

    use super::*;

    /// What a client reads until the end, in its order.
    async fn read_all(client: impl AsyncRead + Unpin) -> Vec<String> {
        let mut client = BufReader::new(client);
        let mut all = Vec::new();
        while let Ok(body) = read_message(&mut client).await {
            all.push(String::from_utf8(body).unwrap());
        }
        all
    }

    #[tokio::test]
    async fn messages_of_both_come_out_whole() {
        let (mut framework, theirs) = duplex(7);
        let (ours, client) = duplex(5);
        let (ready, waiting) = ready();
        let pump = tokio::spawn(pump(theirs, waiting, ours));
        let said = tokio::spawn(async move {
            for number in 0..50 {
                let body = format!("{{\"framework\": {number}}}");
                let message = format!("Content-Length: {}\r\n\r\n{body}", body.len());
                framework.write_all(message.as_bytes()).await.unwrap();
            }
            framework
        });
        let ready_made = tokio::spawn(async move {
            for number in 0..50 {
                let body = format!("{{\"ready\": {number}}}");
                ready.send(body.into_bytes()).await.unwrap();
            }
        });
        let heard = tokio::spawn(read_all(client));
        let framework = said.await.unwrap();
        ready_made.await.unwrap();
        // The last ready-made one is on its way before the framework ends.
        tokio::task::yield_now().await;
        drop(framework);
        pump.await.unwrap().unwrap();
        let heard = heard.await.unwrap();
        for kind in ["framework", "ready"] {
            let of_kind: Vec<&String> = heard.iter().filter(|text| text.contains(kind)).collect();
            let expected: Vec<String> = (0..50)
                .map(|number| format!("{{\"{kind}\": {number}}}"))
                .collect();
            assert_eq!(of_kind, expected.iter().collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    async fn a_client_that_is_gone_ends_it() {
        let (mut framework, theirs) = duplex(64);
        let (ours, client) = duplex(5);
        let (_ready, waiting) = ready();
        drop(client);
        let pump = tokio::spawn(pump(theirs, waiting, ours));
        framework
            .write_all(b"Content-Length: 2\r\n\r\n{}")
            .await
            .unwrap();
        assert!(pump.await.unwrap().is_err());
    }
}
