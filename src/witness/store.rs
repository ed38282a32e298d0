//! Small files in `.sidecargo/`, read within bounds and written atomically.

use std::fs;
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::observed::file;

/// A thousand packages make a few MiB.
const SIZE_LIMIT: u64 = 64 << 20;
/// Files that are kept in a directory; the oldest go first.
const FILES_LIMIT: usize = 16;

/// The directory of remembered things below a build directory.
pub(super) fn directory(build_directory: &Utf8Path) -> Utf8PathBuf {
    build_directory.join(".sidecargo")
}

/// Reads a remembered thing; `None` where it is missing, damaged or of another form.
pub(super) fn read<Thing: DeserializeOwned>(path: &Utf8Path) -> Option<Thing> {
    let bytes = file::read(path.as_std_path(), SIZE_LIMIT).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Writes a thing below a build directory that is there; the build directory itself is never created. Failing is no harm: the thing is
/// then remembered by this process alone.
pub(super) fn write(build_directory: &Utf8Path, name: &str, thing: &impl Serialize) {
    if build_directory.is_dir()
        && let Err(error) = try_write(&directory(build_directory), name, thing)
    {
        tracing::debug!(%build_directory, name, %error, "nothing is remembered on disk");
    }
}

fn try_write(directory: &Utf8Path, name: &str, thing: &impl Serialize) -> io::Result<()> {
    match fs::create_dir(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer(&mut file, thing)?;
    file.flush()?;
    file.persist(directory.join(name))
        .map_err(|error| error.error)?;
    prune(directory);
    Ok(())
}

fn prune(directory: &Utf8Path) {
    let mut files: Vec<_> = file::names(directory)
        .into_iter()
        .filter(|name| {
            Utf8Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|name| directory.join(name))
        .map(|path| (file::modified(path.as_std_path()), path))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(FILES_LIMIT);
    for (_, path) in files.into_iter().take(surplus) {
        let _ = fs::remove_file(path);
    }
}
