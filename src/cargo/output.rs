//! What a running program prints, line by line and within bounds: long lines are cut, of the whole only the end is kept.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::mpsc::SyncSender;

/// The longest line that is given on whole, in bytes. Cargo's longest are compiler messages, with what rustc printed inside.
const LINE_LIMIT: usize = 4 << 20;
/// How much of the end is kept, in bytes.
const TAIL_LIMIT: usize = 64 << 10;
/// What is read at once, in bytes.
const CHUNK: usize = 16 << 10;

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// One line of a program's output, without its ending. A carriage return ends one too, as progress bars use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it came from.
    pub stream: Stream,
    /// Its text, with replacement characters for what is no UTF-8; of an endless line the beginning.
    pub text: String,
}

/// Reads lines to the end of `source` and sends them on; ends early when nobody listens any more.
pub(super) fn send_lines(mut source: impl Read, stream: Stream, listener: &SyncSender<Line>) {
    let mut chunk = vec![0; CHUNK];
    let mut line = Vec::new();
    let send = |line: &mut Vec<u8>| {
        let text = String::from_utf8_lossy(line).into_owned();
        line.clear();
        text.is_empty() || listener.send(Line { stream, text }).is_ok()
    };
    loop {
        let read = match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for part in chunk
            .get(..read)
            .unwrap_or_default()
            .split_inclusive(|byte| matches!(byte, b'\n' | b'\r'))
        {
            let text = part.trim_ascii_end();
            let ends = part
                .last()
                .is_some_and(|byte| matches!(byte, b'\n' | b'\r'));
            let kept = if ends { text } else { part };
            let room = LINE_LIMIT.saturating_sub(line.len()).min(kept.len());
            line.extend_from_slice(kept.get(..room).unwrap_or_default());
            if ends && !send(&mut line) {
                return;
            }
        }
    }
    let _ = send(&mut line);
}

/// The last lines of an output.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Tail {
    /// Takes one more line and forgets the oldest beyond 64 KiB.
    pub fn push(&mut self, line: &str) {
        let start = line
            .char_indices()
            .map(|(at, _)| at)
            .find(|at| line.len() - at < TAIL_LIMIT)
            .unwrap_or(line.len());
        let line = line.get(start..).unwrap_or_default();
        self.bytes += line.len() + 1;
        self.lines.push_back(line.to_owned());
        while self.bytes > TAIL_LIMIT {
            let Some(oldest) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= oldest.len() + 1;
        }
    }

    /// The lines that are kept, each with its ending.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line, "\n"]).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::sync::mpsc;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let (sender, receiver) = mpsc::sync_channel(1 << 10);
        send_lines(bytes, Stream::Output, &sender);
        drop(sender);
        receiver.iter().map(|line| line.text).collect()
    }

    #[test]
    fn lines_end_in_any_way_and_empty_ones_are_left_out() {
        let found = lines(b"one\ntwo\r\n\n  three\rfour \xff\nrest");
        assert_eq!(found, ["one", "two", "  three", "four \u{fffd}", "rest"]);
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut bytes = vec![b'x'; LINE_LIMIT + 100_000];
        bytes.extend(b"\nnext");
        let found = lines(&bytes);
        assert_eq!(found.first().unwrap().len(), LINE_LIMIT);
        assert_eq!(found.get(1).unwrap(), "next");
    }

    #[test]
    fn nobody_listening_ends_the_reading() {
        let (sender, receiver) = mpsc::sync_channel(1);
        drop(receiver);
        let endless = std::io::BufReader::new(Endless);
        send_lines(endless, Stream::Output, &sender);
    }

    struct Endless;

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            buffer.fill(b'x');
            if let Some(last) = buffer.last_mut() {
                *last = b'\n';
            }
            Ok(buffer.len())
        }
    }

    #[test]
    fn a_tail_keeps_the_end() {
        let mut tail = Tail::default();
        for number in 0..20_000 {
            tail.push(&format!("line {number}"));
        }
        let text = tail.text();
        assert!(text.len() <= TAIL_LIMIT);
        assert!(text.ends_with("line 19998\nline 19999\n"));
        tail.push(&format!("{}ä-end", "ü".repeat(TAIL_LIMIT)));
        let text = tail.text();
        assert!(text.len() <= TAIL_LIMIT);
        assert!(text.ends_with("ä-end\n"));
    }
}
