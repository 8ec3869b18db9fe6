//! A solid of a stream: its mesh is collected, and then given as triangles, once for each copy.

use super::error::StreamError;
use super::record::SolidRecord;
use crate::format::indexed::Mesh;
use crate::format::instances::Copied;
use crate::format::reader::{PartStart, ReadError, Sink};
use crate::format::transform::Transform;

/// A solid in reading.
#[derive(Debug)]
pub(super) struct Solid {
    pub record: SolidRecord,
    placements: Vec<Transform>,
    mesh: Mesh,
}

impl Solid {
    /// A solid of which nothing was read yet.
    pub fn new(record: SolidRecord) -> Self {
        Self { record, placements: Vec::new(), mesh: Mesh::default() }
    }

    /// Reads a record of placements.
    pub fn place(&mut self, payload: &[u8]) -> Option<()> {
        let placements = rows(payload, f64::from_le_bytes)?;
        extend(&mut self.placements, self.record.copies, placements.map(placement))
    }

    /// Reads a record of points.
    pub fn points(&mut self, payload: &[u8]) -> Option<()> {
        extend(&mut self.mesh.points, self.record.points, rows(payload, f32::from_le_bytes)?)
    }

    /// Reads a record of triangles, whose points were read before.
    pub fn triangles(&mut self, payload: &[u8]) -> Option<()> {
        let first = self.mesh.triangles.len();
        extend(&mut self.mesh.triangles, self.record.triangles, rows(payload, u32::from_le_bytes)?)?;
        let count = self.mesh.points.len();
        self.mesh.triangles[first..].iter().flatten().all(|&point| (point as usize) < count).then_some(())
    }

    /// Gives the triangles of each copy, as the part of this number if there are some. `factor` is what coordinates are multiplied by.
    pub fn give(&mut self, factor: f64, part: usize, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let SolidRecord { exact, copies, points, triangles, .. } = &self.record;
        let found =
            [self.placements.len(), self.mesh.points.len(), self.mesh.triangles.len()].map(|count| count as u64);
        if found != [*copies, *points, *triangles] {
            return Err(ReadError::Refused(StreamError::Record { tag: "SOLD".into() }.into()));
        }
        if self.mesh.triangles.is_empty() {
            return Ok(());
        }
        if exact.is_some_and(|exact| exact.volume < 0.0) {
            self.mesh.triangles.iter_mut().for_each(|triangle| triangle.swap(1, 2));
        }
        // Placements move and turn, and change no volume.
        let exact_volume = exact.map(|exact| exact.volume.abs() * factor.powi(3));
        let mut start = PartStart::New { name: &self.record.name, exact_volume };
        for placement in &self.placements {
            sink.part(start);
            start = PartStart::CopyOf { part };
            sink.triangles(&Copied { mesh: &self.mesh, transform: placement.scaled(factor) })?;
        }
        Ok(())
    }

    /// Whether it is a part of the model.
    pub fn is_part(&self) -> bool {
        !self.mesh.triangles.is_empty() && !self.placements.is_empty()
    }
}

/// The numbers of a placement: three rows of a matrix, of which the last column is where the origin goes.
const PLACEMENT_NUMBERS: usize = 12;

fn placement(numbers: [f64; PLACEMENT_NUMBERS]) -> Transform {
    Transform::of_columns([0, 1, 2, 3].map(|column| [0, 1, 2].map(|row| numbers[4 * row + column])))
}

/// Appends rows, of which there must not be more than were announced.
fn extend<T>(to: &mut Vec<T>, announced: u64, rows: impl ExactSizeIterator<Item = T>) -> Option<()> {
    if (to.len() + rows.len()) as u64 > announced {
        return None;
    }
    to.extend(rows);
    Some(())
}

/// The rows of a record: numbers, in the order of bytes of every processor that matters.
fn rows<T, const N: usize, const B: usize>(
    payload: &[u8],
    number: fn([u8; B]) -> T,
) -> Option<impl ExactSizeIterator<Item = [T; N]>> {
    let (numbers, rest) = payload.as_chunks::<B>();
    let (rows, odd) = numbers.as_chunks::<N>();
    (rest.is_empty() && odd.is_empty()).then(|| rows.iter().map(move |row| row.map(number)))
}
