//! Tables of zero-terminated names, as all object formats keep them.

/// No name that matters here is longer; a longer one is hostile.
const LONGEST_NAME: usize = 4096;

/// A table of zero-terminated names, addressed by byte offset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strings<'data>(pub(super) &'data [u8]);

impl<'data> Strings<'data> {
    /// The name at `offset`; `None` outside of the table, without an end, or of unreasonable length.
    pub(super) fn get(self, offset: u32) -> Option<&'data [u8]> {
        let tail = self.0.get(usize::try_from(offset).ok()?..)?;
        let near = tail.get(..LONGEST_NAME).unwrap_or(tail);
        let end = near.iter().position(|byte| *byte == 0)?;
        near.get(..end)
    }
}
