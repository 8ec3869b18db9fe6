//! Keeps the mesh while the pass goes over it.
//!
//! Triangles without indices are kept block by block, each block with its edges, so that most of the work is done while the
//! rest of the file arrives. Of triangles with indices, the points and the indices are kept. The first batch decides the form.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::block_corners::{CornerNumbering, StoredCorners};
use super::block_edges::{EdgeFinder, EdgeKeys, StoredEdges};
use super::kept_mesh::{KeptMesh, MeshForm};
use super::slab::Slab;
use crate::mesh::triangle::{Indexed, Point, Triangle, Triangles};

/// Keeps a mesh.
#[derive(Debug)]
pub(in crate::mesh) struct MeshKeeper {
    keys: EdgeKeys,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// No batch has come yet.
    Empty,
    Blocks(Blocks),
    Indexed {
        points: Vec<Point>,
        triangles: Vec<[u32; 3]>,
        /// The corners of plain triangles that came after, numbered from `u32::MAX` down.
        plain_corners: Vec<Point>,
    },
}

#[derive(Debug, Default)]
struct Blocks {
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
        Self { keys: EdgeKeys::drawn(), form: Form::Empty }
    }
}

impl MeshKeeper {
    /// Keeps the points and indices of a batch, if the first batch had indices. The first batch decides the form.
    pub fn push_indexed<T: Triangles + ?Sized>(&mut self, batch: &T) {
        if let Form::Empty = self.form {
            self.form = match batch.indexed() {
                Some(_) => Form::Indexed { points: Vec::new(), triangles: Vec::new(), plain_corners: Vec::new() },
                None => Form::Blocks(Blocks { edges: Some(Vec::new()), ..Blocks::default() }),
            };
        }
        let Form::Indexed { points, triangles, plain_corners } = &mut self.form else { return };
        if let Some(Indexed { points: all, triangles: more }) = batch.indexed() {
            points.extend(all.get(points.len()..).unwrap_or_default());
            triangles.extend_from_slice(more);
        } else {
            let mut more = Vec::with_capacity(batch.len());
            batch.append(0..batch.len(), &mut more);
            // Not among the points, since a later batch of indices counts only those.
            for corners in more {
                let first = plain_corners.len() as u32;
                plain_corners.extend(corners);
                triangles.push([!first, !(first + 1), !(first + 2)]);
            }
        }
    }

    /// Keeps the corners of a block and finds its edges, if the mesh keeps blocks. Then it calls `take_hashes` with the hashes of
    /// each triangle's corners, by the fixed keys. Threads prepare blocks in any order; the caller pushes them in the order of
    /// the mesh.
    pub fn prepare(&self, block: &[Triangle], take_hashes: impl FnMut([u64; 3])) -> Option<KeptBlock> {
        let Form::Blocks(blocks) = &self.form else { return None };
        let mut slabs = blocks.lock().take();
        let prepared = SCRATCH.with_borrow_mut(|Scratch { numbering, finder }| {
            let keys = &self.keys;
            let shares_corners = *blocks.shares_corners.get_or_init(|| numbering.shares_corners(block, keys.corner));
            if shares_corners {
                numbering.number(block, keys.corner);
            } else {
                numbering.number_apart(block, keys.corner);
            }
            let corners = numbering.store(&mut slabs.corners);
            let edges = match blocks.edges {
                Some(_) if shares_corners => finder.find(numbering, keys, &mut slabs.edges),
                Some(_) => Some(finder.leave_open(numbering, keys, &mut slabs.edges)),
                None => None,
            };
            numbering.each_hashed(take_hashes);
            KeptBlock { corners, edges }
        });
        blocks.lock().free.push(slabs);
        Some(prepared)
    }

    /// Keeps a block.
    pub fn push_block(&mut self, block: KeptBlock) {
        let Form::Blocks(Blocks { corners, edges, .. }) = &mut self.form else { return };
        corners.push(block.corners);
        *edges = edges.take().zip(block.edges).map(|(mut edges, of_block)| {
            edges.push(of_block);
            edges
        });
    }

    /// Ends the mesh.
    pub fn finish(self) -> KeptMesh {
        KeptMesh::new(match self.form {
            Form::Empty => MeshForm::default(),
            Form::Indexed { points, triangles, plain_corners } => {
                MeshForm::Indexed { points, triangles, plain_corners }
            }
            Form::Blocks(Blocks { corners, edges, slabs, .. }) => {
                let mut slabs = slabs.into_inner().unwrap_or_else(PoisonError::into_inner).free;
                slabs.sort_by_key(|pair| pair.number);
                let (of_corners, of_edges) = slabs.into_iter().map(|pair| (pair.corners, pair.edges)).unzip();
                MeshForm::Blocks { corners: (corners, of_corners), edges: edges.map(|edges| (edges, of_edges)) }
            }
        })
    }
}

impl Blocks {
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
