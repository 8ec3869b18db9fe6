//! The test whether one body lies inside another.
//!
//! Rays go up from corners of the inner body, and each counts the outer body's triangles above it, with their direction.
//! Every sign is that of an exact determinant (Shewchuk, "Adaptive precision floating-point arithmetic and fast
//! robust geometric predicates", 1997), and a ray through an edge or a corner is taken to pass a little to one side of it
//! (Edelsbrunner and Mücke, "Simulation of simplicity", 1990): no ray is ever counted twice or missed.
//!
//! The rays of some hundred pairs are sorted, and one loop over the triangles tests them all. This builds no tree, and its
//! memory does not grow with the number of pairs.

use nalgebra::Vector3;
use robust::{Coord, Coord3D, orient2d, orient3d};

use crate::mesh::solid::body::MeasuredBody;
use crate::mesh::surface::Surface;
use crate::mesh::triangle::to_f64;

/// Fewer than this many corners of a body are samples of its place.
const SAMPLES: usize = 64;
/// The number of pairs that are tested together. It bounds the number of rays in memory, of 40 bytes each.
const PAIRS_AT_A_TIME: usize = 512;
/// The number of triangles between two calls of `stopped`.
const STOP_CHECK_TRIANGLES: usize = 4096;

/// A ray up from a corner of the inner body of a pair.
#[derive(Debug, Clone, Copy)]
struct Ray {
    from: Vector3<f64>,
    pair: u32,
    /// The winding number of the outer body about the start of the ray.
    winding_number: i32,
    /// Whether the ray starts on the outer body's surface.
    on_surface: bool,
}

/// Tests for each pair (outer body, inner body) whether the inner body lies inside the outer one. It does if at least one of
/// its samples is inside the outer body, and all others are inside it or on its surface.
pub(in crate::mesh) fn contained(
    surface: &Surface,
    bodies: &[MeasuredBody],
    pairs: &[(u32, u32)],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Vec<bool> {
    let groups = pairs.chunks(PAIRS_AT_A_TIME).take_while(|_| !stopped());
    let mut inside: Vec<bool> =
        groups.flat_map(|group| group_contained(surface, bodies.len(), group, stopped)).collect();
    // A stopped computation leaves the rest untested; its result is not used.
    inside.resize(pairs.len(), false);
    inside
}

fn group_contained(
    surface: &Surface,
    body_count: usize,
    pairs: &[(u32, u32)],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Vec<bool> {
    let mut samples = BodyMap::<Sampler>::new(body_count, pairs.iter().map(|(_, inner)| *inner));
    for (body, triangle) in surface.mesh_triangles() {
        if let Some(sampler) = samples.get_mut(body) {
            sampler.add(to_f64(triangle[0]));
        }
    }
    let mut rays = BodyMap::<Vec<Ray>>::new(body_count, pairs.iter().map(|(outer, _)| *outer));
    for (pair, &(outer, inner)) in (0..).zip(pairs) {
        let corners = samples.get_mut(inner).map(|sampler| sampler.samples.as_slice()).unwrap_or_default();
        let of_pair = corners.iter().map(|&from| Ray { from, pair, winding_number: 0, on_surface: false });
        rays.get_mut(outer).into_iter().for_each(|rays| rays.extend(of_pair.clone()));
    }
    drop(samples);
    for of_body in &mut rays.values {
        of_body.sort_unstable_by(|a, b| a.from.x.total_cmp(&b.from.x));
    }
    for (number, (body, triangle)) in surface.written_triangles().enumerate() {
        if number % STOP_CHECK_TRIANGLES == 0 && stopped() {
            break;
        }
        if let Some(rays) = rays.get_mut(body) {
            count_crossings(&triangle, rays);
        }
    }
    let mut inside = vec![false; pairs.len()];
    let mut outside = vec![false; pairs.len()];
    for ray in rays.values.iter().flatten().filter(|ray| !ray.on_surface) {
        let verdicts = if ray.winding_number == 0 { &mut outside } else { &mut inside };
        verdicts[ray.pair as usize] = true;
    }
    inside.into_iter().zip(outside).map(|(inside, outside)| inside && !outside).collect()
}

/// A map from some of a mesh's bodies to values.
struct BodyMap<T> {
    /// The place of each body's value, or [`NONE`](Self::NONE).
    places: Vec<u32>,
    values: Vec<T>,
}

impl<T: Default> BodyMap<T> {
    const NONE: u32 = u32::MAX;

    fn new(body_count: usize, some: impl Iterator<Item = u32>) -> Self {
        let mut of_some = Self { places: vec![Self::NONE; body_count], values: Vec::new() };
        for body in some {
            let place = &mut of_some.places[body as usize];
            if *place == Self::NONE {
                *place = of_some.values.len() as u32;
                of_some.values.push(T::default());
            }
        }
        of_some
    }

    fn get_mut(&mut self, body: u32) -> Option<&mut T> {
        // `NONE` is past the end.
        self.values.get_mut(self.places[body as usize] as usize)
    }
}

/// Evenly spread samples of the corners that are added, at least one.
#[derive(Debug, Default)]
struct Sampler {
    samples: Vec<Vector3<f64>>,
    count: usize,
    /// One of 2^`step_bits` corners is a sample. The step doubles whenever there are too many samples.
    step_bits: u32,
}

impl Sampler {
    fn add(&mut self, corner: Vector3<f64>) {
        if self.count.is_multiple_of(1 << self.step_bits) {
            self.samples.push(corner);
            if self.samples.len() == SAMPLES {
                let mut place = 0;
                self.samples.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
                self.step_bits += 1;
            }
        }
        self.count += 1;
    }
}

/// Counts a triangle for each ray that crosses it. The rays are sorted by x.
fn count_crossings([a, b, c]: &[Vector3<f64>; 3], rays: &mut [Ray]) {
    let (low, high) = (a.inf(b).inf(c), a.sup(b).sup(c));
    let first = rays.partition_point(|ray| ray.from.x < low.x);
    let near = rays[first..].iter_mut().take_while(|ray| ray.from.x <= high.x);
    for ray in near.filter(|ray| ray.from.y >= low.y && ray.from.y <= high.y && ray.from.z <= high.z) {
        let point = &ray.from;
        let sides = [side_of_line(a, b, point), side_of_line(b, c, point), side_of_line(c, a, point)];
        if sides != [1; 3] && sides != [-1; 3] {
            continue;
        }
        // Positive if the point lies below the triangle; a triangle that faces up has sides of 1.
        let below = orient3d(coord_3d(a), coord_3d(b), coord_3d(c), coord_3d(point)) * f64::from(sides[0]);
        ray.on_surface |= below == 0.0;
        ray.winding_number += if below > 0.0 { i32::from(sides[0]) } else { 0 };
    }
}

/// The side of the line from a to b on which a point lies, as seen from above: 1 for left, -1 for right. A point on the line
/// counts as moved a little along x and, by far less, along y; the side is 0 only if a and b are one point.
fn side_of_line(a: &Vector3<f64>, b: &Vector3<f64>, point: &Vector3<f64>) -> i8 {
    let signs = [orient2d(coord_2d(a), coord_2d(b), coord_2d(point)), a.y - b.y, b.x - a.x];
    signs.into_iter().find(|sign| *sign != 0.0).map_or(0, |sign| if sign > 0.0 { 1 } else { -1 })
}

fn coord_2d(point: &Vector3<f64>) -> Coord<f64> {
    Coord { x: point.x, y: point.y }
}

fn coord_3d(point: &Vector3<f64>) -> Coord3D<f64> {
    Coord3D { x: point.x, y: point.y, z: point.z }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ray_is_counted_once_where_triangles_meet() {
        // A unit square at height 1 facing up, as two triangles. The rays start below a corner, an edge, the diagonal and the
        // inside; and at its height, above it and outside.
        let square = [[0.0, 0.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]].map(Vector3::from);
        let triangles = [[square[0], square[1], square[2]], [square[0], square[2], square[3]]];
        let rows = [
            ([0.0, 0.0, 0.0], 1, false),
            ([0.0, 0.5, 0.0], 1, false),
            ([0.5, 0.5, 0.0], 1, false),
            ([0.75, 0.25, 0.0], 1, false),
            ([1.0, 0.5, 0.0], 0, false),
            ([1.0, 1.0, 0.0], 0, false),
            ([0.75, 0.25, 1.0], 0, true),
            ([0.75, 0.25, 2.0], 0, false),
            ([2.0, 0.5, 0.0], 0, false),
        ];
        for (from, winding_number, on_surface) in rows {
            let mut rays = [Ray { from: from.into(), pair: 0, winding_number: 0, on_surface: false }];
            for triangle in &triangles {
                count_crossings(triangle, &mut rays);
            }
            assert_eq!((rays[0].winding_number, rays[0].on_surface), (winding_number, on_surface), "{from:?}");
            let mut rays = [Ray { from: from.into(), pair: 0, winding_number: 0, on_surface: false }];
            for [a, b, c] in triangles {
                count_crossings(&[a, c, b], &mut rays);
            }
            assert_eq!(rays[0].winding_number, -winding_number, "{from:?} seen from the other side");
        }
    }
}
