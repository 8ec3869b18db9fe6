//! Which half-edges lie on the same edge, and the shells that they join.
//!
//! Half-edges are sorted by the smaller of their two vertices (a counting sort), and then, a handful at a time, by the
//! other: exact, with no hash, and in parallel over vertices.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::topology::union_find::DisjointSets;

/// The half-edge's edge has no other.
pub(in crate::mesh) const BOUNDARY: u32 = u32::MAX;
/// The half-edge's edge has two or more others.
pub(in crate::mesh) const NON_MANIFOLD: u32 = u32::MAX - 1;

/// The edges of a mesh.
#[derive(Debug)]
pub(in crate::mesh) struct Edges {
    /// For each half-edge the other one of its edge, or [`BOUNDARY`], or [`NON_MANIFOLD`].
    pub mates: Vec<u32>,
    /// Edges that one triangle uses.
    pub boundary_count: u64,
    /// Edges that exactly two triangles use, both in the same direction.
    pub same_direction_count: u64,
    /// Edges that three or more triangles use.
    pub non_manifold_count: u64,
    /// Of these, the edges that an odd number of triangles use.
    odd_non_manifold_count: u64,
    /// The half-edges of the non-manifold edges, one edge after another.
    non_manifold: Vec<u32>,
}

/// What one range of vertices found.
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

    /// Edges that one triangle uses, or three, or five: the mesh cannot be closed with them.
    pub fn odd_count(&self) -> u64 {
        self.boundary_count + self.odd_non_manifold_count
    }

    /// The half-edges of each edge that three or more triangles use.
    pub fn non_manifold(&self, mesh: &IndexedMesh) -> impl Iterator<Item = &[u32]> {
        let vertices = |half_edge: u32| {
            let (a, b) = mesh.ends(half_edge);
            (a.min(b), a.max(b))
        };
        self.non_manifold.chunk_by(move |&a, &b| vertices(a) == vertices(b))
    }

    /// The other half-edge of an edge that exactly two use.
    pub fn mate(&self, half_edge: u32) -> Option<u32> {
        let mate = self.mates[half_edge as usize];
        (mate < NON_MANIFOLD).then_some(mate)
    }

    /// Numbers the shells, in the order of their first triangles: for each triangle its shell, and how many there are.
    pub fn shells(&self) -> (Vec<u32>, u32) {
        let mut sets = DisjointSets::new(self.mates.len() / 3);
        for (half_edge, &mate) in self.mates.iter().enumerate() {
            // Each pair once; the special values are larger than any half-edge.
            if (mate as usize) < half_edge {
                sets.join(half_edge as u32 / 3, mate / 3);
            }
        }
        sets.numbered()
    }
}

impl RangeEdges {
    /// Takes the half-edges of one edge: vertex above, half-edge below.
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
    /// Where each vertex's entries start, and the end of the last.
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
        // Each start is now its vertex's end; filling from the back turns it into the start.
        let mut entries = vec![0_u64; mesh.triangles.len() * 3];
        for half_edge in (0..entries.len() as u32).rev() {
            let (a, b) = mesh.ends(half_edge);
            let place = &mut starts[a.min(b) as usize];
            *place -= 1;
            entries[*place as usize] = u64::from(a.max(b)) << 32 | u64::from(half_edge);
        }
        Self { starts, entries }
    }

    /// Ranges of vertices, each with its starts (and the end of the last) and its entries.
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
