//! The findings about a part in a material: whether the process can make it.
//!
//! They follow from the basic measures alone: no function here sees a triangle.

use std::collections::HashSet;

use super::book::{Limit, Material};
use super::select::Selection;
use crate::contract::{Finding, FindingCode, Severity};
use crate::driver::BasicMeasures;
use crate::quantity::rational::{self, Rational};

/// The findings about a part in each material once, in the order of the request.
pub(super) fn findings(selection: &Selection, part: &BasicMeasures) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = HashSet::new();
    for selected in &selection.materials {
        let material = selected.material.as_ref();
        if seen.insert(material.id.as_str()) {
            findings.extend(exceeds_build_volume(material, part));
            findings.extend(below_minimum_wall(material, part));
        }
    }
    findings
}

/// A part that does not fit, however it is turned by right angles: sorted sides are compared with sorted sides.
fn exceeds_build_volume(material: &Material, part: &BasicMeasures) -> Option<Finding> {
    let Limit { mm: sides, text } = material.build_volume.as_ref()?;
    let mut extents = part.extents().clone();
    extents.sort();
    let slack = slack_above();
    let exceeds = extents.iter().zip(sides).any(|(extent, side)| *extent > side * &slack);
    exceeds.then(|| {
        let [x, y, z] = part.extents_mm.map(millimetres);
        let message = format!("{}: {x} x {y} x {z} mm does not fit in {text}, however it is turned", material.id);
        Finding { code: FindingCode::ExceedsBuildVolume, severity: Severity::Review, message }
    })
}

/// A part whose walls, by [`wall_mm`], are thinner than the process can make.
fn below_minimum_wall(material: &Material, part: &BasicMeasures) -> Option<Finding> {
    let Limit { mm: minimum, text } = material.minimum_wall.as_ref()?;
    let wall_mm = wall_mm(part);
    let is_below = rational::from_f64(wall_mm).is_some_and(|wall| wall * slack_above() < *minimum);
    is_below.then(|| {
        let (id, wall) = (&material.id, millimetres(wall_mm));
        let message = format!("{id}: walls of about {wall} mm, by volume and area; at least {text} can be made");
        Finding { code: FindingCode::BelowMinimumWall, severity: Severity::Warning, message }
    })
}

/// An estimate of the wall thickness, in millimetres.
///
/// A plate of thickness t and sides b, c has the volume V = t b c and the area A = 2 (b c + t b + t c), hence
/// 1/t = A / 2V − 1/b − 1/c. With b and c the two longer extents this is exact for every box, cylinder, disc and ball
/// along the axes (a ball of diameter d: A / 2V = 3/d), and it tends to the true wall of any thin plate or shell as
/// 1/b and 1/c vanish. The plain mean wall 2V/A, without the rim, would call a solid cube of 1.5 mm a wall of 0.5.
/// No wall is thicker than the shortest extent.
///
/// It is a hint, hence a warning: a wire that is bent, or lies askew, seems down to half as thick as it is, and a thin
/// wall hides behind a thick body. It never falls below 2V/A, and a convex part is at most three times as thick as that.
fn wall_mm(part: &BasicMeasures) -> f64 {
    let mut extents_mm = part.extents_mm;
    extents_mm.sort_by(f64::total_cmp);
    let [shortest_mm, middle_mm, longest_mm] = extents_mm;
    let per_mm = part.surface_area_mm2 / (2.0 * part.volume_mm3) - 1.0 / middle_mm - 1.0 / longest_mm;
    // Not greater than zero where shells overlap: the extent is the only bound then.
    if per_mm > 0.0 { (1.0 / per_mm).min(shortest_mm) } else { shortest_mm }
}

/// The factor by which an extent may exceed a limit. Coordinates are mostly 32-bit floats: an extent that should equal the
/// limit differs from it by less than a millionth, and no process is that precise.
fn slack_above() -> Rational {
    rational::fraction(1_000_001, 1_000_000)
}

/// A length for a message: to the micrometre.
fn millimetres(length_mm: f64) -> String {
    let text = format!("{length_mm:.3}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
