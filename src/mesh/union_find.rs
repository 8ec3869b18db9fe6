//! Disjoint sets (union-find), for one thread and for many.

use std::sync::atomic::{AtomicU32, Ordering};

/// Disjoint sets for one thread: union-find with path halving, the smaller number as the root.
#[derive(Debug)]
pub struct DisjointSets(Vec<u32>);

impl DisjointSets {
    /// So many sets of one member each.
    pub fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    /// The root of a member's set: its smallest member.
    pub fn root(&mut self, mut member: u32) -> u32 {
        while self.0[member as usize] != member {
            let above = self.0[self.0[member as usize] as usize];
            self.0[member as usize] = above;
            member = above;
        }
        member
    }

    /// Joins the sets of two members.
    #[inline]
    pub fn join(&mut self, a: u32, b: u32) {
        let (above_a, above_b) = (self.0[a as usize], self.0[b as usize]);
        if above_a == above_b {
            return;
        }
        if above_b == b && above_a < b {
            // b is alone, as the latest triangle often is, so that its root need not be searched for.
            self.0[b as usize] = above_a;
        } else {
            self.join_apart(a, b);
        }
    }

    fn join_apart(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }

    /// Returns for each member the number of its set, and how many sets there are. Sets are numbered in the order of their
    /// smallest members.
    pub fn numbered(mut self) -> (Vec<u32>, u32) {
        let mut count = 0;
        for member in 0..self.0.len() {
            // A root is smaller than its members, so it has its number before they ask for it.
            self.0[member] = if self.0[member] as usize == member {
                count += 1;
                count - 1
            } else {
                self.0[self.0[member] as usize]
            };
        }
        (self.0, count)
    }
}

/// Disjoint sets for many threads: union-find without locks, the smaller number as the root (Anderson and Woll, "Wait-free
/// parallel algorithms for the union-find problem", 1991). The final sets do not depend on the order of the joins.
pub(in crate::mesh) struct SharedSets(Vec<AtomicU32>);

impl SharedSets {
    pub fn new(count: usize) -> Self {
        Self((0..count as u32).map(AtomicU32::new).collect())
    }

    fn root(&self, mut member: u32) -> u32 {
        loop {
            let above = self.0[member as usize].load(Ordering::Relaxed);
            if above == member {
                return member;
            }
            let higher = self.0[above as usize].load(Ordering::Relaxed);
            if higher != above {
                // If another thread was faster, it has shortened the path as well.
                let _ = self.0[member as usize].compare_exchange(above, higher, Ordering::Relaxed, Ordering::Relaxed);
            }
            member = higher;
        }
    }

    /// Joins the sets of two members.
    pub fn join(&self, a: u32, b: u32) {
        let (mut a, mut b) = (a, b);
        loop {
            (a, b) = (self.root(a), self.root(b));
            if a == b {
                return;
            }
            let (root, member) = (a.min(b), a.max(b));
            let joined = self.0[member as usize].compare_exchange(member, root, Ordering::Relaxed, Ordering::Relaxed);
            if joined.is_ok() {
                return;
            }
        }
    }

    /// Numbers the sets as [`DisjointSets::numbered`] does.
    pub fn numbered(self) -> (Vec<u32>, u32) {
        DisjointSets(self.0.into_iter().map(AtomicU32::into_inner).collect()).numbered()
    }
}
