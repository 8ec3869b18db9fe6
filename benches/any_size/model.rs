//! A generator of closed surfaces of any number of triangles, written in a stream, with their volume in integers.

use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

/// The size in units of the lattice: every corner is below 2²⁴, an `f32` exactly.
const RING_RADIUS: f64 = 4e6;
const TUBE_RADIUS: f64 = 2e6;
/// A unit of the lattice in millimetres, a power of two, which keeps values exact. The torus is 732 mm wide.
const UNIT_MM: f64 = 1.0 / 16384.0;
/// Rings generated at once.
const BATCH: usize = 16;

/// A corner on the lattice.
type Corner = [i64; 3];

/// A torus of twice as many segments as rings.
pub struct Torus {
    rings: usize,
    /// The distance from the axis and the height of each ring.
    tube: Vec<(f64, f64)>,
    /// The direction of each segment.
    around: Vec<(f64, f64)>,
}

/// A model that was written.
pub struct Model {
    pub name: String,
    pub path: PathBuf,
    pub size_bytes: u64,
    /// The volume by the sum in integers.
    pub volume_mm3: f64,
}

impl Torus {
    /// A torus of about so many triangles.
    pub fn of(triangles: u64) -> Self {
        let rings = ((triangles / 4).isqrt() as usize).max(3);
        let angle = |number: usize, of: usize| TAU * number as f64 / of as f64;
        let tube = (0..rings).map(|ring| angle(ring, rings)).map(|tube| {
            let distance = RING_RADIUS - TUBE_RADIUS * tube.cos();
            (distance, TUBE_RADIUS * tube.sin())
        });
        let around = (0..2 * rings).map(|segment| angle(segment, 2 * rings)).map(|around| (around.cos(), around.sin()));
        Self { rings, tube: tube.collect(), around: around.collect() }
    }

    fn triangles(&self) -> u64 {
        4 * (self.rings as u64).pow(2)
    }

    /// Writes binary STL.
    pub fn binary(&self, path: &Path) -> Model {
        let count = u32::try_from(self.triangles()).expect("binary STL counts in 32 bits");
        let head = [&[0; 80][..], &count.to_le_bytes()].concat();
        self.write(path, "binary", &head, &[], |triangle, bytes| {
            bytes.extend_from_slice(&[0; 12]);
            for coordinate in triangle.as_flattened() {
                bytes.extend_from_slice(&millimetres(*coordinate).to_le_bytes());
            }
            bytes.extend_from_slice(&[0; 2]);
        })
    }

    /// Writes ASCII STL.
    pub fn ascii(&self, path: &Path) -> Model {
        self.write(path, "ASCII", b"solid torus\n", b"endsolid torus\n", |triangle, bytes| {
            let mut text = String::from(" facet normal 0 0 0\n  outer loop\n");
            for corner in triangle {
                let [x, y, z] = corner.map(millimetres);
                writeln!(text, "   vertex {x:e} {y:e} {z:e}").expect("a string takes all text");
            }
            bytes.extend_from_slice(text.as_bytes());
            bytes.extend_from_slice(b"  endloop\n endfacet\n");
        })
    }

    fn write(
        &self,
        path: &Path,
        kind: &str,
        head: &[u8],
        end: &[u8],
        encode: impl Fn(&[Corner; 3], &mut Vec<u8>) + Sync,
    ) -> Model {
        let mut file = BufWriter::with_capacity(1 << 20, File::create_new(path).expect("a new file"));
        let mut six_volumes = 0;
        let mut size_bytes = head.len() + end.len();
        file.write_all(head).expect("written");
        for batch in (0..self.rings).collect::<Vec<_>>().chunks(BATCH) {
            let made: Vec<_> = batch.par_iter().map(|ring| self.ring(*ring, &encode)).collect();
            for (bytes, part) in made {
                file.write_all(&bytes).expect("written");
                size_bytes += bytes.len();
                six_volumes += part;
            }
        }
        file.write_all(end).expect("written");
        file.flush().expect("written");
        let name = format!("{kind} STL, {:.2} GB", size_bytes as f64 / 1e9);
        let volume_mm3 = six_volumes as f64 / 6.0 * UNIT_MM.powi(3);
        Model { name, path: path.to_owned(), size_bytes: size_bytes as u64, volume_mm3 }
    }

    /// The triangles between a ring and the next, encoded, and six times the volume that they add.
    fn ring(&self, ring: usize, encode: &impl Fn(&[Corner; 3], &mut Vec<u8>)) -> (Vec<u8>, i128) {
        let [corners, next] = [ring, (ring + 1) % self.rings].map(|ring| self.corners(ring));
        let (mut bytes, mut six_volumes) = (Vec::new(), 0);
        for segment in 0..corners.len() {
            let after = (segment + 1) % corners.len();
            let [a, b, c, d] = [corners[segment], corners[after], next[segment], next[after]];
            for triangle in [[a, c, d], [a, d, b]] {
                encode(&triangle, &mut bytes);
                six_volumes += determinant(&triangle);
            }
        }
        (bytes, six_volumes)
    }

    fn corners(&self, ring: usize) -> Vec<Corner> {
        let (distance, height) = self.tube[ring];
        let corner = |(x, y): &(f64, f64)| [distance * x, distance * y, height].map(|at| at.round() as i64);
        self.around.iter().map(corner).collect()
    }
}

fn millimetres(units: i64) -> f32 {
    (units as f64 * UNIT_MM) as f32
}

/// Six times the signed volume of the tetrahedron between a triangle and the origin.
fn determinant(triangle: &[Corner; 3]) -> i128 {
    let [a, b, c] = triangle.map(|corner| corner.map(i128::from));
    a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
}
