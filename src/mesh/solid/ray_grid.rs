//! A grid of axis-parallel rays through a box, and where triangles cross them.
//!
//! Planes across each axis cut the triangles, and lines in each plane, the rays, cut these sections. A corner lies on one
//! side of each plane, and an end of a section on one side of each line, by an integer that does not decrease along the axis.
//! So both triangles at an edge agree about what crosses it, though the planes are as uneven as `f32` rounds: the sections
//! of a closed mesh are closed polygons, and the steps of the winding number along a ray sum up to zero. No ray runs through
//! an edge or a corner.
//!
//! Most triangles are small and lie between the rays: `ray_filter` leaves them out.

use std::ops::ControlFlow;

use crate::mesh::solid::ray_filter::{GROUP, RayFilter};
use crate::mesh::triangle::{Point, Triangle};

/// The place of the first plane, as a share of the distance between planes; also by how much the lines of a plane are
/// shifted against those of the plane before. As the golden ratio it keeps the rays off the regular places at which models have
/// walls, and lets no narrow column run between all of them.
pub(super) const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// The steps that a section takes, and a crossing: sixteen times as many, so that a bound on the steps bounds the memory of
/// crossings more closely.
const SECTION_STEPS: u32 = 1;
const CROSSING_STEPS: u32 = 16;

/// The rays along each axis: `count` planes of `count` lines each.
#[derive(Debug)]
pub(in crate::mesh) struct RayGrid {
    count: u32,
    filter: RayFilter,
    /// The lower corner of the box, and the distance of planes and lines on each axis.
    low: [f64; 3],
    spacing: [f64; 3],
    lines_per_unit: [f64; 3],
    /// By how much the lines of each plane are shifted, as a share of their distance.
    shifts: Vec<f64>,
    /// How far a corner may be off on each axis.
    corner_tolerance: f64,
}

/// The place where a triangle crosses a ray.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct Crossing {
    /// The coordinate along the ray. Its rounding is far below the tolerance.
    pub position: f32,
    /// How far the position may be off, as the corners are.
    pub tolerance: f32,
    /// The ray, below [`RayGrid::ray_count`].
    pub ray: u16,
    /// The change of the winding number along the ray: 1 if it enters the triangle's inside, or -1.
    pub step: i8,
}

/// The axes of the rays that lie in planes across one axis.
#[derive(Clone, Copy)]
struct Axes {
    /// Across the planes.
    plane: usize,
    /// Across the lines, within a plane.
    line: usize,
    /// Along the rays.
    ray: usize,
}

/// The lines in one plane.
#[derive(Clone, Copy)]
struct Lines {
    first: f64,
    spacing: f64,
    per_unit: f64,
    count: u32,
}

/// The corners of a triangle, by their coordinates across the planes, across the lines and along the rays.
struct Corners {
    plane: [f64; 3],
    line: [f64; 3],
    ray: [f64; 3],
}

/// An end of a section: the point of an edge in a plane.
#[derive(Clone, Copy)]
struct SectionEnd {
    /// The corners of the edge below and above the plane.
    low: usize,
    high: usize,
    /// The share of the edge below the plane.
    share: f64,
    /// The coordinate across the lines.
    line: f64,
}

impl RayGrid {
    /// The most planes across an axis: rays have numbers of 16 bits.
    pub const MOST_PLANES: u32 = 128;

    /// Makes a grid through a box. Returns `None` if the box has no volume, or one that `f32` cannot count in planes.
    pub fn new(count: u32, [low, high]: [Point; 2], corner_tolerance: f64) -> Option<Self> {
        assert!((1..=Self::MOST_PLANES).contains(&count), "the number of planes is a constant or bounded");
        let low = low.map(f64::from);
        let spacing = [0, 1, 2].map(|axis| (f64::from(high[axis]) - low[axis]) / f64::from(count));
        let filter = RayFilter::new(low, spacing);
        let most_planes = 2.0 * Self::MOST_PLANES as f32;
        let counts = |axis: usize| spacing[axis] > 0.0 && filter.place(high[axis], axis) < most_planes;
        (0..3).all(counts).then(|| Self {
            count,
            filter,
            low,
            spacing,
            lines_per_unit: spacing.map(|spacing| 1.0 / spacing),
            shifts: (0..count).map(|plane| (f64::from(plane) * GOLDEN).fract()).collect(),
            corner_tolerance,
        })
    }

    /// The number of rays along all axes.
    pub fn ray_count(&self) -> usize {
        3 * (self.count * self.count) as usize
    }

    /// The volume of a length on a ray, if the rays along each axis measure a third of it.
    pub fn volume_of_length(&self, ray: u16) -> f64 {
        let axes = Axes::of((u32::from(ray) / (self.count * self.count)) as usize);
        self.spacing[axes.plane] * self.spacing[axes.line] / 3.0
    }

    /// Calls `found` with each crossing of some triangles. Calls `count_steps` with the number of steps beyond the look at
    /// each triangle, before they are taken, until it breaks.
    pub fn cross(
        &self,
        triangles: &[Triangle],
        mut count_steps: impl FnMut(u32) -> ControlFlow<()>,
        mut found: impl FnMut(Crossing),
    ) -> ControlFlow<()> {
        for (group, suspects) in triangles.chunks(GROUP).zip(self.filter.suspects(triangles)) {
            for (axis, mut suspects) in suspects.into_iter().enumerate() {
                while suspects != 0 {
                    let triangle = &group[suspects.trailing_zeros() as usize];
                    self.cross_planes(triangle, Axes::of(axis), &mut count_steps, &mut found)?;
                    suspects &= suspects - 1;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Finds the crossings in the planes across one axis.
    fn cross_planes(
        &self,
        triangle: &Triangle,
        axes: Axes,
        count_steps: &mut impl FnMut(u32) -> ControlFlow<()>,
        found: &mut impl FnMut(Crossing),
    ) -> ControlFlow<()> {
        let below = triangle.map(|corner| self.filter.planes_below(corner[axes.plane], axes.plane).min(self.count));
        let (lowest, highest) = (below[0].min(below[1]).min(below[2]), below[0].max(below[1]).max(below[2]));
        let corners = Corners::of(triangle, axes);
        let [left, right] = corners.line_bounds();
        let mut tolerance = None;
        for plane in lowest..highest {
            let lines = self.lines(plane, axes);
            if lines.left_of(left) == lines.left_of(right) {
                continue;
            }
            count_steps(SECTION_STEPS)?;
            let height = self.low[axes.plane] + (f64::from(plane) + 1.0 - GOLDEN) * self.spacing[axes.plane];
            let [from, to] = corners.section(below.map(|below| below <= plane), height);
            let (passed, reached) = (lines.left_of(from.line), lines.left_of(to.line));
            if passed == reached {
                continue;
            }
            let tolerance = *tolerance.get_or_insert_with(|| (self.corner_tolerance * corners.ray_steepness()) as f32);
            let (step, crossed) = if passed < reached { (1, passed..reached) } else { (-1, reached..passed) };
            count_steps(CROSSING_STEPS * (crossed.end - crossed.start))?;
            let [from_ray, to_ray] = [from, to].map(|end| end.along(corners.ray));
            for line in crossed {
                let share = within(0.0, (lines.place(line) - from.line) / (to.line - from.line), 1.0);
                let position = (from_ray + share * (to_ray - from_ray)) as f32;
                let ray = ((axes.plane as u32 * self.count + plane) * self.count + line) as u16;
                found(Crossing { position, tolerance, ray, step });
            }
        }
        ControlFlow::Continue(())
    }

    /// The lines in a plane.
    fn lines(&self, plane: u32, axes: Axes) -> Lines {
        let spacing = self.spacing[axes.line];
        let first = self.low[axes.line] + self.shifts[plane as usize] * spacing;
        Lines { first, spacing, per_unit: self.lines_per_unit[axes.line], count: self.count }
    }
}

impl Axes {
    fn of(plane: usize) -> Self {
        Self { plane, line: (plane + 1) % 3, ray: (plane + 2) % 3 }
    }
}

impl Lines {
    /// The number of lines that a coordinate lies beyond.
    #[allow(clippy::cast_sign_loss, reason = "a negative number becomes 0, as it should")]
    fn left_of(self, coordinate: f64) -> u32 {
        (((coordinate - self.first) * self.per_unit + 1.0) as u32).min(self.count)
    }

    fn place(self, line: u32) -> f64 {
        self.first + f64::from(line) * self.spacing
    }
}

impl Corners {
    fn of(triangle: &Triangle, axes: Axes) -> Self {
        let along = |axis: usize| triangle.map(|corner| f64::from(corner[axis]));
        Self { plane: along(axes.plane), line: along(axes.line), ray: along(axes.ray) }
    }

    /// The least and the largest coordinate across the lines.
    fn line_bounds(&self) -> [f64; 2] {
        let [a, b, c] = self.line;
        [a.min(b).min(c), a.max(b).max(c)]
    }

    /// The section with a plane that has corners on both sides. As seen with the plane's axis towards the eye, the triangle's
    /// inside lies on the left of the way from the first end to the second.
    #[inline]
    fn section(&self, is_below: [bool; 3], height: f64) -> [SectionEnd; 2] {
        let [a, b, c] = is_below;
        let alone = if b == c { 0 } else { 2 - usize::from(a == c) };
        let (one, other) = (self.edge(alone, (alone + 1) % 3, height), self.edge(alone, (alone + 2) % 3, height));
        if is_below[alone] { [other, one] } else { [one, other] }
    }

    /// The point of an edge in a plane between its ends, to the same bit from either end.
    fn edge(&self, a: usize, b: usize, height: f64) -> SectionEnd {
        let (low, high) = if self.plane[a] < self.plane[b] { (a, b) } else { (b, a) };
        let share = within(0.0, (height - self.plane[low]) / (self.plane[high] - self.plane[low]), 1.0);
        let end = SectionEnd { low, high, share, line: 0.0 };
        SectionEnd { line: end.along(self.line), ..end }
    }

    /// How far the triangle moves along the rays for how far its corners are moved on each axis. A ray that meets it at a flat
    /// angle notices more.
    fn ray_steepness(&self) -> f64 {
        let sides = |values: [f64; 3]| (values[1] - values[0], values[2] - values[0]);
        let cross = |(a, b): (f64, f64), (c, d): (f64, f64)| (a * d - b * c).abs();
        let (plane, line, ray) = (sides(self.plane), sides(self.line), sides(self.ray));
        let facing = cross(plane, line);
        (facing + cross(line, ray) + cross(ray, plane)) / facing
    }
}

impl SectionEnd {
    /// A coordinate, given those of the corners. Rounding does not leave the edge: where all of a triangle is on one side of a
    /// line, so is its section.
    fn along(&self, values: [f64; 3]) -> f64 {
        let (low, high) = (values[self.low], values[self.high]);
        within(low.min(high), low + self.share * (high - low), low.max(high))
    }
}

/// The number between two bounds that is next to a number. By comparisons, each of which is one instruction: `f64::max` is five.
fn within(low: f64, number: f64, high: f64) -> f64 {
    let at_least = if number > low { number } else { low };
    if at_least < high { at_least } else { high }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A corner on one of few planes, near one, or anywhere: the filter must not take a triangle that ends at a plane for one that
    /// ends before it.
    fn corner() -> impl Strategy<Value = Point> {
        let anywhere = -40.0_f32..60.0;
        let near = (0_u8..16, -4_i8..4).prop_map(|(plane, off)| {
            let place = -40.0 + (f32::from(plane) + 1.0 - GOLDEN as f32) * 100.0 / 16.0;
            place + f32::from(off) * 1e-5
        });
        prop::array::uniform3(prop_oneof![1 => anywhere, 1 => near])
    }

    proptest! {
        #[test]
        fn the_filter_passes_every_triangle_that_crosses_a_ray(
            triangles in prop::collection::vec(prop::array::uniform3(corner()), 1..40),
            size in prop::sample::select(vec![1.0_f32, 0.2, 0.05, 0.001]),
        ) {
            let shrunk = |[a, b, c]: Triangle| {
                let towards = |other: Point| [0, 1, 2].map(|axis| a[axis] + size * (other[axis] - a[axis]));
                [a, towards(b), towards(c)]
            };
            let triangles: Vec<Triangle> = triangles.into_iter().map(shrunk).collect();
            let grid = RayGrid::new(16, [[-40.0; 3], [60.0; 3]], 0.0).expect("a box");
            let (mut all, mut passed) = (Vec::new(), Vec::new());
            let key = |crossing: Crossing| (crossing.ray, crossing.step, crossing.position.to_bits());
            for triangle in &triangles {
                for axis in 0..3 {
                    let mut steps = |_| ControlFlow::Continue(());
                    let found = &mut |crossing| all.push(key(crossing));
                    prop_assert!(grid.cross_planes(triangle, Axes::of(axis), &mut steps, found).is_continue());
                }
            }
            let crossed = grid.cross(&triangles, |_| ControlFlow::Continue(()), |crossing| passed.push(key(crossing)));
            prop_assert!(crossed.is_continue());
            all.sort_unstable();
            passed.sort_unstable();
            prop_assert_eq!(passed, all);
        }
    }
}
