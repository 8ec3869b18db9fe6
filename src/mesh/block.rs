//! The sums over one block.
//!
//! Two triangles at a time, one in each lane of a vector of two `f64`: what every x86-64 and every aarch64 has, so that
//! nothing has to be chosen at run time, and the order of the additions, and with it the last bit, is the same on all of
//! them. Its hashes are integer work, which a core does beside: both together take little more than one. What limits it
//! is arithmetic, not memory: a block is in the core's own cache by the time that it is summed.

use nalgebra::Vector3;

use super::hash::MeshHash;
use super::triangle::{Point, Triangle};

/// Triangles that are summed side by side.
const LANES: usize = 2;

/// A number for each of the lanes.
type Lanes = [f64; LANES];

/// What one block adds to the sums of the pass, about the origin of the pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BlockSums {
    /// Triangles without an area.
    pub degenerate_count: u64,
    /// Twice the area.
    pub doubled_area: f64,
    /// Six times the volume.
    pub six_volumes: f64,
    /// Four times the sum of the tetrahedra's centroids, each times six times its volume.
    pub moment: Vector3<f64>,
    pub min: Point,
    pub max: Point,
    pub hash: MeshHash,
}

impl BlockSums {
    /// The sums about an origin, which is a corner of the mesh.
    pub fn of(triangles: &[Triangle], origin: Point) -> Self {
        let mut sums = LaneSums::default();
        let mut hash = MeshHash::default();
        let (pairs, odd) = triangles.as_chunks::<LANES>();
        for pair in pairs {
            sums.add(pair, origin);
            for triangle in pair {
                hash.add(triangle);
            }
        }
        if let [last] = odd {
            // A point at the origin beside it, which adds nothing but to the count.
            sums.add(&[*last, [origin; 3]], origin);
            sums.degenerate_counts[1] -= 1;
            hash.add(last);
        }
        let [doubled_area, six_volumes] = [sums.doubled_areas, sums.six_volumes].map(|lanes| lanes.iter().sum());
        Self {
            degenerate_count: sums.degenerate_counts.iter().sum(),
            doubled_area,
            six_volumes,
            moment: sums.moments.map(|lanes| lanes.iter().sum()).into(),
            min: sums.min.map(|[a, b]| lesser(a, b)),
            max: sums.max.map(|[a, b]| greater(a, b)),
            hash,
        }
    }
}

/// The sums of each lane.
struct LaneSums {
    degenerate_counts: [u64; LANES],
    doubled_areas: Lanes,
    six_volumes: Lanes,
    moments: [Lanes; 3],
    min: [[f32; LANES]; 3],
    max: [[f32; LANES]; 3],
}

impl Default for LaneSums {
    fn default() -> Self {
        let none = [0.0; LANES];
        Self {
            degenerate_counts: [0; LANES],
            doubled_areas: none,
            six_volumes: none,
            moments: [none; 3],
            min: [[f32::INFINITY; LANES]; 3],
            max: [[f32::NEG_INFINITY; LANES]; 3],
        }
    }
}

impl LaneSums {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the sums stay in registers")]
    #[allow(clippy::needless_range_loop, reason = "loops over lanes are what becomes one instruction")]
    fn add(&mut self, triangles: &[Triangle; LANES], origin: Point) {
        for axis in 0..3 {
            for lane in 0..LANES {
                let [a, b, c] = triangles[lane];
                let [min, max] = [&mut self.min[axis][lane], &mut self.max[axis][lane]];
                *min = lesser(lesser(lesser(a[axis], b[axis]), c[axis]), *min);
                *max = greater(greater(greater(a[axis], b[axis]), c[axis]), *max);
            }
        }
        // The difference of two `f32` of similar size is exact in `f64`: a small part far from zero keeps its digits.
        let mut corners = [[[0.0; LANES]; 3]; 3];
        for (number, corner) in corners.iter_mut().enumerate() {
            for axis in 0..3 {
                for lane in 0..LANES {
                    corner[axis][lane] = f64::from(triangles[lane][number][axis]) - f64::from(origin[axis]);
                }
            }
        }
        let [a, b, c] = corners;
        let normal = cross(subtract(b, a), subtract(c, a));
        let [squared, other] = dot(normal, normal);
        let doubled_area = [squared.sqrt(), other.sqrt()];
        let six_volumes = dot(cross(a, b), c);
        for lane in 0..LANES {
            self.degenerate_counts[lane] += u64::from(doubled_area[lane] == 0.0);
            self.doubled_areas[lane] += doubled_area[lane];
            self.six_volumes[lane] += six_volumes[lane];
        }
        for axis in 0..3 {
            for lane in 0..LANES {
                self.moments[axis][lane] += (a[axis][lane] + b[axis][lane] + c[axis][lane]) * six_volumes[lane];
            }
        }
    }
}

/// The lesser of a number and what is a number already: `f32::min` takes care of more, and three times as long.
fn lesser(number: f32, least: f32) -> f32 {
    if number < least { number } else { least }
}

fn greater(number: f32, most: f32) -> f32 {
    if number > most { number } else { most }
}

fn subtract(a: [Lanes; 3], b: [Lanes; 3]) -> [Lanes; 3] {
    [minus(a[0], b[0]), minus(a[1], b[1]), minus(a[2], b[2])]
}

fn cross(a: [Lanes; 3], b: [Lanes; 3]) -> [Lanes; 3] {
    [
        minus(times(a[1], b[2]), times(a[2], b[1])),
        minus(times(a[2], b[0]), times(a[0], b[2])),
        minus(times(a[0], b[1]), times(a[1], b[0])),
    ]
}

fn dot(a: [Lanes; 3], b: [Lanes; 3]) -> Lanes {
    plus(plus(times(a[0], b[0]), times(a[1], b[1])), times(a[2], b[2]))
}

fn plus(a: Lanes, b: Lanes) -> Lanes {
    [a[0] + b[0], a[1] + b[1]]
}

fn minus(a: Lanes, b: Lanes) -> Lanes {
    [a[0] - b[0], a[1] - b[1]]
}

fn times(a: Lanes, b: Lanes) -> Lanes {
    [a[0] * b[0], a[1] * b[1]]
}
