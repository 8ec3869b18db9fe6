//! Sections held against formulas, and the two ways to them against each other.

mod shapes;

use nalgebra::{Rotation3, Vector3};
use proptest::prelude::*;

use self::shapes::{cells, cuboid, inside_out, mapped, pyramid, tetrahedron, together};
use super::*;
use crate::mesh::SolidMesh;

const NEVER: &(dyn Fn() -> bool + Sync) = &|| false;
const RIGHT_ANGLE_HALF: f64 = std::f64::consts::FRAC_PI_4;

fn volume(solid: &SolidMesh) -> f64 {
    let six = |&triangle: &[u32; 3]| {
        let [a, b, c] = solid.corners(triangle);
        a.cross(&b).dot(&c)
    };
    solid.triangles.iter().map(six).sum::<f64>() / 6.0
}

fn grid(solid: &SolidMesh, height: f64) -> LayerGrid {
    let [low, high] = solid.bounds().expect("it has triangles");
    LayerGrid::new([low.z, high.z], height, height).expect("a height")
}

fn sums(solid: &SolidMesh, height: f64) -> Layers {
    layer_sums(solid, &grid(solid, height), RIGHT_ANGLE_HALF, NEVER).expect("nobody stops it")
}

fn counts(solid: &SolidMesh, height: f64) -> Vec<LoopCounts> {
    loop_counts(solid, &grid(solid, height), &sums(solid, height).layers, NEVER).expect("nobody stops it").expect("few")
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

#[track_caller]
fn assert_near(found: f64, expected: f64, what: &str) {
    assert!(near(found, expected), "{what}: {found}, not {expected}");
}

#[test]
fn each_layer_of_a_cuboid_is_its_base() {
    let found = sums(&cuboid([3.0, -7.0, 1.5], [4.0, 5.0, 2.0]), 0.2);
    assert_eq!(found.layers.len(), 10);
    for (number, layer) in found.layers.iter().enumerate() {
        assert_near(layer.area, 20.0, "area");
        assert_near(layer.outline, 18.0, "outline");
        assert_near(layer.down, if number == 0 { 20.0 } else { 0.0 }, "what faces down");
        assert_near(layer.up, if number == 9 { 20.0 } else { 0.0 }, "what faces up");
        assert_near(layer.overhang, 0.0, "overhang");
    }
    assert_near(found.volume, 40.0, "volume");
}

#[test]
fn a_pyramid_shrinks_with_the_square_of_the_height() {
    let found = sums(&pyramid(3.0), 0.1);
    assert_eq!(found.layers.len(), 30);
    for (number, layer) in (0_u32..).zip(&found.layers) {
        let side = |z: f64| 2.0 * (1.0 - z / 3.0);
        let z = 0.05 + 0.1 * f64::from(number);
        assert_near(layer.area, side(z).powi(2), "area");
        assert_near(layer.outline, 4.0 * side(z), "outline");
        assert_near(layer.up, side(z).powi(2) - side((z + 0.1).min(3.0)).powi(2), "what faces up");
    }
    assert!((found.volume - 4.0).abs() <= found.most_volume_error, "{} ± {}", found.volume, found.most_volume_error);
}

#[test]
fn what_hangs_over_more_than_the_angle_is_found_and_no_more() {
    // A pyramid on its tip: its sides are 18.4° from the vertical; flat, 71.6°.
    let on_its_tip =
        |height: f64| inside_out(mapped(pyramid(height), |point| Vector3::new(point.x, point.y, -point.z)));
    for (height, overhangs) in [(3.0, false), (1.0, false), (1.0 / 3.0, true)] {
        let solid = on_its_tip(height);
        let step = height / 20.0;
        let found = sums(&solid, step);
        let all: f64 = found.layers.iter().map(|layer| layer.overhang).sum();
        let below_first = 4.0 * (0.5_f64 / 20.0).powi(2);
        let above_last = 4.0 - 4.0 * (19.5_f64 / 20.0).powi(2);
        assert_near(all, if overhangs { 4.0 - below_first - above_last } else { 0.0 }, "overhang");
    }
}

#[test]
fn a_bridge_is_held_on_opposite_sides() {
    let pillar = |x: i64, y: i64| [[x, y, 0], [x, y, 1]];
    let beam: Vec<[i64; 3]> = (0..4).map(|x| [x, 0, 2]).collect();
    let ring = |height: i64| (0..9).filter(|place| *place != 4).map(move |place| [place / 3, place % 3, height]);
    let lid: Vec<[i64; 3]> = (0..9).map(|place| [place / 3, place % 3, 2]).collect();
    let of = |parts: &[&[[i64; 3]]]| cells(&parts.concat());
    let box_walls: Vec<_> = ring(0).chain(ring(1)).collect();
    // What there is, its overhang, and how much of it is a bridge.
    let rows = [
        ("a beam on two pillars", of(&[&pillar(0, 0), &pillar(3, 0), &beam]), 2.0, 2.0),
        ("a beam on one pillar at its end", of(&[&pillar(0, 0), &beam]), 3.0, 0.0),
        ("a beam on a pillar near its middle", of(&[&pillar(1, 0), &beam]), 3.0, 0.0),
        ("a lid on four walls", of(&[&box_walls, &lid]), 1.0, 1.0),
        ("a lid on a wall", of(&[&pillar(0, 0), &pillar(0, 1), &pillar(0, 2), &lid]), 6.0, 0.0),
        (
            "a lid on a corner",
            of(&[&pillar(0, 0), &pillar(0, 1), &pillar(0, 2), &pillar(1, 0), &pillar(2, 0), &lid]),
            4.0,
            0.0,
        ),
    ];
    for (what, solid, overhang, bridge) in rows {
        let found = sums(&solid, 0.25).layers;
        assert_near(found.iter().map(|layer| layer.overhang).sum(), overhang, what);
        assert_near(found.iter().map(|layer| layer.bridge).sum(), bridge, what);
    }
}

#[test]
fn loops_are_counted_with_islands_and_holes() {
    let cube = |x: f64| cuboid([x, 0.0, 0.0], [4.0; 3]);
    let hollow = together([cube(0.0), inside_out(cuboid([1.0; 3], [2.0; 3]))]);
    let both = together([hollow, cube(10.0)]);
    let found = counts(&both, 0.5);
    let expected = [[2, 2], [2, 2], [3, 2], [3, 2], [3, 2], [3, 2], [2, 2], [2, 2]];
    assert_eq!(found, expected.map(|[loops, islands]| LoopCounts { loops, islands }));
}

#[test]
fn a_plane_through_corners_and_faces_opens_no_loop() {
    // Steps whose treads lie in the planes of 0.5, 1.5, …
    let steps = together((0..4).map(|step| cuboid([f64::from(step), 0.0, 0.0], [1.0, 1.0, f64::from(step) + 0.5])));
    let found = sums(&steps, 1.0);
    let areas: Vec<f64> = found.layers.iter().map(|layer| layer.area).collect();
    // The first plane is that of the lowest tread, which counts as below it.
    assert_eq!(areas, [3.0, 2.0, 1.0]);
    assert_eq!(counts(&steps, 1.0).iter().map(|count| count.loops).collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn layers_are_cut_in_the_middle_and_a_part_has_one_at_least() {
    let rows = [
        // From, to, layer, first layer: the planes.
        ([0.0, 1.0], 0.25, 0.25, vec![0.125, 0.375, 0.625, 0.875]),
        // The top of the last layer is above the part's, and the part has no layer that it fills less than half of.
        ([0.0, 1.1], 0.25, 0.25, vec![0.125, 0.375, 0.625, 0.875]),
        ([0.0, 1.15], 0.25, 0.25, vec![0.125, 0.375, 0.625, 0.875, 1.125]),
        ([2.0, 3.0], 0.25, 0.5, vec![2.375, 2.625, 2.875]),
        ([0.0, 0.1], 0.5, 0.5, vec![0.05]),
    ];
    for (heights, height, first_height, planes) in rows {
        let grid = LayerGrid::new(heights, height, first_height).expect("a height");
        assert_eq!((0..grid.count()).map(|layer| grid.plane(layer)).collect::<Vec<_>>(), planes);
        let thick: f64 = (0..grid.count()).map(|layer| grid.thickness(layer)).sum();
        assert_near(thick, heights[1] - heights[0], "all layers together");
    }
    let refused = |height: f64, first_height: f64| LayerGrid::new([0.0, 100.0], height, first_height).unwrap_err();
    for height in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(refused(height, height), GridError::Height);
    }
    assert_eq!(refused(0.2, 0.1), GridError::FirstHeight);
    let GridError::TooMany { least_height, .. } = refused(0.001, 0.001) else { panic!("100,000 layers") };
    assert!(LayerGrid::new([0.0, 100.0], least_height, least_height).is_ok());
}

#[test]
fn a_loop_has_the_area_that_it_is_around() {
    let solid =
        together([cuboid([1e6, 1e6, 0.0], [4.0; 3]), inside_out(cuboid([1e6 + 1.0, 1e6 + 1.0, 1.0], [2.0; 3]))]);
    let layers = sums(&solid, 1.0).layers;
    let found = loops(&solid, &grid(&solid, 1.0), 1, &layers, NEVER).expect("nobody stops it");
    assert_eq!(found.iter().map(Loop::area).collect::<Vec<_>>(), [16.0, -4.0]);
    assert_eq!(found.iter().map(|of_layer| of_layer.points.len()).collect::<Vec<_>>(), [8, 8]);
}

#[test]
fn sections_end_early_when_they_are_told_to() {
    let solid = cuboid([0.0; 3], [1.0; 3]);
    let grid = grid(&solid, 0.1);
    assert!(layer_sums(&solid, &grid, 0.0, &|| true).is_err());
    assert!(loop_counts(&solid, &grid, &sums(&solid, 0.1).layers, &|| true).is_err());
}

/// Corners on a lattice, of which many lie in a plane.
fn tetrahedra() -> impl Strategy<Value = SolidMesh> {
    let corner = || prop::array::uniform3(0_u8..=8).prop_map(|corner| corner.map(f64::from));
    let one = prop::array::uniform4(corner()).prop_map(|corners| tetrahedron(&corners));
    prop::collection::vec(one, 1..8).prop_map(together).prop_filter("it has a height", |solid| {
        let [low, high] = solid.bounds().expect("it has triangles");
        high.z > low.z
    })
}

proptest! {
    #[test]
    fn sums_are_those_of_the_loops(solid in tetrahedra(), height in 1_u32..12, turn in -3.0..3.0_f64) {
        let turned = Rotation3::from_axis_angle(&Vector3::x_axis(), turn);
        let solids = [solid.clone(), mapped(solid, |point| turned * point)];
        for solid in solids {
            let height = f64::from(height) / 4.0;
            let (grid, found) = (grid(&solid, height), sums(&solid, height));
            let inner = volume(&solid);
            prop_assert!((found.volume - inner).abs() <= found.most_volume_error + 1e-9, "{} {inner}", found.volume);
            for (number, layer) in (0..).zip(&found.layers) {
                let loops = loops(&solid, &grid, number, &found.layers, NEVER).expect("nobody stops it");
                let area: f64 = loops.iter().map(Loop::area).sum();
                let length = |of_layer: &Loop| {
                    let next = of_layer.points.iter().cycle().skip(1);
                    of_layer.points.iter().zip(next).map(|(a, b)| (b - a).norm()).sum::<f64>()
                };
                prop_assert!(near(layer.area, area), "area {} {area}", layer.area);
                let outline: f64 = loops.iter().map(length).sum();
                prop_assert!(near(layer.outline, outline), "outline {} {outline}", layer.outline);
                prop_assert!(layer.up >= 0.0 && layer.down >= 0.0 && layer.overhang <= layer.down + 1e-9);
            }
        }
    }

    #[test]
    fn the_order_of_triangles_changes_no_bit(one in tetrahedra(), seed in any::<u64>()) {
        let mut other = one.clone();
        other.triangles.sort_by_key(|&[a, b, c]| (u64::from(a) << 40 ^ u64::from(b) << 20 ^ u64::from(c)).wrapping_mul(seed | 1));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("three threads");
        prop_assert_eq!(sums(&one, 0.3), pool.install(|| sums(&other, 0.3)));
        prop_assert_eq!(counts(&one, 0.3), pool.install(|| counts(&other, 0.3)));
    }

    #[test]
    fn twice_the_size_has_twice_the_length_and_four_times_the_area(solid in tetrahedra()) {
        let twice = mapped(solid.clone(), |point| 2.0 * point);
        let (one, other) = (sums(&solid, 0.5).layers, sums(&twice, 1.0).layers);
        prop_assert_eq!(one.len(), other.len());
        for (one, other) in one.iter().zip(other) {
            let LayerSums { outline, area, up, down, overhang, bridge, crossing_count } = *one;
            let scaled = LayerSums {
                outline: 2.0 * outline,
                area: 4.0 * area,
                up: 4.0 * up,
                down: 4.0 * down,
                overhang: 4.0 * overhang,
                bridge: 4.0 * bridge,
                crossing_count,
            };
            prop_assert_eq!(scaled, other);
        }
    }
}
