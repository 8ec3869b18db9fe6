//! The order of patches by their shape and place. What must be chosen among patches that are alike is chosen by this order, so
//! that it does not depend on the order of the triangles in the file.

use nalgebra::Vector3;

use crate::mesh::sums::Sums;
use crate::mesh::sums::edge_hash::MeshHash;
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::to_f64;

/// The relative difference of values that are equal but for rounding.
const ROUNDING: f64 = 1e-9;

/// The rank of each patch: a larger one comes first, and of equally large ones that which lies farther from the middle of the
/// mesh. Both are the same for a mesh that is turned. Where they are equal but for rounding, the corners decide.
///
/// Takes 36 bytes for each patch, above the ranks.
pub(in crate::mesh) fn patch_ranks(mesh: &IndexedMesh, patch_of: &[u32], patch_count: u32, sums: &Sums) -> Vec<u32> {
    let middle = sums.middle();
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
    let shape = |patch: u32| &shapes[patch as usize];
    sort_descending(
        &mut ranked,
        |patch| shape(patch).area,
        |alike| {
            sort_descending(
                alike,
                |patch| shape(patch).spread,
                |alike| alike.sort_by_key(|patch| shape(*patch).identity),
            );
        },
    );
    let mut ranks = vec![0; patch_count as usize];
    for (rank, patch) in (0..).zip(ranked) {
        ranks[patch as usize] = rank;
    }
    ranks
}

/// Sorts by descending values, and those whose values are equal but for rounding by `sort_alike`. The order of a sum changes its
/// last bits, and so does a turn of the mesh: no rounded values are compared, of which two near ones may be equal or not.
fn sort_descending(patches: &mut [u32], value: impl Fn(u32) -> f64, mut sort_alike: impl FnMut(&mut [u32])) {
    patches.sort_by(|a, b| value(*b).total_cmp(&value(*a)));
    patches.chunk_by_mut(|a, b| value(*a) - value(*b) <= ROUNDING * value(*a)).for_each(&mut sort_alike);
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
