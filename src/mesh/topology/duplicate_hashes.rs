//! Whether a hash comes twice among many, by a table of bits: a few operations each, and no branch that is hard to foresee.

/// Which hashes were seen, but for a few bits of them.
#[derive(Default)]
pub(in crate::mesh) struct DuplicateHashes {
    words: Vec<u64>,
    /// Hashes whose bit was set already.
    suspects: Vec<u64>,
}

impl DuplicateHashes {
    /// Whether one of the hashes, which lie in several runs, comes twice.
    pub fn any_twice(&mut self, runs: &[&[u64]]) -> bool {
        self.clear(runs.iter().map(|run| run.len()).sum());
        let Self { words, suspects } = self;
        let words = words.as_mut_slice();
        for run in runs {
            for &hash in *run {
                if set(words, hash) {
                    suspects.push(hash);
                }
            }
        }
        if self.suspects.is_empty() {
            return false;
        }
        // Some only have a bit in common. What is equal to one of them has its bit too, whether it came before or after.
        self.words.fill(0);
        for number in 0..self.suspects.len() {
            set(&mut self.words, self.suspects[number]);
        }
        let mut alike: Vec<u64> = Vec::new();
        for run in runs {
            alike.extend(run.iter().filter(|&&hash| is_set(&self.words, hash)));
        }
        alike.sort_unstable();
        alike.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// Nothing, with bits for so many: 32 to 64 each, so that few have one in common.
    fn clear(&mut self, count: usize) {
        self.suspects.clear();
        self.words.clear();
        self.words.resize((count / 2).next_power_of_two(), 0);
    }
}

/// Sets a hash's bit, and says whether it was set.
fn set(words: &mut [u64], hash: u64) -> bool {
    let (word, bit) = place(words, hash);
    let was = words[word];
    words[word] = was | bit;
    was & bit != 0
}

fn is_set(words: &[u64], hash: u64) -> bool {
    let (word, bit) = place(words, hash);
    words[word] & bit != 0
}

fn place(words: &[u64], hash: u64) -> (usize, u64) {
    ((hash >> 7) as usize & (words.len() - 1), 1 << (hash >> 1 & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_that_share_a_bit_are_told_apart() {
        // They differ above the bits that choose their place only, so that all have one place, and all but one are suspects.
        let hashes: Vec<u64> = (0..5_000_u64).map(|number| number << 40).collect();
        let mut duplicates = DuplicateHashes::default();
        assert!(!duplicates.any_twice(&[&hashes]));
        assert_eq!(duplicates.suspects.len(), hashes.len() - 1);
        for again in [0, 2_500, 4_999] {
            assert!(duplicates.any_twice(&[&hashes, &hashes[again..=again]]), "{again}");
        }
    }
}
