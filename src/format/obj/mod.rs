//! OBJ: Wavefront, "Object Files (.obj)", appendix B1 of the Advanced Visualizer manual. Vertices, and faces by their numbers.
//!
//! Read are `v` and `f`, and the names of objects (`o`) or, without those, of groups (`g`). Other words of letters are left out:
//! materials, normals and textures change no surface; lines, points and free-form surfaces are none that is made.

mod error;
mod parser;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use self::error::ObjError;
use self::parser::{PartKind, PartLine, Piece, PieceFault};
use super::indexed::{PART_BYTES, reading_bytes};
use super::lines::{LIMIT_BYTES, Lines, WholeLines};
use super::polygons::CutBudget;
use super::reader::{Claim, Count, FileFacts, FileFormat, Head, Hints, Needs, PartStart, ReadError, Reader, Sink};
use crate::contract::{self, Reason};
use crate::mesh::{Indexed, Point};

/// The fewest bytes of a vertex: `v 0 0 0` and the end of its line.
const LEAST_VERTEX_BYTES: u64 = 8;
/// The memory of a part of the text once it is parsed: a corner and its triangle for each two bytes.
const PARSED_BYTES_PER_BYTE: u64 = 12;
/// The fewest bytes of a corner, of which each makes a triangle at most: a digit and a blank.
const LEAST_CORNER_BYTES: u64 = 2;
/// Fewer bytes than files mostly have for a triangle, with its share of the vertices.
const LIKELY_TRIANGLE_BYTES: u64 = 24;
/// The words by which the format is recognised, when all lines of the head begin with such.
const WORDS: [&[u8]; 16] = [
    b"v", b"vn", b"vt", b"vp", b"f", b"l", b"p", b"o", b"g", b"s", b"mtllib", b"usemtl", b"usemap", b"mg", b"cstype",
    b"lod",
];

/// The row of OBJ in the table of formats.
#[derive(Debug)]
pub(super) struct Obj;

impl FileFormat for Obj {
    fn id(&self) -> contract::Format {
        contract::Format::Obj
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["obj"]
    }

    fn media_types(&self) -> &'static [&'static str] {
        &["model/obj"]
    }

    fn description(&self) -> &'static str {
        "OBJ files are read"
    }

    fn claims(&self, head: &Head<'_>, hints: &Hints) -> Claim {
        let is_named = hints.format == Some(contract::Format::Obj);
        // The last line may be cut.
        let whole = if head.size_bytes > head.bytes.len() as u64 {
            head.bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(0)
        } else {
            head.bytes.len()
        };
        let lines = head.bytes[..whole].split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
        let first_words =
            lines.filter_map(|line| line.split(u8::is_ascii_whitespace).next().filter(|word| !word.is_empty()));
        let mut any = false;
        for word in first_words.filter(|word| word[0] != b'#') {
            if !WORDS.contains(&word) {
                return if is_named && any { Claim::Likely } else { Claim::No };
            }
            any = true;
        }
        match (any, is_named) {
            (true, _) => Claim::Yes,
            (false, true) => Claim::Likely,
            (false, false) => Claim::No,
        }
    }

    fn open(&self, head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        Ok(Box::new(ObjReader {
            size_bytes: head.size_bytes,
            lines: WholeLines::continued(),
            points: Vec::new(),
            has_faces: false,
            has_surfaces: false,
            has_objects: false,
            next_part: None,
            group: None,
            cut_budget: CutBudget::of(head.size_bytes),
        }))
    }
}

/// A reader of OBJ.
#[derive(Debug)]
struct ObjReader {
    size_bytes: u64,
    lines: WholeLines,
    /// All vertices so far.
    points: Vec<Point>,
    has_faces: bool,
    has_surfaces: bool,
    has_objects: bool,
    /// The part that the next faces begin.
    next_part: Option<PartLine>,
    /// The group that the next faces are of, where groups are parts.
    group: Option<String>,
    cut_budget: CutBudget,
}

impl ObjReader {
    /// Reads whole lines, piece by piece in parallel: first what they hold, then, with all vertices, the triangles of faces.
    fn read(&mut self, lines: &Lines, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let texts = lines.pieces(true);
        let parsed: Vec<_> = texts.par_iter().map(|text| Piece::parse(text)).collect();
        let mut pieces = Vec::with_capacity(parsed.len());
        for (text, piece) in texts.iter().zip(parsed) {
            let before = self.points.len() as u64;
            let piece = piece.ok().filter(|piece| piece.has_all_vertices(before));
            let Some(piece) = piece else { return Err(first_fault(lines, text, before).into()) };
            self.points.extend_from_slice(&piece.points);
            self.has_faces |= !piece.faces.is_empty();
            self.has_surfaces |= piece.has_surfaces;
            pieces.push((before, piece));
        }
        self.cut_budget.spend(pieces.iter().map(|(_, piece)| &piece.faces))?;
        let points = &self.points;
        let triangles = |(before, piece): &(u64, Piece)| {
            let parts = piece.parts.iter().map(|part| part.face);
            piece.faces.triangles_of_parts(points, |corner| corner.vertex(*before), parts)
        };
        let cut: Vec<_> = pieces.par_iter().map(triangles).collect();
        let parts: Vec<_> = pieces.into_iter().map(|(_, piece)| piece.parts).collect();
        let mut all = Vec::with_capacity(cut.iter().map(|(triangles, _)| triangles.len()).sum());
        let mut starts = Vec::new();
        for (parts, (triangles, of_parts)) in parts.into_iter().zip(cut) {
            starts.extend(parts.into_iter().zip(of_parts).map(|(part, start)| (part, all.len() + start)));
            all.extend(triangles);
        }
        self.give(&all, starts, sink)
    }

    /// Gives triangles to the sink, part by part. A part begins with its first triangle, however the text is cut into pieces.
    fn give(&mut self, all: &[[u32; 3]], starts: Vec<(PartLine, usize)>, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let mut given = 0;
        for (part, start) in starts {
            self.give_part(&all[given..start], sink)?;
            given = start;
            self.next_part = Some(match self.next_part.take() {
                Some(before) => before.followed_by(part),
                None => part,
            });
        }
        self.give_part(&all[given..], sink)
    }

    fn give_part(&mut self, triangles: &[[u32; 3]], sink: &mut dyn Sink) -> Result<(), ReadError> {
        if triangles.is_empty() {
            return Ok(());
        }
        if let Some(part) = self.next_part.take()
            && self.is_new(&part)
        {
            sink.part(PartStart::New { name: &part.name, exact_volume: None });
        }
        sink.triangles(&Indexed { points: &self.points, triangles })
    }

    /// Whether a line begins a part: objects are parts, or groups as long as there is no object. Faces go back to a group of the
    /// same name.
    fn is_new(&mut self, part: &PartLine) -> bool {
        let PartLine { kind, name, .. } = part;
        self.has_objects |= *kind == PartKind::Object;
        match kind {
            PartKind::Object => true,
            PartKind::Group if self.has_objects || self.group.as_ref() == Some(name) => false,
            PartKind::Group => {
                self.group = Some(name.clone());
                true
            }
        }
    }
}

/// The error of the first line of a piece that has a fault, if so many vertices are before the piece.
fn first_fault(lines: &Lines, text: &[u8], before: u64) -> ObjError {
    let PieceFault { offset, fault } = Piece::first_fault(text, before).expect("it is read as before");
    ObjError::Line { line: lines.line_at(text, offset), fault }
}

impl Reader for ObjReader {
    fn needs(&self) -> Needs {
        let (row_bytes, vertices) = (self.size_bytes.min(LIMIT_BYTES as u64), self.size_bytes / LEAST_VERTEX_BYTES);
        Needs {
            own_bytes: reading_bytes(self.size_bytes, row_bytes, PARSED_BYTES_PER_BYTE, vertices),
            triangles: Count::Likely {
                likely: self.size_bytes / LIKELY_TRIANGLE_BYTES,
                most: self.size_bytes / LEAST_CORNER_BYTES,
            },
            whole_file: false,
        }
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        for part in chunk.chunks(PART_BYTES) {
            let lines = self.lines.push(part)?;
            self.read(&lines, sink)?;
        }
        Ok(())
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        let lines = self.lines.finish();
        self.read(&lines, sink)?;
        if !self.has_faces {
            return Err(ObjError::NoFaces { has_surfaces: self.has_surfaces }.into());
        }
        Ok(FileFacts::default())
    }
}
