//! The triangles that may meet another body than their own.
//!
//! They meet the bounds of that body, by an exact test of a triangle and a box: a long triangle askew does not meet all that its
//! own box does. Most triangles of most meshes meet no bounds but their own, and a few comparisons say so.

use std::ops::ControlFlow;

use super::body::MeasuredBody;
use super::triangle_box::meets_box;
use super::triangle_pair::has_area;
use super::work::{Ended, Work};
use crate::mesh::box_tree::{Bounds, BoxTree, Node};
use crate::mesh::faces::Faces;

/// The steps that a node of the tree counts for.
const NODE_STEPS: u32 = 8;

/// The most nodes that are looked at for the company of a body. Many bodies in one place are all near one another.
const MOST_NODES: usize = 64;

/// The triangles that have an area and meet the bounds of another body.
pub(in crate::mesh) fn near_others(
    faces: &Faces<'_>,
    bodies: &[MeasuredBody],
    work: &mut Work<'_, '_>,
) -> ControlFlow<Ended, Vec<u32>> {
    let tree = BoxTree::of(0..bodies.len() as u32, |body| bodies[body as usize].bounds());
    let mut search = Search { bodies, tree, work };
    let mut company = Vec::with_capacity(bodies.len());
    for body in 0..bodies.len() as u32 {
        company.push(search.company(body)?);
    }
    let mut near = Vec::new();
    for face in 0..faces.count() as u32 {
        let (own, of_face) = (faces.body(face), faces.bounds(face));
        if !company[own as usize].meets(&of_face) {
            continue;
        }
        let corners = faces.corners(face);
        let meets = |bounds: &Bounds| meets_box(&corners, &of_face, bounds);
        if meets(&company[own as usize]) && search.meets_other(own, meets)? && has_area(&corners) {
            near.push(face);
        }
    }
    ControlFlow::Continue(near)
}

/// The search among the bounds of all bodies.
struct Search<'a, 'b, 'c, 'd> {
    bodies: &'a [MeasuredBody],
    tree: BoxTree,
    work: &'b mut Work<'c, 'd>,
}

impl Search<'_, '_, '_, '_> {
    /// A box about all that other bodies' bounds have in common with those of a body, or the latter.
    fn company(&mut self, own: u32) -> ControlFlow<Ended, Bounds> {
        let bounds = self.bodies[own as usize].bounds();
        let mut company = Bounds::EMPTY;
        let mut left_over: Vec<Node> = self.tree.root().into_iter().collect();
        let mut nodes_left = MOST_NODES;
        while let Some(node) = left_over.pop() {
            self.work.spend(NODE_STEPS)?;
            if nodes_left == 0 {
                return ControlFlow::Continue(bounds);
            }
            nodes_left -= 1;
            if !node.bounds.meets(&bounds) || company.contains(&node.bounds) {
                continue;
            }
            if bounds.contains(&node.bounds) && node.bounds != bounds {
                // The body itself is not among them.
                company = company.joined(&node.bounds);
            } else if let Some(halves) = self.tree.halves(&node) {
                left_over.extend(halves);
            } else {
                for &other in self.tree.items(&node).iter().filter(|&&other| other != own) {
                    company = company.joined(&self.bodies[other as usize].bounds().common(&bounds));
                }
            }
        }
        ControlFlow::Continue(company)
    }

    /// Whether what meets boxes meets the bounds of a body other than its own.
    fn meets_other(&mut self, own: u32, meets: impl Fn(&Bounds) -> bool) -> ControlFlow<Ended, bool> {
        let mut left_over: Vec<Node> = self.tree.root().into_iter().collect();
        while let Some(node) = left_over.pop() {
            self.work.spend(NODE_STEPS)?;
            if !meets(&node.bounds) {
                continue;
            }
            if let Some(halves) = self.tree.halves(&node) {
                left_over.extend(halves);
            } else {
                let mut others = self.tree.items(&node).iter().filter(|&&body| body != own);
                if others.any(|&body| meets(&self.bodies[body as usize].bounds())) {
                    return ControlFlow::Continue(true);
                }
            }
        }
        ControlFlow::Continue(false)
    }
}
