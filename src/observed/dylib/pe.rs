//! PE dylibs: the DLLs of Windows, made by its own linker, by LLVM's or by GNU's.

use object::endian::LittleEndian as Le;
use object::pe::{
    self, IMAGE_DIRECTORY_ENTRY_EXPORT, IMAGE_DIRECTORY_ENTRY_SECURITY, IMAGE_FILE_DLL,
    IMAGE_NT_OPTIONAL_HDR32_MAGIC, IMAGE_NT_OPTIONAL_HDR64_MAGIC, ImageDosHeader, ImageFileHeader,
    ImageNtHeaders32, ImageNtHeaders64, ImageSectionHeader,
};
use object::read::ReadRef;
use object::read::coff::SectionTable;
use object::read::pe::{DataDirectories, ExportTable, ImageNtHeaders};

use super::extent::Extent;
use super::marks::Marks;
use super::metadata;
use super::platform::{Architecture, DylibPlatform, InstructionSet, ObjectFormat, PointerWidth};
use super::report::{
    Damage, DylibFacts, Examination, FileKind, Metadata, Part, ProcMacroSymbol, Stop,
};
use super::source::Window;

const ALTERED_HEADER: Stop = Stop::Damaged(Damage::Altered(Part::FileHeader));
const ALTERED_SYMBOLS: Stop = Stop::Damaged(Damage::Altered(Part::SymbolTable));
const SIGNATURE_SIZE: u64 = 4;
const COFF_SYMBOL_SIZE: u64 = 18;

/// Reads a PE file as a proc-macro dylib.
pub(super) fn examine<'data, R: ReadRef<'data>>(window: Window<R>) -> Examination {
    let (header, offset) = match file_header(window) {
        Ok(found) => found,
        Err(stop) => return Examination::new(None, Err(stop)),
    };
    let optional = offset + SIGNATURE_SIZE + struct_size::<ImageFileHeader>();
    let width = match window.bytes(optional, 2).and_then(<[u8]>::first_chunk) {
        Some(magic) if u16::from_le_bytes(*magic) == IMAGE_NT_OPTIONAL_HDR64_MAGIC => {
            PointerWidth::Bits64
        }
        Some(magic) if u16::from_le_bytes(*magic) == IMAGE_NT_OPTIONAL_HDR32_MAGIC => {
            PointerWidth::Bits32
        }
        Some(_) => return Examination::new(None, Err(ALTERED_HEADER)),
        None => return Examination::new(None, Err(Stop::OutOfReach)),
    };
    if header.machine.get(Le) == pe::IMAGE_FILE_MACHINE_UNKNOWN {
        return Examination::new(None, Err(ALTERED_HEADER));
    }
    let architecture = Architecture::little(instruction_set(header.machine.get(Le)), width);
    let platform = DylibPlatform::single(ObjectFormat::Pe, architecture);
    let outcome = match width {
        PointerWidth::Bits64 => examine_image::<ImageNtHeaders64, R>(window, header, offset),
        PointerWidth::Bits32 => examine_image::<ImageNtHeaders32, R>(window, header, offset),
    };
    Examination::new(Some(platform), outcome)
}

/// The header that follows the leftovers of DOS, with its offset; it and the section table lie within the file.
fn file_header<'data, R: ReadRef<'data>>(
    window: Window<R>,
) -> Result<(&'data ImageFileHeader, u64), Stop> {
    let mut extent = Extent::default();
    extent.promise(0, struct_size::<ImageDosHeader>(), Part::FileHeader)?;
    extent.verify(window.length())?;
    let dos = ImageDosHeader::parse(window).map_err(|_| Stop::OutOfReach)?;
    let offset = u64::from(dos.nt_headers_offset());
    let header_size = SIGNATURE_SIZE + struct_size::<ImageFileHeader>();
    extent.promise(offset, header_size, Part::FileHeader)?;
    extent.verify(window.length())?;
    match window.bytes(offset, SIGNATURE_SIZE) {
        Some(b"PE\0\0") => {}
        // Programs of the systems before Windows NT.
        Some([b'N' | b'L', b'E' | b'X', ..]) => {
            return Err(Damage::NotADylib(FileKind::Executable).into());
        }
        Some(_) => return Err(ALTERED_HEADER),
        None => return Err(Stop::OutOfReach),
    }
    let header = window
        .read_at::<ImageFileHeader>(offset + SIGNATURE_SIZE)
        .map_err(|()| Stop::OutOfReach)?;
    let optional_size = u64::from(header.size_of_optional_header.get(Le));
    let section_count = u64::from(header.number_of_sections.get(Le));
    let sections_size = section_count * struct_size::<ImageSectionHeader>();
    extent.promise(
        offset + header_size,
        optional_size + sections_size,
        Part::FileHeader,
    )?;
    extent.verify(window.length())?;
    Ok((header, offset))
}

fn examine_image<'data, Pe, R>(
    window: Window<R>,
    header: &ImageFileHeader,
    offset: u64,
) -> Result<DylibFacts, Stop>
where
    Pe: ImageNtHeaders,
    R: ReadRef<'data>,
{
    let mut sections_offset = offset;
    let (headers, directories) =
        Pe::parse(window, &mut sections_offset).map_err(|_| ALTERED_HEADER)?;
    let sections = headers
        .sections(window, sections_offset)
        .map_err(|_| Stop::OutOfReach)?;
    check_contents(window, header, &directories, &sections)?;
    if !header.characteristics.get(Le).contains(IMAGE_FILE_DLL) {
        return Err(Damage::NotADylib(FileKind::Executable).into());
    }
    let marks = read_marks(window, &directories, &sections)?;
    let is_blank = |section: &ImageSectionHeader| section.name.iter().all(|byte| *byte == 0);
    let has_blank_section = sections.iter().any(is_blank);
    if !marks.has_registrar() {
        return Err(if has_blank_section {
            Damage::Altered(Part::SectionHeaders).into()
        } else {
            Damage::NotAProcMacro.into()
        });
    }
    let named = sections
        .iter()
        .find(|section| section.raw_name() == b".rustc");
    let metadata = match named {
        Some(section) => {
            let (offset, size) = section.pe_file_range();
            metadata::read(window, offset.into(), size.into())?
        }
        None if has_blank_section => return Err(Damage::Altered(Part::SectionHeaders).into()),
        None => Metadata::Absent,
    };
    Ok(DylibFacts {
        metadata,
        crate_name: marks.crate_name().map(str::to_owned),
        proc_macro_symbol: ProcMacroSymbol::Exported,
        required_glibc: None,
    })
}

/// Holds every section, the symbols for debugging and the signature against the length of the file.
fn check_contents<'data, R: ReadRef<'data>>(
    window: Window<R>,
    header: &ImageFileHeader,
    directories: &DataDirectories<'data>,
    sections: &SectionTable<'data>,
) -> Result<(), Stop> {
    let mut extent = Extent::default();
    for section in sections.iter() {
        let offset = section.pointer_to_raw_data.get(Le).into();
        let size = section.size_of_raw_data.get(Le).into();
        extent.promise(offset, size, Part::SectionHeaders)?;
    }
    if let Some(signature) = directories.get(IMAGE_DIRECTORY_ENTRY_SECURITY) {
        // The only directory that is given by its offset in the file.
        let (offset, size) = signature.address_range();
        extent.promise(offset.into(), size.into(), Part::FileHeader)?;
    }
    let symbols = u64::from(header.pointer_to_symbol_table.get(Le));
    let symbols_size = u64::from(header.number_of_symbols.get(Le)) * COFF_SYMBOL_SIZE;
    if symbols != 0 && symbols_size != 0 {
        // Behind the symbols come their long names, whose length is in the first four bytes.
        extent.promise(symbols, symbols_size + 4, Part::FileHeader)?;
        let length = window.bytes(symbols + symbols_size, 4);
        if let Some(length) = length.and_then(<[u8]>::first_chunk) {
            let names_size = u32::from_le_bytes(*length).into();
            extent.promise(symbols + symbols_size, names_size, Part::FileHeader)?;
        }
    }
    Ok(extent.verify(window.length())?)
}

fn read_marks<'data, R: ReadRef<'data>>(
    window: Window<R>,
    directories: &DataDirectories<'data>,
    sections: &SectionTable<'data>,
) -> Result<Marks, Stop> {
    let mut marks = Marks::default();
    let Some(directory) = directories.get(IMAGE_DIRECTORY_ENTRY_EXPORT) else {
        return Ok(marks);
    };
    let (address, size) = directory.address_range();
    let (offset, room) = sections.pe_file_range_at(address).ok_or(ALTERED_SYMBOLS)?;
    let table = window
        .bytes(offset.into(), size.min(room).into())
        .ok_or(Stop::OutOfReach)?;
    let table = ExportTable::parse(table, address).map_err(|_| ALTERED_SYMBOLS)?;
    let mut altered = table.addresses().is_empty();
    for pointer in table.name_pointers() {
        match table.name_from_pointer(pointer.get(Le)) {
            Ok([]) | Err(_) => altered = true,
            Ok(name) => {
                marks.see(name);
            }
        }
    }
    if altered && !marks.has_registrar() {
        return Err(ALTERED_SYMBOLS);
    }
    Ok(marks)
}

fn instruction_set(machine: pe::Machine) -> InstructionSet {
    match machine {
        pe::IMAGE_FILE_MACHINE_I386 => InstructionSet::X86,
        pe::IMAGE_FILE_MACHINE_AMD64 => InstructionSet::X86_64,
        pe::IMAGE_FILE_MACHINE_ARM64 | pe::IMAGE_FILE_MACHINE_ARM64X => InstructionSet::Aarch64,
        pe::IMAGE_FILE_MACHINE_ARM | pe::IMAGE_FILE_MACHINE_ARMNT => InstructionSet::Arm,
        other => InstructionSet::Other(other.0.into()),
    }
}

/// Size of a struct of the format, all of which are small.
const fn struct_size<T>() -> u64 {
    size_of::<T>() as u64
}
