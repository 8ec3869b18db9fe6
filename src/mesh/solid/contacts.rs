//! The pairs of bodies that meet, with the strongest evidence that was found of each.

use std::cmp::Reverse;

/// What was seen of two bodies that meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::mesh) enum Evidence {
    /// A point in common.
    Point,
    /// A line or an area in common, at which one body ends as the other begins.
    Side,
    /// A point of the surface of one inside the other.
    Inside,
}

/// The pairs of bodies of which something was seen.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Contacts {
    seen: Vec<(u32, u32, Evidence)>,
    /// The number of entries at which equal pairs are united next.
    unite_at: usize,
}

impl Contacts {
    /// The number of entries up to which equal pairs are not worth uniting.
    const FEW: usize = 1 << 10;

    /// Adds what was seen of two bodies, and gives the number of pairs when they were counted last.
    pub fn add(&mut self, a: u32, b: u32, evidence: Evidence) -> usize {
        if self.seen.len() >= self.unite_at.max(Self::FEW) {
            self.unite();
            self.unite_at = 2 * self.seen.len();
        }
        self.seen.push((a.min(b), a.max(b), evidence));
        self.unite_at / 2
    }

    /// The pairs in ascending order, each once.
    pub fn finish(mut self) -> Vec<(u32, u32, Evidence)> {
        self.unite();
        self.seen
    }

    fn unite(&mut self) {
        self.seen.sort_unstable_by_key(|&(a, b, evidence)| (a, b, Reverse(evidence)));
        self.seen.dedup_by_key(|&mut (a, b, _)| (a, b));
    }
}
