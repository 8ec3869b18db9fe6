//! The weld with a growing tolerance, for meshes that are still open: cracks that are wider than rounding makes them.
//!
//! Faces that were modelled one by one, or scaled, or written with three digits meet within some micrometres only. Such a crack
//! is no hole. Vertices are merged within a tolerance that doubles, and edges divided at the vertices on them, until nothing
//! is open. Otherwise everything stays as it was.

use super::t_junctions;
use super::weld::{MOST_OFF, any_near, weld};
use crate::mesh::sums::Sums;
use crate::mesh::sums::compensated::CompensatedSum;
use crate::mesh::topology::edges::Edges;
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::to_f64;

/// The largest part of the volume that may change. A thicker slice of a thin plate than this would be merged away.
const MOST_MOVED: f64 = 0.01;

/// Merges vertices, and divides edges, within a tolerance that doubles from that of rounding on. Returns how many vertices were
/// merged or divide an edge, and the tolerance that closed the mesh. If none does, the mesh stays as it is. The edges are up to
/// date.
///
/// Takes 12 bytes for each triangle above what `weld` takes.
pub(in crate::mesh) fn stitch(
    mesh: &mut IndexedMesh,
    edges: &mut Edges,
    sums: &Sums,
    rounding: f64,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Option<(u64, f64)> {
    // Two corners that should be one may both be off.
    let largest = 2.0 * MOST_OFF * sums.largest_extent();
    let volume_before = signed_volume(mesh, sums);
    // Most open meshes have no near vertices at all.
    let mut tolerance = if any_near(mesh, edges, largest) { rounding } else { rounding.max(largest / 2.0) };
    while tolerance < largest && !stopped() {
        tolerance = (2.0 * tolerance).min(largest);
        let written = mesh.triangles.clone();
        let moved_count = stitch_within(mesh, edges, tolerance, tolerance == largest);
        if moved_count == 0 {
            continue;
        }
        let volume = signed_volume(mesh, sums);
        if edges.odd_count() == 0 && (volume - volume_before).abs() <= MOST_MOVED * volume.abs() {
            return Some((moved_count, tolerance));
        }
        mesh.triangles = written;
        *edges = Edges::of(mesh);
    }
    None
}

/// Merges vertices and divides edges within one tolerance, and returns how many. To find vertices on edges takes far longer than to
/// find vertices near others, so that this is done where it may close the mesh: where the merge closed half of what was open, and
/// with the last tolerance.
fn stitch_within(mesh: &mut IndexedMesh, edges: &mut Edges, tolerance: f64, is_last: bool) -> u64 {
    let open_count = edges.boundary_count;
    let mut moved_count = 0;
    if let Some(welded) = weld(mesh, edges, tolerance) {
        moved_count += welded.merged_count;
        *edges = welded.edges;
    }
    if edges.boundary_count > 0 && (is_last || edges.boundary_count <= open_count / 2) {
        moved_count += t_junctions::divide(mesh, edges, tolerance);
    }
    moved_count
}

/// The signed volume about the middle: where edges are loose it follows from the origin, and the first corner is any.
fn signed_volume(mesh: &IndexedMesh, sums: &Sums) -> f64 {
    let middle = sums.middle();
    let mut six_volumes = CompensatedSum::default();
    for triangle in &mesh.triangles {
        let [a, b, c] = triangle.map(|vertex| to_f64(mesh.vertices[vertex as usize]) - middle);
        six_volumes.add(a.cross(&b).dot(&c));
    }
    six_volumes.value() / 6.0
}
