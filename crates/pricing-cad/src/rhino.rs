//! Rhino files (3DM): the meshes of their objects, and the render meshes that solids carry.
//!
//! A solid's own faces are not measured: what reads them makes no mesh of them. Its render mesh is what the last view of it was
//! drawn from, one mesh a face, which meet in equal points.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use cadmpeg_codec_rhino::RhinoCodec;
use cadmpeg_core::CodecError;
use cadmpeg_core::decode::{DecodeDepth, DecodeMode, DecodePolicy, ResourceLimits};
use cadmpeg_ir::document::CadIr;
use cadmpeg_ir::tessellation::Tessellation;
use cadmpeg_ir::topology::BodyKind;
use cadmpeg_ir::{Codec, DecodeFailure, DecodeOptions};

use crate::limits::Limits;
use crate::mesh::Mesh;
use crate::model::{MeasuredSolid, Model};
use crate::refusal::{Code, Refusal};
use crate::stream::{HERE, Meshes};

/// What the reader calls millimetres in a unit of the file; absent where the file has no unit.
const UNIT_MM: &str = "millimeters_per_unit";
/// The marks in the identities of meshes that solids carry, behind the solid's own identity.
const RENDER_MARKS: [&str; 2] = [".render-", ".cache-"];
/// The mark of a mesh that was made for an analysis of the solid, and is no picture of it.
const ANALYSIS_MARK: &str = ".analysis-";
/// What to do about a solid without a mesh.
const ADVICE: &str =
    "save the file in Rhino with render meshes (in a shaded view, and not by SaveSmall), or export STEP";

/// An object of the file: its meshes as one.
#[derive(Debug, Default)]
struct Object {
    name: String,
    is_render: bool,
    mesh: Mesh,
}

/// Reads a Rhino file.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Model, Refusal> {
    let options = DecodeOptions { depth: DecodeDepth::Geometry, policy: policy(limits) };
    let decoded = RhinoCodec.decode(&mut Cursor::new(bytes), &options).map_err(|failure| refusal(&failure))?;
    let document = decoded.ir();
    let unit_mm = unit_mm(document)?;
    let objects = objects(document, unit_mm);
    let bodies = solid_bodies(document);
    require_meshes(document, &bodies, &objects)?;
    // The render mesh of a solid may be open by a hair; that of a surface is closed where the surface is.
    let is_solid = |key: &str, object: &Object| !object.is_render || bodies.contains(key) || object.mesh.is_closed();
    let (solids, open): (Vec<_>, Vec<_>) = objects.iter().partition(|(key, object)| is_solid(key, object));
    if solids.is_empty() {
        let (code, message) = match open.len() {
            0 => (Code::EmptyModel, "the file has no mesh and no solid".to_owned()),
            count => {
                (Code::NoVolume, format!("the file has {count} open surfaces and no solid: join them, or cap them"))
            }
        };
        return Err(Refusal::new(code, message));
    }
    let open_count = open.len() as u64;
    let solid_keys: BTreeSet<String> = solids.into_iter().map(|(key, _)| key.clone()).collect();
    let solids: Vec<Object> =
        objects.into_iter().filter(|(key, _)| solid_keys.contains(key)).map(|(_, object)| object).collect();
    let triangle_count: usize = solids.iter().map(|object| object.mesh.triangles.len()).sum();
    if triangle_count as u64 > limits.triangles {
        let message = format!("{triangle_count} triangles; at most {} are read", limits.triangles);
        return Err(Refusal::new(Code::TooLarge, message));
    }
    let meshes = if solids.iter().any(|object| object.is_render) { Meshes::Render } else { Meshes::Own };
    let solid =
        |object: Object| MeasuredSolid { name: object.name, exact: None, mesh: object.mesh, placements: vec![HERE] };
    Ok(Model {
        unit_mm,
        meshes,
        solids: solids.into_iter().map(solid).collect(),
        left_out: if open_count == 0 { Vec::new() } else { vec![("open surfaces", open_count)] },
    })
}

/// The limits of the reader: what it keeps and unpacks is a share of the memory of the process.
fn policy(limits: &Limits) -> DecodePolicy {
    let memory = limits.memory_mib << 20;
    let limits = ResourceLimits {
        max_decompressed_bytes_total: memory / 2,
        max_decompressed_bytes_per_expand: memory / 4,
        max_retained_bytes: memory / 2,
        ..ResourceLimits::service()
    };
    DecodePolicy { mode: DecodeMode::Salvage, limits }
}

fn refusal(failure: &DecodeFailure) -> Refusal {
    let code = match failure {
        DecodeFailure::Codec(CodecError::ResourceLimit(_)) => Code::TooLarge,
        _ => Code::Malformed,
    };
    Refusal::new(code, format!("the 3DM file cannot be read: {failure}"))
}

/// Millimetres in a unit of the file. A file without one has no size.
fn unit_mm(document: &CadIr) -> Result<f64, Refusal> {
    let attributes = document.source.as_ref().map(|source| &source.attributes);
    let unit_mm = attributes.and_then(|attributes| attributes.get(UNIT_MM)).and_then(|text| text.parse::<f64>().ok());
    unit_mm.filter(|unit_mm| unit_mm.is_finite() && *unit_mm > 0.0).ok_or_else(|| {
        Refusal::new(Code::UnsupportedFeature, "the 3DM file has no unit: set one in Rhino (Units), and save it again")
    })
}

/// The objects of a file that have meshes, in the order of their identities.
fn objects(document: &CadIr, unit_mm: f64) -> BTreeMap<String, Object> {
    let mut objects: BTreeMap<String, Object> = BTreeMap::new();
    for mesh in &document.model.tessellations {
        let identity = mesh.id.as_str();
        if identity.contains(ANALYSIS_MARK) {
            continue;
        }
        let render = RENDER_MARKS.iter().find_map(|mark| identity.split_once(mark));
        let object = objects.entry(key(render.map_or(identity, |(object, _)| object)).to_owned()).or_default();
        object.is_render |= render.is_some();
        if let Some(name) = mesh.source_object.as_ref().and_then(|source| source.name.as_ref()) {
            object.name.clone_from(name);
        }
        append(&mut object.mesh, mesh, unit_mm);
    }
    objects
}

/// The identities of the objects that are solids.
fn solid_bodies(document: &CadIr) -> BTreeSet<&str> {
    let bodies = document.model.bodies.iter().filter(|body| body.kind == BodyKind::Solid);
    bodies.map(|body| key(body.id.as_str())).collect()
}

/// Refuses a file of which a solid has no mesh: it would be missing from the price.
fn require_meshes(
    document: &CadIr,
    solids: &BTreeSet<&str>,
    objects: &BTreeMap<String, Object>,
) -> Result<(), Refusal> {
    let missing = solids.iter().filter(|solid| !objects.contains_key(**solid)).count();
    let has_subd = !document.model.subds.is_empty();
    if missing > 0 || (objects.is_empty() && has_subd) {
        let of_all = solids.len();
        let message = match missing {
            0 => format!("the file has SubD objects without render meshes: {ADVICE}"),
            _ => format!("{missing} of {of_all} solids of the file have no render mesh: {ADVICE}"),
        };
        return Err(Refusal::new(Code::UnsupportedFeature, message));
    }
    Ok(())
}

/// The identity of an object within that of a part of it: `rhino:object:body#3` is of the object 3.
fn key(identity: &str) -> &str {
    identity.split_once('#').map_or(identity, |(_, key)| key)
}

/// Appends a mesh. The reader's lengths are millimetres.
fn append(to: &mut Mesh, mesh: &Tessellation, unit_mm: f64) {
    let first = to.points.len() as u32;
    let points = mesh.vertices().into_iter().map(|point| {
        let point = point.get();
        [point.x, point.y, point.z].map(|coordinate| (coordinate / unit_mm) as f32)
    });
    to.points.extend(points);
    to.triangles.extend(mesh.triangles().into_iter().map(|triangle| triangle.map(|point| first + point)));
}
