//! The nesting of bodies: which body contains which, and what is solid.
//!
//! A body wound outward adds one to the winding number of every point inside it, a body wound inward takes one away, and
//! a point is solid where the sum is positive (Jacobson et al., "Robust inside-outside segmentation using generalized
//! winding numbers", 2013). Crossing a body's surface therefore adds its volume, takes it away (a cavity), or changes
//! nothing (a solid inside a solid).
//!
//! A body that lies in no other must be wound outward. Where it is not, it was written inside out, together with all that
//! it contains.

use std::ops::ControlFlow;

use nalgebra::Vector3;

use crate::mesh::solid::body::MeasuredBody;
use crate::mesh::solid::box_pairs::box_pairs;
use crate::mesh::solid::containment::contained;
use crate::mesh::solid::stop_poll::StopPoll;
use crate::mesh::surface::{Facing, Surface};

/// The most pairs of bodies with overlapping bounds that are found in one mesh. A mesh of more pairs cannot be made in one
/// piece; further pairs are neither tested nor counted.
const MAX_PAIRS: usize = 20_000;

/// What is solid, and how the bodies must face.
#[derive(Debug, Default, PartialEq)]
pub(in crate::mesh) struct Nesting {
    /// The volume of all that is solid, in the file's unit cubed.
    pub volume: f64,
    /// Its first moment about the origin of the bodies' measures.
    pub moment: Vector3<f64>,
    /// The number of outermost bodies that were wound inward, and were turned with all that they contain.
    pub turned_count: u64,
    /// Whether every outermost body was wound inward.
    pub all_turned: bool,
    /// The number of bodies whose inside is not solid.
    pub cavity_count: u64,
    /// The number of solids inside solids, which add nothing.
    pub absorbed_count: u64,
    /// The number of pairs of bodies whose bounds overlap and of which neither contains the other.
    pub overlap_count: u64,
    /// The facing of each body.
    pub facings: Vec<Facing>,
}

impl Nesting {
    /// The nesting of a single body, wound either way.
    pub fn single(volume: f64, moment: Vector3<f64>) -> Self {
        let inverted = volume < 0.0;
        let sign = if inverted { -1.0 } else { 1.0 };
        Self {
            volume: volume * sign,
            moment: moment * sign,
            turned_count: u64::from(inverted),
            all_turned: inverted,
            facings: vec![if inverted { Facing::Turned } else { Facing::AsWritten }],
            ..Self::default()
        }
    }
}

/// Finds which bodies contain which, and what is solid.
pub(in crate::mesh) fn nest(
    surface: &Surface,
    bodies: &[MeasuredBody],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Nesting {
    let (containers, overlap_count) = containers(surface, bodies, stopped);
    let mut nesting = Nesting { overlap_count, ..Nesting::default() };
    // The largest container is the outermost body. If it is inside out, everything that it contains is so too.
    let outermost = |body: usize| containers.of(body).last().map_or(body, |&(_, outer)| outer as usize);
    let sign = |body: usize| {
        let written = if bodies[body].volume < 0.0 { -1 } else { 1 };
        if bodies[outermost(body)].volume < 0.0 { -written } else { written }
    };
    let mut outer_count = 0;
    for (number, body) in bodies.iter().enumerate() {
        let outside: i64 = containers.of(number).iter().map(|&(_, outer)| sign(outer as usize)).sum();
        let inside = outside + sign(number);
        if containers.of(number).is_empty() {
            outer_count += 1;
            nesting.turned_count += u64::from(body.volume < 0.0);
        }
        let written = if body.volume < 0.0 { -1 } else { 1 };
        let adds = i8::from(inside > 0) - i8::from(outside > 0);
        nesting.cavity_count += u64::from(adds < 0);
        nesting.absorbed_count += u64::from(adds == 0);
        nesting.facings.push(match adds * written {
            0 => Facing::Inside,
            1 => Facing::AsWritten,
            _ => Facing::Turned,
        });
        let turns = f64::from(adds * written);
        nesting.volume += body.volume * turns;
        nesting.moment += body.moment * turns;
    }
    nesting.all_turned = nesting.turned_count == outer_count;
    nesting
}

/// Pairs of a body and a body that contains it, sorted by the first, then by the size of the container.
struct Containers(Vec<(u32, u32)>);

impl Containers {
    /// The pairs of one body.
    fn of(&self, body: usize) -> &[(u32, u32)] {
        let place = |body: usize| self.0.partition_point(|&(inner, _)| (inner as usize) < body);
        &self.0[place(body)..place(body + 1)]
    }
}

/// Finds which bodies contain which, and counts the other pairs whose bounds overlap.
fn containers(surface: &Surface, bodies: &[MeasuredBody], stopped: &(dyn Fn() -> bool + Sync)) -> (Containers, u64) {
    let mut candidates = overlapping_bounds(bodies, stopped);
    let pair_count = candidates.len();
    candidates.retain(|&(outer, inner)| bodies[outer as usize].bounds_contain(&bodies[inner as usize]));
    let inside = contained(surface, bodies, &candidates, stopped);
    let pairs = candidates.iter().zip(inside).filter(|(_, inside)| *inside);
    let mut containers: Vec<(u32, u32)> = pairs.map(|(&(outer, inner), _)| (inner, outer)).collect();
    let size = |body: u32| bodies[body as usize].volume.abs();
    containers.sort_by(|&(a, a_outer), &(b, b_outer)| {
        a.cmp(&b).then(size(a_outer).total_cmp(&size(b_outer))).then(a_outer.cmp(&b_outer))
    });
    let overlap_count = (pair_count - containers.len()) as u64;
    (Containers(containers), overlap_count)
}

/// Finds pairs of bodies whose bounds have a volume in common, the larger body first.
fn overlapping_bounds(bodies: &[MeasuredBody], stopped: &(dyn Fn() -> bool + Sync)) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    let _all_or_enough = box_pairs(
        bodies.len(),
        |body| bodies[body as usize].bounds,
        StopPoll::new(stopped),
        |a, b| {
            pairs.push(larger_first(bodies, a, b));
            if pairs.len() < MAX_PAIRS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        },
    );
    pairs
}

fn larger_first(bodies: &[MeasuredBody], a: u32, b: u32) -> (u32, u32) {
    let size = |body: u32| bodies[body as usize].volume.abs();
    if size(a) < size(b) || (size(a) == size(b) && a > b) { (b, a) } else { (a, b) }
}
