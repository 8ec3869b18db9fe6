//! The mesh of an object, and the quick way to read its elements: `<vertex x="1" y="2" z="3"/>` and `<triangle v1="0" v2="1" v3="2"/>`
//! are nearly all of a file. What is written in any other way is left to the parser of XML.

use std::ops::{Range, RangeInclusive};

use super::error::ThreeMfError;
use crate::format::indexed;
use crate::mesh::{Triangle, Triangles};

/// The attributes of a triangle that say nothing of its place: properties, and what slicers paint on it.
const PAINT: [&[u8]; 8] =
    [b"pid", b"p1", b"p2", b"p3", b"paint_color", b"paint_supports", b"paint_seam", b"slic3rpe:mmu_segmentation"];

/// A mesh.
#[derive(Debug, Default)]
pub(super) struct Mesh {
    pub indexed: indexed::Mesh,
    /// The number of triangles in the file so far.
    written_count: u64,
    left_out: LeftOut,
}

/// The triangles of a mesh that are no model, by their numbers in the file.
#[derive(Debug, Default)]
struct LeftOut {
    /// The ranges that begin later, the first one last.
    later: Vec<RangeInclusive<u64>>,
    /// The end of those that have begun.
    end: u64,
}

/// The starts of the elements of a mesh.
#[derive(Debug, Default)]
pub(super) struct MeshTags {
    vertex: Vec<u8>,
    triangle: Vec<u8>,
}

impl Mesh {
    /// A mesh without some triangles, by their numbers in the file.
    pub fn without(left_out: &[RangeInclusive<u64>]) -> Self {
        let mut later = left_out.to_vec();
        later.sort_unstable_by_key(|range| std::cmp::Reverse(*range.start()));
        Self { left_out: LeftOut { later, end: 0 }, ..Self::default() }
    }

    /// Adds a triangle by the numbers of its vertices.
    pub fn add(&mut self, corners: [u64; 3]) -> Result<(), ThreeMfError> {
        let [a, b, c] = self.indexed.corners(corners)?;
        if a == b || b == c || c == a {
            return Err(ThreeMfError::VertexTwice { number: if a == b { a } else { c } });
        }
        let is_left_out = self.left_out.has_next(self.written_count);
        self.written_count += 1;
        if !is_left_out {
            self.indexed.triangles.push([a, b, c]);
        }
        Ok(())
    }

    /// Whether some of its triangles are no model.
    pub fn has_left_out(&self) -> bool {
        self.written_count > self.indexed.len() as u64
    }
}

impl LeftOut {
    /// Whether a triangle is left out, of which the number is larger than at the last call.
    fn has_next(&mut self, triangle: u64) -> bool {
        while let Some(range) = self.later.pop_if(|range| *range.start() <= triangle) {
            self.end = self.end.max(range.end() + 1);
        }
        triangle < self.end
    }
}

impl Triangles for Mesh {
    fn len(&self) -> usize {
        self.indexed.len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        self.indexed.append(range, to);
    }
}

impl MeshTags {
    /// The tags in a mesh whose own tags have this prefix.
    pub fn of(prefix: &str) -> Self {
        let tag = |name| format!("<{prefix}{name}").into_bytes();
        Self { vertex: tag("vertex"), triangle: tag("triangle") }
    }

    /// Takes vertices from the start of some text, and tells how many bytes they have.
    pub fn take_vertices(&self, text: &[u8], mesh: &mut Mesh) -> usize {
        const AXES: [&[u8]; 3] = [b"x", b"y", b"z"];
        let mut taken = 0;
        loop {
            let mut point = [f32::NAN; 3];
            let length = element(&text[taken..], &self.vertex, |name, value| {
                let coordinate = AXES.iter().position(|axis| *axis == name).map(|axis| &mut point[axis])?;
                let is_new = coordinate.is_nan();
                *coordinate = fast_float2::parse(value).ok()?;
                is_new.then_some(())
            });
            match length.filter(|_| point.iter().all(|coordinate| coordinate.is_finite())) {
                Some(length) => taken += length,
                None => return taken,
            }
            mesh.indexed.points.push(point);
        }
    }

    /// Takes triangles from the start of some text, and tells how many bytes they have.
    pub fn take_triangles(&self, text: &[u8], mesh: &mut Mesh) -> usize {
        const CORNERS: [&[u8]; 3] = [b"v1", b"v2", b"v3"];
        let mut taken = 0;
        loop {
            let mut corners = [u64::MAX; 3];
            let mut painted = 0_u8;
            let length = element(&text[taken..], &self.triangle, |name, value| {
                if let Some(corner) = CORNERS.iter().position(|corner| *corner == name) {
                    let corner = &mut corners[corner];
                    let is_new = *corner == u64::MAX;
                    *corner = whole(value)?;
                    return is_new.then_some(());
                }
                let paint = 1 << PAINT.iter().position(|paint| *paint == name)?;
                let is_new = painted & paint == 0 && !value.contains(&b'&');
                painted |= paint;
                is_new.then_some(())
            });
            // What is wrong with a triangle is said with its line, by the parser of XML.
            match length.filter(|_| mesh.add(corners).is_ok()) {
                Some(length) => taken += length,
                None => return taken,
            }
        }
    }
}

/// Reads an empty element from the start of some text, blanks before it included, and tells how many bytes it has; none if it is written
/// in another way, or its end is not there.
fn element(text: &[u8], tag: &[u8], mut attribute: impl FnMut(&[u8], &[u8]) -> Option<()>) -> Option<usize> {
    let mut rest = text.trim_ascii_start().strip_prefix(tag)?;
    loop {
        let before = rest;
        rest = rest.trim_ascii_start();
        if let Some(behind) = rest.strip_prefix(b"/>") {
            return Some(text.len() - behind.len());
        }
        if rest.len() == before.len() {
            return None;
        }
        let name_end = rest.iter().position(|&byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')))?;
        let (name, behind) = rest.split_at(name_end);
        let (&quote, behind) =
            behind.strip_prefix(b"=")?.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
        let value_end = behind.iter().position(|&byte| byte == quote || byte == b'<')?;
        let (value, behind) = behind.split_at(value_end);
        attribute(name, value)?;
        rest = behind.strip_prefix(&[quote])?;
    }
}

/// A whole number of up to nine digits.
fn whole(digits: &[u8]) -> Option<u64> {
    let is_number = (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |number, digit| 10 * number + u64::from(digit - b'0')))
}
