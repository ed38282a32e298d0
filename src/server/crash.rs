//! Writes down what led to a panic that was caught, and finds the words for it. Knows what was being done by name only, and nothing of how
//! to go on.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::panics::{Panic, TRACKER};

/// Reports that a session writes; the same bug over and over says nothing new.
const MOST_OF_A_SESSION: u32 = 5;
/// Reports that lie in the directory before no more are written.
const MOST_OF_ALL: usize = 50;
/// Looks after a crash come later each time, up to this.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The crashes of a session, and where their reports go.
#[derive(Debug)]
pub(crate) struct Crashes {
    directories: Vec<Utf8PathBuf>,
    count: u32,
    /// Places that the person was told of.
    told: BTreeSet<String>,
}

impl Crashes {
    /// Reports go to the first of these directories that takes them.
    pub(crate) fn new(directories: Vec<Utf8PathBuf>) -> Self {
        Self {
            directories,
            count: 0,
            told: BTreeSet::new(),
        }
    }

    /// Takes note of a crash and writes its report; what the person is to be told, once for each bug.
    pub(crate) fn take(&mut self, doing: &str, panic: &Panic) -> Option<String> {
        self.count += 1;
        let report = (self.count <= MOST_OF_A_SESSION)
            .then(|| self.write(doing, panic))
            .flatten();
        // What it said may hold a line of the person's source, which no log may.
        tracing::error!(doing, place = %panic.place, ?report, "panicked");
        let is_news = self.told.insert(panic.place.clone());
        is_news.then(|| {
            let written = report.map_or_else(String::new, |path| {
                format!(" What led to it is written in `{path}`; please report it at {TRACKER}.")
            });
            format!(
                "Sidecargo failed to {doing}: a bug of its own. It goes on and looks at the workspace anew.{written}"
            )
        })
    }

    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// How long to wait before what crashed is tried again.
    pub(crate) fn pause(&self) -> Duration {
        let doublings = self.count.saturating_sub(1).min(16);
        Duration::from_secs(1 << doublings).min(LONGEST_PAUSE)
    }

    fn write(&self, doing: &str, panic: &Panic) -> Option<Utf8PathBuf> {
        let text = text(doing, panic);
        self.directories.iter().find_map(|directory| {
            let written = write_in(directory, &text);
            written
                .inspect_err(|error| tracing::warn!(%directory, %error, "no crash report here"))
                .ok()
        })
    }
}

fn text(doing: &str, panic: &Panic) -> String {
    let mut text = format!(
        "Sidecargo {} ({}, {}) failed to {doing}: a bug of its own.\nPlease send this file to {TRACKER}, after a look whether it names anything that is not for others.\n\nat {}\n{}\n\nbefore that, the latest last:\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        panic.place,
        panic.words,
    );
    for what in &panic.before {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {what}");
    }
    let _ = writeln!(text, "\n{}", panic.backtrace);
    text
}

fn write_in(directory: &Utf8PathBuf, text: &str) -> io::Result<Utf8PathBuf> {
    std::fs::create_dir_all(directory)?;
    if directory.read_dir_utf8()?.count() >= MOST_OF_ALL {
        return Err(io::Error::other("there are many reports already"));
    }
    let mut file = tempfile::Builder::new()
        .prefix("crash-")
        .suffix(".txt")
        .tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Utf8PathBuf::from_path_buf(path).map_err(|_| io::Error::other("its path is not UTF-8"))
}

/// Where this system has a place for what programs leave behind, and the directory for temporary files where that is not to be had.
pub(crate) fn directories() -> Vec<Utf8PathBuf> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let below = |name, rest: &str| variable(name).map(|root| Utf8PathBuf::from(root).join(rest));
    let own = if cfg!(windows) {
        below("LOCALAPPDATA", "sidecargo/crashes")
    } else if cfg!(target_os = "macos") {
        below("HOME", "Library/Logs/sidecargo")
    } else {
        below("XDG_STATE_HOME", "sidecargo/crashes")
            .or_else(|| below("HOME", ".local/state/sidecargo/crashes"))
    };
    let temporary = Utf8PathBuf::from_path_buf(std::env::temp_dir()).ok();
    own.into_iter()
        .filter(|directory| directory.is_absolute())
        .chain(temporary.map(|root| root.join("sidecargo-crashes")))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;
    use crate::panics::{Trail, catch};

    fn crashes() -> (tempfile::TempDir, Crashes) {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        std::fs::write(root.join("file"), "").unwrap();
        let crashes = Crashes::new(vec![root.join("file/below"), root.join("reports")]);
        (directory, crashes)
    }

    fn panic_of(number: usize) -> Panic {
        let mut trail = Trail::default();
        for step in 0..100 {
            trail.add(format!("step {step}"));
        }
        let caught = catch(|| assert!(number > 100, "number {number} is too small"));
        caught.unwrap_err().after(&trail)
    }

    #[test]
    fn a_panic_is_written_down_with_what_led_to_it() {
        let (_keep, mut crashes) = crashes();
        let message = crashes.take("look at /w", &panic_of(7)).unwrap();
        let path = message.split('`').nth(1).unwrap();
        let report = std::fs::read_to_string(path).unwrap();
        for part in [
            "look at /w",
            "number 7 is too small",
            "crash.rs:",
            "  step 99\n",
        ] {
            assert!(report.contains(part), "{part} in {report}");
        }
        assert!(!report.contains("step 9\n"), "{report}");
        assert!(!message.contains("too small"), "{message}");
    }

    #[test]
    fn the_same_bug_is_told_once_and_written_a_few_times() {
        let (keep, mut crashes) = crashes();
        let told = (0..20).filter_map(|_| crashes.take("do it", &panic_of(1)));
        assert_eq!(told.count(), 1);
        let reports = std::fs::read_dir(keep.path().join("reports")).unwrap();
        assert_eq!(reports.count(), 5);
        assert_eq!(crashes.pause(), LONGEST_PAUSE);
    }
}
