//! A mesh that is kept whole, for what needs all of it.
//!
//! Triangles without indices are kept as they come, block by block, each block with its edges, so that most of the work is
//! done while the rest arrives. A mesh that comes with indices keeps its points and its indices. The form is that of the first
//! batch.

use super::block_edges::{BlockEdges, EdgeKeys};
use super::closed_check::{Shells, closed_shells};
use super::indexed_mesh::{IndexedMesh, Indexer};
use crate::mesh::triangle::{Indexed, Point, Triangle, Triangles};

/// All triangles of a mesh.
#[derive(Debug)]
pub struct KeptMesh {
    keys: EdgeKeys,
    form: MeshForm,
}

#[derive(Debug)]
enum MeshForm {
    /// Nothing has come yet.
    Empty,
    Blocks {
        blocks: Vec<Box<[Triangle]>>,
        /// The edges of each block; none once one of them has such as need a closer look.
        edges: Option<Vec<BlockEdges>>,
    },
    Indexed {
        points: Vec<Point>,
        triangles: Vec<[u32; 3]>,
    },
}

/// A block that is to be kept.
#[derive(Debug)]
pub(in crate::mesh) struct KeptBlock {
    triangles: Box<[Triangle]>,
    edges: Option<BlockEdges>,
}

impl Default for KeptMesh {
    fn default() -> Self {
        Self { keys: EdgeKeys::drawn(), form: MeshForm::Empty }
    }
}

impl KeptMesh {
    /// Keeps the indices of a batch, where it is the first and has some, or where the batches before it had some.
    pub(in crate::mesh) fn push_indexed<T: Triangles + ?Sized>(&mut self, batch: &T) {
        if let MeshForm::Empty = self.form {
            self.form = match batch.indexed() {
                Some(_) => MeshForm::Indexed { points: Vec::new(), triangles: Vec::new() },
                None => MeshForm::Blocks { blocks: Vec::new(), edges: Some(Vec::new()) },
            };
        }
        let MeshForm::Indexed { points, triangles } = &mut self.form else { return };
        match batch.indexed() {
            Some(Indexed { points: all, triangles: more }) => {
                points.extend(all.get(points.len()..).unwrap_or_default());
                triangles.extend_from_slice(more);
            }
            None => {
                let mut more = Vec::with_capacity(batch.len());
                batch.append(0..batch.len(), &mut more);
                for corners in more {
                    let first = points.len() as u32;
                    points.extend(corners);
                    triangles.push([first, first + 1, first + 2]);
                }
            }
        }
    }

    /// Whether it keeps blocks.
    pub(in crate::mesh) fn is_of_blocks(&self) -> bool {
        matches!(self.form, MeshForm::Blocks { .. })
    }

    /// Makes a block ready to be kept. Blocks are made ready in any order, and kept in that of the mesh.
    pub(in crate::mesh) fn prepare(&self, triangles: Box<[Triangle]>) -> KeptBlock {
        let look = matches!(self.form, MeshForm::Blocks { edges: Some(_), .. });
        let edges = look.then(|| BlockEdges::of(&triangles, &self.keys)).flatten();
        KeptBlock { triangles, edges }
    }

    pub(in crate::mesh) fn push_block(&mut self, block: KeptBlock) {
        let MeshForm::Blocks { blocks, edges } = &mut self.form else { return };
        blocks.push(block.triangles);
        *edges = edges.take().zip(block.edges).map(|(mut edges, of_block)| {
            edges.push(of_block);
            edges
        });
    }

    /// Its shells, where its edges are known by their hashes, and every one joins two triangles that run along it opposite
    /// ways.
    pub(in crate::mesh) fn shells(&self, stopped: &(dyn Fn() -> bool + Sync)) -> Option<Shells> {
        match &self.form {
            MeshForm::Blocks { edges: Some(edges), .. } => closed_shells(edges, stopped),
            MeshForm::Blocks { edges: None, .. } | MeshForm::Indexed { .. } | MeshForm::Empty => None,
        }
    }

    /// The same mesh over vertices that no two triangles share, and for each triangle its shell.
    pub(in crate::mesh) fn into_unshared(self, shells: &Shells) -> (IndexedMesh, Vec<u32>) {
        let MeshForm::Blocks { blocks, edges } = self.form else { return (self.into_indexed(), Vec::new()) };
        let of_triangles = shells.of_triangles(edges.as_deref().unwrap_or_default());
        drop(edges);
        (IndexedMesh::unshared(blocks), of_triangles)
    }

    /// The same mesh over numbered vertices, and for each triangle its shell.
    pub(in crate::mesh) fn into_indexed_with_shells(self, shells: &Shells) -> (IndexedMesh, Vec<u32>) {
        // No triangle of a mesh whose shells are known has a vertex twice, so that none is left out.
        let of_triangles = match &self.form {
            MeshForm::Blocks { edges, .. } => shells.of_triangles(edges.as_deref().unwrap_or_default()),
            MeshForm::Indexed { .. } | MeshForm::Empty => Vec::new(),
        };
        (self.into_indexed(), of_triangles)
    }

    /// The same mesh over numbered vertices: one for each distinct corner, in the order of their first triangles, whatever the
    /// form. Blocks are freed as their corners are numbered, so that both are never held.
    pub(in crate::mesh) fn into_indexed(self) -> IndexedMesh {
        let mut indexer = Indexer::default();
        match self.form {
            MeshForm::Empty => {}
            MeshForm::Blocks { blocks, edges } => {
                drop(edges);
                for block in blocks {
                    indexer.push(&block);
                }
            }
            MeshForm::Indexed { points, triangles } => indexer.push_indexed(&points, &triangles),
        }
        indexer.finish()
    }
}
