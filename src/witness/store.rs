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

/// The same directory, made where it is not there. A link in its place is somebody else's: it may lead anywhere.
///
/// # Errors
/// When it cannot be made, or is no directory.
pub(crate) fn own_directory(build_directory: &Utf8Path) -> io::Result<Utf8PathBuf> {
    let directory = directory(build_directory);
    match fs::create_dir(&directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if fs::symlink_metadata(&directory)?.is_dir() {
        Ok(directory)
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}

/// Writes a thing below a build directory that is there; the build directory itself is never created. Failing is no harm: the thing is
/// then remembered by this process alone.
pub(super) fn write(build_directory: &Utf8Path, name: &str, thing: &impl Serialize) {
    if build_directory.is_dir()
        && let Err(error) = try_write(build_directory, name, thing)
    {
        tracing::debug!(%build_directory, name, %error, "nothing is remembered on disk");
    }
}

fn try_write(build_directory: &Utf8Path, name: &str, thing: &impl Serialize) -> io::Result<()> {
    let directory = own_directory(build_directory)?;
    let mut file = tempfile::NamedTempFile::new_in(&directory)?;
    // Written piece by piece it would be half a million writes for a thousand packages.
    file.write_all(&serde_json::to_vec(thing)?)?;
    file.persist(directory.join(name))
        .map_err(|error| error.error)?;
    prune(&directory);
    Ok(())
}

fn prune(directory: &Utf8Path) {
    let mut files: Vec<_> = file::names(directory)
        .into_iter()
        .filter(|name| {
            // Of the others there is one each.
            name.starts_with("expectation-")
                && Utf8Path::new(name)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn scene() -> (tempfile::TempDir, Utf8PathBuf) {
        let keep = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(keep.path().to_owned()).unwrap();
        fs::create_dir(root.join("target")).unwrap();
        (keep, root)
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_or_pruned_behind_a_link() {
        let (_keep, root) = scene();
        fs::create_dir(root.join("precious")).unwrap();
        for number in 0..40 {
            fs::write(
                root.join(format!("precious/expectation-{number}.json")),
                "1",
            )
            .unwrap();
        }
        std::os::unix::fs::symlink(root.join("precious"), root.join("target/.sidecargo")).unwrap();
        write(&root.join("target"), "expectation-new.json", &1);
        assert_eq!(file::names(&root.join("precious")).len(), 40);
    }

    #[test]
    fn the_oldest_answers_go_and_nothing_else() {
        let (_keep, root) = scene();
        let own = own_directory(&root.join("target")).unwrap();
        for name in ["contents.json", "notes.json", "mend.lock"] {
            fs::write(own.join(name), "1").unwrap();
        }
        for number in 0..40 {
            write(
                &root.join("target"),
                &format!("expectation-{number}.json"),
                &number,
            );
        }
        assert_eq!(file::names(&own).len(), 3 + FILES_LIMIT);
        assert_eq!(read::<u32>(&own.join("contents.json")), Some(1));
    }
}
