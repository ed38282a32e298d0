//! What running processes tell without being asked: who holds a lock, and which compilers and build scripts are at work. Reads what the
//! system says of them, starts none and signals none; where it says nothing (anything but Linux so far), nobody is named.

#[cfg(any(test, target_os = "linux"))]
mod arguments;
mod holder;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, all(fuzzing, target_os = "linux")))]
pub mod on_trial;
#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
use elsewhere as system;

use camino::Utf8PathBuf;

pub use holder::{Holder, holder_of};

/// What a process may be at work on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// A compilation.
    Compilation {
        /// One of the files that it makes, absolute.
        output: Utf8PathBuf,
    },
    /// A build script's run.
    ScriptRun {
        /// The directory of the script's program, absolute.
        directory: Utf8PathBuf,
    },
}

/// A process that was at work when it was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildProcess {
    number: u32,
    program: Option<String>,
    /// When it began, as the system counts; another process of the same number began later.
    began: u64,
}

impl BuildProcess {
    /// Whether it is still at work. A process that has ended and that nobody has waited for is not, nor is one that was stopped, or that
    /// has gone on for so long that it must hang.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        system::began(self.number) == Some(self.began) && system::is_at_work_since(self.began)
    }

    /// How it is named to people.
    #[must_use]
    pub fn named(&self) -> Holder {
        Holder {
            process: self.number,
            program: self.program.clone(),
        }
    }
}

/// The processes of this user that are at work on any of these, as far as they can be seen: those in a container, or on another machine
/// that shares the directory, cannot.
#[must_use]
pub fn at_work_on(works: &[Work]) -> Vec<BuildProcess> {
    if works.is_empty() {
        Vec::new()
    } else {
        system::at_work_on(works)
    }
}
