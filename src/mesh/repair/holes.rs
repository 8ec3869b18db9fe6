//! The closing of holes: finds the loops around them, and closes each by a fan of triangles.
//!
//! Every shell is a body. The loose edges of a consistently wound shell always form loops, and a fan of triangles about the
//! centre of each loop closes it. A loop without an area is no hole: its fan only joins edges that lie on one another.

use nalgebra::Vector3;

use crate::mesh::topology::edges::Edges;
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::to_f64;

/// The most loose edges for each triangle. Triangles with more make no surface, and their loops would take more memory than
/// the mesh. Lone triangles have three, pairs of them two; a solid without one of its faces has fewer than one.
pub const MOST_LOOSE: f64 = 1.5;

/// The bodies that shells make, with the patches that close their holes.
#[derive(Debug)]
pub(in crate::mesh) struct Bodies {
    pub count: u32,
    holes: Vec<Hole>,
    /// The vertices around the holes, one hole after another.
    rims: Vec<u32>,
    /// The area of the patches, in the file's unit squared.
    pub patch_area: f64,
    /// The number of holes that have an area.
    pub open_count: u64,
    /// The area of their patches, in the file's unit squared.
    pub open_area: f64,
}

/// Why holes cannot be closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::mesh) enum NotClosed {
    /// The patches are larger than they may be. Holds their area, in the file's unit squared.
    TooLarge(f64),
    /// Too many edges are loose for the triangles to make a surface.
    NoSurface {
        /// The number of loose edges.
        loose_count: u64,
    },
}

#[derive(Debug)]
struct Hole {
    body: u32,
    /// The end of its vertices in [`Bodies::rims`].
    rim_end: u32,
}

/// The shell of a loose edge, and the edge's vertices in the direction of its triangle.
type LooseEdge = (u32, [u32; 2]);

/// Makes each shell a body and closes its holes, by patches of an area of at most `most_area`. A hole whose patch is no wider
/// than the tolerance has no area.
///
/// Takes at most 48 bytes for each loose edge, above the mesh and its edges, and 4 for each shell.
pub(in crate::mesh) fn close_holes(
    mesh: &IndexedMesh,
    edges: &Edges,
    shells: &[u32],
    shell_count: u32,
    most_area: f64,
    tolerance: f64,
) -> Result<Bodies, NotClosed> {
    let loose_count = edges.loose().count() as u64;
    if loose_count as f64 > MOST_LOOSE * mesh.triangles.len() as f64 {
        return Err(NotClosed::NoSurface { loose_count });
    }
    let mut loose: Vec<LooseEdge> = Vec::with_capacity(loose_count as usize);
    loose.extend(edges.loose().map(|half_edge| {
        let (from, to) = mesh.ends(half_edge);
        (shells[half_edge as usize / 3], [from, to])
    }));
    loose.sort_unstable();

    let mut bodies = Bodies::closed(shell_count);
    for of_shell in loose.chunk_by(|a, b| a.0 == b.0) {
        for_each_loop(of_shell, |hole| {
            let (mut area, mut length) = (0.0, 0.0);
            for [a, b, c] in patches(mesh, hole) {
                area += (b - a).cross(&(c - a)).norm() / 2.0;
                length += (b - a).norm();
            }
            bodies.patch_area += area;
            if bodies.patch_area <= most_area {
                if area > tolerance * length {
                    bodies.open_count += 1;
                    bodies.open_area += area;
                }
                bodies.rims.extend(hole);
                bodies.holes.push(Hole { body: of_shell[0].0, rim_end: bodies.rims.len() as u32 });
            }
        });
    }
    if bodies.patch_area <= most_area { Ok(bodies) } else { Err(NotClosed::TooLarge(bodies.patch_area)) }
}

impl Bodies {
    /// Makes each of the shells a body of its own, without holes.
    pub fn closed(shell_count: u32) -> Self {
        let (holes, rims) = (Vec::new(), Vec::new());
        Self { count: shell_count, holes, rims, patch_area: 0.0, open_count: 0, open_area: 0.0 }
    }

    /// The number of holes.
    pub fn hole_count(&self) -> u64 {
        self.holes.len() as u64
    }

    /// The triangles that close the holes, each with its body.
    pub fn patches(&self, mesh: &IndexedMesh) -> impl Iterator<Item = (u32, [Vector3<f64>; 3])> {
        self.holes().flat_map(|(body, rim)| patches(mesh, rim).map(move |patch| (body, patch)))
    }

    /// The vertices around each hole, with its body. A patch joins two that follow one another, the other way round, to the centre.
    pub fn holes(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let starts = std::iter::once(0).chain(self.holes.iter().map(|hole| hole.rim_end));
        let rims = starts.zip(&self.holes);
        rims.map(|(start, hole)| (hole.body, &self.rims[start as usize..hole.rim_end as usize]))
    }
}

/// The centre of a hole: the mean of its corners.
pub(in crate::mesh) fn centre(mesh: &IndexedMesh, rim: &[u32]) -> Vector3<f64> {
    rim.iter().map(|&vertex| to_f64(mesh.vertices[vertex as usize])).sum::<Vector3<f64>>() / rim.len() as f64
}

/// Makes a fan of triangles about the centre of a hole. Each runs along its loose edge the other way.
fn patches(mesh: &IndexedMesh, rim: &[u32]) -> impl Iterator<Item = [Vector3<f64>; 3]> {
    let corners = rim.iter().map(|&vertex| to_f64(mesh.vertices[vertex as usize]));
    let centre = centre(mesh, rim);
    let next = corners.clone().cycle().skip(1);
    corners.zip(next).map(move |(from, to)| [to, from, centre])
}

/// Splits a shell's loose edges into loops that visit no vertex twice, and calls `found` with the vertices of each. The edges
/// are sorted, and as many enter each vertex as leave it.
fn for_each_loop(edges: &[LooseEdge], mut found: impl FnMut(&[u32])) {
    const NOT_ON_PATH: u32 = u32::MAX;
    // The entries of a vertex are at the place of the first edge that leaves it.
    let first = |vertex: u32| edges.partition_point(|(_, [from, _])| *from < vertex);
    let mut left_count = vec![0_u32; edges.len()];
    let mut on_path = vec![NOT_ON_PATH; edges.len()];
    let mut path: Vec<u32> = Vec::new();
    for &(_, [start, _]) in edges {
        let mut vertex = start;
        loop {
            let first_edge = first(vertex);
            let step = std::mem::replace(&mut on_path[first_edge], path.len() as u32);
            if step != NOT_ON_PATH {
                let hole = &path[step as usize..];
                found(hole);
                for &visited in hole {
                    on_path[first(visited)] = NOT_ON_PATH;
                }
                path.truncate(step as usize);
                on_path[first_edge] = step;
            }
            // The edges that leave a vertex are consecutive, and are used in their order.
            let place = first_edge + left_count[first_edge] as usize;
            let Some((_, [_, to])) = edges.get(place).filter(|(_, [from, _])| *from == vertex) else {
                on_path[first_edge] = NOT_ON_PATH;
                break;
            };
            left_count[first_edge] += 1;
            path.push(vertex);
            vertex = *to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::for_each_loop;

    #[test]
    fn loops_that_touch_at_a_vertex_are_told_apart() {
        type Case = (&'static [[u32; 2]], &'static [&'static [u32]]);
        let rows: [Case; 4] = [
            (&[], &[]),
            (&[[0, 1], [1, 2], [2, 0]], &[&[0, 1, 2]]),
            (&[[0, 1], [1, 0], [5, 6], [6, 5]], &[&[0, 1], &[5, 6]]),
            // A figure of eight about vertex 1.
            (&[[0, 1], [1, 2], [1, 4], [2, 0], [3, 1], [4, 3]], &[&[1, 4, 3], &[0, 1, 2]]),
        ];
        for (edges, expected) in rows {
            let loose: Vec<_> = edges.iter().map(|&edge| (7, edge)).collect();
            let mut found = Vec::new();
            for_each_loop(&loose, |hole| {
                let mut hole = hole.to_vec();
                let smallest = (0..hole.len()).min_by_key(|&place| hole[place]).unwrap();
                hole.rotate_left(smallest);
                found.push(hole);
            });
            found.sort();
            let mut expected: Vec<Vec<u32>> = expected.iter().map(|hole| hole.to_vec()).collect();
            expected.sort();
            assert_eq!(found, expected, "{edges:?}");
        }
    }
}
