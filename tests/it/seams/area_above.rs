//! A test-only driver: the area of the surface above a level, found with the hierarchy.

use pricing_worker::contract;
use pricing_worker::driver::{Driver, Parameter, ParameterKind, ParameterTable, Source, SurfaceInput};
use pricing_worker::mesh::{Hierarchy, Stopped};
use pricing_worker::quantity::{Dimension, rational};

/// The row of the driver. It borrows another driver's identifier, because the contract has none for it.
pub const ROW: Driver = Driver {
    id: contract::DriverName::SurfaceArea,
    name: "area_above",
    meaning: "the area of the surface above a level",
    dimension: Dimension::Area,
    parameters: &[LEVEL],
    source: Source::Surface { bytes_per_triangle: Hierarchy::BYTES_PER_TRIANGLE, measure },
};

const LEVEL: Parameter = Parameter {
    key: "level",
    table: ParameterTable::Charge,
    kind: ParameterKind::Length,
    example: "\"3 mm\"",
    purpose: "cuts the surface",
    meaning: "the height above which the surface counts",
};

/// Adds up the areas of the triangles that lie entirely above the level.
fn measure(input: &SurfaceInput<'_>) -> Result<f64, Stopped> {
    let SurfaceInput { derived, unit_mm, arguments, stopped } = *input;
    let surface = derived.surface();
    if stopped() {
        return Err(Stopped);
    }
    let level_mm: f64 = rational::decimal_text(&arguments[0]).parse().expect("a length is a decimal number");
    let level = level_mm / unit_mm;
    let [mut low, mut high] = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    for corner in surface.triangles().flat_map(|(_, corners)| corners) {
        for axis in 0..3 {
            low[axis] = low[axis].min(corner[axis]);
            high[axis] = high[axis].max(corner[axis]);
        }
    }
    low[2] = level;
    let above = surface.hierarchy().in_box(low.into(), high.into());
    let whole = above.filter(|corners| corners.iter().all(|corner| corner.z >= level));
    let area: f64 = whole.map(|[a, b, c]| (b - a).cross(&(c - a)).norm() / 2.0).sum();
    Ok(area * unit_mm * unit_mm)
}
