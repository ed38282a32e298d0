//! Tells directories where so much happens that watching them costs more than it tells. Pure; times come in as data.
//!
//! A temporary directory, a home or cargo's own home may lie above a workspace: the system tells of every file that anybody opens there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// More events than this within the time are noise.
const MOST_EVENTS: u32 = 50;
const WITHIN: Duration = Duration::from_secs(10);

/// With more directories than these, those that have been quiet are forgotten: over a session units come and go with theirs.
const MOST_DIRECTORIES: usize = 1_000;

/// What was heard of each directory lately.
#[derive(Debug, Default)]
pub(super) struct Noise {
    heard: BTreeMap<PathBuf, Count>,
}

#[derive(Debug)]
struct Count {
    since: Instant,
    events: u32,
}

impl Noise {
    /// Takes in an event at a path; the path's directory when this was one event too many there.
    pub(super) fn hear<'path>(&mut self, path: &'path Path, now: Instant) -> Option<&'path Path> {
        let directory = path.parent()?;
        if let Some(count) = self.heard.get_mut(directory) {
            if now.saturating_duration_since(count.since) > WITHIN {
                *count = Count::new(now);
            }
            count.events = count.events.saturating_add(1);
            return (count.events == MOST_EVENTS).then_some(directory);
        }
        if self.heard.len() >= MOST_DIRECTORIES {
            self.heard
                .retain(|_, count| now.saturating_duration_since(count.since) <= WITHIN);
        }
        self.heard.insert(directory.to_owned(), Count::new(now));
        None
    }
}

impl Count {
    fn new(since: Instant) -> Self {
        Self { since, events: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_events_in_a_short_time_are_noise_and_told_once() {
        let mut noise = Noise::default();
        let start = Instant::now();
        let mut told = 0;
        for event in 0..MOST_EVENTS * 10 {
            let now = start + Duration::from_millis(u64::from(event));
            let path = PathBuf::from(format!("/tmp/{event}"));
            told += u32::from(noise.hear(&path, now) == Some(Path::new("/tmp")));
        }
        assert_eq!(told, 1);
        // Long after, and again.
        let later = start + WITHIN * 2;
        for _ in 0..=MOST_EVENTS {
            told += u32::from(noise.hear(Path::new("/tmp/x"), later).is_some());
        }
        assert_eq!(told, 2);
    }

    #[test]
    fn directories_that_are_quiet_are_forgotten() {
        let mut noise = Noise::default();
        let start = Instant::now();
        for number in 0..10_000_u32 {
            let now = start + Duration::from_millis(u64::from(number) * 20);
            let path = PathBuf::from(format!("/w/target/debug/build/{number}/out"));
            assert_eq!(noise.hear(&path, now), None);
        }
        assert!(
            noise.heard.len() <= MOST_DIRECTORIES,
            "{}",
            noise.heard.len()
        );
    }

    #[test]
    fn few_events_or_slow_ones_are_none() {
        let mut noise = Noise::default();
        let start = Instant::now();
        for event in 0..MOST_EVENTS * 10 {
            let now = start + WITHIN / 10 * event;
            assert_eq!(noise.hear(Path::new("/home/me/x"), now), None);
        }
    }
}
