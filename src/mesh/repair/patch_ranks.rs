//! The order of patches by their shape and place. What must be chosen among patches that are alike is chosen by this order, so
//! that it does not depend on the order of the triangles in the file.

use nalgebra::Vector3;

use crate::mesh::sums::Sums;
use crate::mesh::sums::edge_hash::MeshHash;
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::to_f64;

/// The rank of each patch: a larger one comes first, and of equally large ones that which lies farther from the middle of the
/// mesh. Both are the same for a mesh that is turned. Where they are equal but for rounding, the corners decide.
///
/// Takes 36 bytes for each patch, above the ranks.
pub(in crate::mesh) fn patch_ranks(mesh: &IndexedMesh, patch_of: &[u32], patch_count: u32, sums: &Sums) -> Vec<u32> {
    let middle = (to_f64(sums.min) + to_f64(sums.max)) / 2.0;
    let mut shapes = vec![Shape::default(); patch_count as usize];
    for (triangle, &patch) in mesh.triangles.iter().zip(patch_of) {
        let corners = triangle.map(|vertex| mesh.vertices[vertex as usize]);
        let hash = MeshHash::of(&[corners]);
        let shape = &mut shapes[patch as usize];
        let [a, b, c] = corners.map(|corner| to_f64(corner) - middle);
        let area = (b - a).cross(&(c - a)).norm();
        shape.area += area;
        shape.spread += area * ((a + b + c) as Vector3<f64>).norm_squared();
        shape.identity = shape.identity.wrapping_add(hash.identity as u64);
    }
    let mut ranked: Vec<u32> = (0..patch_count).collect();
    ranked.sort_by(|&a, &b| {
        let [a, b] = [a, b].map(|patch| &shapes[patch as usize]);
        // The order of a sum changes its last bits.
        let descending = |a: f64, b: f64| (b as f32).total_cmp(&(a as f32));
        descending(a.area, b.area)
            .then_with(|| descending(a.spread, b.spread))
            .then_with(|| a.identity.cmp(&b.identity))
    });
    let mut ranks = vec![0; patch_count as usize];
    for (rank, patch) in (0..).zip(ranked) {
        ranks[patch as usize] = rank;
    }
    ranks
}

/// What the order of a patch follows from.
#[derive(Debug, Default, Clone, Copy)]
struct Shape {
    /// Twice its area.
    area: f64,
    /// How far it lies from the middle of the mesh: an integral over it.
    spread: f64,
    /// The same for the same set of triangles.
    identity: u64,
}
