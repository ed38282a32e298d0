//! Arbitrary bytes and arbitrary mutations: no panic, and no answer that contradicts the file.

use std::ops::Range;

use proptest::prelude::*;
use proptest::sample::Index;

use super::made::elf::Width;
use super::made::{Order, elf, mach_o, pe};
use super::{examine_bytes, real};
use crate::observed::dylib::report::Damage;
use crate::observed::dylib::snappy::unpack_head;

/// What holds for every file whatsoever.
fn assert_reasonable(bytes: &[u8]) {
    let examination = examine_bytes(bytes);
    match examination.content {
        Ok(facts) => {
            assert!(
                examination.platform.is_some(),
                "facts need a header that can be read"
            );
            if let Some(built_by) = facts.built_by() {
                assert!(built_by.starts_with("rustc "));
                assert!(!built_by.contains(char::is_control));
            }
        }
        Err(Damage::Truncated { promised, found }) => {
            assert_eq!(found, bytes.len() as u64);
            assert!(promised > found);
        }
        Err(Damage::Empty) => assert!(bytes.is_empty()),
        Err(Damage::NotAFile(kind)) => panic!("bytes are no {kind}"),
        Err(Damage::NotADylib(_) | Damage::NotAProcMacro | Damage::Altered(_)) => {}
    }
}

/// A change to some bytes of a file.
#[derive(Debug, Clone)]
enum Mutation {
    Write(Index, Vec<u8>),
    Zero(Index, usize),
    Cut(Index),
    Extend(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let any_bytes = prop::collection::vec(any::<u8>(), 1..9);
    prop_oneof![
        8 => (any::<Index>(), any_bytes).prop_map(|(at, bytes)| Mutation::Write(at, bytes)),
        2 => (any::<Index>(), 1..8192_usize).prop_map(|(at, length)| Mutation::Zero(at, length)),
        1 => any::<Index>().prop_map(Mutation::Cut),
        1 => (1..64_usize).prop_map(Mutation::Extend),
    ]
}

/// Mutates bytes in a range, where the mutation fits into what is left of it.
fn mutate(bytes: &mut Vec<u8>, range: &Range<usize>, mutation: &Mutation) {
    let range = range.start.min(bytes.len())..range.end.min(bytes.len());
    if range.is_empty() {
        return;
    }
    let place = |at: &Index| range.start + at.index(range.len());
    match mutation {
        Mutation::Write(at, new) => {
            for (old, new) in bytes[place(at)..].iter_mut().zip(new) {
                *old = *new;
            }
        }
        Mutation::Zero(at, length) => {
            let start = place(at);
            let end = bytes.len().min(start + length);
            bytes[start..end].fill(0);
        }
        Mutation::Cut(at) => bytes.truncate(place(at)),
        Mutation::Extend(length) => bytes.resize(bytes.len() + length, 0xa5),
    }
}

fn made() -> Vec<Vec<u8>> {
    let slices = [mach_o::X86_64, mach_o::ARM64];
    let slices = slices.map(|processor| (processor, mach_o::dylib(processor, Order::Little)));
    vec![
        elf::dylib(Width::Bits64, Order::Little, 62),
        elf::dylib(Width::Bits32, Order::Big, 8),
        mach_o::dylib(mach_o::ARM64, Order::Little),
        mach_o::dylib(mach_o::POWERPC, Order::Big),
        mach_o::universal(&slices),
        pe::dylib(pe::AMD64),
    ]
}

fn magic() -> impl Strategy<Value = Vec<u8>> {
    let magics: [&[u8]; 11] = [
        b"",
        b"\x7fELF\x02\x01\x01",
        b"\x7fELF\x01\x02\x01",
        b"\x7fELF",
        b"MZ",
        b"\xcf\xfa\xed\xfe",
        b"\xfe\xed\xfa\xce",
        b"\xca\xfe\xba\xbe\0\0\0\x02",
        b"\xca\xfe\xba\xbf\0\0\0\x01",
        b"rust\0\0\0",
        b"version https://git-lfs",
    ];
    prop::sample::select(magics.map(<[u8]>::to_vec).to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes(magic in magic(), rest in prop::collection::vec(any::<u8>(), 0..2048)) {
        assert_reasonable(&[magic, rest].concat());
    }

    #[test]
    fn mutated_small_dylibs_of_every_format(
        which in any::<Index>(),
        mutations in prop::collection::vec(mutation(), 1..6),
    ) {
        let mut made = made();
        let mut bytes = made.swap_remove(which.index(made.len()));
        let all = 0..bytes.len();
        for mutation in &mutations {
            mutate(&mut bytes, &all, mutation);
        }
        assert_reasonable(&bytes);
    }

    #[test]
    fn unpacking_arbitrary_bytes(rest in prop::collection::vec(any::<u8>(), 0..512)) {
        let packed = [b"\xff\x06\0\0sNaPpY\0\xff\0\0", &rest[..]].concat();
        prop_assert!(unpack_head(&packed, 128).len() < 256);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_mutated_real_dylib(
        in_headers in prop::collection::vec(mutation(), 0..4),
        in_tables in prop::collection::vec(mutation(), 0..4),
        anywhere in prop::collection::vec(mutation(), 0..3),
    ) {
        let Some(original) = real::stripped() else { return Ok(()) };
        let mut bytes = original.to_vec();
        let length = bytes.len();
        let places = [(0..8192, in_headers), (length - 8192..length, in_tables), (0..length, anywhere)];
        for (range, mutations) in places {
            for mutation in &mutations {
                mutate(&mut bytes, &range, mutation);
            }
        }
        assert_reasonable(&bytes);
    }
}
