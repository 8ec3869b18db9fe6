//! Meshes from bytes, for fuzzing: a few bodies, each with what people's programs do to them.
//!
//! Any bytes are a mesh, and a change of one byte changes one body. Bodies are on a lattice, where their surfaces meet in every
//! way; the whole mesh may be scaled and turned off it.

use pricing_worker::mesh::Triangle;

use super::solid::turned_by_angles;
use crate::kinds::Strip;
use crate::shapes::{Corner, Shape, cuboid, sphere, torus};

/// The lattice is finer than the bodies' coordinates, so that their triangles can be divided.
const FINENESS: i64 = 4;
/// The edge of a lattice cell in millimetres. Those that are no powers of two round the corners.
const SCALES: [f32; 8] = [0.25, 0.25, 0.25, 0.1, 1.0 / 3.0, 25.4, 1.0 / 1024.0, 300.0];

/// The mesh of any bytes, of at most so many triangles.
#[must_use]
pub fn mesh(bytes: &[u8], most_triangles: usize) -> Vec<Triangle> {
    let mut bytes = Bytes { rest: bytes, most_triangles };
    let scale = SCALES[bytes.count(8)];
    let turned = bytes.below(4) == 3;
    let mut shape = Shape(Vec::new());
    while !bytes.rest.is_empty() {
        let body = body(&mut bytes);
        if shape.0.len() + body.0.len() > most_triangles {
            break;
        }
        shape = shape.and(body);
    }
    let corner = |corner: [f32; 3]| corner.map(|coordinate| coordinate * scale);
    let mesh: Vec<Triangle> = shape.triangles().into_iter().map(|triangle| triangle.map(corner)).collect();
    if turned { turned_by_angles(&mesh) } else { mesh }
}

/// The bytes that are left, and the most triangles that they may make. After the last byte come zeros.
struct Bytes<'b> {
    rest: &'b [u8],
    most_triangles: usize,
}

impl Bytes<'_> {
    fn below(&mut self, limit: u8) -> u8 {
        let (byte, rest) = self.rest.split_first().map_or((0, self.rest), |(byte, rest)| (*byte, rest));
        self.rest = rest;
        byte % limit
    }

    fn count(&mut self, limit: u8) -> usize {
        self.below(limit).into()
    }

    fn length(&mut self, limit: u8) -> i64 {
        self.below(limit).into()
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    fn corner(&mut self) -> Corner {
        [(); 3].map(|()| self.length(17) - 8)
    }
}

/// One body with its changes.
fn body(bytes: &mut Bytes<'_>) -> Shape {
    let shape = match bytes.below(7) {
        0 => cuboid(bytes.corner(), [(); 3].map(|()| 1 + bytes.length(12))),
        1 => tetrahedron([(); 4].map(|()| bytes.corner())),
        2 => sphere(2.0 + f64::from(bytes.below(12)), 3 + bytes.count(6), 3 + bytes.count(8)),
        3 => torus(6.0, 1.0 + f64::from(bytes.below(6)), 3 + bytes.count(6), 3 + bytes.count(8)),
        4 => strip(bytes),
        5 => Shape((0..=bytes.below(11)).map(|_| [(); 3].map(|()| bytes.corner())).collect()),
        // A body that is there already: one of a few places and sizes.
        _ => cuboid([0, 0, 4 * bytes.length(2)], [4; 3]),
    };
    let fine = shape.map(|corner| corner.map(|coordinate| coordinate * FINENESS));
    (0..bytes.below(4)).fold(fine, |shape, _| changed(shape, bytes))
}

fn tetrahedron([a, b, c, d]: [Corner; 4]) -> Shape {
    Shape(vec![[a, b, c], [b, a, d], [c, b, d], [a, c, d]])
}

/// A bar along a path that may cross itself.
fn strip(bytes: &mut Bytes<'_>) -> Shape {
    let mut at = [0; 2];
    let path: Vec<[i64; 2]> = (0..4 + bytes.count(5))
        .map(|step| {
            let here = at;
            // The bends of a bar need room.
            at[step % 2] += (3 + bytes.length(8)) * if bytes.flag() { 1 } else { -1 };
            here
        })
        .collect();
    Strip { path: &path, closed: false, half_width: 1, z: [0, 1 + bytes.length(4)] }.shape()
}

/// One change.
fn changed(mut shape: Shape, bytes: &mut Bytes<'_>) -> Shape {
    match bytes.below(11) {
        0 => shape.moved(bytes.corner()),
        1 => shape.moved(bytes.corner().map(|coordinate| coordinate * FINENESS)),
        2 => shape.turned(),
        3 => shape.inside_out(),
        // Mirrored with its winding, as some programs do.
        4 => shape.map(|[x, y, z]| [-x, y, z]),
        5 => repeated(&shape, bytes),
        6 if shape.0.len() * 4 <= bytes.most_triangles => divided(&shape),
        6 => shape,
        triangle_change => {
            if shape.0.is_empty() {
                return shape;
            }
            let triangle = bytes.count(u8::MAX) % shape.0.len();
            let [a, b, c] = shape.0[triangle];
            match triangle_change {
                7 => drop(shape.0.swap_remove(triangle)),
                8 => shape.0[triangle] = [b, a, c],
                9 => shape.0.push([b, c, a]),
                _ => shape.0[triangle][0][bytes.count(3)] += bytes.length(3) - 1,
            }
            shape
        }
    }
}

/// The shape several times, each a step further; where the step is nothing, in one place.
fn repeated(shape: &Shape, bytes: &mut Bytes<'_>) -> Shape {
    let count = 2 + bytes.count(63);
    let step = bytes.corner();
    let fits = (bytes.most_triangles / shape.0.len().max(1)).max(1);
    let copy = |number: i64| shape.moved(step.map(|coordinate| coordinate * number)).0;
    Shape((0..).map(copy).take(count.min(fits)).flatten().collect())
}

/// Each triangle as four, where its edges' middles are on the lattice; a neighbour that is not divided makes T-junctions.
fn divided(shape: &Shape) -> Shape {
    let parts = shape.0.iter().flat_map(|&[a, b, c]| {
        let middle = |p: Corner, q: Corner| [0, 1, 2].map(|axis| (p[axis] + q[axis]).div_euclid(2));
        let is_even = |p: Corner, q: Corner| (0..3).all(|axis| (p[axis] + q[axis]) % 2 == 0);
        if is_even(a, b) && is_even(b, c) && is_even(c, a) {
            let [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
            vec![[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
        } else {
            vec![[a, b, c]]
        }
    });
    Shape(parts.collect())
}
