//! The reader of a converter's stream: records, in their order, to triangles and facts.

use serde::de::DeserializeOwned;

use super::MOST_TRIANGLES;
use super::error::StreamError;
use super::findings::Notes;
use super::record::{EndRecord, FileRecord, LeftOutRecord, NoneRecord, SolidRecord};
use super::solid::Solid;
use crate::contract::{Reason, Unit};
use crate::format::reader::{Count, ExactMeasures, FileFacts, Needs, ReadError, Reader, Sink};
use crate::format::shown::plain;
use crate::mesh::Point;

/// The first bytes of a stream; the last one is the version.
const MAGIC: &[u8] = b"PWCAD\r\n\x01";
/// A record's tag and the length of its payload.
const HEADER_BYTES: usize = 8;
/// The longest payload of a record: 32,768 placements.
const LONGEST_RECORD_BYTES: u64 = 4 << 20;
/// The most points of a mesh for a triangle: none is shared.
const MOST_POINTS_PER_TRIANGLE: u64 = 3;
/// The most solids; each has a name.
const MOST_SOLIDS: u64 = 100_000;
/// The most bytes that a solid's name and record take beside its mesh.
const SOLID_BYTES: u64 = 64;
/// The most letters of a converter's message that are shown.
const LONGEST_MESSAGE: usize = 400;
/// Triangles that a converted model seldom has more of: what the head of a CAD file tells of them is nothing.
const LIKELY_TRIANGLES: u64 = 20_000;
/// How near the unit of a file must be to one of ours.
const UNIT_TOLERANCE: f64 = 1e-9;

/// A stream in reading.
#[derive(Debug, Default)]
pub(super) struct CadStream {
    /// The bytes of a record that has not come whole.
    pending: Vec<u8>,
    has_begun: bool,
    has_ended: bool,
    file: Option<FileRecord>,
    solid: Option<Solid>,
    solid_count: u64,
    triangle_count: u64,
    /// The sums over the solids in the unit of the file; none once a solid has no exact measures.
    exact: Exact,
    notes: Notes,
    part_count: usize,
    source_sha256: Option<String>,
}

/// The sums of exact measures.
#[derive(Debug, Default)]
struct Exact {
    volume: f64,
    area: f64,
    deflection: f64,
    lacks_one: bool,
}

impl Reader for CadStream {
    fn needs(&self) -> Needs {
        let point_bytes = MOST_POINTS_PER_TRIANGLE * size_of::<Point>() as u64;
        let mesh_bytes = MOST_TRIANGLES * (point_bytes + size_of::<[u32; 3]>() as u64);
        Needs {
            own_bytes: mesh_bytes + LONGEST_RECORD_BYTES + MOST_SOLIDS * SOLID_BYTES,
            triangles: Count::Likely { likely: LIKELY_TRIANGLES, most: MOST_TRIANGLES },
            whole_file: false,
        }
    }

    fn reads_conversion(&self) -> bool {
        true
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.pending.extend_from_slice(chunk);
        let pending = std::mem::take(&mut self.pending);
        let mut rest = &pending[..];
        if !self.has_begun {
            if rest.len() < MAGIC.len() {
                self.pending = pending;
                return Ok(());
            }
            rest = rest.strip_prefix(MAGIC).ok_or_else(|| refused(StreamError::Version))?;
            self.has_begun = true;
        }
        while let Some((tag, payload, behind)) = next_record(rest)? {
            self.record(tag, payload, sink)?;
            rest = behind;
        }
        self.pending = rest.to_vec();
        Ok(())
    }

    fn finish(&mut self, _sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        let (Some(file), true) = (self.file.take(), self.has_ended && self.pending.is_empty()) else {
            return Err(refused(StreamError::Cut));
        };
        let (unit, factor) = unit(file.unit_mm);
        let Exact { volume, area, deflection, lacks_one } = self.exact;
        let exact = ExactMeasures {
            volume: volume * factor.powi(3),
            area: area * factor.powi(2),
            deflection: deflection * factor,
        };
        Ok(FileFacts {
            unit: Some(unit),
            findings: self.notes.findings(file.meshes),
            exact: Some(exact).filter(|_| !lacks_one && self.solid_count > 0),
            source_sha256: self.source_sha256.take(),
            ..FileFacts::default()
        })
    }
}

impl CadStream {
    fn record(&mut self, tag: [u8; 4], payload: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        let broken = || refused(StreamError::Record { tag: tag.escape_ascii().to_string() });
        if self.has_ended || (self.file.is_none() && ![*b"FILE", *b"NONE"].contains(&tag)) {
            return Err(broken());
        }
        match &tag {
            b"FILE" if self.file.is_none() => self.file(json(payload).ok_or_else(broken)?)?,
            b"NONE" if self.file.is_none() => {
                let NoneRecord { code, message } = json(payload).ok_or_else(broken)?;
                // A message may quote the file.
                let message = plain(&message, LONGEST_MESSAGE);
                return if message.is_empty() {
                    Err(broken())
                } else {
                    Err(ReadError::Refused(Reason::new(code, message)))
                };
            }
            b"SOLD" => {
                self.end_solid(sink)?;
                self.begin_solid(json(payload).ok_or_else(broken)?)?;
            }
            b"PLAC" => self.solid.as_mut().and_then(|solid| solid.place(payload)).ok_or_else(broken)?,
            b"PNTS" => self.solid.as_mut().and_then(|solid| solid.points(payload)).ok_or_else(broken)?,
            b"TRIS" => self.solid.as_mut().and_then(|solid| solid.triangles(payload)).ok_or_else(broken)?,
            b"LEFT" => {
                let left_out: LeftOutRecord = json(payload).ok_or_else(broken)?;
                self.notes.left_out(left_out);
            }
            b"END " => {
                self.end_solid(sink)?;
                let EndRecord { solids, sha256 } = json(payload).ok_or_else(broken)?;
                let is_whole = self.file.as_ref().is_some_and(|file| file.triangles == self.triangle_count);
                if solids != self.solid_count || !is_whole {
                    return Err(broken());
                }
                self.source_sha256 = Some(sha256);
                self.has_ended = true;
            }
            _ => return Err(broken()),
        }
        Ok(())
    }

    fn file(&mut self, file: FileRecord) -> Result<(), ReadError> {
        let is_length = file.unit_mm.is_finite() && file.unit_mm > 0.0;
        if !is_length {
            return Err(refused(StreamError::Record { tag: "FILE".into() }));
        }
        at_most("triangles", file.triangles, MOST_TRIANGLES)?;
        self.file = Some(file);
        Ok(())
    }

    fn begin_solid(&mut self, solid: SolidRecord) -> Result<(), ReadError> {
        self.solid_count += 1;
        at_most("solids", self.solid_count, MOST_SOLIDS)?;
        at_most("points of a solid", solid.points, solid.triangles.saturating_mul(MOST_POINTS_PER_TRIANGLE))?;
        let announced = self.file.as_ref().map_or(0, |file| file.triangles) - self.triangle_count;
        let triangle_count = solid.triangles.saturating_mul(solid.copies);
        at_most("triangles of a solid", triangle_count, announced)?;
        at_most("copies of a solid", solid.copies, triangle_count)?;
        self.triangle_count += triangle_count;
        self.solid = Some(Solid::new(solid));
        Ok(())
    }

    /// Gives the triangles of the solid that was read.
    fn end_solid(&mut self, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let (Some(mut solid), Some(file)) = (self.solid.take(), &self.file) else { return Ok(()) };
        solid.give(unit(file.unit_mm).1, self.part_count, sink)?;
        self.part_count += usize::from(solid.is_part());
        let record = solid.record;
        self.notes.solid(&record);
        match record.exact {
            Some(exact) => {
                self.exact.volume += exact.volume.abs() * record.copies as f64;
                self.exact.area += exact.area * record.copies as f64;
                self.exact.deflection = self.exact.deflection.max(exact.deflection);
            }
            None => self.exact.lacks_one = true,
        }
        Ok(())
    }
}

/// The next record and the bytes behind it; none if it has not come whole.
#[allow(clippy::type_complexity, reason = "a tag, a payload and the rest")]
fn next_record(bytes: &[u8]) -> Result<Option<([u8; 4], &[u8], &[u8])>, ReadError> {
    let Some((header, behind)) = bytes.split_first_chunk::<HEADER_BYTES>() else { return Ok(None) };
    let [a, b, c, d, length @ ..] = *header;
    let length = u32::from_le_bytes(length);
    if u64::from(length) > LONGEST_RECORD_BYTES {
        return Err(refused(StreamError::Long { bytes: length.into(), most: LONGEST_RECORD_BYTES }));
    }
    Ok(behind.split_at_checked(length as usize).map(|(payload, behind)| ([a, b, c, d], payload, behind)))
}

/// The unit in which coordinates are given, and what those of the file are multiplied by for it: a file in yards is given in
/// millimetres.
fn unit(unit_mm: f64) -> (Unit, f64) {
    let is_near = |unit: &Unit| (unit.millimetres() / unit_mm - 1.0).abs() <= UNIT_TOLERANCE;
    Unit::ALL.into_iter().find(is_near).map_or((Unit::Mm, unit_mm), |unit| (unit, 1.0))
}

fn json<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    serde_json::from_slice(payload).ok()
}

fn at_most(what: &'static str, count: u64, most: u64) -> Result<(), ReadError> {
    if count > most { Err(refused(StreamError::TooMany { what, count, most })) } else { Ok(()) }
}

fn refused(error: StreamError) -> ReadError {
    ReadError::Refused(error.into())
}
