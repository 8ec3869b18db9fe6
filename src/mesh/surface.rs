//! The surface of a repaired mesh: its triangles and the patches that close its holes, body by body. Where bodies meet, the
//! surface of the solid that they make together stands in their place.
//!
//! Drivers that need more than sums measure it. The first call that asks for the hierarchy of the triangles' boxes builds it.

use std::sync::OnceLock;

use nalgebra::Vector3;

use super::hierarchy::Hierarchy;
use super::repair::holes::{Bodies, centre};
use super::solid::body::{BodySums, MeasuredBody};
use super::solid::union::Union;
use super::solid_mesh::SolidMesh;
use super::topology::indexed_mesh::IndexedMesh;
use super::triangle::{Point, to_f64};

/// A closed surface, with the facing of each of its bodies.
#[derive(Debug)]
pub struct Surface {
    mesh: IndexedMesh,
    /// The body of each triangle of the mesh: its shell.
    shells: Vec<u32>,
    bodies: Bodies,
    facings: Vec<Facing>,
    unions: Vec<Union>,
    hierarchy: OnceLock<Hierarchy>,
}

/// How the triangles of a body belong to the surface of the solid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum Facing {
    /// They are part of it, wound as the file has them.
    AsWritten,
    /// They are part of it, wound the other way.
    Turned,
    /// They are no part of it: the body lies inside the solid, or a union stands in its place.
    Inside,
}

impl Surface {
    pub(in crate::mesh) fn new(mesh: IndexedMesh, shells: Vec<u32>, bodies: Bodies) -> Self {
        let facings = vec![Facing::AsWritten; bodies.count as usize];
        Self { mesh, shells, bodies, facings, unions: Vec::new(), hierarchy: OnceLock::new() }
    }

    /// Makes a surface of closed bodies, each of which has its triangles.
    #[cfg(test)]
    pub(in crate::mesh) fn of_closed_bodies(bodies: &[Vec<[Point; 3]>]) -> Self {
        let shells = (0..).zip(bodies).flat_map(|(body, triangles)| vec![body; triangles.len()]).collect();
        let vertices: Vec<Point> = bodies.concat().concat();
        let triangles = (0..vertices.len() as u32 / 3).map(|number| [0, 1, 2].map(|corner| 3 * number + corner));
        let mesh = IndexedMesh { triangles: triangles.collect(), vertices };
        Self::new(mesh, shells, Bodies::closed(bodies.len() as u32))
    }

    /// Sets the facing of each body, and the unions that stand in the place of some.
    pub(in crate::mesh) fn set_solid(&mut self, facings: &[Facing], unions: Vec<Union>) {
        self.facings.copy_from_slice(facings);
        self.unions = unions;
    }

    pub(in crate::mesh) fn bodies(&self) -> &Bodies {
        &self.bodies
    }

    /// The points of the mesh. The centres of patches are not among them.
    pub(in crate::mesh) fn points(&self) -> &[Point] {
        &self.mesh.vertices
    }

    /// The triangles of the mesh as indices of points, wound as after the repair of winding.
    pub(in crate::mesh) fn indices(&self) -> &[[u32; 3]] {
        &self.mesh.triangles
    }

    /// The number of bodies. A body is a shell, with the patches that close it.
    pub fn body_count(&self) -> u32 {
        self.bodies.count
    }

    /// The triangles of the solid's surface and its patches, each with its body: counter-clockwise as seen from outside, in
    /// the file's unit. Those of a union have the first of its bodies.
    pub fn triangles(&self) -> impl Iterator<Item = (u32, [Vector3<f64>; 3])> {
        let of_bodies = self.written_triangles().filter_map(|(body, triangle)| match self.facings[body as usize] {
            Facing::AsWritten => Some((body, triangle)),
            Facing::Turned => Some((body, turned(triangle))),
            Facing::Inside => None,
        });
        let of_unions = self.unions.iter().flat_map(|union| {
            let triangles = union.mesh.corners();
            triangles.map(|triangle| (union.body, if union.is_hollow { turned(triangle) } else { triangle }))
        });
        of_bodies.chain(of_unions)
    }

    /// The same as one mesh, in which triangles share their corners.
    pub fn to_solid_mesh(&self) -> SolidMesh {
        let (vertices, unions) = (&self.mesh.vertices, &self.unions);
        let holes = || self.bodies.holes().filter(|&(body, _)| self.facings[body as usize] != Facing::Inside);
        let union_points = unions.iter().map(|union| union.mesh.points.len()).sum::<usize>();
        let mut points = Vec::with_capacity(vertices.len() + holes().count() + union_points);
        points.extend(vertices.iter().copied().map(to_f64));
        let faced = |body: u32, [a, b, c]: [u32; 3]| match self.facings[body as usize] {
            Facing::AsWritten => Some([a, b, c]),
            Facing::Turned => Some(turned([a, b, c])),
            Facing::Inside => None,
        };
        let patch_count = holes().map(|(_, rim)| rim.len()).sum::<usize>();
        let union_triangles = unions.iter().map(|union| union.mesh.triangles.len()).sum::<usize>();
        let mut triangles = Vec::with_capacity(self.mesh.triangles.len() + patch_count + union_triangles);
        triangles
            .extend(self.mesh.triangles.iter().zip(&self.shells).filter_map(|(&corners, &body)| faced(body, corners)));
        for (body, rim) in holes() {
            let centre_number = points.len() as u32;
            points.push(centre(&self.mesh, rim));
            let next = rim.iter().cycle().skip(1);
            triangles.extend(rim.iter().zip(next).filter_map(|(&from, &to)| faced(body, [to, from, centre_number])));
        }
        for union in unions {
            let first = points.len() as u32;
            points.extend(&union.mesh.points);
            let numbered = union.mesh.triangles.iter().map(|corners| corners.map(|point| first + point));
            triangles.extend(numbered.map(|corners| if union.is_hollow { turned(corners) } else { corners }));
        }
        SolidMesh { points, triangles }
    }

    /// The hierarchy of [`triangles`](Self::triangles). The first call builds it.
    pub fn hierarchy(&self) -> &Hierarchy {
        self.hierarchy
            .get_or_init(|| Hierarchy::of(self.triangles().count(), self.triangles().map(|(_, triangle)| triangle)))
    }

    /// The body of a triangle of the mesh.
    pub(in crate::mesh) fn body_of(&self, triangle: usize) -> u32 {
        self.shells[triangle]
    }

    /// The triangles that close holes, each with its body: two corners along the rim, then the hole's centre.
    pub(in crate::mesh) fn patches(&self) -> impl Iterator<Item = (u32, [Vector3<f64>; 3])> {
        self.bodies.patches(&self.mesh)
    }

    /// Every triangle of the mesh with its body, not turned by its facing.
    pub(in crate::mesh) fn mesh_triangles(&self) -> impl Iterator<Item = (u32, [Point; 3])> {
        self.mesh.triangles.iter().zip(&self.shells).map(|(triangle, &shell)| {
            let corners = triangle.map(|vertex| self.mesh.vertices[vertex as usize]);
            (shell, corners)
        })
    }

    /// Every triangle of the mesh and of the patches with its body, not turned by its facing.
    pub(in crate::mesh) fn written_triangles(&self) -> impl Iterator<Item = (u32, [Vector3<f64>; 3])> {
        let of_mesh = self.mesh_triangles().map(|(body, triangle)| (body, triangle.map(to_f64)));
        of_mesh.chain(self.patches())
    }

    /// Measures each body. The volume and the moment are about `origin`, as in `sums`.
    pub(in crate::mesh) fn measure(&self, origin: Vector3<f64>) -> Vec<MeasuredBody> {
        let mut sums = vec![BodySums::new(); self.bodies.count as usize];
        for (body, triangle) in self.mesh_triangles() {
            let sums = &mut sums[body as usize];
            sums.add(&triangle.map(to_f64), origin);
            sums.enclose(&triangle);
        }
        // Patches lie within the bounds of their body.
        for (body, patch) in self.patches() {
            sums[body as usize].add(&patch, origin);
        }
        sums.into_iter().map(BodySums::finish).collect()
    }
}

fn turned<C>([a, b, c]: [C; 3]) -> [C; 3] {
    [a, c, b]
}
