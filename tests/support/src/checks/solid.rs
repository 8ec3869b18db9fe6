//! The properties of the solid of any mesh: its volume lies between nothing and the convex hull, and is the same for the mesh
//! turned, moved and shuffled.
//!
//! The meshes come from bytes: a few bodies on a lattice or off it, each moved, turned, doubled, cut or crossed by others.

use std::sync::LazyLock;

use pricing_worker::appraise::{Appraiser, Limits, MeasuredModel};
use pricing_worker::contract::{Finding, FindingCode, Geometry, Reason, Severity};
use pricing_worker::mesh::Triangle;
use pricing_worker::pricing::PriceBook;

use super::hull::hull_volume;
use super::memory;
use crate::appraising::{measure, quote_request};
use crate::shapes::{binary, shuffled};

/// The relative error of a sum over a mesh, and the same of a volume that is small beside area × extent.
const SUM_ERROR: f64 = 1e-9;
const FLAT_ERROR: f64 = 1e-12;
/// The same where corners are rounded to `f32` again, by an angle's turn: 2⁻²⁴ of the extent in each coordinate, which the
/// whole area may be off by. A crack that opens so is welded, within a few times as much.
const ROUNDING: f64 = 1e-6;

/// Measures a mesh from binary STL, on this thread alone.
pub fn measured(mesh: &[Triangle]) -> Result<MeasuredModel, Reason> {
    static APPRAISER: LazyLock<Appraiser> = LazyLock::new(|| {
        Appraiser::new(PriceBook::sample(), Limits { object_bytes: 1 << 30, topology_triangles: 1_000_000 })
    });
    let file = binary(mesh);
    memory::on_this_thread(|| measure(&APPRAISER, &quote_request("model.stl"), [&*file]))
}

/// Checks the solid of a mesh.
pub fn check(mesh: &[Triangle]) {
    let plain = measured(mesh);
    if let Ok(measured) = &plain {
        check_bounds(mesh, measured);
    }
    // Where the rims of holes meet in a corner, which of them is one hole depends on the order of the triangles.
    if has_one_answer(&plain) {
        for (name, image) in images(mesh) {
            check_same(name, &plain, &measured(&image));
        }
    }
    if is_closed(&plain) && !is_for_review(&plain) {
        check_turned(&plain, &measured(&turned_by_angles(mesh)));
    }
}

fn check_bounds(mesh: &[Triangle], MeasuredModel { geometry, findings, .. }: &MeasuredModel) {
    let (volume, hull) = (geometry.volume_mm3, hull_volume(mesh));
    assert!(volume > 0.0, "{volume} mm3");
    let most = hull * (1.0 + SUM_ERROR) + FLAT_ERROR * flat(geometry);
    assert!(volume <= most, "{volume} mm3, where the convex hull of all corners has {hull}: {findings:?}");
}

/// Area × extent: what a volume may be off by, relatively.
fn flat(geometry: &Geometry) -> f64 {
    geometry.surface_area_mm2 * geometry.extents_mm.into_iter().fold(0.0, f64::max)
}

/// Whether the answer follows from the set of triangles alone.
fn has_one_answer(answer: &Result<MeasuredModel, Reason>) -> bool {
    answer
        .as_ref()
        .map_or(true, |measured| !measured.findings.iter().any(|finding| finding.code == FindingCode::OpenMesh))
}

/// Whether the mesh is closed as the file has it, so that rounding does not change which triangles make a body.
fn is_closed(answer: &Result<MeasuredModel, Reason>) -> bool {
    let is_closed = |geometry: &Geometry| geometry.watertight && geometry.winding_consistent;
    answer.as_ref().is_ok_and(|measured| is_closed(&measured.geometry))
}

/// Whether a person looks at the volume, because what bodies share is not known. Rounding decides how far that is examined, and
/// where bodies that face different ways have walls in one place, which triangles belong together.
#[must_use]
pub fn is_for_review(answer: &Result<MeasuredModel, Reason>) -> bool {
    answer.as_ref().is_ok_and(findings_ask_for_review)
}

/// The same of a model that has a volume.
pub(super) fn findings_ask_for_review(model: &MeasuredModel) -> bool {
    model
        .findings
        .iter()
        .any(|Finding { code, severity, .. }| *code == FindingCode::OverlappingShells && *severity == Severity::Review)
}

fn check_same(name: &str, plain: &Result<MeasuredModel, Reason>, image: &Result<MeasuredModel, Reason>) {
    match (plain, image) {
        (Ok(plain), Ok(image)) => {
            let (plain, image) = (&plain.geometry, &image.geometry);
            let most = SUM_ERROR * plain.volume_mm3 + FLAT_ERROR * flat(plain);
            let error = (plain.volume_mm3 - image.volume_mm3).abs();
            assert!(error <= most, "{name}: {} mm3, and as it was {}", image.volume_mm3, plain.volume_mm3);
            assert_eq!(image.shell_count, plain.shell_count, "shells, {name}");
        }
        (Err(plain), Err(image)) => assert_eq!(image.code, plain.code, "{name}"),
        (Ok(plain), Err(image)) => panic!("{name}: {image}, and as it was {} mm3", plain.geometry.volume_mm3),
        (Err(plain), Ok(image)) => panic!("{name}: {} mm3, and as it was {plain}", image.geometry.volume_mm3),
    }
}

/// A turn by an angle rounds every corner. What was a solid of some thickness remains one.
fn check_turned(plain: &Result<MeasuredModel, Reason>, image: &Result<MeasuredModel, Reason>) {
    let Ok(MeasuredModel { geometry: plain, .. }) = plain else { return };
    if is_for_review(image) {
        return;
    }
    let most = ROUNDING * flat(plain);
    match image {
        Ok(MeasuredModel { geometry: image, .. }) => {
            let error = (plain.volume_mm3 - image.volume_mm3).abs();
            assert!(error <= most, "turned by angles: {} mm3, and as it was {}", image.volume_mm3, plain.volume_mm3);
        }
        Err(reason) => assert!(plain.volume_mm3 <= most, "turned by angles: {reason}, was {} mm3", plain.volume_mm3),
    }
}

/// The mesh turned by quarters, moved and shuffled, without any rounding.
fn images(mesh: &[Triangle]) -> Vec<(&'static str, Vec<Triangle>)> {
    let mapped = |corner: &dyn Fn([f32; 3]) -> [f32; 3]| -> Vec<Triangle> {
        mesh.iter().map(|triangle| triangle.map(corner)).collect()
    };
    let mut images = vec![
        ("shuffled", shuffled(mesh)),
        ("turned, so that x is y", mapped(&|[x, y, z]| [z, x, y])),
        ("turned by a quarter", mapped(&|[x, y, z]| [-y, x, z])),
        ("upside down and shuffled", shuffled(&mapped(&|[x, y, z]| [x, -y, -z]))),
        ("mirrored twice", mapped(&|[x, y, z]| [y, x, -z])),
    ];
    let largest = mesh.as_flattened().iter().flatten().fold(0.0_f32, |most, coordinate| most.max(coordinate.abs()));
    let by = largest.max(1.0).log2().ceil().exp2();
    let is_exact = |coordinate: &f32| (coordinate + by) - by == *coordinate && (coordinate - by) + by == *coordinate;
    if mesh.as_flattened().iter().flatten().all(is_exact) {
        images.push(("moved", mapped(&|[x, y, z]| [x + by, y - by, z + by])));
    }
    images
}

/// The mesh turned about two axes, with its corners rounded.
#[must_use]
pub fn turned_by_angles(mesh: &[Triangle]) -> Vec<Triangle> {
    let turned = |corner: [f32; 3]| {
        let [x, y, z] = corner.map(f64::from);
        let (sine, cosine) = 30_f64.to_radians().sin_cos();
        let [x, y] = [x * cosine - y * sine, x * sine + y * cosine];
        let (sine, cosine) = 20_f64.to_radians().sin_cos();
        let [y, z] = [y * cosine - z * sine, y * sine + z * cosine];
        [x, y, z].map(|coordinate| coordinate as f32)
    };
    mesh.iter().map(|triangle| triangle.map(turned)).collect()
}
