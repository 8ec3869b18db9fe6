//! The test whether any of many hashes comes twice, with a bitmap: a few operations a hash, and no branch that is hard to
//! predict.

/// A bitmap of hashes with false positives: a hash whose bit is set already is a suspect.
#[derive(Default)]
pub(in crate::mesh) struct DuplicateHashes {
    words: Vec<u64>,
    /// The hashes whose bit was set already.
    suspects: Vec<u64>,
}

impl DuplicateHashes {
    /// Whether one of the hashes of the runs `once` comes again, in `once` or in `others`.
    pub fn any_again(&mut self, once: &[&[u64]], others: &[&[u64]]) -> bool {
        self.clear(once.iter().map(|run| run.len()).sum());
        let Self { words, suspects } = self;
        let words = words.as_mut_slice();
        for run in once {
            for &hash in *run {
                if set(words, hash) {
                    suspects.push(hash);
                }
            }
        }
        let suspects_of_once = suspects.len();
        for run in others {
            suspects.extend(run.iter().filter(|&&hash| is_set(words, hash)));
        }
        if suspects.is_empty() {
            return false;
        }
        // Some suspects only share a bit with another hash. Every hash that equals a suspect shares its bit, so that hashes with
        // the bits of suspects are all that must be compared.
        words.fill(0);
        for &hash in &*suspects {
            set(words, hash);
        }
        let mut alike: Vec<u64> = Vec::new();
        for run in once {
            alike.extend(run.iter().filter(|&&hash| is_set(words, hash)));
        }
        alike.sort_unstable();
        alike.windows(2).any(|pair| pair[0] == pair[1])
            || suspects.iter().skip(suspects_of_once).any(|hash| alike.binary_search(hash).is_ok())
    }

    /// Empties the bitmap and makes it large enough for `count` hashes: 32 to 64 bits each, so that few share a bit.
    fn clear(&mut self, count: usize) {
        self.suspects.clear();
        self.words.clear();
        self.words.resize((count / 2).next_power_of_two(), 0);
    }
}

/// Sets the bit of a hash, and returns whether it was set before.
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
        // The hashes differ only above the bits that choose their place. All have one place, and all but one are suspects.
        let hashes: Vec<u64> = (0..5_000_u64).map(|number| number << 40).collect();
        let mut duplicates = DuplicateHashes::default();
        assert!(!duplicates.any_again(&[&hashes], &[]));
        assert_eq!(duplicates.suspects.len(), hashes.len() - 1);
        let others: Vec<u64> = hashes.iter().map(|hash| hash | 1 << 63).collect();
        assert!(!duplicates.any_again(&[&hashes], &[&others, &others]), "others may come again among themselves");
        for again in [0, 2_500, 4_999] {
            assert!(duplicates.any_again(&[&hashes, &hashes[again..=again]], &[]), "{again}");
            assert!(duplicates.any_again(&[&hashes], &[&hashes[again..=again]]), "{again}");
        }
    }
}
