//! Keeps the mesh while the pass goes over it: block by block, each block with its edges, so that most of the work is done while
//! the rest of the file arrives.
//!
//! Triangles that a file has as numbers of vertices are kept the same way. Their corners are hashed once a block, as others are,
//! which takes less than half of the time that a look at all vertices of the mesh takes after the pass.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::block_corners::{CornerNumbering, StoredCorners};
use super::block_edges::{EdgeFinder, EdgeKeys, StoredEdges};
use super::kept_mesh::KeptMesh;
use super::slab::Slab;
use crate::mesh::triangle::Triangle;

/// Keeps a mesh.
#[derive(Debug)]
pub(in crate::mesh) struct MeshKeeper {
    keys: EdgeKeys,
    corners: Vec<StoredCorners>,
    /// The edges of each block, unless a block has edges that only the vertices of the mesh can tell.
    edges: Option<Vec<StoredEdges>>,
    /// Whether triangles share corners, by the first block that a thread prepares. Only speed and memory follow from it.
    shares_corners: OnceLock<bool>,
    slabs: Mutex<SlabPool>,
}

/// The slabs that no thread fills at the moment.
#[derive(Debug, Default)]
struct SlabPool {
    free: Vec<SlabPair>,
    made_count: u32,
}

/// Where one thread stores blocks.
#[derive(Debug)]
struct SlabPair {
    number: u32,
    corners: Slab,
    edges: Slab,
}

/// What one thread finds corners and edges with.
#[derive(Debug, Default)]
struct Scratch {
    numbering: CornerNumbering,
    finder: EdgeFinder,
}

thread_local! {
    /// Each thread that computes keeps its scratch, a mebibyte or less, from one mesh to the next: memory that is new to the
    /// process costs a small model more than what it is used for. It is the thread's, and in no model's plan.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A block and its edges, ready for [`MeshKeeper::push_block`].
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct KeptBlock {
    corners: StoredCorners,
    edges: Option<StoredEdges>,
}

impl Default for MeshKeeper {
    fn default() -> Self {
        Self {
            keys: EdgeKeys::drawn(),
            corners: Vec::new(),
            edges: Some(Vec::new()),
            shares_corners: OnceLock::new(),
            slabs: Mutex::default(),
        }
    }
}

impl MeshKeeper {
    /// Keeps the corners of a block and finds its edges. Then it calls `take_hashes` with the hashes of each triangle's corners,
    /// by the fixed keys. Threads prepare blocks in any order; the caller pushes them in the order of the mesh.
    pub fn prepare(&self, block: &[Triangle], take_hashes: impl FnMut([u64; 3])) -> KeptBlock {
        let mut slabs = self.lock().take();
        let prepared = SCRATCH.with_borrow_mut(|Scratch { numbering, finder }| {
            let keys = &self.keys;
            let shares_corners = *self.shares_corners.get_or_init(|| numbering.shares_corners(block, keys.corner));
            if shares_corners {
                numbering.number(block, keys.corner);
            } else {
                numbering.number_apart(block, keys.corner);
            }
            let corners = numbering.store(&mut slabs.corners);
            let edges = match self.edges {
                Some(_) if shares_corners => finder.find(numbering, keys, &mut slabs.edges),
                Some(_) => Some(finder.leave_open(numbering, keys, &mut slabs.edges)),
                None => None,
            };
            numbering.each_hashed(take_hashes);
            KeptBlock { corners, edges }
        });
        self.lock().free.push(slabs);
        prepared
    }

    /// Keeps a block.
    pub fn push_block(&mut self, block: KeptBlock) {
        self.corners.push(block.corners);
        self.edges = self.edges.take().zip(block.edges).map(|(mut edges, of_block)| {
            edges.push(of_block);
            edges
        });
    }

    /// Ends the mesh.
    pub fn finish(self) -> KeptMesh {
        let Self { corners, edges, slabs, .. } = self;
        let mut slabs = slabs.into_inner().unwrap_or_else(PoisonError::into_inner).free;
        slabs.sort_by_key(|pair| pair.number);
        let (of_corners, of_edges) = slabs.into_iter().map(|pair| (pair.corners, pair.edges)).unzip();
        KeptMesh::new((corners, of_corners), edges.map(|edges| (edges, of_edges)))
    }

    fn lock(&self) -> MutexGuard<'_, SlabPool> {
        // A panic leaves no slab half-changed in the pool, so that a poisoned lock is safe to use.
        self.slabs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SlabPool {
    /// Takes free slabs, or makes some.
    fn take(&mut self) -> SlabPair {
        self.free.pop().unwrap_or_else(|| {
            let number = self.made_count;
            self.made_count += 1;
            SlabPair { number, corners: Slab::new(number), edges: Slab::new(number) }
        })
    }
}
