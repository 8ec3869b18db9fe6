//! Tests that the repair of a mesh ends soon after its caller stops it. Steps are counted, and no time is taken.

use std::sync::atomic::{AtomicUsize, Ordering};

use pricing_worker::mesh::{MeasuredMesh, Measurer, Repaired, SolidError, repair};

use super::shapes::{Shape, prism_around_tetrahedra};
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
    let repaired = repair(&sums, mesh.expect("every mesh is kept"), false, &stopped);
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
