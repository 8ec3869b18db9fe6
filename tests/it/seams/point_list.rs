//! A test-only format: text with points, faces by the numbers of points, a unit and parts.
//!
//! ```text
//! points mm
//! point 0 0 0
//! part lid
//! face 0 1 2
//! ```

use std::collections::HashMap;
use std::fmt::Write;

use pricing_worker::contract::{self, Position, Reason, RejectionCode, Unit};
use pricing_worker::format::{
    Claim, Count, FileFacts, FileFormat, Head, Hints, Needs, PartStart, ReadError, Reader, Sink,
};
use pricing_worker::mesh::{Indexed, NonFinite, Point};
use test_support::shapes::Shape;

const MAGIC: &[u8] = b"points ";

/// The row of the format. It borrows STL's identifier, because the contract has none for it.
#[derive(Debug)]
pub struct PointList {
    /// Whether the reader needs the whole file at once.
    pub whole_file: bool,
}

impl FileFormat for PointList {
    fn id(&self) -> contract::Format {
        contract::Format::Stl
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["points"]
    }

    fn description(&self) -> &'static str {
        "lists of points are read"
    }

    fn claims(&self, head: &Head<'_>, _hints: &Hints) -> Claim {
        if head.bytes.starts_with(MAGIC) { Claim::Yes } else { Claim::No }
    }

    fn open(&self, head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        Ok(Box::new(PointListReader {
            size_bytes: head.size_bytes,
            whole_file: self.whole_file,
            pending: Vec::new(),
            line: 0,
            points: Vec::new(),
            lines_of_points: Vec::new(),
            facts: FileFacts::default(),
        }))
    }
}

#[derive(Debug)]
struct PointListReader {
    size_bytes: u64,
    whole_file: bool,
    /// The line that has not ended yet.
    pending: Vec<u8>,
    line: u64,
    points: Vec<Point>,
    lines_of_points: Vec<u64>,
    facts: FileFacts,
}

impl Reader for PointListReader {
    fn needs(&self) -> Needs {
        // `point 0 0 0` and `face 0 1 2` have at least eleven bytes with their newline.
        let most = self.size_bytes / 11;
        Needs { own_bytes: most * 20 + self.size_bytes, triangles: Count::AtMost(most), whole_file: self.whole_file }
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.pending.extend_from_slice(chunk);
        let whole = self.pending.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let rest = self.pending.split_off(whole);
        let lines = std::mem::replace(&mut self.pending, rest);
        let mut faces = Vec::new();
        for line in String::from_utf8_lossy(&lines).lines() {
            self.line += 1;
            if let Some(name) = line.strip_prefix("part ") {
                sink.triangles(&Indexed { points: &self.points, triangles: &std::mem::take(&mut faces) })?;
                sink.part(PartStart::New { name, exact_volume: None });
            } else {
                self.read_line(line, &mut faces)?;
            }
        }
        sink.triangles(&Indexed { points: &self.points, triangles: &faces })?;
        Ok(())
    }

    fn finish(&mut self, _sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        if self.pending.is_empty() { Ok(self.facts.clone()) } else { Err(self.refused("the last line has no end")) }
    }

    fn position(&self, _place: NonFinite) -> Option<Position> {
        let bad = self.points.iter().position(|point| point.iter().any(|coordinate| !coordinate.is_finite()))?;
        Some(Position::Line(self.lines_of_points[bad]))
    }
}

impl PointListReader {
    fn read_line(&mut self, line: &str, faces: &mut Vec<[u32; 3]>) -> Result<(), ReadError> {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["points", unit] => {
                let units = [Unit::Mm, Unit::Cm, Unit::M, Unit::Inch];
                self.facts.unit = units.into_iter().find(|known| known.name() == *unit);
            }
            ["point", x, y, z] => {
                let numbers: Vec<f32> = [x, y, z].iter().filter_map(|word| word.parse().ok()).collect();
                let point = numbers.try_into().map_err(|_| self.refused("a point has three numbers"))?;
                self.points.push(point);
                self.lines_of_points.push(self.line);
            }
            ["face", a, b, c] => {
                let numbers: Vec<u32> = [a, b, c].iter().filter_map(|word| word.parse().ok()).collect();
                let known = numbers.iter().all(|&number| (number as usize) < self.points.len());
                let face = numbers.try_into().ok().filter(|_| known);
                faces.push(face.ok_or_else(|| self.refused("a face has three points that came before"))?);
            }
            _ => return Err(self.refused("a line is a unit, a part, a point or a face")),
        }
        Ok(())
    }

    fn refused(&self, message: &str) -> ReadError {
        ReadError::Refused(Reason::new(RejectionCode::Malformed, message).at(Position::Line(self.line)))
    }
}

/// Writes a shape as a list of points, which triangles share. With `repeated`, every point occurs twice.
pub fn written(shape: &Shape, unit: &str, repeated: bool) -> Vec<u8> {
    let mut text = format!("points {unit}\n");
    let mut points: Vec<Point> = Vec::new();
    let mut faces = String::new();
    let mut numbers = HashMap::new();
    for (number, triangle) in shape.triangles().into_iter().enumerate() {
        let corners = triangle.map(|corner| {
            *numbers.entry(corner.map(f32::to_bits)).or_insert_with(|| {
                points.push(corner);
                points.len() - 1
            })
        });
        // Every second triangle takes the second copy of each point.
        let [a, b, c] = if repeated { corners.map(|corner| 2 * corner + number % 2) } else { corners };
        writeln!(faces, "face {a} {b} {c}").expect("memory is written");
    }
    for [x, y, z] in points.iter().flat_map(|point| std::iter::repeat_n(point, 1 + usize::from(repeated))) {
        writeln!(text, "point {x} {y} {z}").expect("memory is written");
    }
    text.push_str("part body\n");
    text.push_str(&faces);
    text.into_bytes()
}
