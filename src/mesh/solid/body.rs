//! A body: one closed shell, or several open shells that patches close together.

use nalgebra::Vector3;

use crate::mesh::box_tree::Bounds;
use crate::mesh::sums::compensated::CompensatedSum;
use crate::mesh::triangle::Point;

/// The measures of one body.
#[derive(Debug)]
pub(in crate::mesh) struct MeasuredBody {
    /// The signed volume: negative if the body is wound inward.
    pub volume: f64,
    /// The signed volume's first moment about the origin of the measure.
    pub moment: Vector3<f64>,
    /// The lower and upper bounds of its corners. Patches lie within them.
    pub bounds: [Point; 2],
}

/// The sums over one body's triangles.
#[derive(Debug, Clone)]
pub(in crate::mesh) struct BodySums {
    six_volumes: CompensatedSum,
    moment: [CompensatedSum; 3],
    bounds: [Point; 2],
}

impl BodySums {
    pub fn new() -> Self {
        Self {
            six_volumes: CompensatedSum::default(),
            moment: [CompensatedSum::default(); 3],
            bounds: [[f32::INFINITY; 3], [f32::NEG_INFINITY; 3]],
        }
    }

    /// Adds a triangle of the body or of its patches.
    pub fn add(&mut self, triangle: &[Vector3<f64>; 3], origin: Vector3<f64>) {
        let [a, b, c] = triangle.map(|corner| corner - origin);
        let six_volumes = a.cross(&b).dot(&c);
        self.six_volumes.add(six_volumes);
        for axis in 0..3 {
            self.moment[axis].add((a[axis] + b[axis] + c[axis]) * six_volumes);
        }
    }

    /// Extends the bounds by a triangle.
    pub fn enclose(&mut self, triangle: &[Point; 3]) {
        let [low, high] = &mut self.bounds;
        for corner in triangle {
            for axis in 0..3 {
                low[axis] = low[axis].min(corner[axis]);
                high[axis] = high[axis].max(corner[axis]);
            }
        }
    }

    pub fn finish(self) -> MeasuredBody {
        MeasuredBody {
            volume: self.six_volumes.value() / 6.0,
            moment: Vector3::from(self.moment.map(|sum| sum.value() / 24.0)),
            bounds: self.bounds,
        }
    }
}

impl MeasuredBody {
    /// 1 if the body is wound outward, or -1.
    pub fn outward(&self) -> i8 {
        if self.volume < 0.0 { -1 } else { 1 }
    }

    /// The bounds as a box.
    pub fn bounds(&self) -> Bounds {
        let [low, high] = self.bounds;
        Bounds { low, high }
    }

    /// Whether the bounds of this body contain those of the other one.
    pub fn bounds_contain(&self, other: &Self) -> bool {
        let ([low, high], [other_low, other_high]) = (self.bounds, other.bounds);
        (0..3).all(|axis| low[axis] <= other_low[axis] && other_high[axis] <= high[axis])
    }
}
