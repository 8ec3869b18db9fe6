//! The mesh that the pass keeps in memory, for topology and repair.
//!
//! Triangles without indices are kept block by block, each block with its edges, so that most of the work is done while the
//! rest of the file arrives. Of triangles with indices, the points and the indices are kept. The first batch decides the form.

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
    /// No batch has come yet.
    Empty,
    Blocks {
        blocks: Vec<Box<[Triangle]>>,
        /// The edges of each block; `None` once a block has edges that only its vertices can tell.
        edges: Option<Vec<BlockEdges>>,
    },
    Indexed {
        points: Vec<Point>,
        triangles: Vec<[u32; 3]>,
        /// The corners of plain triangles that came after, numbered from `u32::MAX` down.
        plain_corners: Vec<Point>,
    },
}

/// A block and its edges, ready for [`KeptMesh::push_block`].
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
    /// Keeps the points and indices of a batch, if the first batch had indices. The first batch decides the form.
    pub(in crate::mesh) fn push_indexed<T: Triangles + ?Sized>(&mut self, batch: &T) {
        if let MeshForm::Empty = self.form {
            self.form = match batch.indexed() {
                Some(_) => MeshForm::Indexed { points: Vec::new(), triangles: Vec::new(), plain_corners: Vec::new() },
                None => MeshForm::Blocks { blocks: Vec::new(), edges: Some(Vec::new()) },
            };
        }
        let MeshForm::Indexed { points, triangles, plain_corners } = &mut self.form else { return };
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

    /// Whether the mesh keeps blocks.
    pub(in crate::mesh) fn is_of_blocks(&self) -> bool {
        matches!(self.form, MeshForm::Blocks { .. })
    }

    /// Finds the edges of a block. Threads prepare blocks in any order; the caller pushes them in the order of the mesh.
    pub(in crate::mesh) fn prepare(&self, triangles: Box<[Triangle]>) -> KeptBlock {
        let finds_edges = matches!(self.form, MeshForm::Blocks { edges: Some(_), .. });
        let edges = finds_edges.then(|| BlockEdges::of(&triangles, &self.keys)).flatten();
        KeptBlock { triangles, edges }
    }

    /// Keeps a block.
    pub(in crate::mesh) fn push_block(&mut self, block: KeptBlock) {
        let MeshForm::Blocks { blocks, edges } = &mut self.form else { return };
        blocks.push(block.triangles);
        *edges = edges.take().zip(block.edges).map(|(mut edges, of_block)| {
            edges.push(of_block);
            edges
        });
    }

    /// The shells, if the edges are known by their hashes and each joins two triangles that run along it in opposite
    /// directions.
    pub(in crate::mesh) fn shells(&self, stopped: &(dyn Fn() -> bool + Sync)) -> Option<Shells> {
        match &self.form {
            MeshForm::Blocks { edges: Some(edges), .. } => closed_shells(edges, stopped),
            MeshForm::Blocks { edges: None, .. } | MeshForm::Indexed { .. } | MeshForm::Empty => None,
        }
    }

    /// The shell of each triangle, where [`shells`](Self::shells) has found the shells of this mesh.
    pub(in crate::mesh) fn shells_of_triangles(&self, shells: &Shells) -> Vec<u32> {
        let MeshForm::Blocks { edges: Some(edges), .. } = &self.form else { return Vec::new() };
        shells.of_triangles(edges)
    }

    /// The triangles in their order, block by block, if the mesh keeps blocks.
    pub(in crate::mesh) fn blocks(&self) -> Vec<&[Triangle]> {
        let MeshForm::Blocks { blocks, .. } = &self.form else { return Vec::new() };
        blocks.iter().map(|block| &**block).collect()
    }

    /// Converts to a mesh of which every triangle has its own vertices. This takes no look-up of corners.
    pub(in crate::mesh) fn into_unshared(self) -> IndexedMesh {
        let MeshForm::Blocks { blocks, edges } = self.form else { return self.into_indexed() };
        drop(edges);
        IndexedMesh::unshared(blocks)
    }

    /// Converts to an indexed mesh: one vertex for each distinct corner, in the order of their first triangles, whatever the
    /// form. Each block is freed once it is indexed.
    pub(in crate::mesh) fn into_indexed(self) -> IndexedMesh {
        match self.form {
            MeshForm::Empty => IndexedMesh::default(),
            MeshForm::Blocks { blocks, edges } => {
                drop(edges);
                let mut indexer = Indexer::default();
                for block in blocks {
                    indexer.push(&block);
                }
                indexer.finish()
            }
            MeshForm::Indexed { mut points, mut triangles, plain_corners } => {
                if !plain_corners.is_empty() {
                    let count = points.len() as u32;
                    points.extend(plain_corners);
                    for corner in triangles.as_flattened_mut().iter_mut().filter(|corner| **corner >= count) {
                        *corner = count + !*corner;
                    }
                }
                Indexer::of_points(points, triangles)
            }
        }
    }
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
