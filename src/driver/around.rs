//! The functions of the drivers that measure the room around a solid.

use super::SurfaceInput;
use crate::measure::oriented_box;
use crate::mesh::Stopped;

/// The volume of the convex hull, in mm3.
pub(super) fn hull_volume(input: &SurfaceInput<'_>) -> Result<f64, Stopped> {
    let hull = input.derived.hull(input.stopped)?;
    Ok(hull.map_or(0.0, |hull| hull.volume() * input.unit_mm.powi(3)))
}

/// The volume of the smallest box in any orientation, in mm3.
pub(super) fn oriented_box_volume(input: &SurfaceInput<'_>) -> Result<f64, Stopped> {
    let Some(hull) = input.derived.hull(input.stopped)? else { return Ok(0.0) };
    Ok(oriented_box(hull, input.stopped)?.volume() * input.unit_mm.powi(3))
}
