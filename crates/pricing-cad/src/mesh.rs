//! A triangle mesh of one solid.

use std::collections::HashMap;

/// Points, and triangles as numbers of points, counter-clockwise as seen from outside.
#[derive(Debug, Default)]
pub struct Mesh {
    /// The points.
    pub points: Vec<[f32; 3]>,
    /// The triangles.
    pub triangles: Vec<[u32; 3]>,
}

impl Mesh {
    /// The volume that the triangles enclose: the sum of a · b × c / 6 over them.
    pub fn volume(&self) -> f64 {
        // About a point of the mesh, so that a small solid far from the origin keeps its digits.
        let Some(origin) = self.points.first() else { return 0.0 };
        let corner = |point: u32| {
            let point = self.points[point as usize];
            [0, 1, 2].map(|axis| f64::from(point[axis]) - f64::from(origin[axis]))
        };
        let six_times = |&[a, b, c]: &[u32; 3]| {
            let [a, b, c] = [a, b, c].map(corner);
            a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])
        };
        self.triangles.iter().map(six_times).sum::<f64>() / 6.0
    }

    /// Whether every edge is matched by one that runs the other way, where points that are equal are one.
    pub fn is_closed(&self) -> bool {
        let mut numbers: HashMap<[u32; 3], u32> = HashMap::with_capacity(self.points.len());
        let number = |point: &[f32; 3]| {
            let next = numbers.len() as u32;
            // A zero has two signs.
            *numbers.entry(point.map(|coordinate| (coordinate + 0.0).to_bits())).or_insert(next)
        };
        let numbers: Vec<u32> = self.points.iter().map(number).collect();
        let mut edges: HashMap<[u32; 2], i64> = HashMap::new();
        for triangle in &self.triangles {
            let [a, b, c] = triangle.map(|point| numbers[point as usize]);
            for [from, to] in [[a, b], [b, c], [c, a]] {
                let (edge, way) = if from < to { ([from, to], 1) } else { ([to, from], -1) };
                *edges.entry(edge).or_default() += if from == to { 0 } else { way };
            }
        }
        !self.triangles.is_empty() && edges.values().all(|&surplus| surplus == 0)
    }

    /// The same mesh in another unit.
    pub fn scale(&mut self, factor: f64) {
        if factor != 1.0 {
            for coordinate in self.points.iter_mut().flatten() {
                *coordinate = (f64::from(*coordinate) * factor) as f32;
            }
        }
    }
}
