//! Times of many rounds, and their medians in a table.

use std::time::{Duration, Instant};

/// What was measured under one name.
#[derive(Debug, Default)]
pub(crate) struct Series {
    pub(crate) name: String,
    times: Vec<Duration>,
}

#[allow(dead_code)] // each benchmark uses its own part
impl Series {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            times: Vec::new(),
        }
    }

    /// Runs something so many times, and once before to warm the file system's memory.
    pub(crate) fn of(name: impl Into<String>, rounds: usize, mut act: impl FnMut()) -> Self {
        let mut series = Self::new(name);
        act();
        for _ in 0..rounds {
            series.time(&mut act);
        }
        series
    }

    pub(crate) fn time(&mut self, act: impl FnOnce()) {
        let began = Instant::now();
        act();
        self.add(began.elapsed());
    }

    pub(crate) fn add(&mut self, time: Duration) {
        let place = self.times.partition_point(|other| *other <= time);
        self.times.insert(place, time);
    }

    pub(crate) fn median(&self) -> Duration {
        self.at(50)
    }

    /// The time that so many of a hundred do not exceed.
    pub(crate) fn at(&self, hundredth: usize) -> Duration {
        let last = self.times.len().saturating_sub(1);
        self.times[(last * hundredth).div_ceil(100)]
    }
}

/// Prints one line each, with the ratio to the median of `one`.
#[allow(dead_code)]
pub(crate) fn table(series: &[Series], one: &str) {
    let unit = series.iter().find(|series| series.name == one);
    let unit = unit.map_or(Duration::ZERO, Series::median).as_secs_f64();
    println!(
        "{:<54} {:>10} {:>10} {:>10}   of {one}",
        "", "median", "least", "most"
    );
    for series in series {
        println!(
            "{:<54} {:>7.2} ms {:>7.2} ms {:>7.2} ms   {:>7.3}",
            series.name,
            milliseconds(series.median()),
            milliseconds(series.at(0)),
            milliseconds(series.at(100)),
            series.median().as_secs_f64() / unit,
        );
    }
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
