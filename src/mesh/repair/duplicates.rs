//! The removal of copies: triangles that have the same corners as another one, in the same order around.
//!
//! Copies are judged together where they share edges. A copy of a whole body, or of some of its triangles, closes nothing: at
//! its rim, more triangles run one way than the other. But two bodies may have a face in common, a cone and a cylinder on one
//! base, say: there each of the equal triangles closes its own body, and stays.

use crate::mesh::topology::edges::Edges;
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::union_find::DisjointSets;

/// A group of one triangle and its copies, or a triangle that is in none.
const NO_GROUP: u32 = u32::MAX;

/// Removes copies, and returns their number. If it is not 0, the edges are out of date.
///
/// Takes at most 36 bytes for each triangle, above the mesh and its edges.
pub(in crate::mesh) fn remove_copies(mesh: &mut IndexedMesh, edges: &Edges) -> u64 {
    let Some(groups) = Groups::of(mesh, edges) else { return 0 };
    let is_copy = |triangle: u32| groups.is_copy(triangle);

    let mut sets = DisjointSets::new(groups.first.len());
    for edge in edges.non_manifold(mesh) {
        let mut here =
            edge.iter().map(|half_edge| groups.of[*half_edge as usize / 3]).filter(|group| *group != NO_GROUP);
        if let Some(one) = here.next() {
            here.for_each(|other| sets.join(one, other));
        }
    }
    let (set_of, set_count) = sets.numbered();
    // How much the directions at all edges differ more without the copies than with them.
    let mut worse = vec![0_i64; set_count as usize];
    for edge in edges.non_manifold(mesh) {
        let direction = |half_edge: u32| {
            let (from, to) = mesh.ends(half_edge);
            if from < to { 1_i64 } else { -1 }
        };
        let group = edge.iter().map(|half_edge| groups.of[*half_edge as usize / 3]).find(|group| *group != NO_GROUP);
        if let Some(group) = group {
            let with: i64 = edge.iter().map(|&half_edge| direction(half_edge)).sum();
            let kept = edge.iter().filter(|half_edge| !is_copy(**half_edge / 3));
            let without: i64 = kept.map(|&half_edge| direction(half_edge)).sum();
            worse[set_of[group as usize] as usize] += without.abs() - with.abs();
        }
    }
    let is_removed = |triangle: u32| {
        is_copy(triangle) && {
            let group = groups.of[triangle as usize];
            worse[set_of[group as usize] as usize] <= 0
        }
    };
    let before = mesh.triangles.len();
    let mut number = 0..;
    mesh.triangles.retain(|_| !is_removed(number.next().expect("it has no end")));
    (before - mesh.triangles.len()) as u64
}

/// The triangles of which there are copies.
struct Groups {
    /// The group of each triangle, or [`NO_GROUP`].
    of: Vec<u32>,
    /// The first triangle of each group: the one that is no copy.
    first: Vec<u32>,
}

impl Groups {
    /// Groups equal triangles. Returns `None` if there are none.
    fn of(mesh: &IndexedMesh, edges: &Edges) -> Option<Self> {
        // At each edge of a copy two triangles at least run the same way.
        let shares = |half_edge: u32| match edges.mate(half_edge) {
            Some(mate) => mesh.ends(mate).0 == mesh.ends(half_edge).0,
            None => edges.is_non_manifold(half_edge),
        };
        let mut candidates: Vec<([u32; 3], u32)> = Vec::new();
        for (number, &triangle) in (0..).zip(&mesh.triangles) {
            if (3 * number..3 * number + 3).all(shares) {
                candidates.push((from_smallest(triangle), number));
            }
        }
        candidates.sort_unstable();
        let equal = || candidates.chunk_by(|a, b| a.0 == b.0).filter(|equal| equal.len() > 1);
        equal().next()?;
        let mut groups = Self { of: vec![NO_GROUP; mesh.triangles.len()], first: Vec::new() };
        for (group, equal) in (0..).zip(equal()) {
            groups.first.push(equal[0].1);
            for (_, triangle) in equal {
                groups.of[*triangle as usize] = group;
            }
        }
        Some(groups)
    }

    fn is_copy(&self, triangle: u32) -> bool {
        let group = self.of[triangle as usize];
        group != NO_GROUP && self.first[group as usize] != triangle
    }
}

/// The vertices of a triangle in their order around it, from the smallest.
fn from_smallest([a, b, c]: [u32; 3]) -> [u32; 3] {
    if a < b && a < c {
        [a, b, c]
    } else if b < c {
        [b, c, a]
    } else {
        [c, a, b]
    }
}

/// Counts those of some triangles whose corners are those of another triangle of the mesh too, whichever way round.
pub(in crate::mesh) fn count_doubled(mesh: &IndexedMesh, is_counted: impl Fn(u32) -> bool) -> u64 {
    let sorted = |&triangle: &[u32; 3]| {
        let mut corners = triangle;
        corners.sort_unstable();
        corners
    };
    let mut all: Vec<[u32; 3]> = mesh.triangles.iter().map(sorted).collect();
    all.sort_unstable();
    let is_doubled = |triangle: &[u32; 3]| {
        let corners = sorted(triangle);
        let place = all.partition_point(|other| *other < corners);
        all.get(place + 1) == Some(&corners)
    };
    (0..).zip(&mesh.triangles).filter(|(number, triangle)| is_counted(*number) && is_doubled(triangle)).count() as u64
}
