//! The nesting of bodies: which body contains which, and what is solid.
//!
//! A body wound outward adds one to the winding number of every point inside it, a body wound inward takes one away, and
//! a point is solid where the sum is positive (Jacobson et al., "Robust inside-outside segmentation using generalized
//! winding numbers", 2013). Crossing a body's surface therefore adds its volume, takes it away (a cavity), or changes
//! nothing (a solid inside a solid).
//!
//! Bodies whose surfaces meet make a cluster, which lies as a whole in a constant winding w of the bodies that contain it. Where w
//! is 0, the cluster adds what it winds around at least once. Where w is 1, it takes away what it winds around at least once
//! after it is turned: cavities that overlap, less a pillar that is let into their walls. About any other w, it would only change
//! what its bodies wind around several times. It is taken to change nothing; a review says so if it has enough bodies for that.
//!
//! Where bodies share edges, other bodies of the same triangles would do too. This makes no difference, except where
//! they face different ways: a body that is turned then has another shape. A review says so.

use std::ops::ControlFlow;

use nalgebra::Vector3;

use crate::mesh::solid::body::MeasuredBody;
use crate::mesh::solid::boolean::{Kernel, NoResult};
use crate::mesh::solid::closed_mesh::ClosedMesh;
use crate::mesh::solid::clusters::{Cluster, Clusters};
use crate::mesh::solid::containment::{Containers, containers};
use crate::mesh::solid::crossing::{Crossings, crossings};
use crate::mesh::solid::members::{for_each_cluster, place_of};
use crate::mesh::solid::orientation::{Orientation, containers_of};
use crate::mesh::solid::overlaps::Overlaps;
use crate::mesh::solid::rounding_noise;
use crate::mesh::solid::stop_poll::StopPoll;
use crate::mesh::solid::union::{Member, Union, measured, unite};
use crate::mesh::surface::{Facing, Surface};

/// What is solid, and how the bodies must face.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Nesting {
    /// The volume of all that is solid, in the file's unit cubed.
    pub volume: f64,
    /// Its first moment about the origin of the bodies' measures.
    pub moment: Vector3<f64>,
    /// The area of its surface, in the file's unit squared.
    pub area: f64,
    /// The number of outermost bodies that were wound inward, and were turned with all that they contain.
    pub turned_count: u64,
    /// Whether every outermost body was wound inward.
    pub all_turned: bool,
    /// The number of bodies whose inside is not solid.
    pub cavity_count: u64,
    /// The number of solids inside solids, which add nothing.
    pub absorbed_count: u64,
    /// What bodies share.
    pub overlaps: Overlaps,
    /// The facing of each body. The bodies of a cluster face nowhere: its union stands in their place.
    pub facings: Vec<Facing>,
    /// The solids of clusters.
    pub unions: Vec<Union>,
}

impl Nesting {
    /// The nesting of a single body, wound either way.
    pub fn single(volume: f64, moment: Vector3<f64>, area: f64) -> Self {
        let inverted = volume < 0.0;
        let sign = if inverted { -1.0 } else { 1.0 };
        Self {
            volume: volume * sign,
            moment: moment * sign,
            area,
            turned_count: u64::from(inverted),
            all_turned: inverted,
            facings: vec![if inverted { Facing::Turned } else { Facing::AsWritten }],
            ..Self::default()
        }
    }

    /// Takes away what exceeds the largest volume that can be.
    pub fn limit(&mut self, most: f64) {
        if self.volume > most {
            self.moment *= most / self.volume;
            self.volume = most;
        }
    }
}

/// Finds which bodies contain which and which of them meet, and what is solid. `origin` is that of the bodies' measures.
/// `depends_on_angles` says whether the bodies follow from the angles of triangles at edges, so that rounding may have decided
/// them. Without room for unions, there is no result where bodies meet. Breaks if the caller stopped the computation.
pub(in crate::mesh) fn nest(
    surface: &Surface,
    bodies: &[MeasuredBody],
    origin: Vector3<f64>,
    depends_on_angles: bool,
    has_room_for_unions: &dyn Fn() -> bool,
    stopped: &(dyn Fn() -> bool + Sync),
) -> ControlFlow<(), Option<Nesting>> {
    let mut poll = StopPoll::new(stopped);
    let crossings = crossings(surface, bodies, &mut poll)?;
    if crossings.ask_for_unions() && !has_room_for_unions() {
        return ControlFlow::Continue(None);
    }
    let containers = containers(surface, bodies, &crossings, &mut poll)?;
    nest_by(surface, bodies, origin, depends_on_angles, &crossings, &containers, &mut poll).map_continue(Some)
}

/// Finds what is solid, of bodies whose contacts and containers are known.
fn nest_by(
    surface: &Surface,
    bodies: &[MeasuredBody],
    origin: Vector3<f64>,
    depends_on_angles: bool,
    crossings: &Crossings,
    containers: &Containers,
    poll: &mut StopPoll<'_>,
) -> ControlFlow<(), Nesting> {
    let mut kernel = Kernel::new(bodies.iter().map(|body| body.triangle_count).sum(), poll.stopped);
    // Of a cluster that is not known whole, a body could be missing.
    let is_examined = crossings.complete && containers.complete;
    let clusters = if is_examined { Clusters::of(bodies.len(), crossings) } else { Clusters::none(bodies.len()) };
    let orientation = Orientation::of(surface, bodies, &clusters, containers, &mut kernel, poll)?;
    let facings = vec![Facing::Inside; bodies.len()];
    let turned_count = orientation.turned_count;
    let all_turned = orientation.turned_count == orientation.outermost_count;
    let nesting = Nesting { turned_count, all_turned, facings, ..Nesting::default() };
    let mut nester =
        Nester { bodies, clusters: &clusters, containers, depends_on_angles, signs: orientation.signs, nesting };

    (0..bodies.len() as u32).filter(|&body| !clusters.contain(body)).for_each(|body| nester.add_body(body));
    nester.nesting.overlaps.add_unexamined_selves(crossings);
    if !is_examined {
        nester.nesting.overlaps.add_unexamined(crossings, bodies);
    }
    let united = clusters.all.iter().filter(|cluster| nester.effect(cluster) == Effect::Union);
    let united: Vec<&Cluster> = united.collect();
    clusters.all.iter().for_each(|cluster| match nester.effect(cluster) {
        Effect::Union => {}
        Effect::None => nester.nesting.absorbed_count += cluster.bodies.len() as u64,
        Effect::Unknown => nester.nesting.overlaps.add_unsolved(cluster, bodies),
    });
    let most_triangles = kernel.most_triangles();
    for_each_cluster(surface, bodies, united.into_iter(), most_triangles, poll, |cluster, members| {
        let members = members.map(|members| nester.oriented(cluster, members)).ok_or(NoResult::NotExact);
        let solids_overlap = nester.solids_overlap(cluster);
        let united = members.and_then(|members| unite(&mut kernel, members, solids_overlap, crossings.meeting_count));
        match united {
            Ok(mesh) => nester.add_union(cluster, mesh, origin),
            Err(NoResult::NotExact) => nester.add_bodies(cluster),
            Err(NoResult::Stopped) => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    })?;
    ControlFlow::Continue(nester.nesting)
}

/// How a cluster changes what is solid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Not at all: it lies inside a solid that is solid without it, or hollow in what is hollow.
    None,
    /// By what its bodies wind around at least once.
    Union,
    /// By what its bodies wind around several times, which no union tells.
    Unknown,
}

/// Adds up what is solid.
struct Nester<'a> {
    bodies: &'a [MeasuredBody],
    clusters: &'a Clusters,
    containers: &'a Containers,
    depends_on_angles: bool,
    /// Of each body 1 if it is wound outward after the turn, and -1 if inward.
    signs: Vec<i8>,
    nesting: Nesting,
}

impl Nester<'_> {
    fn sign(&self, body: u32) -> i64 {
        i64::from(self.signs[body as usize])
    }

    /// The winding number about a cluster.
    fn winding_about(&self, cluster: &Cluster) -> i64 {
        let first = cluster.bodies[0];
        containers_of(self.containers, first)
            .filter(|&outer| !self.clusters.connect(first, outer))
            .map(|outer| self.sign(outer))
            .sum()
    }

    /// Whether a cluster lies in what is solid, so that it can only take away.
    fn is_hollow(&self, cluster: &Cluster) -> bool {
        self.winding_about(cluster) > 0
    }

    /// 1 for a body that counts for what its cluster adds or takes away, -1 for one that counts against it.
    fn sign_within(&self, cluster: &Cluster, body: u32) -> i64 {
        if self.is_hollow(cluster) { -self.sign(body) } else { self.sign(body) }
    }

    fn effect(&self, cluster: &Cluster) -> Effect {
        let winding = self.winding_about(cluster);
        let needed = if winding > 0 { winding } else { 1 - winding };
        let count: i64 = cluster.bodies.iter().map(|&body| i64::from(self.sign_within(cluster, body) > 0)).sum();
        match needed {
            1 if count > 0 => Effect::Union,
            _ if count < needed && cluster.selves.is_empty() => Effect::None,
            _ => Effect::Unknown,
        }
    }

    fn oriented(&self, cluster: &Cluster, members: Vec<Member>) -> Vec<Member> {
        let is_hollow = |&body: &u32| self.sign_within(cluster, body) < 0;
        let hollow = cluster.bodies.iter().map(is_hollow);
        members.into_iter().zip(hollow).map(|(member, is_hollow)| Member { is_hollow, ..member }).collect()
    }

    fn solids_overlap(&self, cluster: &Cluster) -> bool {
        let is_solid = |body: u32| self.sign_within(cluster, body) > 0;
        cluster.overlaps.iter().any(|&(a, b)| is_solid(a) && is_solid(b))
    }

    /// Whether other bodies of the same triangles would make another solid. If all face the same way, the winding number alone
    /// tells what is solid, whichever triangles belong together. `any_inward` says whether a body is wound inward in a part.
    fn is_ambiguous(&self, cluster: &Cluster, any_inward: bool) -> bool {
        let is_solid = |body: u32| self.sign_within(cluster, body) > 0;
        let faces = |body: u32| self.bodies[body as usize].outward();
        let differ = |&(a, b): &(u32, u32)| is_solid(a) && is_solid(b) && faces(a) != faces(b);
        self.depends_on_angles && (any_inward || cluster.overlaps.iter().any(differ))
    }

    /// Adds a body by its winding alone.
    fn add_body(&mut self, number: u32) {
        let body = &self.bodies[number as usize];
        let outside: i64 = containers_of(self.containers, number).map(|outer| self.sign(outer)).sum();
        let inside = outside + self.sign(number);
        let adds = i8::from(inside > 0) - i8::from(outside > 0);
        let written = body.outward();
        let nesting = &mut self.nesting;
        nesting.cavity_count += u64::from(adds < 0);
        nesting.absorbed_count += u64::from(adds == 0);
        nesting.facings[number as usize] = match adds * written {
            0 => Facing::Inside,
            1 => Facing::AsWritten,
            _ => Facing::Turned,
        };
        let turns = f64::from(adds * written);
        nesting.volume += body.volume * turns;
        nesting.moment += body.moment * turns;
        nesting.area += body.area * turns.abs();
    }

    /// Adds the solid of a cluster, whose surface is about the cluster's own origin.
    fn add_union(&mut self, cluster: &Cluster, mut mesh: ClosedMesh, origin: Vector3<f64>) {
        let measures = measured(&mut mesh, place_of(cluster, self.bodies), origin);
        let is_hollow = self.is_hollow(cluster);
        let body = |number: u32| &self.bodies[number as usize];
        let sum_of = |value: &dyn Fn(u32) -> f64| cluster.bodies.iter().map(|&number| value(number)).sum::<f64>();
        let sum = sum_of(&|number| body(number).size() * self.sign_within(cluster, number) as f64);
        let area = sum_of(&|number| body(number).area);
        let largest = cluster.bodies.iter().map(|&number| body(number).largest_coordinate()).fold(0.0, f32::max);
        let shared = (sum - measures.volume).abs();
        let noise = rounding_noise(largest, area);
        let is_ambiguous = self.is_ambiguous(cluster, measures.volume - sum > noise);
        let cavity_count = cluster.bodies.iter().filter(|&&body| self.sign(body) < 0).count() as u64;
        let nesting = &mut self.nesting;
        if is_ambiguous {
            nesting.overlaps.add_unsolved(cluster, self.bodies);
        } else if shared > noise {
            nesting.overlaps.add_solved(cluster, shared);
        }
        let sign = if is_hollow { -1.0 } else { 1.0 };
        nesting.cavity_count += cavity_count;
        nesting.volume += measures.volume * sign;
        nesting.moment += measures.moment * sign;
        nesting.area += measures.area;
        nesting.unions.push(Union { body: cluster.bodies[0], mesh, is_hollow });
    }

    /// Adds the bodies of a cluster whose solid is not known, each by its winding.
    fn add_bodies(&mut self, cluster: &Cluster) {
        cluster.bodies.iter().for_each(|&body| self.add_body(body));
        // Bodies that only touch have no volume in common.
        if !cluster.overlaps.is_empty() || !cluster.selves.is_empty() {
            self.nesting.overlaps.add_unsolved(cluster, self.bodies);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::mesh::triangle::{Point, Triangle, to_f64};

    /// A prism of height 500 over a star of five tips on a circle of radius 1,000, drawn in one line. The line winds around the
    /// middle twice; each lid is five triangles about the centre, which lie on one another.
    fn star(turn: f64) -> Vec<Triangle> {
        let tip = |number: usize, z: f32| {
            let angle = turn + 4.0 * PI / 5.0 * number as f64;
            [(1000.0 * angle.cos()) as f32, (1000.0 * angle.sin()) as f32, z]
        };
        let centre = |z: f32| -> Point { [0.0, 0.0, z] };
        let side = |number: usize| {
            let [a, b] = [number, (number + 1) % 5].map(|number| tip(number, 0.0));
            let [c, d] = [number, (number + 1) % 5].map(|number| tip(number, 500.0));
            [[a, b, d], [a, d, c], [centre(0.0), b, a], [centre(500.0), c, d]]
        };
        (0..5).flat_map(side).collect()
    }

    fn cube(low: f32, side: f32) -> Vec<Triangle> {
        let corner = |number: u8| [0, 1, 2].map(|axis| low + side * f32::from(number >> axis & 1));
        let faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let halves = |[a, b, c, d]: [u8; 4]| [[a, b, c], [a, c, d]].map(|half| half.map(corner));
        faces.into_iter().flat_map(halves).collect()
    }

    fn nested(bodies: &[Vec<Triangle>]) -> Nesting {
        let surface = Surface::of_closed_bodies(bodies);
        let origin = to_f64(bodies[0][0][0]);
        let nesting = nest(&surface, &surface.measure(origin), origin, false, &|| true, &|| false);
        nesting.continue_value().flatten().expect("it is not stopped, and has room")
    }

    fn assert_close(found: f64, expected: f64, what: &str) {
        assert!((found - expected).abs() <= 1e-6 * expected, "{what}: {found} in place of {expected}");
    }

    #[test]
    fn a_body_that_crosses_itself_is_solid_once() {
        // The radius of the pentagon's corners, between the tips, and the length from a corner to a tip.
        let inner = 1000.0 * (PI / 10.0).sin() / (3.0 * PI / 10.0).sin();
        let edge = (1e6 + inner * inner - 2000.0 * inner * (PI / 5.0).cos()).sqrt();
        let star_area = 5.0 * 1000.0 * inner * (PI / 5.0).sin();
        let pentagon_area = 2.5 * inner * inner * (2.0 * PI / 5.0).sin();
        for turn in [0.0, 0.3, 1.0] {
            let nesting = nested(&[star(turn)]);
            assert_close(nesting.volume, star_area * 500.0, "volume");
            assert_close(nesting.area, 2.0 * star_area + 10.0 * edge * 500.0, "area");
            assert_eq!((nesting.overlaps.self_count, nesting.overlaps.most_off), (1, None));
            assert_close(nesting.overlaps.shared_volume, pentagon_area * 500.0, "what it shares with itself");
        }
    }

    #[test]
    fn a_body_that_crosses_itself_is_united_with_others() {
        // A cube around the upper half of the middle, and one away from both.
        let bodies = [star(0.3), cube(-100.0, 200.0), cube(5000.0, 10.0)];
        let alone = nested(&bodies[..1]).volume;
        let nesting = nested(&bodies);
        assert_close(nesting.volume, alone + 200.0 * 200.0 * 100.0 + 1000.0, "volume");
        assert_eq!((nesting.overlaps.pair_count, nesting.overlaps.self_count), (1, 1));
    }

    #[test]
    fn what_was_not_examined_may_be_wrong_by_all_bodies_but_the_largest() {
        let bodies = [cube(0.0, 10.0), cube(9.0, 4.0), cube(100.0, 3.0)];
        let surface = Surface::of_closed_bodies(&bodies);
        let (origin, never) = (Vector3::zeros(), || false);
        let measured = surface.measure(origin);
        let crossings = Crossings {
            pairs: Vec::new(),
            selves: Vec::new(),
            meeting_count: 0,
            complete: false,
            unexamined_selves: Vec::new(),
        };
        let mut poll = StopPoll::new(&never);
        let nesting = nest_by(&surface, &measured, origin, false, &crossings, &Containers::default(), &mut poll);
        let nesting = nesting.continue_value().expect("it is not stopped");
        assert_eq!((nesting.volume, nesting.overlaps.most_off), (1000.0 + 64.0 + 27.0, Some(64.0 + 27.0)));
    }

    #[test]
    fn bodies_that_overlap_where_the_winding_is_two_leave_it_to_a_person() {
        // Two cavities that overlap in a cube in a cube: where both are, nothing is solid, and no union says how much it is.
        let inward = |mut body: Vec<Triangle>| {
            for triangle in &mut body {
                triangle.swap(1, 2);
            }
            body
        };
        let bodies = [cube(0.0, 100.0), cube(10.0, 80.0), inward(cube(20.0, 20.0)), inward(cube(30.0, 20.0))];
        let nesting = nested(&bodies);
        assert_eq!((nesting.volume, nesting.overlaps.most_off), (1e6, Some(1000.0)));
        assert_eq!(nested(&bodies[..3]).overlaps, Overlaps::default());
    }
}
