//! The placement of a solid's copy.

use crate::mesh::Point;

/// An affine map: three rows of a matrix, the last column of which is the translation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement([[f64; 4]; 3]);

impl Placement {
    /// The numbers of a placement in a stream.
    pub const NUMBERS: usize = 12;
    #[cfg(test)]
    pub const HERE: Self = Self([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);

    /// The placement of these numbers, row by row.
    pub fn new(numbers: [f64; Self::NUMBERS]) -> Self {
        Self(std::array::from_fn(|row| std::array::from_fn(|column| numbers[row * 4 + column])))
    }

    /// The same placement, its results multiplied by a factor.
    pub fn scaled(self, factor: f64) -> Self {
        Self(self.0.map(|row| row.map(|number| number * factor)))
    }

    /// Whether it turns the inside of a solid out.
    pub fn mirrors(&self) -> bool {
        let [[a, b, c, _], [d, e, f, _], [g, h, i, _]] = self.0;
        a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0.0
    }

    /// Where a point comes to stand; rounded once. The identity leaves every bit.
    pub fn place(&self, point: Point) -> Point {
        let [x, y, z] = point.map(f64::from);
        self.0.map(|[a, b, c, d]| (a * x + b * y + c * z + d) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_turned_moved_scaled_and_rounded_once() {
        let quarter = Placement::new([0.0, -1.0, 0.0, 10.0, 1.0, 0.0, 0.0, 20.0, 0.0, 0.0, 1.0, 30.0]);
        assert_eq!(quarter.place([1.0, 2.0, 3.0]), [8.0, 21.0, 33.0]);
        assert_eq!(quarter.scaled(2.0).place([1.0, 2.0, 3.0]), [16.0, 42.0, 66.0]);
        assert_eq!(Placement::HERE.place([0.1, 1e-30, 3e7]), [0.1, 1e-30, 3e7]);
        assert!(!quarter.mirrors());
        assert!(quarter.scaled(-1.0).mirrors());
    }
}
