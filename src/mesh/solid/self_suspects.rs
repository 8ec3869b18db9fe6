//! The choice of bodies that are examined for crossing themselves, triangle by triangle: that takes a microsecond a triangle, and
//! more where triangles are long.
//!
//! A small body is examined at once. A larger one is looked at by rays first, as a single shell is; what that can miss is said in
//! `self_overlap`.
//!
//! The rays also say by how much the signed volume of such a body is off, should the examination not come to an end.

use rayon::prelude::*;

use super::body::MeasuredBody;
use super::self_overlap::{MOST_MISSED_SHARE, SelfOverlap, self_overlap};
use crate::mesh::surface::Surface;
use crate::mesh::triangle::{BLOCK_TRIANGLES, Triangle};

/// The most triangles of a body that is examined without a look: the rays take as long.
const SMALL_BODY_TRIANGLES: u64 = 1024;

/// The most that an overlap is, in estimates of it: a test over generated overlaps finds up to twice.
const MOST_OF_ESTIMATE: f64 = 3.0;

/// Of each body that may cross itself, the most by which its signed volume is off, in the file's unit cubed. If the caller stops
/// it, the result means nothing.
pub(in crate::mesh) fn self_suspects(
    surface: &Surface,
    bodies: &[MeasuredBody],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Vec<Option<f64>> {
    // All of a body lies within its bounds.
    let within_bounds = |body: &MeasuredBody| body.common_box_volume(body);
    let look = |(body, triangles): (usize, Vec<Triangle>)| {
        let measured = &bodies[body];
        let blocks: Vec<&[Triangle]> = triangles.chunks(BLOCK_TRIANGLES).collect();
        let most_off = match self_overlap(&blocks, measured.bounds, measured.volume, measured.area, stopped) {
            SelfOverlap::NotFound => None,
            SelfOverlap::Undecided => Some(within_bounds(measured)),
            SelfOverlap::Found { volume_share } => {
                let most_off = (MOST_OF_ESTIMATE * volume_share + MOST_MISSED_SHARE) * measured.size();
                Some(most_off.min(within_bounds(measured)))
            }
        };
        (body, most_off)
    };
    let looked_at: Vec<_> = large_bodies(surface, bodies).into_par_iter().map(look).collect();
    let mut suspects: Vec<_> = bodies.iter().map(|body| Some(within_bounds(body))).collect();
    for (body, most_off) in looked_at {
        suspects[body] = most_off;
    }
    suspects
}

/// The triangles and patches of each body that is not small. Centres of patches are rounded to `f32`, which is below the
/// tolerance of the look.
fn large_bodies(surface: &Surface, bodies: &[MeasuredBody]) -> Vec<(usize, Vec<Triangle>)> {
    let is_large = |body: &MeasuredBody| body.triangle_count > SMALL_BODY_TRIANGLES;
    let mut of_bodies: Vec<Vec<Triangle>> = vec![Vec::new(); bodies.len()];
    if bodies.iter().any(is_large) {
        for (body, triangle) in surface.written_triangles().filter(|(body, _)| is_large(&bodies[*body as usize])) {
            let of_body = &mut of_bodies[body as usize];
            if of_body.capacity() == 0 {
                of_body.reserve_exact(bodies[body as usize].triangle_count as usize);
            }
            of_body.push(triangle.map(|corner| [0, 1, 2].map(|axis| corner[axis] as f32)));
        }
    }
    of_bodies.into_iter().enumerate().filter(|(_, triangles)| !triangles.is_empty()).collect()
}
