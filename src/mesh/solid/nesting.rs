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
use crate::mesh::solid::containment::containers;
use crate::mesh::solid::crossing::crossings;
use crate::mesh::solid::stop_poll::StopPoll;
use crate::mesh::surface::{Facing, Surface};

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
    /// The number of pairs of bodies whose surfaces meet, and of bodies that cross themselves.
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
    let mut poll = StopPoll::new(stopped);
    // A stopped computation has no result that is used.
    let ControlFlow::Continue(crossings) = crossings(surface, bodies, &mut poll) else {
        return Nesting { facings: vec![Facing::AsWritten; bodies.len()], ..Nesting::default() };
    };
    let ControlFlow::Continue(containers) = containers(surface, bodies, &crossings, &mut poll) else {
        return Nesting { facings: vec![Facing::AsWritten; bodies.len()], ..Nesting::default() };
    };
    // What was not examined may overlap.
    let in_doubt = !(crossings.complete && containers.complete);
    let overlap_count = (crossings.pairs.len() + crossings.selves.len()) as u64 + u64::from(in_doubt);
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
