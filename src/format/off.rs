//! OFF: the Geometry Center, "Object File Format", in the Geomview manual. Counts, then a vertex or a polygon on each line.
//!
//! The word at the start says what a vertex has behind its place: a normal, a colour, a texture. They are left out, as are the
//! colours of polygons. Vertices of four coordinates and binary files are refused.

use thiserror::Error;

use super::lines::{LIMIT_BYTES, count_lines};
use super::reader::{Claim, Count, FileFacts, FileFormat, Head, Hints, Needs, ReadError, Reader, Sink};
use super::shown::shown;
use super::tables::layout::{Element, Encoding, Layout, Property, Role, Scalar};
use super::tables::{Start, Tables, reading_bytes};
use crate::contract::{self, Position, Reason, RejectionCode};

/// The most bytes before the first vertex, comments included.
const LIMIT_HEADER_BYTES: usize = 1 << 16;
/// The fewest bytes of a vertex, `0 0 0` and the end of its line, and of a corner, of which each makes a triangle at most.
const LEAST_VERTEX_BYTES: u64 = 6;
const LEAST_CORNER_BYTES: u64 = 2;
/// Fewer bytes than files mostly have for a triangle, with its share of the vertices.
const LIKELY_TRIANGLE_BYTES: u64 = 16;

/// The row of OFF in the table of formats.
#[derive(Debug)]
pub(super) struct Off;

/// Why the beginning of an OFF file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
enum OffError {
    /// A form of the format that is not read.
    #[error("OFF files with {what} are not read")]
    Unsupported { what: &'static str },
    /// The counts are none.
    #[error("the numbers of vertices and of faces are expected, not `{found}`")]
    Counts { found: String, line: u64 },
    /// The file ends before them.
    #[error("the file ends before the numbers of vertices and of faces")]
    Cut { line: u64 },
    /// There are no faces.
    #[error("the file has no faces")]
    NoFaces,
}

impl FileFormat for Off {
    fn id(&self) -> contract::Format {
        contract::Format::Off
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["off"]
    }

    fn description(&self) -> &'static str {
        "OFF files are read"
    }

    fn claims(&self, head: &Head<'_>, _hints: &Hints) -> Claim {
        let first_word = filled_lines(head.bytes)
            .next()
            .and_then(|(_, line)| line.split_ascii_whitespace().next().map(str::to_owned));
        if first_word.as_deref().and_then(after_keyword).is_some() { Claim::Yes } else { Claim::No }
    }

    fn open(&self, head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        Ok(Box::new(OffReader { size_bytes: head.size_bytes, received_bytes: 0, stage: Stage::Header(Vec::new()) }))
    }
}

/// A reader of OFF.
#[derive(Debug)]
struct OffReader {
    size_bytes: u64,
    received_bytes: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The bytes up to the counts.
    Header(Vec<u8>),
    Body(Box<Tables>),
}

impl Reader for OffReader {
    fn needs(&self) -> Needs {
        let vertices = self.size_bytes / LEAST_VERTEX_BYTES;
        Needs {
            own_bytes: reading_bytes(self.size_bytes, self.size_bytes.min(LIMIT_BYTES as u64), vertices),
            triangles: Count::Likely {
                likely: self.size_bytes / LIKELY_TRIANGLE_BYTES,
                most: self.size_bytes / LEAST_CORNER_BYTES,
            },
            whole_file: false,
        }
    }

    fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.received_bytes += chunk.len() as u64;
        match &mut self.stage {
            Stage::Body(tables) => tables.push(chunk, sink),
            Stage::Header(bytes) => {
                bytes.extend_from_slice(chunk);
                let is_whole = bytes.len() as u64 == self.size_bytes || bytes.len() > LIMIT_HEADER_BYTES;
                let Some((layout, header_bytes)) = header(bytes, is_whole)? else { return Ok(()) };
                let line_count = count_lines(&bytes[..header_bytes]);
                let start = Start { line_count, offset: header_bytes as u64, size_bytes: self.size_bytes };
                let mut tables = Tables::new(layout, start)?;
                tables.push(&bytes[header_bytes..], sink)?;
                self.stage = Stage::Body(Box::new(tables));
                Ok(())
            }
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<FileFacts, ReadError> {
        match &mut self.stage {
            Stage::Header(bytes) => Err(OffError::Cut { line: count_lines(bytes) + 1 }.into()),
            Stage::Body(tables) => tables.finish(self.received_bytes, sink).map(|()| FileFacts::default()),
        }
    }
}

/// The tables that the first lines describe, and the number of bytes of these; none if more bytes are needed.
fn header(bytes: &[u8], is_whole: bool) -> Result<Option<(Layout, usize)>, OffError> {
    let mut lines = filled_lines(bytes);
    let mut keyword = None;
    loop {
        let Some((end, line)) = lines.next().filter(|(end, _)| *end < bytes.len() || is_whole) else {
            let line = count_lines(bytes) + 1;
            return if is_whole { Err(OffError::Cut { line }) } else { Ok(None) };
        };
        let mut counts: Vec<String> = line.split_ascii_whitespace().map(str::to_owned).collect();
        if keyword.is_none() {
            let word = counts.remove(0);
            let glued = after_keyword(&word).unwrap_or_default().to_owned();
            refuse_forms(&word[..word.len() - glued.len()], counts.first().map_or("", String::as_str))?;
            keyword = Some(word);
            counts.splice(0..0, (!glued.is_empty()).then_some(glued));
            if counts.is_empty() {
                continue;
            }
        }
        let number = |place: usize| counts.get(place).and_then(|word| word.parse::<u64>().ok());
        let (Some(vertices), Some(faces)) = (number(0), number(1)) else {
            let found = shown(line.as_bytes());
            return Err(OffError::Counts { found, line: count_lines(&bytes[..end]).max(1) });
        };
        if faces == 0 {
            return Err(OffError::NoFaces);
        }
        return Ok(Some((layout(vertices, faces), end)));
    }
}

/// Refuses what the keyword, or the word behind it, says that is not read.
fn refuse_forms(keyword: &str, next: &str) -> Result<(), OffError> {
    if next == "BINARY" {
        Err(OffError::Unsupported { what: "binary numbers" })
    } else if keyword.contains(['4', 'n']) {
        Err(OffError::Unsupported { what: "vertices of other than three coordinates" })
    } else {
        Ok(())
    }
}

fn layout(vertices: u64, faces: u64) -> Layout {
    let coordinate = Property::Scalar(Scalar::F32);
    let corners = Property::List { count: Scalar::U32, item: Scalar::U32 };
    let vertices = Element { role: Role::Vertices([0, 1, 2]), row_count: vertices, properties: vec![coordinate; 3] };
    let faces = Element { role: Role::Faces(0), row_count: faces, properties: vec![corners] };
    Layout { encoding: Encoding::Ascii, elements: vec![vertices, faces], has_comments: true }
}

/// What stands behind the keyword in the first word: `8` of `COFF8`. None if the word begins with no keyword.
fn after_keyword(word: &str) -> Option<&str> {
    let mut rest = word;
    for prefix in ["ST", "C", "N", "4", "n"] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    rest.strip_prefix("OFF").filter(|glued| glued.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The lines that are not blank, without comments, each with the place behind its end.
fn filled_lines(bytes: &[u8]) -> impl Iterator<Item = (usize, String)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
            let end = memchr::memchr2(b'\n', b'\r', rest);
            let line = &rest[..end.unwrap_or(rest.len())];
            let is_pair = end.is_some_and(|end| rest[end..].starts_with(b"\r\n"));
            at += end.map_or(rest.len(), |end| end + 1 + usize::from(is_pair));
            let text = &line[..memchr::memchr(b'#', line).unwrap_or(line.len())];
            let text = String::from_utf8_lossy(text).trim().to_owned();
            if !text.is_empty() {
                return Some((at, text));
            }
        }
    })
}

impl From<OffError> for ReadError {
    fn from(error: OffError) -> Self {
        let message = error.to_string();
        let (code, line) = match error {
            OffError::Unsupported { .. } => (RejectionCode::UnsupportedFeature, None),
            OffError::Counts { line, .. } => (RejectionCode::Malformed, Some(line)),
            OffError::Cut { line } => (RejectionCode::Truncated, Some(line)),
            OffError::NoFaces => (RejectionCode::EmptyModel, None),
        };
        Self::Refused(Reason { code, message, position: line.map(Position::Line) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::reading;
    use crate::mesh::Triangle;

    fn read(text: &str) -> Result<Vec<Triangle>, Reason> {
        reading::read(&Off, text.as_bytes())
    }

    #[test]
    fn counts_comments_and_colours_stand_in_many_ways() {
        let [o, x, y, z] = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.5]];
        let vertices = "0 0 0\n1 0 0\n0 1 0\n0 0 0.5\n";
        let rows: [(&str, String, &[Triangle]); 11] = [
            ("counts on a line", format!("OFF\n4 1 0\n{vertices}3 0 1 2\n"), &[[o, x, y]]),
            ("counts beside", format!("OFF 4 1 0\n{vertices}3 0 1 2\n"), &[[o, x, y]]),
            ("counts glued", format!("OFF4 1 0\n{vertices}3 0 1 2\n"), &[[o, x, y]]),
            ("no edges", format!("OFF\n4 1\n{vertices}3 0 1 2\n"), &[[o, x, y]]),
            (
                "blanks and comments",
                format!("\n # a\n OFF # b\n#\n\n 4 1 0 # c\n#d\n{vertices}\n#e\n3 0 1 2 # f"),
                &[[o, x, y]],
            ),
            (
                "colours of faces",
                format!("OFF\n4 2 0\n{vertices}3 0 1 2 255 0 0\n3 0 1 3 0.5 0.5 0.5 1\n"),
                &[[o, x, y], [o, x, z]],
            ),
            ("a polygon", format!("OFF\n4 1 0\n{vertices}4 0 1 2 3 7\n"), &[[o, x, y], [o, y, z]]),
            ("colours", format!("COFF\n4 1 0\n{}3 0 1 2\n", vertices.replace('\n', " 255 0 0 255\n")), &[[o, x, y]]),
            ("normals", format!("NOFF\n4 1 0\n{}3 0 1 2\n", vertices.replace('\n', " 0 0 1\n")), &[[o, x, y]]),
            (
                "all of it",
                format!("STCNOFF\n4 1 0\n{}3 0 1 2\n", vertices.replace('\n', " 0 0 1 .1 .1 .1 1 0 0\n")),
                &[[o, x, y]],
            ),
            ("no end of the last line", format!("OFF\r\n4 1 0\r\n{vertices}3 0 1 2"), &[[o, x, y]]),
        ];
        for (name, text, expected) in rows {
            assert_eq!(read(&text), Ok(expected.to_vec()), "{name}");
        }
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        use RejectionCode::{EmptyModel, Malformed, Truncated, UnsupportedFeature};
        let vertices = "0 0 0\n1 0 0\n0 1 0\n0 0 0.5\n";
        let rows = [
            ("the word alone", "OFF\n".to_owned(), Truncated, Some(2)),
            ("no counts", format!("OFF\nx {vertices}"), Malformed, Some(2)),
            ("no faces", format!("OFF\n4 0 0\n{vertices}"), EmptyModel, None),
            ("a face too few", format!("OFF\n4 2 0\n{vertices}3 0 1 2\n"), Truncated, Some(8)),
            ("four billion vertices", format!("OFF\n4000000000 1 0\n{vertices}3 0 1 2\n"), Truncated, None),
            ("no vertex", format!("OFF\n4 1 0\n{vertices}3 0 1 4\n"), Malformed, Some(7)),
            ("four coordinates", format!("4OFF\n4 1 0\n{vertices}"), UnsupportedFeature, None),
            ("any number of them", format!("nOFF\n3\n4 1 0\n{vertices}"), UnsupportedFeature, None),
            ("binary", "OFF BINARY\n\0\0\0".to_owned(), UnsupportedFeature, None),
        ];
        for (name, text, code, line) in rows {
            let reason = read(&text).expect_err(name);
            assert_eq!((reason.code, reason.position), (code, line.map(Position::Line)), "{name}: {reason}");
        }
    }

    #[test]
    fn the_word_tells_the_format() {
        for (text, expected) in [
            ("OFF\n", Claim::Yes),
            ("# a\n\n  COFF8 6 12", Claim::Yes),
            ("STCN4nOFF", Claim::Yes),
            ("OFFSET 1\n", Claim::No),
            ("off\n", Claim::No),
            ("solid OFF\n", Claim::No),
            ("", Claim::No),
        ] {
            let head = Head { bytes: text.as_bytes(), size_bytes: text.len() as u64 };
            assert_eq!(Off.claims(&head, &Hints::default()), expected, "{text:?}");
        }
    }
}
