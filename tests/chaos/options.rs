//! What a run is to do: how many steps, from which seed, and which of them.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) steps: usize,
    pub(crate) seed: u64,
    /// Only these steps; all where there is none.
    pub(crate) only: Option<BTreeSet<usize>>,
    pub(crate) base: String,
    /// After a difference, which fewer steps lead to one too.
    pub(crate) shrinking: Shrinking,
    pub(crate) keeping: Keeping,
    pub(crate) watching: Watching,
}

/// How the server learns of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watching {
    Events,
    /// In intervals, which tell nothing of what keeps time, size and inode: such faults are left out.
    Polling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shrinking {
    Not,
    Tried,
}

/// What becomes of the workspace after a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    Nothing,
    All,
}

const HELP: &str = "\
cargo test --test chaos -- [STEPS [SEED]]
  SIDECARGO_CHAOS_STEPS=1,4,7-9   only these steps of the run
  SIDECARGO_CHAOS_BASE=stable-v1  the workspace to begin with: stable-v1, nightly-v2, stable-v2 or nightly-v1
  SIDECARGO_CHAOS_WATCH=poll      the server asks in intervals
  SIDECARGO_CHAOS_SHRINK=1        after a difference, look for fewer steps that lead to one
  SIDECARGO_CHAOS_KEEP=1          keep the workspace and the server's log after a difference
";

/// `None` where only a list or help was asked for.
pub(crate) fn read() -> Option<Options> {
    let mut numbers = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--list" => {
                println!("chaos: test");
                return None;
            }
            "--help" | "-h" => {
                print!("{HELP}");
                return None;
            }
            "--ignored" => return None,
            flag if flag.starts_with('-') => {} // libtest's
            number => match number.parse::<u64>() {
                Ok(number) => numbers.push(number),
                // The name of another test.
                Err(_) => return None,
            },
        }
    }
    let variable = |name: &str| std::env::var(format!("SIDECARGO_CHAOS_{name}")).ok();
    let is_on = |name: &str| variable(name).is_some_and(|value| value != "0");
    let steps = numbers.first().copied().unwrap_or(10);
    Some(Options {
        steps: usize::try_from(steps).unwrap(),
        // What every `cargo test` walks is one known way; a longer run takes a new one.
        seed: numbers
            .get(1)
            .copied()
            .unwrap_or_else(|| match numbers.len() {
                0 => 1,
                _ => by_the_clock(),
            }),
        only: variable("STEPS").map(|text| steps_in(&text)),
        base: variable("BASE").unwrap_or_else(|| "stable-v1".to_owned()),
        shrinking: if is_on("SHRINK") {
            Shrinking::Tried
        } else {
            Shrinking::Not
        },
        watching: match variable("WATCH").as_deref() {
            Some("poll") => Watching::Polling,
            _ => Watching::Events,
        },
        keeping: if is_on("KEEP") {
            Keeping::All
        } else {
            Keeping::Nothing
        },
    })
}

fn by_the_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::from(now.subsec_micros()) + now.as_secs() % 1000
}

fn steps_in(text: &str) -> BTreeSet<usize> {
    let number = |text: &str| text.trim().parse::<usize>().unwrap();
    text.split(',')
        .filter(|part| !part.trim().is_empty())
        .flat_map(|part| match part.split_once('-') {
            Some((first, last)) => number(first)..=number(last),
            None => number(part)..=number(part),
        })
        .collect()
}
