//! The search for the bodies that contain others.
//!
//! Of bodies whose surfaces have no point in common, one lies in another with all of its points or with none, so that one corner
//! of each body is enough: its sample. The samples are in a tree of boxes. For each body that may contain others, the search
//! goes down the tree with those of the body's triangles that meet the box of the node. Where none is left, the body's winding
//! number is the same about all samples of the node. Where some are left, only they can change the number on a path within the
//! box, from a sample whose number is known to one of the other half.
//!
//! A triangle thus costs something where it passes between samples, whatever its own box is: a hierarchy of the triangles' boxes
//! would be no help with long ones askew.

use std::ops::ControlFlow;

use super::body::MeasuredBody;
use super::crossing::Crossings;
use super::stop_poll::StopPoll;
use super::triangle_box::meets_box;
use super::winding_number::{along_path, along_ray};
use super::work::{Ended, Work};
use crate::mesh::box_tree::{Bounds, BoxTree, Node};
use crate::mesh::faces::Faces;
use crate::mesh::surface::Surface;
use crate::mesh::triangle::{Point, to_f64};

/// The steps that the test of a triangle counts for.
const TRIANGLE_STEPS: u32 = 8;
/// The most steps, beside those for each triangle. 100,000 triangles, a file of 5 MB, take less than a fifth of a second.
const STEPS: u64 = 1 << 23;
const STEPS_PER_TRIANGLE: u64 = 1 << 7;
/// The fewest pairs of bodies that are kept, however few triangles there are.
const FEWEST_PAIRS: usize = 1 << 12;

/// Which bodies contain which.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Containers {
    /// Pairs of a body and a body that contains it, sorted by the first, then by the size of the container.
    pairs: Vec<(u32, u32)>,
    /// Whether everything was examined. If not, a bound was reached, and there may be more pairs.
    pub complete: bool,
}

impl Containers {
    /// The pairs of one body, the smallest container first.
    pub fn of(&self, body: usize) -> &[(u32, u32)] {
        let place = |body: usize| self.pairs.partition_point(|&(inner, _)| (inner as usize) < body);
        &self.pairs[place(body)..place(body + 1)]
    }
}

/// Finds for each body the bodies that contain it, of those whose surfaces do not meet its own.
pub(in crate::mesh) fn containers(
    surface: &Surface,
    bodies: &[MeasuredBody],
    crossings: &Crossings,
    poll: &mut StopPoll<'_>,
) -> ControlFlow<(), Containers> {
    let faces = Faces::of(surface);
    let samples = Samples::of(surface, bodies.len());
    let mut search = Search {
        faces: &faces,
        samples: &samples,
        crossings,
        work: Work::new(STEPS + STEPS_PER_TRIANGLE * faces.count() as u64, poll),
        most_pairs: FEWEST_PAIRS.max(2 * faces.count()),
        pairs: Vec::new(),
    };
    let complete = match search.all(bodies) {
        ControlFlow::Continue(()) => true,
        ControlFlow::Break(Ended::Exhausted) => false,
        ControlFlow::Break(Ended::Stopped) => return ControlFlow::Break(()),
    };
    let mut pairs = search.pairs;
    let size = |body: u32| bodies[body as usize].volume.abs();
    pairs.sort_unstable_by(|&(a, a_outer), &(b, b_outer)| {
        a.cmp(&b).then(size(a_outer).total_cmp(&size(b_outer))).then(a_outer.cmp(&b_outer))
    });
    ControlFlow::Continue(Containers { pairs, complete })
}

/// A corner of each body.
struct Samples {
    points: Vec<Point>,
    tree: BoxTree,
}

impl Samples {
    fn of(surface: &Surface, body_count: usize) -> Self {
        let mut points = vec![None; body_count];
        for (body, [corner, ..]) in surface.mesh_triangles() {
            points[body as usize].get_or_insert(corner);
        }
        let points: Vec<Point> = points.into_iter().map(Option::unwrap_or_default).collect();
        let tree = BoxTree::of(0..body_count as u32, |body| Bounds::of(&[points[body as usize]]));
        Self { points, tree }
    }
}

/// A body that may contain others.
struct Host {
    body: u32,
    bounds: Bounds,
}

struct Search<'a, 'b, 'c> {
    faces: &'a Faces<'a>,
    samples: &'a Samples,
    crossings: &'a Crossings,
    work: Work<'b, 'c>,
    /// The most pairs that are kept.
    most_pairs: usize,
    /// Pairs of a body and one that contains it.
    pairs: Vec<(u32, u32)>,
}

impl Search<'_, '_, '_> {
    fn all(&mut self, bodies: &[MeasuredBody]) -> ControlFlow<Ended> {
        let mut hosts = Vec::new();
        for (body, measured) in (0..).zip(bodies) {
            let host = Host { body, bounds: measured.bounds() };
            if self.may_contain_any(&host)? {
                hosts.push(host);
            }
        }
        let mut triangles = TrianglesOf::new(self.faces, bodies.len(), hosts.iter().map(|host| host.body));
        hosts.iter().try_for_each(|host| self.contained_in(host, triangles.of(host.body)))
    }

    /// Whether the sample of another body lies in a body's bounds.
    fn may_contain_any(&mut self, host: &Host) -> ControlFlow<Ended, bool> {
        let Samples { points, tree } = self.samples;
        let mut left_over: Vec<Node> = tree.root().into_iter().collect();
        while let Some(node) = left_over.pop() {
            self.work.spend(1)?;
            if !node.bounds.meets(&host.bounds) {
                continue;
            }
            if let Some(halves) = tree.halves(&node) {
                left_over.extend(halves);
            } else {
                let inside = |body: u32| host.bounds.meets(&Bounds::of(&[points[body as usize]]));
                if tree.items(&node).iter().any(|&body| body != host.body && inside(body)) {
                    return ControlFlow::Continue(true);
                }
            }
        }
        ControlFlow::Continue(false)
    }

    /// Finds the bodies that lie in a body of the given triangles.
    fn contained_in(&mut self, host: &Host, triangles: &mut [u32]) -> ControlFlow<Ended> {
        let Some(root) = self.samples.tree.root() else {
            return ControlFlow::Continue(());
        };
        let start = self.first_sample(&root);
        let mut winding_number = 0;
        if host.bounds.meets(&Bounds::of(&[start])) {
            let ray = Bounds { low: start, high: [start[0], start[1], f32::INFINITY] };
            for &triangle in &*triangles {
                self.work.spend(TRIANGLE_STEPS)?;
                if self.faces.bounds(triangle).meets(&ray) {
                    winding_number += along_ray(&self.faces.corners(triangle), &to_f64(start), 2);
                }
            }
        }
        self.contained_below(host, &root, winding_number, triangles)
    }

    /// Finds them among the samples of a node. The body's winding number is that at the node's first sample; its triangles are
    /// all that meet the box of the node, and perhaps others.
    fn contained_below(
        &mut self,
        host: &Host,
        node: &Node,
        winding_number: i32,
        triangles: &mut [u32],
    ) -> ControlFlow<Ended> {
        if !node.bounds.meets(&host.bounds) {
            return ControlFlow::Continue(());
        }
        let meeting_count = self.meeting_first(triangles, &node.bounds)?;
        let triangles = &mut triangles[..meeting_count];
        let Samples { points, tree } = self.samples;
        let items = tree.items(node);
        if triangles.is_empty() {
            return if winding_number == 0 { ControlFlow::Continue(()) } else { self.keep(items, host.body) };
        }
        let first = points[items[0] as usize];
        let Some([left, right]) = tree.halves(node) else {
            for &item in items {
                let number = winding_number + self.change(triangles, first, points[item as usize])?;
                if number != 0 {
                    self.keep(&[item], host.body)?;
                }
            }
            return ControlFlow::Continue(());
        };
        let change = self.change(triangles, first, self.first_sample(&right))?;
        self.contained_below(host, &left, winding_number, triangles)?;
        self.contained_below(host, &right, winding_number + change, triangles)
    }

    /// The change of the winding number that some triangles make on the path between two points.
    fn change(&mut self, triangles: &[u32], from: Point, to: Point) -> ControlFlow<Ended, i32> {
        let mut change = 0;
        for &triangle in triangles {
            self.work.spend(TRIANGLE_STEPS)?;
            change += along_path(&self.faces.corners(triangle), &self.faces.bounds(triangle), from, to);
        }
        ControlFlow::Continue(change)
    }

    /// Moves those of some triangles to the front that meet a box, and gives their number.
    fn meeting_first(&mut self, triangles: &mut [u32], bounds: &Bounds) -> ControlFlow<Ended, usize> {
        let mut count = 0;
        for place in 0..triangles.len() {
            self.work.spend(TRIANGLE_STEPS)?;
            let triangle = triangles[place];
            if meets_box(&self.faces.corners(triangle), &self.faces.bounds(triangle), bounds) {
                triangles.swap(place, count);
                count += 1;
            }
        }
        ControlFlow::Continue(count)
    }

    fn first_sample(&self, node: &Node) -> Point {
        self.samples.points[self.samples.tree.items(node)[0] as usize]
    }

    /// Keeps the pairs of some bodies with one that contains their samples, unless their surfaces meet.
    fn keep(&mut self, bodies: &[u32], outer: u32) -> ControlFlow<Ended> {
        for &inner in bodies {
            self.work.spend(1)?;
            let pair = (inner.min(outer), inner.max(outer));
            let meets = self.crossings.pairs.binary_search_by_key(&pair, |&(a, b, _)| (a, b)).is_ok();
            if inner == outer || meets {
                continue;
            }
            if self.pairs.len() >= self.most_pairs {
                return ControlFlow::Break(Ended::Exhausted);
            }
            self.pairs.push((inner, outer));
        }
        ControlFlow::Continue(())
    }
}

/// The triangles of some bodies, body by body.
struct TrianglesOf {
    /// The end of each body's triangles.
    ends: Vec<u32>,
    triangles: Vec<u32>,
}

impl TrianglesOf {
    fn new(faces: &Faces<'_>, body_count: usize, bodies: impl Iterator<Item = u32>) -> Self {
        let mut wanted = vec![false; body_count];
        bodies.for_each(|body| wanted[body as usize] = true);
        let of_wanted = || {
            let numbered = (0..faces.count() as u32).map(|triangle| (triangle, faces.body(triangle)));
            numbered.filter(|&(_, body)| wanted[body as usize])
        };
        let mut counts = vec![0; body_count];
        of_wanted().for_each(|(_, body)| counts[body as usize] += 1);
        // Each body's end is its start until its triangles are in their places.
        let mut all = 0;
        let start = |count: u32| {
            all += count;
            all - count
        };
        let mut ends: Vec<u32> = counts.into_iter().map(start).collect();
        let mut triangles = vec![0; all as usize];
        for (triangle, body) in of_wanted() {
            let end = &mut ends[body as usize];
            triangles[*end as usize] = triangle;
            *end += 1;
        }
        Self { ends, triangles }
    }

    fn of(&mut self, body: u32) -> &mut [u32] {
        let end = |body: u32| self.ends[body as usize] as usize;
        let start = body.checked_sub(1).map_or(0, end);
        &mut self.triangles[start..end(body)]
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::Vector3;
    use proptest::prelude::*;

    use super::super::crossing::crossings;
    use super::super::lattice_bodies::{Cells, inside_out};
    use super::*;
    use crate::mesh::triangle::Triangle;

    fn found(bodies: &[Vec<Triangle>]) -> (Containers, Vec<MeasuredBody>) {
        let surface = Surface::of_closed_bodies(bodies);
        let measured = surface.measure(Vector3::zeros());
        let never = || false;
        let mut poll = StopPoll::new(&never);
        let ControlFlow::Continue(crossings) = crossings(&surface, &measured, &mut poll) else {
            panic!("nothing stopped it");
        };
        let ControlFlow::Continue(containers) = containers(&surface, &measured, &crossings, &mut poll) else {
            panic!("nothing stopped it");
        };
        (containers, measured)
    }

    /// A cube of half a cell, in a cell.
    fn crumb(cell: [i32; 3]) -> Vec<Triangle> {
        let within = |corner: [f32; 3]| [0, 1, 2].map(|axis| cell[axis] as f32 + 0.25 + 0.5 * corner[axis]);
        Cells::cuboid([0; 3], [1; 3]).triangles(0).into_iter().map(|triangle| triangle.map(within)).collect()
    }

    fn cell() -> impl Strategy<Value = [i32; 3]> {
        prop::array::uniform3(0..4)
    }

    /// Cells anywhere: bodies with notches, tunnels and hollows, and with edges of four squares.
    fn cells() -> impl Strategy<Value = Cells> {
        let anywhere = prop::collection::btree_set(cell(), 1..40).prop_map(|cells| Cells { cells, fineness: 1 });
        let cuboid = (cell(), cell()).prop_map(|(a, b)| {
            Cells::cuboid([0, 1, 2].map(|axis| a[axis].min(b[axis])), [0, 1, 2].map(|axis| a[axis].max(b[axis]) + 1))
        });
        prop_oneof![anywhere, cuboid]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]

        #[test]
        fn a_crumb_lies_in_the_bodies_that_have_its_cell(
            hosts in prop::collection::vec((cells(), any::<u64>(), any::<bool>()), 1..4),
            crumbs in prop::collection::btree_set(cell(), 1..40),
        ) {
            let of_hosts = hosts.iter().map(|(cells, diagonals, turned)| {
                let triangles = cells.triangles(*diagonals);
                if *turned { inside_out(&triangles) } else { triangles }
            });
            let bodies: Vec<_> = of_hosts.chain(crumbs.iter().map(|&cell| crumb(cell))).collect();
            let (containers, measured) = found(&bodies);
            prop_assert!(containers.complete);
            for (body, cell) in (hosts.len() as u32..).zip(&crumbs) {
                let mut expected: Vec<_> = (0..).zip(&hosts).filter(|(_, (cells, ..))| cells.cells.contains(cell)).map(|(host, _)| (body, host)).collect();
                expected.sort_by(|&(_, a), &(_, b)| measured[a as usize].volume.abs().total_cmp(&measured[b as usize].volume.abs()));
                prop_assert_eq!(containers.of(body as usize), &expected[..]);
            }
        }
    }

    #[test]
    fn bodies_that_meet_do_not_contain_one_another() {
        let cube = Cells::cuboid([0; 3], [4; 3]).triangles(0);
        for (inner, count) in [([1, 1, 1], 1), ([0, 1, 1], 0), ([3, 3, 3], 0), ([3, 1, 1], 0), ([4, 1, 1], 0)] {
            let inner = Cells::cuboid(inner, inner.map(|low| low + 1)).triangles(0);
            let (containers, _) = found(&[inner, cube.clone()]);
            assert_eq!(containers.of(0).len(), count);
            assert_eq!(containers.of(1), []);
        }
    }

    #[test]
    fn a_deep_nest_ends_at_its_bound_and_says_so() {
        let nest = |count: i32| {
            let bodies: Vec<_> = (1..=count)
                .map(|size| {
                    Cells::cuboid([-1; 3], [1; 3])
                        .triangles(0)
                        .into_iter()
                        .map(|triangle| triangle.map(|corner| corner.map(|coordinate| coordinate * size as f32)))
                        .collect()
                })
                .collect();
            found(&bodies).0
        };
        let shallow = nest(40);
        assert!(shallow.complete);
        assert_eq!(shallow.of(0).iter().map(|(_, outer)| *outer).collect::<Vec<_>>(), (1..40).collect::<Vec<_>>());
        assert!(!nest(300).complete);
    }
}
