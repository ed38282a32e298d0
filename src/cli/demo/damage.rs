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

/// Breaks three dylibs and edits one source; a macro that is not there is passed over.
pub(super) fn inflict(root: &Utf8Path, healthy: &Inspection) -> Result<Vec<Damage>, DemoError> {
    let dylib = |name: &str| {
        let of_this_name =
            |inspected: &&crate::inspect::InspectedMacro| inspected.expected.name.as_str() == name;
        healthy.macros.iter().find(of_this_name)?.dylib.clone()
    };
    let mut damages = Vec::new();
    let mut inflict = |what, path: Option<Utf8PathBuf>, act: fn(&Utf8Path) -> io::Result<()>| {
        let Some(path) = path else { return Ok(()) };
        act(&path).map_err(|source| DemoError::Write {
            path: path.clone(),
            source,
        })?;
        damages.push(Damage { what, path });
        Ok(())
    };
    inflict("deleted", dylib("thiserror-impl"), |path| {
        fs::remove_file(path)
    })?;
    inflict("cut short", dylib("serde_derive"), |path| {
        OpenOptions::new()
            .write(true)
            .open(path)?
            .set_len(BYTES_LEFT)
    })?;
    inflict("overwritten", dylib("async-trait"), |path| {
        fs::write(path, POINTER_TEXT)
    })?;
    inflict("edited", Some(root.join(SOURCE_BELOW_THE_MACRO)), |path| {
        OpenOptions::new()
            .append(true)
            .open(path)?
            .write_all(b"\n// Edited after the build.\n")
    })?;
    Ok(damages)
}
