//! The header of PLY: the encoding of the body, and its elements with their properties.

use super::error::PlyError;
use crate::contract::Reason;
use crate::format::lines::{count_lines, filled_lines};
use crate::format::shown::shown;
use crate::format::tables::layout::{Element, Encoding, Layout, Property, Role, Scalar};
use crate::format::tables::reader::Header;

/// The most bytes of a header: those of real files have some hundred.
pub(super) const LIMIT_BYTES: usize = 1 << 16;

/// Parses the header that begins some bytes; none if it goes on behind them.
pub(super) fn parse_header(bytes: &[u8], is_whole: bool) -> Result<Option<Header>, Reason> {
    let Some(header) = header(bytes)? else {
        let line = count_lines(bytes) + 1;
        return match (bytes.len() > LIMIT_BYTES, is_whole) {
            (true, _) => Err(PlyError::HeaderTooLong { line }.into()),
            (false, true) => Err(PlyError::HeaderCut { line }.into()),
            (false, false) => Ok(None),
        };
    };
    if header.layout.rows(|role| matches!(role, Role::Faces(_) | Role::Strips(_))) == 0 {
        return Err(PlyError::NoFaces.into());
    }
    Ok(Some(header))
}

fn header(bytes: &[u8]) -> Result<Option<Header>, PlyError> {
    let mut encoding = None;
    let mut elements: Vec<Table> = Vec::new();
    for line in filled_lines(bytes, false).take_while(|line| line.is_ended) {
        let text = String::from_utf8_lossy(line.text);
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let refused = || PlyError::HeaderLine { found: shown(line.text), line: count_lines(&bytes[..line.start]) + 1 };
        match words[..] {
            ["ply"] if line.start == 0 => {}
            _ if line.start == 0 => return Err(refused()),
            ["comment" | "obj_info", ..] => {}
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
                return Ok(Some(Header { layout, size_bytes: line.end }));
            }
            _ => return Err(refused()),
        }
    }
    Ok(None)
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
