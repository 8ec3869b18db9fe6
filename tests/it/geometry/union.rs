//! Tests of bodies that meet: the solid is what they wind around at least once. Truth is a formula, a count of lattice cells, or a
//! winding number at sampled points.

use std::f64::consts::{PI, TAU};

use pricing_worker::appraise::MeasuredModel;
use pricing_worker::contract::{FindingCode, Severity};
use proptest::collection::vec;
use proptest::prelude::*;

use super::shapes::{Corner, Shape, cube, cuboid, sphere, torus};
use super::{assert_close, measure, variants};

/// A model, the volume and the area of its solid, and what its bodies share if an answer says so.
struct Row {
    name: &'static str,
    shape: Shape,
    volume: f64,
    area: f64,
    shared: Option<f64>,
}

fn row(name: &'static str, shape: Shape, volume: f64, area: f64) -> Row {
    Row { name, shape, volume, area, shared: None }
}

fn sharing(shared: f64, row: Row) -> Row {
    Row { shared: Some(shared), ..row }
}

/// Rows of bodies that are all solid.
fn solids() -> Vec<Row> {
    let bars = || cuboid([-50, -5, -5], [100, 10, 10]).and(cuboid([-5, -50, -4], [10, 100, 12]));
    vec![
        sharing(
            10.0 * 10.0 * 9.0,
            row(
                "two bars that cross",
                bars(),
                100.0 * 100.0 + 100.0 * 120.0 - 900.0,
                // Each bar, without what lies inside the other one.
                (4200.0 - 100.0 - 2.0 * 90.0) + (4640.0 - 100.0 - 2.0 * 90.0),
            ),
        ),
        row("two boxes with a wall in common", cube(100).and(divided(&cube(100)).moved([100, 0, 0])), 2e6, 1e5),
        row(
            "two boxes that share a part of a wall",
            cube(100).and(cuboid([100, 20, 20], [50; 3])),
            1e6 + 125e3,
            6e4 + 6.0 * 2500.0 - 2.0 * 2500.0,
        ),
        row("two boxes that touch in an edge", cube(100).and(divided(&cube(100)).moved([100, 100, 0])), 2e6, 12e4),
        row("two boxes that touch in a corner", cube(100).and(cube(100).moved([100; 3])), 2e6, 12e4),
        sharing(
            1e6,
            row("a box twice, wound alike but triangulated otherwise", cube(100).and(divided(&cube(100))), 1e6, 6e4),
        ),
        sharing(1e6, row("a box twice, once inside out", cube(100).and(divided(&cube(100)).inside_out()), 1e6, 6e4)),
        row("a box in a box", cube(100).and(cuboid([40; 3], [20; 3])), 1e6, 6e4),
        sharing(
            8e3,
            row("a box in a box that it touches from inside", cube(100).and(cuboid([0, 40, 40], [20; 3])), 1e6, 6e4),
        ),
    ]
}

/// Rows of bodies of which some face inward.
fn cavities() -> Vec<Row> {
    let hollow = || cube(100).and(cuboid([20; 3], [60; 3]).inside_out());
    vec![
        row(
            "a notch: a cavity with a wall in common with its body",
            cube(100).and(cuboid([0, 40, 40], [20; 3]).inside_out()),
            1e6 - 8e3,
            6e4 + 4.0 * 400.0,
        ),
        row(
            "a notch in a body that is inside out as a whole",
            cube(100).and(cuboid([0, 40, 40], [20; 3]).inside_out()).inside_out(),
            1e6 - 8e3,
            6e4 + 4.0 * 400.0,
        ),
        sharing(
            2.0 * 10.0 * 400.0,
            row(
                "a pillar let into the walls of a cavity",
                hollow().and(cuboid([40, 40, 10], [20, 20, 80])),
                1e6 - 216e3 + 60.0 * 400.0,
                6e4 + 6.0 * 3600.0 - 2.0 * 400.0 + 4.0 * 20.0 * 60.0,
            ),
        ),
        row(
            "a pillar that just reaches the walls of a cavity",
            hollow().and(cuboid([40, 40, 20], [20, 20, 60])),
            1e6 - 216e3 + 60.0 * 400.0,
            6e4 + 6.0 * 3600.0 - 2.0 * 400.0 + 4.0 * 20.0 * 60.0,
        ),
        sharing(
            1e3,
            row(
                "cavities that overlap",
                cube(100).and(cuboid([20; 3], [30; 3]).inside_out()).and(cuboid([40; 3], [30; 3]).inside_out()),
                1e6 - 2.0 * 27e3 + 1e3,
                6e4 + 2.0 * 5400.0 - 6.0 * 100.0,
            ),
        ),
        row(
            "boxes in a box that overlap each other",
            cube(100).and(cuboid([20; 3], [30; 3])).and(cuboid([40; 3], [30; 3])),
            1e6,
            6e4,
        ),
        sharing(
            125e3,
            row(
                "a cavity in one of two boxes that overlap",
                cube(100).and(cube(100).moved([50; 3])).and(cuboid([10; 3], [20; 3]).inside_out()),
                2e6 - 125e3 - 8e3,
                12e4 - 6.0 * 2500.0 + 6.0 * 400.0,
            ),
        ),
        sharing(
            125e3,
            row(
                "two boxes that overlap, both inside out",
                cube(100).and(cube(100).moved([50; 3])).inside_out(),
                2e6 - 125e3,
                12e4 - 6.0 * 2500.0,
            ),
        ),
        sharing(
            125e3,
            row(
                "two boxes that overlap, one inside out",
                cube(100).and(cube(100).moved([50; 3]).inside_out()),
                2e6 - 125e3,
                12e4 - 6.0 * 2500.0,
            ),
        ),
    ]
}

/// The same surface, each triangle divided into four at the middles of its edges.
fn divided(shape: &Shape) -> Shape {
    let middle = |a: Corner, b: Corner| [0, 1, 2].map(|axis| i64::midpoint(a[axis], b[axis]));
    let four = |[a, b, c]: &[Corner; 3]| {
        let [d, e, f] = [middle(*a, *b), middle(*b, *c), middle(*c, *a)];
        [[*a, d, f], [d, *b, e], [f, e, *c], [d, e, f]]
    };
    Shape(shape.0.iter().flat_map(four).collect())
}

fn overlap(measured: &MeasuredModel) -> Option<(Severity, &str)> {
    let finding = measured.findings.iter().find(|finding| finding.code == FindingCode::OverlappingShells);
    finding.map(|finding| (finding.severity, finding.message.as_str()))
}

fn needs_review(measured: &MeasuredModel) -> bool {
    measured.findings.iter().any(|finding| finding.severity == Severity::Review)
}

#[test]
fn what_bodies_share_is_there_once() {
    for Row { name, shape, volume, area, shared } in solids().into_iter().chain(cavities()) {
        for (variant, shape) in variants(&shape) {
            let what = format!("{name}, {variant}");
            let measured = measure(&shape.binary()).unwrap_or_else(|reason| panic!("{what}: {reason}"));
            assert_close(measured.geometry.volume_mm3, volume, 1e-9, &what);
            assert_close(measured.geometry.surface_area_mm2, area, 1e-9, &what);
            let found = overlap(&measured);
            if variant == "moved far off" && found.is_none() {
                // There, corners of `f32` are so far apart that a small part may be rounding.
                continue;
            }
            assert_eq!(found.map(|(severity, _)| severity), shared.map(|_| Severity::Info), "{what}: {found:?}");
            if let (Some(shared), Some((_, message))) = (shared, found) {
                assert!(message.contains(&format!("the {shared:.0} mm3 that they share")), "{what}: {message}");
            }
        }
    }
}

#[test]
fn the_centroid_is_that_of_the_union() {
    let shape = cuboid([0; 3], [20, 10, 10]).and(cuboid([10, 0, 0], [20, 10, 10]));
    let centroid = measure(&shape.moved([1_000_000, 7, -3]).binary()).expect("two boxes").geometry.centroid_mm;
    for (found, expected) in centroid.into_iter().zip([1_000_015.0, 12.0, 2.0]) {
        assert!((found - expected).abs() < 1e-8, "{centroid:?}");
    }
}

#[test]
fn bodies_whose_bounds_overlap_and_that_do_not_meet_raise_nothing() {
    // Links of a chain, each turned against the next and through its hole.
    let link = torus(400.0, 60.0, 24, 48);
    let along = |number: i64, link: Shape| link.moved([600 * number, 0, 0]);
    let upright = link.map(|[x, y, z]| [x, z, -y]);
    let chain = along(0, link.clone()).and(along(1, upright)).and(along(2, link.clone()));
    let measured = measure(&chain.binary()).expect("a chain");
    assert_close(measured.geometry.volume_mm3, 3.0 * link.volume(), 1e-9, "volume");
    assert_eq!(overlap(&measured), None);
    assert!(!needs_review(&measured));
}

#[test]
fn bodies_that_cross_in_too_many_places_are_added_up_for_review() {
    let lanes = |along: fn(i64) -> Shape| (0..40).map(along).reduce(Shape::and).expect("bars");
    let shape = lanes(|lane| cuboid([-10, 30 * lane, 0], [1300, 10, 10]))
        .and(lanes(|lane| cuboid([30 * lane, -10, 4], [10, 1300, 10])));
    let measured = measure(&shape.binary()).expect("a grid of bars");
    assert_close(measured.geometry.volume_mm3, shape.volume(), 1e-12, "each bar for itself");
    // At each of the 1,600 places two bars share 10 × 10 × 6.
    let (severity, message) = overlap(&measured).expect("bars overlap");
    assert_eq!(severity, Severity::Review, "{message}");
    assert!(
        message.starts_with("1600 pairs of shells overlap; ") && message.contains("off by up to 960000 mm3"),
        "{message}"
    );
}

#[test]
fn round_bodies_that_overlap_tend_to_their_formula() {
    // Two balls whose centres are a radius apart share a lens of 5/12 π r³.
    let radius = 10_000.0;
    let ball = sphere(radius, 120, 160);
    let measured = measure(&ball.clone().and(ball.moved([10_000, 0, 0])).binary()).expect("two balls");
    let (volume, area) = (radius.powi(3) * PI * (8.0 / 3.0 - 5.0 / 12.0), 6.0 * PI * radius.powi(2));
    assert_close(measured.geometry.volume_mm3, volume, 1e-3, "volume");
    assert_close(measured.geometry.surface_area_mm2, area, 1e-3, "area");
}

#[test]
fn the_union_has_the_same_bits_on_any_number_of_threads() {
    let ball = |at: i64| sphere(4000.0, 24, 32).moved([at, at / 2, -at]);
    let shape = (0..12).map(|number| ball(900 * number)).reduce(Shape::and).expect("balls");
    let bytes = shape.binary();
    let expected = measure(&bytes);
    assert!(
        expected
            .as_ref()
            .is_ok_and(|measured| overlap(measured).is_some_and(|(severity, _)| severity == Severity::Info))
    );
    for threads in [1, 2, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        assert_eq!(pool.install(|| measure(&bytes)), expected, "{threads} threads");
    }
}

/// A box on a small lattice.
type LatticeBox = ([i64; 3], [i64; 3]);

fn boxes() -> impl Strategy<Value = Vec<LatticeBox>> {
    let low = || prop::array::uniform3(0..8_i64);
    let size = || prop::array::uniform3(1..5_i64);
    vec((low(), size()), 1..7)
}

/// The number of lattice cells in at least one box.
fn cell_count(boxes: &[LatticeBox]) -> usize {
    let cells = (0..12).flat_map(|x| (0..12).flat_map(move |y| (0..12).map(move |z| [x, y, z])));
    let inside = |cell: &[i64; 3], (low, size): &LatticeBox| {
        (0..3).all(|axis| (low[axis]..low[axis] + size[axis]).contains(&cell[axis]))
    };
    cells.filter(|cell| boxes.iter().any(|one| inside(cell, one))).count()
}

/// The number of sides of cells in at least one box that face a cell in none.
fn side_count(boxes: &[LatticeBox]) -> usize {
    let inside = |cell: [i64; 3]| {
        boxes.iter().any(|(low, size)| (0..3).all(|axis| (low[axis]..low[axis] + size[axis]).contains(&cell[axis])))
    };
    let cells = (-1..13).flat_map(|x| (-1..13).flat_map(move |y| (-1..13).map(move |z| [x, y, z])));
    let count = |cell: [i64; 3]| {
        let next = |axis: usize| [0, 1, 2].map(|other| cell[other] + i64::from(other == axis));
        (0..3).filter(|&axis| inside(cell) != inside(next(axis))).count()
    };
    cells.map(count).sum()
}

/// A ball, a ring or a block.
fn body() -> impl Strategy<Value = Shape> {
    let place = prop::array::uniform3(-900..900_i64);
    let ball =
        (200.0..900.0, 4..9_usize, 5..11_usize).prop_map(|(radius, rings, segments)| sphere(radius, rings, segments));
    let ring = (400.0..700.0, 100.0..300.0, 5..8_usize, 6..12_usize)
        .prop_map(|(ring, tube, rings, segments)| torus(ring, tube, rings, segments));
    let block = prop::array::uniform3(100..1200_i64).prop_map(|size| cuboid([0; 3], size));
    (prop_oneof![ball, ring, block], place).prop_map(|(shape, place)| shape.moved(place))
}

/// The shape turned by any angles, its corners rounded to the lattice.
fn rotated(shape: &Shape, [a, b]: [f64; 2]) -> Shape {
    shape.map(|corner| {
        let [x, y, z] = corner.map(|coordinate| coordinate as f64);
        let (x, y) = (x * a.cos() - y * a.sin(), x * a.sin() + y * a.cos());
        let (y, z) = (y * b.cos() - z * b.sin(), y * b.sin() + z * b.cos());
        [x, y, z].map(|coordinate| coordinate.round() as i64)
    })
}

/// The number of points at which a winding number is compared with a volume.
const POINTS: u32 = 4000;

/// The solid angle of a surface about a point over that of a sphere: the winding number (Van Oosterom and Strackee, 1983).
fn winding_number(shape: &Shape, point: [f64; 3]) -> f64 {
    let angle = |triangle: &[Corner; 3]| {
        let [a, b, c] = triangle.map(|corner| [0, 1, 2].map(|axis| corner[axis] as f64 - point[axis]));
        let dot = |u: [f64; 3], v: [f64; 3]| u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
        let [la, lb, lc] = [a, b, c].map(|u| dot(u, u).sqrt());
        let cross = [b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]];
        2.0 * dot(a, cross).atan2(la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb)
    };
    shape.0.iter().map(angle).sum::<f64>() / (2.0 * TAU)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_union_of_boxes_is_the_cells_that_they_cover(boxes in boxes(), order in any::<prop::sample::Index>()) {
        let shapes = boxes.iter().map(|&(low, size)| cuboid(low, size));
        let shape = shapes.reduce(Shape::and).expect("one box at least");
        let (volume, area) = (cell_count(&boxes) as f64, side_count(&boxes) as f64);
        let mut rotated = shape.clone();
        rotated.0.rotate_left(order.index(shape.0.len()));
        for shape in [shape.clone(), shape.shuffled(), rotated, shape.turned(), shape.moved([1 << 20, -(1 << 20), 5])] {
            let measured = measure(&shape.binary()).expect("boxes");
            let geometry = &measured.geometry;
            prop_assert!((geometry.volume_mm3 - volume).abs() <= 1e-6 * volume, "{} in place of {}", geometry.volume_mm3, volume);
            prop_assert!((geometry.surface_area_mm2 - area).abs() <= 1e-6 * area, "{} in place of {}", geometry.surface_area_mm2, area);
            prop_assert!(!needs_review(&measured), "{:?}", measured.findings);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_union_of_any_bodies_is_where_points_are_inside_one(bodies in vec((body(), prop::array::uniform2(0.0..TAU)), 2..6), seed in any::<u64>()) {
        let bodies: Vec<Shape> = bodies.iter().map(|(body, angles)| rotated(body, *angles)).collect();
        let all = bodies.iter().cloned().reduce(Shape::and).expect("two bodies at least");
        let measured = measure(&all.binary()).expect("bodies");
        prop_assert!(!needs_review(&measured), "{:?}", measured.findings);
        let volume = measured.geometry.volume_mm3;
        let larger = all.map(|corner| corner.map(|axis| 4 * axis));
        let images = [(all.shuffled(), 1.0), (all.turned(), 1.0), (all.moved([1 << 20, 1 << 18, -(1 << 19)]), 1.0), (larger, 64.0)];
        for (image, scale) in images {
            let found = measure(&image.binary()).expect("bodies").geometry.volume_mm3 / scale;
            prop_assert!((found - volume).abs() <= 1e-6 * volume, "{} in place of {}", found, volume);
        }
        // The share of points inside, whose error is that of a binomial: five standard deviations.
        let [low, high] = all.bounds();
        let mut state = seed;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let inside = (0..POINTS).filter(|_| {
            let point = [0, 1, 2].map(|axis| low[axis] + (high[axis] - low[axis]) * random());
            bodies.iter().any(|body| winding_number(body, point) > 0.5)
        });
        let share = inside.count() as f64 / f64::from(POINTS);
        let bounds: f64 = (0..3).map(|axis| high[axis] - low[axis]).product();
        let deviation = (share * (1.0 - share) / f64::from(POINTS)).sqrt().max(1.0 / f64::from(POINTS));
        prop_assert!((volume / bounds - share).abs() <= 5.0 * deviation, "{} of the bounds, {} by points", volume / bounds, share);
    }
}
