//! The test whether one body lies inside another.
//!
//! Rays go up from corners of the inner body, and each counts the outer body's triangles above it, with their direction.
//! Every sign is that of an exact determinant (Shewchuk, "Adaptive precision floating-point arithmetic and fast
//! robust geometric predicates", 1997), and a ray through an edge or a corner is taken to pass a little to one side of it
//! (Edelsbrunner and Mücke, "Simulation of simplicity", 1990): no ray is ever counted twice or missed.
//!
//! The rays of some hundred pairs are sorted along x and along y, and one loop over the triangles tests them all: each triangle
//! is compared with the rays within its extent along one of the axes. This builds no tree, and its memory does not grow with
//! the number of pairs. A triangle that is long along both axes is compared with every ray.

use std::ops::{ControlFlow, Range};

use nalgebra::Vector3;
use robust::{Coord, Coord3D, orient2d, orient3d};

use crate::mesh::solid::body::MeasuredBody;
use crate::mesh::solid::stop_poll::StopPoll;
use crate::mesh::surface::Surface;
use crate::mesh::triangle::to_f64;

/// Fewer than this many corners of a body are samples of its place.
const SAMPLES: usize = 64;
/// The number of pairs that are tested together. It bounds the number of rays in memory, of 44 bytes each.
const PAIRS_AT_A_TIME: usize = 512;
/// Up to this many rays are compared with a triangle without a search along the other axis.
const FEW: usize = 32;

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
    let mut poll = StopPoll::new(stopped);
    let mut inside = Vec::new();
    for group in pairs.chunks(PAIRS_AT_A_TIME) {
        let ControlFlow::Continue(of_group) = group_contained(surface, bodies.len(), group, &mut poll) else { break };
        inside.extend(of_group);
    }
    // A stopped computation leaves the rest untested; its result is not used.
    inside.resize(pairs.len(), false);
    inside
}

fn group_contained(
    surface: &Surface,
    body_count: usize,
    pairs: &[(u32, u32)],
    poll: &mut StopPoll<'_>,
) -> ControlFlow<(), Vec<bool>> {
    let mut samples = BodyMap::<Sampler>::new(body_count, pairs.iter().map(|(_, inner)| *inner));
    for (body, triangle) in surface.mesh_triangles() {
        poll.count(1)?;
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
    let mut rays = rays.map(SortedRays::new);
    for (body, triangle) in surface.written_triangles() {
        let compared = rays.get_mut(body).map_or(0, |rays| rays.count_crossings(&triangle));
        poll.count(1 + compared)?;
    }
    let mut inside = vec![false; pairs.len()];
    let mut outside = vec![false; pairs.len()];
    for ray in rays.values.iter().flat_map(|rays| &rays.by_x).filter(|ray| !ray.on_surface) {
        let verdicts = if ray.winding_number == 0 { &mut outside } else { &mut inside };
        verdicts[ray.pair as usize] = true;
    }
    ControlFlow::Continue(inside.into_iter().zip(outside).map(|(inside, outside)| inside && !outside).collect())
}

/// A map from some of a mesh's bodies to values.
struct BodyMap<T> {
    /// The place of each body's value, or [`NONE`](Self::NONE).
    places: Vec<u32>,
    values: Vec<T>,
}

impl<T> BodyMap<T> {
    const NONE: u32 = u32::MAX;

    fn new(body_count: usize, some: impl Iterator<Item = u32>) -> Self
    where
        T: Default,
    {
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

    fn map<U>(self, value: impl FnMut(T) -> U) -> BodyMap<U> {
        BodyMap { places: self.places, values: self.values.into_iter().map(value).collect() }
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

/// The rays about one outer body, in their order along x and along y.
struct SortedRays {
    by_x: Vec<Ray>,
    /// Places in `by_x`.
    by_y: Vec<u32>,
}

impl SortedRays {
    fn new(mut rays: Vec<Ray>) -> Self {
        rays.sort_unstable_by(|a, b| a.from.x.total_cmp(&b.from.x));
        let y = |place: u32| rays[place as usize].from.y;
        let mut by_y: Vec<u32> = (0..rays.len() as u32).collect();
        by_y.sort_unstable_by(|&a, &b| y(a).total_cmp(&y(b)));
        Self { by_x: rays, by_y }
    }

    /// Counts a triangle for each ray that crosses it; gives the number of rays that were compared with it.
    fn count_crossings(&mut self, triangle @ [a, b, c]: &[Vector3<f64>; 3]) -> usize {
        let [low, high] = [a.inf(b).inf(c), a.sup(b).sup(c)];
        let meets = |ray: &Ray| {
            let (x, y) = (ray.from.x, ray.from.y);
            low.x <= x && x <= high.x && low.y <= y && y <= high.y && ray.from.z <= high.z
        };
        let along_x = within(&self.by_x, |ray| ray.from.x, low.x, high.x);
        if along_x.len() > FEW {
            let along_y = within(&self.by_y, |&place| self.by_x[place as usize].from.y, low.y, high.y);
            if along_y.len() < along_x.len() {
                for &place in &self.by_y[along_y.clone()] {
                    let ray = &mut self.by_x[place as usize];
                    if meets(ray) {
                        count_crossing(triangle, ray);
                    }
                }
                return along_y.len();
            }
        }
        self.by_x[along_x.clone()].iter_mut().filter(|ray| meets(ray)).for_each(|ray| count_crossing(triangle, ray));
        along_x.len()
    }
}

/// The places of those of sorted values whose coordinate lies from `low` to `high`.
fn within<T>(sorted: &[T], coordinate: impl Fn(&T) -> f64, low: f64, high: f64) -> Range<usize> {
    let start = sorted.partition_point(|value| coordinate(value) < low);
    let count = sorted[start..].partition_point(|value| coordinate(value) <= high);
    start..start + count
}

/// Counts a triangle if the ray crosses it. The ray starts within the triangle's bounds, as seen from above.
fn count_crossing([a, b, c]: &[Vector3<f64>; 3], ray: &mut Ray) {
    let point = &ray.from;
    let sides = [side_of_line(a, b, point), side_of_line(b, c, point), side_of_line(c, a, point)];
    if sides != [1; 3] && sides != [-1; 3] {
        return;
    }
    // Positive if the point lies below the triangle; a triangle that faces up has sides of 1.
    let below = orient3d(coord_3d(a), coord_3d(b), coord_3d(c), coord_3d(point)) * f64::from(sides[0]);
    ray.on_surface |= below == 0.0;
    ray.winding_number += if below > 0.0 { i32::from(sides[0]) } else { 0 };
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
    use proptest::prelude::*;

    use super::*;

    fn ray(from: [f64; 3]) -> Ray {
        Ray { from: from.into(), pair: 0, winding_number: 0, on_surface: false }
    }

    /// A point on a small lattice, so that rays pass through corners and edges, and many lie side by side.
    fn point() -> impl Strategy<Value = [f64; 3]> {
        prop::array::uniform3(0..9_u8).prop_map(|point| point.map(f64::from))
    }

    proptest! {
        #[test]
        fn rays_together_are_counted_as_alone(
            points in prop::collection::vec(point(), 1..200),
            triangles in prop::collection::vec(prop::array::uniform3(point()), 1..20),
        ) {
            let mut rays = SortedRays::new(points.into_iter().map(ray).collect());
            let mut alone: Vec<SortedRays> = rays.by_x.iter().map(|ray| SortedRays::new(vec![*ray])).collect();
            for triangle in triangles.iter().map(|triangle| triangle.map(Vector3::from)) {
                rays.count_crossings(&triangle);
                for ray in &mut alone {
                    ray.count_crossings(&triangle);
                }
            }
            for (together, alone) in rays.by_x.iter().zip(&alone) {
                let counted = |ray: &Ray| (ray.winding_number, ray.on_surface);
                prop_assert_eq!(counted(together), counted(&alone.by_x[0]), "{:?}", together.from);
            }
        }
    }

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
            let crossed = |triangles: [[Vector3<f64>; 3]; 2]| {
                let mut rays = SortedRays::new(vec![ray(from)]);
                for triangle in &triangles {
                    rays.count_crossings(triangle);
                }
                (rays.by_x[0].winding_number, rays.by_x[0].on_surface)
            };
            assert_eq!(crossed(triangles), (winding_number, on_surface), "{from:?}");
            let from_below = triangles.map(|[a, b, c]| [a, c, b]);
            assert_eq!(crossed(from_below), (-winding_number, on_surface), "{from:?} seen from the other side");
        }
    }
}
