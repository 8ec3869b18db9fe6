//! The pairing of edges of three and more triangles, each part of the surface with its inside where it must be.
//!
//! By its winding, a body that is inside out encloses what lies outside of it. Two boxes that touch, both inside out, are paired as
//! one body and a sheet between them. So the edges are paired as they are wound first; where a sheet lies at a shell that came out
//! inside out, they are paired once more, as if both were turned.

use super::patch_ranks::patch_ranks;
use crate::mesh::box_tree::Bounds;
use crate::mesh::solid::volume_noise;
use crate::mesh::sums::Sums;
use crate::mesh::topology::edges::Edges;
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::topology::radial::{Patches, pair_by_angle};
use crate::mesh::triangle::to_f64;

/// Pairs the half-edges of edges that three or more triangles use. Returns whether the angles decide what is inside out: shells
/// that face different ways, or two parts of one shell, have an edge in common.
///
/// Takes at most 56 bytes for each triangle and 12 for each of these half-edges above the mesh, its edges, and what
/// [`pair_by_angle`] takes.
pub(in crate::mesh) fn pair_edges(mesh: &IndexedMesh, edges: &mut Edges, sums: &Sums) -> bool {
    if edges.non_manifold_count == 0 {
        return false;
    }
    let (mut of_triangle, patch_count) = edges.shells();
    let ranks = patch_ranks(mesh, &of_triangle, patch_count, sums);
    for patch in &mut of_triangle {
        *patch = ranks[*patch as usize];
    }
    drop(ranks);
    let half_edges = edges.take_non_manifold();
    let mut patches = Patches { of_triangle, is_inside_out: vec![false; patch_count as usize] };
    pair_by_angle(mesh, edges, &half_edges, &patches);
    let shells = Shells::of(mesh, edges, sums);
    let mut is_turned = vec![false; shells.facings.len()];
    for edge in mesh.chunk_by_edge(&half_edges) {
        if shells.any_faces(edge, Facing::Inward) && shells.any_faces(edge, Facing::Neither) {
            let turned = shells.at(edge).filter(|shell| shells.facings[*shell] != Facing::Outward);
            turned.for_each(|shell| is_turned[shell] = true);
        }
    }
    if !is_turned.contains(&true) {
        return shells.depend_on_angles(mesh, &half_edges);
    }
    for (&patch, &shell) in patches.of_triangle.iter().zip(&shells.of_triangle) {
        patches.is_inside_out[patch as usize] |= is_turned[shell as usize];
    }
    drop(shells);
    pair_by_angle(mesh, edges, &half_edges, &patches);
    Shells::of(mesh, edges, sums).depend_on_angles(mesh, &half_edges)
}

/// Which way a shell faces, by its signed volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Facing {
    Outward,
    Inward,
    /// It is a sheet.
    Neither,
}

/// The shell of each triangle, and which way each shell faces.
struct Shells {
    of_triangle: Vec<u32>,
    facings: Vec<Facing>,
}

impl Shells {
    fn of(mesh: &IndexedMesh, edges: &Edges, sums: &Sums) -> Self {
        let (of_triangle, count) = edges.shells();
        let facings = facings(mesh, &of_triangle, count, sums);
        Self { of_triangle, facings }
    }

    /// The shells of the triangles at an edge.
    fn at(&self, edge: &[u32]) -> impl Iterator<Item = usize> {
        edge.iter().map(|half_edge| self.of_triangle[*half_edge as usize / 3] as usize)
    }

    fn any_faces(&self, edge: &[u32], facing: Facing) -> bool {
        self.at(edge).any(|shell| self.facings[shell] == facing)
    }

    fn depend_on_angles(&self, mesh: &IndexedMesh, half_edges: &[u32]) -> bool {
        let mut here = Vec::new();
        mesh.chunk_by_edge(half_edges).any(|edge| {
            here.clear();
            here.extend(self.at(edge));
            here.sort_unstable();
            let meets_itself = here.chunk_by(|a, b| a == b).any(|of_shell| of_shell.len() > 2);
            meets_itself || (self.any_faces(edge, Facing::Outward) && self.any_faces(edge, Facing::Inward))
        })
    }
}

/// Volumes are measured about the middle of each shell. Where triangles of one disagree, its volume follows from the origin, and
/// few that are turned say least about that of all when they are near it.
fn facings(mesh: &IndexedMesh, shell_of: &[u32], shell_count: u32, sums: &Sums) -> Vec<Facing> {
    let mut boxes = vec![Bounds::EMPTY; shell_count as usize];
    for (triangle, &shell) in mesh.triangles.iter().zip(shell_of) {
        let bounds = &mut boxes[shell as usize];
        *bounds = bounds.joined(&Bounds::of(&triangle.map(|vertex| mesh.vertices[vertex as usize])));
    }
    let mut measures = vec![(0.0, 0.0); shell_count as usize];
    for (triangle, &shell) in mesh.triangles.iter().zip(shell_of) {
        let (six_volumes, doubled_area) = &mut measures[shell as usize];
        let middle = boxes[shell as usize].middle();
        let [a, b, c] = triangle.map(|vertex| to_f64(mesh.vertices[vertex as usize]) - middle);
        *six_volumes += a.cross(&b).dot(&c);
        *doubled_area += (b - a).cross(&(c - a)).norm();
    }
    let facing = |(six_volumes, doubled_area): (f64, f64)| {
        if six_volumes.abs() / 6.0 <= volume_noise(sums, doubled_area / 2.0) {
            Facing::Neither
        } else if six_volumes < 0.0 {
            Facing::Inward
        } else {
            Facing::Outward
        }
    };
    measures.into_iter().map(facing).collect()
}
