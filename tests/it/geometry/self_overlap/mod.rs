//! Tests of the look whether a single shell overlaps itself: generated shells whose winding numbers are known exactly.

mod shells;
mod winding;

use pricing_worker::contract::{FindingCode, Severity};
use pricing_worker::mesh::{BLOCK_TRIANGLES, Measurer, RepairOptions, SelfOverlap, Triangle, repair, self_overlap};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

use self::shells::{Corner, Shell, bent_tube, chain, grazing_tube, poking_tube, tube};
use self::winding::volumes;
use super::shapes::{self, binary};
use super::{assert_close, codes, measure};

/// The largest overlap that may be missed, as a share of the volume.
const MISSED: f64 = 1e-3;
/// The most that an overlap is, in estimates of it by rays: what a review may name stands on it.
const MOST_OF_ESTIMATE: f64 = 3.0;
/// The error of a volume whose corners were rounded to `f32` some hundred millimetres from the origin.
const ROUNDED: f64 = 1e-4;

/// How a shell lies in its file: turned by three angles, stretched along its axes before, and moved.
#[derive(Debug, Clone, Copy)]
struct Placement {
    stretch: Corner,
    angles: Corner,
    moved: Corner,
}

impl Placement {
    const AS_IT_IS: Self = Self { stretch: [1.0; 3], angles: [0.0; 3], moved: [0.0; 3] };

    fn place(&self, corner: Corner) -> [f32; 3] {
        let mut placed = [0, 1, 2].map(|axis| corner[axis] * self.stretch[axis]);
        for axis in 0..3 {
            let (sin, cos) = self.angles[axis].sin_cos();
            let (a, b) = ((axis + 1) % 3, (axis + 2) % 3);
            (placed[a], placed[b]) = (cos * placed[a] - sin * placed[b], sin * placed[a] + cos * placed[b]);
        }
        [0, 1, 2].map(|axis| (placed[axis] + self.moved[axis]) as f32)
    }
}

fn placement() -> impl Strategy<Value = Placement> {
    let turned = prop::array::uniform3(0.0..std::f64::consts::TAU);
    let angles = prop_oneof![1 => Just([0.0; 3]), 3 => turned];
    (prop::array::uniform3(0.3..3.0), angles, prop::array::uniform3(-300.0..300.0))
        .prop_map(|(stretch, angles, moved)| Placement { stretch, angles, moved })
}

fn placed(shell: &Shell, placement: Placement) -> Vec<Triangle> {
    shell.triangles.iter().map(|triangle| triangle.map(|corner| placement.place(corner))).collect()
}

/// The share of the volume that rays find to be counted too often, in per cent; `None` where they find nothing.
fn found_percent(triangles: &[Triangle]) -> Option<f64> {
    let mut measurer = Measurer::default();
    measurer.push(triangles, &|| false).expect("finite corners");
    let sums = measurer.finish().expect("finite corners").expect("triangles").sums;
    let blocks: Vec<&[Triangle]> = triangles.chunks(BLOCK_TRIANGLES).collect();
    match self_overlap(&blocks, [sums.min, sums.max], sums.volume, sums.area, &|| false) {
        SelfOverlap::NotFound => None,
        SelfOverlap::Found { volume_share } => Some(100.0 * volume_share),
        SelfOverlap::Undecided => panic!("too many crossings for rays"),
    }
}

/// Asserts that rays find an overlap unless it is small, that they take nothing else for one, that its share is right, and that
/// the volume of the solid is.
fn examine(shell: &Shell, placement: Placement) -> Result<(), TestCaseError> {
    let truth = volumes(&shell.boxes);
    let share = truth.surplus / truth.signed;
    let triangles = placed(shell, placement);
    let found = found_percent(&triangles);
    prop_assert!(found.is_some() || share < MISSED, "an overlap of {} % of the volume was missed", 100.0 * share);
    prop_assert!(found.is_none() || share > 0.0, "{found:?} % for an overlap, where there is none");
    let estimate = found.unwrap_or(0.0) / 100.0;
    prop_assert!(share < MOST_OF_ESTIMATE * estimate + MISSED, "{share} of the volume, {estimate} by rays");
    if share > 0.03 {
        let ratio = found.unwrap_or(0.0) / (100.0 * share);
        prop_assert!((0.5..2.0).contains(&ratio), "{found:?} % for {} %", 100.0 * share);
    }
    let measured = measure(&binary(&triangles)).expect("a closed shell");
    prop_assert!(
        !measured.findings.iter().any(|finding| finding.severity == Severity::Review),
        "{:?}",
        measured.findings
    );
    let volume = truth.solid * placement.stretch.iter().product::<f64>();
    let off = (measured.geometry.volume_mm3 / volume - 1.0).abs();
    let most_off = if found.is_some() { ROUNDED } else { ROUNDED + MISSED };
    prop_assert!(off < most_off, "{} mm3 in place of {volume}", measured.geometry.volume_mm3);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_tube_bent_over_itself_is_noticed(shell in tube(9, false), placement in placement()) {
        examine(&shell, placement)?;
    }

    #[test]
    fn a_tube_that_grazes_itself_is_noticed(shell in grazing_tube(), placement in placement()) {
        examine(&shell, placement)?;
    }

    #[test]
    fn a_tube_whose_tip_pokes_into_itself_is_noticed(shell in poking_tube(), placement in placement()) {
        examine(&shell, placement)?;
    }

    #[test]
    fn a_letter_whose_strokes_cross_is_noticed(shell in tube(7, true), placement in placement()) {
        examine(&shell, placement)?;
    }

    #[test]
    fn a_chain_of_boxes_that_overlap_is_noticed(shell in chain(), placement in placement()) {
        examine(&shell, placement)?;
    }
}

#[test]
fn the_generated_shells_have_the_volume_of_their_boxes() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let all = prop_oneof![tube(9, false), tube(7, true), chain(), grazing_tube(), poking_tube()];
    runner
        .run(&all, |shell| {
            let triangles = placed(&shell, Placement::AS_IT_IS);
            let mut measurer = Measurer::default();
            measurer.push(&triangles, &|| false).expect("finite corners");
            let sums = measurer.finish().expect("finite corners").expect("triangles").sums;
            assert_close(sums.volume, volumes(&shell.boxes).signed, ROUNDED, "volume");
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_star_of_one_stroke_is_solid_twice_in_its_middle() {
    for points in [5, 7, 9] {
        let around = std::f64::consts::TAU / f64::from(points);
        // The middle is a regular polygon, whose sides are the strokes.
        let apothem = around.cos();
        let middle = f64::from(points) * apothem.powi(2) * (around / 2.0).tan();
        let wound = f64::from(points) / 2.0 * (2.0 * around).sin();
        let star = star(points);
        for placement in [Placement::AS_IT_IS, Placement { angles: [0.3, 0.4, 0.5], ..Placement::AS_IT_IS }] {
            let found = found_percent(&placed(&star, placement)).expect("an overlap");
            assert_close(found, 100.0 * middle / wound, 0.1, "the share of the middle");
        }
    }
}

/// A prism over the star polygon that joins every second of some points on a circle.
fn star(points: u32) -> Shell {
    let corner = |number: u32, z: f64| {
        let around = std::f64::consts::TAU * f64::from(2 * number % points) / f64::from(points);
        [around.cos(), around.sin(), z]
    };
    let stroke = |number: u32| {
        let [a, b] = [corner(number, 0.0), corner(number + 1, 0.0)];
        let [c, d] = [corner(number, 0.5), corner(number + 1, 0.5)];
        [[a, b, d], [a, d, c], [b, a, [0.0; 3]], [c, d, [0.0, 0.0, 0.5]]]
    };
    Shell { triangles: (0..points).flat_map(stroke).collect(), boxes: Vec::new() }
}

#[test]
fn what_touches_itself_does_not_overlap() {
    // The last segment lies against the first one, face on face.
    let touching = bent_tube(&[(false, 20.0), (true, 5.0), (true, 9.0), (true, -3.0), (false, -8.0), (false, -15.0)]);
    let turned = |angle: f64| Placement { angles: [angle, 2.0 * angle, 3.0 * angle], ..Placement::AS_IT_IS };
    let far = Placement { moved: [5000.0, -3000.0, 800.0], ..turned(0.7) };
    for placement in (0..20).map(|number| turned(f64::from(number) / 7.0)).chain([far]) {
        assert_eq!(found_percent(&placed(&touching, placement)), None, "{placement:?}");
    }
}

#[test]
fn a_shell_that_crosses_itself_and_leaves_the_inside_of_that_hollow_does_not_overlap() {
    // The tube is thicker than the hole of the ring: around the axis it is turned inside out, and takes away what is there twice.
    let spindle = shapes::torus(20_000.0, 50_000.0, 60, 80);
    assert_eq!(codes(&measure(&spindle.binary()).unwrap()), [FindingCode::UnitSuspicious]);
}

/// A tube along two strands that wind around one another in a ring.
fn two_strands(radius: f64, rings: usize, segments: usize) -> Vec<Triangle> {
    let corner = |ring: usize, segment: usize| {
        let around = 2.0 * std::f64::consts::TAU * (ring % rings) as f64 / rings as f64;
        let tube = std::f64::consts::TAU * (segment % segments) as f64 / segments as f64;
        let width = 60.0 + 3.0 * (around / 2.0).cos() + radius * tube.cos();
        let height = 3.0 * (around / 2.0).sin() + radius * tube.sin();
        [width * around.cos(), width * around.sin(), height].map(|coordinate| coordinate as f32)
    };
    let cells = (0..rings).flat_map(|ring| (0..segments).map(move |segment| (ring, segment)));
    let sides = cells.flat_map(|(ring, segment)| {
        let [a, b] = [corner(ring, segment), corner(ring, segment + 1)];
        let [c, d] = [corner(ring + 1, segment), corner(ring + 1, segment + 1)];
        [[a, c, d], [a, d, b]]
    });
    sides.collect()
}

#[test]
fn a_mesh_of_many_blocks_has_the_same_share_on_any_number_of_threads() {
    // Two circles of radius 4 whose centres are 6 apart: a lens.
    let (radius, half): (f64, f64) = (4.0, 3.0);
    let lens = 2.0 * (radius.powi(2) * (half / radius).acos() - half * (radius.powi(2) - half.powi(2)).sqrt());
    let share = lens / (2.0 * std::f64::consts::PI * radius.powi(2));
    let strands = two_strands(radius, 600, 60);
    let inside_out: Vec<Triangle> = strands.iter().map(|&[a, b, c]| [a, c, b]).collect();
    let on_threads = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| found_percent(&strands)).expect("an overlap")
    };
    let found = on_threads(1);
    assert_close(found, 100.0 * share, 0.1, "the share of the lens");
    assert_eq!([on_threads(2), on_threads(7)], [found; 2]);
    assert_close(found_percent(&inside_out).expect("an overlap"), found, 1e-12, "inside out");
    assert_eq!(found_percent(&two_strands(2.9, 600, 60)), None, "strands that do not touch");
}

#[test]
fn a_mesh_that_crosses_too_many_rays_is_examined_triangle_by_triangle() {
    // A tube to and fro in a square, close by itself.
    let meander = |rows: u32| {
        let row = |row: u32| {
            let length = 2.2 * f64::from(rows);
            [(false, if row.is_multiple_of(2) { length } else { -length }), (false, 2.2)]
        };
        bent_tube(&(0..rows).flat_map(row).collect::<Vec<_>>())
    };
    assert_eq!(found_percent(&placed(&meander(40), Placement::AS_IT_IS)), None);
    let measured = measure(&binary(&placed(&meander(600), Placement::AS_IT_IS))).expect("a closed shell");
    assert!(!codes(&measured).contains(&FindingCode::OverlappingShells), "{:?}", measured.findings);
}

/// A torus whose corners are off by as much as its triangles are large, so that it crosses itself too often for an exact solid.
#[test]
fn a_review_of_a_shell_that_crosses_itself_all_over_says_how_little_it_may_be_off() {
    let torus = shapes::torus(60_000.0, 20_000.0, 80, 80);
    let noise = |corner: [i64; 3], axis: i64| {
        let mixed =
            corner.iter().fold(axis, |mixed, c| (mixed ^ c).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed()));
        mixed.rem_euclid(4_001) - 2_000
    };
    let rough = torus.map(|[x, y, z]| [x + noise([x, y, z], 0), y + noise([x, y, z], 1), z + noise([x, y, z], 2)]);
    let mut measurer = Measurer::keeping(u64::MAX);
    measurer.push(&rough.triangles(), &|| false).expect("finite corners");
    let measured = measurer.finish().expect("finite corners").expect("triangles");
    let mesh = measured.mesh.expect("it is kept");
    let solid = repair(&measured.sums, mesh, RepairOptions::default(), &|| false).expect("a solid").solid;
    let most_off = solid.overlaps.most_off.expect("it crosses itself too often to be resolved");
    assert!(most_off < 0.1 * solid.volume, "{most_off} of {}", solid.volume);
}
