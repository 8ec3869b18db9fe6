//! A body: a shell, with the patches that close it.

use nalgebra::Vector3;

use crate::mesh::box_tree::Bounds;
use crate::mesh::sums::compensated::CompensatedSum;
use crate::mesh::triangle::{Point, to_f64};

/// The measures of one body.
#[derive(Debug)]
pub(in crate::mesh) struct MeasuredBody {
    /// The signed volume: negative if the body is wound inward.
    pub volume: f64,
    /// The signed volume's first moment about the origin of the measure.
    pub moment: Vector3<f64>,
    /// The area of its triangles and its patches.
    pub area: f64,
    /// The number of its triangles and its patches.
    pub triangle_count: u64,
    /// The lower and upper bounds of its corners. Patches lie within them.
    pub bounds: [Point; 2],
}

/// The sums over one body's triangles.
#[derive(Debug, Clone)]
pub(in crate::mesh) struct BodySums {
    six_volumes: CompensatedSum,
    moment: [CompensatedSum; 3],
    doubled_area: CompensatedSum,
    triangle_count: u64,
    bounds: [Point; 2],
}

impl BodySums {
    pub fn new() -> Self {
        Self {
            six_volumes: CompensatedSum::default(),
            moment: [CompensatedSum::default(); 3],
            doubled_area: CompensatedSum::default(),
            triangle_count: 0,
            bounds: [[f32::INFINITY; 3], [f32::NEG_INFINITY; 3]],
        }
    }

    /// Adds a triangle of the body or of its patches.
    pub fn add(&mut self, triangle: &[Vector3<f64>; 3], origin: Vector3<f64>) {
        let [a, b, c] = triangle.map(|corner| corner - origin);
        let six_volumes = a.cross(&b).dot(&c);
        self.six_volumes.add(six_volumes);
        self.doubled_area.add((b - a).cross(&(c - a)).norm());
        self.triangle_count += 1;
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
            area: self.doubled_area.value() / 2.0,
            triangle_count: self.triangle_count,
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

    /// The volume without its sign.
    pub fn size(&self) -> f64 {
        self.volume.abs()
    }

    /// The largest coordinate of its bounds, without its sign.
    pub fn largest_coordinate(&self) -> f32 {
        self.bounds.as_flattened().iter().fold(0.0, |largest, coordinate| largest.max(coordinate.abs()))
    }

    /// The centre of its bounds.
    pub fn centre(&self) -> Vector3<f64> {
        (to_f64(self.bounds[0]) + to_f64(self.bounds[1])) / 2.0
    }

    /// The volume that its bounds have in common with those of another body.
    pub fn common_box_volume(&self, other: &Self) -> f64 {
        let ([low, high], [other_low, other_high]) = (self.bounds, other.bounds);
        let side =
            |axis: usize| f64::from(high[axis].min(other_high[axis])) - f64::from(low[axis].max(other_low[axis]));
        (0..3).map(|axis| side(axis).max(0.0)).product()
    }

    /// Whether the bounds of this body contain those of the other one.
    pub fn bounds_contain(&self, other: &Self) -> bool {
        let ([low, high], [other_low, other_high]) = (self.bounds, other.bounds);
        (0..3).all(|axis| low[axis] <= other_low[axis] && other_high[axis] <= high[axis])
    }
}
