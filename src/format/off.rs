//! OFF: the Geometry Center, "Object File Format", in the Geomview manual. Counts, then a vertex or a polygon on each line.
//!
//! The word at the start says what a vertex has behind its place: a normal, a colour, a texture. They are left out, as are the
//! colours of polygons. Vertices of four coordinates and binary files are refused.

use thiserror::Error;

use super::indexed::reading_bytes;
use super::lines::{LIMIT_BYTES, count_lines, filled_lines};
use super::reader::{Claim, Count, FileFormat, Head, Hints, Needs, Reader};
use super::shown::shown;
use super::tables::PARSED_BYTES_PER_BYTE;
use super::tables::layout::{Element, Encoding, Layout, Property, Role, Scalar};
use super::tables::reader::{Header, TablesReader};
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
        let first_line = filled_lines(head.bytes, true).next();
        let first_word = first_line.and_then(|line| line.text.split(u8::is_ascii_whitespace).next());
        let keyword = first_word.and_then(|word| str::from_utf8(word).ok()).and_then(after_keyword);
        if keyword.is_some() { Claim::Yes } else { Claim::No }
    }

    fn open(&self, head: &Head<'_>, _hints: &Hints) -> Result<Box<dyn Reader>, Reason> {
        let size_bytes = head.size_bytes;
        let (row_bytes, vertices) = (size_bytes.min(LIMIT_BYTES as u64), size_bytes / LEAST_VERTEX_BYTES);
        let needs = Needs {
            own_bytes: reading_bytes(size_bytes, row_bytes, PARSED_BYTES_PER_BYTE, vertices),
            triangles: Count::Likely {
                likely: size_bytes / LIKELY_TRIANGLE_BYTES,
                most: size_bytes / LEAST_CORNER_BYTES,
            },
            whole_file: false,
        };
        Ok(Box::new(TablesReader::new(size_bytes, needs, |bytes, is_whole| Ok(header(bytes, is_whole)?))))
    }
}

/// Parses the lines up to the counts; none if more bytes are needed.
fn header(bytes: &[u8], is_whole: bool) -> Result<Option<Header>, OffError> {
    let is_whole = is_whole || bytes.len() > LIMIT_HEADER_BYTES;
    let mut has_keyword = false;
    for line in filled_lines(bytes, true).take_while(|line| line.is_ended || is_whole) {
        let text = String::from_utf8_lossy(line.text);
        let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
        if !has_keyword {
            has_keyword = true;
            let word = words.remove(0);
            let glued = after_keyword(word).unwrap_or_default();
            refuse_forms(&word[..word.len() - glued.len()], words.first().copied().unwrap_or_default())?;
            if !glued.is_empty() {
                words.insert(0, glued);
            }
            if words.is_empty() {
                continue;
            }
        }
        let number = |place: usize| words.get(place).and_then(|word| word.parse::<u64>().ok());
        let (Some(vertices), Some(faces)) = (number(0), number(1)) else {
            return Err(OffError::Counts { found: shown(line.text), line: count_lines(&bytes[..line.start]) + 1 });
        };
        if faces == 0 {
            return Err(OffError::NoFaces);
        }
        return Ok(Some(Header { layout: layout(vertices, faces), size_bytes: line.end }));
    }
    if is_whole { Err(OffError::Cut { line: count_lines(bytes) + 1 }) } else { Ok(None) }
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

impl From<OffError> for Reason {
    fn from(error: OffError) -> Self {
        let message = error.to_string();
        let (code, line) = match error {
            OffError::Unsupported { .. } => (RejectionCode::UnsupportedFeature, None),
            OffError::Counts { line, .. } => (RejectionCode::Malformed, Some(line)),
            OffError::Cut { line } => (RejectionCode::Truncated, Some(line)),
            OffError::NoFaces => (RejectionCode::EmptyModel, None),
        };
        Self { code, message, position: line.map(Position::Line) }
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
