//! The functions of the drivers that are computed from sums.

use super::BasicMeasures;
use crate::quantity::Rational;

/// The volume of the solid, in mm3.
pub(super) fn volume(part: &BasicMeasures, _: &[Rational]) -> Rational {
    part.volume().clone()
}

/// The surface area, in mm2.
pub(super) fn surface_area(part: &BasicMeasures, _: &[Rational]) -> Rational {
    part.surface_area().clone()
}

/// The volume of the bounds, each side extended by the clearance at both ends, in mm3.
pub(super) fn box_volume(part: &BasicMeasures, arguments: &[Rational]) -> Rational {
    let [x, y, z] = part.extents();
    let clearance = &arguments[0];
    let both_ends = clearance + clearance;
    (x + &both_ends) * (y + &both_ends) * (z + &both_ends)
}

/// The height of the bounds, in mm.
pub(super) fn height(part: &BasicMeasures, _: &[Rational]) -> Rational {
    part.extents()[2].clone()
}

/// The volume of the solid × a density, in g.
pub(super) fn mass(part: &BasicMeasures, arguments: &[Rational]) -> Rational {
    part.volume() * &arguments[0]
}
