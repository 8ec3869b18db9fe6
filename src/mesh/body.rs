//! A body: one closed shell, or several that are closed together, with the patches that close them.

use nalgebra::Vector3;

use super::holes::Bodies;
use super::index::IndexedMesh;
use super::measure::Compensated;
use super::triangle::exact;

/// Corners that stand for a body where it is held against another, at most.
const SAMPLES: usize = 64;

/// The triangles of a mesh and the patches that close it, each with its body.
#[derive(Debug)]
pub(super) struct Surface<'a> {
    pub mesh: &'a IndexedMesh,
    /// For each triangle of the mesh its shell.
    pub shells: &'a [u32],
    pub bodies: &'a Bodies,
}

/// A closed surface, measured on its own.
#[derive(Debug)]
pub(super) struct Body {
    /// The signed volume: negative where it is wound inward.
    pub volume: f64,
    /// The signed volume's first moment about the origin of the measure.
    pub moment: Vector3<f64>,
    pub min: Vector3<f64>,
    pub max: Vector3<f64>,
    /// Some of its corners, spread evenly over its triangles; at least one.
    pub samples: Vec<Vector3<f64>>,
}

impl Surface<'_> {
    /// Every triangle with its body.
    pub fn triangles(&self) -> impl Iterator<Item = (u32, [Vector3<f64>; 3])> {
        let own = self.mesh.triangles.iter().zip(self.shells).map(|(triangle, &shell)| {
            let corners = triangle.map(|vertex| exact(self.mesh.vertices[vertex as usize]));
            (self.bodies.of_shell[shell as usize], corners)
        });
        own.chain(self.bodies.patches.iter().copied())
    }

    /// Measures each body about an origin: the volume and the moment as in `measure`.
    pub fn measure(&self, origin: Vector3<f64>) -> Vec<Body> {
        let mut sums = vec![BodySums::new(); self.bodies.count as usize];
        for (body, triangle) in self.triangles() {
            sums[body as usize].add(&triangle, origin);
        }
        sums.into_iter().map(BodySums::finish).collect()
    }
}

#[derive(Debug, Clone)]
struct BodySums {
    six_volumes: Compensated,
    moment: [Compensated; 3],
    min: Vector3<f64>,
    max: Vector3<f64>,
    samples: Vec<Vector3<f64>>,
    triangle_count: usize,
    /// Every how many triangles one is taken as a sample: doubled whenever there are too many.
    sampling_step: usize,
}

impl BodySums {
    fn new() -> Self {
        Self {
            six_volumes: Compensated::default(),
            moment: [Compensated::default(); 3],
            min: Vector3::repeat(f64::INFINITY),
            max: Vector3::repeat(f64::NEG_INFINITY),
            samples: Vec::new(),
            triangle_count: 0,
            sampling_step: 1,
        }
    }

    fn add(&mut self, triangle: &[Vector3<f64>; 3], origin: Vector3<f64>) {
        let [a, b, c] = triangle.map(|corner| corner - origin);
        let six_volumes = a.cross(&b).dot(&c);
        self.six_volumes.add(six_volumes);
        for axis in 0..3 {
            self.moment[axis].add((a[axis] + b[axis] + c[axis]) * six_volumes);
        }
        for corner in triangle {
            self.min = self.min.inf(corner);
            self.max = self.max.sup(corner);
        }
        if self.triangle_count.is_multiple_of(self.sampling_step) {
            self.sample(triangle[0]);
        }
        self.triangle_count += 1;
    }

    fn sample(&mut self, corner: Vector3<f64>) {
        self.samples.push(corner);
        if self.samples.len() == SAMPLES {
            let mut place = 0;
            self.samples.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.sampling_step *= 2;
        }
    }

    fn finish(self) -> Body {
        Body {
            volume: self.six_volumes.value() / 6.0,
            moment: Vector3::from(self.moment.map(|sum| sum.value() / 24.0)),
            min: self.min,
            max: self.max,
            samples: self.samples,
        }
    }
}

impl Body {
    /// Whether the other body's bounds lie in this one's.
    pub fn bounds_contain(&self, other: &Self) -> bool {
        (0..3).all(|axis| self.min[axis] <= other.min[axis] && other.max[axis] <= self.max[axis])
    }
}
