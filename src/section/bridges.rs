//! Bridges: level undersides that are held on opposite sides, which a printer spans without support.
//!
//! Level triangles that face down and share edges make a patch. An edge of its rim is held where the surface goes on downwards: there a
//! wall stands below. A patch whose middle lies within the hull of its held edges is a bridge; one that is held on one side alone
//! juts out.

use nalgebra::Vector2;

use crate::mesh::{DisjointSets, SolidMesh, planar_hull};

/// The cosine of the largest angle at which a surface is level: one degree.
const LEVEL_COSINE: f64 = 0.999_847_7;

/// An edge from a point to another.
type Edge = [u32; 2];

/// A patch of level triangles.
#[derive(Debug, Default, Clone)]
struct Patch {
    area: f64,
    /// The sum of its triangles' centres, each times its area.
    moment: Vector2<f64>,
    /// The ends of the edges at which it is held.
    held: Vec<Vector2<f64>>,
}

/// For each triangle of a mesh whether it is part of a bridge, above a height: what lies lower rests on the plate.
pub(super) fn bridges(mesh: &SolidMesh, plate: f64) -> Vec<bool> {
    let mut are_bridges = vec![false; mesh.len()];
    let level: Vec<u32> = (0..mesh.len() as u32).filter(|&number| is_level(mesh, number, plate)).collect();
    if level.is_empty() {
        return are_bridges;
    }
    let (patch_of, patch_count, rim) = patches(mesh, &level);
    let mut patches = vec![Patch::default(); patch_count as usize];
    for (&number, &patch) in level.iter().zip(&patch_of) {
        let [a, b, c] = mesh.corners(mesh.triangles[number as usize]).map(|corner| corner.xy());
        let area = -(b - a).perp(&(c - a)) / 2.0;
        let patch = &mut patches[patch as usize];
        patch.area += area;
        patch.moment += (a + b + c) / 3.0 * area;
    }
    for (place, ends) in held(mesh, &rim) {
        let ends = ends.map(|point| mesh.points[point as usize].xy());
        patches[patch_of[place as usize] as usize].held.extend(ends);
    }
    let is_bridge: Vec<bool> = patches.iter_mut().map(Patch::is_bridge).collect();
    for (&number, &patch) in level.iter().zip(&patch_of) {
        are_bridges[number as usize] = is_bridge[patch as usize];
    }
    are_bridges
}

fn is_level(mesh: &SolidMesh, number: u32, plate: f64) -> bool {
    let [a, b, c] = mesh.corners(mesh.triangles[number as usize]);
    let normal = (b - a).cross(&(c - a));
    a.z.min(b.z).min(c.z) > plate && -normal.z > LEVEL_COSINE * normal.norm()
}

fn edges([a, b, c]: [u32; 3]) -> [Edge; 3] {
    [[a, b], [b, c], [c, a]]
}

/// The patch of each level triangle, the number of patches, and the edges of all rims with the place of their triangle, in order.
fn patches(mesh: &SolidMesh, level: &[u32]) -> (Vec<u32>, u32, Vec<(Edge, u32)>) {
    let of_level =
        (0..).zip(level).flat_map(|(place, &number)| edges(mesh.triangles[number as usize]).map(|edge| (edge, place)));
    let mut all: Vec<(Edge, u32)> = of_level.collect();
    all.sort_unstable();
    let mut sets = DisjointSets::new(level.len());
    let mut rim = Vec::new();
    for &([from, to], place) in &all {
        match all.binary_search_by_key(&[to, from], |&(edge, _)| edge) {
            Ok(other) => sets.join(place, all[other].1),
            Err(_) => rim.push(([from, to], place)),
        }
    }
    let (patch_of, count) = sets.numbered();
    (patch_of, count, rim)
}

/// The edges of rims beyond which the surface goes on downwards, each with the place of its triangle.
fn held(mesh: &SolidMesh, rim: &[(Edge, u32)]) -> Vec<(u32, Edge)> {
    let mut is_on_rim = vec![false; mesh.points.len()];
    for point in rim.iter().flat_map(|(edge, _)| edge) {
        is_on_rim[*point as usize] = true;
    }
    let height = |point: u32| mesh.points[point as usize].z;
    let mut held = Vec::new();
    for &triangle in &mesh.triangles {
        for (corner, [from, to]) in edges(triangle).into_iter().enumerate() {
            if !is_on_rim[from as usize] || !is_on_rim[to as usize] {
                continue;
            }
            // The neighbour runs along the edge the other way.
            let Ok(found) = rim.binary_search_by_key(&[to, from], |&(edge, _)| edge) else { continue };
            let apex = triangle[(corner + 2) % 3];
            if height(apex) < height(from).min(height(to)) {
                held.push((rim[found].1, [from, to]));
            }
        }
    }
    held
}

impl Patch {
    /// Whether its middle lies within the hull of its held edges.
    fn is_bridge(&mut self) -> bool {
        let middle = self.moment / self.area;
        let hull = planar_hull(&mut self.held);
        let next = hull.iter().cycle().skip(1);
        hull.len() > 2
            && hull.iter().zip(next).all(|(a, b)| (b - a).perp(&(middle - a)) > INNER * (b - a).norm_squared())
    }
}

/// How far within the hull the middle is at least, as a share of the side that it is nearest to.
const INNER: f64 = 1e-6;
