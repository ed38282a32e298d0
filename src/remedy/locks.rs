//! The two locks of a remedy: cargo's, held while files are removed so that no build runs over it, and our own, so that there is
//! one remedy at a time in a build directory.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::process::Cancel;
use crate::observed::file::open_without_blocking;
use crate::observed::lock::LOCK_FILES;
use crate::observed::process::{Holder, holder_of};
use crate::witness;

/// How often a held lock is looked at again.
const POLL: Duration = Duration::from_millis(100);

/// Cargo's build lock in our hands; given back when dropped.
#[derive(Debug)]
pub(super) struct BuildLock {
    files: Vec<File>,
}

impl Drop for BuildLock {
    fn drop(&mut self) {
        self.files.iter().for_each(give_back);
    }
}

/// Closing alone would not do: a process that another thread is just starting holds the file open until it runs its program.
fn give_back(file: &File) {
    let _ = file.unlock();
}

/// What came of asking for cargo's build lock.
#[derive(Debug)]
pub(super) enum Asked {
    /// It is ours, or there is no such lock yet.
    Granted(BuildLock),
    /// The person gave up waiting.
    Cancelled,
}

impl BuildLock {
    /// Waits for the builds that run in this directory to end, and keeps others from starting. No lock file is made.
    ///
    /// `on_wait` is called once with whoever holds it, where it has to wait.
    pub(super) fn hold(
        profile_directory: &Utf8Path,
        cancel: &Cancel,
        on_wait: &mut dyn FnMut(Option<Holder>),
    ) -> Asked {
        let mut files = Vec::new();
        let mut has_told = false;
        for name in LOCK_FILES {
            let path = profile_directory.join(name);
            // Opened for reading only: watchers take a closing after writing for the end of a build.
            let Some(file) = open_regular(&path) else {
                continue;
            };
            while let Err(TryLockError::WouldBlock) = file.try_lock() {
                if cancel.is_cancelled() {
                    return Asked::Cancelled;
                }
                if !std::mem::replace(&mut has_told, true) {
                    on_wait(holder_of(&path));
                }
                std::thread::sleep(POLL);
            }
            // Where the file system knows no locks, cargo goes without them too (cargo 1.95, `util/flock.rs`).
            files.push(file);
        }
        Asked::Granted(Self { files })
    }
}

/// Our own lock below the build directory; given back when dropped or when this process ends.
#[derive(Debug)]
pub(super) struct MendLock {
    file: Option<File>,
}

impl Drop for MendLock {
    fn drop(&mut self) {
        self.file.iter().for_each(give_back);
    }
}

/// Why a remedy may not run now; the text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[error("mend {build_directory}: another sidecargo{} is at it; wait for it to end, or stop it there", of(.process.as_deref()))]
pub struct SomebodyElse {
    /// The build directory that both want to mend.
    pub build_directory: Utf8PathBuf,
    /// The other's number, where it left it.
    pub process: Option<String>,
}

fn of(process: Option<&str>) -> String {
    process.map_or_else(String::new, |process| format!(" (process {process})"))
}

impl MendLock {
    /// Takes the lock. A build directory that is not there is not made for it, and one that cannot be written to goes without.
    pub(super) fn take(build_directory: &Utf8Path) -> Result<Self, SomebodyElse> {
        let Some(mut file) = Self::open(build_directory) else {
            return Ok(Self { file: None });
        };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(SomebodyElse {
                build_directory: build_directory.to_owned(),
                process: read_process(&mut file),
            }),
            Err(TryLockError::Error(_)) => Ok(Self { file: None }),
            Ok(()) => {
                // Only for the message above; the lock is what counts.
                let _ = write_process(&mut file);
                Ok(Self { file: Some(file) })
            }
        }
    }

    fn open(build_directory: &Utf8Path) -> Option<File> {
        if !build_directory.is_dir() {
            return None;
        }
        let path = witness::own_directory(build_directory)
            .ok()?
            .join("mend.lock");
        let is_free = fs::symlink_metadata(&path).map_or_else(
            |error| error.kind() == io::ErrorKind::NotFound,
            |at| at.is_file(),
        );
        is_free
            .then(|| {
                File::options()
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(false)
                    .open(path)
                    .ok()
            })
            .flatten()
    }
}

fn read_process(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    let number = text.trim();
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| number.to_owned())
}

fn write_process(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

/// Never waits: what lies there may be a pipe by the time that it is opened.
fn open_regular(path: &Utf8Path) -> Option<File> {
    let file = open_without_blocking(path.as_std_path()).ok()?;
    file.metadata().ok()?.is_file().then_some(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    fn directory() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        (directory, path)
    }

    #[test]
    fn one_remedy_at_a_time() {
        let (_keep, build) = directory();
        let first = MendLock::take(&build).unwrap();
        let refused = MendLock::take(&build).unwrap_err().to_string();
        let own = std::process::id();
        assert_eq!(
            refused,
            format!(
                "mend {build}: another sidecargo (process {own}) is at it; wait for it to end, or stop it there"
            )
        );
        drop(first);
        // A program that another test starts holds our files too until it begins to run.
        let is_free = || MendLock::take(&build).is_ok();
        assert!((0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            is_free()
        }));
    }

    #[test]
    fn no_build_directory_is_made() {
        let (_keep, root) = directory();
        let absent = root.join("target");
        MendLock::take(&absent).unwrap();
        assert!(!absent.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_locks_place_is_not_followed() {
        let (_keep, build) = directory();
        fs::create_dir(build.join(".sidecargo")).unwrap();
        let elsewhere = build.join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, build.join(".sidecargo/mend.lock")).unwrap();
        MendLock::take(&build).unwrap();
        assert!(!elsewhere.exists());
    }

    #[test]
    fn a_running_build_is_waited_for() {
        let (_keep, profile) = directory();
        let path = profile.join(".cargo-lock");
        let build = File::create(&path).unwrap();
        build.lock().unwrap();
        let mut waits = 0;
        let mut build = Some(build);
        let asked = BuildLock::hold(&profile, &Cancel::default(), &mut |_| {
            waits += 1;
            drop(build.take());
        });
        assert!(matches!(asked, Asked::Granted(_)));
        assert_eq!(waits, 1);
        let other = File::open(&path).unwrap();
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)));
        drop(asked);
        // Waiting: a program that another test starts holds our files too until it begins to run.
        other.lock().unwrap();
    }

    #[test]
    fn waiting_can_be_given_up() {
        let (_keep, profile) = directory();
        let build = File::create(profile.join(".cargo-build-lock")).unwrap();
        build.lock().unwrap();
        let cancel = Cancel::default();
        let asked = BuildLock::hold(&profile, &cancel.clone(), &mut |_| cancel.cancel());
        assert!(matches!(asked, Asked::Cancelled));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_in_a_locks_place_is_no_lock() {
        let (_keep, profile) = directory();
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            profile.join(".cargo-lock").as_std_path(),
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        )
        .unwrap();
        let asked = BuildLock::hold(&profile, &Cancel::default(), &mut |_| panic!("no wait"));
        assert!(matches!(asked, Asked::Granted(_)));
    }

    #[test]
    fn without_lock_files_nothing_is_waited_for_or_made() {
        let (_keep, profile) = directory();
        let asked = BuildLock::hold(&profile, &Cancel::default(), &mut |_| panic!("no wait"));
        assert!(matches!(asked, Asked::Granted(_)));
        assert_eq!(fs::read_dir(&profile).unwrap().count(), 0);
    }
}
