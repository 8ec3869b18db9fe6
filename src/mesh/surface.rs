//! The surface of a repaired mesh: its triangles and the patches that close its holes, body by body.
//!
//! It is lent to what measures more than sums. A hierarchy of its triangles' boxes is built once, when it is first asked for.

use std::sync::OnceLock;

use nalgebra::Vector3;

use super::hierarchy::Hierarchy;
use super::repair::holes::Bodies;
use super::solid::body::{BodySums, MeasuredBody};
use super::topology::indexed_mesh::IndexedMesh;
use super::triangle::{Point, to_f64};

/// A closed surface, and which way each of its bodies faces.
#[derive(Debug)]
pub struct Surface {
    mesh: IndexedMesh,
    /// For each triangle of the mesh its shell.
    shells: Vec<u32>,
    bodies: Bodies,
    facings: Vec<Facing>,
    hierarchy: OnceLock<Hierarchy>,
}

/// What a body's triangles are to the solid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facing {
    /// Part of its surface, wound as they were written.
    AsWritten,
    /// Part of its surface, wound the other way.
    Turned,
    /// No part of its surface: the body lies inside the solid.
    Inside,
}

impl Surface {
    pub(in crate::mesh) fn new(mesh: IndexedMesh, shells: Vec<u32>, bodies: Bodies) -> Self {
        let facings = vec![Facing::AsWritten; bodies.count as usize];
        Self { mesh, shells, bodies, facings, hierarchy: OnceLock::new() }
    }

    /// Says which way each body must face.
    pub(in crate::mesh) fn set_facings(&mut self, facings: &[Facing]) {
        self.facings.copy_from_slice(facings);
    }

    pub(in crate::mesh) fn bodies(&self) -> &Bodies {
        &self.bodies
    }

    /// The points of the mesh, in the file's unit; patches have further ones.
    pub fn points(&self) -> &[Point] {
        &self.mesh.vertices
    }

    /// The triangles of the mesh by their points, as they were written.
    pub fn indices(&self) -> &[[u32; 3]] {
        &self.mesh.triangles
    }

    /// The bodies: closed shells, or open ones that are closed together.
    pub fn body_count(&self) -> u32 {
        self.bodies.count
    }

    /// The triangles of the solid's surface, patches too, each with its body: counter-clockwise as seen from outside, in the
    /// file's unit.
    pub fn triangles(&self) -> impl Iterator<Item = (u32, [Vector3<f64>; 3])> {
        self.written_triangles().filter_map(|(body, [a, b, c])| match self.facings[body as usize] {
            Facing::AsWritten => Some((body, [a, b, c])),
            Facing::Turned => Some((body, [a, c, b])),
            Facing::Inside => None,
        })
    }

    /// The hierarchy of [`triangles`](Self::triangles), built when it is asked for the first time.
    pub fn hierarchy(&self) -> &Hierarchy {
        self.hierarchy.get_or_init(|| Hierarchy::of(self.triangles().map(|(_, triangle)| triangle)))
    }

    /// Every triangle of the mesh with its body, as written.
    pub(in crate::mesh) fn mesh_triangles(&self) -> impl Iterator<Item = (u32, [Point; 3])> {
        self.mesh.triangles.iter().zip(&self.shells).map(|(triangle, &shell)| {
            let corners = triangle.map(|vertex| self.mesh.vertices[vertex as usize]);
            (self.bodies.of_shell[shell as usize], corners)
        })
    }

    /// Every triangle of the mesh and its patches with its body, as written.
    pub(in crate::mesh) fn written_triangles(&self) -> impl Iterator<Item = (u32, [Vector3<f64>; 3])> {
        let own = self.mesh_triangles().map(|(body, triangle)| (body, triangle.map(to_f64)));
        own.chain(self.bodies.patches(&self.mesh))
    }

    /// Measures each body about an origin: the volume and the moment as in `sums`.
    pub(in crate::mesh) fn measure(&self, origin: Vector3<f64>) -> Vec<MeasuredBody> {
        let mut sums = vec![BodySums::new(); self.bodies.count as usize];
        for (body, triangle) in self.written_triangles() {
            sums[body as usize].add(&triangle, origin);
        }
        for (body, triangle) in self.mesh_triangles() {
            sums[body as usize].enclose(&triangle);
        }
        sums.into_iter().map(BodySums::finish).collect()
    }
}
