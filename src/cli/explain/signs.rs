//! The texts by which known errors are recognised, today's and old ones, each with what it means. Data only.
//!
//! Sources: rust-analyzer `proc-macro-srv`, `proc-macro-api`, `hir-expand` and `base-db` from 2020 to 2026, rustc 1.95, cargo 1.95, rustup 1.28.

use crate::verdict::Code;

/// A text to be recognised.
#[derive(Debug)]
pub(super) struct Sign {
    /// These occur in the text, in this order; letter case does not matter.
    pub(super) parts: &'static [&'static str],
    /// The codes it points at, the likeliest first; empty where nothing is broken.
    pub(super) codes: &'static [Code],
    /// What it means, in one or two sentences.
    pub(super) meaning: &'static str,
}

const fn sign(
    parts: &'static [&'static str],
    codes: &'static [Code],
    meaning: &'static str,
) -> Sign {
    Sign {
        parts,
        codes,
        meaning,
    }
}

const MISSING: &[Code] = &[Code::DylibMissing];
const CORRUPT: &[Code] = &[Code::DylibCorrupt];
const WRONG_RUSTC: &[Code] = &[Code::DylibWrongRustc];
const WRONG_PLATFORM: &[Code] = &[Code::DylibWrongPlatform];
const CORRUPT_OR_WRONG_RUSTC: &[Code] = &[Code::DylibCorrupt, Code::DylibWrongRustc];
const NOT_BUILT: &[Code] = &[Code::DylibMissing, Code::BuildFailed];
const SERVER_MISSING: &[Code] = &[
    Code::ProcMacroServerMissing,
    Code::ToolchainComponentMissing,
];
const NOT_UNDERSTOOD: &[Code] = &[Code::ProcMacroServerIncompatible, Code::RustAnalyzerTooOld];
const SOURCES_MISSING: &[Code] = &[Code::ToolchainComponentMissing];

const CANNOT_LOAD: &str = "The proc-macro server could not read the file as a library: it is damaged, cut short, or something else.";
const OTHER_RUSTC: &str =
    "The macro was built by another rustc than the one whose proc-macro server was to load it.";
const CANNOT_TELL: &str = "The proc-macro server could not read rustc's data in the file: it is cut short or damaged, or a rustc of another version wrote it. `sidecargo check` tells which.";
const OTHER_PLATFORM: &str = "The system's loader refuses the file: it is for another platform, or a library that it needs is not on this machine.";
const NO_MACROS: &str = "The file is a library, but not one of a proc macro of this compiler.";
const NOT_YET: &str =
    "rust-analyzer has no built library for this macro: it is not built yet, or its build failed.";
const BUILD_FAILED: &str =
    "The build of macros and build scripts failed; rust-analyzer's log has the compiler's error.";
const SERVER_DIED: &str = "The proc-macro server ended in the middle of its work: a macro crashed it, or the system stopped it for want of memory. Restart rust-analyzer; `sidecargo check --probe` tells which library cannot be loaded.";
const SWITCHED_OFF: &str =
    "Nothing is broken: the editor's settings switch this off (`rust-analyzer.procMacro`).";
const NO_SERVER: &str = "rust-analyzer could not start its proc-macro server, so no macro expands.";
const VERSIONS_APART: &str = "rust-analyzer and the toolchain's proc-macro server speak different versions of their protocol.";

/// Every text that is recognised; what says more stands before what says less.
pub(super) const SIGNS: &[Sign] = &[
    // The loader's own words, whoever passes them on.
    sign(
        &["version `GLIBC_", "not found"],
        WRONG_PLATFORM,
        "The library needs a newer C library than this machine has: it was built on a newer system.",
    ),
    sign(
        &["cannot open shared object file"],
        WRONG_PLATFORM,
        OTHER_PLATFORM,
    ),
    sign(&["wrong ELF class"], WRONG_PLATFORM, OTHER_PLATFORM),
    sign(&["invalid ELF header"], WRONG_PLATFORM, OTHER_PLATFORM),
    sign(
        &["incompatible architecture"],
        WRONG_PLATFORM,
        OTHER_PLATFORM,
    ),
    sign(&["not a mach-o file"], WRONG_PLATFORM, OTHER_PLATFORM),
    sign(
        &["not a valid Win32 application"],
        WRONG_PLATFORM,
        OTHER_PLATFORM,
    ),
    // The proc-macro server's reasons.
    sign(&["mismatched ABI"], WRONG_RUSTC, OTHER_RUSTC),
    sign(&["rustc version mismatch"], WRONG_RUSTC, OTHER_RUSTC),
    sign(&["unsupported metadata version"], WRONG_RUSTC, OTHER_RUSTC),
    sign(&["unsupported ABI"], WRONG_RUSTC, OTHER_RUSTC),
    sign(&["UnsupportedABI"], WRONG_RUSTC, OTHER_RUSTC),
    sign(&["Could not read file magic"], CORRUPT, CANNOT_LOAD),
    sign(&["Unknown file magic"], CORRUPT, CANNOT_LOAD),
    sign(&["Invalid ELF"], CORRUPT, CANNOT_LOAD),
    sign(&["Invalid Mach-O"], CORRUPT, CANNOT_LOAD),
    sign(&["Invalid PE"], CORRUPT, CANNOT_LOAD),
    sign(&["failed to mmap file"], CORRUPT, CANNOT_LOAD),
    sign(
        &["memory map must have a non-zero length"],
        CORRUPT,
        CANNOT_LOAD,
    ),
    sign(&["section read error"], CORRUPT, CANNOT_LOAD),
    sign(&["no `.rustc` section"], CORRUPT, CANNOT_LOAD),
    sign(&["unknown metadata magic"], CORRUPT, CANNOT_LOAD),
    sign(
        &["Cannot create expander for", "No such device"],
        CORRUPT,
        CANNOT_LOAD,
    ),
    sign(&["Cannot find registrar symbol"], CORRUPT, NO_MACROS),
    sign(&["rustc_proc_macro_decls"], CORRUPT, NO_MACROS),
    sign(
        &["E0786"],
        CORRUPT,
        "rustc found the library of a macro, or of another crate, and cannot read it. Cargo calls it fresh, so building again does not help.",
    ),
    sign(
        &["found invalid metadata files for crate"],
        CORRUPT,
        "rustc found the library of a macro, or of another crate, and cannot read it. Cargo calls it fresh, so building again does not help.",
    ),
    sign(
        &["invalid metadata version found"],
        CORRUPT_OR_WRONG_RUSTC,
        CANNOT_TELL,
    ),
    sign(
        &["Failed to get file metadata for"],
        MISSING,
        "An older rust-analyzer says with this that the macro's built library was gone when it wanted to expand it.",
    ),
    sign(
        &["Cannot create expander for", "No such file or directory"],
        MISSING,
        "rust-analyzer wanted to expand the macro and its built library was not there.",
    ),
    sign(
        &["Cannot create expander for", "cannot find the"],
        MISSING,
        "rust-analyzer wanted to expand the macro and its built library was not there.",
    ),
    sign(
        &["Cannot create expander for", "ermission denied"],
        &[Code::DylibUnknown],
        "The library is there, and rust-analyzer may not read it: look at who owns the file.",
    ),
    sign(
        &["proc-macro map is missing error entry"],
        &[
            Code::DylibMissing,
            Code::DylibCorrupt,
            Code::DylibWrongRustc,
        ],
        "rust-analyzer could not load the macro, and an error of its own hides why. `sidecargo check` tells the cause.",
    ),
    sign(
        &["Cannot create expander for"],
        &[
            Code::DylibCorrupt,
            Code::DylibMissing,
            Code::DylibWrongRustc,
        ],
        "rust-analyzer could not load the macro's built library. `sidecargo check` tells why.",
    ),
    sign(
        &["Proc-macro dylib loading failed"],
        &[Code::DylibMissing, Code::DylibCorrupt],
        "An older rust-analyzer could not load the macro's built library.",
    ),
    // rustc and cargo.
    sign(
        &["E0514"],
        WRONG_RUSTC,
        "rustc found a library that another rustc built, in this one's own place. Cargo calls it fresh, so building again does not help.",
    ),
    sign(
        &["compiled by an incompatible version of rustc"],
        WRONG_RUSTC,
        "rustc found a library that another rustc built, in this one's own place. Cargo calls it fresh, so building again does not help.",
    ),
    sign(
        &["target may not be installed"],
        &[Code::TargetNotInstalled],
        "The standard library for the chosen target is not installed in this toolchain.",
    ),
    sign(
        &["can't find crate for `std`"],
        &[Code::TargetNotInstalled],
        "The standard library for the chosen target is not installed in this toolchain.",
    ),
    sign(
        &["can't find crate for `core`"],
        &[Code::TargetNotInstalled],
        "The standard library for the chosen target is not installed in this toolchain.",
    ),
    sign(
        &["E0463"],
        CORRUPT,
        "rustc cannot load a crate. If it is one that you do depend on, the library of a macro below it is often damaged: the error names the crate above.",
    ),
    sign(
        &["can't find crate for"],
        CORRUPT,
        "rustc cannot load a crate. If it is one that you do depend on, the library of a macro below it is often damaged: the error names the crate above.",
    ),
    sign(
        &["extern location for", "is not a file"],
        CORRUPT,
        "Something that is no file, such as a directory, lies where a library belongs.",
    ),
    sign(
        &["type annotations needed for `Box<"],
        &[Code::KnownBrokenDependency],
        "Versions of the crate `time` before 0.3.35 do not compile with rustc 1.80 and later.",
    ),
    sign(
        &["unknown feature `proc_macro_span_shrink`"],
        &[Code::KnownBrokenDependency],
        "Versions of the crate `proc-macro2` before 1.0.60 do not compile with newer nightlies.",
    ),
    sign(
        &["RUSTC_BOOTSTRAP changed"],
        &[Code::EnvironmentHazard],
        "RUSTC_BOOTSTRAP is set for one build and not for the other, so each rebuilds the other's work.",
    ),
    sign(
        &["couldn't read", "/out/", "No such file"],
        &[Code::DylibStale],
        "A file that a build script wrote is gone, and cargo does not bring it back.",
    ),
    sign(
        &["Blocking waiting for file lock"],
        &[],
        "Nothing is broken: another build, often rust-analyzer's own, is at work in this build directory. It goes on when that one ends.",
    ),
    sign(
        &["lock file", "--locked"],
        &[Code::LockfileOutdated],
        "Cargo.lock would have to change to fit the manifests, and `--locked` forbids it.",
    ),
    sign(
        &["is not installed for the toolchain"],
        SOURCES_MISSING,
        "The toolchain in use lacks the component that this program belongs to.",
    ),
    sign(
        &["Unknown binary", "in official toolchain"],
        SOURCES_MISSING,
        "The toolchain in use lacks the component that this program belongs to.",
    ),
    sign(
        &["component", "is unavailable for download"],
        SOURCES_MISSING,
        "This toolchain was published without that component; take another date or channel.",
    ),
    sign(
        &["can't load standard library from sysroot"],
        SOURCES_MISSING,
        "rust-analyzer does not find the sources of the standard library.",
    ),
    sign(
        &["installing `rust-src`"],
        SOURCES_MISSING,
        "rust-analyzer does not find the sources of the standard library.",
    ),
    sign(
        &["toolchain", "is not installed"],
        &[Code::ToolchainNotInstalled],
        "The workspace or the environment names a toolchain that rustup does not have.",
    ),
    sign(
        &["requires rustc", "or newer"],
        &[Code::ToolchainTooOld],
        "A dependency needs a newer rustc than the active one.",
    ),
    sign(
        &["is not supported by the following package"],
        &[Code::ToolchainTooOld],
        "A dependency needs a newer rustc than the active one.",
    ),
    sign(
        &["failed to parse manifest"],
        &[Code::WorkspaceUnreadable],
        "Cargo cannot read a manifest.",
    ),
    sign(
        &["could not find `Cargo.toml`"],
        &[Code::WorkspaceUnreadable],
        "There is no Cargo workspace at this place.",
    ),
    sign(
        &["failed to load manifest"],
        &[Code::WorkspaceUnreadable],
        "Cargo cannot read a manifest.",
    ),
    sign(
        &["failed to select a version"],
        &[Code::WorkspaceUnreadable],
        "Cargo finds no set of versions that fits all manifests.",
    ),
    // rust-analyzer, by what it could not do.
    sign(&["proc-macro not yet built"], NOT_BUILT, NOT_YET),
    sign(&["proc-macro has not been built yet"], NOT_BUILT, NOT_YET),
    sign(
        &["proc-macro failed to build"],
        &[Code::BuildFailed],
        BUILD_FAILED,
    ),
    sign(
        &["failed to build proc-macro"],
        &[Code::BuildFailed],
        BUILD_FAILED,
    ),
    sign(
        &["Failed to run build scripts of some packages"],
        &[Code::BuildFailed],
        BUILD_FAILED,
    ),
    sign(&["did not build proc-macro artifact"], NOT_BUILT, NOT_YET),
    sign(&["dylib path is missing"], NOT_BUILT, NOT_YET),
    sign(&["build data is missing dylib path"], NOT_BUILT, NOT_YET),
    sign(
        &["proc-macro crate is missing its build data"],
        NOT_BUILT,
        NOT_YET,
    ),
    sign(&["proc macro crate is missing dylib"], NOT_BUILT, NOT_YET),
    sign(&["no proc macro dylib present"], NOT_BUILT, NOT_YET),
    sign(&["No proc-macros present for crate"], NOT_BUILT, NOT_YET),
    sign(&["no proc macros for crate"], NOT_BUILT, NOT_YET),
    sign(&["missing expander"], NOT_BUILT, NOT_YET),
    sign(
        &["proc macro library has no proc macros"],
        CORRUPT,
        NO_MACROS,
    ),
    sign(
        &["proc macro library returned no proc macros"],
        CORRUPT,
        NO_MACROS,
    ),
    sign(
        &["proc macro not found in the built dylib"],
        &[Code::DylibStale],
        "The built library does not have this macro: it is older than the source that uses it.",
    ),
    sign(
        &["proc-macro index out of bounds"],
        &[Code::DylibStale],
        "The built library has fewer macros than rust-analyzer remembers: it was rebuilt since. Rebuild proc macros in the editor.",
    ),
    sign(
        &["have changed and need to be rebuilt"],
        &[Code::DylibStale],
        "A macro or build script was changed, and rust-analyzer waits to be told to rebuild it.",
    ),
    sign(&["proc-macro expansion is disabled"], &[], SWITCHED_OFF),
    sign(&["proc-macro is explicitly disabled"], &[], SWITCHED_OFF),
    sign(
        &["attribute macro expansion is disabled"],
        &[],
        SWITCHED_OFF,
    ),
    sign(&["proc-macro-disabled"], &[], SWITCHED_OFF),
    sign(&["attribute-expansion-disabled"], &[], SWITCHED_OFF),
    sign(
        &["proc-macro server is too new"],
        NOT_UNDERSTOOD,
        VERSIONS_APART,
    ),
    sign(
        &["proc-macro server's api version", "is newer"],
        NOT_UNDERSTOOD,
        VERSIONS_APART,
    ),
    sign(
        &["Failed to run proc-macro server"],
        SERVER_MISSING,
        NO_SERVER,
    ),
    sign(
        &["Failed spawning proc-macro server"],
        SERVER_MISSING,
        NO_SERVER,
    ),
    sign(
        &["proc-macro-srv is not running"],
        SERVER_MISSING,
        NO_SERVER,
    ),
    sign(
        &["RUST_ANALYZER_INTERNALS_DO_NOT_USE"],
        &[Code::ProcMacroServerMissing],
        "The proc-macro server says this to whoever starts it by hand; rust-analyzer starts it the right way.",
    ),
    sign(&["proc-macro server exited"], &[], SERVER_DIED),
    sign(
        &["proc-macro server for workspace", "exited"],
        &[],
        SERVER_DIED,
    ),
    sign(&["proc-macro server workers have exited"], &[], SERVER_DIED),
    sign(&["proc macro server crashed"], &[], SERVER_DIED),
    sign(&["proc-macro server did not respond"], &[], SERVER_DIED),
    sign(
        &["inotify", "limit"],
        &[Code::WatchDegraded],
        "The system's limit of file watches is used up.",
    ),
    sign(
        &["file watch limit"],
        &[Code::WatchDegraded],
        "The system's limit of file watches is used up.",
    ),
    sign(
        &["failed to load macro"],
        &[
            Code::DylibMissing,
            Code::DylibCorrupt,
            Code::DylibWrongRustc,
        ],
        "rust-analyzer could not load the macro's built library. `sidecargo check` tells why.",
    ),
    sign(
        &["proc macro server error"],
        &[
            Code::DylibMissing,
            Code::DylibCorrupt,
            Code::DylibWrongRustc,
        ],
        "The proc-macro server could not do what rust-analyzer asked of it, mostly to load a library. `sidecargo check` tells why.",
    ),
    sign(
        &["unresolved-proc-macro"],
        NOT_BUILT,
        "An older rust-analyzer marks with this every use of a macro that it could not load.",
    ),
    sign(
        &["proc macro", "not expanded"],
        NOT_BUILT,
        "An older rust-analyzer says with this that it could not load the macro.",
    ),
    sign(
        &["proc macro returned error"],
        &[],
        "The macro ran and reported an error of its own: its input is what it does not like.",
    ),
    sign(
        &["proc-macro panicked"],
        &[],
        "The macro ran and failed on its input: that is an error of the macro or of how it is used, not of its built library.",
    ),
    sign(
        &["proc macro panicked"],
        &[],
        "The macro ran and failed on its input: that is an error of the macro or of how it is used, not of its built library.",
    ),
];
