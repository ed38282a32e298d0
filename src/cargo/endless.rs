//! Names what cargo or rustup would wait for, or read for ever, before either is asked anything. Starts nothing itself.

use camino::{Utf8Path, Utf8PathBuf};

/// A file that cargo or rustup reads for this directory, and never to its end.
#[cfg(unix)]
pub(super) fn file_for(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    use std::os::unix::fs::FileTypeExt;
    const NAMES: &[&str] = &[
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain",
        "rust-toolchain.toml",
        ".cargo/config",
        ".cargo/config.toml",
    ];
    let is_endless = |path: &Utf8PathBuf| {
        path.metadata().is_ok_and(|at| {
            // `/dev/null` has an end.
            let is_null = || path.canonicalize_utf8().is_ok_and(|to| to == "/dev/null");
            at.file_type().is_fifo() || at.file_type().is_char_device() && !is_null()
        })
    };
    directory
        .ancestors()
        .flat_map(|above| NAMES.iter().map(|name| above.join(name)))
        .find(is_endless)
}

#[cfg(not(unix))]
pub(super) fn file_for(_: &Utf8Path) -> Option<Utf8PathBuf> {
    None
}
