//! Who holds a lock on a file, as Linux tells it without being asked for the lock. Elsewhere nobody is named.

use camino::Utf8Path;

/// A process that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub process: u32,
    /// Its program's name, where it can be read.
    pub program: Option<String>,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.program {
            Some(program) => write!(formatter, "{program} (process {})", self.process),
            None => write!(formatter, "process {}", self.process),
        }
    }
}

/// The process that holds a lock on this file, where the system tells.
#[cfg(target_os = "linux")]
#[must_use]
pub fn holder_of(path: &Utf8Path) -> Option<Holder> {
    use std::os::linux::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    let device = metadata.st_dev();
    let key = format!(
        "{:02x}:{:02x}:{}",
        rustix::fs::major(device),
        rustix::fs::minor(device),
        metadata.st_ino()
    );
    let process = holder_in(&bounded("/proc/locks")?, &key)?;
    Some(Holder {
        process,
        program: super::linux::program(process),
    })
}

/// The process that holds a lock on this file, where the system tells.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn holder_of(_path: &Utf8Path) -> Option<Holder> {
    None
}

/// Files of the kernel have no size to go by; a machine with more than 4 MiB of locks stays unread beyond that.
#[cfg(target_os = "linux")]
fn bounded(path: &str) -> Option<String> {
    use std::io::Read;
    let mut text = String::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(4 << 20).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The first holder in the text of `/proc/locks` for `MAJOR:MINOR:INODE`; waiting ones are marked by an arrow (`proc_locks(5)`).
#[cfg(target_os = "linux")]
fn holder_in(locks: &str, key: &str) -> Option<u32> {
    locks.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let kind = words.next()?;
        let process = words.nth(2)?;
        let file = words.next()?;
        let is_held = kind != "->" && file == key;
        // A process outside of this namespace shows as zero.
        is_held
            .then(|| process.parse().ok().filter(|&process| process != 0))
            .flatten()
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use camino::Utf8PathBuf;

    #[test]
    fn holders_and_not_waiters_are_named() {
        let locks = "1: FLOCK  ADVISORY  WRITE 4242 fe:00:1234 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 4343 fe:00:1234 0 EOF\n2: POSIX  ADVISORY  READ 5 00:19:77 0 EOF\n3: FLOCK  ADVISORY  WRITE 0 fe:00:99 0 EOF\n";
        assert_eq!(holder_in(locks, "fe:00:1234"), Some(4242));
        assert_eq!(holder_in(locks, "00:19:77"), Some(5));
        assert_eq!(holder_in(locks, "fe:00:99"), None);
        assert_eq!(holder_in(locks, "fe:00:12"), None);
        assert_eq!(holder_in("nonsense", "fe:00:12"), None);
    }

    #[test]
    fn a_lock_of_ours_is_ours() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("lock")).unwrap();
        let file = std::fs::File::create(&path).unwrap();
        assert_eq!(holder_of(&path), None);
        file.lock().unwrap();
        assert_eq!(
            holder_of(&path).map(|holder| holder.process),
            Some(std::process::id())
        );
    }
}
