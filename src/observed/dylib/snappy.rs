//! The first bytes of a Snappy frame stream, into which rustc packed its metadata until 2023.
//!
//! Just enough to reach the compiler's version; the format is that of google/snappy, `format_description.txt` and
//! `framing_format.txt`.

const STREAM_IDENTIFIER: &[u8] = b"\xff\x06\0\0sNaPpY";
const COMPRESSED_CHUNK: u8 = 0;
const PLAIN_CHUNK: u8 = 1;
const CHECKSUM_LENGTH: usize = 4;

/// Unpacks at least `wanted` bytes, if `packed` holds as many; fewer where it ends or stops making sense.
pub(super) fn unpack_head(packed: &[u8], wanted: usize) -> Vec<u8> {
    let mut unpacked = Vec::new();
    let Some(mut rest) = packed.strip_prefix(STREAM_IDENTIFIER) else {
        return unpacked;
    };
    while unpacked.len() < wanted {
        let Some(([kind, length @ ..], tail)) = rest.split_first_chunk::<4>() else {
            break;
        };
        let [low, middle, high] = *length;
        let length = u32::from_le_bytes([low, middle, high, 0]);
        let length = usize::try_from(length).map_or(tail.len(), |length| length.min(tail.len()));
        let (chunk, next) = tail.split_at(length);
        let body = chunk.get(CHECKSUM_LENGTH..).unwrap_or_default();
        match *kind {
            COMPRESSED_CHUNK => {
                let start = unpacked.len();
                if unpack_block(body, &mut unpacked, start, wanted).is_none() {
                    break;
                }
            }
            PLAIN_CHUNK => {
                let near = body.get(..wanted).unwrap_or(body);
                unpacked.extend_from_slice(near);
            }
            _ => break,
        }
        rest = next;
    }
    unpacked
}

/// Unpacks one block after `start` until `unpacked` has `wanted` bytes; `None` where the block ends or makes no sense.
fn unpack_block(block: &[u8], unpacked: &mut Vec<u8>, start: usize, wanted: usize) -> Option<()> {
    // The block's unpacked length, in seven bits a byte, of which the last has its top bit clear.
    let preamble = block.iter().take(5).position(|byte| *byte < 0x80)?;
    let mut rest = block.get(preamble.checked_add(1)?..)?;
    while unpacked.len() < wanted {
        let Some((tag, tail)) = rest.split_first() else {
            return Some(());
        };
        let tag = usize::from(*tag);
        rest = match tag & 3 {
            0 => literal(tag, tail, unpacked, wanted)?,
            1 => {
                let (low, tail) = tail.split_first()?;
                let offset = (tag >> 5) << 8 | usize::from(*low);
                copy(unpacked, start, offset, ((tag >> 2) & 7) + 4)?;
                tail
            }
            2 => {
                let (offset, tail) = tail.split_first_chunk::<2>()?;
                let offset = usize::from(u16::from_le_bytes(*offset));
                copy(unpacked, start, offset, (tag >> 2) + 1)?;
                tail
            }
            _ => {
                let (offset, tail) = tail.split_first_chunk::<4>()?;
                let offset = usize::try_from(u32::from_le_bytes(*offset)).ok()?;
                copy(unpacked, start, offset, (tag >> 2) + 1)?;
                tail
            }
        };
    }
    Some(())
}

/// Bytes that stand for themselves.
fn literal<'packed>(
    tag: usize,
    tail: &'packed [u8],
    unpacked: &mut Vec<u8>,
    wanted: usize,
) -> Option<&'packed [u8]> {
    let (length, tail) = match tag >> 2 {
        short @ 0..60 => (short, tail),
        long => {
            // 60 to 63: the length follows, in one to four bytes.
            let (bytes, tail) = tail.split_at_checked(long - 59)?;
            let length = bytes.iter().rev().try_fold(0_usize, |sum, byte| {
                Some(sum.checked_mul(256)? | usize::from(*byte))
            })?;
            (length, tail)
        }
    };
    let length = length.checked_add(1)?;
    let needed = length.min(wanted.saturating_sub(unpacked.len()));
    unpacked.extend_from_slice(tail.get(..needed.min(tail.len()))?);
    // A literal that is cut short by the end of what was read leaves nothing behind it.
    Some(tail.get(length..).unwrap_or_default())
}

/// Bytes that were seen before, `offset` bytes back in the same block; they may overlap with their own copy.
fn copy(unpacked: &mut Vec<u8>, start: usize, offset: usize, length: usize) -> Option<()> {
    for _ in 0..length {
        let source = unpacked
            .len()
            .checked_sub(offset)
            .filter(|at| *at >= start)?;
        unpacked.push(*unpacked.get(source)?);
    }
    Some(())
}
