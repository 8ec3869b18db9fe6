//! The triangles of a surface and of its patches by number, for searches that come to them in any order.
//!
//! A patch is kept as its rim and the number of its hole's centre. This takes at most 32 bytes a patch and 24 a hole.

use nalgebra::Vector3;

use super::box_tree::Bounds;
use super::hierarchy;
use super::surface::Surface;
use super::triangle::{Point, to_f64};

/// Numbered triangles: those of the mesh as they follow one another, then the patches. They are wound as written.
pub(in crate::mesh) struct Faces<'a> {
    surface: &'a Surface,
    patches: Vec<Patch>,
    centres: Vec<Vector3<f64>>,
}

/// A triangle of a fan about a hole's centre.
#[derive(Debug)]
struct Patch {
    body: u32,
    /// The place of the third corner.
    centre: u32,
    rim: [Point; 2],
}

impl<'a> Faces<'a> {
    pub fn of(surface: &'a Surface) -> Self {
        let mut faces = Self { surface, patches: Vec::new(), centres: Vec::new() };
        for (body, [a, b, centre]) in surface.patches() {
            if faces.centres.last() != Some(&centre) {
                faces.centres.push(centre);
            }
            // The rim of a hole runs through vertices, which are `f32`.
            let rim = [a, b].map(|corner| [0, 1, 2].map(|axis| corner[axis] as f32));
            faces.patches.push(Patch { body, centre: faces.centres.len() as u32 - 1, rim });
        }
        faces
    }

    /// The number of triangles and patches.
    pub fn count(&self) -> usize {
        self.surface.indices().len() + self.patches.len()
    }

    /// The body that a triangle belongs to.
    pub fn body(&self, number: u32) -> u32 {
        match self.patch(number) {
            None => self.surface.body_of(number as usize),
            Some(patch) => patch.body,
        }
    }

    /// The corners of a triangle.
    pub fn corners(&self, number: u32) -> [Vector3<f64>; 3] {
        match self.patch(number) {
            None => self.points(number).map(to_f64),
            Some(Patch { rim: [a, b], centre, .. }) => [to_f64(*a), to_f64(*b), self.centres[*centre as usize]],
        }
    }

    /// The box of a triangle.
    pub fn bounds(&self, number: u32) -> Bounds {
        match self.patch(number) {
            None => Bounds::of(&self.points(number)),
            Some(_) => hierarchy::bounds(&self.corners(number)),
        }
    }

    fn points(&self, number: u32) -> [Point; 3] {
        self.surface.indices()[number as usize].map(|vertex| self.surface.points()[vertex as usize])
    }

    fn patch(&self, number: u32) -> Option<&Patch> {
        let place = (number as usize).checked_sub(self.surface.indices().len())?;
        Some(&self.patches[place])
    }
}
