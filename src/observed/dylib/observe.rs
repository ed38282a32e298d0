//! Opens what lies at a dylib's path, without ever waiting for it, and has it examined by its format.

use std::fs::{FileType, Metadata as FileStatus};
use std::io;

use camino::Utf8Path;
use object::read::{ReadCache, ReadRef};

use super::file_kind::{Beginning, recognise};
use super::report::{
    Absence, Damage, DylibObservation, DylibReport, EntryKind, Examination, FileAccess, Stop,
};
use super::source::{Disk, Window};
use super::{elf, mach_o, pe};
use crate::observed::file::open_without_blocking;

/// A file that changes under this many looks in a row is being written.
const LOOKS: usize = 3;
/// What is read to tell what kind of file it is, first line of a text included.
const BEGINNING: u64 = 512;
/// No dylib of any format is smaller.
const SMALLEST_DYLIB: u64 = 64;

/// Reads what the file at `path` says of itself, in some ten small reads, whatever its size.
#[must_use]
pub fn read(path: &Utf8Path) -> DylibObservation {
    for _ in 0..LOOKS {
        match look(path) {
            Ok(Look::Settled(observation)) => return observation,
            Ok(Look::Changed) => {}
            Err(error) => return why_unopened(path, &error),
        }
    }
    DylibObservation::Changing
}

/// One look at a file.
enum Look {
    Settled(DylibObservation),
    /// The file was another one after the look than before it.
    Changed,
}

/// What opening a path can bring.
#[allow(
    clippy::large_enum_variant,
    reason = "it lives for one look at one file; not on every system is it so large"
)]
pub(super) enum Opened {
    /// A regular file, and what the system says of it.
    File(Disk, FileStatus),
    /// Anything else, which was not touched.
    Other(EntryKind, FileStatus),
}

/// Opens a regular file for reading; a pipe or device in its place is named, not opened.
pub(super) fn open_regular(path: &Utf8Path) -> io::Result<Opened> {
    let status = std::fs::metadata(path)?;
    if !status.is_file() {
        return Ok(Opened::Other(entry_kind(status.file_type()), status));
    }
    let file = open_without_blocking(path.as_std_path())?;
    // It may have been replaced since.
    let status = file.metadata()?;
    if !status.is_file() {
        return Ok(Opened::Other(entry_kind(status.file_type()), status));
    }
    Ok(Opened::File(Disk::new(file, status.len()), status))
}

fn look(path: &Utf8Path) -> io::Result<Look> {
    let (disk, before) = match open_regular(path)? {
        Opened::File(disk, status) => (disk, status),
        Opened::Other(kind, status) => {
            return Ok(Look::Settled(DylibObservation::Present(DylibReport {
                size: status.len(),
                access: FileAccess::of(&status.permissions()),
                platform: None,
                content: Err(Damage::NotAFile(kind)),
            })));
        }
    };
    let length = before.len();
    let cache = ReadCache::new(disk);
    let examination = examine(Window::whole(&cache, length));
    let (file, failure) = cache.into_inner().into_parts();
    let after = file.metadata()?;
    if has_changed(&before, &after) {
        return Ok(Look::Changed);
    }
    if let Some(error) = failure {
        return Ok(Look::Settled(unreadable(&error)));
    }
    Ok(Look::Settled(DylibObservation::Present(DylibReport {
        size: length,
        access: FileAccess::of(&after.permissions()),
        platform: examination.platform,
        content: examination.content,
    })))
}

fn has_changed(before: &FileStatus, after: &FileStatus) -> bool {
    before.len() != after.len() || before.modified().ok() != after.modified().ok()
}

/// Reads a file of any kind as a proc-macro dylib.
pub(super) fn examine<'data, R: ReadRef<'data>>(window: Window<R>) -> Examination {
    let length = window.length();
    if length == 0 {
        return Examination::new(None, Err(Damage::Empty.into()));
    }
    let Some(head) = window.bytes(0, length.min(BEGINNING)) else {
        return Examination::new(None, Err(Stop::OutOfReach));
    };
    match recognise(head) {
        Beginning::Elf => elf::examine(window),
        Beginning::MachO => mach_o::examine(window),
        Beginning::MachOUniversal => mach_o::examine_universal(window),
        Beginning::Pe => pe::examine(window),
        Beginning::CutMagic => {
            let damage = Damage::Truncated {
                promised: SMALLEST_DYLIB,
                found: length,
            };
            Examination::new(None, Err(damage.into()))
        }
        Beginning::NotADylib(kind) => Examination::new(None, Err(Damage::NotADylib(kind).into())),
    }
}

fn why_unopened(path: &Utf8Path, error: &io::Error) -> DylibObservation {
    match std::fs::symlink_metadata(path) {
        Ok(status) if status.is_symlink() && leads_nowhere(error) => {
            DylibObservation::Missing(Absence::DanglingSymlink)
        }
        _ if leads_nowhere(error) => DylibObservation::Missing(Absence::NoEntry),
        _ => unreadable(error),
    }
}

/// Nothing there, a file where a directory should be, or links that lead back to themselves.
fn leads_nowhere(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return true;
    }
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn unreadable(error: &io::Error) -> DylibObservation {
    DylibObservation::Unreadable {
        kind: error.kind(),
        message: error.to_string(),
    }
}

fn entry_kind(file_type: FileType) -> EntryKind {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if file_type.is_fifo() {
            return EntryKind::Fifo;
        }
        if file_type.is_socket() {
            return EntryKind::Socket;
        }
        if file_type.is_block_device() || file_type.is_char_device() {
            return EntryKind::Device;
        }
    }
    if file_type.is_dir() {
        EntryKind::Directory
    } else {
        EntryKind::Other
    }
}
