//! Breaks the demo's build in the ways in which real ones break.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};

use super::DemoError;
use super::layout::SOURCE_BELOW_THE_MACRO;
use crate::inspect::Inspection;

/// What a version-control tool leaves where it keeps large files elsewhere.
const POINTER_TEXT: &str = "version https://git-lfs.github.com/spec/v1\n";

/// How many bytes are left of the file that is cut short: one page.
const BYTES_LEFT: u64 = 4_096;

/// One thing that was done.
#[derive(Debug)]
pub(super) struct Damage {
    /// What, as a participle.
    pub(super) what: &'static str,
    /// To which file.
    pub(super) path: Utf8PathBuf,
}

type Act = fn(&Utf8Path) -> io::Result<()>;

/// Breaks three dylibs and edits one source; a macro that is not there is passed over.
pub(super) fn inflict(root: &Utf8Path, healthy: &Inspection) -> Result<Vec<Damage>, DemoError> {
    let acts: [(&'static str, Option<Utf8PathBuf>, Act); 4] = [
        ("deleted", dylib(healthy, "thiserror-impl"), delete),
        ("cut short", dylib(healthy, "serde_derive"), cut_short),
        ("overwritten", dylib(healthy, "async-trait"), overwrite),
        ("edited", Some(root.join(SOURCE_BELOW_THE_MACRO)), edit),
    ];
    let mut damages = Vec::new();
    for (what, path, act) in acts {
        let Some(path) = path else { continue };
        match act(&path) {
            Ok(()) => damages.push(Damage { what, path }),
            Err(source) => return Err(DemoError::Write { path, source }),
        }
    }
    Ok(damages)
}

fn dylib(inspection: &Inspection, name: &str) -> Option<Utf8PathBuf> {
    let mut macros = inspection.macros.iter();
    macros
        .find(|inspected| inspected.expected.name.as_str() == name)?
        .dylib
        .clone()
}

fn delete(path: &Utf8Path) -> io::Result<()> {
    fs::remove_file(path)
}

fn cut_short(path: &Utf8Path) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(BYTES_LEFT)
}

fn overwrite(path: &Utf8Path) -> io::Result<()> {
    fs::write(path, POINTER_TEXT)
}

fn edit(path: &Utf8Path) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.write_all(b"\n// Edited after the build.\n")
}
