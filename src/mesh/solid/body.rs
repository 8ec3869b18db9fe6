//! A body: one closed shell, or several that are closed together, with the patches that close them.

use nalgebra::Vector3;

use crate::mesh::repair::holes::Bodies;
use crate::mesh::sums::compensated::Compensated;
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::{Point, exact};

/// The triangles of a mesh and the patches that close it, each with its body.
#[derive(Debug)]
pub(in crate::mesh) struct Surface<'a> {
    pub mesh: &'a IndexedMesh,
    /// For each triangle of the mesh its shell.
    pub shells: &'a [u32],
    pub bodies: &'a Bodies,
}

/// A closed surface, measured on its own.
#[derive(Debug)]
pub(in crate::mesh) struct Body {
    /// The signed volume: negative where it is wound inward.
    pub volume: f64,
    /// The signed volume's first moment about the origin of the measure.
    pub moment: Vector3<f64>,
    /// Its lower and upper bounds. Patches lie within those of the corners.
    pub bounds: [Point; 2],
}

impl Surface<'_> {
    /// Every triangle of the mesh with its body.
    pub fn own_triangles(&self) -> impl Iterator<Item = (u32, [Point; 3])> {
        self.mesh.triangles.iter().zip(self.shells).map(|(triangle, &shell)| {
            let corners = triangle.map(|vertex| self.mesh.vertices[vertex as usize]);
            (self.bodies.of_shell[shell as usize], corners)
        })
    }

    /// Every triangle of the mesh and its patches with its body.
    pub fn triangles(&self) -> impl Iterator<Item = (u32, [Vector3<f64>; 3])> {
        let own = self.own_triangles().map(|(body, triangle)| (body, triangle.map(exact)));
        own.chain(self.bodies.patches(self.mesh))
    }

    /// Measures each body about an origin: the volume and the moment as in `measure`.
    pub fn measure(&self, origin: Vector3<f64>) -> Vec<Body> {
        let mut sums = vec![BodySums::new(); self.bodies.count as usize];
        for (body, triangle) in self.triangles() {
            sums[body as usize].add(&triangle, origin);
        }
        for (body, triangle) in self.own_triangles() {
            sums[body as usize].enclose(&triangle);
        }
        sums.into_iter().map(BodySums::finish).collect()
    }
}

#[derive(Debug, Clone)]
struct BodySums {
    six_volumes: Compensated,
    moment: [Compensated; 3],
    bounds: [Point; 2],
}

impl BodySums {
    fn new() -> Self {
        Self {
            six_volumes: Compensated::default(),
            moment: [Compensated::default(); 3],
            bounds: [[f32::INFINITY; 3], [f32::NEG_INFINITY; 3]],
        }
    }

    fn add(&mut self, triangle: &[Vector3<f64>; 3], origin: Vector3<f64>) {
        let [a, b, c] = triangle.map(|corner| corner - origin);
        let six_volumes = a.cross(&b).dot(&c);
        self.six_volumes.add(six_volumes);
        for axis in 0..3 {
            self.moment[axis].add((a[axis] + b[axis] + c[axis]) * six_volumes);
        }
    }

    fn enclose(&mut self, triangle: &[Point; 3]) {
        let [low, high] = &mut self.bounds;
        for corner in triangle {
            for axis in 0..3 {
                low[axis] = low[axis].min(corner[axis]);
                high[axis] = high[axis].max(corner[axis]);
            }
        }
    }

    fn finish(self) -> Body {
        Body {
            volume: self.six_volumes.value() / 6.0,
            moment: Vector3::from(self.moment.map(|sum| sum.value() / 24.0)),
            bounds: self.bounds,
        }
    }
}

impl Body {
    /// Whether the other body's bounds lie in this one's.
    pub fn bounds_contain(&self, other: &Self) -> bool {
        let ([low, high], [other_low, other_high]) = (self.bounds, other.bounds);
        (0..3).all(|axis| low[axis] <= other_low[axis] && other_high[axis] <= high[axis])
    }
}
