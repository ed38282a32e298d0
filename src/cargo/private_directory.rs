//! Directories of our own outside of the workspace, gone when they are dropped; those of a process that was killed are cleared away by
//! the next one. Knows nothing of what they are for.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use tempfile::TempDir;

/// What their names begin with.
const PREFIX: &str = "sidecargo-";
/// The file in each that its owner holds locked: the system lets go of it with the process, however that ends.
const OWNER: &str = ".sidecargo-owner";
/// One that is younger may not be locked yet, or be in use by a cargo that outlives its asker.
const ABANDONED_AFTER: Duration = Duration::from_mins(5);

/// A private directory.
#[derive(Debug)]
pub(super) struct PrivateDirectory {
    /// Before the directory: some systems remove no file that is still open.
    _owner: File,
    directory: TempDir,
}

impl PrivateDirectory {
    /// One in memory where the system has a place for that, for many small files.
    pub(super) fn in_memory() -> io::Result<Self> {
        static CLEARED: Once = Once::new();
        let memory = Path::new("/dev/shm");
        if cfg!(target_os = "linux") {
            CLEARED.call_once(|| clear_away(memory));
            if let Ok(directory) = Self::new_in(memory) {
                return Ok(directory);
            }
        }
        Self::on_disk()
    }

    /// One among the system's temporary files, for large ones and for libraries: memory may be mounted so that none can be loaded.
    pub(super) fn on_disk() -> io::Result<Self> {
        static CLEARED: Once = Once::new();
        let temporary = std::env::temp_dir();
        CLEARED.call_once(|| clear_away(&temporary));
        Self::new_in(&temporary)
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    fn new_in(place: &Path) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place)?;
        let owner = File::create_new(directory.path().join(OWNER))?;
        // Where there are no locks it is never cleared away by another.
        let _ = owner.try_lock();
        Ok(Self {
            _owner: owner,
            directory,
        })
    }
}

/// Removes the directories in `place` whose owners are gone. What cannot be removed is left to the system.
fn clear_away(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        if entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(PREFIX))
            && is_abandoned(&entry.path())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether a directory is one of these, for a while, and nobody holds it. A link is never followed.
fn is_abandoned(directory: &Path) -> bool {
    let owner: PathBuf = directory.join(OWNER);
    let is_plain = |path: &Path, is_wanted: fn(&fs::FileType) -> bool| {
        fs::symlink_metadata(path).is_ok_and(|found| is_wanted(&found.file_type()))
    };
    let is_old = || {
        let created = fs::metadata(&owner).and_then(|found| found.modified());
        created.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > ABANDONED_AFTER))
    };
    is_plain(directory, fs::FileType::is_dir)
        && is_plain(&owner, fs::FileType::is_file)
        && is_old()
        && File::open(&owner).is_ok_and(|owner| owner.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::SystemTime;

    use super::*;

    fn make_old(directory: &Path) {
        let owner = File::options()
            .write(true)
            .open(directory.join(OWNER))
            .unwrap();
        let then = SystemTime::now() - ABANDONED_AFTER * 2;
        owner.set_modified(then).unwrap();
    }

    #[test]
    fn what_a_killed_process_left_is_cleared_away_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let in_use = PrivateDirectory::new_in(place.path()).unwrap();
        make_old(in_use.path());
        let of_another = place.path().join("sidecargo-notes");
        fs::create_dir(&of_another).unwrap();
        let left = |name: &str| {
            let directory = place.path().join(name);
            fs::create_dir_all(directory.join("target/debug")).unwrap();
            fs::write(directory.join(OWNER), "").unwrap();
            directory
        };
        let young = left("sidecargo-young");
        let abandoned = left("sidecargo-old");
        let otherwise_called = left("other-old");
        make_old(&abandoned);
        make_old(&otherwise_called);

        clear_away(place.path());
        for kept in [in_use.path(), &of_another, &young, &otherwise_called] {
            assert!(kept.is_dir(), "{}", kept.display());
        }
        assert!(!abandoned.exists());
    }

    #[cfg(unix)]
    #[test]
    fn what_a_link_leads_to_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let precious = place.path().join("precious");
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join(OWNER), "").unwrap();
        make_old(&precious);
        std::os::unix::fs::symlink(&precious, place.path().join("sidecargo-link")).unwrap();
        clear_away(place.path());
        assert!(precious.join(OWNER).is_file());
    }
}
