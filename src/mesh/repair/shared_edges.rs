//! The division of edges that several bodies use, where one of them has corners on the edge: T-junctions that leave no loose edge
//! on one of their sides.
//!
//! Such an edge is used more often one way than the other, and loose edges run along all of it the other way, from corner to
//! corner. One of its triangles is divided at these corners. This comes before all that looks for triangles that are too many: of
//! the edge's triangles, each is needed.

use std::ops::ControlFlow;

use super::t_junctions::{Division, Segment, divided_triangles};
use crate::mesh::topology::edges::Edges;
use crate::mesh::topology::indexed_mesh::IndexedMesh;

/// The most steps along loose edges for each of them, on average.
const MOST_STEPS: u64 = 64;

/// Divides shared edges at the corners of loose edges that run along all of them, and brings the edges up to date. Returns how
/// often edges were divided.
///
/// Takes at most 57 bytes for each loose edge and 12 for each triangle, and then the divided triangles with all that
/// [`Edges::of`] takes.
pub(in crate::mesh) fn divide_shared(mesh: &mut IndexedMesh, edges: &mut Edges, tolerance: f64) -> u64 {
    if edges.same_direction_count == 0 && edges.odd_non_manifold_count() == 0 {
        return 0;
    }
    let mut chains = Chains::new(mesh, edges, tolerance);
    let mut divisions = Vec::new();
    let mut uses = Vec::new();
    let pairs = (0..edges.mates.len() as u32)
        .filter_map(|half_edge| edges.mate(half_edge).filter(|mate| *mate > half_edge).map(|mate| [half_edge, mate]));
    let pairs = pairs.filter(|[a, b]| mesh.ends(*a) == mesh.ends(*b));
    for pair in pairs {
        if chains.follow_all(&pair, &mut divisions).is_break() {
            return 0;
        }
    }
    for edge in edges.non_manifold(mesh) {
        more_often(mesh, edge, &mut uses);
        if chains.follow_all(&uses, &mut divisions).is_break() {
            return 0;
        }
    }
    drop(chains);
    if divisions.is_empty() {
        return 0;
    }
    divisions.sort_unstable_by(|a, b| a.half_edge.cmp(&b.half_edge).then(a.along.total_cmp(&b.along)));
    mesh.triangles = divided_triangles(mesh, &divisions);
    *edges = Edges::of(mesh);
    divisions.len() as u64
}

/// Fills `uses` with half-edges of an edge that run the way that more of them do, as many as there are more. Those whose third
/// corner comes first are taken, whatever the order of the triangles.
fn more_often(mesh: &IndexedMesh, edge: &[u32], uses: &mut Vec<u32>) {
    let runs_up = |half_edge: u32| {
        let (from, to) = mesh.ends(half_edge);
        from < to
    };
    let up_count = edge.iter().filter(|half_edge| runs_up(**half_edge)).count();
    let down_count = edge.len() - up_count;
    uses.clear();
    uses.extend(edge.iter().filter(|half_edge| runs_up(**half_edge) == (up_count > down_count)));
    // Of equal triangles, the same one is taken at each of their edges.
    let key = |half_edge: &u32| (mesh.vertices[mesh.apex(*half_edge) as usize], half_edge / 3);
    uses.sort_unstable_by(|a, b| key(a).partial_cmp(&key(b)).expect("coordinates are finite"));
    uses.truncate(up_count.abs_diff(down_count));
}

/// The loose edges of a mesh, which make chains along shared edges.
struct Chains<'m> {
    mesh: &'m IndexedMesh,
    tolerance: f64,
    /// The vertex to which each runs, and that from which it comes, sorted.
    loose: Vec<[u32; 2]>,
    is_taken: Vec<bool>,
    steps_left: u64,
}

impl<'m> Chains<'m> {
    fn new(mesh: &'m IndexedMesh, edges: &Edges, tolerance: f64) -> Self {
        let mut loose = Vec::with_capacity(edges.boundary_count as usize);
        loose.extend(edges.loose().map(|half_edge| {
            let (from, to) = mesh.ends(half_edge);
            [to, from]
        }));
        loose.sort_unstable();
        let (is_taken, steps_left) = (vec![false; loose.len()], MOST_STEPS * loose.len() as u64);
        Self { mesh, tolerance, loose, is_taken, steps_left }
    }

    /// Divides half-edges of one edge that all run the same way, if there is a chain for each of them. Breaks at the bound on
    /// steps.
    fn follow_all(&mut self, half_edges: &[u32], divisions: &mut Vec<Division>) -> ControlFlow<()> {
        let before = divisions.len();
        let mut taken: Vec<usize> = Vec::new();
        for &half_edge in half_edges {
            if !self.follow(half_edge, &mut taken, divisions)? {
                divisions.truncate(before);
                for place in taken {
                    self.is_taken[place] = false;
                }
                break;
            }
        }
        ControlFlow::Continue(())
    }

    /// Follows loose edges from the start of a half-edge to its end, against their direction. Returns whether they reach it.
    fn follow(
        &mut self,
        half_edge: u32,
        taken: &mut Vec<usize>,
        divisions: &mut Vec<Division>,
    ) -> ControlFlow<(), bool> {
        let (from, to) = self.mesh.ends(half_edge);
        let segment = Segment::new(self.mesh, from, to);
        let (mut vertex, mut along) = (from, 0.0);
        while vertex != to {
            let first = self.loose.partition_point(|[end, _]| *end < vertex);
            let mut next: Option<(usize, u32, f64)> = None;
            let here = self.loose[first..].iter().take_while(|[end, _]| *end == vertex);
            for (place, &[_, start]) in (first..).zip(here) {
                self.steps_left = match self.steps_left.checked_sub(1) {
                    Some(left) => left,
                    None => return ControlFlow::Break(()),
                };
                let reached = if start == to && vertex != from {
                    Some(1.0)
                } else {
                    segment.place(self.mesh.vertices[start as usize], self.tolerance)
                };
                let is_nearer = |other: f64| next.is_none_or(|(_, _, nearest)| other < nearest);
                if let Some(reached) = reached.filter(|reached| *reached > along && is_nearer(*reached))
                    && !self.is_taken[place]
                {
                    next = Some((place, start, reached));
                }
            }
            let Some((place, start, reached)) = next else { return ControlFlow::Continue(false) };
            self.is_taken[place] = true;
            taken.push(place);
            (vertex, along) = (start, reached);
            if vertex != to {
                divisions.push(Division { half_edge, vertex, along });
            }
        }
        ControlFlow::Continue(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::triangle::Point;

    /// Two tetrahedra with an edge of six units in common, where one triangle of the second is divided at these places along it.
    fn tetrahedra(places: &[Point]) -> IndexedMesh {
        const FROM: u32 = 0;
        const TO: u32 = 1;
        let mut vertices = vec![
            [0.0, 0.0, 0.0],
            [6.0, 0.0, 0.0],
            [3.0, 4.0, 0.0],
            [3.0, 2.0, 3.0],
            [3.0, -4.0, 0.0],
            [3.0, -2.0, -3.0],
        ];
        let mut triangles = Vec::new();
        for [c, d] in [[2, 3], [4, 5]] {
            triangles.extend([[FROM, c, TO], [TO, c, d], [c, FROM, d]]);
        }
        triangles.push([FROM, TO, 3]);
        let first_place = vertices.len() as u32;
        vertices.extend_from_slice(places);
        let along: Vec<u32> = [FROM].into_iter().chain(first_place..vertices.len() as u32).chain([TO]).collect();
        triangles.extend(along.windows(2).map(|ends| [ends[0], ends[1], 5]));
        IndexedMesh { vertices, triangles }
    }

    #[test]
    fn an_edge_is_divided_where_loose_edges_run_along_all_of_it() {
        let rows: [(&str, &[Point], u64); 5] = [
            ("not divided", &[], 0),
            ("a corner in the middle", &[[3.0, 0.0, 0.0]], 1),
            ("three corners", &[[1.0, 0.0, 0.0], [2.0, 0.0, 0.0], [5.0, 0.0, 0.0]], 3),
            ("a corner within the tolerance", &[[2.0, 0.005, 0.0]], 1),
            ("a corner that lies off the edge", &[[2.0, 0.0, -0.1]], 0),
        ];
        for (name, places, expected) in rows {
            let mut mesh = tetrahedra(places);
            for _ in 0..mesh.triangles.len() {
                mesh.triangles.rotate_left(1);
                let mut divided = mesh.clone();
                let mut edges = Edges::of(&divided);
                let count = divide_shared(&mut divided, &mut edges, 0.01);
                assert_eq!(count, expected, "{name}");
                let is_closed = edges.odd_count() == 0;
                assert_eq!(is_closed, expected == places.len() as u64, "{name}: {} loose edges", edges.boundary_count);
            }
        }
    }

    #[test]
    fn a_chain_that_lacks_a_piece_divides_nothing() {
        let mut mesh = tetrahedra(&[[2.0, 0.0, 0.0], [4.0, 0.0, 0.0]]);
        for piece in 0..3 {
            let mut mesh = mesh.clone();
            let first = mesh.triangles.len() - 3;
            mesh.triangles.remove(first + piece);
            let mut edges = Edges::of(&mesh);
            assert_eq!(divide_shared(&mut mesh, &mut edges, 0.01), 0, "without piece {piece}");
        }
        let mut edges = Edges::of(&mesh);
        assert_eq!(divide_shared(&mut mesh, &mut edges, 0.01), 2, "with all pieces");
    }
}
