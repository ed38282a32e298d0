//! ELF dylibs: Linux, Android, the BSDs. Puts the parts together; reading them is theirs.

mod dynamic;
mod hash;
mod image;
mod symbols;
mod versions;

use object::Endianness;
use object::elf::{
    EM_NONE, ET_CORE, ET_DYN, ET_EXEC, ET_REL, FileHeader32, FileHeader64, FileType, SHT_DYNSYM,
    SHT_NOBITS,
};
use object::read::ReadRef;
use object::read::elf::{FileHeader, SectionHeader};

use super::extent::Extent;
use super::metadata;
use super::platform::{
    Architecture, ByteOrder, DylibPlatform, InstructionSet, ObjectFormat, PointerWidth,
};
use super::report::{
    Damage, DylibFacts, Examination, FileKind, Metadata, Part, ProcMacroSymbol, Stop,
};
use super::source::Window;
use dynamic::Purpose;
pub(super) use image::Image;

/// Where the header says how wide its fields are.
const CLASS_OFFSET: u64 = 4;

/// Reads an ELF file as a proc-macro dylib.
pub(super) fn examine<'data, R: ReadRef<'data>>(window: Window<R>) -> Examination {
    match window.bytes(CLASS_OFFSET, 1) {
        Some([1]) => examine_class::<FileHeader32<Endianness>, R>(window),
        Some([2]) => examine_class::<FileHeader64<Endianness>, R>(window),
        Some(_) => Examination::new(None, Err(Damage::Altered(Part::FileHeader).into())),
        None => {
            let length = check_header::<FileHeader32<Endianness>, R>(window);
            Examination::new(None, length.and(Err(Stop::OutOfReach)))
        }
    }
}

/// Whether the file is long enough for its header.
fn check_header<'data, Elf: FileHeader, R: ReadRef<'data>>(window: Window<R>) -> Result<(), Stop> {
    let mut extent = Extent::default();
    let size = u64::try_from(size_of::<Elf>()).map_err(|_| Stop::OutOfReach)?;
    extent.promise(0, size, Part::FileHeader)?;
    Ok(extent.verify(window.length())?)
}

fn examine_class<'data, Elf, R>(window: Window<R>) -> Examination
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let header = match check_header::<Elf, R>(window).and_then(|()| image::header::<Elf, R>(window))
    {
        Ok(header) => header,
        Err(stop) => return Examination::new(None, Err(stop)),
    };
    let platform = platform_of(header);
    if platform.is_none() {
        return Examination::new(None, Err(Damage::Altered(Part::FileHeader).into()));
    }
    Examination::new(platform, examine_image::<Elf, R>(window, header))
}

fn examine_image<'data, Elf, R>(window: Window<R>, header: &'data Elf) -> Result<DylibFacts, Stop>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let endian = header.endian().unwrap_or_default();
    check_type(header.e_type(endian))?;
    let image = Image::<Elf, R>::read(window, header)?;
    let purpose = dynamic::read(&image)?;
    let symbols = symbols::read(&image)?;
    if !symbols.marks.has_registrar() {
        return Err(why_no_proc_macro(&image, &symbols, purpose).into());
    }
    symbols.verify()?;
    let required_glibc = versions::required_glibc(&image)?;
    Ok(DylibFacts {
        metadata: read_metadata(&image)?,
        crate_name: symbols.marks.crate_name().map(str::to_owned),
        proc_macro_symbol: ProcMacroSymbol::Exported,
        required_glibc,
    })
}

fn check_type(file_type: FileType) -> Result<(), Damage> {
    let kind = match file_type {
        ET_DYN => return Ok(()),
        ET_EXEC => FileKind::Executable,
        ET_REL => FileKind::Object,
        ET_CORE => FileKind::CoreDump,
        _ => return Err(Damage::Altered(Part::FileHeader)),
    };
    Err(Damage::NotADylib(kind))
}

fn read_metadata<'data, Elf, R>(image: &Image<'data, Elf, R>) -> Result<Metadata, Stop>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let Some(section) = image.section_named(b".rustc") else {
        // Its header or its name may be among what was overwritten.
        return match image.blank_part() {
            Some(part) => Err(Damage::Altered(part).into()),
            None => Ok(Metadata::Absent),
        };
    };
    if section.sh_type(image.endian) == SHT_NOBITS {
        // As in the debug information that `objcopy --only-keep-debug` splits off.
        return Err(Damage::NotADylib(FileKind::DebugInfo).into());
    }
    metadata::read(
        image.window,
        section.sh_offset(image.endian).into(),
        section.sh_size(image.endian).into(),
    )
}

/// Tells a library that never was a proc macro from one whose symbols were overwritten.
fn why_no_proc_macro<'data, Elf, R>(
    image: &Image<'data, Elf, R>,
    symbols: &symbols::Symbols,
    purpose: Purpose,
) -> Damage
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    if let Err(damage) = symbols.verify() {
        return damage;
    }
    let has_table = image.section_of_type(SHT_DYNSYM).is_some();
    match (image.blank_part(), purpose) {
        (Some(Part::SectionHeaders), _) if !has_table => Damage::Altered(Part::SectionHeaders),
        (_, Purpose::Program) => Damage::NotADylib(FileKind::Executable),
        (_, Purpose::Library) => Damage::NotAProcMacro,
    }
}

/// `None` where the header names no machine at all.
fn platform_of<Elf: FileHeader<Endian = Endianness>>(header: &Elf) -> Option<DylibPlatform> {
    let machine = header.e_machine(header.endian().ok()?);
    (machine != EM_NONE).then_some(())?;
    let architecture = Architecture {
        instruction_set: instruction_set(machine.0),
        pointer_width: if header.is_class_64() {
            PointerWidth::Bits64
        } else {
            PointerWidth::Bits32
        },
        byte_order: if header.is_big_endian() {
            ByteOrder::Big
        } else {
            ByteOrder::Little
        },
    };
    Some(DylibPlatform::single(ObjectFormat::Elf, architecture))
}

fn instruction_set(machine: u16) -> InstructionSet {
    use object::elf;
    match elf::Machine(machine) {
        elf::EM_386 => InstructionSet::X86,
        elf::EM_X86_64 => InstructionSet::X86_64,
        elf::EM_ARM => InstructionSet::Arm,
        elf::EM_AARCH64 => InstructionSet::Aarch64,
        elf::EM_RISCV => InstructionSet::RiscV,
        elf::EM_PPC => InstructionSet::PowerPc,
        elf::EM_PPC64 => InstructionSet::PowerPc64,
        elf::EM_S390 => InstructionSet::S390x,
        elf::EM_LOONGARCH => InstructionSet::LoongArch,
        elf::EM_MIPS => InstructionSet::Mips,
        elf::EM_SPARC | elf::EM_SPARC32PLUS => InstructionSet::Sparc,
        elf::EM_SPARCV9 => InstructionSet::Sparc64,
        elf::EM_68K => InstructionSet::M68k,
        elf::EM_CSKY => InstructionSet::Csky,
        elf::EM_HEXAGON => InstructionSet::Hexagon,
        other => InstructionSet::Other(other.0.into()),
    }
}
