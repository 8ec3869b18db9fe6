//! Tests that the repair of a mesh ends soon after its caller stops it. Steps are counted, and no time is taken.

use std::sync::atomic::{AtomicUsize, Ordering};

use pricing_worker::contract::{FindingCode, Severity};
use pricing_worker::mesh::{MeasuredMesh, Measurer, RepairOptions, Repaired, SolidError, repair};

use super::shapes::{Shape, crowd, prism_around_tetrahedra};
use super::{assert_close, measure};

const SIDES: usize = 1_500;
const BODIES: u32 = 250;

fn slow() -> Shape {
    prism_around_tetrahedra(SIDES, BODIES.into()).diagonal()
}

/// Repairs a shape, and stops at a poll of the flag, counted from 0; gives the number of polls.
fn stopped_at(shape: &Shape, poll: usize) -> (Result<Repaired, SolidError>, usize) {
    let mut measurer = Measurer::keeping(u64::MAX);
    measurer.push(&shape.triangles(), &|| false).expect("lattice corners are finite");
    let MeasuredMesh { sums, mesh } =
        measurer.finish().expect("lattice corners are finite").expect("there are triangles");
    let polls = AtomicUsize::new(0);
    let stopped = || polls.fetch_add(1, Ordering::Relaxed) >= poll;
    let repaired = repair(&sums, mesh.expect("every mesh is kept"), RepairOptions::default(), &stopped);
    (repaired, polls.into_inner())
}

#[test]
fn the_search_for_bodies_within_bodies_polls_often_and_ends_when_told() {
    let (_, polls_without_bodies) = stopped_at(&prism_around_tetrahedra(SIDES, 0), usize::MAX);
    let (repaired, polls) = stopped_at(&slow(), usize::MAX);
    assert!(repaired.is_ok(), "{repaired:?}");
    assert!(
        polls > polls_without_bodies + 2,
        "{polls} polls, {polls_without_bodies} of them without bodies to search for"
    );
    for poll in [0, 1, polls / 2, polls - 2] {
        let (repaired, polls) = stopped_at(&slow(), poll);
        assert_eq!(repaired.err(), Some(SolidError::Stopped), "stopped at poll {poll}");
        assert!(polls <= poll + 4, "{polls} polls, when it was stopped at poll {poll}");
    }
}

#[test]
fn bodies_within_a_prism_of_long_triangles_add_nothing() {
    let (sides, bodies) = (500, 50_u32);
    let [prism, whole] = [0, bodies].map(|bodies| prism_around_tetrahedra(sides, bodies.into()));
    let rows = [
        ("along x", whole.clone(), prism.volume()),
        ("along a diagonal", whole.diagonal(), prism.diagonal().volume()),
        ("along z", whole.turned().turned(), prism.volume()),
        ("shuffled", whole.shuffled(), prism.volume()),
    ];
    for (name, shape, volume) in rows {
        let measured = measure(&shape.binary()).expect(name);
        assert_close(measured.geometry.volume_mm3, volume, 1e-12, name);
        assert_eq!(measured.geometry.shell_count, Some(1 + u64::from(bodies)), "{name}");
    }
}

/// So many tetrahedra in one place that the search for those that meet ends at its bound. Of two that cross, each may then seem to
/// contain the other.
#[test]
fn a_crowd_that_is_too_large_to_be_examined_is_for_review() {
    let crowd = crowd(1_000, [1, 19]);
    let measured = measure(&crowd.binary()).expect("each of them is a solid");
    let [low, high] = crowd.bounds();
    let bounds: f64 = (0..3).map(|axis| high[axis] - low[axis]).product();
    assert!((0.0..bounds).contains(&measured.geometry.volume_mm3), "{:?}", measured.geometry);
    let review = measured.findings.iter().find(|finding| finding.code == FindingCode::OverlappingShells);
    assert_eq!(review.map(|finding| finding.severity), Some(Severity::Review), "{:?}", measured.findings);
}
