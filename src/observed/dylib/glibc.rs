//! Versions of glibc: the one that a dylib asks for against the one that this machine has.
//!
//! Asks no process and calls no C function: the version is read out of the library's own file.

use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};

use camino::Utf8Path;
use object::Endianness;
use object::elf::{FileHeader32, FileHeader64};
use object::read::elf::FileHeader;
use object::read::{ReadCache, ReadRef};

use super::elf::Image;
use super::observe::{Opened, open_regular};
use super::source::Window;

/// The map of a process is some 20 KB; one with very many libraries is still within this.
const LARGEST_MAP: u64 = 4 << 20;

/// A version of glibc, such as 2.36.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlibcVersion {
    /// The first number, 2 since 1997.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl GlibcVersion {
    /// Reads `2.36` or `2.2.5`, of which the third number is left out.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(str::parse::<u32>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Some(Self { major, minor }),
            _ => None,
        }
    }

    /// Reads the name of a symbol version; only glibc's have a number behind `GLIBC_`.
    pub(super) fn of_symbol_version(name: &[u8]) -> Option<Self> {
        match std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")? {
            // Packed relocations came with 2.36 (glibc's NEWS), which this name makes sure of.
            "ABI_DT_RELR" => Some(Self {
                major: 2,
                minor: 36,
            }),
            number => Self::parse(number),
        }
    }
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// The glibc that this very process runs with; `None` for another C library, a static program, or another system.
///
/// It does not change while the process runs, so one call is enough.
#[must_use]
pub fn machine_glibc() -> Option<GlibcVersion> {
    let map = File::open("/proc/self/maps").ok()?.take(LARGEST_MAP);
    let mut lines = BufReader::new(map).lines().map_while(Result::ok);
    let library = lines.find_map(|line| {
        let path = Utf8Path::new(line.get(line.find('/')?..)?);
        let name = path.file_name()?;
        (name == "libc.so.6" || name.starts_with("libc-2.")).then(|| path.to_owned())
    })?;
    release_of(&library)
}

/// The release of the glibc that this library or dynamic linker belongs to.
fn release_of(library: &Utf8Path) -> Option<GlibcVersion> {
    // Up to 2.33 the files were called `libc-2.31.so` and `ld-2.31.so`, with links to them.
    let true_name = library.canonicalize_utf8().ok()?;
    let numbered = true_name.file_name().and_then(|name| {
        let number = name.strip_prefix("libc-").or(name.strip_prefix("ld-"))?;
        GlibcVersion::parse(number.strip_suffix(".so")?)
    });
    numbered.or_else(|| GlibcVersion::parse(&release_inside(&true_name)?))
}

fn release_inside(path: &Utf8Path) -> Option<String> {
    let Ok(Opened::File(disk, status)) = open_regular(path) else {
        return None;
    };
    let cache = ReadCache::new(disk);
    let window = Window::whole(&cache, status.len());
    match window.bytes(0, 5)? {
        b"\x7fELF\x01" => named_release::<FileHeader32<Endianness>, _>(window),
        b"\x7fELF\x02" => named_release::<FileHeader64<Endianness>, _>(window),
        _ => None,
    }
}

fn named_release<'data, Elf, R>(window: Window<R>) -> Option<String>
where
    Elf: FileHeader<Endian = Endianness>,
    R: ReadRef<'data>,
{
    let image = Image::<Elf, R>::open(window)?;
    let constants = image.content(image.section_named(b".rodata")?).ok()?;
    release_in(constants)
}

/// What follows the first place of `wanted`, found by its first byte: the constants of glibc are hundreds of KiB.
fn after<'bytes>(wanted: &[u8], bytes: &'bytes [u8]) -> Option<&'bytes [u8]> {
    let first = *wanted.first()?;
    let mut rest = bytes;
    loop {
        let place = rest.iter().position(|byte| *byte == first)?;
        rest = rest.get(place..)?;
        if let Some(after) = rest.strip_prefix(wanted) {
            return Some(after);
        }
        rest = rest.get(1..)?;
    }
}

/// Finds the number in `GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.`
fn release_in(constants: &[u8]) -> Option<String> {
    const BEFORE_NUMBER: &[u8] = b" release version ";
    let number = after(BEFORE_NUMBER, constants)?;
    let length = number
        .iter()
        .position(|byte| !byte.is_ascii_digit() && *byte != b'.')?;
    std::str::from_utf8(number.get(..length)?)
        .ok()
        .map(str::to_owned)
}
