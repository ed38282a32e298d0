//! The texts by which known errors are recognised, with what each means. Data only.
//!
//! What rust-analyzer says of macros it cannot expand is read by [`crate::recognise`]; here is what others say, and where
//! more is to be told. Sources: rust-analyzer `proc-macro-srv` and `proc-macro-api` from 2020 to 2026, rustc 1.95, cargo 1.95,
//! rustup 1.28, glibc and dyld.

use crate::verdict::Code;

/// What several texts mean alike.
#[derive(Debug)]
pub(super) struct Sign {
    /// Any of them; `…` stands for whatever lies between two parts. Letter case does not matter.
    pub(super) texts: &'static [&'static str],
    /// The codes it points at, the likeliest first; empty where nothing is broken.
    pub(super) codes: &'static [Code],
    /// What it means, in one or two sentences.
    pub(super) meaning: &'static str,
}

pub(super) const ANY_LOAD_FAILURE: &[Code] = &[
    Code::DylibMissing,
    Code::DylibCorrupt,
    Code::DylibWrongRustc,
];

/// What says more than that a macro cannot be loaded; the first that fits decides.
pub(super) const SPECIFIC: &[Sign] = &[
    Sign {
        texts: &["version `GLIBC_…not found"],
        codes: &[Code::DylibWrongPlatform],
        meaning: "The library needs a newer C library than this machine has: it was built on a newer system.",
    },
    Sign {
        texts: &[
            "cannot open shared object file",
            "wrong ELF class",
            "invalid ELF header",
            "incompatible architecture",
            "not a mach-o file",
            "not a valid Win32 application",
        ],
        codes: &[Code::DylibWrongPlatform],
        meaning: "The system's loader refuses the file: it is for another platform, or a library that it needs is not on this machine.",
    },
    Sign {
        texts: &["Cannot find registrar symbol", "rustc_proc_macro_decls"],
        codes: &[Code::DylibCorrupt],
        meaning: "The file is a library, but not one of a proc macro of this compiler.",
    },
    Sign {
        texts: &["E0786", "found invalid metadata files for crate"],
        codes: &[Code::DylibCorrupt],
        meaning: "rustc found the library of a macro, or of another crate, and cannot read it. Cargo calls it fresh, so building again does not help.",
    },
    Sign {
        texts: &["invalid metadata version found"],
        codes: &[Code::DylibCorrupt, Code::DylibWrongRustc],
        meaning: "rustc's data in the file cannot be read: it is cut short or damaged, or a rustc of another version wrote it. `sidecargo check` tells which.",
    },
    Sign {
        texts: &["Cannot create expander for…permission denied"],
        codes: &[Code::DylibUnknown],
        meaning: "The library is there, and rust-analyzer may not read it: look at who owns the file.",
    },
    Sign {
        texts: &["E0514", "compiled by an incompatible version of rustc"],
        codes: &[Code::DylibWrongRustc],
        meaning: "rustc found a library that another rustc built, in this one's own place. Cargo calls it fresh, so building again does not help.",
    },
    Sign {
        texts: &[
            "target may not be installed",
            "can't find crate for `std`",
            "can't find crate for `core`",
        ],
        codes: &[Code::TargetNotInstalled],
        meaning: "The standard library for the chosen target is not installed in this toolchain.",
    },
    Sign {
        texts: &["E0463", "can't find crate for"],
        codes: &[Code::DylibCorrupt],
        meaning: "rustc cannot load a crate. If it is one that you do depend on, the library of a macro below it is often damaged: the error names the crate above.",
    },
    Sign {
        texts: &["extern location for…is not a file"],
        codes: &[Code::DylibCorrupt],
        meaning: "Something that is no file, such as a directory, lies where a library belongs.",
    },
    Sign {
        texts: &["type annotations needed for `Box<"],
        codes: &[Code::KnownBrokenDependency],
        meaning: "Versions of the crate `time` before 0.3.35 do not compile with rustc 1.80 and later.",
    },
    Sign {
        texts: &["unknown feature `proc_macro_span_shrink`"],
        codes: &[Code::KnownBrokenDependency],
        meaning: "Versions of the crate `proc-macro2` before 1.0.60 do not compile with newer nightlies.",
    },
    Sign {
        texts: &["RUSTC_BOOTSTRAP changed"],
        codes: &[Code::EnvironmentHazard],
        meaning: "RUSTC_BOOTSTRAP is set for one build and not for the other, so each rebuilds the other's work.",
    },
    Sign {
        texts: &["couldn't read…/out/…No such file"],
        codes: &[Code::DylibStale],
        meaning: "A file that a build script wrote is gone, and cargo does not bring it back.",
    },
    Sign {
        texts: &["Blocking waiting for file lock"],
        codes: &[],
        meaning: "Nothing is broken: another build, often rust-analyzer's own, is at work in this build directory. It goes on when that one ends.",
    },
    Sign {
        texts: &["lock file…--locked"],
        codes: &[Code::LockfileOutdated],
        meaning: "Cargo.lock would have to change to fit the manifests, and `--locked` forbids it.",
    },
    Sign {
        texts: &[
            "is not installed for the toolchain",
            "Unknown binary…in official toolchain",
        ],
        codes: &[Code::ToolchainComponentMissing],
        meaning: "The toolchain in use lacks the component that this program belongs to.",
    },
    Sign {
        texts: &["component…is unavailable for download"],
        codes: &[Code::ToolchainComponentMissing],
        meaning: "This toolchain was published without that component; take another date or channel.",
    },
    Sign {
        texts: &[
            "can't load standard library from sysroot",
            "installing `rust-src`",
        ],
        codes: &[Code::ToolchainComponentMissing],
        meaning: "rust-analyzer does not find the sources of the standard library.",
    },
    Sign {
        texts: &["toolchain…is not installed"],
        codes: &[Code::ToolchainNotInstalled],
        meaning: "The workspace or the environment names a toolchain that rustup does not have.",
    },
    Sign {
        texts: &[
            "requires rustc…or newer",
            "is not supported by the following package",
        ],
        codes: &[Code::ToolchainTooOld],
        meaning: "A dependency needs a newer rustc than the active one.",
    },
    Sign {
        texts: &["failed to parse manifest", "failed to load manifest"],
        codes: &[Code::WorkspaceUnreadable],
        meaning: "Cargo cannot read a manifest.",
    },
    Sign {
        texts: &["could not find `Cargo.toml`"],
        codes: &[Code::WorkspaceUnreadable],
        meaning: "There is no Cargo workspace at this place.",
    },
    Sign {
        texts: &["failed to select a version"],
        codes: &[Code::WorkspaceUnreadable],
        meaning: "Cargo finds no set of versions that fits all manifests.",
    },
    Sign {
        texts: &[
            "proc-macro failed to build",
            "failed to build proc-macro",
            "Failed to run build scripts of some packages",
        ],
        codes: &[Code::BuildFailed],
        meaning: "The build of macros and build scripts failed; rust-analyzer's log has the compiler's error.",
    },
    Sign {
        texts: &[
            "proc macro not found in the built dylib",
            "proc-macro index out of bounds",
        ],
        codes: &[Code::DylibStale],
        meaning: "The built library has other macros than the source that uses it: it is older, or it was rebuilt and rust-analyzer remembers the one before.",
    },
    Sign {
        texts: &["have changed and need to be rebuilt"],
        codes: &[Code::DylibStale],
        meaning: "A macro or build script was changed, and rust-analyzer waits to be told to rebuild it.",
    },
    Sign {
        texts: &["RUST_ANALYZER_INTERNALS_DO_NOT_USE"],
        codes: &[Code::ProcMacroServerMissing],
        meaning: "The proc-macro server says this to whoever starts it by hand; rust-analyzer starts it the right way.",
    },
    Sign {
        texts: &["inotify…limit", "file watch limit"],
        codes: &[Code::WatchDegraded],
        meaning: "The system's limit of file watches is used up.",
    },
];

/// What says little by itself: looked at when nothing else was recognised.
pub(super) const GENERAL: &[Sign] = &[
    Sign {
        texts: &["Failed spawning proc-macro server"],
        codes: &[
            Code::ProcMacroServerMissing,
            Code::ToolchainComponentMissing,
        ],
        meaning: "rust-analyzer could not start its proc-macro server, so no macro expands.",
    },
    Sign {
        texts: &["proc-macro server for workspace…exited"],
        codes: &[],
        meaning: super::recognise::SERVER_DIED,
    },
    Sign {
        texts: &["proc-macro-disabled", "attribute-expansion-disabled"],
        codes: &[],
        meaning: super::recognise::SWITCHED_OFF,
    },
    Sign {
        texts: &["Cannot create expander for", "failed to load macro"],
        codes: ANY_LOAD_FAILURE,
        meaning: super::recognise::CANNOT_LOAD,
    },
    Sign {
        texts: &["proc macro server error"],
        codes: ANY_LOAD_FAILURE,
        meaning: "The proc-macro server could not do what rust-analyzer asked of it, mostly to load a library. `sidecargo check` tells why.",
    },
    Sign {
        texts: &["unresolved-proc-macro", "proc macro…not expanded"],
        codes: &[Code::DylibMissing, Code::BuildFailed],
        meaning: "An older rust-analyzer marks with this every use of a macro that it could not load.",
    },
    Sign {
        texts: &["proc macro returned error"],
        codes: &[],
        meaning: "The macro ran and reported an error of its own: its input is what it does not like.",
    },
    Sign {
        texts: &["proc-macro panicked", "proc macro panicked"],
        codes: &[],
        meaning: "The macro ran and failed on its input: that is an error of the macro or of how it is used, not of its built library.",
    },
];
