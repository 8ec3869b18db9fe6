//! Sets that are joined, by one thread or by many.

use std::sync::atomic::{AtomicU32, Ordering};

/// Sets that are joined: union-find with path halving, the smaller number as the root.
pub(in crate::mesh) struct DisjointSets(Vec<u32>);

impl DisjointSets {
    pub fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    pub fn root(&mut self, mut member: u32) -> u32 {
        while self.0[member as usize] != member {
            let above = self.0[self.0[member as usize] as usize];
            self.0[member as usize] = above;
            member = above;
        }
        member
    }

    #[inline]
    pub fn join(&mut self, a: u32, b: u32) {
        let (above_a, above_b) = (self.0[a as usize], self.0[b as usize]);
        if above_a == above_b {
            return;
        }
        if above_b == b && above_a < b {
            // Alone so far, as the latest of many neighbours is: no need to know what is further above.
            self.0[b as usize] = above_a;
        } else {
            self.join_apart(a, b);
        }
    }

    fn join_apart(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }

    /// For each member the number of its set, in the order of their smallest members, and how many sets there are.
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

/// Sets that many threads join: union-find without locks, the smaller number as the root (Anderson and Woll, "Wait-free
/// parallel algorithms for the union-find problem", 1991). Which are one in the end depends on no order.
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
                // Where another thread was faster, it has done as much.
                let _ = self.0[member as usize].compare_exchange(above, higher, Ordering::Relaxed, Ordering::Relaxed);
            }
            member = higher;
        }
    }

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

    /// As [`DisjointSets::numbered`].
    pub fn numbered(self) -> (Vec<u32>, u32) {
        DisjointSets(self.0.into_iter().map(AtomicU32::into_inner).collect()).numbered()
    }
}
