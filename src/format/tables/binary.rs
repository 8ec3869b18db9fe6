//! The rows of tables in binary: their bytes are cut into pieces of whole rows, which threads read side by side.

use std::ops::Range;

use rayon::prelude::*;

use super::layout::{Element, Encoding, Layout, Property, Role, Scalar};
use super::rows::{Cursor, RowFault, Rows, Values, length};
use crate::format::polygons::Polygons;
use crate::mesh::Point;

/// The rows of a piece: so many that a thread reads them for longer than it takes to wake.
const ROWS_TOGETHER: u64 = 1 << 13;

/// The fewest triangles that are a piece of their own where polygons follow.
const LEAST_TRIANGLES: u64 = 1 << 10;
/// The bytes of a row of a triangle: the number of its corners, and each as a number of four bytes.
const TRIANGLE_BYTES: usize = 13;

/// What is wrong with a row, and where.
pub(super) struct BinaryFault {
    pub offset: usize,
    pub fault: RowFault,
}

/// Whole rows of one element.
struct Piece {
    element: usize,
    row_count: u64,
    range: Range<usize>,
}

/// Reads the rows that some bytes hold whole, of which the first is at the cursor, and moves the cursor behind them. Returns them
/// in parts, and the number of their bytes.
pub(super) fn read(bytes: &[u8], layout: &Layout, cursor: &mut Cursor) -> Result<(Vec<Rows>, usize), BinaryFault> {
    let (pieces, end) = pieces(bytes, layout, cursor);
    let read: Vec<_> = pieces.par_iter().map(|piece| read_piece(bytes, layout, piece)).collect();
    let parts = read.into_iter().collect::<Result<_, _>>()?;
    // What is behind the last row is left out.
    let Some(element) = cursor.element(&layout.elements) else { return Ok((parts, bytes.len())) };
    let mut values = BinaryValues::of(bytes, end, layout);
    match Rows::default().read(&layout.elements[element], layout.vertex_count(), &mut values) {
        Ok(()) | Err(RowFault::Cut) => Ok((parts, end)),
        Err(fault) => Err(BinaryFault { offset: end, fault }),
    }
}

/// Cuts bytes into pieces of whole rows, up to a row that is cut or has no length, and moves the cursor behind them. Returns the
/// number of their bytes too.
fn pieces(bytes: &[u8], layout: &Layout, cursor: &mut Cursor) -> (Vec<Piece>, usize) {
    let (mut pieces, mut at) = (Vec::new(), 0);
    while let Some(element) = cursor.element(&layout.elements) {
        let rows_left = cursor.rows_left(&layout.elements);
        let (row_count, size_bytes) = whole_rows(bytes, at, layout, &layout.elements[element], rows_left);
        if row_count == 0 {
            break;
        }
        cursor.pass(row_count, &layout.elements);
        pieces.push(Piece { element, row_count, range: at..at + size_bytes });
        at += size_bytes;
    }
    (pieces, at)
}

/// The number of rows of an element that stand whole at a place, as many as a piece has at most, and of their bytes.
fn whole_rows(bytes: &[u8], at: usize, layout: &Layout, element: &Element, rows_left: u64) -> (u64, usize) {
    let most = rows_left.min(ROWS_TOGETHER);
    // A header without properties of an element is refused.
    if let Some(row_bytes) = row_bytes(&element.properties) {
        let count = most.min(((bytes.len() - at) / row_bytes) as u64);
        return (count, count as usize * row_bytes);
    }
    let triangles = whole_triangles(&bytes[at..], element, most);
    // Fewer are a piece with the polygons behind them.
    if triangles >= most.min(LEAST_TRIANGLES) {
        return (triangles, triangles as usize * TRIANGLE_BYTES);
    }
    let (mut count, mut end, mut values) = (0, at, BinaryValues::of(bytes, at, layout));
    while count < most && values.pass(&element.properties).is_ok() {
        (count, end) = (count + 1, values.at);
    }
    (count, end - at)
}

/// The number of rows that stand whole, and that are triangles as nearly all files have them.
fn whole_triangles(bytes: &[u8], element: &Element, most: u64) -> u64 {
    if !matches!(element.properties[..], [Property::List { count: Scalar::U8, item: Scalar::I32 | Scalar::U32 }]) {
        return 0;
    }
    let (rows, _) = bytes.as_chunks::<TRIANGLE_BYTES>();
    rows.iter().take(usize::try_from(most).unwrap_or(usize::MAX)).take_while(|row| row[0] == 3).count() as u64
}

/// The bytes of each row of such properties; none where rows differ.
fn row_bytes(properties: &[Property]) -> Option<usize> {
    let scalar_bytes = |property: &Property| match property {
        Property::Scalar(scalar) => Some(scalar.size_bytes()),
        Property::List { .. } => None,
    };
    properties.iter().map(scalar_bytes).sum()
}

fn read_piece(bytes: &[u8], layout: &Layout, piece: &Piece) -> Result<Rows, BinaryFault> {
    let element = &layout.elements[piece.element];
    if let Some(rows) = usual_rows(&bytes[piece.range.clone()], layout, element) {
        return Ok(rows);
    }
    let (mut rows, vertex_count) = (Rows::default(), layout.vertex_count());
    let mut values = BinaryValues::of(bytes, piece.range.start, layout);
    for _ in 0..piece.row_count {
        let offset = values.at;
        rows.read(element, vertex_count, &mut values).map_err(|fault| BinaryFault { offset, fault })?;
    }
    Ok(rows)
}

/// The rows of a piece as nearly all files have them, in a sixth of the time: points of `f32`, and triangles. None where they are
/// others, or one of them is wrong.
fn usual_rows(bytes: &[u8], layout: &Layout, element: &Element) -> Option<Rows> {
    let is_little = layout.encoding == Encoding::LittleEndian;
    match (element.role, &element.properties[..]) {
        (Role::Other, _) => Some(Rows::default()),
        (Role::Vertices(axes), properties) if is_little => {
            Some(Rows { points: points(bytes, properties, axes)?, ..Rows::default() })
        }
        (Role::Faces(0), &[Property::List { count: Scalar::U8, item: Scalar::I32 | Scalar::U32 }]) if is_little => {
            Some(Rows { polygons: triangles(bytes, layout.vertex_count())?, ..Rows::default() })
        }
        _ => None,
    }
}

/// Rows of points whose coordinates are all `f32` and finite.
fn points(bytes: &[u8], properties: &[Property], axes: [usize; 3]) -> Option<Vec<Point>> {
    let size_bytes = row_bytes(properties)?;
    if axes.iter().any(|&axis| properties[axis] != Property::Scalar(Scalar::F32)) {
        return None;
    }
    let mut places = [0; 3];
    for (place, axis) in places.iter_mut().zip(axes) {
        *place = row_bytes(&properties[..axis])?;
    }
    let coordinate =
        |row: &[u8], place: usize| row[place..].first_chunk().map_or(f32::NAN, |bytes| f32::from_le_bytes(*bytes));
    let [x, y, z] = places;
    let point = |row: &[u8]| [coordinate(row, x), coordinate(row, y), coordinate(row, z)];
    let points: Vec<Point> = bytes.chunks_exact(size_bytes).map(point).collect();
    points.as_flattened().iter().all(|coordinate| coordinate.is_finite()).then_some(points)
}

/// Rows of triangles whose corners are all there.
fn triangles(bytes: &[u8], vertex_count: u64) -> Option<Polygons<u32>> {
    // As each row begins with the number of its corners, the first that is no triangle stands where it seems to.
    let (rows, []) = bytes.as_chunks::<TRIANGLE_BYTES>() else { return None };
    // A negative number is none of a vertex.
    let most = u32::try_from(vertex_count).unwrap_or(u32::MAX).min(1 << 31);
    let mut corners = Vec::with_capacity(3 * rows.len());
    let mut are_right = true;
    for &[count, a, b, c, d, e, f, g, h, i, j, k, l] in rows {
        // A map over the array would not be compiled in line.
        let triangle =
            [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]), u32::from_le_bytes([i, j, k, l])];
        are_right &= count == 3 && triangle.iter().all(|&corner| corner < most);
        corners.extend_from_slice(&triangle);
    }
    are_right.then(|| Polygons::of_triangles(corners))
}

struct BinaryValues<'a> {
    bytes: &'a [u8],
    at: usize,
    is_big: bool,
}

impl<'a> BinaryValues<'a> {
    fn of(bytes: &'a [u8], at: usize, layout: &Layout) -> Self {
        Self { bytes, at, is_big: layout.encoding == Encoding::BigEndian }
    }

    /// Passes a row.
    fn pass(&mut self, properties: &[Property]) -> Result<(), RowFault> {
        for property in properties {
            let (count, scalar) = match *property {
                Property::Scalar(scalar) => (1, scalar),
                Property::List { count, item } => (length(self.whole(count)?)?, item),
            };
            self.skip(count, scalar)?;
        }
        Ok(())
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], RowFault> {
        let mut bytes = *self.bytes[self.at..].first_chunk::<N>().ok_or(RowFault::Cut)?;
        self.at += N;
        if self.is_big {
            bytes.reverse();
        }
        Ok(bytes)
    }
}

impl Values for BinaryValues<'_> {
    fn coordinate(&mut self, scalar: Scalar) -> Result<f32, RowFault> {
        let number = match scalar {
            Scalar::F32 => f32::from_le_bytes(self.take()?),
            Scalar::F64 => f64::from_le_bytes(self.take()?) as f32,
            whole => self.whole(whole)? as f32,
        };
        if number.is_finite() { Ok(number) } else { Err(RowFault::NonFinite { found: number.to_string() }) }
    }

    fn whole(&mut self, scalar: Scalar) -> Result<i64, RowFault> {
        Ok(match scalar {
            Scalar::I8 => i64::from(i8::from_le_bytes(self.take()?)),
            Scalar::U8 => i64::from(u8::from_le_bytes(self.take()?)),
            Scalar::I16 => i64::from(i16::from_le_bytes(self.take()?)),
            Scalar::U16 => i64::from(u16::from_le_bytes(self.take()?)),
            Scalar::I32 => i64::from(i32::from_le_bytes(self.take()?)),
            Scalar::U32 => i64::from(u32::from_le_bytes(self.take()?)),
            // Lists of such numbers are never of vertices.
            Scalar::F32 => f32::from_le_bytes(self.take()?) as i64,
            Scalar::F64 => f64::from_le_bytes(self.take()?) as i64,
        })
    }

    fn skip(&mut self, count: u64, scalar: Scalar) -> Result<(), RowFault> {
        let size_bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(scalar.size_bytes()));
        let next = size_bytes.and_then(|size_bytes| self.at.checked_add(size_bytes));
        self.at = next.filter(|&next| next <= self.bytes.len()).ok_or(RowFault::Cut)?;
        Ok(())
    }
}
