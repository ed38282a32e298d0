//! Tables of zero-terminated names, as all object formats keep them.

/// The names that matter are far shorter; of a longer one (C++ has some) this much is looked at.
const LOOKED_AT: usize = 1024;

/// A table of zero-terminated names, addressed by byte offset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strings<'data>(pub(super) &'data [u8]);

impl<'data> Strings<'data> {
    /// The name at `offset`, or the beginning of a very long one; `None` outside of the table.
    pub(super) fn get(self, offset: u32) -> Option<&'data [u8]> {
        let tail = self.0.get(usize::try_from(offset).ok()?..)?;
        let near = tail.get(..LOOKED_AT).unwrap_or(tail);
        let end = near.iter().position(|byte| *byte == 0);
        near.get(..end.unwrap_or(near.len()))
    }
}
