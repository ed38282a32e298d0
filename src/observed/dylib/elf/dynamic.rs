//! The dynamic segment: what the dynamic linker is told when it loads the file.

use object::Endianness;
use object::elf::{DF_1_PIE, DT_FLAGS_1, DT_NULL, DT_STRTAB, DT_SYMTAB, PT_DYNAMIC};
use object::read::ReadRef;
use object::read::elf::{Dyn, FileHeader, ProgramHeader};

use super::super::report::{Damage, Part, Stop};
use super::image::{Image, whole_entries};

/// What a file of the type of libraries is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Library,
    /// A position-independent program has the type of a library.
    Program,
}

/// Reads the dynamic segment, without whose symbol and string tables no dynamic linker loads a library.
pub(super) fn read<'data, Elf, R>(image: &Image<'data, Elf, R>) -> Result<Purpose, Stop>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let endian = image.endian;
    let segment = image
        .segments
        .iter()
        .find(|segment| segment.p_type(endian) == PT_DYNAMIC)
        .ok_or(Damage::Altered(Part::SegmentHeaders))?;
    let (offset, size) = segment.file_range(endian);
    let content = image.window.bytes(offset, size).ok_or(Stop::OutOfReach)?;
    let entries = whole_entries::<Elf::Dyn>(content);
    let value_of = |tag| {
        entries
            .iter()
            .take_while(|entry| entry.tag(endian) != DT_NULL)
            .find(|entry| entry.tag(endian) == tag)
            .map(|entry| entry.val(endian))
    };
    for required in [DT_SYMTAB, DT_STRTAB] {
        if value_of(required).is_none_or(|address| address == 0) {
            return Err(Damage::Altered(Part::DynamicSection).into());
        }
    }
    let flags = value_of(DT_FLAGS_1).unwrap_or_default();
    Ok(if flags & DF_1_PIE.0 == 0 {
        Purpose::Library
    } else {
        Purpose::Program
    })
}
