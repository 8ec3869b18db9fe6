//! The stream that the converter writes: docs/cad-stream.md defines it.

use std::io::{self, Write};

use serde::Serialize;

use crate::refusal::Refusal;

/// The first bytes of a stream; the last one is the version.
const MAGIC: [u8; 8] = *b"PWCAD\r\n\x01";

/// The most points or triangles of one record.
const MOST_ROWS: usize = 1 << 15;

/// The record of the file: the first of a stream.
#[derive(Debug, Serialize)]
pub struct FileRecord {
    /// Millimetres in one unit of the file.
    pub unit_mm: f64,
    /// The triangles of all solids, with their copies.
    pub triangles: u64,
    /// Where the meshes come from.
    pub meshes: Meshes,
}

/// Where the meshes of a file come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meshes {
    /// The converter made them of the solids' boundaries.
    Tessellated,
    /// The file has them, as models of their own.
    Own,
    /// The file has them, as pictures of its solids.
    Render,
}

/// The record of a solid. Its points, triangles and placements follow.
#[derive(Debug, Serialize)]
pub struct SolidRecord<'a> {
    /// Its name; empty if it has none.
    pub name: &'a str,
    /// The exact measures of its boundary, if the file has the boundary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<ExactMeasures>,
    /// The points of its mesh.
    pub points: u64,
    /// The triangles of its mesh.
    pub triangles: u64,
    /// How often it stands in the file.
    pub copies: u64,
}

/// The exact measures of a solid, in the unit of the file.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ExactMeasures {
    /// The volume; below zero where the solid is inside out.
    pub volume: f64,
    /// The area of its faces.
    pub area: f64,
    /// The volume that its mesh encloses.
    pub mesh_volume: f64,
    /// The most that its mesh is off its faces.
    pub deflection: f64,
}

/// The record of what stands in the file and is no solid.
#[derive(Debug, Serialize)]
pub struct LeftOutRecord<'a> {
    /// What it is: `surfaces`.
    pub what: &'a str,
    /// How many there are.
    pub count: u64,
}

/// The last record of a stream.
#[derive(Debug, Serialize)]
pub struct EndRecord {
    /// The solids, without their copies.
    pub solids: u64,
    /// The SHA-256 of the file that was converted, in hexadecimal.
    pub sha256: String,
}

/// A placement: three rows of four numbers, of which the last is the translation, in the unit of the file.
pub type Placement = [f64; 12];

/// The placement of what is not placed.
pub const HERE: Placement = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];

/// Writes the records of a stream.
pub struct StreamWriter<W>(W);

impl<W: Write> StreamWriter<W> {
    /// Begins a stream.
    pub fn begin(mut to: W) -> io::Result<Self> {
        to.write_all(&MAGIC)?;
        Ok(Self(to))
    }

    /// Writes the record of the file.
    pub fn file(&mut self, record: &FileRecord) -> io::Result<()> {
        self.json(*b"FILE", record)
    }

    /// Writes a solid with its mesh and its placements.
    pub fn solid(
        &mut self,
        record: &SolidRecord<'_>,
        points: &[[f32; 3]],
        triangles: &[[u32; 3]],
        placements: &[Placement],
    ) -> io::Result<()> {
        self.json(*b"SOLD", record)?;
        self.rows(*b"PLAC", placements, f64::to_le_bytes)?;
        self.rows(*b"PNTS", points, f32::to_le_bytes)?;
        self.rows(*b"TRIS", triangles, u32::to_le_bytes)
    }

    /// Writes what was left out.
    pub fn left_out(&mut self, record: &LeftOutRecord<'_>) -> io::Result<()> {
        self.json(*b"LEFT", record)
    }

    /// Ends the stream.
    pub fn end(mut self, record: &EndRecord) -> io::Result<()> {
        self.json(*b"END ", record)?;
        self.0.flush()
    }

    /// Ends the stream with the reason why there is no model.
    pub fn refuse(mut self, refusal: &Refusal) -> io::Result<()> {
        self.json(*b"NONE", refusal)?;
        self.0.flush()
    }

    fn json(&mut self, tag: [u8; 4], record: &impl Serialize) -> io::Result<()> {
        self.record(tag, &serde_json::to_vec(record)?)
    }

    fn rows<T: Copy, const N: usize, const B: usize>(
        &mut self,
        tag: [u8; 4],
        rows: &[[T; N]],
        bytes: impl Fn(T) -> [u8; B],
    ) -> io::Result<()> {
        for some in rows.chunks(MOST_ROWS) {
            let payload: Vec<u8> = some.iter().flatten().flat_map(|&number| bytes(number)).collect();
            self.record(tag, &payload)?;
        }
        Ok(())
    }

    fn record(&mut self, tag: [u8; 4], payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
        self.0.write_all(&tag)?;
        self.0.write_all(&length.to_le_bytes())?;
        self.0.write_all(payload)
    }
}
