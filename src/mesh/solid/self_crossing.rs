//! The search for bodies whose surface crosses itself or lies on itself.
//!
//! Neighbours are told by the coordinates of their corners, because a mesh may come with corners of its own for each triangle.
//! Triangles that share an edge meet beyond it only if they are folded onto one another. What has only an edge in common along
//! an edge, or a point, does not cross there: where surfaces cross, they share a curve, and almost every point of it lies inside
//! an edge or a triangle of each.

use std::ops::ControlFlow;

use super::stop_poll::StopPoll;
use super::triangle_pair::{Corners, Course, Meeting, Plane, at_most_touches, has_area, meeting};
use super::work::{Ended, Work};
use crate::mesh::box_tree::{BoxTree, Join};
use crate::mesh::faces::Faces;

/// The steps that the examination of two triangles counts for.
const PAIR_STEPS: u32 = 24;
/// The most steps, beside those for each triangle. A ball or a relief takes 200 steps a triangle; fans and long triangles
/// askew take more. 100,000 triangles, a file of 5 MB, take less than a quarter of a second.
const STEPS: u64 = 1 << 22;
const STEPS_PER_TRIANGLE: u64 = 1 << 8;

/// A body that crosses itself, or may.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::mesh) struct SelfCrossing {
    pub body: u32,
    /// The number of pairs of its triangles that meet, other than neighbours at a common corner or along a common line.
    pub meeting_count: u64,
    /// The most by which its signed volume is off, in the file's unit cubed.
    pub most_off: f64,
}

/// The bodies that cross themselves.
pub(in crate::mesh) struct SelfCrossings {
    /// Those that were found, ascending.
    pub found: Vec<SelfCrossing>,
    /// The suspects that were not examined to the end because a bound was reached, ascending.
    pub unexamined: Vec<SelfCrossing>,
}

/// Finds the bodies that cross themselves, among those that are suspected: of each of these the most by which its volume is off.
pub(in crate::mesh) fn self_crossings(
    faces: &Faces<'_>,
    suspects: &[Option<f64>],
    poll: &mut StopPoll<'_>,
) -> ControlFlow<(), SelfCrossings> {
    let is_suspect = |face: u32| suspects[faces.body(face) as usize].is_some();
    let numbers = (0..faces.count() as u32).filter(|&face| is_suspect(face) && has_area(&faces.corners(face)));
    let tree = BoxTree::of_groups(numbers, |face| faces.bounds(face), |face| faces.body(face));
    let work = Work::new(STEPS + STEPS_PER_TRIANGLE * faces.count() as u64, poll);
    let mut search = Search { faces, work, meeting_counts: vec![0; suspects.len()] };
    let is_complete = match tree.join(&mut search) {
        ControlFlow::Continue(()) => true,
        ControlFlow::Break(Ended::Exhausted) => false,
        ControlFlow::Break(Ended::Stopped) => return ControlFlow::Break(()),
    };
    let examined = (0..).zip(suspects).zip(search.meeting_counts);
    let of_suspect = |((body, most_off), meeting_count): ((u32, &Option<f64>), u64)| {
        most_off.map(|most_off| SelfCrossing { body, meeting_count, most_off })
    };
    let (found, mut unexamined): (Vec<_>, Vec<_>) =
        examined.filter_map(of_suspect).partition(|crossing| crossing.meeting_count > 0);
    if is_complete {
        unexamined.clear();
    }
    ControlFlow::Continue(SelfCrossings { found, unexamined })
}

struct Search<'a, 'b, 'c> {
    faces: &'a Faces<'a>,
    work: Work<'b, 'c>,
    /// Of each body the number of pairs of its triangles that meet.
    meeting_counts: Vec<u64>,
}

impl Join for Search<'_, '_, '_> {
    type Break = Ended;

    fn pairs_groups(&self, a: u32, b: u32) -> bool {
        a == b
    }

    fn count_steps(&mut self, steps: u32) -> ControlFlow<Ended> {
        self.work.spend(steps)
    }

    fn pair(&mut self, a: u32, b: u32) -> ControlFlow<Ended> {
        let body = self.faces.body(a);
        if body != self.faces.body(b) {
            return ControlFlow::Continue(());
        }
        self.work.spend(PAIR_STEPS)?;
        if cross(&self.faces.corners(a), &self.faces.corners(b)) {
            self.meeting_counts[body as usize] += 1;
        }
        ControlFlow::Continue(())
    }
}

/// Whether two triangles of one body cross, or lie on one another.
fn cross(a: &Corners, b: &Corners) -> bool {
    let of_b = Plane::of(a).sides(b);
    // Neighbours that share an edge touch the plane of one another with both of its ends.
    let shares_edge = || b.iter().filter(|corner| a.contains(corner)).count() == 2;
    if at_most_touches(of_b) || at_most_touches(Plane::of(b).sides(a)) || (of_b != [0; 3] && shares_edge()) {
        return false;
    }
    match meeting(a, b) {
        Meeting::Apart | Meeting::Point | Meeting::Segment([Course::Along { .. }, Course::Along { .. }]) => false,
        Meeting::Segment(_) | Meeting::Area { .. } => true,
    }
}
