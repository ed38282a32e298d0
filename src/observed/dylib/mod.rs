//! What a proc-macro dylib says of itself: its platform, the rustc that built it, the crate it belongs to.
//!
//! Reads bounded parts of the file and never loads or maps it: a build may cut it short under our eyes. Knows
//! nothing of what the workspace expects; whether crate, rustc and platform are the right ones is the verdict's.

mod elf;
mod extent;
mod file_kind;
mod glibc;
mod mach_o;
mod marks;
mod metadata;
mod observe;
mod pe;
mod platform;
mod report;
mod snappy;
mod source;
mod strings;

#[cfg(test)]
mod tests;

pub use glibc::{GlibcVersion, machine_glibc};
pub use observe::read;
pub use platform::{
    Architecture, ByteOrder, DylibPlatform, HostPlatform, InstructionSet, ObjectFormat,
    PlatformMismatch, PointerWidth,
};
pub use report::{
    Absence, Damage, DylibFacts, DylibObservation, DylibReport, EntryKind, FileAccess, FileKind,
    Metadata, Part, ProcMacroSymbol,
};
