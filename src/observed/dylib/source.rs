//! Bounded reading: every byte of a dylib that is looked at comes through here. Knows no object format.

use std::fs::File;
use std::io;
use std::ops::Range;

use object::read::{ReadCacheOps, ReadRef};

/// No part that is read in one piece is larger in a dylib that a linker made; rustc 1.63 exports all of std, and even
/// its symbol names are 0.2 MB.
const LARGEST_READ: u64 = 16 << 20;
/// Nor is all that is read of one file.
const MOST_READ: u64 = 64 << 20;

/// A range of a file, out of which no read can reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<R> {
    data: R,
    start: u64,
    length: u64,
}

impl<'data, R: ReadRef<'data>> Window<R> {
    /// All of `data`, which has `length` bytes.
    pub(super) fn whole(data: R, length: u64) -> Self {
        Self {
            data,
            start: 0,
            length,
        }
    }

    /// A range of this window; `None` where it leaves the window.
    pub(super) fn part(self, offset: u64, length: u64) -> Option<Self> {
        self.holds(offset, length).then_some(())?;
        if length == 0 {
            return Some(Self { length, ..self });
        }
        Some(Self {
            data: self.data,
            start: self.start.checked_add(offset)?,
            length,
        })
    }

    pub(super) fn length(self) -> u64 {
        self.length
    }

    /// Whether all of a range lies within the window; an empty one does, wherever it is said to begin.
    pub(super) fn holds(self, offset: u64, size: u64) -> bool {
        size == 0
            || offset
                .checked_add(size)
                .is_some_and(|end| end <= self.length)
    }

    /// The bytes of a range; `None` outside of the window, over the bounds, or where the system fails.
    pub(super) fn bytes(self, offset: u64, size: u64) -> Option<&'data [u8]> {
        self.read_bytes_at(offset, size).ok()
    }
}

impl<'data, R: ReadRef<'data>> ReadRef<'data> for Window<R> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.length)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'data [u8], ()> {
        if size == 0 {
            return Ok(&[]);
        }
        if !self.holds(offset, size) || size > LARGEST_READ {
            return Err(());
        }
        let start = self.start.checked_add(offset).ok_or(())?;
        self.data.read_bytes_at(start, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'data [u8], ()> {
        let size = range.end.checked_sub(range.start).ok_or(())?;
        if !self.holds(range.start, size) || size > LARGEST_READ {
            return Err(());
        }
        let start = self.start.checked_add(range.start).ok_or(())?;
        let end = self.start.checked_add(range.end).ok_or(())?;
        self.data.read_bytes_at_until(start..end, delimiter)
    }
}

/// What is read at once from a file's start: most of what a dylib says of itself lies there, in many small parts.
const BEGINNING: u64 = 4 << 10;

/// An open file of known length, read at positions.
#[derive(Debug)]
pub(super) struct Disk {
    file: File,
    length: u64,
    position: u64,
    allowance: u64,
    /// Its first bytes, once any of them was wanted.
    beginning: Vec<u8>,
    failure: Option<io::Error>,
}

impl Disk {
    pub(super) fn new(file: File, length: u64) -> Self {
        Self {
            file,
            length,
            position: 0,
            allowance: MOST_READ,
            beginning: Vec::new(),
            failure: None,
        }
    }

    /// The file, and the first failure of the system to read it.
    pub(super) fn into_parts(self) -> (File, Option<io::Error>) {
        (self.file, self.failure)
    }

    fn fetch(&mut self, buffer: &mut [u8]) -> Result<(), ()> {
        let size = u64::try_from(buffer.len()).map_err(|_| ())?;
        self.allowance = self.allowance.checked_sub(size).ok_or(())?;
        let end = self.position.checked_add(size).ok_or(())?;
        let read = if end <= self.length.min(BEGINNING) {
            self.fetch_from_beginning(buffer)
        } else {
            read_exact_at(&self.file, buffer, self.position)
        };
        if let Err(error) = read {
            self.failure.get_or_insert(error);
            return Err(());
        }
        self.position = end;
        Ok(())
    }

    fn fetch_from_beginning(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        if self.beginning.is_empty() {
            let size = usize::try_from(self.length.min(BEGINNING)).unwrap_or_default();
            let mut beginning = vec![0; size];
            read_exact_at(&self.file, &mut beginning, 0)?;
            self.beginning = beginning;
        }
        let start = usize::try_from(self.position).unwrap_or(usize::MAX);
        let part = self.beginning.get(start..).unwrap_or_default();
        let part = part.get(..buffer.len());
        buffer.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl ReadCacheOps for Disk {
    fn len(&mut self) -> Result<u64, ()> {
        Ok(self.length)
    }

    fn seek(&mut self, position: u64) -> Result<u64, ()> {
        self.position = position;
        Ok(position)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ()> {
        let left = self.length.saturating_sub(self.position);
        let size = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        self.fetch(buffer.get_mut(..size).ok_or(())?)?;
        Ok(size)
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), ()> {
        self.fetch(buffer)
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, position)
}

#[cfg(not(unix))]
fn read_exact_at(mut file: &File, buffer: &mut [u8], position: u64) -> io::Result<()> {
    // By their full names: `object` has methods of the same names for whatever can be read.
    io::Seek::seek(&mut file, io::SeekFrom::Start(position))?;
    io::Read::read_exact(&mut file, buffer)
}
