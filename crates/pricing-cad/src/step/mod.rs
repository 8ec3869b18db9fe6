//! STEP files: each solid measured exactly and meshed once, with a placement for each of its copies.

mod part21;
mod product;

use occt_wasm::{OcctKernel, ShapeHandle};

use self::part21::Part21;
use self::product::{Product, Solid};
use crate::limits::Limits;
use crate::mesh::Mesh;
use crate::model::{MeasuredSolid, Model};
use crate::refusal::{Code, Refusal};
use crate::stream::{ExactMeasures, Meshes};

/// How far the volume of a mesh may be from the exact one before the solid is meshed more finely, as a share of it.
const NEAR_ENOUGH: f64 = 4e-3;
/// The most times that a solid is meshed more finely, and what deflection and angle are multiplied by each time.
const MOST_REFINEMENTS: i32 = 1;
const REFINED_BY: f64 = 0.4;
/// The most triangles of a mesh that is made finer: six times as many take seconds.
const MOST_REFINED_TRIANGLES: usize = 10_000;
/// The transform that moves nothing, in rows: what goes through it comes out as B-splines.
const IDENTITY: [f64; 12] = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
/// The most names of other files in a message.
const MOST_NAMED: usize = 3;

/// Reads a STEP file.
pub fn read(bytes: &[u8], kernel: &mut OcctKernel, limits: &Limits) -> Result<Model, Refusal> {
    // Names may be in any encoding; all that is geometry is ASCII.
    let text = String::from_utf8_lossy(bytes);
    let Part21 { unit_mm, external_files } = part21::read(&text);
    refuse_external(&external_files)?;
    let unit_mm = unit_mm.unwrap_or(1.0);
    let product = Product::read(kernel, &text, unit_mm)?;
    drop(text);
    if product.solids.is_empty() {
        let (code, message) = match product.surface_count {
            0 => (Code::EmptyModel, "the file has no solid and no surface".to_owned()),
            count => {
                (Code::NoVolume, format!("the file has {count} surfaces and no solid: export the part as a solid body"))
            }
        };
        return Err(Refusal::new(code, message));
    }
    let mut solids = Vec::with_capacity(product.solids.len());
    let mut triangle_count = 0;
    for solid in product.solids {
        let measured = measure(kernel, solid, unit_mm, limits)?;
        triangle_count += measured.mesh.triangles.len() as u64 * measured.placements.len() as u64;
        if triangle_count > limits.triangles {
            let most = limits.triangles;
            let message = format!("the meshes of the solids have more than {most} triangles: the model is too large");
            return Err(Refusal::new(Code::TooLarge, message));
        }
        solids.push(measured);
    }
    let left_out = if product.surface_count > 0 { vec![("surfaces", product.surface_count)] } else { Vec::new() };
    Ok(Model { unit_mm, meshes: Meshes::Tessellated, solids, left_out })
}

fn refuse_external(files: &[String]) -> Result<(), Refusal> {
    if files.is_empty() {
        return Ok(());
    }
    let named = files.iter().take(MOST_NAMED).map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", ");
    let more = if files.len() > MOST_NAMED { format!(" and {} more", files.len() - MOST_NAMED) } else { String::new() };
    let message =
        format!("the file refers to {named}{more}, which it does not contain: export the assembly as one file");
    Err(Refusal::new(Code::UnsupportedFeature, message))
}

fn measure(kernel: &mut OcctKernel, solid: Solid, unit_mm: f64, limits: &Limits) -> Result<MeasuredSolid, Refusal> {
    let Solid { shape, name, placements } = solid;
    let measuring = |error| Refusal::of_kernel(&error, "measured a solid");
    let volume_mm3 = kernel.get_volume(shape).map_err(measuring)?;
    let area_mm2 = kernel.get_surface_area(shape).map_err(measuring)?;
    let (mut mesh, mut deflection_mm) = near_mesh(kernel, shape, volume_mm3, limits)?;
    if !mesh.is_closed() {
        // Some faces get no triangles, as that of a cone up to its tip. As B-splines they do.
        let splines = kernel.general_transform(shape, &IDENTITY).map_err(measuring)?;
        let (of_splines, deflection_of_splines_mm) = near_mesh(kernel, splines, volume_mm3, limits)?;
        if of_splines.is_closed() {
            (mesh, deflection_mm) = (of_splines, deflection_of_splines_mm);
        }
        kernel.release(splines).map_err(measuring)?;
    }
    kernel.release(shape).map_err(measuring)?;
    mesh.scale(unit_mm.recip());
    let exact = ExactMeasures {
        volume: volume_mm3 / unit_mm.powi(3),
        area: area_mm2 / unit_mm.powi(2),
        mesh_volume: mesh.volume(),
        deflection: deflection_mm / unit_mm,
    };
    Ok(MeasuredSolid { name, exact: Some(exact), mesh, placements })
}

/// The mesh of a solid whose volume is known, finer where it is far from that.
fn near_mesh(
    kernel: &mut OcctKernel,
    shape: ShapeHandle,
    volume_mm3: f64,
    limits: &Limits,
) -> Result<(Mesh, f64), Refusal> {
    let mut made = tessellate(kernel, shape, limits, 1.0)?;
    // A thousandth of the diagonal is much of a thin solid.
    for refinement in 1..=MOST_REFINEMENTS {
        let is_near = (made.0.volume() - volume_mm3).abs() <= NEAR_ENOUGH * volume_mm3.abs();
        if is_near || made.0.triangles.len() > MOST_REFINED_TRIANGLES {
            break;
        }
        made = tessellate(kernel, shape, limits, REFINED_BY.powi(refinement))?;
    }
    Ok(made)
}

/// The mesh of a solid, and the most that it is off its faces, in millimetres.
fn tessellate(
    kernel: &mut OcctKernel,
    shape: ShapeHandle,
    limits: &Limits,
    factor: f64,
) -> Result<(Mesh, f64), Refusal> {
    let meshing = |error| Refusal::of_kernel(&error, "meshed a solid");
    let bounds = kernel.get_bounding_box(shape, false).map_err(meshing)?;
    let (low, high) = (bounds.min, bounds.max);
    let diagonal = [high.x - low.x, high.y - low.y, high.z - low.z].iter().map(|side| side * side).sum::<f64>().sqrt();
    let deflection_mm = diagonal * limits.deflection * factor;
    let made = kernel.tessellate(shape, deflection_mm, limits.angle * factor).map_err(meshing)?;
    let points: Vec<[f32; 3]> = made.positions.as_chunks().0.to_vec();
    let triangles: Vec<[u32; 3]> = made.indices.as_chunks().0.to_vec();
    let is_right = triangles.iter().flatten().all(|&point| (point as usize) < points.len());
    if !is_right {
        return Err(Refusal::new(Code::Malformed, "the CAD kernel failed while it meshed a solid"));
    }
    Ok((Mesh { points, triangles }, deflection_mm))
}
