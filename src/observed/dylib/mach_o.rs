//! Mach-O dylibs: macOS, one architecture to a file or several in one.

use object::Endianness;
use object::endian::BigEndian;
use object::macho::{
    self, FatArch32, FatArch64, MH_BUNDLE, MH_CORE, MH_DSYM, MH_DYLIB, MH_EXECUTE, MH_OBJECT,
    MachHeader32, MachHeader64, SymtabCommand,
};
use object::read::ReadRef;
use object::read::macho::{
    FatArch, LoadCommandVariant, MachHeader, MachOFatFile, Nlist, Section, Segment,
};

use super::extent::Extent;
use super::file_kind::{Beginning, recognise};
use super::marks::Marks;
use super::metadata;
use super::platform::{Architecture, DylibPlatform, InstructionSet, ObjectFormat, PointerWidth};
use super::report::{
    Damage, DylibFacts, Examination, FileKind, Metadata, Part, ProcMacroSymbol, Stop,
};
use super::source::Window;
use super::strings::Strings;

const ALTERED_HEADER: Damage = Damage::Altered(Part::FileHeader);
const ALTERED_COMMANDS: Damage = Damage::Altered(Part::SegmentHeaders);
/// The exported names lie together; behind the start of the last one there is room for its length.
const LONGEST_NAME: u64 = 4096;

/// Reads a Mach-O file as a proc-macro dylib.
pub(super) fn examine<'data, R: ReadRef<'data>>(window: Window<R>) -> Examination {
    match window.bytes(0, window.length().min(16)) {
        Some([0xcf, ..] | [_, _, _, 0xcf, ..]) => {
            examine_thin::<MachHeader64<Endianness>, R>(window)
        }
        Some(_) => examine_thin::<MachHeader32<Endianness>, R>(window),
        None => Examination::new(None, Err(Stop::OutOfReach)),
    }
}

/// Reads a file that holds one Mach-O file for each of several architectures.
pub(super) fn examine_universal<'data, R: ReadRef<'data>>(window: Window<R>) -> Examination {
    let outcome = if window.bytes(3, 1) == Some(&[0xbf]) {
        slices::<FatArch64, R>(window)
    } else {
        slices::<FatArch32, R>(window)
    };
    let slices = match outcome {
        Ok(slices) => slices,
        Err(stop) => return Examination::new(None, Err(stop)),
    };
    let mut architectures = Vec::new();
    let mut contents = Vec::new();
    for slice in slices {
        let examination = examine_slice(slice.window);
        let platform = examination.platform.into_iter();
        architectures.extend(platform.flat_map(|platform| platform.architectures));
        contents.push(match examination.content {
            Err(Damage::Truncated { promised, .. }) => {
                Err(beyond_slice(slice.offset, promised, window.length()))
            }
            content => content,
        });
    }
    // All were built together: what is wrong with one is wrong with the file.
    let worst = contents.iter().position(Result::is_err).unwrap_or_default();
    let platform = (!architectures.is_empty()).then_some(DylibPlatform {
        format: ObjectFormat::MachO,
        architectures,
    });
    if worst < contents.len() {
        Examination {
            platform,
            content: contents.swap_remove(worst),
        }
    } else {
        Examination::new(platform, Err(ALTERED_HEADER.into()))
    }
}

/// The file for one architecture, within the one for several.
struct Slice<R> {
    offset: u64,
    window: Window<R>,
}

fn examine_slice<'data, R: ReadRef<'data>>(slice: Window<R>) -> Examination {
    let damage = match slice.bytes(0, slice.length().min(16)).map(recognise) {
        Some(Beginning::MachO) => return examine(slice),
        Some(Beginning::NotADylib(kind)) => Damage::NotADylib(kind),
        Some(_) => Damage::NotADylib(FileKind::Unknown),
        None => return Examination::new(None, Err(Stop::OutOfReach)),
    };
    Examination::new(None, Err(damage.into()))
}

/// What it means that a slice promises more than its own length: the file is cut, or the slice contradicts the file.
fn beyond_slice(offset: u64, promised: u64, found: u64) -> Damage {
    let promised = offset.saturating_add(promised);
    if promised > found {
        Damage::Truncated { promised, found }
    } else {
        ALTERED_COMMANDS
    }
}

fn slices<'data, Fat: FatArch, R: ReadRef<'data>>(
    window: Window<R>,
) -> Result<Vec<Slice<R>>, Stop> {
    let header_size = size::<macho::FatHeader>()?;
    let mut extent = Extent::default();
    extent.promise(0, header_size, Part::FileHeader)?;
    extent.verify(window.length())?;
    let header = window
        .read_at::<macho::FatHeader>(0)
        .map_err(|()| Stop::OutOfReach)?;
    let count = u64::from(header.nfat_arch.get(BigEndian));
    extent.promise(
        header_size,
        count.saturating_mul(size::<Fat>()?),
        Part::FileHeader,
    )?;
    extent.verify(window.length())?;
    let universal = MachOFatFile::<Fat>::parse(window).map_err(|_| Stop::OutOfReach)?;
    for slice in universal.arches() {
        let (offset, size) = slice.file_range();
        extent.promise(offset, size, Part::FileHeader)?;
    }
    extent.verify(window.length())?;
    let parts = universal.arches().iter().map(|slice| {
        let (offset, size) = slice.file_range();
        let window = window.part(offset, size).ok_or(Stop::OutOfReach)?;
        Ok(Slice { offset, window })
    });
    parts.collect()
}

fn examine_thin<'data, Mach, R>(window: Window<R>) -> Examination
where
    Mach: MachHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let header = match read_header::<Mach, R>(window) {
        Ok(header) => header,
        Err(stop) => return Examination::new(None, Err(stop)),
    };
    match platform_of(header) {
        Some(platform) => {
            Examination::new(Some(platform), examine_image::<Mach, R>(window, header))
        }
        None => Examination::new(None, Err(ALTERED_HEADER.into())),
    }
}

fn read_header<'data, Mach, R>(window: Window<R>) -> Result<&'data Mach, Stop>
where
    Mach: MachHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let mut extent = Extent::default();
    extent.promise(0, size::<Mach>()?, Part::FileHeader)?;
    extent.verify(window.length())?;
    let header = window.read_at::<Mach>(0).map_err(|()| Stop::OutOfReach)?;
    if header.is_supported() {
        Ok(header)
    } else {
        Err(ALTERED_HEADER.into())
    }
}

/// What the load commands say of the parts that matter here.
struct Layout<'data> {
    /// Offset and size of the section that holds rustc's metadata.
    metadata: Option<(u64, u64)>,
    symbols: Option<&'data SymtabCommand<Endianness>>,
    /// First and number of the symbols that the file defines for others.
    exported: Option<(u64, u64)>,
}

fn examine_image<'data, Mach, R>(window: Window<R>, header: &Mach) -> Result<DylibFacts, Stop>
where
    Mach: MachHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let endian = header.endian().unwrap_or_default();
    match header.filetype(endian) {
        MH_DYLIB | MH_BUNDLE => {}
        MH_EXECUTE => return Err(Damage::NotADylib(FileKind::Executable).into()),
        MH_OBJECT => return Err(Damage::NotADylib(FileKind::Object).into()),
        MH_CORE => return Err(Damage::NotADylib(FileKind::CoreDump).into()),
        MH_DSYM => return Err(Damage::NotADylib(FileKind::DebugInfo).into()),
        _ => return Err(ALTERED_HEADER.into()),
    }
    let layout = read_layout::<Mach, R>(window, header, endian)?;
    let names = exported_names::<Mach, R>(window, &layout, endian)?;
    let mut marks = Marks::default();
    for name in names.iter().flatten() {
        marks.see(name);
    }
    let proc_macro_symbol = if marks.has_registrar() {
        ProcMacroSymbol::Exported
    } else if names.is_empty() {
        // Fully stripped, the exports are left in a tree alone, which is not read here.
        ProcMacroSymbol::NotDetermined
    } else if names.iter().any(Option::is_none) {
        return Err(Damage::Altered(Part::SymbolNames).into());
    } else {
        return Err(Damage::NotAProcMacro.into());
    };
    let metadata = match layout.metadata {
        Some((offset, size)) => metadata::read(window, offset, size)?,
        None => Metadata::Absent,
    };
    Ok(DylibFacts {
        metadata,
        crate_name: marks.crate_name().map(str::to_owned),
        proc_macro_symbol,
        required_glibc: None,
    })
}

fn read_layout<'data, Mach, R>(
    window: Window<R>,
    header: &Mach,
    endian: Endianness,
) -> Result<Layout<'data>, Stop>
where
    Mach: MachHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let mut extent = Extent::default();
    let commands_size = u64::from(header.sizeofcmds(endian));
    extent.promise(size::<Mach>()?, commands_size, Part::FileHeader)?;
    extent.verify(window.length())?;
    let mut commands = header
        .load_commands(endian, window, 0)
        .map_err(|_| Stop::OutOfReach)?;
    let mut layout = Layout {
        metadata: None,
        symbols: None,
        exported: None,
    };
    let mut has_segments = false;
    while let Some(command) = commands.next().map_err(|_| ALTERED_COMMANDS)? {
        if let Some((segment, sections)) =
            Mach::Segment::from_command(command).map_err(|_| ALTERED_COMMANDS)?
        {
            has_segments = true;
            let (offset, size) = segment.file_range(endian);
            extent.promise(offset, size, Part::SegmentHeaders)?;
            let sections = segment.sections(endian, sections);
            for section in sections.map_err(|_| ALTERED_COMMANDS)? {
                if section.name() == b".rustc" {
                    let offset = u64::from(section.offset(endian));
                    layout.metadata = Some((offset, section.size(endian).into()));
                }
            }
            continue;
        }
        match command.variant().map_err(|_| ALTERED_COMMANDS)? {
            LoadCommandVariant::Symtab(table) => {
                let count = u64::from(table.nsyms.get(endian));
                let symbols_size = count.saturating_mul(size::<Mach::Nlist>()?);
                extent.promise(
                    table.symoff.get(endian).into(),
                    symbols_size,
                    Part::SymbolTable,
                )?;
                let names_size = table.strsize.get(endian).into();
                extent.promise(
                    table.stroff.get(endian).into(),
                    names_size,
                    Part::SymbolNames,
                )?;
                layout.symbols = Some(table);
            }
            LoadCommandVariant::Dysymtab(table) => {
                let first = table.iextdefsym.get(endian).into();
                layout.exported = Some((first, table.nextdefsym.get(endian).into()));
            }
            LoadCommandVariant::LinkeditData(data) => {
                let size = data.datasize.get(endian).into();
                extent.promise(data.dataoff.get(endian).into(), size, Part::SegmentHeaders)?;
            }
            _ => {}
        }
    }
    if !has_segments {
        return Err(ALTERED_COMMANDS.into());
    }
    if let Some((offset, size)) = layout.metadata {
        extent.promise(offset, size, Part::SectionHeaders)?;
    }
    extent.verify(window.length())?;
    Ok(layout)
}

/// The names of the symbols that the file defines for others; `None` for one that cannot be read.
fn exported_names<'data, Mach, R>(
    window: Window<R>,
    layout: &Layout<'_>,
    endian: Endianness,
) -> Result<Vec<Option<&'data [u8]>>, Stop>
where
    Mach: MachHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    const ALTERED: Stop = Stop::Damaged(Damage::Altered(Part::SymbolTable));
    let Some(table) = layout.symbols else {
        return Ok(Vec::new());
    };
    let total = u64::from(table.nsyms.get(endian));
    let (first, count) = layout.exported.unwrap_or((0, total));
    if first.saturating_add(count) > total {
        return Err(ALTERED);
    }
    let entry_size = size::<Mach::Nlist>()?;
    let start = u64::from(table.symoff.get(endian)) + first.saturating_mul(entry_size);
    let count = usize::try_from(count).map_err(|_| Stop::OutOfReach)?;
    let symbols = window
        .read_slice_at::<Mach::Nlist>(start, count)
        .map_err(|()| Stop::OutOfReach)?;
    let offsets = || {
        let defined = symbols.iter().filter(|symbol| symbol.is_definition());
        defined.map(|symbol| symbol.n_strx(endian))
    };
    let (Some(lowest), Some(highest)) = (offsets().min(), offsets().max()) else {
        // None of them defined: none are exported, or they are blank.
        return if symbols.is_empty() {
            Ok(Vec::new())
        } else {
            Err(ALTERED)
        };
    };
    let names_size = u64::from(table.strsize.get(endian));
    let end = (u64::from(highest) + LONGEST_NAME).min(names_size);
    let Some(near_size) = end.checked_sub(lowest.into()) else {
        return Err(ALTERED);
    };
    let near_start = u64::from(table.stroff.get(endian)) + u64::from(lowest);
    let near = window
        .bytes(near_start, near_size)
        .ok_or(Stop::OutOfReach)?;
    let names = offsets().map(|offset| {
        let name = Strings(near).get(offset.checked_sub(lowest)?)?;
        (!name.is_empty()).then_some(name)
    });
    Ok(names.collect())
}

/// `None` where the header names no processor at all.
fn platform_of<Mach: MachHeader<Endian = Endianness>>(header: &Mach) -> Option<DylibPlatform> {
    use PointerWidth::{Bits32, Bits64};
    let processor = header.cputype(header.endian().ok()?);
    (processor.0 != 0).then_some(())?;
    let (set, width) = match processor {
        macho::CPU_TYPE_X86 => (InstructionSet::X86, Bits32),
        macho::CPU_TYPE_X86_64 => (InstructionSet::X86_64, Bits64),
        macho::CPU_TYPE_ARM => (InstructionSet::Arm, Bits32),
        macho::CPU_TYPE_ARM64 => (InstructionSet::Aarch64, Bits64),
        macho::CPU_TYPE_ARM64_32 => (InstructionSet::Aarch64, Bits32),
        macho::CPU_TYPE_POWERPC => (InstructionSet::PowerPc, Bits32),
        macho::CPU_TYPE_POWERPC64 => (InstructionSet::PowerPc64, Bits64),
        other if header.is_type_64() => (InstructionSet::Other(other.0), Bits64),
        other => (InstructionSet::Other(other.0), Bits32),
    };
    let architecture = if header.is_big_endian() {
        Architecture::big(set, width)
    } else {
        Architecture::little(set, width)
    };
    Some(DylibPlatform::single(ObjectFormat::MachO, architecture))
}

fn size<T>() -> Result<u64, Stop> {
    u64::try_from(size_of::<T>()).map_err(|_| Stop::OutOfReach)
}
