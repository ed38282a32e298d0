//! What is handed on and what is not, through real pipes.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::server::output::REFUSALS;

fn frame(body: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

/// What the service receives of these bytes, and how the input ended.
fn pumped(input: &str) -> (String, InputEnd) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (service, mut received) = tokio::io::duplex(64);
        let end = tokio::spawn({
            let input = input.to_owned().into_bytes();
            let (refuse, refused) = mpsc::channel(REFUSALS);
            async move {
                let _ = &refused;
                pump(&*input, service, refuse).await
            }
        });
        let mut text = String::new();
        received.read_to_string(&mut text).await.unwrap();
        (text, end.await.unwrap())
    })
}

const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#;

#[test]
fn messages_are_handed_on_as_they_are() {
    let messages = [
        INITIALIZED,
        r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
        r#"{"jsonrpc":"2.0","id":"a","error":{"code":-1,"message":"no"}}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"ä","params":{"text":"🦀"}}"#,
    ];
    let input: String = messages.iter().map(|message| frame(message)).collect();
    assert_eq!(pumped(&input), (input, InputEnd::Closed));
}

#[test]
fn what_is_no_message_is_passed_over() {
    for nonsense in [
        "{",
        "[]",
        "17",
        r#"{"method":"no version"}"#,
        r#"{"jsonrpc":"2.0"}"#,
        r#"{"jsonrpc":"2.0","id":1.5,"method":"x"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
    ] {
        let input = frame(nonsense) + &frame(INITIALIZED);
        assert_eq!(
            pumped(&input),
            (frame(INITIALIZED), InputEnd::Closed),
            "{nonsense}"
        );
    }
    for nonsense in [
        "nonsense\r\n\r\n",
        "Content-Length: many\r\n\r\n",
        "\n\n\n",
        "Content-Type: x\r\n\r\n",
    ] {
        let input = nonsense.to_owned() + &frame(INITIALIZED);
        assert_eq!(
            pumped(&input),
            (frame(INITIALIZED), InputEnd::Closed),
            "{nonsense}"
        );
    }
}

#[test]
fn other_headers_and_spellings_are_taken() {
    let length = INITIALIZED.len();
    for header in [
        format!(
            "content-length: {length}\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n"
        ),
        format!("Content-Type: x\nContent-Length:{length}\n\n"),
    ] {
        let (received, _) = pumped(&(header + INITIALIZED));
        assert_eq!(received, frame(INITIALIZED));
    }
}

#[test]
fn the_way_it_ends_is_told() {
    let shutdown = r#"{"id":1,"jsonrpc":"2.0","method":"shutdown"}"#;
    let exit = r#"{"jsonrpc":"2.0","method":"exit"}"#;
    let rest = "and nothing after that is read";
    for (input, end) in [
        (frame(shutdown) + &frame(exit) + rest, InputEnd::Exit),
        (frame(exit) + rest, InputEnd::ExitWithoutShutdown),
        (frame(INITIALIZED), InputEnd::Closed),
        ("Content-Length: 10\r\n\r\ncut".to_owned(), InputEnd::Closed),
        (
            "Content-Length: 99999999999\r\n\r\n".to_owned(),
            InputEnd::Closed,
        ),
        (String::new(), InputEnd::Closed),
    ] {
        assert_eq!(pumped(&input).1, end, "{input}");
    }
    let (received, _) = pumped(&frame(
        r#"{"id":1,"jsonrpc":"2.0","method":"shutdown","params":{}}"#,
    ));
    assert_eq!(received, frame(shutdown));
}
