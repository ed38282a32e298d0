//! What is asked of a run: which days, and how long.

use std::time::Duration;

/// How long the days are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// A slice for every day: a minute or two for all.
    Slice,
    /// What is claimed: an hour and more.
    Full,
}

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) length: Length,
    /// Another number of rounds than the length's.
    pub(crate) rounds: Option<usize>,
    /// Another time than the length's, for a day that lasts and does not count.
    pub(crate) lasts: Option<Duration>,
    /// Words that a day's name must hold; none for all days.
    pub(crate) words: Vec<String>,
}

impl Options {
    /// How many rounds to make.
    pub(crate) fn rounds(&self, slice: usize, full: usize) -> usize {
        self.rounds.unwrap_or(match self.length {
            Length::Slice => slice,
            Length::Full => full,
        })
    }

    /// How long to go on.
    pub(crate) fn lasts(&self, slice: Duration, full: Duration) -> Duration {
        self.lasts.unwrap_or(match self.length {
            Length::Slice => slice,
            Length::Full => full,
        })
    }
}

/// Reads `SIDECARGO_DAYS=full`, `SIDECARGO_DAYS_ROUNDS=N`, `SIDECARGO_DAYS_SECONDS=N` and the words of the command line; `None` where only a list was asked for.
pub(crate) fn read() -> Option<Options> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("days: test");
        return None;
    }
    let length = match std::env::var("SIDECARGO_DAYS").as_deref() {
        Ok("full") => Length::Full,
        _ => Length::Slice,
    };
    let rounds = std::env::var("SIDECARGO_DAYS_ROUNDS").ok();
    let seconds = std::env::var("SIDECARGO_DAYS_SECONDS").ok();
    Some(Options {
        length,
        rounds: rounds.map(|rounds| rounds.parse().unwrap()),
        lasts: seconds.map(|seconds| Duration::from_secs(seconds.parse().unwrap())),
        words: arguments
            .into_iter()
            .filter(|argument| !argument.starts_with('-'))
            .collect(),
    })
}
