//! Lots drawn by a seed, so that a seed tells a run.

/// Sebastiano Vigna's splitmix64.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// The dice of one step of a run: it draws the same whatever is left out before it.
    pub(crate) fn of_step(seed: u64, step: usize) -> Self {
        let step = u64::try_from(step).unwrap();
        let mut dice = Self(seed ^ step.wrapping_mul(0xd134_2543_de82_ef95));
        dice.below(2);
        dice
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        usize::try_from(z % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    /// Whether one of so many falls.
    pub(crate) fn is_one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn pick<'a, Item>(&mut self, items: &'a [Item]) -> &'a Item {
        &items[self.below(items.len())]
    }
}
