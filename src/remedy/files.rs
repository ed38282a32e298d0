//! Removes and touches files as a plan names them, and nothing else: inside the build directory, never through a link out of it.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

/// Why a file was not removed or touched; the text fits after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It lies elsewhere, or a link leads elsewhere.
    #[error("remove {path}: it does not lie in the build directory {build_directory}")]
    Outside {
        /// What was to go.
        path: Utf8PathBuf,
        /// Where everything that goes has to lie.
        build_directory: Utf8PathBuf,
    },
    /// The system refused to remove it.
    #[error("remove {path}")]
    Remove {
        /// What was to go.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused to set its time.
    #[error("set the time of {path}")]
    Touch {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The build directory as it was when a plan began: what a link in its place leads to later is another one.
#[derive(Debug)]
pub(super) struct BuildRoot {
    /// What people call it.
    named: Utf8PathBuf,
    /// Where that led; `None` where there was nothing.
    real: Option<PathBuf>,
}

impl BuildRoot {
    pub(super) fn of(build_directory: &Utf8Path) -> Self {
        Self {
            named: build_directory.to_owned(),
            real: fs::canonicalize(build_directory).ok(),
        }
    }
}

/// Removes a file, a link or a whole directory inside the build directory; what is gone already is fine.
///
/// # Errors
/// When it lies outside, or leads outside, or the system refuses.
pub(super) fn remove(path: &Utf8Path, root: &BuildRoot) -> Result<(), FileError> {
    let build_directory = &root.named;
    let refused = || FileError::Outside {
        path: path.to_owned(),
        build_directory: build_directory.to_owned(),
    };
    let failed = |source| FileError::Remove {
        path: path.to_owned(),
        source,
    };
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(refused());
    };
    if !path.starts_with(build_directory) {
        return Err(refused());
    }
    // The name itself may be a link and is then what goes; every step before it has to stay inside.
    let parent = match fs::canonicalize(parent) {
        Ok(parent) => parent,
        Err(error) if is_gone(&error) => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let is_inside = root
        .real
        .as_ref()
        .is_some_and(|real| parent.starts_with(real));
    if !is_inside {
        return Err(refused());
    }
    let place = parent.join(name);
    let removed = match fs::symlink_metadata(&place) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&place),
        Ok(_) => fs::remove_file(&place),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if !is_gone(&error) => Err(failed(error)),
        _ => Ok(()),
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Sets a regular file's modification time to now.
///
/// # Errors
/// When it is no regular file or the system refuses.
pub(super) fn touch(path: &Utf8Path) -> Result<(), FileError> {
    set_time(path, SystemTime::now()).map_err(|source| FileError::Touch {
        path: path.to_owned(),
        source,
    })
}

fn set_time(path: &Utf8Path, time: SystemTime) -> io::Result<()> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    // Whoever owns a file may set its time without being allowed to write to it.
    let file = File::options()
        .write(true)
        .open(path)
        .or_else(|_| File::open(path))?;
    file.set_modified(time)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::time::Duration;

    struct Disk {
        _keep: tempfile::TempDir,
        root: Utf8PathBuf,
        build: Utf8PathBuf,
    }

    fn disk() -> Disk {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        let build = root.join("target");
        fs::create_dir_all(build.join("debug/deps/nested")).unwrap();
        fs::write(build.join("debug/deps/libmac.so"), "x").unwrap();
        fs::write(build.join("debug/deps/nested/file"), "x").unwrap();
        fs::create_dir(root.join("outside")).unwrap();
        fs::write(root.join("outside/precious"), "x").unwrap();
        Disk {
            _keep: directory,
            root,
            build,
        }
    }

    #[test]
    fn files_directories_and_what_is_gone() {
        let disk = disk();
        for path in [
            "debug/deps/libmac.so",
            "debug/deps",
            "debug/deps/absent/file",
        ] {
            let path = disk.build.join(path);
            remove(&path, &BuildRoot::of(&disk.build)).unwrap();
            assert!(!path.exists());
        }
        remove(
            &disk.root.join("no/such/place"),
            &BuildRoot::of(&disk.root.join("no")),
        )
        .unwrap();
    }

    #[test]
    fn nothing_outside_goes() {
        let disk = disk();
        let refused = |path: Utf8PathBuf| {
            let error = remove(&path, &BuildRoot::of(&disk.build)).unwrap_err();
            assert!(matches!(error, FileError::Outside { .. }), "{error}");
        };
        refused(disk.root.join("outside/precious"));
        refused(disk.build.clone());
        refused(disk.build.join("../outside/precious"));
        refused(disk.build.join(".."));
        assert!(disk.root.join("outside/precious").exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_go_and_what_they_point_at_stays() {
        let disk = disk();
        let link = |from: &str, to: &str| {
            std::os::unix::fs::symlink(disk.root.join(to), disk.build.join(from)).unwrap();
        };
        link("debug/deps/link.so", "outside/precious");
        link("debug/way", "outside");
        remove(
            &disk.build.join("debug/deps/link.so"),
            &BuildRoot::of(&disk.build),
        )
        .unwrap();
        let error = remove(
            &disk.build.join("debug/way/precious"),
            &BuildRoot::of(&disk.build),
        )
        .unwrap_err();
        assert!(matches!(error, FileError::Outside { .. }));
        remove(&disk.build.join("debug/way"), &BuildRoot::of(&disk.build)).unwrap();
        assert!(disk.root.join("outside/precious").exists());
        assert!(!disk.build.join("debug/way").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_build_directory_behind_a_link_is_inside() {
        let disk = disk();
        let link = disk.root.join("linked");
        std::os::unix::fs::symlink(&disk.build, &link).unwrap();
        remove(&link.join("debug/deps/libmac.so"), &BuildRoot::of(&link)).unwrap();
        assert!(!disk.build.join("debug/deps/libmac.so").exists());
    }

    #[cfg(unix)]
    #[test]
    fn what_takes_the_build_directorys_place_later_is_another() {
        let disk = disk();
        let root = BuildRoot::of(&disk.build);
        fs::create_dir_all(disk.root.join("outside/debug/deps")).unwrap();
        let precious = disk.root.join("outside/debug/deps/libmac.so");
        fs::write(&precious, "x").unwrap();
        fs::rename(&disk.build, disk.root.join("away")).unwrap();
        std::os::unix::fs::symlink(disk.root.join("outside"), &disk.build).unwrap();
        for path in ["debug/deps/libmac.so", "debug/deps", "debug"] {
            let error = remove(&disk.build.join(path), &root).unwrap_err();
            assert!(matches!(error, FileError::Outside { .. }), "{error}");
        }
        assert!(precious.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_package_that_is_a_link_out_of_the_fingerprints_goes_alone() {
        let disk = disk();
        let root = BuildRoot::of(&disk.build);
        let elsewhere = disk.root.join("outside/mac-0123456789abcdef");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("lib-mac"), "x").unwrap();
        fs::create_dir(disk.build.join("debug/.fingerprint")).unwrap();
        let package = disk.build.join("debug/.fingerprint/mac-0123456789abcdef");
        std::os::unix::fs::symlink(&elsewhere, &package).unwrap();
        let error = remove(&package.join("lib-mac"), &root).unwrap_err();
        assert!(matches!(error, FileError::Outside { .. }), "{error}");
        remove(&package, &root).unwrap();
        assert!(fs::symlink_metadata(&package).is_err());
        // Layout v2 has the package one level up: what lies behind a link there stays.
        fs::create_dir(disk.build.join("debug/build")).unwrap();
        std::os::unix::fs::symlink(
            disk.root.join("outside"),
            disk.build.join("debug/build/mac"),
        )
        .unwrap();
        let unit = disk.build.join("debug/build/mac/mac-0123456789abcdef");
        let error = remove(&unit, &root).unwrap_err();
        assert!(matches!(error, FileError::Outside { .. }), "{error}");
        assert!(elsewhere.join("lib-mac").exists());
    }

    #[test]
    fn touching_sets_the_time_to_now() {
        let disk = disk();
        let path = disk.root.join("outside/precious");
        let future = SystemTime::now() + Duration::from_secs(1_000_000);
        set_time(&path, future).unwrap();
        touch(&path).unwrap();
        assert!(fs::metadata(&path).unwrap().modified().unwrap() < future);
        assert_eq!(fs::read_to_string(&path).unwrap(), "x");
        assert!(touch(&disk.build).is_err());
        assert!(touch(&disk.root.join("absent")).is_err());
    }
}
