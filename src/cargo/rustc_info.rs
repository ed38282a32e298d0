//! What rustc told cargo of itself, from the answers that the stand-in compiler passed on.
//!
//! Cargo's own notes of them are not always there: it keeps none where it is told so, or where it cannot tell which rustc a proxy of
//! rustup stands for (cargo 1.95, `util/rustc.rs`, `rustc_fingerprint`).

use camino::{Utf8Path, Utf8PathBuf};

use super::stand_in;
use crate::observed::file;

/// A handful of answers, of some thousand bytes each.
const ANSWERS_LIMIT: u64 = 16 << 20;

/// What rustc told.
#[derive(Debug, Default)]
pub struct RustcInfo {
    /// What `rustc -vV` printed; empty where it was not asked.
    pub verbose_version: String,
    /// The sysroot.
    pub sysroot: Option<Utf8PathBuf>,
}

/// Reads the stand-in's records of one question. The last answer of each kind counts.
#[must_use]
pub fn read(records: &Utf8Path) -> RustcInfo {
    let bytes = file::read(
        records.join(stand_in::RUSTC_ANSWERS).as_std_path(),
        ANSWERS_LIMIT,
    )
    .unwrap_or_default();
    let mut info = RustcInfo::default();
    let answers = bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<String>(line).ok());
    for answer in answers {
        if answer.starts_with("rustc ") {
            info.verbose_version = answer;
            continue;
        }
        // Among file names and cfg values, the sysroot is the one line that is a directory.
        let sysroot = answer
            .lines()
            .map(Utf8Path::new)
            .find(|line| line.is_absolute() && line.is_dir());
        if let Some(sysroot) = sysroot {
            info.sysroot = Some(sysroot.to_owned());
        }
    }
    info
}
