//! The edges of an indexed mesh: which half-edges lie on the same edge, and which shells they join.
//!
//! `radial` pairs the half-edges of an edge of three or more triangles. Before that, such an edge joins nothing, and the shells
//! are patches: parts of the surface that no such edge divides.
//!
//! A counting sort orders half-edges by the smaller of their two vertices; then the few of each vertex are sorted by the
//! other. This is exact, needs no hash, and runs in parallel over vertices.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::union_find::DisjointSets;

/// The mate of a half-edge whose edge has no other half-edge.
pub(in crate::mesh) const BOUNDARY: u32 = u32::MAX;
/// The mate of a half-edge whose edge has two or more other half-edges.
pub(in crate::mesh) const NON_MANIFOLD: u32 = u32::MAX - 1;

/// The edges of a mesh.
#[derive(Debug)]
pub(in crate::mesh) struct Edges {
    /// The mate of each half-edge: the other one of its edge, or [`BOUNDARY`], or [`NON_MANIFOLD`] until `radial` pairs it.
    pub mates: Vec<u32>,
    /// The number of edges that one triangle uses.
    pub boundary_count: u64,
    /// The number of edges that exactly two triangles use, both in the same direction.
    pub same_direction_count: u64,
    /// The number of edges that three or more triangles use.
    pub non_manifold_count: u64,
    /// How many of these an odd number of triangles use.
    odd_non_manifold_count: u64,
    /// The half-edges of the non-manifold edges, one edge after another.
    non_manifold: Vec<u32>,
}

/// The edges of one range of vertices. The mates go to their place at once.
#[derive(Default)]
struct RangeEdges {
    boundary_count: u64,
    same_direction_count: u64,
    non_manifold_count: u64,
    odd_non_manifold_count: u64,
    non_manifold: Vec<u32>,
}

impl Edges {
    pub fn of(mesh: &IndexedMesh) -> Self {
        let mut by_vertex = HalfEdgesByVertex::of(mesh);
        let mates: Vec<AtomicU32> = (0..mesh.triangles.len() * 3).map(|_| AtomicU32::new(BOUNDARY)).collect();
        let found: Vec<RangeEdges> = by_vertex
            .ranges()
            .into_par_iter()
            .map(|(starts, entries)| {
                let mut found = RangeEdges::default();
                let first = starts[0];
                for pair in starts.windows(2) {
                    let around = &mut entries[(pair[0] - first) as usize..(pair[1] - first) as usize];
                    around.sort_unstable();
                    for edge in around.chunk_by(|a, b| a >> 32 == b >> 32) {
                        found.add(mesh, edge, &mates);
                    }
                }
                found
            })
            .collect();
        drop(by_vertex);
        let mut edges = Self {
            mates: mates.into_iter().map(AtomicU32::into_inner).collect(),
            boundary_count: 0,
            same_direction_count: 0,
            non_manifold_count: 0,
            odd_non_manifold_count: 0,
            non_manifold: Vec::with_capacity(found.iter().map(|part| part.non_manifold.len()).sum()),
        };
        for part in found {
            edges.boundary_count += part.boundary_count;
            edges.same_direction_count += part.same_direction_count;
            edges.non_manifold_count += part.non_manifold_count;
            edges.odd_non_manifold_count += part.odd_non_manifold_count;
            edges.non_manifold.extend(part.non_manifold);
        }
        edges
    }

    /// The number of edges that an odd number of triangles use: a mesh with such an edge is not closed.
    pub fn odd_count(&self) -> u64 {
        self.boundary_count + self.odd_non_manifold_count
    }

    /// The number of edges that an odd number of triangles use, three or more.
    pub fn odd_non_manifold_count(&self) -> u64 {
        self.odd_non_manifold_count
    }

    /// Whether three or more triangles use the edge of a half-edge that has no mate yet.
    pub fn is_non_manifold(&self, half_edge: u32) -> bool {
        self.mates[half_edge as usize] == NON_MANIFOLD
    }

    /// The half-edges of each edge that three or more triangles use, where they are not paired.
    pub fn non_manifold(&self, mesh: &IndexedMesh) -> impl Iterator<Item = &[u32]> {
        mesh.chunk_by_edge(&self.non_manifold)
    }

    /// Takes out the half-edges of the edges that three or more triangles use, one edge after another, in order to pair them.
    pub fn take_non_manifold(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.non_manifold)
    }

    /// The half-edges that have no mate.
    pub fn loose(&self) -> impl Iterator<Item = u32> {
        self.mates.iter().enumerate().filter(|(_, mate)| **mate == BOUNDARY).map(|(half_edge, _)| half_edge as u32)
    }

    /// The other half-edge of a pair.
    pub fn mate(&self, half_edge: u32) -> Option<u32> {
        let mate = self.mates[half_edge as usize];
        (mate < NON_MANIFOLD).then_some(mate)
    }

    /// Returns the shell of each triangle, and the number of shells: the triangles that pairs of half-edges join. Shells are
    /// numbered in the order of their first triangles.
    pub fn shells(&self) -> (Vec<u32>, u32) {
        let mut sets = DisjointSets::new(self.mates.len() / 3);
        for (half_edge, &mate) in self.mates.iter().enumerate() {
            // Each pair once. BOUNDARY and NON_MANIFOLD are larger than any half-edge.
            if (mate as usize) < half_edge {
                sets.join(half_edge as u32 / 3, mate / 3);
            }
        }
        sets.numbered()
    }
}

impl RangeEdges {
    /// Adds one edge, by its entries of [`HalfEdgesByVertex`].
    fn add(&mut self, mesh: &IndexedMesh, edge: &[u64], mates: &[AtomicU32]) {
        match *edge {
            [_] => self.boundary_count += 1,
            [a, b] => {
                let (a, b) = (a as u32, b as u32);
                mates[a as usize].store(b, Ordering::Relaxed);
                mates[b as usize].store(a, Ordering::Relaxed);
                self.same_direction_count += u64::from(mesh.ends(a).0 == mesh.ends(b).0);
            }
            _ => {
                for half_edge in edge.iter().map(|&entry| entry as u32) {
                    mates[half_edge as usize].store(NON_MANIFOLD, Ordering::Relaxed);
                    self.non_manifold.push(half_edge);
                }
                self.non_manifold_count += 1;
                self.odd_non_manifold_count += edge.len() as u64 % 2;
            }
        }
    }
}

/// Half-edges sorted by the smaller of their vertices.
struct HalfEdgesByVertex {
    /// The start of each vertex's entries, and the end of the last ones.
    starts: Vec<u32>,
    /// The larger vertex in the upper half, the half-edge in the lower.
    entries: Vec<u64>,
}

impl HalfEdgesByVertex {
    fn of(mesh: &IndexedMesh) -> Self {
        let mut starts = vec![0_u32; mesh.vertices.len() + 1];
        for [a, b, c] in &mesh.triangles {
            for smaller in [a.min(b), b.min(c), c.min(a)] {
                starts[*smaller as usize] += 1;
            }
        }
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        // Each start is now the end of its vertex's entries; filling from the back turns it into the start.
        let mut entries = vec![0_u64; mesh.triangles.len() * 3];
        for half_edge in (0..entries.len() as u32).rev() {
            let (a, b) = mesh.ends(half_edge);
            let place = &mut starts[a.min(b) as usize];
            *place -= 1;
            entries[*place as usize] = u64::from(a.max(b)) << 32 | u64::from(half_edge);
        }
        Self { starts, entries }
    }

    /// Splits the entries into ranges of vertices, each with its starts (and the end of the last) and its entries.
    fn ranges(&mut self) -> Vec<(&[u32], &mut [u64])> {
        const VERTICES: usize = 1 << 14;
        let mut rest = self.entries.as_mut_slice();
        let mut ranges = Vec::new();
        for first in (0..self.starts.len() - 1).step_by(VERTICES) {
            let last = (first + VERTICES).min(self.starts.len() - 1);
            let starts = &self.starts[first..=last];
            let (entries, after) = std::mem::take(&mut rest).split_at_mut((starts[last - first] - starts[0]) as usize);
            ranges.push((starts, entries));
            rest = after;
        }
        ranges
    }
}
