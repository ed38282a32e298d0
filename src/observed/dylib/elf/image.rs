//! The skeleton of an ELF file: header, segments, sections and their names, each within the file.

use object::Endianness;
use object::elf::{PN_XNUM, PT_DYNAMIC, PT_LOAD, SHT_NOBITS, SHT_NULL, SectionType};
use object::pod::{Pod, slice_from_bytes};
use object::read::ReadRef;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};

use super::super::extent::Extent;
use super::super::report::{Damage, Part, Stop};
use super::super::source::Window;
use super::super::strings::Strings;

/// An ELF file whose tables and sections all lie within it.
pub(in super::super) struct Image<'data, Elf: FileHeader, R> {
    pub(in super::super) window: Window<R>,
    pub(in super::super) endian: Endianness,
    pub(super) segments: &'data [Elf::ProgramHeader],
    sections: &'data [Elf::SectionHeader],
    names: Strings<'data>,
}

/// Reads the file header, which must lie within the file.
pub(super) fn header<'data, Elf, R>(window: Window<R>) -> Result<&'data Elf, Stop>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    const ALTERED: Stop = Stop::Damaged(Damage::Altered(Part::FileHeader));
    let header = window.read_at::<Elf>(0).map_err(|()| Stop::OutOfReach)?;
    if header.is_supported() {
        Ok(header)
    } else {
        Err(ALTERED)
    }
}

impl<'data, Elf, R> Image<'data, Elf, R>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    /// Reads the skeleton; a file that ends before all that it promises is damaged.
    pub(super) fn read(window: Window<R>, header: &'data Elf) -> Result<Self, Stop> {
        let endian = header.endian().unwrap_or_default();
        let (segments, sections) = tables(window, header, endian)?;
        check_contents(window, endian, segments, sections)?;
        // rustc and the proc-macro server find the metadata by its section, the dynamic linker the rest by segments.
        if sections.iter().all(|section| is_blank(section, endian)) {
            return Err(Damage::Altered(Part::SectionHeaders).into());
        }
        if !segments
            .iter()
            .any(|segment| segment.p_type(endian) == PT_LOAD)
        {
            return Err(Damage::Altered(Part::SegmentHeaders).into());
        }
        let names = section_names(window, header, endian, sections)?;
        Ok(Self {
            window,
            endian,
            segments,
            sections,
            names,
        })
    }

    /// Opens any ELF file for a look at single sections or segments.
    pub(in super::super) fn open(window: Window<R>) -> Option<Self> {
        let header = header::<Elf, R>(window).ok()?;
        Self::read(window, header).ok()
    }

    pub(in super::super) fn section_named(&self, name: &[u8]) -> Option<&'data Elf::SectionHeader> {
        self.sections
            .iter()
            .find(|section| self.names.get(section.sh_name(self.endian)) == Some(name))
    }

    pub(super) fn section_of_type(&self, wanted: SectionType) -> Option<&'data Elf::SectionHeader> {
        self.sections
            .iter()
            .find(|section| section.sh_type(self.endian) == wanted)
    }

    /// The section that another one names as the one to go with it.
    pub(super) fn linked(&self, section: &Elf::SectionHeader) -> Option<&'data Elf::SectionHeader> {
        let index = usize::try_from(section.sh_link(self.endian)).ok()?;
        self.sections.get(index)
    }

    /// All bytes of a section.
    pub(in super::super) fn content(
        &self,
        section: &Elf::SectionHeader,
    ) -> Result<&'data [u8], Stop> {
        if section.sh_type(self.endian) == SHT_NOBITS {
            return Ok(&[]);
        }
        self.window
            .bytes(
                section.sh_offset(self.endian).into(),
                section.sh_size(self.endian).into(),
            )
            .ok_or(Stop::OutOfReach)
    }

    /// A part of the skeleton that holds blanks where no linker leaves any, so that a section cannot be found.
    pub(super) fn blank_part(&self) -> Option<Part> {
        let behind_first = self.sections.get(1..).unwrap_or_default();
        if behind_first
            .iter()
            .any(|section| is_blank(section, self.endian))
        {
            return Some(Part::SectionHeaders);
        }
        let is_nameless = |section: &Elf::SectionHeader| {
            self.names
                .get(section.sh_name(self.endian))
                .is_none_or(<[u8]>::is_empty)
        };
        behind_first
            .iter()
            .any(is_nameless)
            .then_some(Part::SectionNames)
    }
}

/// Finds the tables of segments and sections.
#[expect(clippy::type_complexity, reason = "a pair of slices, used once")]
fn tables<'data, Elf, R>(
    window: Window<R>,
    header: &'data Elf,
    endian: Endianness,
) -> Result<(&'data [Elf::ProgramHeader], &'data [Elf::SectionHeader]), Stop>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    const SECTIONS: Part = Part::SectionHeaders;
    const SEGMENTS: Part = Part::SegmentHeaders;
    let section_size = size::<Elf::SectionHeader>()?;
    let mut extent = Extent::default();
    // The first section header may hold the true length of either table.
    let section_table: u64 = header.e_shoff(endian).into();
    if section_table != 0 {
        extent.promise(section_table, section_size, SECTIONS)?;
    }
    let segment_table: u64 = header.e_phoff(endian).into();
    if header.e_phnum(endian) != PN_XNUM {
        let count = u64::from(header.e_phnum(endian));
        extent.promise(
            segment_table,
            count.saturating_mul(size::<Elf::ProgramHeader>()?),
            SEGMENTS,
        )?;
    }
    if window.holds(section_table, section_size) {
        let count = header
            .shnum(endian, window)
            .map_err(|_| Damage::Altered(Part::FileHeader))?;
        extent.promise(
            section_table,
            u64::from(count).saturating_mul(section_size),
            SECTIONS,
        )?;
    } else {
        let count = u64::from(header.e_shnum(endian));
        extent.promise(section_table, count.saturating_mul(section_size), SECTIONS)?;
    }
    extent.verify(window.length())?;

    // What is within the file and still fails is of a shape that no linker makes, or too large.
    let sections = header.section_headers(endian, window);
    let segments = header.program_headers(endian, window);
    match (segments, sections) {
        (Ok(segments), Ok(sections)) => Ok((segments, sections)),
        _ if usize::from(header.e_shentsize(endian)) != size_of::<Elf::SectionHeader>()
            || usize::from(header.e_phentsize(endian)) != size_of::<Elf::ProgramHeader>() =>
        {
            Err(Damage::Altered(Part::FileHeader).into())
        }
        _ => Err(Stop::OutOfReach),
    }
}

/// Holds every section and every loaded segment against the length of the file.
fn check_contents<'data, Elf, R>(
    window: Window<R>,
    endian: Endianness,
    segments: &'data [Elf],
    sections: &'data [impl SectionHeader<Endian = Endianness>],
) -> Result<(), Stop>
where
    Elf: ProgramHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let mut extent = Extent::default();
    for section in sections {
        let kind = section.sh_type(endian);
        if kind != SHT_NOBITS && kind != SHT_NULL {
            let (offset, size) = (section.sh_offset(endian), section.sh_size(endian));
            extent.promise(offset.into(), size.into(), Part::SectionHeaders)?;
        }
    }
    for segment in segments {
        if matches!(segment.p_type(endian), PT_LOAD | PT_DYNAMIC) {
            let (offset, size) = segment.file_range(endian);
            extent.promise(offset, size, Part::SegmentHeaders)?;
        }
    }
    Ok(extent.verify(window.length())?)
}

fn section_names<'data, Elf, R>(
    window: Window<R>,
    header: &Elf,
    endian: Endianness,
    sections: &[Elf::SectionHeader],
) -> Result<Strings<'data>, Stop>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    const ALTERED: Stop = Stop::Damaged(Damage::Altered(Part::SectionNames));
    let index = header
        .section_strings_index(endian, window)
        .map_err(|_| Damage::Altered(Part::FileHeader))?;
    let table = sections.get(index.0).ok_or(ALTERED)?;
    let (offset, size) = table.file_range(endian).ok_or(ALTERED)?;
    let names = window.bytes(offset, size).ok_or(Stop::OutOfReach)?;
    Ok(Strings(names))
}

fn is_blank<Section>(section: &Section, endian: Endianness) -> bool
where
    Section: SectionHeader<Endian = Endianness>,
{
    section.sh_type(endian) == SHT_NULL && section.sh_name(endian) == 0
}

/// The entries of a table, without a rest that makes no whole one.
pub(super) fn whole_entries<T: Pod>(bytes: &[u8]) -> &[T] {
    let count = bytes.len().checked_div(size_of::<T>()).unwrap_or_default();
    slice_from_bytes(bytes, count).map_or(&[], |(entries, _)| entries)
}

fn size<T>() -> Result<u64, Stop> {
    u64::try_from(size_of::<T>()).map_err(|_| Stop::OutOfReach)
}
