//! Corners that are nearly equal become one vertex.
//!
//! Exporters round: two corners that should be one differ in their last bits, and the mesh has cracks that nobody sees.
//! Only vertices at boundary edges are looked at, since a crack has boundary edges on both of its sides: detail inside
//! the surface is never touched, however fine it is.

use nalgebra::Vector3;

use crate::mesh::topology::edges::{BOUNDARY, Edges};
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::{Point, to_f64};

/// How far apart two corners may be to be one, in units of what `f32` can tell apart at the mesh's largest coordinate:
/// the rounding of both, and of a decimal text with six or seven digits between them.
const TOLERANCE_ULPS: f64 = 32.0;

/// What became of a mesh whose nearly equal boundary vertices were merged.
#[derive(Debug)]
pub(in crate::mesh) struct Welded {
    pub edges: Edges,
    /// Vertices that were merged into another.
    pub merged_count: u64,
    /// How far apart they were at most, in the unit of the file.
    pub tolerance: f64,
}

/// Merges nearly equal boundary vertices. Where that leaves no fewer boundary edges, the mesh stays as it is.
///
/// Takes 88 bytes for a triangle at most, above the mesh and its edges: 63 to merge the vertices of triangles that share
/// none, and then the welded triangles with all that [`Edges::of`] takes.
pub(in crate::mesh) fn weld(mesh: &mut IndexedMesh, edges: &Edges) -> Option<Welded> {
    let largest = mesh.vertices.iter().flatten().fold(0.0_f32, |largest, coordinate| largest.max(coordinate.abs()));
    let tolerance = f64::from(largest) * f64::from(f32::EPSILON) * TOLERANCE_ULPS;
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
        return Some(Welded { edges: welded, merged_count, tolerance });
    }
    mesh.triangles = written;
    None
}

/// For each vertex whether it is at a boundary edge.
fn at_boundary(mesh: &IndexedMesh, edges: &Edges) -> Vec<bool> {
    let mut at_boundary = vec![false; mesh.vertices.len()];
    for (half_edge, _) in edges.mates.iter().enumerate().filter(|(_, mate)| **mate == BOUNDARY) {
        let (from, to) = mesh.ends(half_edge as u32);
        at_boundary[from as usize] = true;
        at_boundary[to as usize] = true;
    }
    at_boundary
}

/// For each vertex the one that it becomes, and how many become another.
///
/// In the order of their cells, and of their coordinates within a cell, each vertex joins the nearest one that has been
/// kept within the tolerance, or is kept: the order of the triangles makes no difference. No chain of near vertices can
/// draw in one that is far.
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
    // The kept ones move to the front.
    let mut kept_count = 0;
    let mut rows = ROWS_BEFORE.map(|row| (row, 0));
    for number in 0..cells.len() {
        let (cell, vertex) = cells[number];
        let kept = &cells[..kept_count];
        let nearest = rows
            .iter_mut()
            .flat_map(|(row, start)| {
                let (first, last) = (cell - *row - 1, cell - *row + 1);
                // Cells only grow, and so does the first that is near.
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

/// Bits of a cell's number on each axis. Coordinates are at most 2¹⁷ cells from zero, whatever the mesh.
const AXIS_BITS: u32 = 20;
/// How far before a cell those rows along z lie that hold a cell beside it, the own row last.
const ROWS_BEFORE: [u64; 5] = [
    (1 << (2 * AXIS_BITS)) + (1 << AXIS_BITS),
    1 << (2 * AXIS_BITS),
    (1 << (2 * AXIS_BITS)) - (1 << AXIS_BITS),
    1 << AXIS_BITS,
    0,
];

/// The number of the cell that a place lies in, x above y above z. Cells are two tolerances wide: whatever is within one
/// tolerance lies in the cell or beside it.
fn cell(place: &Vector3<f64>, tolerance: f64) -> u64 {
    const ZERO: i64 = 1 << (AXIS_BITS - 1);
    place.iter().fold(0, |cell, coordinate| {
        let along = (coordinate / (2.0 * tolerance)).floor() as i64;
        cell << AXIS_BITS | (along + ZERO).cast_unsigned()
    })
}
