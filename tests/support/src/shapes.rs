//! Shapes with exact measures: their corners are on an integer lattice, and their sums are integers.
//!
//! Coordinates stay below 2²⁴, so that every corner is exact as `f32`, also after a move.

use std::fmt::Write;

use pricing_worker::mesh::Triangle;

/// A corner on the lattice.
pub type Corner = [i64; 3];

/// A surface on the lattice.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub struct Shape(pub Vec<[Corner; 3]>);

/// A box with corners at `min` and `min + size`, counter-clockwise from outside.
pub fn cuboid(min: Corner, size: Corner) -> Shape {
    let corner = |number: i64| [0, 1, 2].map(|axis| min[axis] + size[axis] * (number >> axis & 1));
    let faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles = faces.iter().flat_map(|[a, b, c, d]| [[*a, *b, *c], [*a, *c, *d]]);
    Shape(triangles.map(|triangle| triangle.map(corner)).collect())
}

/// A cube with a corner at the origin.
pub fn cube(size: i64) -> Shape {
    cuboid([0; 3], [size; 3])
}

/// A tetrahedron: a corner of a cube, cut off.
pub fn tetrahedron(size: i64) -> Shape {
    let [o, x, y, z] = [[0, 0, 0], [size, 0, 0], [0, size, 0], [0, 0, size]];
    Shape(vec![[o, y, x], [o, x, z], [o, z, y], [x, y, z]])
}

/// A sphere of `rings` by `segments`, its corners rounded to the lattice.
pub fn sphere(radius: f64, rings: usize, segments: usize) -> Shape {
    let corner = |ring: usize, segment: usize| {
        let polar = std::f64::consts::PI * ring as f64 / rings as f64;
        let around = std::f64::consts::TAU * (segment % segments) as f64 / segments as f64;
        // All segments meet in one corner at each pole.
        let width = if ring == 0 || ring == rings { 0.0 } else { radius * polar.sin() };
        [width * around.cos(), width * around.sin(), radius * polar.cos()].map(|c| c.round() as i64)
    };
    grid(rings, segments, corner)
}

/// A torus, its corners rounded to the lattice.
pub fn torus(ring_radius: f64, tube_radius: f64, rings: usize, segments: usize) -> Shape {
    let corner = |ring: usize, segment: usize| {
        let tube = std::f64::consts::TAU * (ring % rings) as f64 / rings as f64;
        let around = std::f64::consts::TAU * (segment % segments) as f64 / segments as f64;
        let width = ring_radius - tube_radius * tube.cos();
        [width * around.cos(), width * around.sin(), tube_radius * tube.sin()].map(|c| c.round() as i64)
    };
    grid(rings, segments, corner)
}

/// Tetrahedra anywhere in a cube of so many bits, each in a cube of some more; the same at every run.
pub fn crowd(count: usize, [place_bits, body_bits]: [u32; 2]) -> Shape {
    // A linear congruential generator.
    let mut state = 1_u64;
    let mut number = |bits: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> (64 - bits)).cast_signed()
    };
    let mut corner = |bits: u32| [number(bits), number(bits), number(bits)];
    let bodies = (0..count).flat_map(|_| {
        let place = corner(place_bits);
        let corners = [0; 4].map(|_| corner(body_bits)).map(|corner| [0, 1, 2].map(|axis| corner[axis] + place[axis]));
        [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]].map(|side| side.map(|number: usize| corners[number]))
    });
    Shape(bodies.collect())
}

/// A prism along x of `4 * sides` triangles, of which half are as long as it is, around `bodies` tetrahedra. A search that
/// compares each long triangle with each body takes time in proportion to the product.
pub fn prism_around_tetrahedra(sides: usize, bodies: i64) -> Shape {
    const COLUMNS: i64 = 8;
    let (radius, length) = (100_000.0, 800_000);
    let rim = |x: i64, side: usize| {
        let around = std::f64::consts::TAU * (side % sides) as f64 / sides as f64;
        [x, (radius * around.cos()).round() as i64, (radius * around.sin()).round() as i64]
    };
    let side = |number: usize| {
        let [a, b] = [rim(0, number), rim(0, number + 1)];
        let [c, d] = [rim(length, number), rim(length, number + 1)];
        [[a, d, c], [a, b, d], [[0, 0, 0], b, a], [[length, 0, 0], c, d]]
    };
    let pitch = length / (bodies / COLUMNS + 1);
    let size = (pitch / 2).min(500);
    let body = |number: i64| {
        let (row, column) = (number / COLUMNS, number % COLUMNS);
        tetrahedron(size).moved([row * pitch + pitch / 4, column * 2 * size, 0]).0
    };
    Shape((0..sides).flat_map(side).chain((0..bodies).flat_map(body)).collect())
}

fn grid(rings: usize, segments: usize, corner: impl Fn(usize, usize) -> Corner) -> Shape {
    let cells = (0..rings).flat_map(|ring| (0..segments).map(move |segment| (ring, segment)));
    let triangles = cells.flat_map(|(ring, segment)| {
        let [a, b] = [corner(ring, segment), corner(ring, segment + 1)];
        let [c, d] = [corner(ring + 1, segment), corner(ring + 1, segment + 1)];
        [[a, c, d], [a, d, b]]
    });
    Shape(triangles.filter(|[a, b, c]| a != b && b != c && c != a).collect())
}

impl Shape {
    /// Both surfaces.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The shape with each corner mapped.
    pub fn map(&self, corner: impl Fn(Corner) -> Corner) -> Self {
        Self(self.0.iter().map(|triangle| triangle.map(&corner)).collect())
    }

    /// The shape moved by a vector.
    pub fn moved(&self, by: Corner) -> Self {
        self.map(|corner| [0, 1, 2].map(|axis| corner[axis] + by[axis]))
    }

    /// The shape turned by a third about the diagonal: x becomes y, y becomes z, z becomes x.
    pub fn turned(&self) -> Self {
        self.map(|[x, y, z]| [z, x, y])
    }

    /// The shape turned by an eighth about z, and wider by the root of two: what was along x is as long along y.
    pub fn diagonal(&self) -> Self {
        self.map(|[x, y, z]| [x - y, x + y, z])
    }

    /// The mirror image, wound so that its outside stays out.
    pub fn mirrored(&self) -> Self {
        self.map(|[x, y, z]| [-x, y, z]).inside_out()
    }

    /// The shape with each triangle wound the other way round.
    pub fn inside_out(&self) -> Self {
        Self(self.0.iter().map(|[a, b, c]| [*a, *c, *b]).collect())
    }

    /// The shape without its last `count` triangles.
    pub fn without(&self, count: usize) -> Self {
        Self(self.0[..self.0.len() - count].to_vec())
    }

    /// The same triangles in another order, each from another first corner.
    pub fn shuffled(&self) -> Self {
        Self(shuffled(&self.0))
    }

    /// Six times the signed volume, exactly.
    pub fn six_volumes(&self) -> i128 {
        let determinant = |[a, b, c]: &[Corner; 3]| {
            let [a, b, c] = [a, b, c].map(|corner| corner.map(i128::from));
            a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
        };
        self.0.iter().map(determinant).sum()
    }

    /// The signed volume.
    pub fn volume(&self) -> f64 {
        self.six_volumes() as f64 / 6.0
    }

    /// The sum of the areas: the root of an exact integer for each triangle.
    pub fn area(&self) -> f64 {
        let doubled = |[a, b, c]: &[Corner; 3]| {
            let [u, v] = [b, c].map(|corner| [0, 1, 2].map(|axis| i128::from(corner[axis] - a[axis])));
            let normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
            (normal.iter().map(|part| part * part).sum::<i128>() as f64).sqrt()
        };
        self.0.iter().map(doubled).sum::<f64>() / 2.0
    }

    /// The least and the largest coordinates.
    pub fn bounds(&self) -> [[f64; 3]; 2] {
        let corners = self.0.as_flattened();
        let along = |axis: usize| corners.iter().map(move |corner| corner[axis]);
        [
            [0, 1, 2].map(|axis| along(axis).min().unwrap() as f64),
            [0, 1, 2].map(|axis| along(axis).max().unwrap() as f64),
        ]
    }

    /// The triangles in `f32`, exactly.
    pub fn triangles(&self) -> Vec<Triangle> {
        self.0.iter().map(|triangle| triangle.map(|corner| corner.map(|coordinate| coordinate as f32))).collect()
    }

    /// The shape as binary STL.
    pub fn binary(&self) -> Vec<u8> {
        binary(&self.triangles())
    }

    /// The shape as ASCII STL.
    pub fn ascii(&self) -> Vec<u8> {
        ascii(&self.triangles())
    }
}

/// The same triangles in another order, each from another first corner; the same at every run.
#[must_use]
pub fn shuffled<C: Copy>(triangles: &[[C; 3]]) -> Vec<[C; 3]> {
    let mut triangles = triangles.to_vec();
    // A linear congruential generator.
    let mut state = 12345_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for last in (1..triangles.len()).rev() {
        triangles.swap(last, random(last + 1));
        triangles[last].rotate_left(random(3));
    }
    triangles
}

/// Writes binary STL with `stl_io`.
pub fn binary(triangles: &[Triangle]) -> Vec<u8> {
    let triangles: Vec<stl_io::Triangle> = triangles
        .iter()
        .map(|triangle| stl_io::Triangle {
            normal: stl_io::Normal::new([0.0; 3]),
            vertices: triangle.map(stl_io::Vertex::new),
        })
        .collect();
    let mut bytes = Vec::new();
    stl_io::write_stl(&mut bytes, triangles.iter()).expect("a vector takes all bytes");
    bytes
}

/// Writes ASCII STL as most programs do.
pub fn ascii(triangles: &[Triangle]) -> Vec<u8> {
    let mut text = String::from("solid part\n");
    for triangle in triangles {
        text += " facet normal 0 0 0\n  outer loop\n";
        for [x, y, z] in triangle {
            writeln!(text, "   vertex {x:e} {y:e} {z:e}").expect("a string takes all text");
        }
        text += "  endloop\n endfacet\n";
    }
    (text + "endsolid part\n").into_bytes()
}
