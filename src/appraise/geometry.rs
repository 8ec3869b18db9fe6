//! The measures that every model has, in millimetres.

use crate::contract::{Bounds, Geometry, Reason, RejectionCode, Unit};
use crate::mesh::{Solid, Sums, Topology};

/// The longest side that is priced: a kilometre. A longer one is a mistake, and its price would have too many digits.
const LONGEST_SIDE_MM: f64 = 1e6;

/// Rejects a model that is too large to be priced.
pub(super) fn check_size(sums: &Sums, unit: Unit) -> Result<(), Reason> {
    let sides = (0..3).map(|axis| (f64::from(sums.max[axis]) - f64::from(sums.min[axis])) * unit.millimetres());
    let longest = sides.fold(0.0, f64::max);
    if longest <= LONGEST_SIDE_MM {
        return Ok(());
    }
    let message = format!("the longest side is {longest:.3e} mm; at most {LONGEST_SIDE_MM:.0e} is priced");
    Err(Reason::new(RejectionCode::TooLarge, message))
}

/// The measures in millimetres.
pub(super) fn geometry(sums: &Sums, topology: Option<&Topology>, solid: &Solid, unit: Unit) -> Geometry {
    let scale = unit.millimetres();
    Geometry {
        triangle_count: sums.triangle_count,
        volume_mm3: solid.volume * scale.powi(3),
        surface_area_mm2: solid.area * scale.powi(2),
        bounds_mm: bounds(sums, scale),
        extents_mm: [0, 1, 2].map(|axis| (f64::from(sums.max[axis]) - f64::from(sums.min[axis])) * scale),
        centroid_mm: (solid.centroid * scale).into(),
        watertight: topology.is_none_or(|topology| topology.watertight),
        winding_consistent: topology.is_none_or(|topology| topology.winding_consistent),
        shell_count: topology.map(|topology| topology.shell_count),
        boundary_edge_count: topology.map(|topology| topology.boundary_edge_count),
        non_manifold_edge_count: topology.map(|topology| topology.non_manifold_edge_count),
        degenerate_triangle_count: sums.degenerate_count,
        fingerprint: format!("{:032x}", sums.fingerprint(scale)),
        parts: Vec::new(),
        parts_left_out: 0,
    }
}

/// The bounding box in millimetres, by the length of the unit.
pub(super) fn bounds(sums: &Sums, scale: f64) -> Bounds {
    let [min, max] = [sums.min, sums.max].map(|corner| corner.map(|coordinate| f64::from(coordinate) * scale));
    Bounds { min, max }
}
