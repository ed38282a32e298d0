//! Whether a cargo is building in a profile directory, told by its locks.

use std::fs::{File, TryLockError};

use camino::Utf8Path;

/// Who holds the build lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockState {
    /// Nobody.
    Free,
    /// Somebody.
    Held,
}

/// The lock files, the newer cargo's first: since 1.96 `.cargo-lock` is only shared and tells nothing of a build by such a cargo
/// (cargo 1.96, `layout.rs`).
pub const LOCK_FILES: &[&str] = &[".cargo-build-lock", ".cargo-lock"];

/// Looks whether somebody builds in this directory. The shared lock that is tried for it is given back at once.
#[must_use]
pub fn state(profile_directory: &Utf8Path) -> LockState {
    let is_held = LOCK_FILES.iter().any(|name| {
        let path = profile_directory.join(name);
        path.is_file() && File::open(path).is_ok_and(|file| is_held(&file))
    });
    if is_held {
        LockState::Held
    } else {
        LockState::Free
    }
}

fn is_held(file: &File) -> bool {
    let tried = file.try_lock_shared();
    if tried.is_ok() {
        // Closing alone would not do: a process that another thread is just starting holds the file open until it runs its program.
        let _ = file.unlock();
    }
    matches!(tried, Err(TryLockError::WouldBlock))
}
