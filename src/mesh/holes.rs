//! The loops around holes, and the fans that close them.
//!
//! Shells that are open on their own but share an edge with other open ones (three walls that meet) belong to one body;
//! every other shell is a body of its own. What is missing for a body to be closed is its loose edges: how often its
//! triangles run along an edge one way more than the other. The loose edges of a consistently wound body always form
//! loops, and a fan of triangles about the centre of each loop closes it.

use std::collections::BTreeMap;

use nalgebra::Vector3;

use super::edges::{BOUNDARY, DisjointSets, Edges};
use super::index::IndexedMesh;
use super::triangle::exact;

/// Shells grouped into bodies, with the triangles that close them.
#[derive(Debug)]
pub(super) struct Bodies {
    /// For each shell its body.
    pub of_shell: Vec<u32>,
    pub count: u32,
    /// Triangles that close holes, each with its body.
    pub patches: Vec<(u32, [Vector3<f64>; 3])>,
    pub hole_count: u64,
    /// The area of the patches, in the file's unit squared.
    pub patch_area: f64,
}

/// A directed edge that a shell or body runs along once more than the other way.
type Loose = (u32, [u32; 2]);

/// Groups shells into bodies and closes their holes.
pub(super) fn close(mesh: &IndexedMesh, edges: &Edges, shells: &[u32], shell_count: u32) -> Bodies {
    let mut sets = DisjointSets::new(shell_count as usize);
    for edge in &edges.non_manifold {
        let open = net_uses(mesh, edge, |triangle| shells[triangle]);
        for pair in open.windows(2) {
            sets.join(pair[0].0, pair[1].0);
        }
    }
    let (of_shell, count) = sets.numbered();
    let body = |triangle: usize| of_shell[shells[triangle] as usize];

    let boundary = edges.mates.iter().enumerate().filter(|(_, mate)| **mate == BOUNDARY).map(|(half_edge, _)| {
        let (from, to) = mesh.ends(half_edge as u32);
        (body(half_edge / 3), [from, to])
    });
    let shared = edges.non_manifold.iter().flat_map(|edge| net_uses(mesh, edge, body));
    let mut loose: Vec<Loose> = boundary.chain(shared).collect();
    loose.sort_unstable();

    let mut bodies = Bodies { of_shell, count, patches: Vec::new(), hole_count: 0, patch_area: 0.0 };
    for of_body in loose.chunk_by(|a, b| a.0 == b.0) {
        let directed: Vec<[u32; 2]> = of_body.iter().map(|(_, edge)| *edge).collect();
        for hole in loops(&directed) {
            let corners: Vec<_> = hole.iter().map(|&vertex| exact(mesh.vertices[vertex as usize])).collect();
            bodies.close(of_body[0].0, &corners);
        }
    }
    bodies
}

impl Bodies {
    /// Closes the loop of a body's loose edges by a fan about the mean of its corners.
    fn close(&mut self, body: u32, corners: &[Vector3<f64>]) {
        let centre = corners.iter().sum::<Vector3<f64>>() / corners.len() as f64;
        self.hole_count += 1;
        for (&from, &to) in corners.iter().zip(corners.iter().cycle().skip(1)) {
            // It runs along the loose edge the other way.
            let patch = [to, from, centre];
            self.patch_area += (from - to).cross(&(centre - to)).norm() / 2.0;
            self.patches.push((body, patch));
        }
    }
}

/// The directed uses of one edge that are left of each owner (a shell or a body) after opposite ones cancel out, in
/// ascending order of owners.
fn net_uses(mesh: &IndexedMesh, edge: &[u32], owner: impl Fn(usize) -> u32) -> Vec<Loose> {
    let mut net: BTreeMap<u32, i64> = BTreeMap::new();
    let (low, high) = {
        let (a, b) = mesh.ends(edge[0]);
        (a.min(b), a.max(b))
    };
    for &half_edge in edge {
        let upward = mesh.ends(half_edge).0 == low;
        *net.entry(owner(half_edge as usize / 3)).or_default() += if upward { 1 } else { -1 };
    }
    net.into_iter()
        .flat_map(|(owner, uses)| {
            let directed = if uses > 0 { [low, high] } else { [high, low] };
            std::iter::repeat_n((owner, directed), uses.unsigned_abs() as usize)
        })
        .collect()
}

/// Splits directed edges, of which as many enter each vertex as leave it, into loops that visit no vertex twice. A loop is
/// given by its vertices; the edges are sorted.
fn loops(edges: &[[u32; 2]]) -> Vec<Vec<u32>> {
    let mut next = BTreeMap::new();
    for (place, [from, _]) in edges.iter().enumerate() {
        next.entry(*from).or_insert(place);
    }
    let mut found = Vec::new();
    for &[start, _] in edges {
        let mut path: Vec<u32> = Vec::new();
        let mut places: BTreeMap<u32, usize> = BTreeMap::new();
        let mut vertex = start;
        loop {
            if let Some(&place) = places.get(&vertex) {
                let hole = path.split_off(place);
                for visited in &hole {
                    places.remove(visited);
                }
                found.push(hole);
            }
            // The edges that leave a vertex are consecutive, and are used in their order.
            let place = next.get_mut(&vertex).expect("every vertex of a loop is left");
            let Some(&[_, to]) = edges.get(*place).filter(|edge| edge[0] == vertex) else { break };
            *place += 1;
            places.insert(vertex, path.len());
            path.push(vertex);
            vertex = to;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::loops;

    #[test]
    fn loops_that_touch_at_a_vertex_are_told_apart() {
        type Row = (&'static [[u32; 2]], &'static [&'static [u32]]);
        let rows: [Row; 4] = [
            (&[], &[]),
            (&[[0, 1], [1, 2], [2, 0]], &[&[0, 1, 2]]),
            (&[[0, 1], [1, 0], [5, 6], [6, 5]], &[&[0, 1], &[5, 6]]),
            // A figure of eight about vertex 1.
            (&[[0, 1], [1, 2], [1, 4], [2, 0], [3, 1], [4, 3]], &[&[1, 4, 3], &[0, 1, 2]]),
        ];
        for (edges, expected) in rows {
            let mut found = loops(edges);
            for hole in &mut found {
                let smallest = (0..hole.len()).min_by_key(|&place| hole[place]).unwrap();
                hole.rotate_left(smallest);
            }
            found.sort();
            let mut expected: Vec<Vec<u32>> = expected.iter().map(|hole| hole.to_vec()).collect();
            expected.sort();
            assert_eq!(found, expected, "{edges:?}");
        }
    }
}
