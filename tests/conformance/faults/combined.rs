//! Several faults at once, drawn by a seed: what nobody thought of. The oracles judge them as they judge one.

use super::{Causes, Depth, Fault, Mending, all, fault};
use crate::trial::{Applied, Trial, Trouble, skip};

/// How many are drawn, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) count: u64,
}

/// Draws combinations of two to four faults. The same seed draws the same ones as long as the list of faults stays.
pub(crate) fn faults(draw: Draw) -> Vec<Fault> {
    (0..draw.count)
        .map(|place| {
            let mut numbers = Numbers(draw.seed.wrapping_add(place).wrapping_mul(0x9e37_79b9));
            let mut parts: Vec<Fault> = Vec::new();
            let wanted = 2 + numbers.below(3);
            let mut pool: Vec<Fault> = all().into_iter().filter(is_combinable).collect();
            while parts.len() < wanted {
                let drawn = pool.swap_remove(numbers.below(pool.len()));
                if moves(&drawn) {
                    pool.retain(|other| !moves(other));
                }
                parts.push(drawn);
            }
            parts.sort_by_key(moves);
            let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
            let name = format!("drawn {}+{place}: {}", draw.seed, names.join(" "));
            let mut combined = fault(name, move |t| apply(&parts, t));
            combined.depth = Depth::Smoke;
            combined.causes = Causes::Several;
            combined
        })
        .collect()
}

/// What only a memory can see may be undone by another part, and a held lock or a killed build hides or delays the rest.
fn is_combinable(fault: &Fault) -> bool {
    fault.altered.is_empty()
        && fault.mending == Mending::Possible
        && !["building/", "killed/"]
            .iter()
            .any(|group| fault.name.starts_with(group))
}

/// What takes the workspace or its build directory elsewhere comes last, and once: the others would look for it where it was.
fn moves(fault: &Fault) -> bool {
    ["workspace/", "directory/", "copied/"]
        .iter()
        .any(|group| fault.name.starts_with(group))
}

/// A part whose object another part has taken away is left out.
fn apply(parts: &[Fault], t: &mut Trial<'_>) -> Applied {
    let mut applied = 0;
    for part in parts {
        match (part.apply)(t) {
            Ok(()) => applied += 1,
            Err(Trouble::Skip(_) | Trouble::Failed(_)) => {}
        }
    }
    if applied == 0 {
        return skip("no part of it can happen here");
    }
    Ok(())
}

/// Sebastiano Vigna's splitmix64: enough to draw lots.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        usize::try_from(z % u64::try_from(limit.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}
