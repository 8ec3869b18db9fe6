//! The division of loose edges by vertices that lie on them: T-junctions.
//!
//! Many exporters put a vertex on the edge of a neighbour and do not divide that edge. The surface is whole there, but no edge
//! of one triangle is an edge of the other. Each loose edge is divided at the vertices of loose edges that lie on it, within the
//! tolerance of the weld, and its triangle with it.
//!
//! The vertices on an edge are found with a k-d tree (Bentley, "Multidimensional binary search trees used for associative
//! searching", 1975): of each cell only the part of the edge that crosses it is followed.

use std::ops::ControlFlow;

use nalgebra::Vector3;

use super::holes::MOST_LOOSE;
use crate::mesh::topology::edges::Edges;
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::{Point, to_f64};

/// The most nodes of the tree that are visited for each loose edge, on average. A cell is small beside an edge where many edges
/// end, so that an edge passes some tens of them.
const MOST_VISITS: u64 = 1 << 9;
/// The most vertices on edges for each loose edge. A vertex of a T-junction divides one edge, and ends two others.
const MOST_DIVISIONS: usize = 2;

/// How far an interval of an edge goes beyond the bounds of a cell, as a share of the edge: rounding must not cut off what lies on a
/// bound.
const MARGIN: f64 = 1e-9;

/// A vertex on a half-edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Division {
    pub half_edge: u32,
    pub vertex: u32,
    /// Where it lies along the half-edge, from 0 to 1.
    pub along: f64,
}

/// Divides loose edges at the vertices within the tolerance. If that leaves no fewer loose edges, or if vertices lie on far more
/// edges than in any T-junctions, the mesh stays as it is. Returns how often edges were divided; the edges are up to date.
///
/// Takes at most 24 bytes for each loose edge and 12 for each triangle for the search, and then the divided triangles with all
/// that [`Edges::of`] takes.
pub(in crate::mesh) fn divide(mesh: &mut IndexedMesh, edges: &mut Edges, tolerance: f64) -> u64 {
    if edges.boundary_count as f64 > MOST_LOOSE * mesh.triangles.len() as f64 {
        return 0;
    }
    let Some(mut divisions) = find_divisions(mesh, edges, tolerance).filter(|divisions| !divisions.is_empty()) else {
        return 0;
    };
    divisions.sort_unstable_by(|a, b| {
        a.half_edge.cmp(&b.half_edge).then(a.along.total_cmp(&b.along)).then(a.vertex.cmp(&b.vertex))
    });
    let divided = divided_triangles(mesh, &divisions);
    let count = divisions.len() as u64;
    drop(divisions);
    let written = std::mem::replace(&mut mesh.triangles, divided);
    let found = Edges::of(mesh);
    if found.boundary_count < edges.boundary_count {
        *edges = found;
        return count;
    }
    mesh.triangles = written;
    0
}

/// Finds the vertices on each loose edge. Returns `None` if there are too many.
fn find_divisions(mesh: &IndexedMesh, edges: &Edges, tolerance: f64) -> Option<Vec<Division>> {
    let mut vertices: Vec<u32> = edges.loose().map(|half_edge| mesh.ends(half_edge).0).collect();
    vertices.extend(edges.loose().map(|half_edge| mesh.ends(half_edge).1));
    vertices.sort_unstable();
    vertices.dedup();
    let tree = KdTree::new(&mesh.vertices, vertices);
    let loose_count = edges.boundary_count as usize;
    let mut visits_left = MOST_VISITS * loose_count as u64;
    let mut divisions = Vec::new();
    for half_edge in edges.loose() {
        let (from, to) = mesh.ends(half_edge);
        let segment = Segment::new(mesh, from, to);
        let found = tree.near(&segment, tolerance, &mut visits_left, |vertex, along| {
            if vertex != from && vertex != to {
                divisions.push(Division { half_edge, vertex, along });
            }
            if divisions.len() <= MOST_DIVISIONS * loose_count {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        if found.is_break() {
            return None;
        }
    }
    Some(divisions)
}

/// The triangles of the mesh, each in as many pieces as the vertices on its edges make. The divisions are sorted. Triangles that lie
/// on one another are divided alike: of the edges that are divided, the one opposite to the lowest corner is the first.
pub(super) fn divided_triangles(mesh: &IndexedMesh, divisions: &[Division]) -> Vec<[u32; 3]> {
    let mut divided = Vec::with_capacity(mesh.triangles.len() + divisions.len());
    let mut rest = divisions;
    for (number, &triangle) in (0..).zip(&mesh.triangles) {
        let of_edges = [0, 1, 2].map(|edge| {
            let count = rest.iter().take_while(|division| division.half_edge == 3 * number + edge).count();
            let (of_edge, after) = rest.split_at(count);
            rest = after;
            of_edge
        });
        let [a, b, c] = triangle;
        let [on_ab, on_bc, on_ca] = of_edges;
        let turns = [
            ([a, b, c], [on_ab, on_bc, on_ca]),
            ([b, c, a], [on_bc, on_ca, on_ab]),
            ([c, a, b], [on_ca, on_ab, on_bc]),
        ];
        let apex = |([_, _, apex], _): &([u32; 3], _)| mesh.vertices[*apex as usize];
        let divided_first = turns.into_iter().filter(|(_, [first, ..])| !first.is_empty());
        match divided_first.min_by(|a, b| apex(a).partial_cmp(&apex(b)).expect("coordinates are finite")) {
            Some((triangle, of_edges)) => divide_triangle(triangle, of_edges, &mut divided),
            None => divided.push(triangle),
        }
    }
    divided
}

/// Divides a triangle at the vertices on its edges, in fans from the corner opposite to each edge: the first fan's first and last
/// pieces have the other edges whole.
fn divide_triangle([a, b, c]: [u32; 3], [on_ab, on_bc, on_ca]: [&[Division]; 3], to: &mut Vec<[u32; 3]>) {
    let Some(first) = on_ab.first() else {
        return match (on_bc.is_empty(), on_ca.is_empty()) {
            (true, true) => to.push([a, b, c]),
            (false, _) => divide_triangle([b, c, a], [on_bc, on_ca, &[]], to),
            (true, false) => divide_triangle([c, a, b], [on_ca, &[], &[]], to),
        };
    };
    let last = on_ab[on_ab.len() - 1];
    // The first piece has the edge from c to a, and the last one that from b to c.
    divide_triangle([a, first.vertex, c], [&[], &[], on_ca], to);
    to.extend(on_ab.windows(2).map(|pair| [pair[0].vertex, pair[1].vertex, c]));
    divide_triangle([last.vertex, b, c], [&[], on_bc, &[]], to);
}

/// A straight line between two points.
pub(super) struct Segment {
    from: Vector3<f64>,
    along: Vector3<f64>,
}

impl Segment {
    pub fn new(mesh: &IndexedMesh, from: u32, to: u32) -> Self {
        let [from, to] = [from, to].map(|vertex| to_f64(mesh.vertices[vertex as usize]));
        Self { from, along: to - from }
    }

    /// Where a point lies along the segment, if it is within the tolerance of it, and not of its ends.
    pub fn place(&self, point: Point, tolerance: f64) -> Option<f64> {
        let offset = to_f64(point) - self.from;
        let place = offset.dot(&self.along) / self.along.norm_squared();
        let is_between = place > 0.0 && place < 1.0;
        let is_near = (offset - self.along * place).norm() <= tolerance;
        let is_apart = offset.norm() > tolerance && (offset - self.along).norm() > tolerance;
        (is_between && is_near && is_apart).then_some(place)
    }

    /// The part of an interval of the segment within which an axis' coordinate is at most, or at least, a bound.
    fn clip(&self, [start, end]: [f64; 2], axis: usize, bound: f64, is_upper: bool) -> Option<[f64; 2]> {
        let (from, along) = (self.from[axis], self.along[axis]);
        if along == 0.0 {
            return (if is_upper { from <= bound } else { from >= bound }).then_some([start, end]);
        }
        let crossing = (bound - from) / along;
        let [start, end] = if (along > 0.0) == is_upper {
            [start, end.min(crossing + MARGIN)]
        } else {
            [start.max(crossing - MARGIN), end]
        };
        (start <= end).then_some([start, end])
    }
}

/// A k-d tree of vertices: the middle one of each range divides it, along one axis after another.
struct KdTree<'m> {
    points: &'m [Point],
    vertices: Vec<u32>,
}

impl<'m> KdTree<'m> {
    fn new(points: &'m [Point], mut vertices: Vec<u32>) -> Self {
        fn build(points: &[Point], vertices: &mut [u32], axis: usize) {
            if vertices.len() > 1 {
                let middle = vertices.len() / 2;
                vertices.select_nth_unstable_by(middle, |&a, &b| {
                    points[a as usize][axis].total_cmp(&points[b as usize][axis]).then(a.cmp(&b))
                });
                let (low, high) = vertices.split_at_mut(middle);
                build(points, low, (axis + 1) % 3);
                build(points, &mut high[1..], (axis + 1) % 3);
            }
        }
        build(points, &mut vertices, 0);
        Self { points, vertices }
    }

    /// Calls `found` with each vertex within the tolerance of a segment, and where it lies along it. Breaks where `found` does,
    /// or where no visits are left.
    fn near(
        &self,
        segment: &Segment,
        tolerance: f64,
        visits_left: &mut u64,
        mut found: impl FnMut(u32, f64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut ranges = vec![(self.vertices.as_slice(), 0, [0.0, 1.0])];
        while let Some((vertices, axis, interval)) = ranges.pop() {
            let middle = vertices.len() / 2;
            let Some(&vertex) = vertices.get(middle) else { continue };
            match visits_left.checked_sub(1) {
                Some(left) => *visits_left = left,
                None => return ControlFlow::Break(()),
            }
            let point = self.points[vertex as usize];
            if let Some(place) = segment.place(point, tolerance) {
                found(vertex, place)?;
            }
            let bound = f64::from(point[axis]);
            if let Some(interval) = segment.clip(interval, axis, bound + tolerance, true) {
                ranges.push((&vertices[..middle], (axis + 1) % 3, interval));
            }
            if let Some(interval) = segment.clip(interval, axis, bound - tolerance, false) {
                ranges.push((&vertices[middle + 1..], (axis + 1) % 3, interval));
            }
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Vertices on any edges of a triangle: its pieces have its area, and each piece of its edges once.
        #[test]
        fn the_pieces_of_a_triangle_are_the_triangle(counts in [0..5_u32, 0..5_u32, 0..5_u32]) {
            const SIDE: f32 = 60.0;
            let corners = [[0.0, 0.0, 0.0], [SIDE, 0.0, 0.0], [0.0, SIDE, 0.0]];
            let mut mesh = IndexedMesh { vertices: corners.to_vec(), triangles: vec![[0, 1, 2]] };
            let mut divisions = Vec::new();
            let mut border = BTreeSet::new();
            for (edge, count) in counts.into_iter().enumerate() {
                let [from, to] = [corners[edge], corners[(edge + 1) % 3]];
                let mut last = edge as u32;
                for number in 1..=count {
                    let along = number as f32 / (count + 1) as f32;
                    let vertex = mesh.vertices.len() as u32;
                    mesh.vertices.push([0, 1, 2].map(|axis| from[axis] + (to[axis] - from[axis]) * along));
                    divisions.push(Division { half_edge: edge as u32, vertex, along: f64::from(along) });
                    border.insert((last, vertex));
                    last = vertex;
                }
                border.insert((last, (edge as u32 + 1) % 3));
            }
            let pieces = divided_triangles(&mesh, &divisions);
            let doubled_area: f64 = pieces
                .iter()
                .map(|piece| {
                    let [a, b, c] = piece.map(|vertex| to_f64(mesh.vertices[vertex as usize]));
                    let area = (b - a).cross(&(c - a)).z;
                    assert!(area > 0.0, "each piece is wound as the triangle");
                    area
                })
                .sum();
            prop_assert!((doubled_area - f64::from(SIDE * SIDE)).abs() < 1e-2);
            let half_edges: BTreeSet<_> = pieces.iter().flat_map(|&[a, b, c]| [(a, b), (b, c), (c, a)]).collect();
            prop_assert_eq!(half_edges.len(), 3 * pieces.len());
            let loose: BTreeSet<_> =
                half_edges.iter().copied().filter(|(from, to)| !half_edges.contains(&(*to, *from))).collect();
            prop_assert_eq!(loose, border);
        }
    }

    #[test]
    fn the_tree_finds_what_a_search_of_all_vertices_finds() {
        let mut state = 7_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 28) as f32
        };
        let vertices: Vec<Point> = (0..600).map(|_| [random(), random(), random()]).collect();
        let mesh = IndexedMesh { vertices, triangles: Vec::new() };
        let tree = KdTree::new(&mesh.vertices, (0..600).collect());
        for (from, to) in (0..300).map(|number| (number, 599 - number)) {
            let segment = Segment::new(&mesh, from, to);
            for tolerance in [1e-6, 0.3] {
                let mut found = BTreeSet::new();
                let mut visits_left = u64::MAX;
                let all = tree.near(&segment, tolerance, &mut visits_left, |vertex, _| {
                    found.insert(vertex);
                    ControlFlow::Continue(())
                });
                assert!(all.is_continue());
                let is_on = |vertex: &u32| segment.place(mesh.vertices[*vertex as usize], tolerance).is_some();
                assert_eq!(found, (0..600).filter(is_on).collect(), "from {from} to {to}, within {tolerance}");
            }
        }
    }
}
