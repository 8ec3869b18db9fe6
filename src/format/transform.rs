//! Affine maps of points: where a file places an object.

use nalgebra::{Matrix3, Quaternion, UnitQuaternion, Vector3};

use crate::mesh::{Point, Triangle};

/// An affine map, computed in `f64`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Transform {
    linear: Matrix3<f64>,
    offset: Vector3<f64>,
}

impl Transform {
    /// The map that moves nothing.
    pub const IDENTITY: Self =
        Self { linear: Matrix3::new(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), offset: Vector3::new(0.0, 0.0, 0.0) };

    /// The map of a 3x4 matrix, by its columns: where x, y and z lead, and where the origin goes.
    pub fn of_columns([x, y, z, offset]: [[f64; 3]; 4]) -> Self {
        let linear = Matrix3::from_columns(&[x.into(), y.into(), z.into()]);
        Self { linear, offset: offset.into() }
    }

    /// The map of a 4x4 matrix by its columns; none if its last row makes it no affine one.
    pub fn of_matrix(numbers: [f64; 16]) -> Option<Self> {
        const TOLERANCE: f64 = 1e-6;
        let column = |number: usize| [0, 1, 2].map(|row| numbers[4 * number + row]);
        let last_row = [numbers[3], numbers[7], numbers[11], numbers[15] - 1.0];
        let is_affine = last_row.iter().all(|number| number.abs() <= TOLERANCE);
        is_affine.then(|| Self::of_columns([column(0), column(1), column(2), column(3)]))
    }

    /// The map that scales, then turns by a quaternion (x, y, z, w), then moves; none if the quaternion is zero.
    pub fn of_parts(translation: [f64; 3], rotation: [f64; 4], scale: [f64; 3]) -> Option<Self> {
        let [x, y, z, w] = rotation;
        // Files have it in `f32`, so that its length is hardly one.
        let rotation = UnitQuaternion::try_new(Quaternion::new(w, x, y, z), 0.0)?;
        let linear = rotation.to_rotation_matrix().into_inner() * Matrix3::from_diagonal(&scale.into());
        Some(Self { linear, offset: translation.into() })
    }

    /// This map after another: the other one is of what is placed, and this of where it is placed.
    pub fn after(&self, inner: &Self) -> Self {
        Self { linear: self.linear * inner.linear, offset: self.linear * inner.offset + self.offset }
    }

    /// Whether each number is finite.
    pub fn is_finite(&self) -> bool {
        self.linear.iter().chain(self.offset.iter()).all(|number| number.is_finite())
    }

    /// Whether it turns left to right, so that triangles face the other way.
    pub fn is_mirrored(&self) -> bool {
        self.linear.determinant() < 0.0
    }

    /// Maps triangles in place, and keeps them facing out. Each coordinate is rounded once, and those of the identity not at all.
    pub fn apply(&self, triangles: &mut [Triangle]) {
        if *self == Self::IDENTITY {
            return;
        }
        for corner in triangles.as_flattened_mut() {
            *corner = self.point(*corner);
        }
        if self.is_mirrored() {
            for triangle in triangles {
                triangle.swap(1, 2);
            }
        }
    }

    fn point(&self, point: Point) -> Point {
        let moved = self.linear * Vector3::from(point.map(f64::from)) + self.offset;
        [0, 1, 2].map(|axis| moved[axis] as f32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CORNER: Triangle = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    fn scaled([x, y, z]: [f64; 3], offset: [f64; 3]) -> Transform {
        Transform::of_columns([[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z], offset])
    }

    fn applied(transform: &Transform) -> Triangle {
        let mut triangles = [CORNER];
        transform.apply(&mut triangles);
        triangles[0]
    }

    #[test]
    fn triangles_face_the_same_side_of_the_solid_when_they_are_mirrored() {
        let turned = Transform::of_columns([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]);
        let rows = [
            (
                "scaled and moved",
                scaled([2.0, 3.0, 4.0], [1.0; 3]),
                [[3.0, 1.0, 1.0], [1.0, 4.0, 1.0], [1.0, 1.0, 5.0]],
            ),
            ("mirrored", scaled([-1.0, 1.0, 1.0], [0.0; 3]), [[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
            (
                "mirrored twice",
                scaled([-1.0, -1.0, 1.0], [0.0; 3]),
                [[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]],
            ),
            ("turned", turned, [[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
            ("flattened", scaled([1.0, 1.0, 0.0], [0.0; 3]), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0; 3]]),
        ];
        for (name, transform, expected) in rows {
            assert_eq!(applied(&transform), expected, "{name}");
        }
    }

    #[test]
    fn the_inner_map_comes_first() {
        let (outer, inner) = (scaled([2.0; 3], [0.0; 3]), scaled([1.0; 3], [1.0, 0.0, 0.0]));
        assert_eq!(outer.after(&inner), scaled([2.0; 3], [2.0, 0.0, 0.0]));
        assert_eq!(inner.after(&outer), scaled([2.0; 3], [1.0, 0.0, 0.0]));
    }

    proptest! {
        #[test]
        fn the_identity_keeps_every_bit(bits: [[u32; 3]; 3]) {
            let before = [bits.map(|corner| corner.map(f32::from_bits))];
            let mut after = before;
            Transform::IDENTITY.after(&Transform::IDENTITY).apply(&mut after);
            prop_assert_eq!(after[0].map(|corner| corner.map(f32::to_bits)), bits);
        }

        #[test]
        fn a_coordinate_is_rounded_once(point in prop::array::uniform3(-1e6_f32..1e6), step in -1e6_f64..1e6) {
            // A move is a single sum in `f64`, of which the nearest `f32` is right.
            let mut moved = [[point; 3]];
            scaled([1.0; 3], [step, 0.0, 0.0]).apply(&mut moved);
            prop_assert_eq!(moved[0][0], [(f64::from(point[0]) + step) as f32, point[1], point[2]]);
        }
    }
}
