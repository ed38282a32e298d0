//! What a look at a dylib can bring: the data that the verdict judges. Holds no reading and no judging.

use std::fmt;
use std::fs::Permissions;
use std::io;

use super::glibc::GlibcVersion;
use super::platform::DylibPlatform;

/// What was found at a path where a proc-macro dylib should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DylibObservation {
    /// Nothing that could be opened; cargo builds it anew by itself.
    Missing(Absence),
    /// The system refused to let it be read, which says nothing about the dylib.
    Unreadable {
        /// The kind of refusal, such as a lack of permission.
        kind: io::ErrorKind,
        /// The system's own words.
        message: String,
    },
    /// It changed each time that it was read: somebody is writing it now.
    Changing,
    /// Something is there.
    Present(DylibReport),
}

/// How a dylib is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absence {
    /// No entry of that name.
    NoEntry,
    /// A symbolic link that leads nowhere.
    DanglingSymlink,
}

/// What lies at a dylib's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DylibReport {
    /// Length of the file in bytes.
    pub size: u64,
    /// Whether it may be written over.
    pub access: FileAccess,
    /// What it was linked for, where the header can still be read; known for damaged files too.
    pub platform: Option<DylibPlatform>,
    /// What it says of itself, or why it cannot serve as a proc-macro dylib.
    pub content: Result<DylibFacts, Damage>,
}

/// Whether a file may be written over. Rustc asks for the permission itself before it writes and so refuses a read-only file even to
/// those who may write anywhere (`rustc_codegen_ssa`, `check_file_is_writeable`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
#[non_exhaustive]
pub enum FileAccess {
    Writable,
    ReadOnly,
}

impl FileAccess {
    /// What these permissions allow.
    #[must_use]
    pub fn of(permissions: &Permissions) -> Self {
        if permissions.readonly() {
            Self::ReadOnly
        } else {
            Self::Writable
        }
    }
}

/// What a sound proc-macro dylib says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DylibFacts {
    /// What rustc wrote about the crate.
    pub metadata: Metadata,
    /// The crate's name, with underscores, from the symbol `rust_metadata_<crate>_<id>`.
    pub crate_name: Option<String>,
    /// Whether it exports the symbol that rustc gives to proc macros.
    pub proc_macro_symbol: ProcMacroSymbol,
    /// The newest glibc that it asks for; `None` where it asks for none.
    pub required_glibc: Option<GlibcVersion>,
}

impl DylibFacts {
    /// Facts of a file that was too large in its parts to be read within bounds.
    pub(super) fn undetermined() -> Self {
        Self {
            metadata: Metadata::NotDetermined,
            crate_name: None,
            proc_macro_symbol: ProcMacroSymbol::NotDetermined,
            required_glibc: None,
        }
    }

    /// The rustc that built it, as `rustc --version` prints it: `rustc 1.95.0 (59807616e 2026-04-14)`.
    #[must_use]
    pub fn built_by(&self) -> Option<&str> {
        match &self.metadata {
            Metadata::Present { built_by, .. } => built_by.as_deref(),
            Metadata::Absent | Metadata::NotDetermined => None,
        }
    }

    /// The version of rustc's metadata format, 10 for rustc 1.95.
    #[cfg(test)]
    pub(super) fn metadata_version(&self) -> Option<u32> {
        match self.metadata {
            Metadata::Present { version, .. } => Some(version),
            Metadata::Absent | Metadata::NotDetermined => None,
        }
    }
}

/// The `.rustc` section, in which rustc describes the crate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Metadata {
    /// There is no such section, as after `llvm-strip` without options. Every rustc from 1.63 to 1.97 refuses the dylib
    /// then (E0786); one to come may keep its metadata elsewhere, so whether this is damage depends on the toolchain.
    Absent,
    /// The file is too large in its parts to tell within bounds.
    NotDetermined,
    /// The section is there.
    Present {
        /// Version of the format.
        version: u32,
        /// The rustc that wrote it, unless this version of the format is unknown.
        built_by: Option<String>,
    },
}

/// The exported symbol `__rustc_proc_macro_decls_<id>__`, by which a proc-macro server finds the macros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProcMacroSymbol {
    /// It is exported.
    Exported,
    /// The exports could not be read within bounds, or are kept in a form that is not read here.
    NotDetermined,
}

/// Why what lies at a dylib's path cannot serve as one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// A file without a byte.
    Empty,
    /// The headers promise more bytes than the file has.
    Truncated {
        /// The end of the last part that the readable headers speak of: the file had this many bytes at least.
        promised: u64,
        /// The bytes that are there.
        found: u64,
    },
    /// Not a file at all.
    NotAFile(EntryKind),
    /// A file of another kind.
    NotADylib(FileKind),
    /// A sound dynamic library, but without the symbol that rustc gives to proc macros.
    NotAProcMacro,
    /// This part is blank or contradicts the others, though no byte is missing.
    Altered(Part),
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("empty"),
            Self::Truncated { promised, found } => {
                write!(formatter, "cut short: {found} of {promised} bytes")
            }
            Self::NotAFile(kind) => write!(formatter, "{kind}, not a file"),
            Self::NotADylib(kind) => write!(formatter, "{kind}, not a dynamic library"),
            Self::NotAProcMacro => formatter.write_str("a dynamic library, but no proc macro"),
            Self::Altered(part) => write!(formatter, "altered: {part} cannot be read"),
        }
    }
}

/// What can lie at a path instead of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
    /// Something that this platform knows and the others do not.
    Other,
}

impl fmt::Display for EntryKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Directory => "a directory",
            Self::Fifo => "a named pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::Other => "a special entry",
        })
    }
}

/// What a file that is no dynamic library is instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// It begins with nothing but zero bytes, as a file does whose blocks were never written.
    Zeros,
    /// A stand-in that Git LFS leaves where it has not fetched the file.
    GitLfsPointer,
    /// Readable text.
    Text {
        /// Its first line, at most 80 characters of it.
        first_line: String,
    },
    /// A program.
    Executable,
    /// An object file, not yet linked.
    Object,
    /// A memory image of a dead process.
    CoreDump,
    /// Debug information split off from a library.
    DebugInfo,
    /// A static library, which an `.rlib` is too.
    Archive,
    /// Metadata of a Rust crate alone, as in an `.rmeta` file.
    RustMetadata,
    /// A WebAssembly module.
    WebAssembly,
    /// Nothing that is known here.
    Unknown,
}

impl fmt::Display for FileKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Zeros => "a file of zeros",
            Self::GitLfsPointer => "a Git LFS pointer",
            Self::Text { .. } => "a text file",
            Self::Executable => "a program",
            Self::Object => "an object file",
            Self::CoreDump => "a core dump",
            Self::DebugInfo => "split-off debug information",
            Self::Archive => "a static library",
            Self::RustMetadata => "crate metadata (.rmeta)",
            Self::WebAssembly => "a WebAssembly module",
            Self::Unknown => "a file of unknown kind",
        })
    }
}

/// A part of a dylib that can be found altered without reading all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The file header.
    FileHeader,
    /// The table of segments to load, which Mach-O keeps as load commands.
    SegmentHeaders,
    /// The table of sections.
    SectionHeaders,
    /// The names of the sections.
    SectionNames,
    /// What the dynamic linker is told.
    DynamicSection,
    /// The table of exported and imported symbols.
    SymbolTable,
    /// The names of those symbols.
    SymbolNames,
    /// The hash table by which those symbols are found.
    SymbolHash,
    /// The versions of other libraries that are asked for.
    SymbolVersions,
    /// What rustc wrote about the crate.
    Metadata,
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::FileHeader => "the file header",
            Self::SegmentHeaders => "the segment headers",
            Self::SectionHeaders => "the section headers",
            Self::SectionNames => "the section names",
            Self::DynamicSection => "the dynamic section",
            Self::SymbolTable => "the symbol table",
            Self::SymbolNames => "the symbol names",
            Self::SymbolHash => "the symbol hash table",
            Self::SymbolVersions => "the symbol versions",
            Self::Metadata => "the crate metadata",
        })
    }
}

/// Why the reading of a file ended before all was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The file is damaged.
    Damaged(Damage),
    /// A part lies within the file, but could not be had: it is over the bounds, or the system failed to read it.
    OutOfReach,
}

impl From<Damage> for Stop {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

/// What a reader of one object format brings back.
#[derive(Debug)]
pub(super) struct Examination {
    pub(super) platform: Option<DylibPlatform>,
    pub(super) content: Result<DylibFacts, Damage>,
}

impl Examination {
    pub(super) fn new(platform: Option<DylibPlatform>, outcome: Result<DylibFacts, Stop>) -> Self {
        let content = match outcome {
            Ok(facts) => Ok(facts),
            Err(Stop::Damaged(damage)) => Err(damage),
            Err(Stop::OutOfReach) => Ok(DylibFacts::undetermined()),
        };
        Self { platform, content }
    }
}
