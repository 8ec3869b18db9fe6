//! The mesh that the pass has kept in memory, for topology and repair: what `mesh_keeper` made.

use super::block_corners::{BlockCorners, StoredCorners};
use super::block_edges::{BlockEdges, StoredEdges};
use super::closed_check::{Shells, closed_shells};
use super::indexed_mesh::{IndexedMesh, Indexer};
use super::slab::Slab;

/// All triangles of a mesh.
#[derive(Debug)]
pub struct KeptMesh {
    corners: Stored<StoredCorners>,
    /// The edges of each block; `None` if a block has edges that only the vertices of the mesh can tell.
    edges: Option<Stored<StoredEdges>>,
}

/// Records of blocks, in the order of the mesh, and the slabs that they are in.
type Stored<T> = (Vec<T>, Vec<Slab>);

impl KeptMesh {
    pub(in crate::mesh) fn new(corners: Stored<StoredCorners>, edges: Option<Stored<StoredEdges>>) -> Self {
        Self { corners, edges }
    }

    /// The shells, if the edges are known by their hashes and each joins two triangles that run along it in opposite
    /// directions.
    pub(in crate::mesh) fn shells(&self, stopped: &(dyn Fn() -> bool + Sync)) -> Option<Shells> {
        closed_shells(&self.edges()?, stopped)
    }

    /// The shell of each triangle, where [`shells`](Self::shells) has found the shells of this mesh.
    pub(in crate::mesh) fn shells_of_triangles(&self, shells: &Shells) -> Vec<u32> {
        shells.of_triangles(&self.edges().unwrap_or_default())
    }

    fn edges(&self) -> Option<Vec<BlockEdges<'_>>> {
        let (edges, slabs) = self.edges.as_ref()?;
        Some(edges.iter().map(|edges| edges.read(slabs)).collect())
    }

    /// The triangles in their order, block by block.
    pub(in crate::mesh) fn blocks(&self) -> Vec<BlockCorners<'_>> {
        blocks(&self.corners).collect()
    }

    /// Converts to a mesh of which every triangle has its own vertices. This takes no look-up of corners.
    pub(in crate::mesh) fn into_unshared(self) -> IndexedMesh {
        drop(self.edges);
        IndexedMesh::unshared(blocks(&self.corners))
    }

    /// Converts to an indexed mesh: one vertex for each distinct corner, in the order of their first triangles.
    pub(in crate::mesh) fn into_indexed(self) -> IndexedMesh {
        drop(self.edges);
        let mut indexer = Indexer::default();
        for block in blocks(&self.corners) {
            indexer.push(block);
        }
        indexer.finish()
    }
}

/// The blocks of a mesh, in its order.
fn blocks((corners, slabs): &Stored<StoredCorners>) -> impl Iterator<Item = BlockCorners<'_>> + Clone {
    corners.iter().map(|corners| corners.read(slabs))
}

#[cfg(test)]
mod tests {
    use crate::mesh::{Indexed, KeptMesh, Measurer, Point, Triangle, Triangles};

    /// The corners of a tetrahedron and its sides, of which the last two use a point that no other side does before.
    const POINTS: [Point; 4] = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    const SIDES: [[u32; 3]; 4] = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];

    fn kept(batches: &[&dyn Triangles]) -> KeptMesh {
        let mut measurer = Measurer::keeping(u64::MAX);
        for batch in batches {
            measurer.push(*batch, &|| false).expect("finite corners");
        }
        measurer.finish().expect("finite corners").and_then(|measured| measured.mesh).expect("a mesh")
    }

    #[test]
    fn batches_with_and_without_indices_make_one_mesh() {
        let plain: Vec<Triangle> = SIDES.iter().map(|side| side.map(|point| POINTS[point as usize])).collect();
        let expected = kept(&[&plain]).into_indexed();
        assert_eq!((expected.vertices.len(), expected.triangles.len()), (4, 4));
        let sides = |points: usize, side: usize| Indexed { points: &POINTS[..points], triangles: &SIDES[side..=side] };
        let side = |number: usize| &plain[number..=number];
        let [a, b, c, d] = [side(0).to_vec(), side(1).to_vec(), side(2).to_vec(), side(3).to_vec()];
        let rows: [[&dyn Triangles; 4]; 3] = [
            [&sides(3, 0), &b, &sides(4, 2), &d],
            [&a, &sides(4, 1), &c, &sides(4, 3)],
            [&sides(3, 0), &sides(4, 1), &sides(4, 2), &sides(4, 3)],
        ];
        for (number, batches) in rows.iter().enumerate() {
            let found = kept(batches).into_indexed();
            assert_eq!((&found.vertices, &found.triangles), (&expected.vertices, &expected.triangles), "row {number}");
        }
    }
}
