//! Accessors: tables of numbers in the binary data, perhaps interleaved with others, perhaps with rows replaced (sparse).
//!
//! A table is read where it lies. Its bounds are checked once, against the bytes that are there.

use super::container::Container;
use super::document::{Accessor, AccessorShape, Document, Sparse};
use super::error::GlbError;
use crate::format::shown::shown;
use crate::mesh::Point;

/// The rows that sparse accessors may replace, beside one for each byte of the file: a table may be used by many primitives.
const SPARSE_ROWS: u64 = 1 << 20;

/// The tables of a file.
#[derive(Debug)]
pub(super) struct Tables<'a> {
    pub document: &'a Document,
    pub container: Container<'a>,
    sparse_rows_left: u64,
}

/// The numbers of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Position,
    Index,
    /// A quaternion.
    Rotation,
}

/// A table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    /// The number of rows.
    pub count: u64,
    component: Component,
    is_normalized: bool,
    /// The rows; none if each is zero.
    rows: Option<Rows<'a>>,
    replaced: Option<Replaced<'a>>,
}

/// Rows at equal distances.
#[derive(Debug, Clone, Copy)]
struct Rows<'a> {
    /// From the first row on.
    bytes: &'a [u8],
    /// The place of the first row in the file.
    offset: u64,
    stride: usize,
    row_bytes: usize,
}

/// Rows that take the place of others, in the order of their numbers.
#[derive(Debug, Clone, Copy)]
struct Replaced<'a> {
    count: usize,
    numbers: Rows<'a>,
    component: Component,
    values: Rows<'a>,
}

/// The type of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Component {
    I8,
    U8,
    I16,
    U16,
    U32,
    F32,
}

impl<'a> Tables<'a> {
    /// The tables of a file of this length.
    pub fn new(document: &'a Document, container: Container<'a>, size_bytes: u64) -> Self {
        Self { document, container, sparse_rows_left: size_bytes.saturating_add(SPARSE_ROWS) }
    }

    /// The table of an accessor.
    pub fn table(&mut self, number: u32, kind: Kind) -> Result<Table<'a>, GlbError> {
        let document = self.document;
        let accessor = found(document.accessors.get(number), "accessor", number, document.accessors.items().len())?;
        let Accessor { count, normalized, .. } = *accessor;
        let fault = |fault| GlbError::Accessor { accessor: number, fault };
        let component = Component::of(accessor.component_type)
            .filter(|component| kind.may_be_of(*component, accessor.shape))
            .ok_or(fault("has numbers that are not those of its use"))?;
        let row_bytes = component.bytes() * kind.width();
        let past_end = || fault("goes past the end of its data");
        let rows = accessor.buffer_view.map(|view| {
            let (bytes, offset, stride) = self.view(view)?;
            let stride = stride.map_or(row_bytes, |stride| stride as usize);
            if stride < row_bytes {
                return Err(fault("has rows that overlap"));
            }
            Rows { bytes, offset, stride, row_bytes }.from(accessor.byte_offset, count).ok_or_else(past_end)
        });
        let replaced = accessor.sparse.as_deref().map(|sparse| {
            let replaced = self.replaced(sparse, row_bytes)?.ok_or_else(past_end)?;
            self.sparse_rows_left =
                self.sparse_rows_left.checked_sub(sparse.count).ok_or(fault("replaces too many rows"))?;
            let is_in_order = replaced.is_in_order(count).ok_or(fault("replaces rows by numbers of a wrong type"))?;
            if is_in_order { Ok(replaced) } else { Err(fault("replaces rows that are not there, or not in order")) }
        });
        let (rows, replaced) = (rows.transpose()?, replaced.transpose()?);
        Ok(Table { count, component, is_normalized: normalized, rows, replaced })
    }

    /// The bytes of a view, their place in the file, and the distance of its rows, if it has one.
    fn view(&self, number: u32) -> Result<(&'a [u8], u64, Option<u32>), GlbError> {
        let Document { buffer_views, buffers, .. } = self.document;
        let view = found(buffer_views.get(number), "buffer view", number, buffer_views.items().len())?;
        if view.extensions.meshopt.is_some() {
            return Err(GlbError::Unsupported {
                feature: "the mesh is compressed by EXT_meshopt_compression".into(),
                advice: "export the model without compression",
            });
        }
        let buffer = found(buffers.get(view.buffer), "buffer", view.buffer, buffers.items().len())?;
        if let Some(uri) = &buffer.uri {
            let feature = format!("the geometry is in another file, `{}`", shown(uri.as_bytes()));
            return Err(GlbError::Unsupported { feature, advice: "send the model as one file, .glb" });
        }
        let data = if view.buffer == 0 { self.container.data } else { &[] };
        let range = view.byte_offset.checked_add(view.byte_length).map(|end| view.byte_offset..end);
        let range = range.and_then(|range| Some(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?));
        let Some(bytes) = range.and_then(|range| data.get(range)) else {
            return Err(GlbError::ViewPastEnd { view: number, data_bytes: data.len() as u64 });
        };
        Ok((bytes, self.container.data_offset + view.byte_offset, view.byte_stride))
    }

    fn replaced(&self, sparse: &Sparse, row_bytes: usize) -> Result<Option<Replaced<'a>>, GlbError> {
        let Sparse { count, indices, values } = sparse;
        let Some(component) = Component::of(indices.component_type) else { return Ok(None) };
        let rows = |view, byte_offset, row_bytes| {
            let (bytes, offset, _) = self.view(view)?;
            Ok::<_, GlbError>(Rows { bytes, offset, stride: row_bytes, row_bytes }.from(byte_offset, *count))
        };
        let numbers = rows(indices.buffer_view, indices.byte_offset, component.bytes())?;
        let values = rows(values.buffer_view, values.byte_offset, row_bytes)?;
        Ok(numbers.zip(values).map(|(numbers, values)| Replaced { count: *count as usize, numbers, component, values }))
    }
}

/// What a number of the file leads to.
pub(super) fn found<T>(item: Option<T>, what: &'static str, number: u32, count: usize) -> Result<T, GlbError> {
    item.ok_or(GlbError::Missing { what, number: number.into(), count: count as u64 })
}

impl<'a> Table<'a> {
    /// The point of a row that is there. Integers are coordinates as `KHR_mesh_quantization` has them.
    pub fn point(&self, row: u64) -> Point {
        self.numbers(row)
    }

    /// The numbers of a row that is there.
    pub fn numbers<const WIDTH: usize>(&self, row: u64) -> [f32; WIDTH] {
        let Some((bytes, _)) = self.row(row) else { return [0.0; WIDTH] };
        let size = self.component.bytes();
        std::array::from_fn(|place| self.component.coordinate(&bytes[place * size..], self.is_normalized))
    }

    /// The number of a row that is there.
    pub fn number(&self, row: u64) -> u64 {
        self.row(row).map_or(0, |(bytes, _)| self.component.whole(bytes))
    }

    /// The place of a row in the file, if it is there.
    pub fn place(&self, row: u64) -> Option<u64> {
        self.row(row).map(|(_, place)| place)
    }

    fn row(&self, row: u64) -> Option<(&'a [u8], u64)> {
        let replaced = self.replaced.and_then(|replaced| replaced.row(row));
        replaced.or_else(|| self.rows.map(|rows| rows.row(row as usize)))
    }
}

impl<'a> Rows<'a> {
    /// So many rows from an offset on; none if they go past the end.
    fn from(self, byte_offset: u64, count: u64) -> Option<Self> {
        let bytes = self.bytes.get(usize::try_from(byte_offset).ok()?..)?;
        if let Some(before) = count.checked_sub(1) {
            let end = before.checked_mul(self.stride as u64)?.checked_add(self.row_bytes as u64)?;
            if end > bytes.len() as u64 {
                return None;
            }
        }
        Some(Self { bytes, offset: self.offset + byte_offset, ..self })
    }

    fn row(&self, row: usize) -> (&'a [u8], u64) {
        let start = row * self.stride;
        (&self.bytes[start..start + self.row_bytes], self.offset + start as u64)
    }
}

impl<'a> Replaced<'a> {
    /// Whether the numbers grow, and are below the count of rows; none if they are no whole numbers.
    fn is_in_order(&self, row_count: u64) -> Option<bool> {
        if !matches!(self.component, Component::U8 | Component::U16 | Component::U32) {
            return None;
        }
        let mut least = 0;
        for number in (0..self.count).map(|place| self.number(place)) {
            if number < least || number >= row_count {
                return Some(false);
            }
            least = number + 1;
        }
        Some(true)
    }

    fn number(&self, place: usize) -> u64 {
        self.component.whole(self.numbers.row(place).0)
    }

    /// The row in place of another, if there is one.
    fn row(&self, row: u64) -> Option<(&'a [u8], u64)> {
        let (mut from, mut to) = (0, self.count);
        while from < to {
            let middle = from.midpoint(to);
            match self.number(middle).cmp(&row) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Equal => return Some(self.values.row(middle)),
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }
}

impl Kind {
    fn width(self) -> usize {
        match self {
            Self::Position => 3,
            Self::Index => 1,
            Self::Rotation => 4,
        }
    }

    fn may_be_of(self, component: Component, shape: AccessorShape) -> bool {
        use Component::{U8, U16, U32};
        match self {
            Self::Position => shape == AccessorShape::Vec3 && component != U32,
            Self::Index => shape == AccessorShape::Scalar && matches!(component, U8 | U16 | U32),
            Self::Rotation => shape == AccessorShape::Vec4 && component != U32,
        }
    }
}

impl Component {
    fn of(number: u32) -> Option<Self> {
        Some(match number {
            5120 => Self::I8,
            5121 => Self::U8,
            5122 => Self::I16,
            5123 => Self::U16,
            5125 => Self::U32,
            5126 => Self::F32,
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }

    /// A whole number that is not negative, of the start of some bytes.
    fn whole(self, bytes: &[u8]) -> u64 {
        match self {
            Self::U8 => bytes[0].into(),
            Self::U16 => u16::from_le_bytes([bytes[0], bytes[1]]).into(),
            _ => u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]).into(),
        }
    }

    /// A coordinate. A normalised integer stands for a share of its largest value: `KHR_mesh_quantization`.
    fn coordinate(self, bytes: &[u8], is_normalized: bool) -> f32 {
        let (number, largest) = match self {
            Self::F32 | Self::U32 => return f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            Self::I8 => (f32::from(bytes[0].cast_signed()), 127.0),
            Self::U8 => (f32::from(bytes[0]), 255.0),
            Self::I16 => (f32::from(i16::from_le_bytes([bytes[0], bytes[1]])), 32767.0),
            Self::U16 => (f32::from(u16::from_le_bytes([bytes[0], bytes[1]])), 65535.0),
        };
        if is_normalized { (number / largest).max(-1.0) } else { number }
    }
}
