//! The dynamic symbols: the marks of rustc among them, and whether the dynamic linker will find the one that counts.

use object::Endianness;
use object::elf::{SHN_UNDEF, SHT_DYNSYM, SHT_GNU_HASH};
use object::read::ReadRef;
use object::read::elf::{FileHeader, Sym};

use super::super::marks::{Mark, Marks};
use super::super::report::{Damage, Part, Stop};
use super::super::strings::Strings;
use super::hash::HashTable;
use super::image::{Image, whole_entries};

/// What the symbols show.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    pub(super) marks: Marks,
    altered: Option<Part>,
}

impl Symbols {
    /// Whether what was read hangs together.
    pub(super) fn verify(&self) -> Result<(), Damage> {
        self.altered
            .map_or(Ok(()), |part| Err(Damage::Altered(part)))
    }
}

/// Reads the dynamic symbols; a file without a table of them has none.
pub(super) fn read<'data, Elf, R>(image: &Image<'data, Elf, R>) -> Result<Symbols, Stop>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let endian = image.endian;
    let mut found = Symbols::default();
    let Some(table) = image.section_of_type(SHT_DYNSYM) else {
        return Ok(found);
    };
    let Some(names) = image.linked(table) else {
        found.altered = Some(Part::SectionHeaders);
        return Ok(found);
    };
    let names = Strings(image.content(names)?);
    let symbols = whole_entries::<Elf::Sym>(image.content(table)?);

    let mut registrar = None;
    // The first entry is blank in every file.
    for (index, symbol) in symbols.iter().enumerate().skip(1) {
        let name_offset = symbol.st_name(endian);
        if is_blank(symbol, endian) {
            found.altered = Some(Part::SymbolTable);
        } else if name_offset != 0 {
            match names.get(name_offset) {
                None | Some([]) => found.altered = Some(Part::SymbolNames),
                Some(name) if symbol.st_shndx(endian) != SHN_UNDEF => {
                    if found.marks.see(name) == Mark::Registrar {
                        registrar = Some((index, name));
                    }
                }
                Some(_) => {}
            }
        }
    }
    if let Some((index, name)) = registrar
        && let Some(section) = image.section_of_type(SHT_GNU_HASH)
    {
        let word_size = size_of::<Elf::Word>();
        let is_found = HashTable::parse(image.content(section)?, endian, word_size)
            .is_some_and(|table| table.leads_to(name, index));
        if !is_found {
            found.altered = Some(Part::SymbolHash);
        }
    }
    Ok(found)
}

fn is_blank<Symbol: Sym<Endian = Endianness>>(symbol: &Symbol, endian: Endianness) -> bool {
    symbol.st_name(endian) == 0
        && symbol.st_info().0 == 0
        && symbol.st_shndx(endian) == SHN_UNDEF
        && symbol.st_value(endian).into() == 0
        && symbol.st_size(endian).into() == 0
}
