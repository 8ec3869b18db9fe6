//! The search for bodies whose surfaces meet, and for bodies that cross themselves.
//!
//! A join of the tree of boxes with itself gives the pairs of triangles to be examined, and `triangle_pair` says exactly what
//! they have in common. Triangles without an area are left out: what lies on them lies on their neighbours.
//!
//! Two bodies have a volume in common if a point of the surface of one lies inside the other, or if both surfaces share an area
//! and face the same way there. Where the surfaces cross, they share a curve, and almost every point of it lies inside an edge
//! or a triangle of each. So it is enough to look at pairs of triangles with a segment in common: one of them passes through
//! the other, or lies along an edge of itself on the other's inner side; where an edge lies on an edge, `ridges` looks at both
//! triangles at the edge. What is left are points in common; then bodies may lie in one another, which is not examined here.
//! Each body counts as turned outward by its own volume.

use std::ops::ControlFlow;

use super::body::MeasuredBody;
use super::contacts::{Contacts, Evidence};
use super::ridges::Ridges;
use super::stop_poll::StopPoll;
use super::triangle_pair::{Corners, Course, Meeting, has_area, meeting, side_of_plane};
use super::work::{Ended, Work};
use crate::mesh::box_tree::{Bounds, BoxTree, Join};
use crate::mesh::faces::Faces;
use crate::mesh::surface::Surface;

/// The steps that the examination of two triangles counts for.
const PAIR_STEPS: u32 = 32;

/// How the surfaces of two bodies meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum Contact {
    /// They have points in common, their insides have none: a common wall, edge or corner.
    Touch,
    /// Their insides have a volume in common, or it is not known that they have none.
    Overlap,
}

/// What meets on a surface.
#[derive(Debug)]
pub(in crate::mesh) struct Crossings {
    /// Pairs of bodies whose surfaces meet, the smaller number first, ascending, each once.
    pub pairs: Vec<(u32, u32, Contact)>,
    /// Bodies whose surface crosses itself or lies on itself, ascending.
    pub selves: Vec<u32>,
    /// The number of pairs of triangles that meet. Of one body, those at a common corner or along a common line do not count.
    pub meeting_count: u64,
    /// Whether everything was examined. If not, the bound on the steps was reached, and there may be more.
    pub complete: bool,
}

/// Finds the bodies of a surface that meet or cross themselves.
pub(in crate::mesh) fn crossings(
    surface: &Surface,
    bodies: &[MeasuredBody],
    poll: &mut StopPoll<'_>,
) -> ControlFlow<(), Crossings> {
    let faces = Faces::of(surface);
    let count = faces.count();
    let numbers = (0..count as u32).filter(|&number| has_area(&faces.corners(number)));
    let tree = BoxTree::of(numbers, |number| faces.bounds(number));
    let mut search = Search {
        faces: &faces,
        bodies,
        work: Work::on(count, poll),
        most_pairs: 2 * count,
        contacts: Contacts::default(),
        ridges: Ridges::default(),
        crosses_itself: vec![false; bodies.len()],
        meeting_count: 0,
    };
    let complete = match tree.join(&mut search) {
        ControlFlow::Continue(()) => true,
        ControlFlow::Break(Ended::Exhausted) => false,
        ControlFlow::Break(Ended::Stopped) => return ControlFlow::Break(()),
    };
    ControlFlow::Continue(search.finish(complete))
}

/// The search, as a join of all triangles with one another.
struct Search<'a, 'b, 'c> {
    faces: &'a Faces<'a>,
    bodies: &'a [MeasuredBody],
    work: Work<'b, 'c>,
    /// The most pairs of bodies that are kept.
    most_pairs: usize,
    contacts: Contacts,
    ridges: Ridges,
    crosses_itself: Vec<bool>,
    meeting_count: u64,
}

impl Join for Search<'_, '_, '_> {
    type Break = Ended;

    fn bounds(&self, face: u32) -> Bounds {
        self.faces.bounds(face)
    }

    fn count_step(&mut self) -> ControlFlow<Ended> {
        self.work.spend(1)
    }

    fn pair(&mut self, a: u32, b: u32) -> ControlFlow<Ended> {
        self.work.spend(PAIR_STEPS)?;
        let [body_a, body_b] = [a, b].map(|face| self.faces.body(face));
        let corners = [a, b].map(|face| self.faces.corners(face));
        if body_a != body_b {
            return self.examine_bodies([a, b], [body_a, body_b], &corners);
        }
        if meet_within_body(&corners) {
            self.crosses_itself[body_a as usize] = true;
            self.meeting_count += 1;
        }
        ControlFlow::Continue(())
    }
}

impl Search<'_, '_, '_> {
    fn examine_bodies(&mut self, faces: [u32; 2], bodies: [u32; 2], [a, b]: &[Corners; 2]) -> ControlFlow<Ended> {
        let outward = bodies.map(|body| self.bodies[body as usize].outward());
        let evidence = match meeting(a, b) {
            Meeting::Apart => return ControlFlow::Continue(()),
            Meeting::Point => Evidence::Point,
            Meeting::Segment([Course::Inside, Course::Inside]) => Evidence::Inside,
            Meeting::Segment([Course::Inside, Course::Along { side, .. }]) => on_side(side * outward[0]),
            Meeting::Segment([Course::Along { side, .. }, Course::Inside]) => on_side(side * outward[1]),
            Meeting::Segment([Course::Along { edge: edge_a, .. }, Course::Along { edge: edge_b, .. }]) => {
                self.ridges.add(faces, Some([edge_a, edge_b]))
            }
            Meeting::Area { same_way } if same_way == (outward[0] == outward[1]) => Evidence::Inside,
            Meeting::Area { .. } => self.ridges.add(faces, None),
        };
        self.meeting_count += 1;
        if self.contacts.add(bodies[0], bodies[1], evidence) > self.most_pairs {
            return ControlFlow::Break(Ended::Exhausted);
        }
        ControlFlow::Continue(())
    }

    fn finish(mut self, complete: bool) -> Crossings {
        let outward = |body: u32| self.bodies[body as usize].outward();
        for (a, b) in self.ridges.bodies_inside(self.faces, outward) {
            self.contacts.add(a, b, Evidence::Inside);
        }
        let contact = |(a, b, evidence): (u32, u32, Evidence)| {
            let [of_a, of_b] = [a, b].map(|body| &self.bodies[body as usize]);
            let may_contain = || of_a.bounds_contain(of_b) || of_b.bounds_contain(of_a);
            let touches = complete
                && match evidence {
                    Evidence::Inside => false,
                    Evidence::Side => true,
                    Evidence::Point => !may_contain(),
                };
            (a, b, if touches { Contact::Touch } else { Contact::Overlap })
        };
        let pairs = self.contacts.finish().into_iter().map(contact).collect();
        let selves = (0..).zip(&self.crosses_itself).filter_map(|(body, crosses)| crosses.then_some(body)).collect();
        Crossings { pairs, selves, meeting_count: self.meeting_count, complete }
    }
}

/// What a triangle shows that lies along its edge on a triangle of another body, on a side of it: 1 for the outer one.
fn on_side(side: i8) -> Evidence {
    if side < 0 { Evidence::Inside } else { Evidence::Side }
}

/// Whether two triangles of one body cross, or lie on one another. Neighbours are told by their coordinates. If they share an
/// edge, they do so only if they are folded onto one another.
fn meet_within_body(pair @ [a, b]: &[Corners; 2]) -> bool {
    let own = b.map(|corner| !a.contains(&corner));
    if own.iter().filter(|own| **own).count() == 1 {
        let apex = own.iter().position(|own| *own).unwrap_or_default();
        if side_of_plane(a, &b[apex]) != 0 {
            return false;
        }
    }
    match meeting(&pair[0], &pair[1]) {
        Meeting::Apart | Meeting::Point | Meeting::Segment([Course::Along { .. }, Course::Along { .. }]) => false,
        Meeting::Segment(_) | Meeting::Area { .. } => true,
    }
}
