//! The versions of other libraries that an ELF dylib asks for; of these, glibc's.

use object::Endianness;
use object::elf::{SHT_GNU_VERNEED, VER_FLG_WEAK, VER_NEED_CURRENT};
use object::read::ReadRef;
use object::read::elf::{FileHeader, SectionHeader};

use super::super::glibc::GlibcVersion;
use super::super::report::{Damage, Part, Stop};
use super::super::strings::Strings;
use super::image::Image;

/// A library asks for some ten versions; entries that lead back to themselves must end somewhere.
const MOST_VERSIONS: usize = 4096;

/// The newest glibc without which the dynamic linker refuses the file.
pub(super) fn required_glibc<'data, Elf, R>(
    image: &Image<'data, Elf, R>,
) -> Result<Option<GlibcVersion>, Stop>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    const ALTERED: Stop = Stop::Damaged(Damage::Altered(Part::SymbolVersions));
    let endian = image.endian;
    let Some(section) = image.section_of_type(SHT_GNU_VERNEED) else {
        return Ok(None);
    };
    image.content(section)?;
    let Ok(Some((mut libraries, _))) = section.gnu_verneed(endian, image.window) else {
        return Ok(None);
    };
    let Some(names) = image.linked(section) else {
        return Ok(None);
    };
    let names = Strings(image.content(names)?);

    let mut newest = None;
    let mut seen = 0;
    while let Ok(Some((library, mut versions))) = libraries.next() {
        // The only version of this table that there is; glibc refuses any other (elf/dl-version.c).
        if library.vn_version.get(endian) != VER_NEED_CURRENT {
            return Err(ALTERED);
        }
        while let Ok(Some(version)) = versions.next() {
            seen += 1;
            if seen > MOST_VERSIONS {
                return Ok(newest);
            }
            // glibc only warns of a weak one that it lacks.
            if !version.vna_flags.get(endian).contains(VER_FLG_WEAK) {
                let name = names.get(version.vna_name.get(endian));
                newest = newest.max(name.and_then(GlibcVersion::of_symbol_version));
            }
        }
    }
    Ok(newest)
}
