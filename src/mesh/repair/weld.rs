//! The weld: merges vertices that are nearly equal.
//!
//! Exporters round: two corners that should be equal differ in their last bits, and the mesh has invisible cracks. The weld
//! considers vertices at boundary edges only, because a crack has boundary edges on both of its sides. It never changes
//! detail inside the surface, however fine.

use nalgebra::Vector3;

use crate::mesh::sums::Sums;
use crate::mesh::topology::edges::Edges;
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::{Point, to_f64};

/// The largest distance of two corners that are merged, in steps of `f32` at the mesh's largest coordinate. It covers the
/// rounding of both, and of a decimal text with six or seven digits between them.
const TOLERANCE_ULPS: f64 = 32.0;

/// How far a corner may be from where it should be, as a share of the mesh's largest extent: 10 µm for 100 mm, a tenth of a
/// common layer.
pub(in crate::mesh) const MOST_OFF: f64 = 1e-4;

/// The edges of a welded mesh, and the extent of the weld.
#[derive(Debug)]
pub(in crate::mesh) struct Welded {
    pub edges: Edges,
    /// The number of vertices that were merged into another.
    pub merged_count: u64,
}

/// The largest distance of two corners that are equal but for rounding, in the unit of the file.
pub(in crate::mesh) fn rounding_tolerance(mesh: &IndexedMesh) -> f64 {
    let largest = mesh.vertices.iter().flatten().fold(0.0_f32, |largest, coordinate| largest.max(coordinate.abs()));
    f64::from(largest) * f64::from(f32::EPSILON) * TOLERANCE_ULPS
}

/// The largest distance of an edge and a vertex on it. It covers the rounding of both, but is small beside the mesh, however far
/// from the origin it lies.
pub(in crate::mesh) fn narrow_tolerance(mesh: &IndexedMesh, sums: &Sums) -> f64 {
    let rounding = rounding_tolerance(mesh);
    rounding.min((sums.largest_extent() * MOST_OFF).max(rounding * 2.0 / TOLERANCE_ULPS))
}

/// Merges boundary vertices within a tolerance, at least that of rounding. If that leaves no fewer boundary edges, the mesh
/// stays as it is.
///
/// Takes 88 bytes for a triangle at most, above the mesh and its edges: 63 to merge the vertices of triangles that share
/// none, and then the welded triangles with all that [`Edges::of`] takes.
pub(in crate::mesh) fn weld(mesh: &mut IndexedMesh, edges: &Edges, tolerance: f64) -> Option<Welded> {
    let (target, merged_count) = merge(&mesh.vertices, at_boundary(mesh, edges), tolerance);
    if merged_count == 0 {
        return None;
    }
    let triangles = mesh.triangles.iter().map(|triangle| triangle.map(|vertex| target[vertex as usize]));
    let triangles = triangles.filter(|[a, b, c]| a != b && b != c && c != a).collect();
    drop(target);
    let written = std::mem::replace(&mut mesh.triangles, triangles);
    let welded = Edges::of(mesh);
    if welded.boundary_count < edges.boundary_count {
        return Some(Welded { edges: welded, merged_count });
    }
    mesh.triangles = written;
    None
}

/// Whether a weld within the tolerance would merge any vertices.
pub(in crate::mesh) fn any_near(mesh: &IndexedMesh, edges: &Edges, tolerance: f64) -> bool {
    merge(&mesh.vertices, at_boundary(mesh, edges), tolerance).1 > 0
}

/// Marks the vertices at boundary edges.
fn at_boundary(mesh: &IndexedMesh, edges: &Edges) -> Vec<bool> {
    let mut at_boundary = vec![false; mesh.vertices.len()];
    for half_edge in edges.loose() {
        let (from, to) = mesh.ends(half_edge);
        at_boundary[from as usize] = true;
        at_boundary[to as usize] = true;
    }
    at_boundary
}

/// Merges candidates within the tolerance. Returns for each vertex the one that it becomes, and how many become another.
///
/// Vertices are taken in the order of their cells, and of their coordinates within a cell. Each joins the nearest kept vertex
/// within the tolerance, or is kept itself. So the order of the triangles makes no difference, and no chain of near
/// vertices draws in a far one.
fn merge(vertices: &[Point], candidates: Vec<bool>, tolerance: f64) -> (Vec<u32>, u64) {
    let place = |vertex: u32| to_f64(vertices[vertex as usize]);
    let mut cells: Vec<(u64, u32)> = Vec::with_capacity(candidates.iter().filter(|&&candidate| candidate).count());
    let numbered = (0..).zip(candidates).filter(|(_, candidate)| *candidate);
    cells.extend(numbered.map(|(vertex, _)| (cell(&place(vertex), tolerance), vertex)));
    cells.sort_unstable_by(|(a_cell, a), (b_cell, b)| {
        let coordinates = || vertices[*a as usize].partial_cmp(&vertices[*b as usize]).expect("coordinates are finite");
        a_cell.cmp(b_cell).then_with(coordinates)
    });

    let mut target: Vec<u32> = (0..vertices.len() as u32).collect();
    // Kept vertices move to the front.
    let mut kept_count = 0;
    let mut rows = ROWS_BEFORE.map(|row| (row, 0));
    for number in 0..cells.len() {
        let (cell, vertex) = cells[number];
        let kept = &cells[..kept_count];
        let nearest = rows
            .iter_mut()
            .flat_map(|(row, start)| {
                let (first, last) = (cell - *row - 1, cell - *row + 1);
                // Cells come in ascending order, and so does the first near one.
                *start += kept[*start..].iter().take_while(|(other, _)| *other < first).count();
                kept[*start..].iter().take_while(move |(other, _)| *other <= last)
            })
            .map(|&(_, other)| ((place(other) - place(vertex)).norm(), other))
            .filter(|(distance, _)| *distance <= tolerance)
            .min_by(|(a, _), (b, _)| a.total_cmp(b));
        if let Some((_, other)) = nearest {
            target[vertex as usize] = other;
        } else {
            cells[kept_count] = (cell, vertex);
            kept_count += 1;
        }
    }
    (target, (cells.len() - kept_count) as u64)
}

/// The number of bits of a cell's number on each axis. Coordinates are at most 2¹⁷ cells from zero, whatever the mesh: a cell is two
/// tolerances wide, and no tolerance is below that of rounding.
const AXIS_BITS: u32 = 20;
/// The distances, in cells, back to the rows along z that have cells beside a cell; the cell's own row last.
const ROWS_BEFORE: [u64; 5] = [
    (1 << (2 * AXIS_BITS)) + (1 << AXIS_BITS),
    1 << (2 * AXIS_BITS),
    (1 << (2 * AXIS_BITS)) - (1 << AXIS_BITS),
    1 << AXIS_BITS,
    0,
];

/// The number of the cell of a place: the bits of x above those of y above those of z. Cells are two tolerances wide, so that
/// every place within one tolerance lies in the cell or beside it.
fn cell(place: &Vector3<f64>, tolerance: f64) -> u64 {
    const ZERO: i64 = 1 << (AXIS_BITS - 1);
    place.iter().fold(0, |cell, coordinate| {
        let along = (coordinate / (2.0 * tolerance)).floor() as i64;
        cell << AXIS_BITS | (along + ZERO).cast_unsigned()
    })
}
