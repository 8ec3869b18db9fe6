//! The header of PLY: the encoding of the body, and its elements with their properties.

use super::error::PlyError;
use crate::format::shown::shown;
use crate::format::tables::layout::{Element, Encoding, Layout, Property, Role, Scalar};

/// The most bytes of a header: those of real files have some hundred.
pub(super) const LIMIT_BYTES: usize = 1 << 16;

/// A header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub layout: Layout,
    /// The number of its lines.
    pub line_count: u64,
    /// Its length.
    pub size_bytes: usize,
}

impl Header {
    /// Parses a header that begins some bytes; none if it goes on behind them.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, PlyError> {
        let mut lines = Lines { bytes, at: 0, count: 0 };
        let mut encoding = None;
        let mut elements: Vec<Table> = Vec::new();
        while let Some(line) = lines.next_line() {
            let text = String::from_utf8_lossy(line);
            let words: Vec<&str> = text.split_ascii_whitespace().collect();
            let number = lines.count;
            let refused = || PlyError::HeaderLine { found: shown(line.trim_ascii()), line: number };
            match words[..] {
                ["ply"] if number == 1 => {}
                _ if number == 1 => return Err(refused()),
                [] | ["comment" | "obj_info", ..] => {}
                ["format", name, version] => encoding = Some(encoding_named(name, version).ok_or_else(refused)?),
                ["element", name, count] => {
                    let row_count = count.parse().map_err(|_| refused())?;
                    elements.push(Table { name: name.to_owned(), row_count, properties: Vec::new() });
                }
                ["property", ref words @ ..] => {
                    let element = elements.last_mut().ok_or_else(refused)?;
                    element.properties.push(property(words).ok_or_else(refused)?);
                }
                ["end_header"] => {
                    let encoding = encoding.ok_or(PlyError::NoFormat)?;
                    let elements = elements.into_iter().map(Table::element).collect::<Result<_, _>>()?;
                    let layout = Layout { encoding, elements, has_comments: false };
                    return Ok(Some(Self { layout, line_count: number, size_bytes: lines.at }));
                }
                _ => return Err(refused()),
            }
        }
        if bytes.len() > LIMIT_BYTES { Err(PlyError::HeaderTooLong { line: lines.count + 1 }) } else { Ok(None) }
    }
}

/// An element as the header has it.
struct Table {
    name: String,
    row_count: u64,
    properties: Vec<(String, Property)>,
}

impl Table {
    fn element(self) -> Result<Element, PlyError> {
        let place = |names: &[&str]| self.properties.iter().position(|(name, _)| names.contains(&name.as_str()));
        let is_scalar = |&place: &usize| matches!(self.properties[place].1, Property::Scalar(_));
        let is_whole_list =
            |&place: &usize| matches!(self.properties[place].1, Property::List { item, .. } if item.is_whole());
        let list = |element| {
            place(&["vertex_indices", "vertex_index"]).filter(is_whole_list).ok_or(PlyError::NoList { element })
        };
        let role = match self.name.as_str() {
            _ if self.row_count == 0 => Role::Other,
            "vertex" => {
                let axis = |name| place(&[name]).filter(is_scalar).ok_or(PlyError::NoAxis { axis: name });
                Role::Vertices([axis("x")?, axis("y")?, axis("z")?])
            }
            "face" => Role::Faces(list("face")?),
            "tristrips" => Role::Strips(list("tristrips")?),
            _ => Role::Other,
        };
        // A table without columns has rows without bytes, of which any number would be there.
        let is_empty = self.properties.is_empty() && self.row_count > 0;
        if is_empty {
            return Err(PlyError::NoProperties { element: shown(self.name.as_bytes()) });
        }
        let properties = self.properties.into_iter().map(|(_, property)| property).collect();
        Ok(Element { role, row_count: self.row_count, properties })
    }
}

fn encoding_named(name: &str, version: &str) -> Option<Encoding> {
    let encoding = match name {
        "ascii" => Encoding::Ascii,
        "binary_little_endian" => Encoding::LittleEndian,
        "binary_big_endian" => Encoding::BigEndian,
        _ => return None,
    };
    (version == "1.0").then_some(encoding)
}

fn property(words: &[&str]) -> Option<(String, Property)> {
    match *words {
        ["list", count, item, name] => {
            let count = scalar_named(count).filter(|count| count.is_whole())?;
            Some((name.to_owned(), Property::List { count, item: scalar_named(item)? }))
        }
        [scalar, name] => Some((name.to_owned(), Property::Scalar(scalar_named(scalar)?))),
        _ => None,
    }
}

/// The lines of a header: LF, CR or both end one.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    count: u64,
}

impl<'a> Lines<'a> {
    /// The next line, if its end is there, and what follows a CR.
    fn next_line(&mut self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let end = memchr::memchr2(b'\n', b'\r', rest)?;
        let is_pair = rest[end] == b'\r' && *rest.get(end + 1)? == b'\n';
        self.at += end + 1 + usize::from(is_pair);
        self.count += 1;
        Some(&rest[..end])
    }
}

fn scalar_named(word: &str) -> Option<Scalar> {
    Some(match word {
        "char" | "int8" => Scalar::I8,
        "uchar" | "uint8" => Scalar::U8,
        "short" | "int16" => Scalar::I16,
        "ushort" | "uint16" => Scalar::U16,
        "int" | "int32" => Scalar::I32,
        "uint" | "uint32" => Scalar::U32,
        "float" | "float32" => Scalar::F32,
        "double" | "float64" => Scalar::F64,
        _ => return None,
    })
}
