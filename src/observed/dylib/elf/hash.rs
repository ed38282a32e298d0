//! The GNU hash table, by which a dynamic linker finds a symbol.
//!
//! `object` has a look-up of its own, but it shifts by an amount that it reads from the file.

use object::elf::{GnuHashHeader, gnu_hash};
use object::endian::U32;
use object::pod::{from_bytes, slice_from_bytes};
use object::{Endian, Endianness};

/// A hash table whose parts all lie within it.
pub(super) struct HashTable<'data> {
    endian: Endianness,
    word_size: usize,
    header: &'data GnuHashHeader<Endianness>,
    bloom_words: &'data [u8],
    buckets: &'data [U32<Endianness>],
    values: &'data [U32<Endianness>],
}

impl<'data> HashTable<'data> {
    /// Finds the parts of a table in a file whose words have `word_size` bytes.
    pub(super) fn parse(bytes: &'data [u8], endian: Endianness, word_size: usize) -> Option<Self> {
        let (header, rest) = from_bytes::<GnuHashHeader<Endianness>>(bytes).ok()?;
        let bloom_count = usize::try_from(header.bloom_count.get(endian)).ok()?;
        let (bloom_words, rest) = rest.split_at_checked(bloom_count.checked_mul(word_size)?)?;
        let bucket_count = usize::try_from(header.bucket_count.get(endian)).ok()?;
        let (buckets, rest) = slice_from_bytes(rest, bucket_count).ok()?;
        let (values, _) = slice_from_bytes(rest, rest.len() / size_of::<u32>()).ok()?;
        Some(Self {
            endian,
            word_size,
            header,
            bloom_words,
            buckets,
            values,
        })
    }

    /// Whether a look-up of `name` arrives at the symbol of that `index`.
    pub(super) fn leads_to(&self, name: &[u8], index: usize) -> bool {
        let hash = gnu_hash(name);
        self.passes_bloom(hash) == Some(true) && self.chain_holds(hash, index) == Some(true)
    }

    fn passes_bloom(&self, hash: u32) -> Option<bool> {
        let word_bits = u32::try_from(self.word_size.checked_mul(8)?).ok()?;
        let word_count = self.bloom_words.len().checked_div(self.word_size)?;
        let word_index = usize::try_from(hash.checked_div(word_bits)?)
            .ok()?
            .checked_rem(word_count)?;
        let mut words = self.bloom_words.chunks_exact(self.word_size);
        let word = words.nth(word_index)?;
        let word = match (word.first_chunk(), word.first_chunk()) {
            (_, Some(word)) => self.endian.read_u64(*word),
            (Some(word), None) => u64::from(self.endian.read_u32(*word)),
            (None, None) => return None,
        };
        let second = hash.checked_shr(self.header.bloom_shift.get(self.endian))?;
        let bit = |hash: u32| Some(word.checked_shr(hash.checked_rem(word_bits)?)? & 1 == 1);
        Some(bit(hash)? && bit(second)?)
    }

    fn chain_holds(&self, hash: u32, index: usize) -> Option<bool> {
        let bucket = usize::try_from(hash)
            .ok()?
            .checked_rem(self.buckets.len())?;
        let first = usize::try_from(self.buckets.get(bucket)?.get(self.endian)).ok()?;
        let base = usize::try_from(self.header.symbol_base.get(self.endian)).ok()?;
        let chain = self.values.get(first.checked_sub(base)?..)?;
        for (symbol, value) in (first..).zip(chain) {
            let value = value.get(self.endian);
            if symbol == index {
                return Some(value | 1 == hash | 1);
            }
            // The lowest bit marks the end of a chain.
            if value & 1 == 1 {
                break;
            }
        }
        Some(false)
    }
}
