//! A closed mesh whose vertices are in double precision: an operand or a result of a union.

use std::collections::HashMap;

use nalgebra::Vector3;

/// Triangles as indices of points, wound counter-clockwise as seen from outside.
#[derive(Debug, Default, Clone)]
pub(in crate::mesh) struct ClosedMesh {
    pub points: Vec<Vector3<f64>>,
    pub triangles: Vec<[u32; 3]>,
}

impl ClosedMesh {
    /// Makes exactly equal corners one vertex, and leaves out triangles that have a vertex twice. Corners become relative to
    /// `origin`: near the mesh, it leaves them the digits that a place far from zero would take.
    pub fn of(triangles: &[[Vector3<f64>; 3]], origin: Vector3<f64>) -> Self {
        let mut mesh = Self::default();
        let mut vertices: HashMap<[u64; 3], u32> = HashMap::with_capacity(triangles.len() / 2);
        for triangle in triangles {
            let [a, b, c] = triangle.map(|corner| {
                // Equal corners must have equal bits, so that -0 becomes 0.
                let point = corner - origin + Vector3::zeros();
                let next = mesh.points.len() as u32;
                let vertex = *vertices.entry([point.x, point.y, point.z].map(f64::to_bits)).or_insert(next);
                if vertex == next {
                    mesh.points.push(point);
                }
                vertex
            });
            if a != b && b != c && c != a {
                mesh.triangles.push([a, b, c]);
            }
        }
        mesh
    }

    /// Winds each triangle the other way.
    pub fn turn(&mut self) {
        for [_, b, c] in &mut self.triangles {
            std::mem::swap(b, c);
        }
    }

    /// Moves every point.
    pub fn shift(&mut self, by: Vector3<f64>) {
        self.points.iter_mut().for_each(|point| *point += by);
    }

    /// Appends another mesh, which shares no vertex with this one.
    pub fn append(&mut self, other: Self) {
        let first = self.points.len() as u32;
        self.points.extend(other.points);
        self.triangles.extend(other.triangles.iter().map(|triangle| triangle.map(|vertex| first + vertex)));
    }

    /// The corners of each triangle.
    pub fn corners(&self) -> impl Iterator<Item = [Vector3<f64>; 3]> {
        self.triangles.iter().map(|triangle| triangle.map(|vertex| self.points[vertex as usize]))
    }
}
