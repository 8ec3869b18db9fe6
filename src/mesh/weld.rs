//! Corners that are nearly equal become one vertex.
//!
//! Exporters round: two corners that should be one differ in their last bits, and the mesh has cracks that nobody sees.
//! Only vertices at boundary edges are looked at, since a crack has boundary edges on both of its sides: detail inside
//! the surface is never touched, however fine it is.

use std::collections::HashMap;

use super::edges::{BOUNDARY, Edges};
use super::index::IndexedMesh;
use super::triangle::exact;

/// How far apart two corners may be to be one, in units of what `f32` can tell apart at the mesh's largest coordinate:
/// the rounding of both, and of a decimal text with six or seven digits between them.
const TOLERANCE_ULPS: f64 = 32.0;

/// A mesh whose nearly equal boundary vertices were merged.
#[derive(Debug)]
pub(super) struct Welded {
    pub mesh: IndexedMesh,
    pub edges: Edges,
    /// Vertices that were merged into another.
    pub merged_count: u64,
    /// How far apart they were at most, in the unit of the file.
    pub tolerance: f64,
}

/// Merges nearly equal boundary vertices; none where that leaves no fewer boundary edges.
pub(super) fn weld(mesh: &IndexedMesh, edges: &Edges) -> Option<Welded> {
    let largest = mesh.vertices.iter().flatten().fold(0.0_f32, |largest, coordinate| largest.max(coordinate.abs()));
    let tolerance = f64::from(largest) * f64::from(f32::EPSILON) * TOLERANCE_ULPS;
    let (target, merged_count) = merge(mesh, &boundary_vertices(mesh, edges), tolerance);
    if merged_count == 0 {
        return None;
    }
    let triangles = mesh.triangles.iter().map(|triangle| triangle.map(|vertex| target[vertex as usize]));
    let triangles = triangles.filter(|[a, b, c]| a != b && b != c && c != a).collect();
    let mesh = IndexedMesh { vertices: mesh.vertices.clone(), triangles };
    let welded = Edges::of(&mesh);
    (welded.boundary_count < edges.boundary_count).then_some(Welded { mesh, edges: welded, merged_count, tolerance })
}

/// The vertices at boundary edges, in ascending order.
fn boundary_vertices(mesh: &IndexedMesh, edges: &Edges) -> Vec<u32> {
    let open = edges.mates.iter().enumerate().filter(|(_, mate)| **mate == BOUNDARY);
    let mut vertices: Vec<u32> =
        open.flat_map(|(half_edge, _)| <[u32; 2]>::from(mesh.ends(half_edge as u32))).collect();
    vertices.sort_unstable();
    vertices.dedup();
    vertices
}

/// For each vertex the one that it becomes, and how many become another.
///
/// In ascending order each vertex joins the nearest one that has been kept within the tolerance, or is kept. No chain of
/// near vertices can therefore draw in one that is far.
fn merge(mesh: &IndexedMesh, candidates: &[u32], tolerance: f64) -> (Vec<u32>, u64) {
    let mut target: Vec<u32> = (0..mesh.vertices.len() as u32).collect();
    let mut merged_count = 0;
    // Cells are two tolerances wide, so whatever is within one tolerance lies in at most eight of them.
    let cell = |coordinate: f64| (coordinate / (2.0 * tolerance)).floor() as i64;
    let mut kept: HashMap<[i64; 3], Vec<u32>> = HashMap::new();
    for &vertex in candidates {
        let place = exact(mesh.vertices[vertex as usize]);
        let distance = |other: u32| (exact(mesh.vertices[other as usize]) - place).norm();
        let [xs, ys, zs] = [0, 1, 2].map(|axis| {
            let (low, high) = (cell(place[axis] - tolerance), cell(place[axis] + tolerance));
            low..=high
        });
        let nearest = xs
            .flat_map(|x| ys.clone().map(move |y| (x, y)))
            .flat_map(|(x, y)| zs.clone().map(move |z| [x, y, z]))
            .filter_map(|key| kept.get(&key))
            .flatten()
            .map(|&other| (distance(other), other))
            .filter(|(distance, _)| *distance <= tolerance)
            .min_by(|a, b| a.partial_cmp(b).expect("distances are finite"));
        if let Some((_, other)) = nearest {
            target[vertex as usize] = other;
            merged_count += 1;
        } else {
            kept.entry([0, 1, 2].map(|axis| cell(place[axis]))).or_default().push(vertex);
        }
    }
    (target, merged_count)
}
