//! The system's watches: keeps one on every planned directory that exists and needs it, and makes it anew when the directory was.
//!
//! notify 8.2 falls silent without a word when a watched directory is removed, and stays so when it comes back; so each
//! watch is remembered with the identity of its directory and compared whenever something above it is heard to change, and in rounds.

mod stand_ins;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::board::Planned;

/// Why the system's watches cannot be had, in full or at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Degradation {
    /// The system allows no more watches for this user.
    TooManyWatches,
    /// The process may open no more files.
    TooManyFiles,
    /// The file system does not tell of what other machines do to it.
    RemoteFileSystem {
        /// The directory that lies on it.
        directory: Utf8PathBuf,
    },
    /// Hearing of the system's events panicked time and again.
    Panicked,
    /// The system says something else.
    Unsupported {
        /// In its words.
        error: String,
    },
}

/// What tells one directory from another that took its place. A number alone does not: file systems give that of a removed one to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    /// Device and inode; nothing where the system has none.
    number: (u64, u64),
    made: Option<SystemTime>,
}

pub(super) struct NativeWatches {
    /// `None` only on the way out.
    watcher: Option<RecommendedWatcher>,
    /// Gone with notify's thread. notify takes it that this one never ends, and panics in every call and in its own end where it has: where
    /// the system gave it no thread, or a panic took it.
    thread: Weak<()>,
    /// By the path without links, since some systems name events by it.
    armed: HashMap<Utf8PathBuf, Identity>,
    /// The planned directories that are watched, by the path without links.
    planned: HashMap<Utf8PathBuf, BTreeSet<Utf8PathBuf>>,
    /// The same the other way round.
    real: HashMap<Utf8PathBuf, Utf8PathBuf>,
}

/// What came of comparing watches with plans.
#[derive(Debug, Default)]
pub(super) struct Rearmed {
    /// Directories that have a watch now and had none before, or another one.
    pub(super) fresh: usize,
    /// Why not all could be watched.
    pub(super) degradation: Option<Degradation>,
}

impl NativeWatches {
    /// `handler` is called on a thread of the watcher's own, once for each event.
    pub(super) fn new(
        mut handler: impl FnMut(notify::Result<notify::Event>) + Send + 'static,
    ) -> Result<Self, Degradation> {
        let held_by_thread = Arc::new(());
        let thread = Arc::downgrade(&held_by_thread);
        let handler = move |event| {
            let _ = &held_by_thread;
            handler(event);
        };
        let watcher = notify::recommended_watcher(handler).map_err(|error| degradation(&error))?;
        Ok(Self {
            watcher: Some(watcher),
            thread,
            armed: HashMap::new(),
            planned: HashMap::new(),
            real: HashMap::new(),
        })
    }

    /// Whether the system's events are heard at all.
    pub(super) fn is_listening(&self) -> bool {
        self.thread.strong_count() > 0
    }

    /// notify's side of it, as long as its thread is there.
    fn listening(&mut self) -> Option<&mut RecommendedWatcher> {
        let is_listening = self.is_listening();
        self.watcher.as_mut().filter(|_| is_listening)
    }

    /// Puts a watch on each of `directories` that exists, needs one and has none, and takes away those that need none any more.
    pub(super) fn rearm(&mut self, directories: &Planned<'_>) -> Rearmed {
        self.rearm_those(directories, |_, _| true)
    }

    /// The same for a plan that changed, where nothing else is known to have: only what is new in it is compared.
    pub(super) fn rearm_new(&mut self, directories: &Planned<'_>) -> Rearmed {
        self.rearm_those(directories, |_, real| real.is_none())
    }

    /// The same where only these planned directories came or went: a build makes hundreds, and each concerns only what lies below it.
    pub(super) fn rearm_below(
        &mut self,
        replaced: &BTreeSet<Utf8PathBuf>,
        directories: &Planned<'_>,
    ) -> Rearmed {
        // What is planned through a link may lie below without being named so.
        let targets = replaced.iter().filter_map(|path| self.real.get(path));
        let replaced: BTreeSet<Utf8PathBuf> = replaced.iter().chain(targets).cloned().collect();
        // What is above may have gone with it, and tell so late: Linux tells of a removed directory's end when the last who stands in it leaves.
        let above: BTreeSet<&Utf8Path> = replaced.iter().filter_map(|it| it.parent()).collect();
        let is_concerned = |path: &Utf8Path| replaced.iter().any(|above| is_below(path, above));
        self.rearm_those(directories, |directory, real| {
            let is_above = |path: &Utf8Path| above.contains(path);
            is_concerned(directory)
                || is_above(directory)
                || real.is_some_and(|real| is_concerned(real) || is_above(real))
        })
    }

    /// `is_concerned` takes a directory as it is planned, and without links where it has a watch.
    fn rearm_those(
        &mut self,
        directories: &Planned<'_>,
        is_concerned: impl Fn(&Utf8Path, Option<&Utf8Path>) -> bool,
    ) -> Rearmed {
        let mut rearmed = Rearmed::default();
        let watched = || directories.watched.iter().map(Utf8Path::new);
        for directory in watched() {
            let real = self.real.get(directory).map(Utf8PathBuf::as_path);
            if is_concerned(directory, real) {
                self.compare(directory, &mut rearmed);
            }
        }
        let stand_ins = self.stand_ins(directories);
        for directory in stand_ins.iter().map(Utf8Path::new) {
            self.compare(directory, &mut rearmed);
        }
        if !stand_ins.is_empty() {
            // What came before its way was watched.
            for directory in watched() {
                if !self.real.contains_key(directory) {
                    self.compare(directory, &mut rearmed);
                }
            }
        }
        self.drop_all_but(|directory| {
            directories.watched.contains(directory) || stand_ins.contains(directory)
        });
        rearmed
    }

    /// Compares the watch on one planned directory with what lies there now.
    fn compare(&mut self, directory: &Utf8Path, rearmed: &mut Rearmed) {
        let Some(real) = self.without_links(directory) else {
            self.leave(directory);
            return;
        };
        if self.real.get(directory).is_some_and(|known| *known != real) {
            self.leave(directory);
        }
        match self.arm(&real) {
            Ok(Armed::Already) => {}
            Ok(Armed::Anew) => rearmed.fresh += 1,
            Err(failure) => {
                if let Failure::Refused(reason) = failure {
                    tracing::debug!(%directory, ?reason, "a directory cannot be watched");
                    rearmed.degradation.get_or_insert(reason);
                }
                self.leave(directory);
                return;
            }
        }
        if !self.real.contains_key(directory) {
            self.planned
                .entry(real.clone())
                .or_default()
                .insert(directory.to_owned());
            self.real.insert(directory.to_owned(), real);
        }
    }

    /// The path without links; the one above it has just been compared, where it is planned too.
    fn without_links(&self, directory: &Utf8Path) -> Option<Utf8PathBuf> {
        let above = directory.parent().and_then(|above| self.real.get(above));
        if let (Some(above), Some(name)) = (above, directory.file_name())
            && directory.symlink_metadata().ok()?.is_dir()
        {
            return Some(above.join(name));
        }
        directory.canonicalize_utf8().ok()
    }

    fn drop_all_but(&mut self, is_wanted: impl Fn(&str) -> bool) {
        let obsolete: Vec<Utf8PathBuf> = self
            .real
            .keys()
            .filter(|directory| !is_wanted(directory.as_str()))
            .cloned()
            .collect();
        for directory in obsolete {
            self.leave(&directory);
        }
    }

    /// Takes the watch from a planned directory, unless another planned path leads to the same.
    fn leave(&mut self, directory: &Utf8Path) {
        let Some(real) = self.real.remove(directory) else {
            return;
        };
        if let Some(planned) = self.planned.get_mut(&real) {
            planned.remove(directory);
            if planned.is_empty() {
                self.planned.remove(&real);
                self.disarm(&real);
            }
        }
    }

    /// Forgets the watch on a directory that was removed or moved, so that the next comparison makes it anew.
    pub(super) fn forget(&mut self, real: &Utf8Path) {
        if self.armed.contains_key(real) {
            self.disarm(real);
        }
    }

    /// The planned paths of a watched directory.
    pub(super) fn planned_as(&self, directory: &Path) -> Vec<Utf8PathBuf> {
        let planned = Utf8Path::from_path(directory).and_then(|path| self.planned.get(path));
        planned.into_iter().flatten().cloned().collect()
    }

    /// The planned paths that an event's path stands for: the same, through whatever links they were planned.
    pub(super) fn planned_paths(&self, path: &Path) -> Vec<Utf8PathBuf> {
        let Some(path) = Utf8Path::from_path(path) else {
            return Vec::new();
        };
        let itself = self.planned.get(path).into_iter().flatten().cloned();
        let below = path
            .parent()
            .zip(path.file_name())
            .and_then(|(directory, name)| Some((self.planned.get(directory)?, name)))
            .into_iter()
            .flat_map(|(directories, name)| directories.iter().map(move |known| known.join(name)));
        let paths: BTreeSet<Utf8PathBuf> = itself.chain(below).collect();
        paths.into_iter().collect()
    }

    fn arm(&mut self, real: &Utf8Path) -> Result<Armed, Failure> {
        let found = identity(real).ok_or(Failure::Gone)?;
        if self.armed.get(real) == Some(&found) {
            return Ok(Armed::Already);
        }
        self.disarm(real);
        self.listening()
            .ok_or(Failure::Gone)?
            .watch(real.as_std_path(), RecursiveMode::NonRecursive)
            .map_err(|error| match &error.kind {
                ErrorKind::PathNotFound => Failure::Gone,
                // Somebody else's directory above ours: nobody can watch it, and nobody needs to.
                ErrorKind::Io(io) if io.kind() == std::io::ErrorKind::PermissionDenied => {
                    Failure::Gone
                }
                _ => Failure::Refused(degradation(&error)),
            })?;
        // Replaced in between: the watch may be on either; the next comparison tells.
        if identity(real) != Some(found) {
            self.disarm(real);
            return Err(Failure::Gone);
        }
        self.armed.insert(real.to_owned(), found);
        Ok(Armed::Anew)
    }

    fn disarm(&mut self, real: &Utf8Path) {
        self.armed.remove(real);
        if let Some(watcher) = self.listening() {
            // Fails where the directory is gone and the watch with it, which is just as well.
            let _ = watcher.unwatch(real.as_std_path());
        }
    }
}

impl Drop for NativeWatches {
    fn drop(&mut self) {
        if !self.is_listening() {
            // Whatever the thread held is gone with it.
            std::mem::forget(self.watcher.take());
        }
    }
}

/// Whether a path is another or lies below it, both in the same spelling: far cheaper than by components.
fn is_below(path: &Utf8Path, above: &Utf8Path) -> bool {
    let rest = path.as_str().strip_prefix(above.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(std::path::is_separator))
}

enum Armed {
    Already,
    Anew,
}

enum Failure {
    Gone,
    Refused(Degradation),
}

fn degradation(error: &notify::Error) -> Degradation {
    match &error.kind {
        ErrorKind::MaxFilesWatch => Degradation::TooManyWatches,
        ErrorKind::Io(io) if is_too_many_files(io) => Degradation::TooManyFiles,
        _ => Degradation::Unsupported {
            error: error.to_string(),
        },
    }
}

#[cfg(unix)]
fn is_too_many_files(error: &std::io::Error) -> bool {
    let code = error
        .raw_os_error()
        .map(rustix::io::Errno::from_raw_os_error);
    matches!(
        code,
        Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE)
    )
}

#[cfg(not(unix))]
fn is_too_many_files(_error: &std::io::Error) -> bool {
    false
}

/// `None` where there is no directory.
fn identity(directory: &Utf8Path) -> Option<Identity> {
    let metadata = directory
        .metadata()
        .ok()
        .filter(std::fs::Metadata::is_dir)?;
    Some(Identity {
        number: number(&metadata),
        made: metadata.created().ok(),
    })
}

#[cfg(unix)]
fn number(metadata: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn number(_metadata: &std::fs::Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
