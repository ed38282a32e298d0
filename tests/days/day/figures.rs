//! What a process costs, as Linux tells it, and how times are spread.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// A process at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// User and system time together.
    pub(crate) cpu: Duration,
    /// Memory of its own, in kB.
    pub(crate) memory: u64,
    pub(crate) threads: usize,
    pub(crate) descriptors: usize,
    pub(crate) watches: usize,
    pub(crate) children: usize,
}

impl Cost {
    pub(crate) fn of(process: u32) -> Self {
        let place = PathBuf::from(format!("/proc/{process}"));
        let text = |name: &str| fs::read_to_string(place.join(name)).unwrap_or_default();
        let stat = text("stat");
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        // utime and stime are the 14th and 15th field, counted from the number before the name.
        let ticks: u64 = [fields[11], fields[12]]
            .iter()
            .map(|field| field.parse::<u64>().unwrap())
            .sum();
        let tasks: Vec<PathBuf> = entries(&place.join("task"));
        let descriptors = entries(&place.join("fdinfo"));
        Self {
            cpu: Duration::from_millis(ticks * 10),
            memory: field(&text("status"), "RssAnon:"),
            threads: tasks.len(),
            watches: descriptors
                .iter()
                .map(|path| fs::read_to_string(path).unwrap_or_default())
                .map(|text| {
                    text.lines()
                        .filter(|line| line.starts_with("inotify"))
                        .count()
                })
                .sum(),
            descriptors: descriptors.len(),
            children: tasks
                .iter()
                .map(|task| fs::read_to_string(task.join("children")).unwrap_or_default())
                .map(|children| children.split_whitespace().count())
                .sum(),
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} kB of its own, {} threads, {} descriptors, {} watches, {} children",
            self.memory, self.threads, self.descriptors, self.watches, self.children
        )
    }
}

/// How often each thread of a process gave up the processor to wait for something.
#[derive(Debug)]
pub(crate) struct Waits(BTreeMap<PathBuf, u64>);

impl Waits {
    pub(crate) fn of(process: u32) -> Self {
        let tasks = entries(&PathBuf::from(format!("/proc/{process}/task")));
        let waits = |task: &PathBuf| {
            let status = fs::read_to_string(task.join("status")).unwrap_or_default();
            field(&status, "voluntary_ctxt_switches:")
        };
        Self(
            tasks
                .into_iter()
                .map(|task| (task.clone(), waits(&task)))
                .collect(),
        )
    }

    /// How many there were since then; threads that ended meanwhile had none worth counting.
    pub(crate) fn since(&self, before: &Self) -> u64 {
        let earlier = |task: &PathBuf| before.0.get(task).copied().unwrap_or(0);
        self.0
            .iter()
            .map(|(task, waits)| waits.saturating_sub(earlier(task)))
            .sum()
    }
}

fn entries(directory: &std::path::Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries.flatten().map(|entry| entry.path()).collect()
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Such as "p50 312 ms, p99 480 ms, most 502 ms".
pub(crate) fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |hundredth: usize| times[(times.len() - 1) * hundredth / 100].as_secs_f64() * 1000.0;
    format!(
        "p50 {:.0} ms, p99 {:.0} ms, most {:.0} ms of {}",
        at(50),
        at(99),
        at(100),
        times.len()
    )
}
