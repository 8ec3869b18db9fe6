//! A bound on the volume of what is not known exactly: no solid is larger than the convex hull of its corners.
//!
//! The hull is that of some of the corners, each the farthest one in a direction. So it is never larger than the hull of all,
//! and takes no time to speak of.

use manifold_rust::linalg::Vec3;
use manifold_rust::manifold::Manifold;
use nalgebra::Vector3;

use super::boolean::caught;
use crate::mesh::triangle::{Point, to_f64};

/// Directions that are not those of corners or edges of usual bodies, so that one corner is the farthest. With their images under
/// the turns and mirrors of a cube, there are 144.
const DIRECTIONS: [[f64; 3]; 3] = [[0.971, 0.223, 0.087], [0.787, 0.539, 0.301], [0.631, 0.577, 0.519]];

/// The volume of a convex hull of corners of a mesh: nearly that of the hull of all, and never more. `None` if it has none.
pub(in crate::mesh) fn hull_volume(corners: &[Point], origin: Vector3<f64>) -> Option<f64> {
    let directions = directions();
    let mut farthest = vec![(f64::NEG_INFINITY, Vector3::zeros()); directions.len()];
    for &corner in corners {
        let place = to_f64(corner) - origin;
        for ((most, of), direction) in farthest.iter_mut().zip(&directions) {
            let distance = direction.dot(&place);
            if distance > *most {
                (*most, *of) = (distance, place);
            }
        }
    }
    let points: Vec<Vec3> = farthest.iter().map(|(_, corner)| Vec3::new(corner.x, corner.y, corner.z)).collect();
    let volume = caught(|| Manifold::hull(&points).volume()).ok()?;
    (volume > 0.0).then_some(volume)
}

fn directions() -> Vec<Vector3<f64>> {
    let turns = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]];
    let mut directions = Vec::new();
    for (direction, turn) in DIRECTIONS.iter().flat_map(|direction| turns.map(|turn| (direction, turn))) {
        for signs in 0..8_u8 {
            let sign = |axis: usize| if signs >> axis & 1 == 0 { 1.0 } else { -1.0 };
            directions.push(Vector3::from([0, 1, 2].map(|axis| direction[turn[axis]] * sign(axis))));
        }
    }
    directions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hull(corners: &[Point]) -> Option<f64> {
        hull_volume(corners, corners.first().map_or(Vector3::zeros(), |corner| to_f64(*corner)))
    }

    #[test]
    fn the_hull_of_a_box_is_the_box_and_that_of_a_ball_is_nearly_the_ball() {
        let corner = |number: usize| [[0.0, 30.0][number & 1], [0.0, 2.0][number >> 1 & 1], [5.0, 9.0][number >> 2]];
        let mut cuboid: Vec<Point> = (0..8).map(corner).collect();
        cuboid.extend([[1.0, 1.0, 6.0], [15.0, 1.0, 9.0]]);
        let ball: Vec<Point> = (0..2_000_u16)
            .map(|number| {
                let z = f32::from(number) / 1_000.0 - 1.0;
                let ((sine, cosine), radius) = ((f32::from(number) * 2.4).sin_cos(), (1.0 - z * z).sqrt());
                [radius * cosine, radius * sine, z]
            })
            .collect();
        let full = 4.0 / 3.0 * std::f64::consts::PI;
        let of_box = hull(&cuboid).expect("it has a volume");
        assert!((of_box - 240.0).abs() < 1e-9, "{of_box}");
        let of_ball = hull(&ball).expect("it has a volume");
        assert!((0.9 * full..full).contains(&of_ball), "{of_ball} of {full}");
        assert_eq!(hull(&[[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]), None, "a sheet");
        assert_eq!(hull(&[]), None);
    }
}
