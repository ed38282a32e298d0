//! What can lie at a dylib's path, on a real file system.

use std::fs::File;

use camino::{Utf8Path, Utf8PathBuf};

use crate::observed::dylib::read;
use crate::observed::dylib::report::{
    Absence, Damage, DylibObservation, DylibReport, EntryKind, FileKind,
};

struct Place {
    _directory: tempfile::TempDir,
    path: Utf8PathBuf,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(directory.path())
            .unwrap()
            .join("libmac.so");
        Self {
            _directory: directory,
            path,
        }
    }
}

fn damage(path: &Utf8Path) -> Damage {
    match read(path) {
        DylibObservation::Present(DylibReport {
            content: Err(damage),
            ..
        }) => damage,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing() {
    let place = Place::new();
    let missing = DylibObservation::Missing(Absence::NoEntry);
    assert_eq!(read(&place.path), missing);
    assert_eq!(read(&place.path.join("below")), missing);
    File::create(&place.path).unwrap();
    assert_eq!(read(&place.path.join("below-a-file")), missing);
}

#[test]
fn an_empty_file() {
    let place = Place::new();
    File::create(&place.path).unwrap();
    assert_eq!(damage(&place.path), Damage::Empty);
}

#[test]
fn a_directory() {
    let place = Place::new();
    std::fs::create_dir(&place.path).unwrap();
    assert_eq!(damage(&place.path), Damage::NotAFile(EntryKind::Directory));
}

#[test]
fn a_sparse_file_of_a_terabyte_costs_no_more_than_another() {
    let place = Place::new();
    let file = File::create(&place.path).unwrap();
    if file.set_len(1 << 40).is_err() {
        println!("skipped: this file system has no room for holes");
        return;
    }
    assert_eq!(damage(&place.path), Damage::NotADylib(FileKind::Zeros));
}

#[test]
fn a_dylib_that_claims_gigabytes_is_not_read_in_whole() {
    let Some(bytes) = super::real::stripped().filter(|bytes| bytes.starts_with(b"\x7fELF\x02"))
    else {
        println!("skipped: rustc makes no 64-bit ELF dylib here");
        return;
    };
    let place = Place::new();
    // A length of 2^29 sections or so, all of them within a file with holes.
    let mut bytes = bytes.to_vec();
    let table = usize::from_ne_bytes(bytes[40..48].try_into().unwrap());
    bytes[60..62].fill(0);
    bytes[table + 32..table + 40].copy_from_slice(&(1_u64 << 29).to_ne_bytes());
    std::fs::write(&place.path, &bytes).unwrap();
    File::options()
        .write(true)
        .open(&place.path)
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let DylibObservation::Present(report) = read(&place.path) else {
        panic!("it is there");
    };
    assert_eq!(report.content.unwrap().built_by(), None);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::{
        Absence, Damage, DylibObservation, EntryKind, File, Place, Utf8Path, damage, read,
    };

    #[test]
    fn a_pipe_that_nobody_writes_to_is_not_waited_for() {
        let place = Place::new();
        let made = Command::new("mkfifo").arg(&place.path).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: no mkfifo");
            return;
        }
        // A reader that waited would never come back.
        assert_eq!(damage(&place.path), Damage::NotAFile(EntryKind::Fifo));
    }

    #[test]
    fn a_socket() {
        let place = Place::new();
        let _listener = UnixListener::bind(&place.path).unwrap();
        assert_eq!(damage(&place.path), Damage::NotAFile(EntryKind::Socket));
    }

    #[test]
    fn devices() {
        for path in ["/dev/null", "/dev/zero", "/dev/tty"] {
            if std::fs::metadata(path).is_ok() {
                let device = damage(Utf8Path::new(path));
                assert_eq!(device, Damage::NotAFile(EntryKind::Device), "{path}");
            }
        }
    }

    #[test]
    fn links() {
        let place = Place::new();
        let target = place.path.with_extension("target");
        symlink(&target, &place.path).unwrap();
        let dangling = DylibObservation::Missing(Absence::DanglingSymlink);
        assert_eq!(read(&place.path), dangling);
        File::create(&target).unwrap();
        assert_eq!(damage(&place.path), Damage::Empty);
        std::fs::remove_file(&target).unwrap();
        symlink(&place.path, &target).unwrap();
        assert_eq!(read(&place.path), dangling, "two that lead to each other");
    }

    #[test]
    fn a_file_that_may_not_be_read() {
        let place = Place::new();
        std::fs::write(&place.path, "secret").unwrap();
        let locked = std::fs::Permissions::from_mode(0o000);
        std::fs::set_permissions(&place.path, locked).unwrap();
        if File::open(&place.path).is_ok() {
            println!("skipped: this user may read everything");
            return;
        }
        let DylibObservation::Unreadable { kind, .. } = read(&place.path) else {
            panic!("it is there, and closed");
        };
        assert_eq!(kind, std::io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_file_that_the_system_makes_up_as_it_is_read() {
        let path = Utf8Path::new("/proc/self/mem");
        if !path.exists() {
            println!("skipped: no /proc");
            return;
        }
        // Its length is 0 by its status, so nothing of it is read, which would fail: no memory is mapped there.
        assert_eq!(damage(path), Damage::Empty);
    }
}
