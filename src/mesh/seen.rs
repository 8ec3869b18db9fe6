//! Whether a hash comes twice among many, by a table of bits: a few operations each, and no branch that is hard to foresee.

/// Which hashes were seen, but for a few bits of them.
#[derive(Default)]
pub(super) struct Seen {
    bits: Vec<u64>,
    /// Hashes whose bit was set already.
    suspects: Vec<u64>,
}

impl Seen {
    /// Whether one of about so many hashes comes twice.
    pub fn any_twice(&mut self, count: usize, hashes: impl Iterator<Item = u64> + Clone) -> bool {
        self.clear(count);
        hashes.clone().for_each(|hash| {
            if self.set(hash) {
                self.suspects.push(hash);
            }
        });
        if self.suspects.is_empty() {
            return false;
        }
        // Some only have a bit in common. What is equal to one of them has its bit too, whether it came before or after.
        self.bits.fill(0);
        for number in 0..self.suspects.len() {
            self.set(self.suspects[number]);
        }
        let mut alike = Vec::new();
        hashes.filter(|&hash| self.is_set(hash)).for_each(|hash| alike.push(hash));
        alike.sort_unstable();
        alike.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// Sets a hash's bit, and says whether it was set.
    fn set(&mut self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        let was = self.bits[word];
        self.bits[word] = was | bit;
        was & bit != 0
    }

    fn is_set(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.bits[word] & bit != 0
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        ((hash >> 7) as usize & (self.bits.len() - 1), 1 << (hash >> 1 & 63))
    }

    /// Nothing, with bits for so many: 32 to 64 each, so that few have one in common.
    fn clear(&mut self, count: usize) {
        self.suspects.clear();
        self.bits.clear();
        self.bits.resize((count / 2).next_power_of_two(), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_that_share_a_bit_are_told_apart() {
        let mut seen = Seen::default();
        // Many more than have bits of their own, so that most are suspects.
        let hashes = (0..5_000_u64).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        assert!(!seen.any_twice(100, hashes.clone()));
        for again in [0, 2_500, 4_999] {
            assert!(seen.any_twice(100, hashes.clone().chain(hashes.clone().skip(again).take(1))), "{again}");
        }
    }
}
