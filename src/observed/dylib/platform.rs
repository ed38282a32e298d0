//! What a dylib was linked for, and whether a host platform can load that. Pure: reads nothing.

use std::fmt;

use thiserror::Error;

/// The file formats of dynamic libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectFormat {
    /// Linux, Android, the BSDs, illumos.
    Elf,
    /// macOS.
    MachO,
    /// Windows.
    Pe,
}

impl fmt::Display for ObjectFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Elf => "ELF",
            Self::MachO => "Mach-O",
            Self::Pe => "PE",
        })
    }
}

/// Families of processors, apart from the size of their pointers and the order of their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
#[non_exhaustive]
pub enum InstructionSet {
    X86,
    X86_64,
    Arm,
    Aarch64,
    RiscV,
    PowerPc,
    PowerPc64,
    S390x,
    LoongArch,
    Mips,
    Sparc,
    Sparc64,
    M68k,
    Csky,
    Hexagon,
    /// One that rustc has no host for, by the number that the file gives it.
    Other(u32),
}

/// Bits of a pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PointerWidth {
    /// 32 bits.
    Bits32,
    /// 64 bits.
    Bits64,
}

/// Order of the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ByteOrder {
    /// The lowest byte first.
    Little,
    /// The highest byte first.
    Big,
}

/// What machine code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Architecture {
    /// Family of processors.
    pub instruction_set: InstructionSet,
    /// Bits of a pointer.
    pub pointer_width: PointerWidth,
    /// Order of the bytes of a number.
    pub byte_order: ByteOrder,
}

impl Architecture {
    pub(super) const fn little(
        instruction_set: InstructionSet,
        pointer_width: PointerWidth,
    ) -> Self {
        Self {
            instruction_set,
            pointer_width,
            byte_order: ByteOrder::Little,
        }
    }

    pub(super) const fn big(instruction_set: InstructionSet, pointer_width: PointerWidth) -> Self {
        Self {
            instruction_set,
            pointer_width,
            byte_order: ByteOrder::Big,
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ByteOrder::{Big, Little};
        use PointerWidth::{Bits32, Bits64};
        let name = match (self.instruction_set, self.pointer_width, self.byte_order) {
            (InstructionSet::X86, ..) => "x86",
            (InstructionSet::X86_64, Bits64, _) => "x86-64",
            (InstructionSet::X86_64, Bits32, _) => "x86-64 with 32-bit pointers",
            (InstructionSet::Arm, _, Little) => "arm",
            (InstructionSet::Arm, _, Big) => "big-endian arm",
            (InstructionSet::Aarch64, Bits64, Little) => "arm64",
            (InstructionSet::Aarch64, Bits64, Big) => "big-endian arm64",
            (InstructionSet::Aarch64, Bits32, _) => "arm64 with 32-bit pointers",
            (InstructionSet::RiscV, Bits64, _) => "riscv64",
            (InstructionSet::RiscV, Bits32, _) => "riscv32",
            (InstructionSet::PowerPc, ..) => "powerpc",
            (InstructionSet::PowerPc64, _, Big) => "powerpc64",
            (InstructionSet::PowerPc64, _, Little) => "powerpc64le",
            (InstructionSet::S390x, ..) => "s390x",
            (InstructionSet::LoongArch, Bits64, _) => "loongarch64",
            (InstructionSet::LoongArch, Bits32, _) => "loongarch32",
            (InstructionSet::Mips, Bits32, Big) => "mips",
            (InstructionSet::Mips, Bits32, Little) => "mipsel",
            (InstructionSet::Mips, Bits64, Big) => "mips64",
            (InstructionSet::Mips, Bits64, Little) => "mips64el",
            (InstructionSet::Sparc, ..) => "sparc",
            (InstructionSet::Sparc64, ..) => "sparc64",
            (InstructionSet::M68k, ..) => "m68k",
            (InstructionSet::Csky, ..) => "csky",
            (InstructionSet::Hexagon, ..) => "hexagon",
            (InstructionSet::Other(number), ..) => {
                return write!(formatter, "machine {number:#x}");
            }
        };
        formatter.write_str(name)
    }
}

/// What a dylib was linked for, by its own header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DylibPlatform {
    /// Format of the file.
    pub format: ObjectFormat,
    /// The architecture; several in a universal Mach-O file.
    pub architectures: Vec<Architecture>,
}

impl DylibPlatform {
    pub(super) fn single(format: ObjectFormat, architecture: Architecture) -> Self {
        Self {
            format,
            architectures: vec![architecture],
        }
    }
}

impl fmt::Display for DylibPlatform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.format)?;
        for (index, architecture) in self.architectures.iter().enumerate() {
            let joint = if index == 0 { " " } else { " and " };
            write!(formatter, "{joint}{architecture}")?;
        }
        Ok(())
    }
}

/// A dylib of another platform than the host's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlatformMismatch {
    /// A format of another operating system.
    #[error("{found} library where {wanted} is needed")]
    Format {
        /// Format of the dylib.
        found: ObjectFormat,
        /// Format of the host's libraries.
        wanted: ObjectFormat,
    },
    /// Code of another processor.
    #[error("library for {} where {wanted} is needed", Listed(.found))]
    Architecture {
        /// Architectures of the dylib.
        found: Vec<Architecture>,
        /// The host's architecture.
        wanted: Architecture,
    },
}

struct Listed<'list>(&'list [Architecture]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&names.join(" and "))
    }
}

/// The platform that proc macros must be built for, as far as its triple tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostPlatform {
    /// Format of its libraries; `None` for a system that is not known here.
    pub format: Option<ObjectFormat>,
    /// Its architecture; `None` for one that is not known here.
    pub architecture: Option<Architecture>,
}

impl HostPlatform {
    /// Understands the `host:` line of `rustc -vV`, such as `x86_64-unknown-linux-gnu`.
    #[must_use]
    pub fn of_triple(triple: &str) -> Self {
        let (processor, system) = triple.split_once('-').unwrap_or((triple, ""));
        Self {
            format: format_of(system),
            architecture: architecture_of(processor, system),
        }
    }

    /// Whether this host loads such a dylib; what is not known about the host is not held against the dylib.
    ///
    /// # Errors
    ///
    /// Says what differs, format before architecture.
    pub fn accepts(&self, dylib: &DylibPlatform) -> Result<(), PlatformMismatch> {
        if let Some(wanted) = self.format
            && wanted != dylib.format
        {
            return Err(PlatformMismatch::Format {
                found: dylib.format,
                wanted,
            });
        }
        if let Some(wanted) = self.architecture
            && !dylib.architectures.contains(&wanted)
        {
            return Err(PlatformMismatch::Architecture {
                found: dylib.architectures.clone(),
                wanted,
            });
        }
        Ok(())
    }
}

fn format_of(system: &str) -> Option<ObjectFormat> {
    const ELF_SYSTEMS: [&str; 15] = [
        "linux",
        "android",
        "freebsd",
        "netbsd",
        "openbsd",
        "dragonfly",
        "illumos",
        "solaris",
        "haiku",
        "fuchsia",
        "hurd",
        "redox",
        "nto",
        "managarm",
        "hermit",
    ];
    // Vendor, system and environment; the vendor may be left out (`aarch64-linux-android`).
    let mut parts = system.split('-');
    if system.starts_with("apple-") {
        Some(ObjectFormat::MachO)
    } else if parts
        .clone()
        .any(|part| part == "windows" || part == "cygwin")
    {
        Some(ObjectFormat::Pe)
    } else if parts.any(|part| ELF_SYSTEMS.contains(&part)) {
        Some(ObjectFormat::Elf)
    } else {
        None
    }
}

fn architecture_of(processor: &str, system: &str) -> Option<Architecture> {
    use InstructionSet as Set;
    use PointerWidth::{Bits32, Bits64};
    let width_64 = if system.ends_with("gnux32") || system.ends_with("_ilp32") {
        Bits32
    } else {
        Bits64
    };
    Some(match processor {
        "i386" | "i486" | "i586" | "i686" => Architecture::little(Set::X86, Bits32),
        "x86_64" | "x86_64h" => Architecture::little(Set::X86_64, width_64),
        "aarch64" | "arm64" | "arm64e" => Architecture::little(Set::Aarch64, width_64),
        "aarch64_be" => Architecture::big(Set::Aarch64, width_64),
        // Its libraries call themselves x86-64.
        "arm64ec" | "arm64_32" => return None,
        "powerpc" | "powerpcspe" => Architecture::big(Set::PowerPc, Bits32),
        "powerpc64" => Architecture::big(Set::PowerPc64, Bits64),
        "powerpc64le" => Architecture::little(Set::PowerPc64, Bits64),
        "s390x" => Architecture::big(Set::S390x, Bits64),
        "loongarch64" => Architecture::little(Set::LoongArch, Bits64),
        "loongarch32" => Architecture::little(Set::LoongArch, Bits32),
        "mips" | "mipsisa32r6" => Architecture::big(Set::Mips, Bits32),
        "mipsel" | "mipsisa32r6el" => Architecture::little(Set::Mips, Bits32),
        "mips64" | "mipsisa64r6" => Architecture::big(Set::Mips, Bits64),
        "mips64el" | "mipsisa64r6el" => Architecture::little(Set::Mips, Bits64),
        "sparc" => Architecture::big(Set::Sparc, Bits32),
        "sparc64" | "sparcv9" => Architecture::big(Set::Sparc64, Bits64),
        "m68k" => Architecture::big(Set::M68k, Bits32),
        "csky" => Architecture::little(Set::Csky, Bits32),
        "hexagon" => Architecture::little(Set::Hexagon, Bits32),
        other if other.starts_with("riscv64") => Architecture::little(Set::RiscV, Bits64),
        other if other.starts_with("riscv32") => Architecture::little(Set::RiscV, Bits32),
        other if other.starts_with("armeb") => Architecture::big(Set::Arm, Bits32),
        other if other.starts_with("arm") || other.starts_with("thumb") => {
            Architecture::little(Set::Arm, Bits32)
        }
        _ => return None,
    })
}
