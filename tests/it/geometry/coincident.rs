//! Tests of surfaces that coincide: triangles and bodies that lie there twice, walls, fins, and bodies that touch.

use pricing_worker::contract::FindingCode::{
    self, DuplicateTriangles, MultipleShells, NonManifoldEdges, OpenMesh, WindingRepaired,
};
use proptest::prelude::*;

use super::shapes::{Corner, Shape, cube, cuboid, sphere, tetrahedron};
use super::{assert_close, codes, measure};

/// A shape, its volume, its bodies, and whether triangles lie there twice, and whether some were wound the wrong way.
struct Row {
    name: &'static str,
    shape: Shape,
    volume: f64,
    bodies: u64,
    has_duplicates: bool,
    is_turned: bool,
}

fn row(name: &'static str, shape: Shape, volume: f64, bodies: u64) -> Row {
    Row { name, shape, volume, bodies, has_duplicates: false, is_turned: false }
}

impl Row {
    fn with_duplicates(self) -> Self {
        Self { has_duplicates: true, ..self }
    }

    fn turned(self) -> Self {
        Self { is_turned: true, ..self }
    }
}

/// Triangles of a shape, each wound the other way round if asked for.
fn part(shape: &Shape, triangles: std::ops::Range<usize>, inside_out: bool) -> Shape {
    let part = Shape(shape.0[triangles].to_vec());
    if inside_out { part.inside_out() } else { part }
}

/// A box whose faces have the other diagonals.
fn other_diagonals(min: Corner, size: Corner) -> Shape {
    cuboid(min, size).map(|[x, y, z]| [x, 2 * min[1] + size[1] - y, z]).inside_out()
}

/// Boxes side by side with one wall between each two: the outer faces of all of them, and the walls once.
fn cells(columns: i64, rows: i64, height: i64) -> Shape {
    let boxes = (0..columns).flat_map(|x| (0..rows).map(move |y| cuboid([10 * x, 10 * y, 0], [10, 10, height])));
    let mut all: Vec<[Corner; 3]> = boxes.flat_map(|cell| cell.0).collect();
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|triangle| {
        let mut corners = *triangle;
        corners.sort_unstable();
        seen.insert(corners)
    });
    Shape(all)
}

/// A pyramid on the base of a cube of 10.
fn pyramid_on_base(height: i64) -> Shape {
    let base = part(&cube(10), 0..2, false);
    let [a, b, c, d] = [[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]];
    let top = [5, 5, height];
    base.and(Shape(vec![[a, b, top], [b, c, top], [c, d, top], [d, a, top]]))
}

fn rows() -> Vec<Row> {
    let one = cube(10);
    let beside = || cube(10).moved([10, 0, 0]);
    let beside_other = || other_diagonals([10, 0, 0], [10; 3]);
    let mut turned_copy = cube(10);
    turned_copy.0[5].swap(0, 1);
    let mut turned_beside = beside();
    turned_beside.0[3].swap(0, 1);
    let rotated = Shape(part(&one, 4..5, false).0.into_iter().map(|[a, b, c]| [c, a, b]).collect());
    let ball = sphere(500.0, 12, 16);
    let fin = Shape(vec![[[0, 0, 0], [0, 0, 10], [-5, -5, 5]]]);
    let sheet = fin.clone().and(fin.inside_out());
    let flange = Shape(vec![
        [[0, 0, 10], [10, 0, 10], [10, -5, 10]],
        [[0, 0, 10], [10, -5, 10], [0, -5, 10]],
        [[0, 10, 10], [10, 15, 10], [10, 10, 10]],
        [[0, 10, 10], [0, 15, 10], [10, 15, 10]],
    ]);
    let four = [[0, 0, 0], [10, 0, 0], [0, 10, 0], [10, 10, 0]].map(|place| cube(10).moved(place));
    let four = four.into_iter().reduce(Shape::and).expect("four");
    vec![
        row("a triangle twice", one.clone().and(part(&one, 4..5, false)), 1e3, 1).with_duplicates(),
        row("a triangle twice, from another corner", one.clone().and(rotated), 1e3, 1).with_duplicates(),
        row("a triangle three times", one.clone().and(part(&one, 4..5, false)).and(part(&one, 4..5, false)), 1e3, 1)
            .with_duplicates(),
        row("a triangle the other way too", one.clone().and(part(&one, 4..5, true)), 1e3, 1).with_duplicates(),
        row("a face twice", one.clone().and(part(&one, 6..8, false)), 1e3, 1).with_duplicates(),
        row("a face the other way too", one.clone().and(part(&one, 6..8, true)), 1e3, 1).with_duplicates(),
        row("half of it twice", one.clone().and(part(&one, 0..6, false)), 1e3, 1).with_duplicates(),
        row("a cube twice", one.clone().and(one.clone()), 1e3, 1).with_duplicates(),
        row("a cube three times", one.clone().and(one.clone()).and(one.clone()), 1e3, 1).with_duplicates(),
        row("a cube four times", one.clone().and(one.clone()).and(one.clone()).and(one.clone()), 1e3, 1)
            .with_duplicates(),
        row("a cube inside out too", one.clone().and(one.inside_out()), 1e3, 1).with_duplicates(),
        row("a cube twice but for a triangle", one.clone().and(one.without(1)), 1e3, 1).with_duplicates(),
        row("a cube twice, a triangle turned", one.clone().and(turned_copy), 1e3, 1).with_duplicates(),
        row("a sphere twice", ball.clone().and(ball.clone()), ball.volume(), 1).with_duplicates(),
        row("a sphere inside out too", ball.clone().and(ball.inside_out()), ball.volume(), 1).with_duplicates(),
        row("two boxes that touch", one.clone().and(beside()), 2e3, 2),
        row("two that touch, other diagonals", one.clone().and(beside_other()), 2e3, 2),
        row("two that touch, twice", one.clone().and(beside()).and(one.clone()).and(beside()), 2e3, 2)
            .with_duplicates(),
        row("two that touch, one inside out", one.clone().and(beside().inside_out()), 2e3, 2).turned(),
        row("two that touch, other diagonals, one inside out", one.clone().and(beside_other().inside_out()), 2e3, 2)
            .turned(),
        row("two that touch, a triangle turned", one.clone().and(turned_beside), 2e3, 2).turned(),
        row("two on one edge", one.clone().and(cube(10).moved([10, 10, 0])), 2e3, 2),
        row("two on one edge, one inside out", one.clone().and(cube(10).moved([10, 10, 0]).inside_out()), 2e3, 2)
            .turned(),
        row(
            "two at one corner",
            tetrahedron(60).and(tetrahedron(60).map(|corner| corner.map(|c| -c)).inside_out()),
            72e3,
            2,
        ),
        row("four that touch", four, 4e3, 4),
        row("a wall inside", cells(2, 1, 10), 2e3, 1),
        row("walls that cross", cells(2, 2, 10), 4e3, 1),
        row("walls that cross in a plate", cells(3, 3, 2), 1800.0, 1),
        row("walls that cross in a column", cells(3, 3, 100), 9e4, 1),
        row("a fin", one.clone().and(fin), 1e3, 1),
        row("fins on a face", one.clone().and(flange), 1e3, 1),
        row("a sheet of no thickness", one.clone().and(sheet), 1e3, 1).with_duplicates(),
        row("two that touch, both inside out", one.clone().and(beside()).inside_out(), 2e3, 2),
    ]
}

#[test]
fn the_solid_is_there_once_whatever_lies_there_twice() {
    let mut failed = Vec::new();
    for Row { name, shape, volume, bodies, has_duplicates, is_turned } in rows() {
        for (way, shape) in [
            ("as it is", shape.clone()),
            ("shuffled", shape.shuffled()),
            ("turned", shape.turned()),
            ("moved", shape.moved([1_000_000, -300, 7])),
            ("mirrored", shape.mirrored()),
            ("turned by an eighth", shape.diagonal()),
        ] {
            let expected = if way == "turned by an eighth" { 2.0 * volume } else { volume };
            let measured = match measure(&shape.binary()) {
                Ok(measured) => measured,
                Err(reason) => {
                    failed.push(format!("{name}, {way}: {reason}"));
                    continue;
                }
            };
            let (geometry, codes) = (&measured.geometry, codes(&measured));
            let has = |code: FindingCode| codes.contains(&code);
            let is_right = (geometry.volume_mm3 - expected).abs() <= 1e-9 * expected
                && geometry.shell_count == Some(bodies)
                && geometry.watertight
                && geometry.boundary_edge_count == Some(0)
                && has(DuplicateTriangles) == has_duplicates
                && (has(WindingRepaired) == is_turned || name == "a cube twice, a triangle turned")
                && !has(OpenMesh)
                && has(MultipleShells) == (bodies > 1)
                && (has(NonManifoldEdges) || name == "two at one corner");
            if !is_right {
                let counts = (geometry.volume_mm3, geometry.shell_count, geometry.boundary_edge_count);
                failed.push(format!("{name}, {way}: {counts:?} for {expected} and {bodies}, {codes:?}"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn two_bodies_on_one_base_are_two() {
    // The base of both is one face, the same way: each needs its own.
    for height in [5, 20] {
        let shape = cube(10).and(pyramid_on_base(height));
        for shape in [shape.clone(), shape.shuffled(), shape.turned(), shape.mirrored()] {
            let measured = measure(&shape.binary()).unwrap_or_else(|reason| panic!("height {height}: {reason}"));
            assert_eq!(measured.geometry.shell_count, Some(2), "height {height}");
            assert!(measured.geometry.watertight && !codes(&measured).contains(&OpenMesh), "height {height}");
        }
    }
}

/// A shape with a T-junction at an edge: the triangle of the edge that is not in the plane z = 0 is divided at a corner on the
/// edge. A triangle without an area, a line, may join both parts to the edge.
fn with_corner_on_edge(shape: &Shape, edge: [Corner; 2], middle: Corner, has_line: bool) -> Shape {
    let ends_there = |triangle: &[Corner; 3]| {
        edge.iter().all(|corner| triangle.contains(corner)) && triangle.iter().any(|corner| corner[2] != 0)
    };
    let parts = shape.0.iter().flat_map(|triangle| {
        let turns = (0..3).map(|turn| [0, 1, 2].map(|corner| triangle[(turn + corner) % 3]));
        match turns.clone().find(|[from, to, _]| ends_there(triangle) && edge.contains(from) && edge.contains(to)) {
            Some([from, to, apex]) => {
                let line = has_line.then_some([from, to, middle]);
                [[from, middle, apex], [middle, to, apex]].into_iter().chain(line).collect()
            }
            None => vec![*triangle],
        }
    });
    Shape(parts.collect())
}

#[test]
fn bodies_on_one_base_are_whole_where_corners_lie_on_its_edges() {
    // Each edge of the base is used by both bases and by the walls.
    let edges = [([[0, 0, 0], [10, 0, 0]], [4, 0, 0], [7, 0, 0]), ([[10, 0, 0], [10, 10, 0]], [10, 2, 0], [10, 3, 0])];
    let (cube, pyramid) = (cube(10), pyramid_on_base(20));
    // Half of the pyramid's height stands out of the cube.
    let expected = 1000.0 + 100.0 * 20.0 / 3.0 / 8.0;
    for has_line in [false, true] {
        let on_edges = |shape: &Shape, corner: fn(&[Corner; 2]) -> Corner| {
            edges.iter().fold(shape.clone(), |shape, &(edge, one, other)| {
                with_corner_on_edge(&shape, edge, corner(&[one, other]), has_line)
            })
        };
        let [first, second]: [fn(&[Corner; 2]) -> Corner; 2] = [|corners| corners[0], |corners| corners[1]];
        for (name, shape) in [
            ("the cube's", on_edges(&cube, first).and(pyramid.clone())),
            ("the pyramid's", cube.clone().and(on_edges(&pyramid, first))),
            ("corners of both", on_edges(&cube, first).and(on_edges(&pyramid, second))),
        ] {
            for shape in [shape.clone(), shape.shuffled(), shape.turned(), shape.mirrored()] {
                let name = format!("{name}, lines: {has_line}");
                let measured = measure(&shape.binary()).unwrap_or_else(|reason| panic!("{name}: {reason}"));
                assert_close(measured.geometry.volume_mm3, expected, 1e-9, &name);
                assert!(!codes(&measured).contains(&OpenMesh), "{name}");
            }
        }
    }
}

#[test]
fn a_sheet_alone_is_nothing() {
    let [a, b, c, d] = [[0, 0, 0], [100, 0, 0], [0, 100, 0], [100, 100, 0]];
    let sheet = Shape(vec![[a, b, c], [b, d, c]]);
    for shape in [
        sheet.clone().and(sheet.inside_out()),
        sheet.clone().and(sheet.clone()),
        sheet.clone(),
        tetrahedron(9).without(3),
    ] {
        let reason = measure(&shape.binary()).expect_err("no solid");
        assert_eq!(reason.code, pricing_worker::contract::RejectionCode::NoVolume, "{reason}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Some triangles of a body lie there again, once or more often, either way round: the body is the same.
    #[test]
    fn a_body_with_any_triangles_again_is_the_body(
        again in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), 1..3_usize), 1..20),
        is_ball in any::<bool>(),
    ) {
        let body = if is_ball { sphere(500.0, 8, 10) } else { cube(100) };
        let mut shape = body.clone();
        for (place, inside_out, count) in again {
            let place = place.index(body.0.len());
            // Two more of one triangle, one either way, would be a body of their own that lies on this one.
            for _ in 0..count {
                shape = shape.and(part(&body, place..place + 1, inside_out && count == 1));
            }
        }
        for shape in [shape.clone(), shape.shuffled(), shape.turned().shuffled()] {
            let measured = measure(&shape.binary()).unwrap();
            prop_assert!((measured.geometry.volume_mm3 - body.volume()).abs() <= 1e-9 * body.volume());
            prop_assert!(measured.geometry.watertight && codes(&measured).contains(&DuplicateTriangles));
            prop_assert_eq!(measured.geometry.shell_count, Some(1));
        }
    }

    /// Boxes of one row, each as long as it likes, wound either way, with either diagonals: they touch, and each is a body.
    #[test]
    fn boxes_in_a_row_are_bodies(boxes in prop::collection::vec((1..30_i64, any::<bool>(), any::<bool>()), 2..7)) {
        let (mut shape, mut end) = (Shape(Vec::new()), 0);
        for &(length, inside_out, other) in &boxes {
            let (min, size) = ([end, 0, 0], [length, 10, 10]);
            let body = if other { other_diagonals(min, size) } else { cuboid(min, size) };
            shape = shape.and(if inside_out { body.inside_out() } else { body });
            end += length;
        }
        for shape in [shape.clone(), shape.shuffled(), shape.turned().shuffled()] {
            let measured = measure(&shape.binary()).unwrap();
            assert_close(measured.geometry.volume_mm3, 100.0 * end as f64, 1e-12, "volume");
            prop_assert_eq!(measured.geometry.shell_count, Some(boxes.len() as u64));
            prop_assert!(measured.geometry.watertight);
        }
    }
}
