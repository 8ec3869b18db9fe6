//! Lists of hashes that are sorted by ranges, so that threads can share the ranges of many lists.

use std::ops::Range;

/// The number of ranges of hashes. They are few enough that a block has a run of some ten hashes in each.
pub(in crate::mesh) const RANGES: usize = 1 << RANGE_BITS;
const RANGE_BITS: u32 = 6;

/// The number of starts of a list: of each range, and the end of the last one.
pub(in crate::mesh) const STARTS: usize = RANGES + 1;

/// Hashes, sorted by their range.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::mesh) struct HashesByRange<'a> {
    pub hashes: &'a [u64],
    /// A value for each of the hashes; empty if they have none.
    pub values: &'a [u16],
    /// The start of each range, and the end of the last one.
    pub starts: &'a [u16],
}

impl<'a> HashesByRange<'a> {
    /// The hashes of some ranges, and their values.
    pub fn within(self, ranges: &Range<usize>) -> (&'a [u64], &'a [u16]) {
        let places = usize::from(self.starts[ranges.start])..usize::from(self.starts[ranges.end]);
        (&self.hashes[places.clone()], self.values.get(places).unwrap_or_default())
    }
}

/// Hashes in any order, and a value for each of them or for none.
#[derive(Debug, Default)]
pub(in crate::mesh) struct HashList {
    pub hashes: Vec<u64>,
    pub values: Vec<u16>,
}

impl HashList {
    /// Adds a hash with a value.
    pub fn push(&mut self, hash: u64, value: u16) {
        self.hashes.push(hash);
        self.values.push(value);
    }

    pub fn clear(&mut self) {
        self.hashes.clear();
        self.values.clear();
    }

    /// Sorts by range with a counting sort, into the parts of a [`HashesByRange`]. `starts` must be zero.
    pub fn sort_into(&self, hashes: &mut [u64], values: &mut [u16], starts: &mut [u16]) {
        // The count of a range is at the place of the next one, so that the sums are the starts.
        for &hash in &self.hashes {
            starts[range_of(hash) + 1] += 1;
        }
        for range in 0..RANGES {
            starts[range + 1] += starts[range];
        }
        let mut places = [0; STARTS];
        places.copy_from_slice(starts);
        for (number, &hash) in self.hashes.iter().enumerate() {
            let place = &mut places[range_of(hash)];
            hashes[usize::from(*place)] = hash;
            if let Some(&value) = self.values.get(number) {
                values[usize::from(*place)] = value;
            }
            *place += 1;
        }
    }
}

fn range_of(hash: u64) -> usize {
    (hash >> (u64::BITS - RANGE_BITS)) as usize
}
