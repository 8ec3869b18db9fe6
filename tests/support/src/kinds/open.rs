//! Meshes whose edges do not match, and surfaces that enclose nothing.

use pricing_worker::contract::RejectionCode;
use pricing_worker::mesh::Triangle;

use super::part::Part;
use super::{Cells, Kind, Right, Section, file};
use crate::shapes::{Corner, Shape, cube, cuboid};

pub(super) fn kinds() -> Vec<Kind> {
    let cracks = Part::cuboid([0; 3], [20; 3]).surface(|_| faces_apart(1));
    vec![
        Kind::of(
            "t-junction",
            "an edge is divided on one side only (T-junction)",
            Part::cuboid([0; 3], [20, 10, 10]).surface(|_| divided_on_top()),
            2000.0,
            "20 × 10 × 10: the corner lies on the edge of the other triangle, so that nothing is open",
        )
        .cut(1, 3.5),
        Kind::of(
            "hairline-cracks",
            "six faces, each 2 µm too far out (drawn as 1 mm)",
            cracks,
            8000.0,
            "20³: no printer makes a gap of 2 µm",
        )
        .triangles(&cracked(), 1e-3)
        .found(&["near_vertices_welded"])
        .cut(2, 10.5),
        Kind::of(
            "near-vertices",
            "corners that differ in their last digit",
            Part::cuboid([0; 3], [10; 3]),
            1000.0,
            "10³: text of seven digits rounds each corner by itself",
        )
        .triangles(&rounded(), 1e-5)
        .found(&["near_vertices_welded"]),
        Kind::of(
            "hole",
            "the lid is missing",
            Part::cuboid([0; 3], [10; 3]).surface(without_the_top),
            1000.0,
            "10³: a slicer closes the hole, and so does the price; a person should look",
        )
        .found(&["open_mesh"])
        .reviewed()
        .cut(1, 5.5),
        nothing("moebius-strip", "a Möbius strip", &moebius(), "it has one side, so that there is no inside", (2, 0.5)),
        nothing("sheet", "a sheet, both sides in one place", &flat(), "it encloses nothing", (1, 5.5)),
    ]
}

/// A kind that has no solid.
fn nothing(name: &'static str, what: &'static str, shape: &Shape, why: &'static str, (axis, at): (usize, f32)) -> Kind {
    let section = Section { triangles: shape.triangles(), axis, at };
    Kind {
        name,
        what,
        file: file(&shape.triangles()),
        right: Right::Rejected(RejectionCode::NoVolume),
        why,
        cells: Cells::default(),
        cell_size: 1.0,
        section,
    }
}

fn is_on_top(triangle: &[Corner; 3]) -> bool {
    triangle.iter().all(|corner| corner[2] == 10)
}

fn without_the_top(shape: Shape) -> Shape {
    Shape(shape.0.into_iter().filter(|triangle| !is_on_top(triangle)).collect())
}

/// A box whose top is divided in the middle, where its sides are not.
fn divided_on_top() -> Shape {
    let halves = cuboid([0; 3], [10; 3]).and(cuboid([10, 0, 0], [10; 3]));
    let tops = halves.0.into_iter().filter(is_on_top);
    without_the_top(cuboid([0; 3], [20, 10, 10])).and(Shape(tops.collect()))
}

/// A cube of 20 whose faces are moved outward.
fn faces_apart(by: i64) -> Shape {
    Shape(cube(20).0.into_iter().map(|triangle| moved_outward(triangle, by)).collect())
}

/// A triangle of a cube of 20, moved away from its middle.
fn moved_outward(triangle: [Corner; 3], by: i64) -> [Corner; 3] {
    let axis = (0..3).find(|&axis| triangle.iter().all(|corner| corner[axis] == triangle[0][axis]));
    let axis = axis.expect("the triangle lies in a face");
    let step = if triangle[0][axis] == 0 { -by } else { by };
    triangle.map(|mut corner| {
        corner[axis] += step;
        corner
    })
}

/// The same with a gap of 2 µm, in millimetres.
fn cracked() -> Vec<Triangle> {
    let micrometres = cube(20).0.into_iter().map(|triangle| {
        let outward = moved_outward(triangle, 1);
        [0, 1, 2].map(|corner| {
            [0, 1, 2].map(|axis| {
                let (plain, moved) = (triangle[corner][axis], outward[corner][axis]);
                (plain * 1000 + (moved - plain) * 2) as f32 / 1000.0
            })
        })
    });
    micrometres.collect()
}

/// A cube of 10 around the origin whose corners are rounded by themselves, in every triangle.
fn rounded() -> Vec<Triangle> {
    let mut number = 0_u32;
    let mut off_by_bits = |coordinate: i64| {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from_bits(((coordinate - 5) as f32).to_bits() + (number >> 31))
    };
    cube(10).0.into_iter().map(|triangle| triangle.map(|corner| corner.map(&mut off_by_bits))).collect()
}

/// A strip of triangles whose ends are joined after half a turn.
fn moebius() -> Shape {
    const STEPS: i64 = 12;
    let corner = |step: i64, side: i64| {
        // After one round the sides have changed places.
        let (step, side) = if step >= STEPS { (step - STEPS, 1 - side) } else { (step, side) };
        let around = std::f64::consts::TAU * step as f64 / STEPS as f64;
        let (width, height) = ((around / 2.0).cos() * 10.0, (around / 2.0).sin() * 10.0);
        let offset = if side == 0 { 1.0 } else { -1.0 };
        let radius = 30.0 + offset * width;
        [radius * around.cos(), radius * around.sin(), offset * height].map(|coordinate| coordinate.round() as i64)
    };
    let cells = (0..STEPS).flat_map(|step| {
        let [a, b, c, d] = [corner(step, 0), corner(step + 1, 0), corner(step, 1), corner(step + 1, 1)];
        [[a, b, c], [b, d, c]]
    });
    Shape(cells.collect())
}

fn flat() -> Shape {
    let [a, b, c, d]: [Corner; 4] = [[0, 0, 5], [20, 0, 5], [20, 20, 5], [0, 20, 5]];
    Shape(vec![[a, b, c], [a, c, d], [a, c, b], [a, d, c]])
}
