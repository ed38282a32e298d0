//! How far a file must reach, by what its headers promise.

use super::report::{Damage, Part};

/// The furthest end that the headers seen so far have promised.
#[derive(Debug, Default)]
pub(super) struct Extent {
    promised: u64,
}

impl Extent {
    /// Takes in a promise of `size` bytes at `offset`; nothing lies in an empty range, so it promises nothing.
    ///
    /// An end that no file can have is not a promise but an altered `part`.
    pub(super) fn promise(&mut self, offset: u64, size: u64, part: Part) -> Result<(), Damage> {
        if size == 0 {
            return Ok(());
        }
        let end = offset
            .checked_add(size)
            .filter(|end| i64::try_from(*end).is_ok())
            .ok_or(Damage::Altered(part))?;
        self.promised = self.promised.max(end);
        Ok(())
    }

    /// Holds the promises against the length that was found.
    pub(super) fn verify(&self, found: u64) -> Result<(), Damage> {
        if self.promised > found {
            return Err(Damage::Truncated {
                promised: self.promised,
                found,
            });
        }
        Ok(())
    }
}
