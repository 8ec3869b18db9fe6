//! Slabs: few large areas of memory, for the many small records of a kept mesh.
//!
//! An allocation of its own for each record would have the allocator ask the system for memory some hundred times, and each
//! time the other threads' page faults would wait.
//!
//! The areas are not advised to be of huge pages. Where the system has them free, a million triangles take a tenth less
//! processor time. Where files fill the memory, as on any machine that has run for a while, the system moves pages to make
//! some, and they take a sixth more.
//!
//! Each thread that prepares blocks fills a slab of its own, so that none waits for another. Where a record is found depends on
//! threads; what it holds does not.

/// The most memory of an area of several records: as much as a slab is longer than its records at most.
const MOST_AREA_WORDS: usize = (2 << 20) / size_of::<u64>();

/// Records of one thread, each a number of 64-bit words.
#[derive(Debug)]
pub(in crate::mesh) struct Slab {
    number: u32,
    areas: Vec<Box<[u64]>>,
    /// The words of all areas.
    word_count: usize,
    /// The words of the last area that are taken.
    taken_words: usize,
}

/// The place of a record in one of several slabs.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct Place {
    slab: u32,
    area: u32,
    first_word: u32,
    word_count: u32,
}

impl Slab {
    /// Makes an empty slab. `number` is its place among the slabs of the mesh.
    pub fn new(number: u32) -> Self {
        Self { number, areas: Vec::new(), word_count: 0, taken_words: 0 }
    }

    /// Takes memory for a record of so many words, all of them zero.
    pub fn take(&mut self, word_count: usize) -> (Place, &mut [u64]) {
        let left_words = self.areas.last().map_or(0, |area| area.len() - self.taken_words);
        if self.areas.is_empty() || left_words < word_count {
            self.add_area(word_count);
        }
        let first_word = self.taken_words;
        self.taken_words += word_count;
        let area = self.areas.len() as u32 - 1;
        let place = Place { slab: self.number, area, first_word: first_word as u32, word_count: word_count as u32 };
        (place, &mut self.areas[area as usize][first_word..self.taken_words])
    }

    /// Adds an area for a record: an eighth of what the slab has, so that a small mesh takes little more than its records.
    fn add_area(&mut self, least_words: usize) {
        let word_count = least_words.max((self.word_count / 8).min(MOST_AREA_WORDS));
        self.areas.push(vec![0; word_count].into());
        self.word_count += word_count;
        self.taken_words = 0;
    }
}

impl Place {
    /// The words of the record, where `slabs` are those of the mesh in the order of their numbers.
    pub fn words(self, slabs: &[Slab]) -> &[u64] {
        let first = self.first_word as usize;
        &slabs[self.slab as usize].areas[self.area as usize][first..first + self.word_count as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_keep_what_is_written_into_them() {
        let mut slabs = [Slab::new(0), Slab::new(1)];
        // Empty ones, small ones, one larger than an area, and some that begin another area.
        let sizes = [0, 1, 7, 200_000, 3_000_000, 30_000, 2_000_000, 3].repeat(3);
        let mut places = Vec::new();
        for (number, &size) in sizes.iter().enumerate() {
            let (place, words) = slabs[number % 2].take(size);
            assert!(words.iter().all(|&word| word == 0), "record {number} is not cleared");
            words.fill(number as u64);
            places.push(place);
        }
        for (number, (place, &size)) in places.iter().zip(&sizes).enumerate() {
            assert_eq!(place.words(&slabs), vec![number as u64; size], "record {number}");
        }
        let area_count: usize = slabs.iter().map(|slab| slab.areas.len()).sum();
        assert!(area_count < sizes.len(), "records share areas");
    }
}
