//! The removal of strays: triangles that are no part of any closed surface. They are fins, walls inside a body, and doubles that
//! run the other way than the surface that they lie on.
//!
//! Where an odd number of triangles share an edge, one of them at least is a stray. The patches that meet there are compared. A
//! fin, whose border is mostly free, is the stray; otherwise one of two that lie on one another. Otherwise, if two of three
//! triangles go on straight, the third is. Otherwise the smallest patch is: of all surfaces that end at the edges of a flat wall,
//! the wall is the least. A patch that is a stray at more than half of its border is removed, and the rest is examined again.

use nalgebra::Vector3;

use super::duplicates::count_doubled;
use super::patch_ranks::patch_ranks;
use crate::mesh::sums::Sums;
use crate::mesh::topology::edges::{BOUNDARY, Edges};
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::to_f64;

/// The most rounds. Each removes the strays that reach the outside of the rest: walls that divide a body into cells take half as
/// many rounds as there are cells in a row. Strays that are left then stay, as open parts of the surface.
const MAX_ROUNDS: usize = 12;

/// Lengths and areas that differ by less, as a share, are equal but for rounding.
const EQUAL: f64 = 1e-9;

/// Two triangles go on straight if the cosine of the angle between them is at most this: 180° but for 25.
const STRAIGHT: f64 = -0.9;

/// What was removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) struct Removed {
    /// The number of triangles.
    pub triangle_count: u64,
    /// How many of them had a double that stayed.
    pub doubled_count: u64,
}

/// Removes strays, and brings the edges up to date.
///
/// Takes at most 60 bytes for each triangle, above the mesh and its edges.
pub(in crate::mesh) fn remove_strays(mesh: &mut IndexedMesh, edges: &mut Edges, sums: &Sums) -> Removed {
    let mut removed = Removed::default();
    for _ in 0..MAX_ROUNDS {
        if edges.odd_non_manifold_count() == 0 {
            break;
        }
        let (patch_of, patch_count) = edges.shells();
        let is_stray: Vec<bool> = strays(mesh, edges, &patch_of, patch_count, sums);
        if !is_stray.contains(&true) {
            break;
        }
        let goes = |triangle: u32| is_stray[patch_of[triangle as usize] as usize];
        removed.doubled_count += count_doubled(mesh, goes);
        let before = mesh.triangles.len();
        let mut number = 0..;
        mesh.triangles.retain(|_| !goes(number.next().expect("it has no end")));
        removed.triangle_count += (before - mesh.triangles.len()) as u64;
        *edges = Edges::of(mesh);
    }
    removed
}

/// A part of the surface that no edge of three or more triangles divides.
#[derive(Debug, Default, Clone)]
struct Patch {
    area: f64,
    /// Its place among all patches. What lies nearer to the middle of the mesh has a larger one.
    rank: u32,
    /// The length of its edges that no other triangle uses.
    free_length: f64,
    /// The length of its edges that three or more triangles use.
    shared_length: f64,
    /// The length of those of its edges where one of the patches is a stray, and it may be this one.
    suspect_length: f64,
    /// The length of those where it is this one.
    stray_length: f64,
}

/// Finds for each patch whether it is a stray.
fn strays(mesh: &IndexedMesh, edges: &Edges, patch_of: &[u32], patch_count: u32, sums: &Sums) -> Vec<bool> {
    let mut patches = measure(mesh, edges, patch_of, patch_count);
    for (patch, rank) in patches.iter_mut().zip(patch_ranks(mesh, patch_of, patch_count, sums)) {
        patch.rank = rank;
    }
    let mut uses: Vec<Use> = Vec::new();
    for edge in edges.non_manifold(mesh).filter(|edge| edge.len() % 2 == 1) {
        uses.clear();
        uses.extend(edge.iter().map(|&half_edge| {
            let (from, to) = mesh.ends(half_edge);
            let direction = if from < to { 1 } else { -1 };
            Use { patch: patch_of[half_edge as usize / 3], apex: mesh.apex(half_edge), direction }
        }));
        let mut apexes: Vec<u32> = uses.iter().map(|one| one.apex).collect();
        apexes.sort_unstable();
        let is_doubled = |apex: u32| apexes.get(apexes.partition_point(|other| *other < apex) + 1) == Some(&apex);
        uses.sort_unstable_by_key(|one| one.patch);
        let length = length(mesh, edge[0]);
        // To remove a patch that uses the edge twice would leave it as odd as it was.
        let suspects = || uses.chunk_by(|a, b| a.patch == b.patch).filter(|uses| uses.len() % 2 == 1);
        for suspect in suspects() {
            patches[suspect[0].patch as usize].suspect_length += length;
        }
        let direction = |uses: &[Use]| uses.iter().map(|one| one.direction).sum::<i64>();
        let all = direction(&uses);
        let beside = beside_straight(mesh, edge).map(|half_edge| patch_of[half_edge as usize / 3]);
        let suspects = suspects().map(|uses| Suspect {
            patch: uses[0].patch,
            is_doubled: is_doubled(uses[0].apex),
            is_beside_straight: beside == Some(uses[0].patch),
            imbalance: (all - direction(uses)).abs(),
        });
        if let Some(stray) = choose(&patches, suspects) {
            patches[stray as usize].stray_length += length;
        }
    }
    patches.iter().map(|patch| is_longer(patch.stray_length, patch.suspect_length / 2.0)).collect()
}

/// One use of an edge.
struct Use {
    patch: u32,
    /// The vertex of its triangle that is not on the edge.
    apex: u32,
    /// 1 up the edge, -1 down.
    direction: i64,
}

/// A patch that may be the stray at an edge.
#[derive(Clone, Copy)]
struct Suspect {
    patch: u32,
    /// Whether its triangle lies on another one.
    is_doubled: bool,
    /// Whether the other two triangles go on straight without it.
    is_beside_straight: bool,
    /// How many more triangles run one way along the edge than the other, without this patch.
    imbalance: i64,
}

/// Chooses the stray at an edge: a fin before others, then one that lies on another, then one beside a straight surface, then the
/// smallest, of equal ones the one without which as many triangles run up the edge as down, then the one nearest to the middle of
/// the mesh.
fn choose(patches: &[Patch], suspects: impl Iterator<Item = Suspect>) -> Option<u32> {
    suspects
        .reduce(|best, other| {
            let [a, b] = [best, other].map(|suspect| &patches[suspect.patch as usize]);
            let is_better = if a.is_fin() != b.is_fin() {
                b.is_fin()
            } else if best.is_doubled != other.is_doubled {
                other.is_doubled
            } else if best.is_beside_straight != other.is_beside_straight {
                other.is_beside_straight
            } else if (a.area - b.area).abs() > EQUAL * a.area.max(b.area) {
                b.area < a.area
            } else if best.imbalance != other.imbalance {
                other.imbalance < best.imbalance
            } else {
                b.rank > a.rank
            };
            if is_better { other } else { best }
        })
        .map(|suspect| suspect.patch)
}

/// Of three triangles at an edge of which two go on straight, the third.
fn beside_straight(mesh: &IndexedMesh, edge: &[u32]) -> Option<u32> {
    let &[a, b, c] = edge else { return None };
    let (from, to) = mesh.ends(a);
    let [from, to] = [from, to].map(|vertex| to_f64(mesh.vertices[vertex as usize]));
    let along = (to - from).normalize();
    // The direction of a triangle from the edge.
    let [at_a, at_b, at_c] = [a, b, c].map(|half_edge| {
        let to_apex = to_f64(mesh.vertices[mesh.apex(half_edge) as usize]) - from;
        (to_apex - along * along.dot(&to_apex)).normalize()
    });
    let is_straight = |one: Vector3<f64>, other: Vector3<f64>| one.dot(&other) <= STRAIGHT;
    match [is_straight(at_b, at_c), is_straight(at_c, at_a), is_straight(at_a, at_b)] {
        [true, false, false] => Some(a),
        [false, true, false] => Some(b),
        [false, false, true] => Some(c),
        _ => None,
    }
}

/// Whether a sum of lengths is longer than another one by more than rounding.
fn is_longer(length: f64, other: f64) -> bool {
    length > other * (1.0 + EQUAL)
}

impl Patch {
    fn is_fin(&self) -> bool {
        is_longer(self.free_length, self.shared_length)
    }
}

fn measure(mesh: &IndexedMesh, edges: &Edges, patch_of: &[u32], patch_count: u32) -> Vec<Patch> {
    let mut patches = vec![Patch::default(); patch_count as usize];
    for (number, (triangle, &patch)) in (0..).zip(mesh.triangles.iter().zip(patch_of)) {
        let patch = &mut patches[patch as usize];
        let [a, b, c] = triangle.map(|vertex| to_f64(mesh.vertices[vertex as usize]));
        patch.area += (b - a).cross(&(c - a)).norm() / 2.0;
        for half_edge in 3 * number..3 * number + 3 {
            if edges.mates[half_edge as usize] == BOUNDARY {
                patch.free_length += length(mesh, half_edge);
            } else if edges.is_non_manifold(half_edge) {
                patch.shared_length += length(mesh, half_edge);
            }
        }
    }
    patches
}

fn length(mesh: &IndexedMesh, half_edge: u32) -> f64 {
    let (from, to) = mesh.ends(half_edge);
    let [from, to]: [Vector3<f64>; 2] = [from, to].map(|vertex| to_f64(mesh.vertices[vertex as usize]));
    (to - from).norm()
}
