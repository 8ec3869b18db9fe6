//! The properties of the measures and layers of any mesh: they are finite and not negative, the hull is no smaller than the solid and
//! the smallest box no smaller than the hull, and the layers have the solid's volume, within what their height allows.

use std::sync::LazyLock;

use pricing_worker::appraise::{Allowance, Appraiser, Limits, MeasuredModel, Stop, Unread};
use pricing_worker::contract::Reason;
use pricing_worker::mesh::{SolidMesh, Surface, Triangle};
use pricing_worker::pricing::PriceBook;
use pricing_worker::section::{LayerGrid, slice};

use super::memory;
use super::solid::findings_ask_for_review;
use crate::appraising::quote_request;
use crate::books::{charging_by, surface_drivers};
use crate::shapes::binary;

/// The relative error of a sum over a mesh, and of a volume the same as a share of that of its bounds.
const SUM_ERROR: f64 = 1e-9;
const OF_BOUNDS: f64 = 1e-9;
const LAYERS: f64 = 40.0;

/// Measures a mesh from binary STL by every driver of a surface, on this thread alone, and lends the surface.
fn measured(mesh: &[Triangle]) -> Result<(MeasuredModel, Option<Surface>), Reason> {
    static APPRAISER: LazyLock<Appraiser> = LazyLock::new(|| {
        let book = PriceBook::parse(&charging_by(surface_drivers())).expect("the book is right");
        Appraiser::new(book, Limits { object_bytes: 1 << 30, topology_triangles: 1_000_000 })
    });
    let (file, request) = (binary(mesh), quote_request("model.stl"));
    let mut allowance = Allowance::default();
    loop {
        let plan = APPRAISER.plan(&request, file.len() as u64, &file, allowance)?;
        let plan = plan.with_study(SolidMesh::BYTES_PER_TRIANGLE);
        let mut appraisal = APPRAISER.begin(plan, Stop::default()).with_more_memory(|_| true);
        match appraisal.push(&file).and_then(|()| appraisal.finish_with_surface()) {
            Ok(measured) => return Ok(measured),
            Err(Unread::Rejected(reason)) => return Err(reason),
            Err(Unread::Outgrown(more)) => allowance = more,
        }
    }
}

/// Checks the measures and the layers of a mesh.
pub fn check(mesh: &[Triangle]) {
    let Ok((model, surface)) = memory::on_this_thread(|| measured(mesh)) else { return };
    // What bodies share is not known then, and the surface has it twice.
    let is_exact = !findings_ask_for_review(&model);
    let MeasuredModel { geometry, measures, .. } = model;
    let surface = surface.expect("a small mesh is repaired");
    let off = SUM_ERROR * geometry.volume_mm3 + OF_BOUNDS * geometry.extents_mm.iter().product::<f64>();
    let stored = measures.into_stored();
    let of = |key: &str| {
        let measure: f64 = stored[key].amount.parse().expect("a number");
        assert!(measure.is_finite() && measure >= 0.0, "{key} is {measure}");
        measure
    };
    for key in stored.keys() {
        of(key);
    }
    let (hull, smallest) = (of("hull_volume"), of("oriented_box_volume"));
    assert!(smallest >= hull - off, "the smallest box has {smallest} mm3, and the hull {hull}");
    if !is_exact {
        return;
    }
    assert!(hull >= geometry.volume_mm3 - off, "the hull has {hull} mm3, and the solid {}", geometry.volume_mm3);
    check_layers(&surface.to_solid_mesh(), geometry.volume_mm3, off);
}

fn check_layers(solid: &SolidMesh, volume: f64, off: f64) {
    let [low, high] = solid.bounds().expect("it has a volume");
    let height = (high.z - low.z) / LAYERS;
    let grid = LayerGrid::new([low.z, high.z], height, height).expect("it has a height");
    let sliced = slice(solid, &grid, std::f64::consts::FRAC_PI_4, &|| false).expect("nobody stops it");
    let difference = (sliced.volume - volume).abs();
    assert!(difference <= sliced.most_volume_error + off, "layers of {} mm3, a solid of {volume}", sliced.volume);
    let counts = sliced.loops.expect("few crossings");
    for (layer, count) in sliced.layers.iter().zip(counts) {
        let all = [layer.outline, layer.area, layer.up, layer.down, layer.overhang, layer.bridge];
        assert!(all.iter().all(|number| number.is_finite() && *number >= -off), "{layer:?}");
        assert!(
            count.islands <= count.loops && (count.loops == 0) == (layer.crossing_count == 0),
            "{count:?} {layer:?}"
        );
    }
}
