//! Recognises what rust-analyzer and rustc say when a proc macro does not expand, in today's words and in those since 2020.
//!
//! Pure text in, meaning out. It must not know whether the complaint is right: that is the verdict's business.

use camino::Utf8PathBuf;

/// A complaint about a proc macro, taken from a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The macro's path as it stands in the source, such as `tokio::main`, where the message begins with it.
    pub macro_path: Option<String>,
    /// What is complained of.
    pub complaint: Complaint,
}

/// What rust-analyzer complains of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Complaint {
    /// The dylib could not be loaded.
    CannotLoad {
        /// The dylib, where the message names it.
        dylib: Option<Utf8PathBuf>,
        /// Why.
        failure: LoadFailure,
    },
    /// There was an error, but rust-analyzer lost it on the way (its `hir-def/src/nameres/assoc.rs` asks the wrong crate).
    CauseHidden,
    /// The macro is not built yet, or its build failed.
    NotBuilt,
    /// The macro's build gave rust-analyzer no dylib.
    NoDylib,
    /// The dylib was loaded and has no macros, or not this one.
    NoMacros,
    /// The proc-macro server died.
    ServerGone,
    /// The proc-macro server never ran.
    ServerNotStarted,
    /// The proc-macro server speaks a newer protocol than this rust-analyzer.
    ServerTooNew,
    /// Expansion is switched off by a setting, for all macros or for this one.
    SwitchedOff,
}

/// Why a dylib could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadFailure {
    /// There is no such file.
    Absent,
    /// Another rustc built it.
    OtherRustc {
        /// The rustc of the proc-macro server.
        expected: String,
        /// The rustc that built the dylib.
        found: String,
    },
    /// Another rustc built it, and the message does not say which.
    OtherMetadata,
    /// It cannot be read as a proc-macro dylib: cut short, overwritten, for another platform.
    Unreadable,
    /// Something else, in the message's words.
    Other(String),
}

/// Texts that stand for one complaint wherever they occur; the first that fits decides.
/// Sources: rust-analyzer `base-db/src/input.rs`, `hir-expand/src/proc_macro.rs`, `proc-macro-api/src/*.rs` at tags 2020-07 to 2026-08.
const FIXED: &[(&str, Complaint)] = &[
    (
        "internal error: proc-macro map is missing error entry for crate",
        Complaint::CauseHidden,
    ),
    ("proc-macro not yet built", Complaint::NotBuilt),
    ("proc-macro has not been built yet", Complaint::NotBuilt),
    ("proc-macro failed to build", Complaint::NotBuilt),
    ("failed to build proc-macro", Complaint::NotBuilt),
    ("missing expander", Complaint::NotBuilt),
    (
        "proc-macro crate did not build proc-macro artifact",
        Complaint::NoDylib,
    ),
    ("built but the dylib path is missing", Complaint::NoDylib),
    ("proc macro crate is missing dylib", Complaint::NoDylib),
    (
        "proc-macro crate is missing its build data",
        Complaint::NoDylib,
    ),
    ("build data is missing dylib path", Complaint::NoDylib),
    ("no proc macro dylib present", Complaint::NoDylib),
    ("proc macro library has no proc macros", Complaint::NoMacros),
    (
        "proc macro library returned no proc macros",
        Complaint::NoMacros,
    ),
    ("No proc-macros present for crate", Complaint::NoMacros),
    (
        "internal error: no proc macros for crate",
        Complaint::NoMacros,
    ),
    (
        "internal error: proc-macro index out of bounds",
        Complaint::NoMacros,
    ),
    (
        "proc macro not found in the built dylib",
        Complaint::NoMacros,
    ),
    ("proc-macro server exited with", Complaint::ServerGone),
    (
        "all proc-macro server workers have exited",
        Complaint::ServerGone,
    ),
    ("proc macro server crashed", Complaint::ServerGone),
    (
        "proc-macro server did not respond with data",
        Complaint::ServerGone,
    ),
    ("proc-macro-srv is not running", Complaint::ServerNotStarted),
    (
        "Failed to run proc-macro server from path",
        Complaint::ServerNotStarted,
    ),
    (
        "proc-macro server is too new for your rust-analyzer",
        Complaint::ServerTooNew,
    ),
    ("is newer than rust-analyzer's", Complaint::ServerTooNew),
    ("proc-macro expansion is disabled", Complaint::SwitchedOff),
    ("proc-macro is explicitly disabled", Complaint::SwitchedOff),
    (
        "procedural attribute macro expansion is disabled",
        Complaint::SwitchedOff,
    ),
];

/// Texts after which a path stands, then a colon and the reason.
const BEFORE_PATH: &[&str] = &[
    "Cannot create expander for ",
    "Failed to get file metadata for ",
];

/// Words of a reason that tell a file which cannot be read as a proc-macro dylib, by both families of the proc-macro server.
const UNREADABLE: &[&str] = &[
    "Could not read file magic",
    "Unknown file magic",
    "Invalid ELF",
    "Invalid Mach-O",
    "Invalid PE",
    "Invalid COFF",
    "section read error",
    "section in '",
    "failed to mmap file",
    "memory map must have a non-zero length",
    "invalid metadata version found",
    "unknown metadata magic",
    "Cannot find registrar symbol",
    "dlsym failed",
    "dlopen failed",
    "cannot open shared object file",
    "No such device",
];

/// Reads one message; `None` where it is not about loading proc macros, a macro's own panic included.
#[must_use]
pub fn recognise(message: &str) -> Option<Recognised> {
    let message = message.trim();
    let complaint = cannot_load(message).or_else(|| {
        FIXED
            .iter()
            .find(|(text, _)| message.contains(text))
            .map(|(_, complaint)| complaint.clone())
    })?;
    Some(Recognised {
        macro_path: macro_path(message),
        complaint,
    })
}

/// The macro's path that attribute macros have before the message, as in `tokio::main: proc macro server error`.
fn macro_path(message: &str) -> Option<String> {
    let (before, _) = message.split_once(": ")?;
    let is_path = !before.is_empty()
        && before
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == ':')
        && !before.chars().all(char::is_numeric);
    is_path.then(|| before.to_owned())
}

fn cannot_load(message: &str) -> Option<Complaint> {
    for text in BEFORE_PATH {
        if let Some((_, rest)) = message.split_once(text) {
            let (dylib, reason) = split_after_dylib(rest)?;
            return Some(Complaint::CannotLoad {
                dylib: Some(dylib.into()),
                failure: load_failure(reason),
            });
        }
    }
    if let Some((_, reason)) = message.split_once("Proc-macro dylib loading failed: ") {
        return Some(Complaint::CannotLoad {
            dylib: None,
            failure: load_failure(reason),
        });
    }
    if message.starts_with("found invalid metadata files for crate") {
        // rustc's E0786: the path ends the message, whatever stands before it.
        let dylib = message
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(_, path)| path.trim())
            .find(|path| DYLIB_EXTENSIONS.iter().any(|end| path.ends_with(end)))?;
        return Some(Complaint::CannotLoad {
            dylib: Some(dylib.into()),
            failure: LoadFailure::Unreadable,
        });
    }
    None
}

const DYLIB_EXTENSIONS: [&str; 3] = [".so", ".dylib", ".dll"];

/// Splits `<path>: <reason>` at the end of the dylib's name: a path may hold a colon of its own.
fn split_after_dylib(text: &str) -> Option<(&str, &str)> {
    DYLIB_EXTENSIONS
        .iter()
        .filter_map(|extension| {
            let end = text.find(&format!("{extension}: "))? + extension.len();
            Some((text.get(..end)?, text.get(end + 2..)?))
        })
        .min_by_key(|(path, _)| path.len())
}

fn load_failure(reason: &str) -> LoadFailure {
    // The same number everywhere, ENOENT and ERROR_FILE_NOT_FOUND alike.
    if reason.ends_with("(os error 2)") {
        return LoadFailure::Absent;
    }
    if let Some((expected, found)) = two_versions(reason) {
        return LoadFailure::OtherRustc { expected, found };
    }
    if [
        "unsupported metadata version",
        "unsupported ABI",
        "UnsupportedABI",
    ]
    .iter()
    .any(|text| reason.contains(text))
    {
        return LoadFailure::OtherMetadata;
    }
    if UNREADABLE.iter().any(|text| reason.contains(text)) {
        return LoadFailure::Unreadable;
    }
    LoadFailure::Other(reason.to_owned())
}

/// ``mismatched ABI expected: `A`, got `B` `` or `rustc version mismatch. expected A, found B`.
fn two_versions(reason: &str) -> Option<(String, String)> {
    let (both, between) = if let Some((_, both)) = reason.split_once("mismatched ABI expected: ") {
        (both, ", got ")
    } else {
        let (_, both) = reason.split_once("rustc version mismatch. expected ")?;
        (both, ", found ")
    };
    let (expected, found) = both.split_once(between)?;
    let bare = |text: &str| text.trim().trim_matches('`').to_owned();
    Some((bare(expected), bare(found)))
}

#[cfg(test)]
mod tests;
