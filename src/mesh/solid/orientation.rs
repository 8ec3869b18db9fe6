//! The orientation of bodies: which of them face inward, after those that were written inside out are turned.
//!
//! Every body faces outward, but for a body that faces inward inside another: a cavity. A body that lies in no other is the
//! outermost, and must face outward. Where it does not, it was written inside out together with all that it contains.
//!
//! A body may lie inside another one that it touches: a cavity with a wall in common with its body. The volume of what is
//! in the one and not in the other tells it. This is asked only where bodies that meet face different ways.

use std::ops::ControlFlow;

use super::body::MeasuredBody;
use super::boolean::{Kernel, NoResult};
use super::clusters::{Cluster, Clusters};
use super::containment::Containers;
use super::members::for_each_cluster;
use super::stop_poll::StopPoll;
use super::union::{Member, is_inside, operands};
use crate::mesh::surface::Surface;

/// How bodies face.
pub(in crate::mesh) struct Orientation {
    /// Of each body 1 if it is wound outward after the turn, and -1 if inward.
    pub signs: Vec<i8>,
    /// The number of bodies that lie in no other.
    pub outermost_count: u64,
    /// The number of those that were wound inward.
    pub turned_count: u64,
}

impl Orientation {
    pub fn of(
        surface: &Surface,
        bodies: &[MeasuredBody],
        clusters: &Clusters,
        containers: &Containers,
        kernel: &mut Kernel<'_>,
        poll: &mut StopPoll<'_>,
    ) -> ControlFlow<(), Self> {
        // Where the search for bodies that meet has ended at its bound, two that cross may each contain a corner of the other.
        let size = |body: u32| bodies[body as usize].size();
        let outer = |body: u32| containers_of(containers, body).next_back().filter(|&outer| size(body) < size(outer));
        let mut outer_of: Vec<u32> = (0..bodies.len() as u32).map(|body| outer(body).unwrap_or(body)).collect();
        let is_inward = |body: u32| bodies[body as usize].volume < 0.0;
        let is_mixed = |cluster: &&Cluster| {
            let is_outermost = |&body: &u32| containers_of(containers, body).all(|outer| clusters.connect(body, outer));
            let faces_like_first = |&body: &u32| is_inward(body) == is_inward(cluster.bodies[0]);
            cluster.bodies.iter().all(is_outermost) && !cluster.bodies.iter().all(faces_like_first)
        };
        let mixed = clusters.all.iter().filter(is_mixed);
        let most_triangles = kernel.most_triangles();
        for_each_cluster(surface, bodies, mixed, most_triangles, poll, |cluster, members| {
            let members = members.unwrap_or_default();
            match insides(cluster, members, bodies, kernel) {
                Err(NoResult::Stopped) => return ControlFlow::Break(()),
                // What cannot be told is taken to lie outside: a review will say that the solid is not exact.
                Err(NoResult::NotExact) => {}
                Ok(insides) => insides.into_iter().for_each(|(inner, outer)| {
                    let known = outer_of[inner as usize];
                    if known == inner || size(known) < size(outer) {
                        outer_of[inner as usize] = outer;
                    }
                }),
            }
            ControlFlow::Continue(())
        })?;

        let outermost = |mut body: u32| {
            // Each step leads to a larger body.
            while outer_of[body as usize] != body {
                body = outer_of[body as usize];
            }
            body
        };
        let sign = |body: u32| if is_inward(body) == is_inward(outermost(body)) { 1 } else { -1 };
        let signs = (0..bodies.len() as u32).map(sign).collect();
        let is_outermost = |body: &u32| outer_of[*body as usize] == *body;
        let outermost_bodies = || (0..bodies.len() as u32).filter(is_outermost);
        let turned_count = outermost_bodies().filter(|&body| is_inward(body)).count() as u64;
        ControlFlow::Continue(Self { signs, outermost_count: outermost_bodies().count() as u64, turned_count })
    }
}

/// The bodies that contain one, the smallest first.
pub(in crate::mesh) fn containers_of(containers: &Containers, body: u32) -> impl DoubleEndedIterator<Item = u32> {
    containers.of(body as usize).iter().map(|&(_, outer)| outer)
}

/// The pairs of an inner and an outer body among those of a cluster that overlap and face different ways or both inward.
fn insides(
    cluster: &Cluster,
    members: Vec<Member>,
    bodies: &[MeasuredBody],
    kernel: &mut Kernel<'_>,
) -> Result<Vec<(u32, u32)>, NoResult> {
    kernel.begin();
    let operands = operands(kernel, members)?;
    let operand = |body: u32| cluster.bodies.binary_search(&body).ok().and_then(|place| operands.get(place));
    let body = |number: u32| &bodies[number as usize];
    let mut insides = Vec::new();
    for &(a, b) in &cluster.overlaps {
        let (outer, inner) = if body(a).size() < body(b).size() { (b, a) } else { (a, b) };
        let faces_inward = body(inner).volume < 0.0 || body(outer).volume < 0.0;
        if let (true, Some((_, outer_operand)), Some((_, inner_operand))) =
            (faces_inward && body(outer).bounds_contain(body(inner)), operand(outer), operand(inner))
            && is_inside(kernel, inner_operand, outer_operand)?
        {
            insides.push((inner, outer));
        }
    }
    Ok(insides)
}
