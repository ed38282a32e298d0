//! Names what cargo or rustup would wait for, or read for ever: what any question would, before it is asked, and a member's manifest once
//! cargo keeps silent. Starts nothing itself.

use camino::{Utf8Path, Utf8PathBuf};

/// How many entries are looked at in search of a manifest; beyond it, cargo is waited for.
const SEARCH_LIMIT: usize = 200_000;

/// A file that cargo or rustup reads for this directory, and never to its end.
pub(super) fn file_for(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    const NAMES: &[&str] = &[
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain",
        "rust-toolchain.toml",
        ".cargo/config",
        ".cargo/config.toml",
    ];
    directory
        .ancestors()
        .flat_map(|above| NAMES.iter().map(|name| above.join(name)))
        .find(|path| is_endless(path))
}

/// A manifest below a directory that has no end. Links are not followed, nor are build directories and hidden ones searched.
pub(super) fn manifest_below(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut left = SEARCH_LIMIT;
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        let manifest = directory.join("Cargo.toml");
        if is_endless(&manifest) {
            return Some(manifest);
        }
        if directory.join("CACHEDIR.TAG").exists() {
            continue;
        }
        for entry in directory.read_dir_utf8().into_iter().flatten().flatten() {
            left = left.checked_sub(1)?;
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_directory && !entry.file_name().starts_with('.') {
                waiting.push(entry.into_path());
            }
        }
    }
    None
}

#[cfg(unix)]
fn is_endless(path: &Utf8Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    path.metadata().is_ok_and(|at| {
        // `/dev/null` has an end.
        let is_null = || path.canonicalize_utf8().is_ok_and(|to| to == "/dev/null");
        at.file_type().is_fifo() || at.file_type().is_char_device() && !is_null()
    })
}

/// What waits for a writer has no name among files here.
#[cfg(not(unix))]
fn is_endless(_: &Utf8Path) -> bool {
    false
}
