//! Tests of the look whether a single shell overlaps itself: generated shells whose winding numbers are known exactly.

mod shells;
mod winding;

use pricing_worker::contract::{FindingCode, Severity};
use pricing_worker::mesh::Triangle;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

use self::shells::{Corner, Shell, bent_tube, chain, tube};
use self::winding::volumes;
use super::shapes::{self, binary};
use super::{assert_close, codes, measure};

/// The largest overlap that may be missed, as a share of the volume.
const MISSED: f64 = 1e-3;

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

/// The share of the volume that is said to be counted too often; `None` without such a finding.
fn found_percent(triangles: &[Triangle]) -> Option<f64> {
    let measured = measure(&binary(triangles)).expect("a closed shell");
    assert_eq!(measured.geometry.shell_count, Some(1));
    let finding = measured.findings.iter().find(|finding| finding.code == FindingCode::OverlappingShells)?;
    assert_eq!(finding.severity, Severity::Review);
    let (_, rest) = finding.message.split_once("about ").expect(&finding.message);
    let (percent, _) = rest.split_once(" %").expect(&finding.message);
    Some(percent.parse().expect(&finding.message))
}

/// Asserts that an overlap is found unless it is small, that nothing else is taken for one, and that its share is right.
fn examine(shell: &Shell, placement: Placement) -> Result<(), TestCaseError> {
    let truth = volumes(&shell.boxes);
    let share = truth.surplus / truth.signed;
    let triangles = placed(shell, placement);
    let found = found_percent(&triangles);
    prop_assert!(found.is_some() || share < MISSED, "an overlap of {} % of the volume was missed", 100.0 * share);
    prop_assert!(found.is_none() || share > 0.0, "{found:?} % for an overlap, where there is none");
    if share > 0.03 {
        let ratio = found.unwrap_or(0.0) / (100.0 * share);
        prop_assert!((0.5..2.0).contains(&ratio), "{found:?} % for {} %", 100.0 * share);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_tube_bent_over_itself_is_noticed(shell in tube(9, false), placement in placement()) {
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
    let all = prop_oneof![tube(9, false), tube(7, true), chain()];
    runner
        .run(&all, |shell| {
            let measured = measure(&binary(&placed(&shell, Placement::AS_IT_IS))).expect("a closed shell");
            assert_close(measured.geometry.volume_mm3, volumes(&shell.boxes).signed, 1e-4, "volume");
            Ok(())
        })
        .unwrap();
}
