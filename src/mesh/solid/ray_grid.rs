//! A grid of axis-parallel rays through a box, and where triangles cross them.
//!
//! Planes across each axis cut the triangles, and lines in each plane, the rays, cut these sections. A corner lies on one
//! side of each plane, and an end of a section on one side of each line, by an integer that does not decrease along the axis.
//! So both triangles at an edge agree about what crosses it, though the planes are as uneven as `f32` rounds: the sections
//! of a closed mesh are closed polygons, and the steps of the winding number along a ray sum up to zero. No ray runs through
//! an edge or a corner.
//!
//! Most triangles are small and lie between two planes on each axis. They take nine roundings.

use std::ops::ControlFlow;

use crate::mesh::triangle::{Point, Triangle, to_f64};

/// The place of the first plane, as a share of the distance between planes; also by how much the lines of a plane are
/// shifted against those of the plane before. As the golden ratio it keeps the rays off the regular places at which models have
/// walls, and lets no narrow column run between all of them.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// The steps that a section takes, and a crossing: sixteen times as many, so that a bound on the steps bounds the memory of
/// crossings more closely.
const SECTION_STEPS: u32 = 1;
const CROSSING_STEPS: u32 = 16;

/// Added to a positive `f32` below 2²², this leaves the nearest integer in the last bits.
const ROUNDING: f32 = 8_388_608.0;

/// The rays along each axis: `count` planes of `count` lines each.
#[derive(Debug)]
pub(in crate::mesh) struct RayGrid {
    count: u32,
    /// A coordinate c is above as many planes as (c - `floor`) * `planes_per_unit` rounds to.
    floor: Point,
    planes_per_unit: Point,
    /// The lower corner of the box, and the distance of planes and lines on each axis.
    low: [f64; 3],
    spacing: [f64; 3],
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
    count: u32,
}

/// An end of a section, by its coordinates across the lines and along the rays.
#[derive(Clone, Copy)]
struct SectionEnd {
    line: f64,
    ray: f64,
}

impl RayGrid {
    /// The most planes across an axis: rays have numbers of 16 bits.
    pub const MOST_PLANES: u32 = 128;

    /// Makes a grid through a box. Returns `None` if the box has no volume, or one that `f32` cannot count in planes.
    pub fn new(count: u32, [low, high]: [Point; 2], corner_tolerance: f64) -> Option<Self> {
        assert!((1..=Self::MOST_PLANES).contains(&count), "the number of planes is a constant or bounded");
        let low = low.map(f64::from);
        let spacing = [0, 1, 2].map(|axis| (f64::from(high[axis]) - low[axis]) / f64::from(count));
        let floor = [0, 1, 2].map(|axis| (low[axis] - (GOLDEN - 0.5) * spacing[axis]) as f32);
        let planes_per_unit = spacing.map(|spacing| (1.0 / spacing) as f32);
        let planes_below = |axis: usize| (high[axis] - floor[axis]) * planes_per_unit[axis];
        let counts = |axis: usize| spacing[axis] > 0.0 && planes_below(axis) <= 2.0 * Self::MOST_PLANES as f32;
        (0..3).all(counts).then_some(Self { count, floor, planes_per_unit, low, spacing, corner_tolerance })
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
        for triangle in triangles {
            let planes = triangle.map(|corner| self.planes_below(corner));
            let [a, b, c] = planes;
            let [x, y, z] = [0, 1, 2].map(|axis| (a[axis] ^ b[axis]) | (a[axis] ^ c[axis]));
            if x | y | z == 0 {
                continue;
            }
            for axis in 0..3 {
                let below = [a[axis], b[axis], c[axis]];
                if below != [below[0]; 3] {
                    self.cross_planes(triangle, below, Axes::of(axis), &mut count_steps, &mut found)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// For each axis a number that rises by one with each plane across it.
    fn planes_below(&self, corner: Point) -> [u32; 3] {
        let planes = |axis: usize| (corner[axis] - self.floor[axis]) * self.planes_per_unit[axis] + ROUNDING;
        [planes(0).to_bits(), planes(1).to_bits(), planes(2).to_bits()]
    }

    /// Finds the crossings in the planes across one axis. `below` has the numbers of [`planes_below`](Self::planes_below).
    fn cross_planes(
        &self,
        triangle: &Triangle,
        below: [u32; 3],
        axes: Axes,
        count_steps: &mut impl FnMut(u32) -> ControlFlow<()>,
        found: &mut impl FnMut(Crossing),
    ) -> ControlFlow<()> {
        let below = below.map(|bits| bits.saturating_sub(ROUNDING.to_bits()).min(self.count));
        let across_lines = triangle.map(|corner| corner[axes.line]);
        let left = f64::from(across_lines[0].min(across_lines[1]).min(across_lines[2]));
        let right = f64::from(across_lines[0].max(across_lines[1]).max(across_lines[2]));
        let (lowest, highest) = (below[0].min(below[1]).min(below[2]), below[0].max(below[1]).max(below[2]));
        let mut tolerance = None;
        for plane in lowest + 1..=highest {
            let lines = self.lines(plane, axes);
            if lines.left_of(left) == lines.left_of(right) {
                continue;
            }
            count_steps(SECTION_STEPS)?;
            let height = self.low[axes.plane] + (f64::from(plane) - GOLDEN) * self.spacing[axes.plane];
            let [from, to] = section(triangle, below.map(|below| below < plane), height, axes);
            let (passed, reached) = (lines.left_of(from.line), lines.left_of(to.line));
            if passed == reached {
                continue;
            }
            let tolerance = *tolerance.get_or_insert_with(|| self.tolerance_along(triangle, axes));
            let (step, crossed) = if passed < reached { (1, passed..reached) } else { (-1, reached..passed) };
            count_steps(CROSSING_STEPS * (crossed.end - crossed.start))?;
            for line in crossed {
                let share = (lines.place(line) - from.line) / (to.line - from.line);
                let position = from.ray + share.clamp(0.0, 1.0) * (to.ray - from.ray);
                let ray = (axes.plane as u32 * self.count + plane - 1) * self.count + line;
                found(Crossing { position: position as f32, tolerance, ray: ray as u16, step });
            }
        }
        ControlFlow::Continue(())
    }

    /// The lines in a plane.
    fn lines(&self, plane: u32, axes: Axes) -> Lines {
        let spacing = self.spacing[axes.line];
        let shift = (f64::from(plane) * GOLDEN).fract();
        Lines { first: self.low[axes.line] + shift * spacing, spacing, count: self.count }
    }

    /// How far a position along a ray may be off: the plane of the triangle moves by as much as its corners do, and a ray that
    /// meets it at a flat angle notices more of it.
    fn tolerance_along(&self, triangle: &Triangle, axes: Axes) -> f32 {
        let [a, b, c] = triangle.map(to_f64);
        let normal = (b - a).cross(&(c - a));
        let sum = normal.x.abs() + normal.y.abs() + normal.z.abs();
        (self.corner_tolerance * sum / normal[axes.ray].abs()) as f32
    }
}

impl Axes {
    fn of(plane: usize) -> Self {
        Self { plane, line: (plane + 1) % 3, ray: (plane + 2) % 3 }
    }
}

impl Lines {
    /// The number of lines that a coordinate lies beyond.
    fn left_of(self, coordinate: f64) -> u32 {
        // A negative number becomes 0.
        (((coordinate - self.first) / self.spacing + 1.0) as u32).min(self.count)
    }

    fn place(self, line: u32) -> f64 {
        self.first + f64::from(line) * self.spacing
    }
}

/// The section of a triangle with a plane that has corners on both sides. As seen with the plane's axis towards the eye, the
/// triangle's inside lies on the left of the way from the first end to the second.
fn section(triangle: &Triangle, is_below: [bool; 3], height: f64, axes: Axes) -> [SectionEnd; 2] {
    let [a, b, c] = is_below;
    let alone = if b == c {
        0
    } else if a == c {
        1
    } else {
        2
    };
    let [tip, next, last] = [0, 1, 2].map(|corner| triangle[(alone + corner) % 3]);
    let (one, other) = (edge_section(tip, next, height, axes), edge_section(tip, last, height, axes));
    if is_below[alone] { [other, one] } else { [one, other] }
}

/// The point of an edge in a plane between its ends, to the same bit from either end.
fn edge_section(a: Point, b: Point, height: f64, axes: Axes) -> SectionEnd {
    let (low, high) = if a[axes.plane] < b[axes.plane] { (a, b) } else { (b, a) };
    let [low_height, high_height] = [low, high].map(|corner| f64::from(corner[axes.plane]));
    let share = ((height - low_height) / (high_height - low_height)).clamp(0.0, 1.0);
    let at = |axis: usize| {
        let (low, high) = (f64::from(low[axis]), f64::from(high[axis]));
        // Rounding must not leave the edge: where all of a triangle is on one side of a line, so is its section.
        (low + share * (high - low)).clamp(low.min(high), low.max(high))
    };
    SectionEnd { line: at(axes.line), ray: at(axes.ray) }
}
