//! A mesh that is kept whole, for what needs all of it.
//!
//! Blocks are kept as they come, each with its edges, so that most of the work is done while the rest arrives.

use crate::mesh::topology::block_edges::{BlockEdges, Keys};
use crate::mesh::topology::closed_check::{Shells, shells};
use crate::mesh::topology::indexed_mesh::{IndexedMesh, Indexer};
use crate::mesh::triangle::Triangle;

/// All triangles of a mesh.
#[derive(Debug)]
pub struct WholeMesh {
    keys: Keys,
    blocks: Vec<Box<[Triangle]>>,
    /// The edges of each block; none once one of them has such as need a closer look.
    edges: Option<Vec<BlockEdges>>,
}

/// A block that is to be kept.
#[derive(Debug)]
pub(in crate::mesh) struct Block {
    triangles: Box<[Triangle]>,
    edges: Option<BlockEdges>,
}

impl Default for WholeMesh {
    fn default() -> Self {
        Self { keys: Keys::drawn(), blocks: Vec::new(), edges: Some(Vec::new()) }
    }
}

impl WholeMesh {
    /// Makes a block ready to be kept. Blocks are made ready in any order, and kept in that of the mesh.
    pub(in crate::mesh) fn ready(&self, triangles: Box<[Triangle]>) -> Block {
        let edges = self.edges.is_some().then(|| BlockEdges::of(&triangles, &self.keys)).flatten();
        Block { triangles, edges }
    }

    pub(in crate::mesh) fn keep(&mut self, block: Block) {
        self.blocks.push(block.triangles);
        self.edges = self.edges.take().zip(block.edges).map(|(mut edges, of_block)| {
            edges.push(of_block);
            edges
        });
    }

    /// Its shells, where every edge joins two triangles that run along it opposite ways.
    pub(in crate::mesh) fn shells(&self, stopped: &(dyn Fn() -> bool + Sync)) -> Option<Shells> {
        shells(self.edges.as_ref()?, stopped)
    }

    /// The same mesh over vertices that no two triangles share, and for each triangle its shell.
    pub(in crate::mesh) fn apart(self, shells: &Shells) -> (IndexedMesh, Vec<u32>) {
        let of_triangles = shells.of_triangles(self.edges.as_deref().unwrap_or_default());
        drop(self.edges);
        (IndexedMesh::apart(self.blocks), of_triangles)
    }

    /// The same mesh over numbered vertices. Blocks are let go as their corners are numbered, so that both are never
    /// held.
    pub(in crate::mesh) fn index(self) -> IndexedMesh {
        let mut indexer = Indexer::default();
        drop(self.edges);
        for block in self.blocks {
            indexer.push(&block);
        }
        indexer.finish()
    }
}
