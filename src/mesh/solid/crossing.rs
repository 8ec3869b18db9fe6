//! The search for bodies whose surfaces meet.
//!
//! A join of the tree of triangles' boxes with itself gives the pairs to be examined, and `triangle_pair` says exactly what they
//! have in common. Triangles without an area are left out: what lies on them lies on their neighbours. So are those that are
//! not near other bodies.
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
use super::near_others::near_others;
use super::ridges::Ridges;
use super::self_crossing::{SelfCrossing, SelfCrossings, self_crossings};
use super::self_suspects::self_suspects;
use super::stop_poll::StopPoll;
use super::triangle_pair::{Course, Meeting, meeting};
use super::work::{Ended, Work};
use crate::mesh::box_tree::{BoxTree, Join};
use crate::mesh::faces::Faces;
use crate::mesh::surface::Surface;

/// The steps that the examination of two triangles counts for.
const PAIR_STEPS: u32 = 32;
/// The most steps, beside those for each triangle. 100,000 triangles, a file of 5 MB, take less than half a second.
const STEPS: u64 = 1 << 24;
const STEPS_PER_TRIANGLE: u64 = 1 << 7;

/// The number of pairs of bodies that are kept, however few triangles there are.
const FEWEST_PAIRS: usize = 1 << 14;

/// How the surfaces of two bodies meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum Contact {
    /// They have points in common, their insides have none: a common wall, edge or corner.
    Touch,
    /// Their insides have a volume in common, or it is not known that they have none.
    Overlap,
}

/// What meets on a surface.
#[derive(Debug, PartialEq)]
pub(in crate::mesh) struct Crossings {
    /// Pairs of bodies whose surfaces meet, the smaller number first, ascending, each once.
    pub pairs: Vec<(u32, u32, Contact)>,
    /// Bodies whose surface crosses itself or lies on itself, ascending.
    pub selves: Vec<SelfCrossing>,
    /// The number of pairs of triangles that meet. Of one body, those at a common corner or along a common line do not count.
    pub meeting_count: u64,
    /// Whether all bodies were compared with one another. If not, a bound was reached, and there may be more pairs.
    pub complete: bool,
    /// Bodies that may cross themselves, and were not examined because a bound was reached, ascending.
    pub unexamined_selves: Vec<SelfCrossing>,
}

impl Crossings {
    /// Whether what is solid, or its surface, may follow from unions alone.
    pub fn ask_for_unions(&self) -> bool {
        self.complete && !(self.pairs.is_empty() && self.selves.is_empty())
    }
}

/// Finds the bodies of a surface that meet, and those that cross themselves.
pub(in crate::mesh) fn crossings(
    surface: &Surface,
    bodies: &[MeasuredBody],
    poll: &mut StopPoll<'_>,
) -> ControlFlow<(), Crossings> {
    let faces = Faces::of(surface);
    let mut search = Search {
        faces: &faces,
        bodies,
        work: Work::new(STEPS + STEPS_PER_TRIANGLE * faces.count() as u64, poll),
        most_pairs: FEWEST_PAIRS.max(2 * faces.count()),
        contacts: Contacts::default(),
        ridges: Ridges::default(),
        meeting_count: 0,
    };
    let complete = match search.all() {
        ControlFlow::Continue(()) => true,
        ControlFlow::Break(Ended::Exhausted) => false,
        ControlFlow::Break(Ended::Stopped) => return ControlFlow::Break(()),
    };
    let (pairs, meeting_count) = search.finish(complete);
    let suspects = self_suspects(surface, bodies, poll.stopped);
    let SelfCrossings { found: selves, unexamined } = self_crossings(&faces, &suspects, poll)?;
    let of_selves: u64 = selves.iter().map(|crossing| crossing.meeting_count).sum();
    ControlFlow::Continue(Crossings {
        pairs,
        selves,
        meeting_count: meeting_count + of_selves,
        complete,
        unexamined_selves: unexamined,
    })
}

/// The search for pairs of bodies, as a join of triangles with one another.
struct Search<'a, 'b, 'c> {
    faces: &'a Faces<'a>,
    bodies: &'a [MeasuredBody],
    work: Work<'b, 'c>,
    /// The most pairs of bodies that are kept.
    most_pairs: usize,
    contacts: Contacts,
    ridges: Ridges,
    meeting_count: u64,
}

impl Join for Search<'_, '_, '_> {
    type Break = Ended;

    fn pairs_groups(&self, a: u32, b: u32) -> bool {
        a != b
    }

    fn count_steps(&mut self, steps: u32) -> ControlFlow<Ended> {
        self.work.spend(steps)
    }

    fn pair(&mut self, a: u32, b: u32) -> ControlFlow<Ended> {
        let bodies = [a, b].map(|face| self.faces.body(face));
        if bodies[0] == bodies[1] {
            return ControlFlow::Continue(());
        }
        self.work.spend(PAIR_STEPS)?;
        self.examine([a, b], bodies)
    }
}

impl Search<'_, '_, '_> {
    fn all(&mut self) -> ControlFlow<Ended> {
        let faces = self.faces;
        let near = near_others(faces, self.bodies, &mut self.work)?;
        let tree = BoxTree::of_groups(near.into_iter(), |face| faces.bounds(face), |face| faces.body(face));
        tree.join(self)
    }

    /// Examines two triangles of two bodies.
    fn examine(&mut self, faces: [u32; 2], bodies: [u32; 2]) -> ControlFlow<Ended> {
        let [a, b] = faces.map(|face| self.faces.corners(face));
        let outward = bodies.map(|body| self.bodies[body as usize].outward());
        let evidence = match meeting(&a, &b) {
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

    /// The pairs of bodies that meet, and the number of pairs of triangles.
    fn finish(mut self, complete: bool) -> (Vec<(u32, u32, Contact)>, u64) {
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
        (self.contacts.finish().into_iter().map(contact).collect(), self.meeting_count)
    }
}

/// What a triangle shows that lies along its edge on a triangle of another body, on a side of it: 1 for the outer one.
fn on_side(side: i8) -> Evidence {
    if side < 0 { Evidence::Inside } else { Evidence::Side }
}

#[cfg(test)]
mod tests {
    use nalgebra::Vector3;
    use proptest::prelude::*;

    use super::super::clipping::{Lattice, below, cross, dot, minus};
    use super::super::lattice_bodies::{Cells, box_triangles, faces, inside_out, triangles};
    use super::*;
    use crate::mesh::box_tree::Bounds;
    use crate::mesh::triangle::Triangle;

    fn found(bodies: &[Vec<Triangle>]) -> Crossings {
        let surface = Surface::of_closed_bodies(bodies);
        let measured = surface.measure(Vector3::zeros());
        let ControlFlow::Continue(crossings) = crossings(&surface, &measured, &mut StopPoll::new(&|| false)) else {
            panic!("nothing stopped it");
        };
        crossings
    }

    /// How two bodies meet; a body alone must not cross itself.
    fn contact(a: &[Triangle], b: &[Triangle]) -> Option<Contact> {
        let found = found(&[a.to_vec(), b.to_vec()]);
        assert!(found.selves.is_empty(), "{:?}", found.selves);
        assert!(found.complete && found.unexamined_selves.is_empty());
        assert_eq!(found.meeting_count > 0, !found.pairs.is_empty());
        match found.pairs[..] {
            [] => None,
            [(0, 1, contact)] => Some(contact),
            _ => panic!("{:?}", found.pairs),
        }
    }

    /// How two bodies of cells meet.
    fn by_cells(a: &Cells, b: &Cells) -> Option<Contact> {
        let shares_volume = !a.cells.is_disjoint(&b.cells);
        let surfaces_meet = !a.unit_points().is_disjoint(&b.unit_points());
        surfaces_meet.then_some(if shares_volume { Contact::Overlap } else { Contact::Touch })
    }

    fn bounds_contain(a: &[Triangle], b: &[Triangle]) -> bool {
        let [a, b] = [a, b].map(|triangles| Bounds::of(triangles.as_flattened()));
        a.contains(&b) || b.contains(&a)
    }

    /// A body of a few cells in one piece, and bits that say how its squares are divided.
    fn cells() -> impl Strategy<Value = (Cells, u64)> {
        let low = prop::array::uniform3(0..4);
        let cells = (any::<u8>(), low, 1..3).prop_map(|(without, low, size)| Cells::block(without, low, size));
        (cells.prop_filter("it is in pieces", Cells::is_plain), any::<u64>())
    }

    /// A box as cells, and its surface of small or of large triangles.
    fn cuboid() -> impl Strategy<Value = (Cells, Vec<Triangle>)> {
        let ends = (prop::array::uniform3(0..4), prop::array::uniform3(1..5));
        (ends, any::<u64>(), any::<bool>()).prop_map(|((low, size), diagonals, fine)| {
            let high = [0, 1, 2].map(|axis| low[axis] + size[axis]);
            let cells = Cells::cuboid(low, high);
            let triangles = if fine { cells.triangles(diagonals) } else { box_triangles(low, high, diagonals) };
            (cells, triangles)
        })
    }

    fn tetrahedron() -> impl Strategy<Value = [Lattice; 4]> {
        let corners = prop::array::uniform4(prop::array::uniform3(0..5_i128));
        corners.prop_filter("it is flat", |&[a, b, c, d]| dot(below([a, b, c]).normal, d) != below([a, b, c]).offset)
    }

    /// How two tetrahedra meet, by the separating planes of convex bodies.
    fn by_planes(a: [Lattice; 4], b: [Lattice; 4]) -> Option<Contact> {
        let edges = |corners: [Lattice; 4]| {
            let pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
            pairs.map(|[from, to]| minus(corners[to], corners[from]))
        };
        let normals = |corners: [Lattice; 4]| faces(corners).map(|face| below(face).normal);
        let across = edges(a).into_iter().flat_map(|of_a| edges(b).map(|of_b| cross(of_a, of_b)));
        let directions = normals(a).into_iter().chain(normals(b)).chain(across);
        let (mut touch, mut apart) = (false, false);
        for direction in directions.filter(|direction| *direction != [0; 3]) {
            let extent = |corners: [Lattice; 4]| {
                let along = corners.map(|corner| dot(corner, direction));
                [along.into_iter().min(), along.into_iter().max()]
            };
            let ([a_low, a_high], [b_low, b_high]) = (extent(a), extent(b));
            touch |= a_high <= b_low || b_high <= a_low;
            apart |= a_high < b_low || b_high < a_low;
        }
        let inside = |outer: [Lattice; 4], inner: [Lattice; 4]| {
            let mut planes = faces(outer).into_iter().map(below);
            planes.all(|plane| inner.iter().all(|&corner| dot(plane.normal, corner) < plane.offset))
        };
        let surfaces_meet = !apart && !inside(a, b) && !inside(b, a);
        surfaces_meet.then_some(if touch { Contact::Touch } else { Contact::Overlap })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn boxes_meet_as_their_cells_say((a, of_a) in cuboid(), (b, of_b) in cuboid(), turned in any::<bool>()) {
            // The volume says which way is out.
            let of_b = if turned { inside_out(&of_b) } else { of_b };
            prop_assert_eq!(contact(&of_a, &of_b), by_cells(&a, &b));
        }

        #[test]
        fn bodies_with_notches_meet_as_their_cells_say((a, a_bits) in cells(), (b, b_bits) in cells()) {
            let [of_a, of_b] = [a.triangles(a_bits), b.triangles(b_bits)];
            let mut expected = by_cells(&a, &b);
            let only_points = a.unit_edges().is_disjoint(&b.unit_edges());
            if expected.is_some() && only_points && bounds_contain(&of_a, &of_b) {
                // One may lie in the other. This is not examined.
                expected = Some(Contact::Overlap);
            }
            prop_assert_eq!(contact(&of_a, &of_b), expected);
        }

    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn tetrahedra_meet_as_their_planes_say(a in tetrahedron(), b in tetrahedron()) {
            let [of_a, of_b] = [a, b].map(|corners| triangles(&faces(corners)));
            let (found, expected) = (contact(&of_a, &of_b), by_planes(a, b));
            let in_doubt = found == Some(Contact::Overlap) && expected.is_some() && bounds_contain(&of_a, &of_b);
            prop_assert!(found == expected || in_doubt, "found {:?}, expected {:?}", found, expected);
        }

        #[test]
        fn a_body_of_two_boxes_crosses_itself_as_they_overlap(
            low in prop::array::uniform2(prop::array::uniform3(0..4)),
            size in prop::array::uniform2(prop::array::uniform3(1..5)),
            diagonals in any::<u64>(),
        ) {
            let high = [0, 1].map(|number: usize| [0, 1, 2].map(|axis| low[number][axis] + size[number][axis]));
            let [a, b] = [0, 1].map(|number| box_triangles(low[number], high[number], diagonals.rotate_left(number as u32)));
            let found = found(&[[a, b].concat()]);
            prop_assert!(found.pairs.is_empty());
            match by_cells(&Cells::cuboid(low[0], high[0]), &Cells::cuboid(low[1], high[1])) {
                Some(Contact::Overlap) => prop_assert_eq!(found.selves.iter().map(|crossing| crossing.body).collect::<Vec<_>>(), [0]),
                None => prop_assert!(found.selves.is_empty()),
                // A body lies on itself at a wall, and not at an edge.
                Some(Contact::Touch) => {}
            }
        }
    }

    #[test]
    fn bodies_meet_as_their_shapes_say() {
        let cube = |low: [i32; 3], size: i32| Cells::block(0, low, size).triangles(0);
        let ring = |turned: usize| {
            let mut ring = Cells::cuboid([0; 3], [5, 5, 1]);
            ring.cells.retain(|&[x, y, _]| [x, y].iter().any(|place| *place == 0 || *place == 4));
            let [x, y] = if turned == 0 { [0, 0] } else { [2, 2] };
            ring.cells = ring
                .cells
                .into_iter()
                .map(|[a, b, c]| if turned == 0 { [a, b, c] } else { [a + x, c + y, b - 2] })
                .collect();
            ring.triangles(0)
        };
        let rows = [
            ("apart", cube([0; 3], 1), cube([5, 0, 0], 1), None),
            ("one inside the other", cube([0; 3], 4), cube([2; 3], 1), None),
            ("a wall in common", cube([0; 3], 2), cube([4, 0, 0], 2), Some(Contact::Touch)),
            ("a part of a wall in common", cube([0; 3], 2), cube([4, 1, 1], 1), Some(Contact::Touch)),
            ("an edge in common", cube([0; 3], 2), cube([4, 4, 0], 2), Some(Contact::Touch)),
            ("a corner in common", cube([0; 3], 2), cube([4; 3], 2), Some(Contact::Touch)),
            (
                "moved along a diagonal, so that edges meet edges",
                cube([0; 3], 2),
                cube([2; 3], 2),
                Some(Contact::Overlap),
            ),
            ("the same twice", cube([0; 3], 2), cube([0; 3], 2), Some(Contact::Overlap)),
            (
                "the same, divided otherwise",
                cube([0; 3], 2),
                Cells::block(0, [0; 3], 2).triangles(!0),
                Some(Contact::Overlap),
            ),
            ("inside, on a wall", cube([0; 3], 4), cube([0, 2, 2], 1), Some(Contact::Overlap)),
            ("inside out, inside, on a wall", cube([0; 3], 4), inside_out(&cube([0, 2, 2], 1)), Some(Contact::Overlap)),
            ("links of a chain", ring(0), ring(1), None),
        ];
        for (name, a, b, expected) in rows {
            assert_eq!(contact(&a, &b), expected, "{name}");
            assert_eq!(contact(&b, &a), expected, "{name}, in the other order");
        }
    }

    #[test]
    fn bodies_cross_themselves_as_their_shapes_say() {
        let quad = |[a, b, c, d]: [Lattice; 4]| [[a, b, c], [a, c, d]];
        let tetrahedron = faces([[0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4]]);
        let sheet = quad([[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]]);
        let folded = [[[0, 0, 0], [4, 0, 0], [0, 4, 0]], [[0, 0, 0], [4, 0, 0], [1, 2, 0]]];
        let beyond_corner = [[[0, 0, 0], [4, 0, 0], [0, 4, 0]], [[0, 0, 0], [2, 2, 3], [2, 2, -3]]];
        let at_corner = [[[0, 0, 0], [4, 0, 0], [0, 4, 0]], [[0, 0, 0], [-2, -2, 3], [-2, -2, -3]]];
        // A triangle that is a line closes the gap between one edge and the two that lie on it.
        let divided_edge =
            [[[0, 0, 0], [4, 0, 0], [0, 4, 0]], [[4, 0, 0], [0, 0, 0], [2, 0, 0]], [[2, 0, 0], [0, 0, 0], [1, -3, 0]]];
        let rows: [(&str, &[[Lattice; 3]], bool); 6] = [
            ("a tetrahedron", &tetrahedron, false),
            ("two triangles side by side in a plane", &sheet, false),
            ("two triangles folded onto one another", &folded, true),
            ("two triangles that cross beyond their common corner", &beyond_corner, true),
            ("two triangles with a corner in common", &at_corner, false),
            ("a divided edge", &divided_edge, false),
        ];
        for (name, faces, crosses) in rows {
            let found = found(&[triangles(faces)]);
            assert_eq!(!found.selves.is_empty(), crosses, "{name}");
            assert_eq!(found.meeting_count, u64::from(crosses), "{name}");
        }
    }

    #[test]
    fn the_search_ends_at_its_bound_and_says_so() {
        let needles: Vec<_> = (0..2500)
            .map(|number| {
                triangles(&faces([[0, number, 0], [1, number, 0], [0, number + 1, 0], [5000, 2500 - number, 9000]]))
            })
            .collect();
        let found = found(&needles);
        assert!(!found.complete);
        assert!(!found.pairs.is_empty());
        assert!(
            found.pairs.iter().all(|(.., contact)| *contact == Contact::Overlap),
            "what was not examined is in doubt"
        );
    }

    #[test]
    fn the_search_ends_when_it_is_stopped() {
        let boxes: Vec<_> = (0..500).map(|number| Cells::block(0, [number % 9; 3], 1).triangles(0)).collect();
        let surface = Surface::of_closed_bodies(&boxes);
        let measured = surface.measure(Vector3::zeros());
        assert!(crossings(&surface, &measured, &mut StopPoll::new(&|| true)).is_break());
    }
}
