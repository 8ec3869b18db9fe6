//! A solid of a stream: its mesh is collected, and then given as triangles, once for each copy.

use super::error::StreamError;
use super::placement::Placement;
use super::record::SolidRecord;
use crate::format::reader::{ReadError, Sink};
use crate::mesh::{BLOCK_TRIANGLES, Point, Triangle};

/// The triangles that are given at once.
const BATCH_TRIANGLES: usize = 4 * BLOCK_TRIANGLES;

/// A solid in reading.
#[derive(Debug)]
pub(super) struct Solid {
    pub record: SolidRecord,
    placements: Vec<Placement>,
    points: Vec<Point>,
    triangles: Vec<[u32; 3]>,
}

impl Solid {
    /// A solid of which nothing was read yet.
    pub fn new(record: SolidRecord) -> Self {
        Self { record, placements: Vec::new(), points: Vec::new(), triangles: Vec::new() }
    }

    /// Reads a record of placements.
    pub fn place(&mut self, payload: &[u8]) -> Option<()> {
        let placements = rows(payload, f64::from_le_bytes)?;
        extend(&mut self.placements, self.record.copies, placements.map(Placement::new))
    }

    /// Reads a record of points.
    pub fn points(&mut self, payload: &[u8]) -> Option<()> {
        extend(&mut self.points, self.record.points, rows(payload, f32::from_le_bytes)?)
    }

    /// Reads a record of triangles, whose points were read before.
    pub fn triangles(&mut self, payload: &[u8]) -> Option<()> {
        let first = self.triangles.len();
        extend(&mut self.triangles, self.record.triangles, rows(payload, u32::from_le_bytes)?)?;
        let count = self.points.len();
        self.triangles[first..].iter().flatten().all(|&point| (point as usize) < count).then_some(())
    }

    /// Gives the triangles of each copy. `factor` is what coordinates are multiplied by.
    pub fn give(&self, factor: f64, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let SolidRecord { exact, copies, points, triangles, .. } = &self.record;
        let found = [self.placements.len(), self.points.len(), self.triangles.len()].map(|count| count as u64);
        if found != [*copies, *points, *triangles] {
            return Err(ReadError::Refused(StreamError::Record { tag: "SOLD".into() }.into()));
        }
        let is_inside_out = exact.is_some_and(|exact| exact.volume < 0.0);
        let mut batch: Vec<Triangle> = Vec::with_capacity(BATCH_TRIANGLES.min(self.triangles.len()));
        for placement in &self.placements {
            let placement = placement.scaled(factor);
            let is_turned = placement.mirrors() != is_inside_out;
            for some in self.triangles.chunks(BATCH_TRIANGLES) {
                batch.clear();
                batch.extend(some.iter().map(|&triangle| {
                    let [a, b, c] = triangle.map(|point| placement.place(self.points[point as usize]));
                    if is_turned { [a, c, b] } else { [a, b, c] }
                }));
                sink.triangles(&batch)?;
            }
        }
        Ok(())
    }
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
