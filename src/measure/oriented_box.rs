//! The smallest box around points, in any orientation.
//!
//! The smallest box has a side along a face of the hull, or nearly so. For each of the largest faces the smallest rectangle around the
//! projected hull is found by rotating calipers (Freeman, Shapira 1975; Toussaint 1983), and the best of these boxes are turned a
//! little until none becomes smaller: so a box whose sides touch edges alone is found too, which no face shows (O'Rourke 1985).

use std::collections::BTreeMap;

use nalgebra::{Rotation3, Vector2, Vector3};
use rayon::prelude::*;

use super::hull::Hull;
use crate::mesh::{Stopped, planar_hull};

/// The most faces that are tried, the largest first.
const MOST_FACES: usize = 192;
/// Directions all around that are tried beside faces: a round part has no large ones.
const AROUND: u32 = 128;
/// The most corners of a hull of which every one is looked at for each face.
const MOST_CORNERS: usize = 2048;
/// The cells from the middle to each side of a cube around a hull with more: the farthest corner in each is looked at.
const CELLS: f64 = 8.0;
/// The corners of all boxes that are turned further, and the fewest boxes: of few corners every box is.
const REFINED_CORNERS: usize = 1 << 12;
const LEAST_REFINED: usize = 8;
/// The first and the last angle of these turns, in radians; and the first of those of the best box, once all corners are looked at.
const TURNS: [f64; 2] = [0.1, 1e-6];
const LAST_TURN: f64 = 2e-3;

/// A box around points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrientedBox {
    /// The directions of its sides, of length 1.
    pub axes: [Vector3<f64>; 3],
    /// The lengths of its sides, in the order of the axes.
    pub sides: [f64; 3],
}

impl OrientedBox {
    /// The box along these axes.
    fn around(points: &[Vector3<f64>], axes: [Vector3<f64>; 3]) -> Self {
        let sides = axes.map(|axis| {
            let along = points.iter().map(|point| axis.dot(point));
            let [low, high] =
                along.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], at| [low.min(at), high.max(at)]);
            high - low
        });
        Self { axes, sides }
    }

    /// Its volume.
    pub fn volume(&self) -> f64 {
        self.sides.iter().product()
    }

    /// The box along the axes turned about one of them.
    fn turned(&self, points: &[Vector3<f64>], axis: usize, angle: f64) -> Self {
        let turn = Rotation3::from_scaled_axis(self.axes[axis] * angle);
        Self::around(points, self.axes.map(|axis| turn * axis))
    }

    /// Turns it until no small turn makes it smaller.
    fn refined(mut self, points: &[Vector3<f64>], [mut angle, least]: [f64; 2]) -> Self {
        while angle > least {
            let turns = (0..3).flat_map(|axis| [(axis, angle), (axis, -angle)]);
            let best = turns.map(|(axis, angle)| self.turned(points, axis, angle)).min_by(smaller);
            match best {
                Some(best) if best.volume() < self.volume() => self = best,
                _ => angle /= 2.0,
            }
        }
        self
    }
}

fn smaller(a: &OrientedBox, b: &OrientedBox) -> std::cmp::Ordering {
    a.volume().total_cmp(&b.volume())
}

/// The smallest box around a hull that is found: never smaller than the smallest one.
pub fn oriented_box(hull: &Hull, stopped: &(dyn Fn() -> bool + Sync)) -> Result<OrientedBox, Stopped> {
    let all = hull.points();
    let few = few_corners(all);
    let of_direction = |direction: &Vector3<f64>| {
        if stopped() { Err(Stopped) } else { Ok(smallest_along(&few, *direction)) }
    };
    let mut boxes: Vec<OrientedBox> = directions(hull).par_iter().map(of_direction).collect::<Result<_, _>>()?;
    boxes.sort_by(smaller);
    boxes.truncate((REFINED_CORNERS / few.len()).max(LEAST_REFINED));
    let axes = [Vector3::x(), Vector3::y(), Vector3::z()];
    let refine = |found: &OrientedBox| {
        if stopped() { Err(Stopped) } else { Ok(found.refined(&few, TURNS)) }
    };
    let refined: Vec<OrientedBox> = boxes.par_iter().map(refine).collect::<Result<_, _>>()?;
    let upright = OrientedBox::around(all, axes);
    let best = refined.into_iter().min_by(smaller).unwrap_or(upright);
    let best = OrientedBox::around(all, best.axes).refined(all, [LAST_TURN, TURNS[1]]);
    Ok(if best.volume() < upright.volume() { best } else { upright })
}

/// The corners of a hull, or of many the farthest from the middle in each cell of directions.
fn few_corners(all: &[Vector3<f64>]) -> Vec<Vector3<f64>> {
    if all.len() <= MOST_CORNERS {
        return all.to_vec();
    }
    let middle = all.iter().sum::<Vector3<f64>>() / all.len() as f64;
    let mut farthest: BTreeMap<[i64; 3], (f64, Vector3<f64>)> = BTreeMap::new();
    for point in all {
        let outward = point - middle;
        let cell = (outward / outward.amax() * CELLS).map(|at| at.round() as i64);
        let found = farthest.entry(cell.into()).or_insert((f64::NEG_INFINITY, *point));
        if outward.norm_squared() > found.0 {
            *found = (outward.norm_squared(), *point);
        }
    }
    farthest.into_values().map(|(_, point)| point).collect()
}

/// The directions of the largest faces, and some all around.
fn directions(hull: &Hull) -> Vec<Vector3<f64>> {
    /// Faces in nearly one direction, or in the opposite one, are one.
    const STEPS: f64 = 1e6;
    let mut area_of: BTreeMap<[i64; 3], (f64, Vector3<f64>)> = BTreeMap::new();
    for [a, b, c] in hull.faces() {
        let normal = (b - a).cross(&(c - a));
        let area = normal.norm();
        let direction = normal / area;
        let key: [i64; 3] = (direction * STEPS).map(|at| at.round() as i64).into();
        let opposite = key.map(|at| -at);
        let found = area_of.entry(key.max(opposite)).or_insert((0.0, direction));
        found.0 += area;
    }
    let mut faces: Vec<(f64, Vector3<f64>)> = area_of.into_values().collect();
    faces.sort_by(|a, b| b.0.total_cmp(&a.0));
    faces.truncate(MOST_FACES);
    faces.into_iter().map(|(_, direction)| direction).chain((0..AROUND).map(around)).collect()
}

/// One of the directions of half a sphere, evenly spread by the golden angle.
fn around(number: u32) -> Vector3<f64> {
    const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;
    let z = (f64::from(number) + 0.5) / f64::from(AROUND);
    let ((sine, cosine), radius) = ((f64::from(number) * GOLDEN_ANGLE).sin_cos(), (1.0 - z * z).sqrt());
    Vector3::new(radius * cosine, radius * sine, z)
}

/// The smallest box with a side along a direction.
fn smallest_along(points: &[Vector3<f64>], direction: Vector3<f64>) -> OrientedBox {
    let aside = if direction.x.abs() < 0.6 { Vector3::x() } else { Vector3::y() };
    let u = direction.cross(&aside).normalize();
    let v = direction.cross(&u);
    let mut projected: Vec<Vector2<f64>> =
        points.iter().map(|point| Vector2::new(u.dot(point), v.dot(point))).collect();
    let along = smallest_rectangle(&planar_hull(&mut projected));
    let first = u * along.x + v * along.y;
    OrientedBox::around(points, [first, direction.cross(&first), direction])
}

/// The direction of a side of the smallest rectangle around a convex polygon: one of its own sides.
fn smallest_rectangle(polygon: &[Vector2<f64>]) -> Vector2<f64> {
    let count = polygon.len();
    let corner = |number: usize| polygon[number % count];
    let side = |number: usize| (corner(number + 1) - corner(number)).normalize();
    // The corners that are farthest along a side, across it, and against it: each goes round once.
    let (mut ahead, mut across, mut behind) = (1, 1, 1);
    let mut best = (f64::INFINITY, Vector2::x());
    for number in 0..count {
        let along = side(number);
        let up = Vector2::new(-along.y, along.x);
        let advance = |from: &mut usize, direction: Vector2<f64>| {
            while direction.dot(&(corner(*from + 1) - corner(*from))) > 0.0 {
                *from += 1;
            }
        };
        ahead = ahead.max(number + 1);
        advance(&mut ahead, along);
        across = across.max(ahead);
        advance(&mut across, up);
        behind = behind.max(across);
        advance(&mut behind, -along);
        let area = along.dot(&(corner(ahead) - corner(behind))) * up.dot(&(corner(across) - corner(number)));
        if area < best.0 {
            best = (area, along);
        }
    }
    best.1
}
