//! Recognises a pasted error: which code it points at, what it means, which dylib it names. Pure.

use camino::{Utf8Path, Utf8PathBuf};

use crate::names::CrateName;
use crate::recognise::{self as rust_analyzer, Complaint, LoadFailure};
use crate::remedy::catalogue::{Catalogue, Facts, Known, Rank, on_one_line};
use crate::verdict::Code;

const CANNOT_LOAD: &str =
    "rust-analyzer could not load the macro's built library. `sidecargo check` tells why.";
const SERVER_DIED: &str = "The proc-macro server ended in the middle of its work: a macro crashed it, or the system stopped it for want of memory. Restart rust-analyzer; `sidecargo check --probe` tells which library cannot be loaded.";
const SWITCHED_OFF: &str =
    "Nothing is broken: the editor's settings switch this off (`rust-analyzer.procMacro`).";

const ANY_LOAD_FAILURE: &[Code] = &[
    Code::DylibMissing,
    Code::DylibCorrupt,
    Code::DylibWrongRustc,
];

/// What a text was recognised as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised<'catalogue> {
    /// The codes it points at, the likeliest first; empty where nothing is broken.
    pub codes: &'catalogue [Code],
    /// What it means, in one to three sentences.
    pub meaning: String,
    /// The entry of the catalogue, where it is from there.
    pub known: Option<Known<'catalogue>>,
    /// The dylib that the text names.
    pub dylib: Option<NamedDylib>,
}

/// A dylib that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedDylib {
    /// Its path as the text has it.
    pub path: Utf8PathBuf,
}

/// Recognises an error text of rust-analyzer, its proc-macro server, rustc, cargo, rustup or another tool of a build; `None` for any
/// other text.
#[must_use]
pub fn recognise<'catalogue>(
    text: &str,
    catalogue: &'catalogue Catalogue,
    facts: &Facts,
) -> Option<Recognised<'catalogue>> {
    let text = on_one_line(text);
    let listed = |rank| {
        let known = catalogue.recognise_of(rank, &text, facts)?;
        let codes = known.entry.codes.as_slice();
        Some((codes, known.meaning(), Some(known)))
    };
    let complaint = || {
        let recognised = rust_analyzer::recognise(&text)?;
        let (codes, meaning) = meaning_of(&recognised.complaint);
        Some((codes, meaning.to_owned(), None))
    };
    let (codes, meaning, known) = listed(Rank::Specific)
        .or_else(complaint)
        .or_else(|| listed(Rank::General))?;
    Some(Recognised {
        codes,
        meaning,
        known,
        dylib: named_dylib(&text),
    })
}

/// What rust-analyzer's complaint means and which codes it points at.
fn meaning_of(complaint: &Complaint) -> (&'static [Code], &'static str) {
    match complaint {
        Complaint::CannotLoad { failure, .. } => match failure {
            LoadFailure::Absent => (
                &[Code::DylibMissing],
                "rust-analyzer wanted to expand the macro, and its built library was not there.",
            ),
            LoadFailure::OtherRustc { .. } | LoadFailure::OtherMetadata => (
                &[Code::DylibWrongRustc],
                "The macro was built by another rustc than the one whose proc-macro server was to load it.",
            ),
            LoadFailure::Unreadable => (
                &[Code::DylibCorrupt],
                "The proc-macro server could not read the file as a library: it is damaged, cut short, or something else.",
            ),
            LoadFailure::Other(_) => (ANY_LOAD_FAILURE, CANNOT_LOAD),
        },
        Complaint::CauseHidden => (
            ANY_LOAD_FAILURE,
            "rust-analyzer could not load the macro, and an error of its own hides why. `sidecargo check` tells the cause.",
        ),
        Complaint::NotBuilt | Complaint::NoDylib => (
            &[Code::DylibMissing, Code::BuildFailed],
            "rust-analyzer has no built library for this macro: it is not built yet, or its build failed.",
        ),
        Complaint::NoMacros => (
            &[Code::DylibMissing, Code::DylibCorrupt],
            "rust-analyzer found no macros where it looked for them: the library is another one, or was not there.",
        ),
        Complaint::ServerGone => (&[], SERVER_DIED),
        Complaint::ServerNotStarted => (
            &[
                Code::ProcMacroServerMissing,
                Code::ToolchainComponentMissing,
            ],
            "rust-analyzer could not start its proc-macro server, so no macro expands.",
        ),
        Complaint::ServerTooNew => (
            &[Code::ProcMacroServerIncompatible, Code::RustAnalyzerTooOld],
            "rust-analyzer and the toolchain's proc-macro server speak different versions of their protocol.",
        ),
        Complaint::SwitchedOff => (&[], SWITCHED_OFF),
    }
}

impl NamedDylib {
    /// The crate that the file name tells, such as `tracing_attributes` for `libtracing_attributes-404da065c25ce003.so`.
    #[must_use]
    pub fn crate_name(&self) -> Option<CrateName> {
        let stem = self.path.file_stem()?;
        let name = stem.rsplit_once('-').map_or(stem, |(name, _hash)| name);
        let name = if self.path.extension() == Some("dll") {
            name
        } else {
            name.strip_prefix("lib").unwrap_or(name)
        };
        Some(CrateName::new(name))
    }

    /// The directory above `target`, which is the workspace's own in most projects.
    #[must_use]
    pub fn likely_workspace(&self) -> Option<&Utf8Path> {
        self.path
            .ancestors()
            .find(|directory| directory.file_name() == Some("target"))?
            .parent()
            .filter(|workspace| !workspace.as_str().is_empty())
    }
}

/// What stands before a path that may hold spaces.
const INTRODUCTIONS: &[&str] = &[
    "Cannot create expander for ",
    "Failed to get file metadata for ",
    "invalid metadata version found: ",
    "failed to mmap file '",
    "section in '",
    "registrar symbol in file ",
    "extern location for ",
    "proc-macro loading for ",
];

fn named_dylib(text: &str) -> Option<NamedDylib> {
    let introduced = INTRODUCTIONS.iter().find_map(|introduction| {
        let (_, after) = text.split_once(introduction)?;
        let path = after.get(..end_of_dylib_name(after)?)?;
        // A quoted sentence is not a path.
        (!path.contains(": ")).then_some(path)
    });
    let path = introduced.or_else(|| {
        let is_delimiter =
            |character: char| character.is_whitespace() || "'\"`()<>,".contains(character);
        text.split(is_delimiter)
            .find_map(|word| word.get(..end_of_dylib_name(word)?))
    })?;
    Some(NamedDylib { path: path.into() })
}

/// Where the first name of a dynamic library ends.
fn end_of_dylib_name(text: &str) -> Option<usize> {
    [".so", ".dylib", ".dll"]
        .into_iter()
        .flat_map(|extension| text.match_indices(extension))
        .map(|(start, extension)| start + extension.len())
        .filter(|&end| {
            let next = text.get(end..).and_then(|rest| rest.chars().next());
            next.is_none_or(|next| !next.is_alphanumeric() && next != '.' && next != '/')
                || text
                    .get(end..)
                    .is_some_and(|rest| rest == "." || rest.starts_with(". "))
        })
        .min()
}

#[cfg(test)]
mod tests;
