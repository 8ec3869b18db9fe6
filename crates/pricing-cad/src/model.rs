//! A converted file.

use std::io::{self, Write};

use crate::mesh::Mesh;
use crate::stream::{
    EndRecord, ExactMeasures, FileRecord, LeftOutRecord, Meshes, Placement, SolidRecord, StreamWriter,
};

/// The solids of a file.
#[derive(Debug)]
pub struct Model {
    /// Millimetres in one unit of the file.
    pub unit_mm: f64,
    /// Where the meshes come from.
    pub meshes: Meshes,
    /// The solids, in the order of the file.
    pub solids: Vec<MeasuredSolid>,
    /// What stands in the file and is no solid, with how many there are.
    pub left_out: Vec<(&'static str, u64)>,
}

/// A solid, in the unit of the file.
#[derive(Debug)]
pub struct MeasuredSolid {
    /// Its name; empty if it has none.
    pub name: String,
    /// The exact measures of its boundary, if the file has the boundary.
    pub exact: Option<ExactMeasures>,
    /// Its mesh.
    pub mesh: Mesh,
    /// The placement of each copy.
    pub placements: Vec<Placement>,
}

impl Model {
    /// Writes the model as a stream.
    pub fn write(&self, to: impl Write, sha256: String) -> io::Result<()> {
        let mut writer = StreamWriter::begin(to)?;
        let triangles = |solid: &MeasuredSolid| solid.mesh.triangles.len() as u64;
        let copies = |solid: &MeasuredSolid| solid.placements.len() as u64;
        writer.file(&FileRecord {
            unit_mm: self.unit_mm,
            triangles: self.solids.iter().map(|solid| triangles(solid) * copies(solid)).sum(),
            meshes: self.meshes,
        })?;
        for solid in &self.solids {
            let MeasuredSolid { name, exact, mesh, placements } = solid;
            let record = SolidRecord {
                name,
                exact: *exact,
                points: mesh.points.len() as u64,
                triangles: triangles(solid),
                copies: copies(solid),
            };
            writer.solid(&record, &mesh.points, &mesh.triangles, placements)?;
        }
        for &(what, count) in &self.left_out {
            writer.left_out(&LeftOutRecord { what, count })?;
        }
        writer.end(&EndRecord { solids: self.solids.len() as u64, sha256 })
    }
}
