//! Surfaces that coincide: bodies and triangles that are there twice, walls, sheets, and bodies that touch.

use super::Kind;
use super::part::Part;
use crate::shapes::{Corner, Shape, cube, cuboid};

pub(super) fn kinds() -> Vec<Kind> {
    [bodies(), triangles(), touching()].concat()
}

fn bodies() -> Vec<Kind> {
    // The mirror image of a cube has the other diagonals.
    let other_diagonals = cube(10).mirrored().moved([10, 0, 0]);
    vec![
        Kind::of(
            "body-twice",
            "a body is there twice",
            Part::cuboid([0; 3], [10; 3]).surface(|shape| shape.clone().and(shape)),
            1000.0,
            "10³: two equal bodies in one place are one",
        )
        .found(&["duplicate_triangles"]),
        Kind::of(
            "body-twice-with-other-triangles",
            "a body is there twice, the second time with the other diagonals",
            Part::cuboid([0; 3], [10; 3]).surface(|shape| shape.and(other_diagonals)),
            1000.0,
            "10³: as above, though no two triangles are equal",
        ),
    ]
}

fn triangles() -> Vec<Kind> {
    let part = || Part::cuboid([0; 3], [10; 3]);
    let first = |shape: &Shape| {
        let [a, b, c] = shape.0[0];
        Shape(vec![[b, c, a]])
    };
    let [a, b, c, d]: [Corner; 4] = [[10, 0, 10], [10, 10, 10], [16, 10, 10], [16, 0, 10]];
    let sheet = Shape(vec![[a, b, c], [a, c, d], [a, c, b], [a, d, c]]);
    let no_area = Shape(vec![[[0; 3]; 3], [[0; 3], [0; 3], [10, 0, 0]]]);
    vec![
        Kind::of(
            "triangle-twice",
            "a triangle is there twice",
            part().surface(|shape| shape.clone().and(first(&shape))),
            1000.0,
            "10³: one of the two is enough, and nothing is open",
        )
        .found(&["duplicate_triangles"])
        .cut(1, 3.5),
        Kind::of(
            "triangle-twice-the-other-way",
            "a triangle is there twice, the second time wound the other way",
            part().surface(|shape| shape.clone().and(first(&shape).inside_out())),
            1000.0,
            "10³: the second one bounds nothing",
        )
        .cut(1, 3.5),
        Kind::of(
            "sheet-on-an-edge",
            "a sheet without thickness, on the edge of a body",
            part().surface(|shape| shape.and(sheet)),
            1000.0,
            "10³: both sides of the sheet are in one place, and enclose nothing",
        )
        .cut(1, 5.5),
        Kind::of(
            "triangles-without-area",
            "triangles that are a point and a line",
            part().surface(|shape| shape.and(no_area)),
            1000.0,
            "10³: they bound nothing",
        ),
    ]
}

fn touching() -> Vec<Kind> {
    let (left, right) = (cuboid([0; 3], [10; 3]), cuboid([10, 0, 0], [10; 3]));
    let is_wall = |triangle: &[Corner; 3]| triangle.iter().all(|corner| corner[0] == 10);
    let mut wall_once = left.clone();
    wall_once.0.extend(right.0.iter().filter(|triangle| !is_wall(triangle)));
    let both = || Part::cuboid([0; 3], [10; 3]).and(Part::cuboid([10, 0, 0], [10; 3]));
    vec![
        Kind::of(
            "wall-inside-a-body",
            "a wall inside a body, one triangle thick",
            both().surface(|_| wall_once),
            2000.0,
            "20 × 10 × 10: both sides of the wall are solid",
        )
        .cut(1, 5.5),
        Kind::of(
            "boxes-that-touch",
            "two boxes touch in a wall that both have",
            both(),
            2000.0,
            "2 × 10³: two bodies, printed as one; the wall is no surface of it",
        )
        .cut(1, 5.5),
        Kind::of(
            "boxes-on-an-edge",
            "two boxes touch in an edge",
            Part::cuboid([0; 3], [10; 3]).and(Part::cuboid([10, 0, 10], [10; 3])),
            2000.0,
            "2 × 10³: four triangles use the edge, two of each box",
        )
        .cut(1, 5.5),
    ]
}
